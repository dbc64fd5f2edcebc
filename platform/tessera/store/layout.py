"""The physical layout that a Model asks for: tables, columns and indexes by stable key. Pure.

Names may change from Model to Model, keys do not, so two layouts can be compared without guessing renames.
Index names are made of stable keys, so a rename of a table or column leaves every index alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from tessera.meta.model import Entity, Field, Model, Storage

NAME_BYTES = 60

ColumnKind = Literal["text", "integer", "decimal", "boolean", "date", "datetime", "time", "json"]


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """One column. key: of the field, or the name of a system column. not_null: of system columns only."""

    key: str
    name: str
    storage: Storage
    not_null: bool = False


@dataclass(frozen=True, slots=True)
class IndexLayout:
    """One index. columns: by key. is_live_only: covers only the rows that are not deleted.

    descending: those of the columns that stand in it from the last value to the first.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    is_live_only: bool = False
    descending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableLayout:
    """One table. key: of its entity, or of the field that a link table belongs to. kind: which rows it holds."""

    key: str
    name: str
    kind: Literal["record", "line", "link"]
    columns: tuple[ColumnLayout, ...]
    indexes: tuple[IndexLayout, ...]
    primary_key: tuple[str, ...] = ("id",)

    def column(self, key: str) -> ColumnLayout:
        """The column of that key."""
        return next(column for column in self.columns if column.key == key)


_INTEGER = Storage("integer")
_TEXT = Storage("text")
_INSTANT = Storage("datetime")

_RECORD_COLUMNS = (
    ColumnLayout("id", "id", _INTEGER, not_null=True),
    ColumnLayout("ref", "ref", _TEXT, not_null=True),
    ColumnLayout("version", "version", _INTEGER, not_null=True),
    ColumnLayout("created_at", "created_at", _INSTANT, not_null=True),
    ColumnLayout("created_by", "created_by", _INTEGER),
    ColumnLayout("updated_at", "updated_at", _INSTANT, not_null=True),
    ColumnLayout("updated_by", "updated_by", _INTEGER),
    ColumnLayout("deleted_at", "deleted_at", _INSTANT),
)
_LINE_COLUMNS = (
    ColumnLayout("id", "id", _INTEGER, not_null=True),
    ColumnLayout("parent_id", "parent_id", _INTEGER, not_null=True),
    ColumnLayout("place", "place", _INTEGER, not_null=True),
)
_LINK_COLUMNS = (
    ColumnLayout("record_id", "record_id", _INTEGER, not_null=True),
    ColumnLayout("target_id", "target_id", _INTEGER, not_null=True),
    ColumnLayout("place", "place", _INTEGER, not_null=True),
)


def cut(name: str, size_bytes: int = NAME_BYTES) -> str:
    """The name, or a shorter one that ends with a hash of it when it is longer than the size.

    >>> cut("short"), len(cut("x" * 80))
    ('short', 60)
    """
    if len(name.encode()) <= size_bytes:
        return name
    return f"{name[: size_bytes - 9]}_{sha256(name.encode()).hexdigest()[:8]}"


def link_name(entity: Entity, field: Field) -> str:
    """The name of the link table of a multi_reference field."""
    return cut(f"{entity.table}__{field.name}")


def tombstone_table(key: str) -> str:
    """What the table of a removed entity (or link field) is called until it is purged."""
    return cut("x_" + _plain(key))


def tombstone_column(key: str) -> str:
    """What the column of a removed field is called until it is purged; the element's uid is unique in its entity."""
    return "x_" + key.rpartition(".")[2]


def layout_of(model: Model) -> dict[str, TableLayout]:
    """Every table that the Model asks for, by key."""
    tables: dict[str, TableLayout] = {}
    for entity in model.entities.values():
        tables[entity.key] = entity_layout(entity)
        for field in entity.fields:
            if field.type == "multi_reference":
                tables[field.key] = link_layout(entity, field)
    return tables


def entity_layout(entity: Entity) -> TableLayout:
    """The table of an entity, or of lines."""
    own = _LINE_COLUMNS if entity.parent else _RECORD_COLUMNS
    fields = tuple(
        ColumnLayout(field.key, field.column or field.name, field.storage)
        for field in entity.fields
        if field.storage is not None
    )
    kind: Literal["record", "line"] = "line" if entity.parent else "record"
    return TableLayout(entity.key, entity.table, kind, own + fields, tuple(_indexes(entity)))


def link_layout(entity: Entity, field: Field) -> TableLayout:
    """The link table of a multi_reference field."""
    back = IndexLayout(_index_name("ix", field.key, ("target_id",)), ("target_id", "record_id"))
    name = link_name(entity, field)
    return TableLayout(field.key, name, "link", _LINK_COLUMNS, (back,), ("record_id", "target_id"))


def _indexes(entity: Entity) -> Iterator[IndexLayout]:
    if entity.parent:
        yield IndexLayout(_index_name("ux", entity.key, ("parent_id", "place")), ("parent_id", "place"), unique=True)
    else:
        yield IndexLayout(_index_name("ux", entity.key, ("ref",)), ("ref",), unique=True)
    unique = unique_keys(entity)
    for columns in unique:
        name = _index_name("ux", entity.key, columns)
        yield IndexLayout(name, columns, unique=True, is_live_only=not entity.parent)
    plain = list(_plain_indexes(entity))
    covered: set[tuple[tuple[str, ...], tuple[str, ...]]] = {(columns, ()) for columns in unique}
    covered |= {(columns[:1], ()) for columns in unique}
    covered |= {(columns[:1], ()) for columns, _ in plain if len(columns) > 1}
    for columns, descending in plain:
        if (columns, descending) not in covered:
            covered.add((columns, descending))
            name = _index_name("ix", entity.key, columns, descending)
            yield IndexLayout(name, columns, descending=descending)


def unique_keys(entity: Entity) -> list[tuple[str, ...]]:
    """Keys of the fields that together occur once among live records, once for each such rule."""
    by_uid = {field.uid: field.key for field in entity.fields if field.storage is not None}
    by_name = {field.name: field.key for field in entity.fields if field.storage is not None}
    rules: list[tuple[str, ...]] = [
        (field.key,) for field in entity.fields if field.unique and field.storage is not None
    ]
    rules += [tuple(by_uid.get(uid, "") for uid in rule.fields) for rule in entity.uniques]
    rules.append(tuple(by_name.get(name, "") for name in entity.business_key))
    return list(dict.fromkeys(rule for rule in rules if rule and all(rule)))


def _plain_indexes(entity: Entity) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The columns of each, and those of them that descend."""
    by_column = {field.column or field.name: field.key for field in entity.fields if field.storage is not None}
    system = {column.name for column in (_LINE_COLUMNS if entity.parent else _RECORD_COLUMNS)}
    for field in entity.fields:
        if field.type == "reference" and field.storage is not None:
            yield (field.key,), ()
    for index in entity.indexes:
        columns = tuple(by_column.get(name, name if name in system else "") for name in index.columns)
        if columns and all(columns) and not index.unique:
            yield columns, tuple(by_column[name] for name in index.descending)


def _index_name(prefix: str, key: str, columns: tuple[str, ...], descending: tuple[str, ...] = ()) -> str:
    """A name that is the same for the same keys, whatever they are called."""
    uids = "_".join(column.rpartition(".")[2] for column in columns)
    exact = sha256("\n".join((key, *columns, *(f"-{each}" for each in descending))).encode()).hexdigest()[:8]
    return f"{cut(f'{prefix}_{_plain(key)}__{uids}', 50)}_{exact}"


def primary_key_name(layout: TableLayout) -> str:
    """The name of a table's primary key constraint, the same whatever the table is called."""
    return _index_name("pk", layout.key, layout.primary_key)


def _plain(key: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in key.lower())
