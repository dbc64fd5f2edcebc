"""The history of a record as its reader may see it: who changed what, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tessera.engine import audit
from tessera.engine.access import Rights, rights
from tessera.engine.access.masking import masked
from tessera.engine.records.reading import get
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.model import Entity, Field

_LINE_PARTS = ("added", "removed", "changed")


def history(work: Work, entity_name: str, key: Json, *, limit: int, before: int = 0) -> list[dict[str, Json]]:
    """The entries about a record, latest first: id, at, actor_id, actor, verb, release, changes, lines.

    changes: by field, [old, new] as on the wire; old is None for a new record, references are ids. lines: how many
    lines of a field were added, removed and changed. before: id of the last entry seen. Raises: NotFound.
    """
    entity = work.entity(entity_name)
    record = get(work, entity.name, key)
    own = rights(work, entity)
    rows = audit.history(work, entity, record["id"], limit=limit, before=before)
    return [_entry(entity, own, row, audit.opened(work, entity, row)) for row in rows]


def _entry(entity: Entity, own: Rights, row: audit.AuditRow, content: Mapping[str, Json]) -> dict[str, Json]:
    """An entry of today's fields: a field that is gone, or that the reader may not see, is left out."""
    by_uid = {each.uid: each for each in entity.fields if own.may_read(each.name)}
    lines: dict[str, Json] = {
        by_uid[uid].name: {name: len(parts.get(name, ())) for name in _LINE_PARTS}
        for uid, parts in (content.get("lines") or {}).items()
        if uid in by_uid
    }
    return {
        "id": row.id,
        "at": row.at,
        "actor_id": row.actor_id,
        "actor": row.actor,
        "verb": row.verb,
        "release": row.release,
        "changes": dict(_changes(content.get("set") or {}, by_uid, own, is_new=row.verb == "created")),
        "lines": lines,
    }


def _changes(
    values: Mapping[str, Json], by_uid: Mapping[str, Field], own: Rights, *, is_new: bool
) -> Iterator[tuple[str, Json]]:
    for uid, value in values.items():
        field = by_uid.get(uid)
        if field is None:
            continue
        pair: list[Any] = [None, value] if is_new else list(value)
        mask = own.masks.get(field.name)
        yield field.name, pair if mask is None else [masked(mask, each) for each in pair]
