"""Who uses what among documents and their elements, and how many records have a value there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tessera.engine.access import rights
from tessera.engine.building.checking import Checked
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.documents import Document
from tessera.meta.graph import Graph, Use, with_sources
from tessera.meta.model import Entity, Field


def graph_of(found: Checked) -> Graph:
    """The uses of what could be understood, from both ends."""
    bodies = {key: each.body for key, each in found.linker.documents.items()}
    return with_sources(found.linker.uses, bodies)


def uses_of(work: Work, found: Checked, key: str) -> dict[str, Json]:
    """Who names a document or element (`package:uid.element`), what it names itself, and how much data it has.

    {"key", "used_by": [place], "uses": [place], "records", "filled"}: a place is {"key", "document", "kind", "name",
    "label", "pointer", "how"}; records and filled are None where there are none to count, or the actor may not know.
    """
    graph, documents = graph_of(found), found.linker.documents
    document = key.partition(".")[0]
    incoming = [each for each in graph.uses if _is_at(each.target, key) and not _is_inside(each, key, document)]
    outgoing = [each for each in graph.uses if _is_inside(each, key, document) and not _is_at(each.target, key)]
    used_by = [_place(each.source, each.pointer, each, documents) for each in incoming]
    uses = [_place(each.target, each.pointer, each, documents, is_target=True) for each in outgoing]
    records, filled = _counts(work, key)
    return {"key": key, "used_by": _once(used_by), "uses": _once(uses), "records": records, "filled": filled}


def _is_at(target: str, key: str) -> bool:
    return target == key or target.startswith(f"{key}.")


def _is_inside(use: Use, key: str, document: str) -> bool:
    return use.document == key if key == document else _is_at(use.source, key)


def _place(key: str, pointer: str, use: Use, documents: Mapping[str, Document], *, is_target: bool = False) -> Json:
    owner = documents.get(key.partition(".")[0])
    shown: Mapping[str, Json] = _element(owner.body, key) if owner is not None else {}
    return {
        "key": key, "document": key.partition(".")[0], "kind": owner.kind if owner is not None else None,
        "document_name": owner.name if owner is not None else None, "name": shown.get("name"),
        "label": shown.get("label"), "pointer": None if is_target else pointer, "how": use.how,
    }  # fmt: skip


def _element(body: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    """The element that the uids behind a key lead to; the document itself without any."""
    here: Any = body
    for uid in key.split(".")[1:]:
        lists = [each for each in here.values() if isinstance(each, list)] if isinstance(here, Mapping) else []
        inside = (each for one in lists for each in one if isinstance(each, Mapping))
        here = next((each for each in inside if each.get("uid") == uid), {})
    return here if isinstance(here, Mapping) else {}


def _once(places: Iterable[Json]) -> list[Json]:
    found = {(each["key"], each["pointer"], each["how"]): each for each in places}
    return sorted(found.values(), key=lambda each: (str(each["kind"]), each["key"], str(each["pointer"])))


def _counts(work: Work, key: str) -> tuple[int | None, int | None]:
    """Live records of the entity that a key is of, and how many of them have a value in the field, or option."""
    entity = work.model.entities.get(key)
    if entity is not None:
        return (_live(work, entity), None) if rights(work, entity).can_read else (None, None)
    by_field = {field.key: (each, field) for each in work.model.entities.values() for field in each.fields}
    found = by_field.get(key) or by_field.get(key.rpartition(".")[0])
    if found is None:
        return None, None
    entity, field = found
    root = work.model.entities[entity.parent] if entity.parent else entity
    name = f"{entity.parent_field}.{field.name}" if entity.parent else field.name
    own = rights(work, root)
    if not own.can_read or not own.may_read(name):
        return None, None
    option = key.rpartition(".")[2] if field.key != key else ""
    return _live(work, entity), _filled(work, entity, field, option)


def _live(work: Work, entity: Entity) -> int:
    table = work.tables.of(entity)
    return int(work.tx.scalar(sa.select(sa.func.count()).select_from(table).where(*_is_live(table))))


def _filled(work: Work, entity: Entity, field: Field, option: str) -> int | None:
    table = work.tables.of(entity)
    where = _is_live(table)
    if field.type == "lines":
        parents = work.tables.of(work.model.entities[field.target]).c.parent_id
        where.append(sa.exists().where(parents == table.c.id))
    elif field.type == "multi_reference":
        where.append(sa.exists().where(work.tables.link(field).c.record_id == table.c.id))
    elif field.storage is None:
        return None
    elif option:
        value = next((each["value"] for each in field.options.get("options", ()) if each["uid"] == option), None)
        if value is None or field.type != "select":
            return None
        where.append(table.c[field.column or field.name] == value)
    else:
        where.append(table.c[field.column or field.name].is_not(None))
    return int(work.tx.scalar(sa.select(sa.func.count()).select_from(table).where(*where)))


def _is_live(table: sa.Table) -> list[sa.ColumnElement[bool]]:
    return [table.c.deleted_at.is_(None)] if "deleted_at" in table.c else []
