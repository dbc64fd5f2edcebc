"""Runs steps of kind approve: begins an approval, waits for its outcome, and takes the branch of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa

from tessera.engine.approvals import chores as _chores  # noqa: F401, they let deadlines pass
from tessera.engine.approvals import deciding
from tessera.engine.approvals import file_rights as _file_rights  # noqa: F401, approvers read what they decide about
from tessera.engine.approvals.effects import key_of, result_of
from tessera.engine.approvals.opening import earlier_steps, frame_in
from tessera.engine.flows.steps.base import (
    STEP_RUNNERS,
    Done,
    Enter,
    Fork,
    Outcome,
    Run,
    StepFailed,
    StepRunner,
    Stop,
    Wait,
    Woken,
)
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.approvals import ApproveDoc
from tessera.meta.flows import StepDoc
from tessera.store.system.flows import run as run_table

_AGAIN = "returned"
"""Outcome of an approval that was returned to an earlier step: that step's people decide once more, then the others."""


class Approve(StepRunner):
    """Asks people and waits. What was returned to an earlier approve step goes through that one and those after it
    again, all of them here: steps between them, which have had their effects, are not repeated."""

    name: ClassVar[str] = "approve"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """Begin the approval of this step."""
        return self._begin(work, step, run, step)

    def _begin(self, work: Work, step: StepDoc, run: Run, of: StepDoc) -> Outcome:
        """Begin the approval of this step, or of an earlier one again."""
        options: ApproveDoc = of.options
        record = run.record_id(options.record)
        if record is None:
            raise StepFailed(why="there is no record to decide about")
        frame = frame_in(run, of)
        requester = self._requester(work, run)
        if options.requester is not None:
            asked = frame.value(options.requester, requester)
            requester = asked if isinstance(asked, int) else 0
        case = deciding.start(
            work, frame, run_id=run.id, path=run.path, record_id=record, requester=requester,
            returns_to=frozenset(options.returns_to),
        )  # fmt: skip
        run.memo().update({"step": of.uid, "approval": case.id, "requester": requester})
        run.tell("approval", case.id)
        if case.state.is_running:
            return Wait(key=key_of(case.id), note={"approval": case.id})
        return self._ended(work, step, run, result_of(case))

    def _requester(self, work: Work, run: Run) -> int:
        found: int = work.tx.scalar(sa.select(run_table.c.actor_id).where(run_table.c.id == run.id))
        return found

    def woken(self, work: Work, step: StepDoc, run: Run, why: Woken) -> Outcome:
        """Go on as the approval has ended. A dry run may say less of it: its outcome is enough."""
        told = why.payload if isinstance(why.payload, Mapping) else {"outcome": str(why.payload or "")}
        return self._ended(work, step, run, {**_blank(work, run), **told})

    def _ended(self, work: Work, step: StepDoc, run: Run, result: Mapping[str, Json]) -> Outcome:
        outcome = result["outcome"]
        chain = [*earlier_steps(run.doc, step), step]
        uids = [each.uid for each in chain]
        if outcome == _AGAIN and result["step"] in uids:
            return self._begin(work, step, run, chain[uids.index(result["step"])])
        here = uids.index(str(run.memo()["step"]))
        if outcome == "agreed" and here < len(chain) - 1:
            return self._begin(work, step, run, chain[here + 1])
        if outcome not in {"agreed", "rejected", "withdrawn"}:
            raise StepFailed(why=result["reason"] or outcome)
        run.memo()["result"] = dict(result)
        if step.blocks.get(outcome):
            return Enter(outcome, note={"approval": result["id"], "outcome": outcome})
        return self._over(step, run)

    def after(self, work: Work, step: StepDoc, run: Run, entered: Enter | Fork) -> Outcome:
        """Go on after the branch of the outcome."""
        return self._over(step, run)

    def _over(self, step: StepDoc, run: Run) -> Outcome:
        result = run.memo()["result"]
        options: ApproveDoc = step.options
        if result["outcome"] != "agreed" and options.stops:
            return Stop(result["outcome"])
        return Done(_output(result), note={"approval": result["id"], "outcome": result["outcome"]})

    def cancelled(self, work: Work, step: StepDoc, run: Run) -> None:
        """Nobody needs to decide any more."""
        deciding.cancel(work, run.id, run.path)


def _blank(work: Work, run: Run) -> dict[str, Json]:
    memo = run.memo()
    return {
        "id": memo["approval"], "outcome": "", "reason": "", "step": "", "requester": memo["requester"], "by": None,
        "opinion": None, "ended_at": work.now.isoformat(), "opinions": [],
    }  # fmt: skip


def _output(result: Mapping[str, Json]) -> dict[str, Any]:
    """The step's result as formulas see it."""
    names = ("id", "outcome", "by", "opinion", "requester")
    opinions = [{**each, "at": datetime.fromisoformat(each["at"])} for each in result["opinions"]]
    ended_at = datetime.fromisoformat(result["ended_at"])
    return {**{name: result[name] for name in names}, "ended_at": ended_at, "opinions": opinions}


STEP_RUNNERS.add("approve", Approve())
