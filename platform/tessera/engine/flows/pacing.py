"""Pacing: how many runs timers and schedules may let begin at once, so that nothing else has to wait for them.

Runs are claimed in the order in which they became ready: what begins now goes after all that is ready already. So only
a few more may become ready at once than workers take on in a round, however many have come due together.
"""

from __future__ import annotations

import sqlalchemy as sa

from tessera.engine.flows.driving import BATCH
from tessera.engine.work import Work
from tessera.store.system.flows import run

_READY: sa.ColumnElement[bool] = sa.literal_column("tsr_run.state = 'ready'")


def room(work: Work) -> int:
    """How many runs may be made ready now: two rounds full of them, and never less than a quarter of a round.

    So timers and schedules together take at most half of each round while others want it, and all of it else.
    """
    some = sa.select(sa.literal(1)).select_from(run).where(_READY).limit(2 * BATCH).subquery()
    ready: int = work.tx.scalar(sa.select(sa.func.count()).select_from(some))
    return max(BATCH // 4, 2 * BATCH - ready)
