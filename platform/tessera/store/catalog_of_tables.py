"""The physical tables as they are: read from the system tables, and kept in step with every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tessera.meta.model import Storage
from tessera.store.layout import ColumnLayout, IndexLayout, TableLayout
from tessera.store.system.physical import build_table, column_table, index_table, table_table
from tessera.store.tx import Tx


@dataclass(slots=True)
class Column:
    """A column that exists. removed_at: since when it is a tombstone."""

    key: str
    name: str
    storage: Storage
    removed_at: datetime | None = None


@dataclass(slots=True)
class Table:
    """A table that exists, with its columns by key and its indexes by name (each the keys of its columns)."""

    key: str
    name: str
    kind: str
    removed_at: datetime | None = None
    columns: dict[str, Column] = field(default_factory=dict)
    indexes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def names(self) -> set[str]:
        """The names of all its columns."""
        return {column.name for column in self.columns.values()}


def read_tables(tx: Tx) -> dict[str, Table]:
    """Every table that exists, tombstones too, by key."""
    tables = {
        row["key"]: Table(row["key"], row["name"], row["kind"], row["removed_at"])
        for row in tx.rows(sa.select(table_table))
    }
    for row in tx.rows(sa.select(column_table)):
        storage = Storage(row["kind"], row["precision"], row["scale"])
        column = Column(row["key"], row["name"], storage, row["removed_at"])
        tables[row["table_key"]].columns[column.key] = column
    for row in tx.rows(sa.select(index_table)):
        tables[row["table_key"]].indexes[row["name"]] = tuple(row["columns"])
    return tables


def same_storage(one: Storage, other: Storage) -> bool:
    """Whether both are kept in the same type of column."""
    if one.kind != other.kind:
        return False
    return one.kind != "decimal" or (one.precision, one.scale) == (other.precision, other.scale)


def note_table(tx: Tx, table: Table) -> None:
    """Write down a table that was made, renamed, removed or restored."""
    tx.upsert_many(
        table_table,
        ("key", "name", "kind", "removed_at"),
        [(table.key, table.name, table.kind, table.removed_at)],
        key="key",
    )


def note_columns(tx: Tx, table: Table, *columns: Column) -> None:
    """Write down columns that were made, renamed, removed, restored or changed."""
    rows = [
        (table.key, each.key, each.name, each.storage.kind, each.storage.precision, each.storage.scale, each.removed_at)
        for each in columns
    ]
    names = ("table_key", "key", "name", "kind", "precision", "scale", "removed_at")
    tx.upsert_many(column_table, names, rows, key=("table_key", "key"))


def note_index(tx: Tx, table: Table, index: IndexLayout) -> None:
    """Write down an index that was made."""
    row = (index.name, table.key, list(index.columns), index.unique)
    tx.upsert_many(index_table, ("name", "table_key", "columns", "is_unique"), [row], key="name")


def missing_indexes(tx: Tx, target: Mapping[str, TableLayout]) -> set[str]:
    """Names of the plain indexes of these layouts that neither exist nor are waiting to be built.

    There are some when a newer platform asks for more of the same Model.
    """
    wanted = {index.name for layout in target.values() for index in layout.indexes if not index.unique}
    there = set(tx.execute(sa.select(index_table.c.name)).scalars())
    waiting = sa.select(build_table.c.target).where(build_table.c.kind == "index", build_table.c.state != "done")
    return wanted - there - set(tx.execute(waiting).scalars())


def forget_index(tx: Tx, name: str) -> None:
    """Strike out an index that was dropped."""
    tx.delete_many(index_table, [name], key="name")


def forget_column(tx: Tx, table: Table, key: str) -> None:
    """Strike out a column that was dropped or whose key has changed."""
    where: Any = sa.and_(column_table.c.table_key == table.key, column_table.c.key == key)
    tx.execute(sa.delete(column_table).where(where))


def forget_table(tx: Tx, table: Table) -> None:
    """Strike out a table that was dropped."""
    for system, key in ((column_table, "table_key"), (index_table, "table_key"), (table_table, "key")):
        tx.delete_many(system, [table.key], key=key)


def present(layout: TableLayout) -> Table:
    """A layout as the table that it has become; without its indexes."""
    columns = {each.key: Column(each.key, each.name, each.storage) for each in layout.columns}
    return Table(layout.key, layout.name, layout.kind, None, columns)


def asked(layout: TableLayout) -> dict[str, ColumnLayout]:
    """The columns that a layout asks for, by key."""
    return {each.key: each for each in layout.columns}
