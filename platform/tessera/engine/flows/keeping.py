"""Keeping runs alive: those whose time has come go on, those of dead workers are taken over."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tessera import faults
from tessera.context import Context
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.flows.claiming import database_now
from tessera.engine.flows.cursor import Cursor, steps_above
from tessera.engine.flows.driving import end_plainly
from tessera.engine.flows.errors import PoisonRun
from tessera.engine.flows.failing import told_error
from tessera.engine.flows.pacing import room
from tessera.engine.flows.programs import flow_of, model_of
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import TesseraError
from tessera.store.system.flows import run

AFTER_TIMERS = faults.point("flows.after_timers")
AFTER_RECOVERY = faults.point("flows.after_recovery")

_LOG = logging.getLogger("tessera.flows")
_WAITING: sa.ColumnElement[bool] = sa.literal_column("tsr_run.state = 'waiting'")
_RUNNING: sa.ColumnElement[bool] = sa.literal_column("tsr_run.state = 'running'")


def wake_due(process: Process, ctx: Context, limit: int) -> int:
    """Let runs go on whose time has come, those that waited longest first; how many.

    Never many at a time: however many are due at once, what begins meanwhile finds only a few of them before it.
    """
    with process.reading(ctx) as work:
        if work.tx.scalar(sa.select(sa.literal(1)).where(_due(work)).limit(1)) is None:
            return 0

    def action(work: Work) -> int:
        due = sa.select(run.c.id).where(_due(work)).order_by(run.c.wake_at).limit(min(limit, room(work)))
        if work.tx.dialect == "postgresql":
            due = due.with_for_update(skip_locked=True)
        ids = list(work.tx.execute(due).scalars())
        if ids:
            # They are ready since now, one after the other in the order in which they were due.
            woken = [(number, "ready", work.now + timedelta(microseconds=place), True)
                     for place, number in enumerate(ids)]  # fmt: skip
            work.tx.update_many(run, ("state", "wake_at", "occupies"), woken, key=("id",))
        faults.reach(AFTER_TIMERS)
        return len(ids)

    return process.write(ctx, action)


def _due(work: Work) -> sa.ColumnElement[bool]:
    return _WAITING & (run.c.wake_at <= work.now)


def take_over(process: Process, ctx: Context, limit: int) -> int:
    """Let other workers have the runs of workers that died; how many.

    A worker holds many runs and dies of one at most, so each is claimed by itself next time. A run with which workers
    died too often even so has failed.
    """
    with process.reading(ctx) as work:
        if work.tx.scalar(sa.select(sa.literal(1)).where(_orphaned(work)).limit(1)) is None:
            return 0

    def action(work: Work) -> int:
        names = ("id", "flow", "release", "lane", "parent_id", "is_alone", "deaths", "cursor", "wake_at")
        columns = [run.c[name] for name in names]
        orphans = sa.select(*columns).where(_orphaned(work)).order_by(run.c.lease_until).limit(limit)
        if work.tx.dialect == "postgresql":
            orphans = orphans.with_for_update(skip_locked=True)
        rows = work.tx.rows(orphans)
        for row in rows:
            _take_over(work, row)
        faults.reach(AFTER_RECOVERY)
        return len(rows)

    return process.write(ctx, action)


def _orphaned(work: Work) -> sa.ColumnElement[bool]:
    now = sa.func.clock_timestamp() if work.tx.dialect == "postgresql" else database_now(work.tx)
    return _RUNNING & (run.c.lease_until < now)


def _take_over(work: Work, row: Mapping[str, Any]) -> None:
    deaths = row["deaths"] + 1 if row["is_alone"] else row["deaths"]
    limit = work.settings.limits.flow_deaths
    mine = sa.update(run).where(run.c.id == row["id"])
    if deaths >= limit > 0:
        error = PoisonRun(deaths=deaths)
        _LOG.error("run %s: %s", row["id"], error.message)
        work.tx.execute(mine.values(deaths=deaths, fence=run.c.fence + 1))
        end_plainly(work, row["id"], row["lane"], row["parent_id"], told_error(error, _path(work, row)))
    else:
        since = row["wake_at"] or work.now
        ready = {"state": "ready", "wake_at": since, "lease_until": None, "worker": None}
        work.tx.execute(mine.values(**ready, is_alone=True, deaths=deaths))


def _path(work: Work, row: Mapping[str, Any]) -> str:
    """The step at which a run stands, "" when its flow cannot be read."""
    try:
        doc = flow_of(model_of(work, row["release"]), row["flow"])
    except TesseraError:
        return ""
    thread = Cursor.load(row["cursor"]).ready()
    above = steps_above(doc, thread.frames) if thread is not None else []
    return above[-1][1] if above else ""


CHORES.add("flows.timers", Chore("flows.timers", wake_due, rank=15))
CHORES.add("flows.orphans", Chore("flows.orphans", take_over, rank=16, every_s=1.0))
