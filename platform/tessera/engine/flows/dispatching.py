"""Dispatching: from events in the outbox to runs, in the order of the events and many in a transaction.

Which flows an event begins was decided when it happened (see `noticing`); here their runs are made and the steps woken
that wait for it. One worker dispatches at a time, so that runs of a lane get their ids in the order of their events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from tessera import faults
from tessera.context import Context
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.flows.starting import NewRun, make_runs
from tessera.engine.flows.waking import wake_many
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.model import Entity
from tessera.store.system.flows import wait
from tessera.store.system.records import outbox

AFTER_CLAIM = faults.point("flows.events_claimed")
AFTER_RUNS = faults.point("flows.runs_made")
AFTER_MARK = faults.point("flows.events_marked")

DISPATCH_LOCK = 7_310_002
"""Key of the advisory lock of whoever dispatches, on PostgreSQL."""

EVENTS = 1_000
"""Events of one transaction."""

_COLUMNS = ("id", "topic", "entity", "record_id", "payload", "depth", "release", "request_id", "created_at")


def dispatch(process: Process, ctx: Context, limit: int) -> int:
    """Dispatch the events that wait, up to a transaction full of them; how many there were."""
    with process.reading(ctx) as work:
        if work.tx.scalar(_WAITING) is None:
            return 0
    return process.write(ctx, _dispatched)


_UNSENT: sa.ColumnElement[bool] = sa.literal_column("tsr_outbox.dispatched_at IS NULL")
_WAITING = sa.select(sa.literal(1)).select_from(outbox).where(_UNSENT).limit(1)


def _dispatched(work: Work) -> int:
    tx = work.tx
    if tx.dialect == "postgresql" and not tx.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(DISPATCH_LOCK))):
        return 0
    columns = [outbox.c[name] for name in _COLUMNS]
    rows = tx.rows(sa.select(*columns).where(_UNSENT).order_by(outbox.c.id).limit(EVENTS))
    faults.reach(AFTER_CLAIM)
    make_runs(work, [new for row in rows for new in runs_of_event(work, row)])
    faults.reach(AFTER_RUNS)
    wake_waiting(work, rows)
    if rows:
        mine = outbox.c.id.in_([row["id"] for row in rows])
        tx.execute(sa.update(outbox).where(mine).values(dispatched_at=work.now))
    faults.reach(AFTER_MARK)
    return len(rows)


def events_caused_by(work: Work, causes: Sequence[str], after: int) -> list[dict[str, Any]]:
    """The events of these request ids, beyond one of that id."""
    columns = [outbox.c[name] for name in _COLUMNS]
    mine = outbox.c.request_id.in_(list(causes)) & (outbox.c.id > after)
    return work.tx.rows(sa.select(*columns).where(mine).order_by(outbox.c.id))


def runs_of_event(work: Work, row: Mapping[str, Any]) -> Iterator[NewRun]:
    """The runs that an event begins; an event about many records begins some for each."""
    payload = row["payload"]
    if '"flows":' not in payload:
        return
    told = orjson.loads(payload)
    if row["record_id"] is not None:
        yield from _runs_of_record(work, row, row["record_id"], told)
        return
    for number, part in told.get("parts", {}).items():
        yield from _runs_of_record(work, row, int(number), part)


def _runs_of_record(work: Work, row: Mapping[str, Any], record: int, told: Mapping[str, Json]) -> Iterator[NewRun]:
    entity = work.model.entities.get(row["entity"])
    changed = _names(entity, told.get("changed", ()))
    snapshots = {name: told[name] for name in ("before", "after") if name in told}
    for flow, lane, extra, *error in told.get("flows", ()):
        at = {"~t": row["created_at"].isoformat()}
        event = {"topic": row["topic"], "at": at, "by": told.get("by"), "changed": changed, **extra}
        yield NewRun(
            flow=flow, release=row["release"], source=f"event:{row['id']}:{record}", lane=lane, event_id=row["id"],
            entity=row["entity"], record_id=record, given={"event": event, **snapshots}, depth=row["depth"],
            actor_id=told.get("by") or 0, cause=row["request_id"], error=error[0] if error else None,
        )  # fmt: skip


def _names(entity: Entity | None, uids: Json) -> list[str]:
    """The names of fields by their uids; those that are gone keep their uid."""
    known = {each.uid: each.name for each in entity.fields} if entity is not None else {}
    return [known.get(uid, uid) for uid in uids]


def wake_waiting(work: Work, rows: list[dict[str, Any]]) -> None:
    """Wake the steps that wait for one of these events: for any of an entity, or for one of a certain record."""
    waits = sa.select(sa.literal(1)).where(wait.c.key >= "event:", wait.c.key < "event;").limit(1)
    if not rows or work.tx.scalar(waits) is None:
        return
    told: dict[str, Json] = {}
    for row in rows:
        number = row["record_id"]
        for record in [number] if number is not None else [None, *orjson.loads(row["payload"]).get("ids", ())]:
            payload = {"event": row["id"], "topic": row["topic"], "record": record}
            for key in event_keys(row["topic"], row["entity"], record):
                told.setdefault(key, payload)
    keys = sorted(told)
    known: set[str] = set()
    for start in range(0, len(keys), 500):
        part = wait.c.key.in_(keys[start : start + 500])
        known |= set(work.tx.execute(sa.select(wait.c.key).where(part).distinct()).scalars())
    wake_many(work, {key: told[key] for key in known})


def event_keys(topic: str, entity: str, record: int | None) -> list[str]:
    """The keys under which steps wait for an event."""
    general = f"event:{topic}:{entity}"
    return [general] if record is None else [general, f"{general}:{record}"]


CHORES.add("flows.dispatch", Chore("flows.dispatch", dispatch, rank=10))
