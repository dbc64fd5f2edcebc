"""Dot paths over references as joins, and fields as SQL values."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement, FromClause

from tessera.formula import Formula
from tessera.formula.shapes import Type
from tessera.meta.model import Entity, Field, Storage
from tessera.registry import Registry
from tessera.store.sql_values import NotPortable, Value, number_column
from tessera.store.tables import Tables, column_type

Computed: TypeAlias = "Callable[[Position, Field], Value]"

COMPUTED: Registry[Computed] = Registry("computed column")
"""Field types without a column (rollup, balance …) as SQL: (the record, field) → value."""

Join: TypeAlias = Callable[[ColumnElement[Any]], tuple[FromClause, ColumnElement[bool]]]
"""From a record's id, what is joined to it and by which condition; at most one row for each record."""


@dataclass(frozen=True, slots=True)
class Moving:
    """What a statement must be told of values that move by themselves; part of its key.

    today: the day of the program's zone. known: what the rooms that own such values tell each other, by key.
    """

    today: date
    known: tuple[tuple[str, Hashable], ...] = ()


_PLAIN: dict[str, Literal["text", "boolean", "date", "datetime", "time"]] = {
    "text": "text", "boolean": "boolean", "date": "date", "datetime": "datetime", "time": "time",
}  # fmt: skip
_SYSTEM = {
    "id": Storage("integer"),
    "ref": Storage("text"),
    "version": Storage("integer"),
    "created_at": Storage("datetime"),
    "created_by": Storage("integer"),
    "updated_at": Storage("datetime"),
    "updated_by": Storage("integer"),
    "deleted_at": Storage("datetime"),
    "parent_id": Storage("integer"),
    "place": Storage("integer"),
}


@dataclass(slots=True)
class Paths:
    """One table of a query and what is joined to it, each reference path once.

    moving: what is to be known of values that move. attached: what stands beside a record, by path and key.
    calls: what the statement calls back (on SQLite), which must live as long as the statement.
    """

    tables: Tables
    entity: Entity
    dialect: str
    moving: Moving | None = None
    alias: FromClause = field(init=False)
    joined: dict[tuple[str, ...], tuple[FromClause, Entity]] = field(init=False)
    source: FromClause = field(init=False)
    attached: dict[Hashable, FromClause] = field(default_factory=dict)
    calls: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.alias = self.tables.of(self.entity).alias()
        self.joined = {(): (self.alias, self.entity)}
        self.source = self.alias

    def root(self) -> Position:
        """The records of the query themselves."""
        return Position(self, ())

    def enter(self, path: tuple[str, ...]) -> tuple[FromClause, Entity]:
        """The table that a path of references leads to, joined when it is not yet. Raises: NotPortable."""
        known = self.joined.get(path)
        if known is not None:
            return known
        alias, entity = self.enter(path[:-1])
        step = entity.field(path[-1])
        if step is None or step.type != "reference" or step.storage is None:
            raise NotPortable
        target = self.tables.model.entities[step.target]
        there = self.tables.of(target).alias()
        self.source = self.source.outerjoin(there, there.c.id == alias.c[column_name(step)])
        self.joined[path] = (there, target)
        return there, target


@dataclass(frozen=True, slots=True)
class Position:
    """A record within a query: the table itself, or where a path of references leads."""

    paths: Paths
    prefix: tuple[str, ...]

    def table(self) -> tuple[FromClause, Entity]:
        """Its table and entity."""
        return self.paths.enter(self.prefix)

    def at(self, path: tuple[str, ...]) -> Position:
        """The record that a path of references from here leads to."""
        return Position(self.paths, self.prefix + path)

    def find(self, path: tuple[str, ...]) -> tuple[Position, Field]:
        """The field at the end of a path, and the record that has it. Raises: NotPortable."""
        here = self.at(path[:-1])
        _, entity = here.table()
        found = entity.field(path[-1])
        if found is None:
            raise NotPortable
        if found.type == "lookup":
            return here.find(tuple(found.options["path"]))
        return here, found

    def attach(self, key: Hashable, join: Join) -> FromClause:
        """What stands beside the record, joined once for each key."""
        full = (self.prefix, key)
        known = self.paths.attached.get(full)
        if known is None:
            known, condition = join(self.table()[0].c.id)
            self.paths.attached[full] = known
            self.paths.source = self.paths.source.outerjoin(known, condition)
        return known

    def column(self, path: tuple[str, ...]) -> tuple[ColumnElement[Any], Storage]:
        """The column at the end of a path, and how it is kept. Raises: NotPortable."""
        alias, entity = self.at(path[:-1]).table()
        if entity.field(path[-1]) is None and path[-1] in _SYSTEM and path[-1] in alias.c:
            return alias.c[path[-1]], _SYSTEM[path[-1]]
        here, found = self.find(path)
        if found.storage is None:
            raise NotPortable
        return here.table()[0].c[column_name(found)], found.storage

    def json(self, path: tuple[str, ...]) -> Value | None:
        """The column of JSON at the end of a path, None when it is none. Raises: NotPortable."""
        _, entity = self.at(path[:-1]).table()
        if entity.field(path[-1]) is None:
            return None
        here, found = self.find(path)
        if found.storage is None or found.storage.kind != "json":
            return None
        return Value("json", here.table()[0].c[column_name(found)])

    def sort_key(self, path: tuple[str, ...]) -> tuple[ColumnElement[Any], Storage]:
        """What records are sorted by at the end of a path, and how that is kept. Raises: NotPortable."""
        try:
            return self.column(path)
        except NotPortable:
            here, found = self.find(path)
            if found.type not in COMPUTED:
                raise
            storage = storage_of(found.value_type)
            return sa.type_coerce(COMPUTED[found.type](here, found).sql(), column_type(storage)), storage

    def value(self, path: tuple[str, ...]) -> Value | tuple[Position, Formula]:
        """What a path reads: a value, or a formula to be put in its place together with the record it is about."""
        _, entity = self.at(path[:-1]).table()
        if entity.field(path[-1]) is None:
            return self._stored(path, "")
        here, found = self.find(path)
        if found.storage is not None:
            return here._stored((found.name,), found.type)
        if found.value is not None and found.type == "formula":
            return here, found.value
        computed = COMPUTED.get(found.type)
        if computed is None:
            raise NotPortable
        return computed(here, found)

    def _stored(self, path: tuple[str, ...], field_type: str) -> Value:
        column, storage = self.column(path)
        if field_type == "reference":
            return Value("record", sa.type_coerce(column, sa.BigInteger()), scale=0)
        if storage.kind in ("integer", "decimal"):
            is_whole = storage.kind == "integer"
            return number_column(
                column,
                precision=storage.precision,
                scale=storage.scale,
                dialect=self.paths.dialect,
                is_whole=is_whole,
            )
        if storage.kind == "json":
            raise NotPortable
        return Value(storage.kind, sa.type_coerce(column, column_type(storage)))


def storage_of(kind: Type) -> Storage:
    """How a value of that type would be kept in a column. Raises: NotPortable."""
    if kind.kind == "number":
        return Storage("integer") if kind.integer else Storage("decimal", 18, kind.scale or 0)
    if kind.kind not in _PLAIN:
        raise NotPortable
    return Storage(_PLAIN[kind.kind])


def column_name(field_: Field) -> str:
    """The name of a field's column."""
    return field_.column or field_.name
