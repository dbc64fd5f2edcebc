"""What follows when a step fails: another attempt later, the steps that deal with it, or the end of the run.

Only failures that a step raised count. A worker that dies counts elsewhere (see `claiming`), so that a storm of kills
sends no healthy run to the dead letters.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from random import Random

from tessera.engine.flows.cursor import ERROR_BLOCK, Frame, Thread, steps_above
from tessera.engine.flows.errors import FlowLoop, TooManySteps
from tessera.engine.flows.steps.base import STEP_RUNNERS, OutsideFailed, OutsideRunner, StepFailed
from tessera.engine.flows.turns import Answered, Turn
from tessera.errors import Json, TesseraError
from tessera.meta.flows import Retry, StepDoc

_LOG = logging.getLogger("tessera.flows")
_INSIDE = Retry(3, first_s=1, factor=4, longest_s=60)
_KEPT_ERRORS = 10
_FOR_GOOD = (TooManySteps, FlowLoop)


def note_failure(turn: Turn, path: str, error: BaseException, answered: Answered | None) -> None:
    """Bring the run to where it stands after its step at that path failed.

    answered: the outside call that had ended well before; it is not called again.
    """
    told = told_error(error, path)
    thread, step = _place(turn, path)
    if thread is None or step is None or isinstance(error, _FOR_GOOD):
        turn.fail(told)
        return
    turn.has_moved = True
    memo = turn.cursor.memo(path)
    view = turn.view(thread, step, path)
    if answered is not None and answered.error is None and memo.get("call") == "started":
        turn.rows.end_call(view.key, "done", answered.answer)
        memo["call"] = "done"
    elif memo.get("call") == "started":
        turn.rows.end_call(view.key, "failed", None)
        memo["call"] = "failed"
    errors = [*memo.get("errors", ()), {"at": turn.work.now.isoformat(), **told}]
    memo["errors"] = errors[-_KEPT_ERRORS:]
    if isinstance(error, StepFailed) and memo.pop("waits", False) and thread.key:
        # What it waited for has come to nothing: another attempt begins anew.
        turn.rows.drop_wait(path)
        thread.key = ""
    failures = int(memo.get("failures", 0)) + 1
    retry = _policy(step, error)
    if failures <= retry.times:
        wait = _pause(retry, failures, f"{turn.run.id} {path}", error)
        thread.is_waiting, thread.keeps_place = True, True
        thread.until = (turn.work.now + timedelta(seconds=wait)).isoformat()
        memo["retry"] = True
        turn.rows.add(turn.written(step, view, "failing", note=told))
        memo["failures"] = failures
        turn.state = "waiting" if turn.cursor.ready() is None else "running"
        return
    memo["failures"] = failures
    _give_up(turn, thread, step, path, told)


def _give_up(turn: Turn, thread: Thread, step: StepDoc, path: str, told: dict[str, Json]) -> None:
    """Every attempt has failed: do what the step says."""
    view = turn.view(thread, step, path)
    view.attempt -= 1
    del thread.frames[len(steps_above(turn.sight.doc, thread.frames)) :]
    then = step.on_error.then
    if thread.key:
        turn.rows.drop_wait(path)
    thread.is_waiting, thread.until, thread.key, thread.keeps_place = False, "", "", False
    if then == "continue":
        turn.rows.add(turn.written(step, view, "failed", note=told))
        turn.skip(thread, step)
    elif then == "steps":
        turn.rows.add(turn.written(step, view, "started", note=told))
        memo = turn.cursor.memo(path)
        memo["error"] = {name: told[name] for name in ("code", "message", "step")}
        memo["inside"] = True
        thread.frames.append(Frame(ERROR_BLOCK))
    else:
        turn.rows.add(turn.written(step, view, "failed", note=told))
        turn.fail(told)


def told_error(error: BaseException, path: str) -> dict[str, Json]:
    """A failure as the history tells it: {"code", "message", "step"} and, where there are several, "problems"."""
    if isinstance(error, TesseraError):
        problems = [each.to_json() for each in error.problems()]
        told: dict[str, Json] = {"code": error.code, "message": error.message, "step": path}
        if len(problems) > 1 or (problems and problems[0].get("pointer")):
            told["problems"] = problems[:20]
        return told
    _LOG.error("a step failed unexpectedly", exc_info=error, extra={"path": path})
    return {"code": "internal", "message": f"Something went wrong on our side: {type(error).__name__}.", "step": path}


def _place(turn: Turn, path: str) -> tuple[Thread | None, StepDoc | None]:
    """The thread that stands at a path, and its step."""
    for thread in turn.cursor.threads:
        above = steps_above(turn.sight.doc, thread.frames)
        if above and above[-1][1] == path and not thread.open:
            return thread, above[-1][0]
    for thread in turn.cursor.threads:  # a step whose parallel blocks have ended
        above = steps_above(turn.sight.doc, thread.frames)
        if above and above[-1][1] == path:
            return thread, above[-1][0]
    return None, None


def _policy(step: StepDoc, error: BaseException) -> Retry:
    """How often to try again: as the flow says, else as long as another attempt has any hope."""
    if step.on_error.retry is not None:
        return step.on_error.retry
    runner = STEP_RUNNERS[step.do]
    if isinstance(error, OutsideFailed):
        times = runner.first_retries if isinstance(runner, OutsideRunner) else _INSIDE.times
        return Retry(times if error.retry else 0)
    if isinstance(runner, OutsideRunner) and not isinstance(error, TesseraError):
        return Retry(runner.first_retries)
    has_hope = not isinstance(error, TesseraError) or error.status >= 500
    return _INSIDE if has_hope else Retry(0)


def _pause(retry: Retry, failures: int, seed: str, error: BaseException) -> float:
    """Seconds until the next attempt: growing, with a jitter of a tenth that is the same for the same attempt."""
    wait: float = min(retry.first_s * retry.factor ** (failures - 1), retry.longest_s)
    asked = error.after_s if isinstance(error, OutsideFailed) and error.after_s is not None else 0
    return max(wait, min(asked, 86_400)) * Random(f"{seed} {failures}").uniform(1.0, 1.1)
