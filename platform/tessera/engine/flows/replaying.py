"""Dead letters: failed runs that nobody has dealt with, retried many at a time."""

from __future__ import annotations

import orjson
import sqlalchemy as sa

from tessera.engine.flows.controlling import retry_run
from tessera.engine.flows.errors import RunNotOpen
from tessera.engine.flows.history import dead_letter, flow_key
from tessera.engine.work import Work
from tessera.store.system.flows import run

_LOOKED_AT = 10_000


def replay(work: Work, *, flow: str = "", code: str = "", limit: int = 100) -> int:
    """Retry failed runs where they failed, the oldest first; how many.

    flow: only of the flow of that name. code: only with that code of error. Runs that have taken back what they did
    are left alone; they can be repeated. Raises: NotFound for an unknown flow.
    """
    query = sa.select(run.c.id, run.c.error).where(dead_letter(), run.c.state == "failed")
    if flow:
        query = query.where(run.c.flow == flow_key(work, flow))
    count = 0
    for row in work.tx.rows(query.order_by(run.c.id).limit(_LOOKED_AT)):
        if count >= limit:
            break
        error = orjson.loads(row["error"]) if row["error"] else {}
        if code and error.get("code") != code:
            continue
        try:
            retry_run(work, row["id"])
        except RunNotOpen:
            continue
        count += 1
    return count
