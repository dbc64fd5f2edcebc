"""What the report of a dry run says of messages: each that would have been sent, with its words."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.engine import messages
from tessera.engine.flows.rehearsing import REPORT_PARTS
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.system.flows import run


def _told(work: Work) -> list[Json]:
    """Deliveries of the runs that belong to the dry run, and of what it did itself, the earliest first."""
    causes = {work.ctx.request_id}
    fresh = list(causes)
    while fresh:
        caused = work.tx.execute(sa.select(run.c.id).where(run.c.cause.in_(fresh))).scalars()
        fresh = [cause for cause in (f"run-{each}" for each in caused) if cause not in causes]
        causes.update(fresh)
    return list(messages.deliveries.just_written(work, sorted(causes)))


REPORT_PARTS.add("messages", _told)
