"""SQLAlchemy tables of a Model's entities."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeEngine

from tessera.meta.model import Entity, Field, Model, Storage
from tessera.store.column_types import BigInt, Boolean, ExactDecimal, Instant, JsonText, LocalDate, LocalTime, Text
from tessera.store.failures import NotUnique
from tessera.store.layout import IndexLayout, TableLayout, layout_of, primary_key_name


def column_type(storage: Storage) -> TypeEngine[Any]:
    """The column type that keeps such values."""
    if storage.kind == "decimal":
        return ExactDecimal(storage.precision, storage.scale)
    return _TYPES[storage.kind]


_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Text(),
    "integer": BigInt(),
    "boolean": Boolean(),
    "date": LocalDate(),
    "datetime": Instant(),
    "time": LocalTime(),
    "json": JsonText(),
}


class Tables:
    """The tables of one Model. Line tables have id, parent_id, place; link tables record_id, target_id, place.

    statements: prepared statements over them, by the shape of what was asked; kept by `store.prepared`.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.layout: dict[str, TableLayout] = layout_of(model)
        self.metadata = sa.MetaData()
        self.statements: dict[Any, Any] = {}
        self._tables = {key: build_table(self.metadata, layout) for key, layout in self.layout.items()}
        self._rules = {
            index.name: (layout, index) for layout in self.layout.values() for index in layout.indexes if index.unique
        }

    def of(self, entity: Entity) -> sa.Table:
        """The table of an entity, or of lines."""
        return self._tables[entity.key]

    def link(self, field: Field) -> sa.Table:
        """The link table of a multi_reference field."""
        return self._tables[field.key]

    def columns(self, entity: Entity) -> dict[str, sa.Column[Any]]:
        """The table's columns by the name under which records hold their values: field names, id, version …"""
        table = self.of(entity)
        own = {field.column or field.name: field.name for field in entity.fields if field.storage is not None}
        return {own.get(column.name, column.name): column for column in table.columns}

    def unique_fields(self, error: NotUnique) -> tuple[Entity, tuple[str, ...]] | None:
        """The entity and the names of the fields whose rule was broken, None when it is no rule of the Model."""
        found = self._rules.get(error.constraint) or self._rule_by_columns(error)
        if found is None:
            return None
        layout, index = found
        entity = self.model.entities.get(layout.key)
        if entity is None:
            return None
        names = {field.key: field.name for field in entity.fields}
        return entity, tuple(names.get(key, key) for key in index.columns)

    def _rule_by_columns(self, error: NotUnique) -> tuple[TableLayout, IndexLayout] | None:
        for layout, index in self._rules.values():
            if layout.name == error.table and error.columns == tuple(layout.column(key).name for key in index.columns):
                return layout, index
        return None


def build_table(metadata: sa.MetaData, layout: TableLayout, *, with_indexes: bool = True) -> sa.Table:
    """The SQLAlchemy table of a layout."""
    columns: list[sa.schema.SchemaItem] = [
        sa.Column(
            each.name,
            column_type(each.storage),
            nullable=not each.not_null,
            autoincrement=False,
        )
        for each in layout.columns
    ]
    columns.append(sa.PrimaryKeyConstraint(*layout.primary_key, name=primary_key_name(layout)))
    table = sa.Table(layout.name, metadata, *columns)
    for index in layout.indexes if with_indexes else ():
        build_index(table, layout, index)
    return table


class _Descending(ColumnElement[Any]):
    """A column of an index from its last value to its first, blanks last."""

    inherit_cache = False
    __visit_name__ = "tessera_descending"

    def __init__(self, column: sa.Column[Any]) -> None:
        self.column = column
        self.table = column.table
        self.name = column.name
        self.type = column.type

    def self_group(self, against: Any = None) -> ColumnElement[Any]:
        """Itself: it takes no brackets."""
        return self


@compiles(_Descending)
def _written(element: _Descending, compiler: Any, **_more: Any) -> str:
    # SQLite puts blanks last by itself where it counts down, and does not know the words for it in an index.
    nulls = "" if compiler.dialect.name == "sqlite" else " NULLS LAST"
    return f"{compiler.preparer.quote(element.column.name)} DESC{nulls}"


def build_index(table: sa.Table, layout: TableLayout, index: IndexLayout) -> sa.Index:
    """The SQLAlchemy index of a layout, attached to its table; where it descends, blanks stand last all the same."""
    live = sa.text("deleted_at IS NULL") if index.is_live_only else None
    columns: list[Any] = [table.c[layout.column(key).name] for key in index.columns]
    for place, key in enumerate(index.columns):
        if key in index.descending:
            columns[place] = _Descending(columns[place])
    return sa.Index(index.name, *columns, unique=index.unique, sqlite_where=live, postgresql_where=live)
