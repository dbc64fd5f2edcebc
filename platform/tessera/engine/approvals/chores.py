"""What workers do for approvals: let decisions become final and deadlines pass, replace those who left, tidy up."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from tessera.context import Context
from tessera.engine.approvals.deciding import cancel, tend
from tessera.engine.approvals.opening import OVER
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.store.system.access import users
from tessera.store.system.approvals import approvals, tasks
from tessera.store.system.flows import run

ABSENT_EVERY_S = 30.0


def settle_due(process: Process, ctx: Context, limit: int) -> int:
    """Carry out what has come due of up to so many approvals; of how many there was something."""
    with process.reading(ctx) as work:
        query = sa.select(approvals.c.id).where(approvals.c.wake_at <= work.now)
        due = list(work.tx.execute(query.order_by(approvals.c.wake_at, approvals.c.id).limit(limit)).scalars())
    return _tend(process, ctx, due)


def replace_absent(process: Process, ctx: Context, limit: int) -> int:
    """Give the tasks of those who may not sign in any more to others, and close approvals that no run waits for.

    Of how many approvals there were such.
    """
    with process.reading(ctx) as work:
        due, left = absent(work, limit), orphaned(work, limit)
    for run_id, path in left:
        process.write(ctx, partial(cancel, run_id=run_id, path=path))
    return _tend(process, ctx, due) + len(left)


def absent(work: Work, limit: int) -> list[int]:
    """Ids of approvals that wait for somebody who may not sign in."""
    live = tasks.c.state.in_(("waiting", "open")) & ~users.c.is_active
    query = sa.select(tasks.c.approval_id).join(users, users.c.id == tasks.c.person_id).where(live)
    return list(work.tx.execute(query.distinct().order_by(tasks.c.approval_id).limit(limit)).scalars())


def orphaned(work: Work, limit: int) -> list[tuple[int, str]]:
    """Run and place of approvals that go on though their run is over, which it told nobody."""
    query = sa.select(approvals.c.run_id, approvals.c.path).join(run, run.c.id == approvals.c.run_id)
    over = approvals.c.outcome.is_(None) & run.c.state.in_(sorted(OVER))
    rows = work.tx.rows(query.where(over).order_by(approvals.c.id).limit(limit))
    return [(row["run_id"], row["path"]) for row in rows]


def _tend(process: Process, ctx: Context, ids: list[int]) -> int:
    # One transaction for each: of several workers the second finds nothing left to do.
    return sum(process.write(ctx, partial(tend, approval_id=each)) for each in ids)


CHORES.add("approvals", Chore("approvals", settle_due, rank=35, every_s=1.0))
CHORES.add("approvals.absent", Chore("approvals.absent", replace_absent, rank=60, every_s=ABSENT_EVERY_S))
