"""A turn: one transaction of a run, in which it takes one step or several short ones.

First the guard: the run is locked, and it must still be ours by its fence. Then the steps with their effects, their
rows, the cursor and what they emit are written together, so every step in the database happens exactly once. Several
short steps share a transaction as long as all goes well; when one of them fails, or a worker has died with the run, the
turn is undone as a whole and each step gets a transaction of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from tessera import faults
from tessera.engine.flows.cursor import ERROR_BLOCK, Cursor, Frame, Named, Thread, steps_above
from tessera.engine.flows.errors import NotOurs, StepError, TooLargeResult, TooManySteps
from tessera.engine.flows.packing import pack
from tessera.engine.flows.running import Claimed, Sight, StepView
from tessera.engine.flows.steps.base import (
    STEP_RUNNERS,
    Done,
    Enter,
    Fail,
    Fork,
    Outcome,
    OutsideRunner,
    StepRunner,
    Stop,
    Wait,
    Woken,
)
from tessera.engine.flows.writing import Rows, Written
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.flows import StepDoc
from tessera.store.failures import Aborted, ConnectionLost, NoRoom

BEFORE_STEP = faults.point("flows.before_step")
AFTER_STEP = faults.point("flows.after_step")

SEVERAL_S = 0.05
"""A turn goes on to the next step in the same transaction for so long."""

LONG_RESULT = 4_000
"""Results of more characters stay with their step's row; the cursor only says where."""


@dataclass(frozen=True, slots=True)
class CallNeeded:
    """An outside step whose request is written: what is to be called, under which key, and for how long at most."""

    path: str
    step: StepDoc
    request: Json
    key: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What an outside call came to. answer: when it went well, else error."""

    path: str
    answer: Json = None
    error: BaseException | None = None


@contextmanager
def failing_at(path: str) -> Iterator[None]:
    """A with block in which whatever goes wrong is a failure of the step at a path. Raises: StepError."""
    try:
        yield
    except (NotOurs, StepError, Aborted, ConnectionLost, NoRoom):
        raise  # the step cannot help it
    except Exception as error:
        raise StepError(path, error) from error


@dataclass(slots=True)
class Turn:
    """One transaction of a run; see the module.

    is_careful: only one step. answered: the end of the outside call for which the run has left the database.
    state: what the run is afterwards. call: the outside call that must come next. has_moved: a step has come to an
    end, or waits; so whatever killed workers before was overcome.
    """

    work: Work
    run: Claimed
    sight: Sight
    is_careful: bool = False
    answered: Answered | None = None
    state: str = "running"
    call: CallNeeded | None = None
    error: dict[str, Json] | None = None
    result: Json = None
    taken: int = 0
    has_moved: bool = False
    rows: Rows = field(default_factory=Rows)
    _woken: dict[int, Woken] = field(default_factory=dict)

    @property
    def cursor(self) -> Cursor:
        """Where the run stands."""
        return self.sight.cursor

    def go(self) -> None:
        """Take steps until the run waits, calls, ends, or it is time to commit."""
        self._wake()
        begun = time.monotonic()
        while self.state == "running" and self.call is None:
            thread = self.cursor.ready()
            if thread is None:
                self.state = "waiting"
                break
            faults.reach(BEFORE_STEP)
            self.sight.cache.clear()
            self._advance(thread)
            faults.reach(AFTER_STEP)
            if self.is_careful or time.monotonic() - begun > SEVERAL_S:
                break

    # Waking

    def _wake(self) -> None:
        waiting = [each for each in self.cursor.threads if each.is_waiting]
        if not waiting:
            return
        now = self.work.now
        woken = self.rows.woken(self.work, self.run.id) if any(each.key for each in waiting) else {}
        for thread in waiting:
            path = steps_above(self.sight.doc, thread.frames)[-1][1]
            memo = self.cursor.memos.get(path, {})
            is_due = bool(thread.until) and datetime.fromisoformat(thread.until) <= now
            if not is_due and (memo.get("retry") or not thread.key or path not in woken):
                continue
            if memo.get("waits"):
                self._woken[thread.id] = woken.get(path, Woken())
            memo.pop("retry", None)
            if thread.key:
                self.rows.drop_wait(path)
            thread.is_waiting, thread.until, thread.key, thread.keeps_place = False, "", "", False

    # Advancing

    def _advance(self, thread: Thread) -> None:
        above = steps_above(self.sight.doc, thread.frames)
        if len(above) < len(thread.frames):
            self._leave(thread, above)
            return
        step, path = above[-1]
        with failing_at(path):
            self._take(thread, step, path)

    def _take(self, thread: Thread, step: StepDoc, path: str) -> None:
        runner = STEP_RUNNERS[step.do]
        memo = self.cursor.memos.get(path, {})
        view = self.view(thread, step, path)
        woken = self._woken.pop(thread.id, None)
        if woken is not None:
            outcome = runner.woken(self.work, step, view, woken)
            memo.pop("waits", None)
            self.apply(thread, step, view, outcome)
            self.work.finish()
            return
        if not memo:
            self._count()
            if step.when is not None and view.value(step.when) is not True:
                self.has_moved = True
                self.rows.add(self.written(step, view, "skipped", note={"when": False}))
                self._go_on(thread, step, None)
                return
        if isinstance(runner, OutsideRunner):
            self._outside(thread, step, view, runner, memo)
        else:
            self.apply(thread, step, view, runner.run(self.work, step, view))
        # What was deferred, such as settling, belongs to the step: when it is refused, the step has failed.
        self.work.finish()

    def _count(self) -> None:
        """One more step of those that a run may take."""
        limit = min(self.sight.doc.max_steps or 10**9, self.work.settings.limits.flow_steps)
        if self.run.steps + self.taken >= limit:
            raise TooManySteps(limit=limit)
        self.taken += 1

    def view(self, thread: Thread, step: StepDoc, path: str) -> StepView:
        """The run as a step of it sees it."""
        failures = int(self.cursor.memos.get(path, {}).get("failures", 0))
        return StepView(self.sight, thread, step, path, failures + 1)

    def _leave(self, thread: Thread, above: list[tuple[StepDoc, str]]) -> None:
        """A block has ended: the flow, a thread, or a block inside a step."""
        if len(thread.frames) == 1:
            with failing_at(""):
                self.finish("done")
            return
        is_end = len(thread.frames) == thread.base + 1
        if is_end and thread.is_undo:
            self.cursor.threads.remove(thread)
            self.undo_next()
            return
        if is_end and thread.parent >= 0:
            self.cursor.threads.remove(thread)
            thread = next(each for each in self.cursor.threads if each.id == thread.parent)
            thread.open -= 1
            if thread.open:
                return
            entered: Enter | Fork = Fork(())
        else:
            frame = thread.frames.pop()
            entered = Enter(frame.block, frame.round)
        step, path = above[len(thread.frames) - 1]
        view = self.view(thread, step, path)
        if isinstance(entered, Enter) and entered.block == ERROR_BLOCK:
            memo = self.cursor.memo(path)
            self.rows.add(self.written(step, view, "failed", note=memo.get("error")))
            self._go_on(thread, step, None)
            return
        with failing_at(path):
            self.apply(thread, step, view, STEP_RUNNERS[step.do].after(self.work, step, view, entered))
            self.work.finish()

    # Outcomes

    def apply(self, thread: Thread, step: StepDoc, view: StepView, outcome: Outcome) -> None:
        """Do what the outcome of a step says."""
        path = view.path
        self.has_moved = True
        match outcome:
            case Done():
                self._done(thread, step, view, outcome)
            case Wait():
                thread.is_waiting = True
                thread.until = outcome.until.isoformat() if outcome.until is not None else ""
                thread.key, thread.keeps_place = outcome.key, outcome.keeps_place
                self.cursor.memo(path).setdefault("waits", True)
                if outcome.key:
                    self.rows.add_wait(path, outcome.key)
                self.rows.add(self.written(step, view, "waiting", note=outcome.note))
            case Enter():
                if outcome.round in (None, 0):
                    self.rows.add(self.written(step, view, "started", note=outcome.note))
                self.cursor.memo(path)["inside"] = True
                thread.frames.append(Frame(outcome.block, outcome.round))
            case Fork():
                self.rows.add(self.written(step, view, "started", note=outcome.note))
                self.cursor.memo(path)["inside"] = True
                self._fork(thread, outcome)
            case Stop():
                self.rows.add(self.written(step, view, "done", note={"stop": outcome.reason}))
                self.finish("done")
            case Fail():
                told = {"code": outcome.code, "message": outcome.message, "step": path}
                self.rows.add(self.written(step, view, "failed", note=told))
                self.fail(told)

    def _fork(self, thread: Thread, outcome: Fork) -> None:
        base = len(thread.frames)
        for name in outcome.blocks:
            frames = [Frame(each.block, each.round, each.index) for each in thread.frames]
            self.cursor.threads.append(Thread(self.cursor.next_thread, [*frames, Frame(name)], thread.id, base))
            self.cursor.next_thread += 1
        thread.open = len(outcome.blocks)

    def _done(self, thread: Thread, step: StepDoc, view: StepView, outcome: Done) -> None:
        packed = pack(outcome.output, step.result)
        text = orjson.dumps(packed).decode()
        limit = self.work.settings.limits.flow_result_bytes
        if len(text.encode()) > limit:
            raise TooLargeResult(limit=limit)
        row = self.written(step, view, "done", note=outcome.note)
        row.output = text if packed is not None else None
        self.rows.add(row)
        if step.name:
            is_long = len(text) > LONG_RESULT
            named = Named(step.path, None if is_long else packed, view.path if is_long else "")
            self.cursor.values[step.name] = named
            self.sight.outputs.pop(view.path, None)
        self._go_on(thread, step, view.path)

    def _go_on(self, thread: Thread, step: StepDoc, done: str | None) -> None:
        """To the step after this one. done: the path of the step when it has given its result."""
        path = steps_above(self.sight.doc, thread.frames)[-1][1]
        self.cursor.forget(path)
        if done is None and step.name:
            self.cursor.values[step.name] = Named(step.path)
        thread.frames[-1].index += 1

    def skip(self, thread: Thread, step: StepDoc) -> None:
        """Go on after a step that gave no result."""
        self._go_on(thread, step, None)

    def written(self, step: StepDoc, view: StepView, state: str, *, note: Json = None) -> Written:
        """The row of a step as it is now."""
        memo = self.cursor.memos.get(view.path, {})
        known = memo.get("seq")
        if known is None:
            self.cursor.seq += 1
            known = self.cursor.seq
            if state in ("started", "waiting", "failing"):
                self.cursor.memo(view.path)["seq"] = known
        began = memo.get("began") or self.work.now.isoformat()
        if state in ("started", "waiting", "failing"):
            kept = {"began": began, **({"input": view.input} if view.input else {}), **({"note": note} if note else {})}
            self.cursor.memo(view.path).update(kept)
        note = memo.get("note") if note is None else note
        return Written(
            path=view.path, seq=int(known), do=step.do, name=step.name, state=state, attempts=view.attempt,
            repeated=int(memo.get("repeated", 0)), input=view.input or memo.get("input") or None, note=note,
            errors=memo.get("errors"), started_at=datetime.fromisoformat(began),
            ended_at=None if state in ("started", "waiting", "failing") else self.work.now,
        )  # fmt: skip

    # Outside steps

    def _outside(self, thread: Thread, step: StepDoc, view: StepView, runner: OutsideRunner,
                 memo: dict[str, Json]) -> None:
        """The three parts of an outside step, one at a time."""
        answered = self.answered if self.answered is not None and self.answered.path == view.path else None
        if answered is not None and answered.error is None:
            self.answered = None
            self.rows.end_call(view.key, "done", answered.answer)
            self._finish_call(thread, step, view, runner, answered.answer)
        elif memo.get("call") == "done":
            self._finish_call(thread, step, view, runner, self.rows.answer_of(self.work, view.key))
        elif memo.get("call") == "started":
            self._call_again(thread, step, view, is_cut_off=True)
        elif memo.get("call") == "failed":
            self._call_again(thread, step, view, is_cut_off=False)
        else:
            request = runner.prepare(self.work, step, view)
            self.rows.begin_call(view.key, view.path, request)
            self.cursor.memo(view.path)["call"] = "started"
            self.rows.add(self.written(step, view, "started"))
            self.call = CallNeeded(view.path, step, request, view.key)

    def _finish_call(self, thread: Thread, step: StepDoc, view: StepView, runner: OutsideRunner, answer: Json) -> None:
        self.cursor.memo(view.path)["call"] = "done"
        self.apply(thread, step, view, runner.finish(self.work, step, view, answer))

    def _call_again(self, thread: Thread, step: StepDoc, view: StepView, *, is_cut_off: bool) -> None:
        """Call under the same key once more: because it failed, or because nobody knows how it ended."""
        memo = self.cursor.memo(view.path)
        if is_cut_off and step.at_most_once and not memo.pop("go", False):
            self.rows.add(self.written(step, view, "review", note={"cut_off": True}))
            self.rows.end_call(view.key, "review", None)
            thread.is_waiting = True
            self.state = "review"
            return
        if is_cut_off:
            memo["repeated"] = int(memo.get("repeated", 0)) + 1
        memo["call"] = "started"
        request = self.rows.request_of(self.work, view.key)
        self.rows.repeat_call(view.key)
        self.rows.add(self.written(step, view, "started"))
        self.call = CallNeeded(view.path, step, request, view.key)

    # Ends

    def finish(self, state: str) -> None:
        """The run ends in this state; a flow that is done gives its values back."""
        if self.cursor.failing is not None:
            self.error = self.cursor.failing
            state = str(self.cursor.failing.get("ends_as", "failed"))
        elif state == "done" and self.sight.doc.returns:
            main = self.cursor.threads[0]
            found = {each.name: self.sight.value(each.value, main) for each in self.sight.doc.returns}
            self.result = pack(found)
        self.state = state

    def fail(self, error: dict[str, Json]) -> None:
        """The run fails: what it has noted to take back is taken back, then it ends."""
        if self.cursor.failing is not None:
            self.cursor.failing["while_undoing"] = error
            self.finish("failed")
        elif self.cursor.undo:
            self.cursor.failing = error
            self.cancel_waits()
            self.cursor.threads.clear()
            self.undo_next()
        else:
            self.error = error
            self.state = "failed"

    def undo_next(self) -> None:
        """Run the next block of what is to be taken back; the run ends after the last one."""
        if not self.cursor.undo:
            self.cursor.undoing = None
            self.finish("failed")
            return
        undo = self.cursor.undoing = self.cursor.undo.pop()
        self.cursor.threads.append(
            Thread(self.cursor.next_thread, undo.frames, base=len(undo.frames) - 1, is_undo=True)
        )
        self.cursor.next_thread += 1

    def cancel_waits(self) -> None:
        """Tell every step that waits that it does so in vain."""
        for thread in [each for each in self.cursor.threads if each.is_waiting]:
            step, path = steps_above(self.sight.doc, thread.frames)[-1]
            if self.cursor.memos.get(path, {}).get("retry"):
                continue
            runner: StepRunner = STEP_RUNNERS[step.do]
            runner.cancelled(self.work, step, self.view(thread, step, path))
            if thread.key:
                self.rows.drop_wait(path)

    @property
    def wakes_at(self) -> datetime | None:
        """When the first of the waiting threads goes on by itself."""
        times = [datetime.fromisoformat(each.until) for each in self.cursor.threads if each.is_waiting and each.until]
        return min(times, default=None)

    @property
    def occupies(self) -> bool:
        """Whether later runs of the lane wait for this one."""
        if self.state in ("running", "ready"):
            return True
        if self.state != "waiting":
            return False
        return self.sight.doc.holds or any(each.keeps_place for each in self.cursor.threads if each.is_waiting)
