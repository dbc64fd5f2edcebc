"""Claiming runs: who may work on which run, for how long, and what becomes of the runs of workers that died.

A claim gives a run to one worker until its lease is over; the fence counts claims, and every transaction of the run
begins by checking it, so a worker whose lease was given to another cannot write any more. Leases go by the clock of the
database. Of the runs that occupy a lane only the earliest is claimed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from tessera import faults
from tessera.context import Context
from tessera.engine.flows.running import Claimed
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.names import new_ref
from tessera.store import Tx
from tessera.store.failures import NotUnique
from tessera.store.system.flows import run

AFTER_CLAIM = faults.point("flows.after_claim")

_COLUMNS = ("id", "flow", "release", "fence", "event_id", "entity", "record_id", "lane", "given", "cursor", "steps",
            "depth", "deaths", "parent_id", "actor_id", "created_at", "started_at")  # fmt: skip
_TOLD = (*_COLUMNS, "wake_at")


def worker_name() -> str:
    """A name that no other thread or process has."""
    return f"{os.uname().nodename}:{os.getpid()}:{threading.get_ident() & 0xFFFF:x}:{new_ref()[-6:]}"


_DUE = """
WITH due AS (
  SELECT r.id, r.is_alone, r.wake_at FROM tsr_run r WHERE r.state = 'ready' AND (r.lane IS NULL OR NOT EXISTS (
    SELECT 1 FROM tsr_run e WHERE e.lane = r.lane AND e.occupies AND (e.id < r.id OR e.state = 'running')
      AND e.id <> r.id))
  ORDER BY r.wake_at, r.id LIMIT :limit{lock}),
first AS (SELECT id, is_alone FROM due ORDER BY wake_at, id LIMIT 1),
chosen AS (
  SELECT id FROM due WHERE CASE WHEN (SELECT is_alone FROM first)
    THEN id = (SELECT id FROM first) ELSE NOT is_alone END)
UPDATE tsr_run AS r SET state = 'running', fence = r.fence + 1, worker = :worker, occupies = true,
  lease_until = {until}, started_at = coalesce(r.started_at, :now)
WHERE r.id IN (SELECT id FROM chosen) RETURNING """

_CLAIM = {
    "postgresql": _DUE.format(
        lock=" FOR UPDATE OF r SKIP LOCKED", until="clock_timestamp() + make_interval(secs => :lease)"
    ) + ", ".join(f"r.{name}" for name in _TOLD),
    "sqlite": _DUE.format(lock="", until=":until") + ", ".join(_TOLD),
}  # fmt: skip
"""Runs that a worker has died with are claimed by themselves, so that it shows whether they are what kills it."""


def claim(process: Process, ctx: Context, worker: str, limit: int, *, is_idle: bool = False) -> list[Claimed]:
    """Up to so many due runs, which are this worker's now: those that have been ready for longest.

    is_idle: there is probably nothing to do, so look first without writing.
    """
    if is_idle and not _anything_ready(process, ctx):
        return []
    try:
        return process.write(ctx, lambda work: _claimed(work, worker, limit))
    except NotUnique:
        # Two runs of a lane became due at the same moment; one at a time finds out which.
        try:
            return process.write(ctx, lambda work: _claimed(work, worker, 1))
        except NotUnique:
            return []


def _anything_ready(process: Process, ctx: Context) -> bool:
    with process.reading(ctx) as work:
        return work.tx.scalar(_READY) is not None


_READY = sa.text("SELECT 1 FROM tsr_run WHERE state = 'ready' LIMIT 1")


def _claimed(work: Work, worker: str, limit: int) -> list[Claimed]:
    lease = work.settings.limits.flow_lease_s
    given: dict[str, Any] = {"limit": limit, "worker": worker, "now": work.now}
    types: dict[str, Any] = {"now": run.c.created_at.type}
    if work.tx.dialect == "sqlite":
        given["until"] = database_now(work.tx) + timedelta(seconds=lease)
        types["until"] = run.c.created_at.type
    else:
        given["lease"] = lease
    binds = [sa.bindparam(name, type_=types.get(name)) for name in given]
    statement = sa.text(_CLAIM[work.tx.dialect]).bindparams(*binds).columns(*(run.c[name] for name in _TOLD))
    rows = work.tx.rows(statement, given)
    faults.reach(AFTER_CLAIM)
    in_order = sorted(rows, key=lambda row: (row["wake_at"] or work.now, row["id"]))
    return [_claimed_of(row) for row in in_order]


def _claimed_of(row: dict[str, Any]) -> Claimed:
    given: dict[str, Json] = orjson.loads(row["given"])
    return Claimed(**{name: row[name] for name in _COLUMNS} | {"entity": row["entity"] or "", "given": given})


def database_now(tx: Tx) -> Any:
    """The instant by the database's clock."""
    if tx.dialect == "postgresql":
        return tx.scalar(sa.select(sa.func.clock_timestamp()))
    from tessera.context import utc_now

    return utc_now()  # an embedded database has the clock of this machine


def lease_end(tx: Tx, seconds: int) -> Any:
    """When a lease that begins now is over, as a value of a statement."""
    if tx.dialect == "postgresql":
        return sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return database_now(tx) + timedelta(seconds=seconds)


def give_back(process: Process, ctx: Context, claimed: Sequence[Claimed]) -> None:
    """Let others have runs that this worker has claimed and not begun, or does not go on with."""
    if not claimed:
        return

    def action(work: Work) -> None:
        # Those not begun keep their place; one that has taken turns has none any more and goes to the end.
        since = sa.func.coalesce(run.c.wake_at, sa.bindparam("since", work.now, type_=run.c.wake_at.type))
        for each in claimed:
            mine = (run.c.id == each.id) & (run.c.fence == each.fence) & (run.c.state == "running")
            ready = sa.update(run).where(mine).values(state="ready", wake_at=since, lease_until=None, worker=None)
            work.tx.execute(ready)

    process.write(ctx, action)


def renew(process: Process, ctx: Context, claimed: Iterable[tuple[int, int]]) -> None:
    """Make the leases of runs (id, fence) begin anew; those that a transaction is at work on need none."""
    pairs = list(claimed)

    def action(work: Work) -> None:
        seconds = work.settings.limits.flow_lease_s
        for number, fence in pairs:
            mine = (run.c.id == number) & (run.c.fence == fence) & (run.c.state == "running")
            idle = sa.select(run.c.id).where(mine)
            if work.tx.dialect == "postgresql":
                idle = idle.with_for_update(skip_locked=True)
            renewed = sa.update(run).where(run.c.id.in_(idle.scalar_subquery()))
            work.tx.execute(renewed.values(lease_until=lease_end(work.tx, seconds)))

    process.write(ctx, action)
