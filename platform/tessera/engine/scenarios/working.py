"""What steps of a scenario do to flows: workers work, buttons are pressed, flows begun, approvals decided.

Workers are played in the scenario's transaction. Nothing leaves it: outside calls are answered from what the scenario
gives, and deliveries of messages are only noted as sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

import sqlalchemy as sa

from tessera.engine.approvals import deciding
from tessera.engine.flows.beginning import begin_run
from tessera.engine.flows.schedules.plans import clocked_flows, due_slots, next_slot, timing_of, zone_of
from tessera.engine.flows.schedules.spreading import play_slot
from tessera.engine.messages.delivering import deliver_captured
from tessera.engine.scenarios.stage import Stage
from tessera.engine.work import Work
from tessera.errors import Json, NotFound, TesseraError
from tessera.store.system import messages as deliveries
from tessera.store.system.approvals import approvals, tasks
from tessera.store.system.flows import run

Body: TypeAlias = Mapping[str, Json]
Action: TypeAlias = Callable[[Stage, Work, Body], None]

TIMED = frozenset({"settle"})
"""Steps that let time pass themselves."""

MOST_ROUNDS = 10_000
"""How often workers begin anew in one step."""


class NeverSettled(TesseraError):
    """The flows of the scenario begin each other without an end."""

    code = "never_settled"
    hint = "Look at the conditions of their triggers."


def _settle(stage: Stage, _work: Work, step: Body) -> None:
    """Let workers do everything that comes due until the instant, each thing at its time.

    Raises: NeverSettled("never_settled").
    """
    end = datetime.fromisoformat(step["at"]).astimezone(UTC) if "at" in step else stage.now
    if stage.through_at is None:
        stage.through_at = stage.now
    for _ in range(MOST_ROUNDS):
        if _done_now(stage):
            continue
        following = _next_instant(stage)
        if following is None or following > end:
            stage.workers.now = max(end, stage.now)
            if not _done_now(stage):
                return
        else:
            stage.workers.now = max(following, stage.now)
    raise NeverSettled


def _done_now(stage: Stage) -> int:
    """How many things workers found to do at the present instant."""
    workers = stage.workers
    begun = len(workers.begin_by_events()) + _fired(stage)
    return begun + workers.drive() + _tended(stage) + deliver_captured(workers, workers.context(), workers.causes)


def _tended(stage: Stage) -> int:
    due = sa.select(approvals.c.id).where(_of_runs(stage), approvals.c.wake_at <= stage.now)
    ids = list(stage.tx.execute(due.order_by(approvals.c.wake_at, approvals.c.id)).scalars())
    workers = stage.workers
    return sum(workers.write(workers.context(), partial(deciding.tend, approval_id=each)) for each in ids)


def _of_runs(stage: Stage) -> sa.ColumnElement[bool]:
    return approvals.c.run_id.in_(stage.workers.runs)


def _next_instant(stage: Stage) -> datetime | None:
    """When something comes due next, later than now."""
    mine = run.c.id.in_(stage.workers.runs) & (run.c.state == "waiting") & (run.c.wake_at > stage.now)
    asked = _of_runs(stage) & (approvals.c.wake_at > stage.now)
    found = [
        stage.tx.scalar(sa.select(sa.func.min(run.c.wake_at)).where(mine)),
        stage.tx.scalar(sa.select(sa.func.min(approvals.c.wake_at)).where(asked)),
        deliveries.next_due_of(stage.tx, stage.workers.causes, stage.now),
    ]
    found += [_next_slot(stage)]
    return min((each for each in found if each is not None), default=None)


def _fired(stage: Stage) -> int:
    """Fire the slots of schedules that have come due since it was done last; how many there were."""
    through, now, workers = stage.through_at or stage.now, stage.now, stage.workers
    if now <= through:
        return 0
    stage.through_at = now

    def action(work: Work) -> int:
        count = 0
        for doc in clocked_flows(work.model).values():
            slots = due_slots(timing_of(doc), zone_of(work, doc), through, now) if doc.is_active else []
            for each in slots:
                workers.add_runs(play_slot(work, doc, each))
            count += len(slots)
        return count

    return workers.write(workers.context(), action)


def _next_slot(stage: Stage) -> datetime | None:
    with stage.workers.reading(stage.workers.context()) as work:
        flows = [doc for doc in clocked_flows(work.model).values() if doc.is_active]
        found = [next_slot(work, doc, stage.now) for doc in flows]
    return min((each for each in found if each is not None), default=None)


def _begin(stage: Stage, work: Work, step: Body) -> None:
    record = stage.called(step["record"]).id if "record" in step else None
    values = stage.values(step.get("values", {}))
    stage.workers.add_runs([begin_run(work, step["flow"], record=record, values=values)])


def _decide(stage: Stage, work: Work, step: Body) -> None:
    """Decide the earliest task that the user has open, of the flow and about the record if the step says so."""
    mine = [_of_runs(stage), tasks.c.state == "open", tasks.c.person_id == stage.called(step["who"]).id]
    if "flow" in step:
        mine.append(approvals.c.flow == work.model.names.get(("flow", step["flow"])))
    if "record" in step:
        about = stage.called(step["record"])
        mine += [approvals.c.entity == work.entity(about.entity).key, approvals.c.record_id == about.id]
    query = sa.select(tasks.c.id).join(approvals, approvals.c.id == tasks.c.approval_id).where(*mine)
    found = stage.tx.scalar(query.order_by(tasks.c.id).limit(1))
    if found is None:
        raise NotFound(what="task")
    values = stage.values(step.get("values", {}))
    deciding.decide(work, found, step["do"], opinion=step.get("opinion", ""), record=values)


PRESSES: Mapping[str, Action] = {
    "settle": _settle, "press": _begin, "begin": _begin, "agree": _decide, "reject": _decide,
}  # fmt: skip
"""By what a step says under `do`."""
