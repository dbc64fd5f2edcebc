"""What hangs on records: referred records, lines and links, one query for each path however many records there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement

from tessera.errors import UnknownField
from tessera.meta.model import Entity, Field
from tessera.store.paths import Paths, column_name
from tessera.store.prepared import Prepared, among, prepared
from tessera.store.tables import Tables
from tessera.store.tx import Tx

_RECORD = ("id", "ref", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at")
_LINE = ("id", "place")


def record_columns(
    tables: Tables, paths: Paths, entity: Entity, fields: Sequence[str] | None
) -> tuple[list[str], list[ColumnElement[Any]]]:
    """Names and columns of a record: what every record has, then the stored fields asked for (None: all)."""
    names = list(_LINE if entity.parent else _RECORD)
    columns: list[ColumnElement[Any]] = [paths.alias.c[name] for name in names]
    for field in asked_fields(entity, fields):
        if field.storage is not None:
            names.append(field.name)
            columns.append(paths.alias.c[column_name(field)])
    return names, columns


def asked_fields(entity: Entity, names: Sequence[str] | None) -> list[Field]:
    """The fields of those names, in their order; all of them for None. Raises: UnknownField("unknown_field")."""
    if names is None:
        return list(entity.fields)
    found = []
    for name in dict.fromkeys(names):
        field = entity.field(name)
        if field is not None:
            found.append(field)
        elif name not in _RECORD:
            raise UnknownField(name=name)
    return found


def fetch_by_ids(
    tx: Tx,
    tables: Tables,
    entity: Entity,
    ids: Iterable[int],
    *,
    fields: Sequence[str] | None = None,
    expand_paths: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The records of those ids that there are, deleted ones too, in the order given and each once."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []

    def build() -> Prepared:
        paths = Paths(tables, entity, tx.dialect)
        names, columns = record_columns(tables, paths, entity, fields)
        found = sa.select(*columns).where(among(paths.alias.c.id, tx.dialect))
        return Prepared(found, names, tx.connection.dialect)

    key = ("by_ids", entity.key, None if fields is None else tuple(fields))
    found = prepared(tx, tables, key, build).dicts(tx, {"q_ids": wanted})
    by_id = {record["id"]: record for record in found}
    records = [by_id[id_] for id_ in wanted if id_ in by_id]
    expand(tx, tables, entity, records, fields, expand_paths)
    return records


def expand(
    tx: Tx,
    tables: Tables,
    entity: Entity,
    records: list[dict[str, Any]],
    fields: Sequence[str] | None,
    paths: Sequence[str],
) -> None:
    """Put into the records what the paths lead to; links of multi_reference fields always, as ids or records."""
    inner: dict[str, list[str]] = {}
    for path in paths:
        head, _, rest = path.partition(".")
        inner.setdefault(head, []).extend([rest] if rest else [])
    for name in inner:
        field = entity.field(name)
        if field is None or field.type not in ("reference", "lines", "multi_reference"):
            raise UnknownField(name=name)
    for field in asked_fields(entity, fields) if records else ():
        if field.type == "multi_reference":
            _expand_links(tx, tables, field, records, inner.get(field.name))
    for name, deeper in inner.items() if records else ():
        field = entity.field(name)
        assert field is not None
        if field.type == "reference":
            _expand_reference(tx, tables, field, records, deeper)
        elif field.type == "lines":
            _expand_lines(tx, tables, field, records, deeper)


def _expand_reference(
    tx: Tx, tables: Tables, field: Field, records: list[dict[str, Any]], deeper: Sequence[str]
) -> None:
    target = tables.model.entities[field.target]
    ids = {record[field.name] for record in records if record.get(field.name) is not None}
    found = {one["id"]: one for one in fetch_by_ids(tx, tables, target, sorted(ids), expand_paths=deeper)}
    for record in records:
        if record.get(field.name) is not None:
            record[field.name] = found.get(record[field.name])


def _expand_lines(tx: Tx, tables: Tables, field: Field, records: list[dict[str, Any]], deeper: Sequence[str]) -> None:
    entity = tables.model.entities[field.target]

    def build() -> Prepared:
        paths = Paths(tables, entity, tx.dialect)
        names, columns = record_columns(tables, paths, entity, None)
        parent, place = paths.alias.c.parent_id, paths.alias.c.place
        found = sa.select(*columns, parent).where(among(parent, tx.dialect)).order_by(parent, place)
        return Prepared(found, names, tx.connection.dialect)

    statement = prepared(tx, tables, ("lines", entity.key), build)
    lines: dict[int, list[dict[str, Any]]] = {record["id"]: [] for record in records}
    every = []
    for row in statement.run(tx, {"q_ids": list(lines)}):
        line = dict(zip(statement.names, row, strict=False))
        lines[row[-1]].append(line)
        every.append(line)
    expand(tx, tables, entity, every, None, deeper)
    for record in records:
        record[field.name] = lines[record["id"]]


def _expand_links(
    tx: Tx, tables: Tables, field: Field, records: list[dict[str, Any]], deeper: Sequence[str] | None
) -> None:
    """Ids, or records when deeper is not None."""

    def build() -> Prepared:
        link = tables.link(field)
        columns = (link.c.record_id, link.c.target_id)
        found = sa.select(*columns).where(among(link.c.record_id, tx.dialect)).order_by(link.c.record_id, link.c.place)
        return Prepared(found, ("record_id", "target_id"), tx.connection.dialect)

    links: dict[int, list[Any]] = {record["id"]: [] for record in records}
    pairs = prepared(tx, tables, ("links", field.key), build).run(tx, {"q_ids": list(links)})
    known: dict[int, Any] = {}
    if deeper is not None:
        target = tables.model.entities[field.target]
        ids = sorted({pair[1] for pair in pairs})
        known = {one["id"]: one for one in fetch_by_ids(tx, tables, target, ids, expand_paths=deeper)}
    for record_id, target_id in pairs:
        if deeper is None:
            links[record_id].append(target_id)
        elif target_id in known:
            links[record_id].append(known[target_id])
    for record in records:
        record[field.name] = links[record["id"]]
