"""How flows are doing: what waits, for how long, and how many runs are in which state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tessera.engine.flows.claiming import database_now
from tessera.engine.flows.schedules import firing, spreading
from tessera.engine.flows.schedules.plans import now_of
from tessera.engine.work import Work
from tessera.store.system.flows import run, schedule, slot
from tessera.store.system.records import outbox

STATES = ("queued", "ready", "running", "waiting", "review", "failed", "done", "cancelled")
OPEN = ("queued", "ready", "running", "waiting", "review")


def _is(text: str) -> sa.ColumnElement[bool]:
    """A condition as a literal, so that partial indexes serve it."""
    return sa.literal_column(text)


def anything_due(work: Work) -> bool:
    """Whether there is anything for workers to do just now: events, runs, timers, schedules, runs of dead workers."""
    checks = (
        sa.select(sa.literal(1)).select_from(outbox).where(_is("tsr_outbox.dispatched_at IS NULL")),
        sa.select(sa.literal(1)).select_from(run).where(_is("tsr_run.state = 'ready'")),
        sa.select(sa.literal(1)).where(_is("tsr_run.state = 'waiting'"), run.c.wake_at <= work.now),
        sa.select(sa.literal(1)).where(_is("tsr_run.state = 'running'"), run.c.lease_until < database_now(work.tx)),
    )
    if any(work.tx.scalar(check.limit(1)) is not None for check in checks):
        return True
    return firing.anything_due(work) or spreading.anything_open(work)


def figures(work: Work) -> dict[str, Any]:
    """For monitoring: events and runs that wait, the age of the oldest, open runs by state, and dead letters.

    Keys: events_waiting, event_lag_s, runs (open ones by state), ready_lag_s, timer_lag_s, dead, and of schedules
    schedule_lag_s, schedules (active, paused) and slots (open, failed).
    """
    tx, now = work.tx, work.now
    events = tx.row(sa.select(sa.func.count().label("count"), sa.func.min(outbox.c.created_at).label("oldest"))
                    .where(_is("tsr_outbox.dispatched_at IS NULL")))  # fmt: skip
    ready = tx.scalar(sa.select(sa.func.min(run.c.wake_at)).where(_is("tsr_run.state = 'ready'")))
    timer = tx.scalar(sa.select(sa.func.min(run.c.wake_at)).where(_is("tsr_run.state = 'waiting'")))
    counted = sa.select(run.c.state, sa.func.count().label("count")).where(run.c.finished_at.is_(None))
    states = {row["state"]: row["count"] for row in tx.rows(counted.group_by(run.c.state))}
    dead = tx.scalar(sa.select(sa.func.count()).select_from(run).where(
        _is("tsr_run.state IN ('failed', 'review') AND NOT tsr_run.is_settled")))  # fmt: skip
    return {
        "events_waiting": events["count"] if events else 0,
        "event_lag_s": _age(now, events["oldest"] if events else None),
        "runs": {state: states.get(state, 0) for state in OPEN},
        "ready_lag_s": _age(now, ready),
        "timer_lag_s": _age(now, timer),
        "dead": dead or 0,
        **_figures_of_schedules(work),
    }


def _figures_of_schedules(work: Work) -> dict[str, Any]:
    tx = work.tx
    is_on, is_paused = schedule.c.spec != "", schedule.c.paused_at.is_not(None)
    counted = sa.select(is_paused.label("paused"), sa.func.count().label("count"),
                        sa.func.min(schedule.c.next_at).label("next")).where(is_on).group_by(is_paused)  # fmt: skip
    plans = {bool(row["paused"]): row for row in tx.rows(counted)}
    going = plans.get(False)
    states = sa.select(slot.c.state, sa.func.count().label("count")).where(slot.c.state.in_(("open", "failed")))
    slots = {row["state"]: row["count"] for row in tx.rows(states.group_by(slot.c.state))}
    return {
        "schedule_lag_s": _age(now_of(work), going["next"] if going else None),
        "schedules": {"active": going["count"] if going else 0, "paused": plans[True]["count"] if True in plans else 0},
        "slots": {state: slots.get(state, 0) for state in ("open", "failed")},
    }


def _age(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
