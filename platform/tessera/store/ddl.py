"""Bringing the tables in step with a Model, within the caller's transaction, on both databases.

What is removed becomes a tombstone: a column is renamed by its uid, a table by its key, and both come back with
their values when a later Model asks for them again; `purge` ends them. No table is ever rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from tessera.context import utc_now
from tessera.meta.model import Model
from tessera.settings import Limits
from tessera.store import catalog_of_tables as books
from tessera.store.builds import is_small, plan_index
from tessera.store.bulk import SEQUENCE_SUFFIX
from tessera.store.catalog_of_tables import Column, Table, same_storage
from tessera.store.changing_type import fill_changed, tombstone_key
from tessera.store.duplicates import duplicates
from tessera.store.installing import create_sequence
from tessera.store.layout import (
    ColumnLayout,
    IndexLayout,
    TableLayout,
    cut,
    layout_of,
    tombstone_column,
    tombstone_table,
)
from tessera.store.system.base import counter
from tessera.store.tables import build_index, build_table, column_type
from tessera.store.tx import Tx

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Rows that stand in the way of a rule or of a change of type.

    kind: "not_unique" or "cannot_convert". table: key of the table. columns: keys. ids: the first of the rows.
    """

    kind: str
    table: str
    columns: tuple[str, ...]
    ids: tuple[int, ...]


@dataclass(slots=True)
class Report:
    """What `sync` did, in words of the physical tables, and what stands in the way of the rest."""

    changes: list[str] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)


def sync(
    tx: Tx, old: Model | None, new: Model, *, clock: Callable[[], datetime] = utc_now, limits: Limits = _LIMITS
) -> Report:
    """Make the tables what the new Model asks for; nothing is lost, and the same call again changes nothing.

    old: the Model so far, None when there is none or it is not known. Indexes of tables above
    `limits.build_inline_rows` become builds, which `builds.run_builds` makes after the commit.
    A unique index that rows stand in the way of is not made: it is an obstacle of the report and a blocked build.
    """
    target = layout_of(new)
    if old is not None and layout_of(old) == target and not books.missing_indexes(tx, target):
        return Report()
    if tx.dialect == "postgresql":
        tx.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    work = _Sync(tx, new.number, clock(), limits)
    work.tables(target)
    for key in target:
        work.columns(target[key], work.present[key])
        work.indexes(target[key], work.present[key])
    if work.report.changes:
        tx.forget_statements()
    return work.report


class _Sync:
    """One run of `sync`: the books as they are, and the operations that change tables and books together."""

    def __init__(self, tx: Tx, release: int, now: datetime, limits: Limits) -> None:
        self.tx = tx
        self.release = release
        self.now = now
        self.limits = limits
        self.op = Operations(MigrationContext.configure(tx.connection))
        self.present = books.read_tables(tx)
        self.report = Report()

    def tables(self, target: dict[str, TableLayout]) -> None:
        """Remove, rename, restore and make tables; a name that is in the way is moved aside first."""
        for table in list(self.present.values()):
            if table.key not in target and table.removed_at is None:
                table.removed_at = self.now
                self._rename_table(table, tombstone_table(table.key))
        moved = [table for key, table in self.present.items() if key in target and table.name != target[key].name]
        wanted = {target[table.key].name for table in moved}
        for table in self.present.values():
            if table.key in target and table.name in wanted:
                self._rename_table(table, cut("y_" + tombstone_table(table.key)))
        for key, layout in target.items():
            if key not in self.present:
                self._create_table(layout)
            elif self.present[key].removed_at is not None or self.present[key].name != layout.name:
                self.present[key].removed_at = None
                self._rename_table(self.present[key], layout.name)

    def _rename_table(self, table: Table, name: str) -> None:
        old, table.name = table.name, name
        if old != name:
            self.op.rename_table(old, name)
            self.report.changes.append(f"rename table {old} to {name}")
            if self.tx.dialect == "postgresql" and table.kind != "link":
                quote = self.tx.connection.dialect.identifier_preparer.quote
                before, after = quote(old + SEQUENCE_SUFFIX), quote(name + SEQUENCE_SUFFIX)
                self.tx.connection.exec_driver_sql(f"ALTER SEQUENCE {before} RENAME TO {after}")
            self.tx.execute(sa.update(counter).where(counter.c.name == old).values(name=name))
        books.note_table(self.tx, table)

    def _create_table(self, layout: TableLayout) -> None:
        build_table(sa.MetaData(), layout, with_indexes=False).create(self.tx.connection)
        if layout.kind != "link":
            create_sequence(self.tx, layout.name)
        table = books.present(layout)
        self.present[layout.key] = table
        books.note_table(self.tx, table)
        books.note_columns(self.tx, table, *table.columns.values())
        self.report.changes.append(f"create table {layout.name}")

    def columns(self, layout: TableLayout, table: Table) -> None:
        """Remove, rename, restore, retype and add the columns of a table."""
        target = books.asked(layout)
        self._drop_stale_indexes(layout, table)
        for column in list(table.columns.values()):
            if column.removed_at is None and column.key not in target:
                self._bury(table, column, tombstone_column(column.key))
        wanted = {each.name for each in layout.columns}
        for column in table.columns.values():
            moves = column.key not in target or target[column.key].name != column.name
            if moves and column.name in wanted:
                self._rename_column(table, column, cut(f"y_{column.name}"))
        for each in layout.columns:
            known = table.columns.get(each.key)
            if known is None:
                self._add_column(table, each)
            elif not same_storage(known.storage, each.storage):
                self._change_type(table, known, each)
            elif known.name != each.name or known.removed_at is not None:
                known.removed_at = None
                self._rename_column(table, known, each.name)

    def _rename_column(self, table: Table, column: Column, name: str) -> None:
        if column.name != name:
            self.op.alter_column(table.name, column.name, new_column_name=name)
            self.report.changes.append(f"rename column {table.name}.{column.name} to {name}")
        column.name = name
        books.note_columns(self.tx, table, column)

    def _bury(self, table: Table, column: Column, name: str) -> None:
        column.removed_at = self.now
        self._rename_column(table, column, name)

    def _add_column(self, table: Table, layout: ColumnLayout) -> None:
        self.op.add_column(table.name, sa.Column(layout.name, column_type(layout.storage), nullable=True))
        column = Column(layout.key, layout.name, layout.storage)
        table.columns[layout.key] = column
        books.note_columns(self.tx, table, column)
        self.report.changes.append(f"add column {table.name}.{layout.name}")

    def _change_type(self, table: Table, column: Column, layout: ColumnLayout) -> None:
        """A new column takes the name; the old one stays as a tombstone with what cannot be converted."""
        self._drop_indexes_over(table, column.key)
        returning = table.columns.pop(tombstone_key(layout.key, layout.storage), None)
        books.forget_column(self.tx, table, column.key)
        source = Column(tombstone_key(column.key, column.storage), column.name, column.storage)
        table.columns[source.key] = source
        self._bury(table, source, cut(f"{tombstone_column(column.key)}__{source.key.rpartition('~')[2]}", 60))
        if returning is None:
            del table.columns[column.key]
            self._add_column(table, layout)
        else:
            books.forget_column(self.tx, table, returning.key)
            returning.key, returning.removed_at = layout.key, None
            table.columns[layout.key] = returning
            self._rename_column(table, returning, layout.name)
        ids = fill_changed(self.tx, table, source, table.columns[layout.key], is_returning=returning is not None)
        self.report.changes.append(f"change type of {table.name}.{layout.name} to {layout.storage.kind}")
        if ids:
            self.report.obstacles.append(Obstacle("cannot_convert", table.key, (layout.key,), ids))

    def _drop_stale_indexes(self, layout: TableLayout, table: Table) -> None:
        wanted = {index.name for index in layout.indexes}
        for name in [name for name in table.indexes if name not in wanted]:
            self._drop_index(table, name)

    def _drop_indexes_over(self, table: Table, key: str) -> None:
        for name in [name for name, columns in table.indexes.items() if key in columns]:
            self._drop_index(table, name)

    def _drop_index(self, table: Table, name: str) -> None:
        self.op.drop_index(name, table.name)
        del table.indexes[name]
        books.forget_index(self.tx, name)
        self.report.changes.append(f"drop index {name}")

    def indexes(self, layout: TableLayout, table: Table) -> None:
        """Make the indexes that are missing, or note down the builds of those that take long or cannot be made."""
        missing = [index for index in layout.indexes if index.name not in table.indexes]
        if not missing:
            return
        inline = is_small(self.tx, table.name, self.limits.build_inline_rows)
        built = build_table(sa.MetaData(), layout, with_indexes=False)
        for index in missing:
            ids = duplicates(self.tx, built, layout, index) if index.unique else ()
            if ids:
                self.report.obstacles.append(Obstacle("not_unique", table.key, index.columns, ids))
                plan_index(self.tx, self.release, layout, index, self.now, problems=ids)
            elif inline or index.unique:
                self._create_index(layout, table, index, built)
            else:
                plan_index(self.tx, self.release, layout, index, self.now)

    def _create_index(self, layout: TableLayout, table: Table, index: IndexLayout, built: sa.Table) -> None:
        build_index(built, layout, index).create(self.tx.connection)
        table.indexes[index.name] = index.columns
        books.note_index(self.tx, table, index)
        self.report.changes.append(f"create index {index.name}")


def purge(tx: Tx, *, before: datetime) -> list[str]:
    """Drop for good the tombstones that are older than that; what was dropped, in words."""
    op = Operations(MigrationContext.configure(tx.connection))
    dropped = []
    for table in books.read_tables(tx).values():
        if table.removed_at is not None and table.removed_at < before:
            op.drop_table(table.name)
            _drop_counter(tx, table)
            books.forget_table(tx, table)
            dropped.append(f"table {table.name}")
            continue
        for column in table.columns.values():
            if column.removed_at is not None and column.removed_at < before:
                op.drop_column(table.name, column.name)
                books.forget_column(tx, table, column.key)
                dropped.append(f"column {table.name}.{column.name}")
    return dropped


def _drop_counter(tx: Tx, table: Table) -> None:
    tx.execute(sa.delete(counter).where(counter.c.name == table.name))
    if tx.dialect == "postgresql" and table.kind != "link":
        name = tx.connection.dialect.identifier_preparer.quote(table.name + SEQUENCE_SUFFIX)
        tx.connection.exec_driver_sql(f"DROP SEQUENCE IF EXISTS {name}")
