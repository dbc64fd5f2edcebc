"""Making runs: set-wise from events, or one by one for a button, a call or a repetition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine import outbox
from tessera.engine.flows.errors import FlowLoop
from tessera.engine.flows.failing import told_error
from tessera.engine.flows.lanes import busy_lanes
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.system.flows import run

_COLUMNS = ("id", "flow", "release", "source", "event_id", "entity", "record_id", "lane", "occupies", "state", "given",
            "cursor", "depth", "parent_id", "rerun_of", "actor_id", "cause", "error", "created_at",
            "finished_at", "wake_at")  # fmt: skip


@dataclass(slots=True)
class NewRun:
    """A run to be made. source: what begins it; a flow has one run for each. error: it has failed before it began."""

    flow: str
    release: int
    source: str
    lane: str | None = None
    event_id: int | None = None
    entity: str = ""
    record_id: int | None = None
    given: dict[str, Json] = field(default_factory=dict)
    depth: int = 0
    parent_id: int | None = None
    rerun_of: int | None = None
    actor_id: int = 0
    cause: str = ""
    error: dict[str, Json] | None = None


def make_runs(work: Work, wanted: Sequence[NewRun]) -> list[int]:
    """Make runs, in their order, and ring for those that can begin at once; their ids.

    The caller sees to it that none is made twice. A run at the end of too long a chain is made as failed.
    """
    if not wanted:
        return []
    busy = busy_lanes(work, [each.lane for each in wanted if each.lane is not None])
    ids = work.tx.allocate(run.name, len(wanted))
    limit = work.settings.limits.flow_depth
    rows: list[tuple[Any, ...]] = []
    for number, each in zip(ids, wanted, strict=True):
        if each.error is None and each.depth > limit:
            each.error = told_error(FlowLoop(limit=limit), "")
        state = "failed" if each.error is not None else "ready"
        if state == "ready" and each.lane is not None:
            state = "queued" if each.lane in busy else "ready"
            busy.add(each.lane)
        rows.append(_row(work, number, each, state))
    work.tx.insert_many(run, _COLUMNS, rows)
    outbox.ring(work)
    return list(ids)


def _row(work: Work, number: int, new: NewRun, state: str) -> tuple[Any, ...]:
    is_over = state == "failed"
    error = orjson.dumps(new.error).decode() if new.error is not None else None
    return (number, new.flow, new.release, new.source, new.event_id, new.entity or None, new.record_id, new.lane,
            not is_over, state, orjson.dumps(new.given).decode(), "", new.depth, new.parent_id, new.rerun_of,
            new.actor_id, new.cause, error, work.now, work.now if is_over else None,
            work.now if state == "ready" else None)  # fmt: skip


def run_of_source(work: Work, flow: str, source: str) -> int | None:
    """The run of a flow that a source has begun, None when it has not."""
    mine = (run.c.flow == flow) & (run.c.source == source)
    found: int | None = work.tx.scalar(sa.select(run.c.id).where(mine))
    return found
