"""What people do about schedules: look at what comes and what was missed, begin one now, stop and go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine.flows.beginning import ensure_manages_runs, ensure_sees_runs
from tessera.engine.flows.errors import FlowInactive, NotScheduled
from tessera.engine.flows.programs import flow_named
from tessera.engine.flows.schedules.firing import fire, slot_name
from tessera.engine.flows.schedules.plans import (
    Due,
    clocked_flows,
    next_slot,
    now_of,
    settle_plans,
    slots_ahead,
    timing_of,
    zone_of,
)
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.flows import FlowDoc
from tessera.store.system.flows import schedule, slot

MOST_AHEAD = 100
"""Slots that are told beforehand at most."""


def list_schedules(work: Work, *, ahead: int = 1) -> list[dict[str, Json]]:
    """Every flow that goes by the clock, by name: its times, the next slots, and how it is doing.

    ahead: how many slots. Raises: Forbidden for an actor who may not see runs.
    """
    ensure_sees_runs(work)
    docs = sorted(clocked_flows(work.model).values(), key=lambda each: each.name)
    plans = {row["flow"]: row for row in work.tx.rows(sa.select(schedule))}
    latest = _latest(work)
    return [_shown(work, doc, plans.get(doc.key), latest.get(doc.key), ahead) for doc in docs]


def get_schedule(work: Work, name: str, *, ahead: int = 10) -> dict[str, Json]:
    """One of them. Raises: Forbidden, NotFound, NotScheduled("not_scheduled")."""
    ensure_sees_runs(work)
    doc = _named(work, name)
    plan = work.tx.row(sa.select(schedule).where(schedule.c.flow == doc.key))
    return _shown(work, doc, plan, _latest(work, doc.key).get(doc.key), ahead)


def _named(work: Work, name: str) -> FlowDoc:
    doc = flow_named(work, name)
    if doc.key not in clocked_flows(work.model):
        raise NotScheduled(name=doc.name, trigger=doc.trigger.on)
    return doc


def _latest(work: Work, key: str = "") -> dict[str, dict[str, Any]]:
    """The slot of each schedule that was fired last."""
    mine = sa.select(slot.c.schedule, sa.func.max(slot.c.slot).label("last")).group_by(slot.c.schedule)
    if key:
        mine = mine.where(slot.c.schedule == key)
    last = mine.subquery()
    same = (slot.c.schedule == last.c.schedule) & (slot.c.slot == last.c.last)
    return {row["schedule"]: row for row in work.tx.rows(sa.select(slot).join(last, same))}


def _shown(work: Work, doc: FlowDoc, plan: Mapping[str, Any] | None, last: Mapping[str, Any] | None,
           ahead: int) -> dict[str, Json]:  # fmt: skip
    timing, zone = timing_of(doc), zone_of(work, doc)
    entity = work.model.entities.get(doc.entity)
    paused_at: datetime | None = plan["paused_at"] if plan is not None else None
    since = max(plan["through_at"], now_of(work)) if plan is not None else now_of(work)
    is_going = doc.is_active and paused_at is None
    return {
        "flow": doc.name,
        "label": {"zh": doc.label.zh, "en": doc.label.en},
        "trigger": doc.trigger.on,
        "entity": entity.name if entity is not None else None,
        "zone": zone.key,
        "missed": timing.missed,
        "is_active": doc.is_active,
        "paused_at": paused_at,
        "paused_by": plan["paused_by"] if plan is not None else None,
        "next": list(slots_ahead(work, doc, min(ahead, MOST_AHEAD), since)) if is_going else [],
        "last": None if last is None else shown_slot(last),
    }


def shown_slot(row: Mapping[str, Any]) -> dict[str, Json]:
    """A slot as it is told."""
    return {
        "slot": row["slot"], "due_at": row["due_at"], "fired_at": row["fired_at"], "state": row["state"],
        "missed": row["missed"], "since_at": row["since_at"], "run": row["run_id"], "runs": row["made"],
        "error": orjson.loads(row["error"]) if row["error"] else None,
    }  # fmt: skip


def list_slots(work: Work, name: str, *, only_missed: bool = False, before: str = "", limit: int = 50
               ) -> list[dict[str, Json]]:  # fmt: skip
    """The slots of a flow, the latest first. only_missed: those before which some were missed, or that were let go.

    before: a slot of the page before. Raises: as get_schedule.
    """
    ensure_sees_runs(work)
    doc = _named(work, name)
    query = sa.select(slot).where(slot.c.schedule == doc.key).order_by(slot.c.slot.desc()).limit(limit)
    if only_missed:
        query = query.where((slot.c.missed > 0) | (slot.c.state == "missed"))
    if before:
        query = query.where(slot.c.slot < before)
    return [shown_slot(row) for row in work.tx.rows(query)]


def run_now(work: Work, name: str) -> dict[str, Json]:
    """Begin at once what the flow does at its times; the slot that is made for it.

    Its times stay as they are. Raises: Forbidden, NotFound, NotScheduled, FlowInactive.
    """
    ensure_manages_runs(work)
    doc = _named(work, name)
    if not doc.is_active:
        raise FlowInactive(name=doc.name)
    now = now_of(work)
    made = slot_name(now, is_by_hand=True)
    fire(work, doc, Due(now, now), now, name=made, actor=work.ctx.actor.id)
    row = work.tx.row(sa.select(slot).where(slot.c.schedule == doc.key, slot.c.slot == made))
    assert row is not None, "it was made just now"
    return shown_slot(row)


def pause(work: Work, name: str) -> None:
    """Let no slot of a flow come due until it goes on. Raises: Forbidden, NotFound, NotScheduled."""
    ensure_manages_runs(work)
    doc = _named(work, name)
    settle_plans(work)
    mine = sa.update(schedule).where(schedule.c.flow == doc.key, schedule.c.paused_at.is_(None))
    work.tx.execute(mine.values(paused_at=work.now, paused_by=work.ctx.actor.name))


def resume(work: Work, name: str) -> None:
    """Let a flow go on from now; slots that it was stopped for are not made up for. Raises: as pause."""
    ensure_manages_runs(work)
    doc = _named(work, name)
    settle_plans(work)
    plan = work.tx.row(sa.select(schedule).where(schedule.c.flow == doc.key))
    if plan is None or plan["paused_at"] is None:
        return
    through = max(plan["through_at"], now_of(work))
    following = next_slot(work, doc, through) if doc.is_active else None
    mine = sa.update(schedule).where(schedule.c.flow == doc.key)
    work.tx.execute(mine.values(paused_at=None, paused_by=None, through_at=through, next_at=following))
