"""Runs `call_flow`: another run, whose end this one waits for."""

from __future__ import annotations

from typing import ClassVar

import sqlalchemy as sa

from tessera.engine.flows.noticing import lane_of
from tessera.engine.flows.packing import pack, unpack
from tessera.engine.flows.programs import flow_of
from tessera.engine.flows.starting import NewRun, make_runs
from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Outcome, Run, StepFailed, StepRunner, Wait, Woken
from tessera.engine.work import Work
from tessera.meta.flows import StepDoc
from tessera.meta.steps.call_flow_step import CallFlow
from tessera.store.system.flows import run as run_table


class CallFlowRunner(StepRunner):
    """Begins a run of another flow, of the same release, and waits for its end."""

    name: ClassVar[str] = "call_flow"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The called run is made in the transaction of this step, so it is made once."""
        options: CallFlow = step.options
        doc = flow_of(run.model, options.flow)
        record = run.record_id(options.record) if options.record is not None else None
        if options.record is not None and record is None:
            raise StepFailed(why=f"{options.record.text} is blank")
        types = {each.name: each.type for each in doc.trigger.inputs}
        given = {name: pack(run.value(formula), types.get(name)) for name, formula in options.inputs}
        event = {"topic": "call", "at": {"~t": work.now.isoformat()}, "changed": []}
        # A called run that is waited for belongs to this one, which keeps its place in its lane; else it has its own.
        lane = None if options.waits else lane_of(doc, doc.entity, record, None)
        new = NewRun(
            flow=doc.key, release=run.release, source=f"call:{run.id}:{run.path}:{run.attempt}", lane=lane,
            entity=doc.entity, record_id=record, given={"event": event, "input": given}, depth=run.depth + 1,
            parent_id=run.id if options.waits else None, actor_id=run.actor_id, cause=work.ctx.request_id,
        )  # fmt: skip
        [made] = make_runs(work, [new])
        run.memo()["run"] = made
        if not options.waits:
            return Done(note={"run": made})
        return Wait(key=f"run:{made}", note={"run": made}, keeps_place=True)

    def woken(self, work: Work, step: StepDoc, run: Run, why: Woken) -> Outcome:
        """What the called run gives back. Raises: StepFailed when it has failed."""
        told = why.payload
        if told["state"] != "done":
            error = told["error"] or {}
            raise StepFailed(why=f'run {told["run"]} is {told["state"]}: {error.get("message", "")}')
        shape = step.result.shape if step.result is not None else None
        blank = {member.name: None for member in shape.members()} if shape is not None else {}
        return Done({**blank, **unpack(told["result"] or {})})

    def cancelled(self, work: Work, step: StepDoc, run: Run) -> None:
        """The called run is cancelled as well."""
        from tessera.engine.flows.controlling import cancel_run

        number = run.memo().get("run")
        if number is not None:
            query = sa.select(run_table.c.state).where(run_table.c.id == number)
            if work.tx.scalar(query) not in (None, "done", "failed", "cancelled"):
                cancel_run(work, int(number))


STEP_RUNNERS.add("call_flow", CallFlowRunner())
