"""Firing: whoever inserts the row of a slot begins what is due then, in the same transaction; nobody else does.

A flow about no record has its run at once. One about records leaves the slot open, and `spreading` makes their runs in
portions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tessera import faults
from tessera.context import Context
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.flows.packing import pack
from tessera.engine.flows.schedules.plans import (
    Due,
    add_if_new,
    clocked_flows,
    due_slots,
    forget_settled,
    next_slot,
    now_of,
    plans_are_settled,
    settle_plans,
    spec_of,
    timing_of,
    zone_of,
)
from tessera.engine.flows.starting import NewRun, make_runs
from tessera.engine.flows.triggers import Slot
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.flows import FlowDoc
from tessera.store.system.flows import schedule, slot

AFTER_SLOT = faults.point("schedules.after_slot")
AFTER_FIRED = faults.point("schedules.after_fired")
AFTER_PLANS = faults.point("schedules.after_plans")

KEPT = timedelta(days=90)
"""How long slots that are done with are remembered."""

PLANS = 50
"""Plans of one transaction."""

_WAITING: sa.ColumnElement[bool] = sa.literal_column(
    "tsr_schedule.paused_at IS NULL AND tsr_schedule.next_at IS NOT NULL"
)


def fire_due(process: Process, ctx: Context, limit: int) -> int:
    """Fire the slots that are due; how many plans had any."""
    with process.reading(ctx) as work:
        is_settled = plans_are_settled(work)
        if is_settled and not _is_slot_due(work):
            return 0
    if not is_settled:
        process.write(ctx, _settled)
    return process.write(ctx, lambda work: _fired(work, min(limit, PLANS)))


def anything_due(work: Work) -> bool:
    """Whether a slot is due, or a release has altered what is due when."""
    return not plans_are_settled(work) or _is_slot_due(work)


def _is_slot_due(work: Work) -> bool:
    due = sa.select(sa.literal(1)).select_from(schedule).where(_WAITING, schedule.c.next_at <= now_of(work))
    return work.tx.scalar(due.limit(1)) is not None


def _settled(work: Work) -> None:
    settle_plans(work)
    faults.reach(AFTER_PLANS)


def _fired(work: Work, limit: int) -> int:
    now = now_of(work)
    due = sa.select(schedule).where(_WAITING, schedule.c.next_at <= now).order_by(schedule.c.next_at).limit(limit)
    if work.tx.dialect == "postgresql":
        due = due.with_for_update(skip_locked=True)
    rows = work.tx.rows(due)
    for row in rows:
        doc = clocked_flows(work.model).get(row["flow"])
        if doc is not None and row["spec"] and row["spec"] == spec_of(work, doc):
            _fire_plan(work, doc, row, now)
        else:
            # The plan is of another release; the next round brings it in line.
            work.tx.execute(sa.update(schedule).where(schedule.c.flow == row["flow"]).values(next_at=None))
            forget_settled(work)
    if rows:
        faults.reach(AFTER_FIRED)
    return len(rows)


def _fire_plan(work: Work, doc: FlowDoc, row: dict[str, Any], now: datetime) -> None:
    timing, zone = timing_of(doc), zone_of(work, doc)
    for each in due_slots(timing, zone, row["through_at"], now):
        fire(work, doc, each, now)
    following = next_slot(work, doc, now)
    mine = sa.update(schedule).where(schedule.c.flow == doc.key)
    work.tx.execute(mine.values(through_at=now, next_at=following))
    old = slot.c.slot < slot_name(now - KEPT)
    work.tx.execute(sa.delete(slot).where(slot.c.schedule == doc.key, old, slot.c.state != "open"))


def slot_name(at: datetime, *, is_by_hand: bool = False) -> str:
    """The name of a slot: its instant, so that names sort by time."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ/hand" if is_by_hand else "%Y-%m-%dT%H:%M:%SZ")


def fire(work: Work, doc: FlowDoc, due: Due, now: datetime, *, name: str = "", actor: int = 0) -> bool:
    """Begin what is due at a slot; False when somebody has done so already. name: of the slot, its instant if "".

    actor: id of who asked for it, 0 for the clock.
    """
    name = name or slot_name(due.at)
    state = "missed" if not due.is_fired else "open" if doc.entity else "done"
    is_new = add_if_new(
        work, slot, schedule=doc.key, slot=name, fired_at=now, state=state, due_at=due.at, since_at=due.since_at,
        missed=due.missed, release=work.model.number,
    )  # fmt: skip
    if not is_new:
        return False
    faults.reach(AFTER_SLOT)
    if state == "done":
        at = Slot(due.at, due.since_at, zone_of(work, doc), due.missed)
        new = NewRun(flow=doc.key, release=work.model.number, source=f"slot:{name}", actor_id=actor,
                     given={"event": event_of(doc, at, now, actor)}, cause=work.ctx.request_id)  # fmt: skip
        [made] = make_runs(work, [new])
        mine = (slot.c.schedule == doc.key) & (slot.c.slot == name)
        work.tx.execute(sa.update(slot).where(mine).values(run_id=made, made=1))
    return True


def event_of(doc: FlowDoc, at: Slot, now: datetime, actor: int) -> dict[str, Json]:
    """What formulas see of a slot, packed."""
    return {
        "topic": doc.trigger.on, "at": pack(now), "by": actor, "changed": [], "slot": pack(at.due_at),
        "day": pack(at.day), "missed": at.missed,
    }  # fmt: skip


CHORES.add("flows.schedules", Chore("flows.schedules", fire_due, rank=12))
