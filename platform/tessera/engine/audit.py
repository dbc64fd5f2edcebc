"""Who changed what, when and why: a row for each changed record, or for a batch; each with a hash of its content.

The content is a JSON text: {"at", "actor", "verb", "entity", "record", "set", "lines", "reason" …}. Fields stand by
their uid, so that a rename leaves the past readable; personal values are sealed under their subject's key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from tessera.engine import sealing
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.model import Entity, Field
from tessera.store.bulk import Same
from tessera.store.system.records import audit


class Entry(NamedTuple):
    """One row to be written. record_id: None for a batch of so many records. detail: what the verb did."""

    record_id: int | None
    detail: dict[str, Json]
    records: int = 1


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row as it is stored."""

    id: int
    at: datetime
    actor_id: int
    actor: str
    request_id: str
    release: int
    verb: str
    entity: str
    record_id: int | None
    records: int
    content: str
    hash: str


def write(work: Work, verb: str, entity: str, entries: Sequence[Entry]) -> None:
    """Write rows about one verb on one entity (by its key; "" when it is about none)."""
    if not entries:
        return
    actor, ctx, now = work.ctx.actor, work.ctx, work.now
    head: dict[str, Json] = {"at": now, "actor": actor.id, "request": ctx.request_id, "verb": verb, "entity": entity}
    if ctx.reason:
        head["reason"] = ctx.reason
    # What all rows begin with is written once; each goes on with its record and its detail.
    begin = orjson.dumps(head, default=str)[:-1] + b',"record":'
    contents = []
    for each in entries:
        record = b"null" if each.record_id is None else b"%d" % each.record_id
        detail = orjson.dumps(each.detail, default=str)
        contents.append(begin + record + (b"," + detail[1:] if each.detail else b"}"))
    work.tx.insert_columns(audit, {
        "at": Same(now), "actor_id": Same(actor.id), "actor": Same(actor.name), "request_id": Same(ctx.request_id),
        "release": Same(work.model.number), "verb": Same(verb), "entity": Same(entity),
        "record_id": [each.record_id for each in entries], "records": [each.records for each in entries],
        "content": [content.decode() for content in contents],
        "hash": [hashlib.sha256(content).hexdigest() for content in contents],
    })  # fmt: skip


def history(work: Work, entity: Entity, record_id: int, *, limit: int = 100, before: int = 0) -> list[AuditRow]:
    """The rows about a record, latest first. before: id of the last row seen. The caller has checked the rights."""
    query = sa.select(audit).where(audit.c.entity == entity.key, audit.c.record_id == record_id)
    if before:
        query = query.where(audit.c.id < before)
    return [AuditRow(**row) for row in work.tx.rows(query.order_by(audit.c.id.desc()).limit(limit))]


def opened(work: Work, entity: Entity, row: AuditRow) -> dict[str, Json]:
    """The content of a row with its personal values unsealed, as far as their key is still there."""
    content: dict[str, Json] = orjson.loads(row.content)
    number = row.record_id
    key = None if number is None else sealing.keys_of(work, entity.key, [number], make=False).get(number)
    return _unsealed(content, key)  # type: ignore[no-any-return]


def _unsealed(value: Json, key: bytes | None) -> Json:
    if isinstance(value, dict):
        if value.keys() == {"sealed", "about"}:
            return sealing.unseal(key, {"sealed": value["sealed"]}, value["about"])
        return {name: _unsealed(each, key) for name, each in value.items()}
    return [_unsealed(each, key) for each in value] if isinstance(value, list) else value


def is_intact(row: AuditRow) -> bool:
    """Whether the row's content is what was written."""
    return hashlib.sha256(row.content.encode()).hexdigest() == row.hash


def dumper(key: bytes | None) -> Callable[[Field, Any], Json]:
    """How values stand in the audit: as on the wire, personal ones sealed under the key."""

    def dump(field: Field, value: Any) -> Json:
        wire = field.dump(value) if value is not None and field.type != "reference" else value
        if not field.personal or wire is None or key is None:
            return wire
        return {**sealing.seal(key, wire, field.key), "about": field.key}

    return dump


def verify(work: Work, *, after: int = 0, limit: int = 100_000) -> tuple[int, list[int]]:
    """Check rows in the order of their ids: the last id seen, and the ids of rows that were tampered with."""
    query = sa.select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
    last, bad = after, []
    for row in work.tx.rows(query):
        found = AuditRow(**row)
        last = found.id
        if not is_intact(found):
            bad.append(found.id)
    return last, bad


