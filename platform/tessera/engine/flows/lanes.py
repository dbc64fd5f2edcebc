"""Lanes: runs with the same order key go one after the other, the earliest first."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from tessera.context import Context
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.store.system.flows import run

_NEXT = sa.text("""
UPDATE tsr_run SET state = 'ready', wake_at = :now WHERE id = (
  SELECT min(q.id) FROM tsr_run q WHERE q.lane = :lane AND q.occupies AND q.state = 'queued')
AND NOT EXISTS (
  SELECT 1 FROM tsr_run e WHERE e.lane = :lane AND e.occupies AND e.state <> 'queued')""").bindparams(
    sa.bindparam("now", type_=run.c.wake_at.type))

_HEADS = sa.text("""
SELECT q.id FROM tsr_run q WHERE q.state = 'queued' AND NOT EXISTS (
  SELECT 1 FROM tsr_run e WHERE e.lane = q.lane AND e.occupies AND (e.id < q.id OR e.state IN ('ready', 'running'))
    AND e.id <> q.id)
ORDER BY q.id LIMIT :limit""")


def let_next(work: Work, lane: str | None) -> None:
    """Make the next run of a lane ready, now that one has left it."""
    if lane is not None:
        work.tx.execute(_NEXT, {"lane": lane, "now": work.now})


def busy_lanes(work: Work, lanes: Iterable[str]) -> set[str]:
    """The lanes among these that some run occupies."""
    wanted = sorted(set(lanes))
    if not wanted:
        return set()
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        part = run.c.lane.in_(wanted[start : start + 500]) & sa.literal_column("occupies")
        found |= set(work.tx.execute(sa.select(run.c.lane).where(part).distinct()).scalars())
    return found


def let_stranded(process: Process, ctx: Context, limit: int) -> int:
    """Make runs ready that queue in a lane which is free: one was left while they were put there. How many."""
    with process.reading(ctx) as work:
        stranded = list(work.tx.execute(_HEADS, {"limit": limit}).scalars())
    if not stranded:
        return 0

    def action(work: Work) -> int:
        heads = set(work.tx.execute(_HEADS, {"limit": limit}).scalars()) & set(stranded)
        mine = run.c.id.in_(sorted(heads)) & (run.c.state == "queued")
        return work.tx.execute(sa.update(run).where(mine).values(state="ready", wake_at=work.now)).rowcount

    return process.write(ctx, action)


CHORES.add("flows.lanes", Chore("flows.lanes", let_stranded, rank=18, every_s=1.0))
