"""One transaction: statements, savepoints, primary keys, locks and set-wise writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult

from tessera.store import bulk
from tessera.store.column_types import loader
from tessera.store.failures import ConnectionLost, mapped
from tessera.store.reconnecting import drop_prepared, is_untouched, reconnect

T = TypeVar("T")

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_CONNECTIONS = 3
"""How many connections a transaction tries before it has done anything."""


class Tx:
    """One transaction. dialect is "sqlite" or "postgresql"; connection is SQLAlchemy's."""

    __slots__ = ("_after_commit", "_forget", "_is_begun", "connection", "dialect")

    def __init__(self, connection: Connection, forget: Callable[[], None]) -> None:
        self.connection = connection
        self._forget = forget
        self.dialect: str = connection.dialect.name
        self._is_begun = self.dialect != "postgresql"
        self._after_commit: list[Callable[[], None]] = []

    def execute(self, statement: sa.Executable, parameters: Parameters = None) -> CursorResult[Any]:
        """Run one statement. Raises: the errors of `store.failures`."""
        if not self._is_begun:
            return self.at_first(lambda: self.connection.execute(statement, parameters))
        with errors_mapped():
            return self.connection.execute(statement, parameters)

    def at_first(self, statement: Callable[[], T]) -> T:
        """What a statement gives that may be the transaction's first: if it finds the connection lost, on another one.

        A restart of the database cuts the connections that wait in the pool. Nothing was done on this one yet, so
        that the transaction may as well begin on one that lives; later in a transaction the loss is an error.
        """
        self._is_begun = True
        for _ in range(_CONNECTIONS - 1):
            if not is_untouched(self.connection):
                break
            try:
                with errors_mapped():
                    return statement()
            except ConnectionLost:
                self._forget()  # which also has every other connection of the pool asked whether it lives
                with errors_mapped():
                    reconnect(self.connection)
        with errors_mapped():
            return statement()

    def scalar(self, statement: sa.Executable, parameters: Parameters = None) -> Any:
        """The first column of the first row, None when there is no row."""
        return self.execute(statement, parameters).scalar()

    def rows(self, statement: sa.Executable, parameters: Parameters = None) -> list[dict[str, Any]]:
        """Every row, as a dict by column name."""
        result = self.execute(statement, parameters)
        names = tuple(result.keys())
        return [dict(zip(names, row, strict=True)) for row in result]

    def row(self, statement: sa.Executable, parameters: Parameters = None) -> dict[str, Any] | None:
        """The first row as a dict by column name, None when there is none."""
        result = self.execute(statement, parameters)
        first = result.first()
        return None if first is None else dict(zip(result.keys(), first, strict=True))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens within the with block when it ends by an exception; the transaction goes on."""
        callbacks = len(self._after_commit)
        try:
            with errors_mapped(), self.connection.begin_nested():
                yield
        except BaseException:
            del self._after_commit[callbacks:]
            raise

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """Send the statements of the with block without waiting for each answer, where the database can do that.

        Only for few rows: on PostgreSQL, COPY is not possible within. Errors come up at the end of the block at latest.
        """
        if self.dialect != "postgresql":
            yield
            return
        with errors_mapped(), bulk.driver(self.connection).pipeline():
            yield

    def after_commit(self, function: Callable[[], None]) -> None:
        """Call the function once the transaction is committed; never when it is undone."""
        self._after_commit.append(function)

    def run_after_commit(self) -> None:
        """Call what `after_commit` was given, in order; only the Database does this."""
        for function in self._after_commit:
            function()

    def allocate(self, table: str, n: int) -> range:
        """The next n primary keys of a table, all from one statement. Keys may have gaps."""
        if n <= 0:
            return range(0)
        with errors_mapped():
            first = bulk.first_key(self.connection, table, n)
        return range(first, first + n)

    def allocate_each(self, wanted: Mapping[str, int]) -> dict[str, range]:
        """The next primary keys of several tables, as many as said for each, where it can be in one trip."""
        if self.dialect != "postgresql" or len(wanted) < 2:
            return {table: self.allocate(table, n) for table, n in wanted.items()}
        with errors_mapped():
            firsts = bulk.first_keys(self.connection, wanted)
        return {table: range(first, first + n) for (table, n), first in zip(wanted.items(), firsts, strict=True)}

    def insert_many(self, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Insert rows of Python values, in the order of the columns, as fast as the database can; how many.

        Columns that are not named take their database default, else NULL.
        Raises: DoesNotFit, NotUnique …; some of the rows may be in by then, so a savepoint or all must be undone.
        """
        with errors_mapped():
            return bulk.insert(self.connection, table, columns, rows)

    def insert_columns(self, table: sa.Table, columns: bulk.Columns) -> int:
        """Insert rows that are given column by column; else as `insert_many`."""
        with errors_mapped():
            return bulk.insert_columns(self.connection, table, columns)

    def analyze(self, table: sa.Table) -> None:
        """Have the planner look at a table that has changed much; `insert_many` of very many rows does it itself."""
        with errors_mapped():
            bulk.analyze(self.connection, table)

    def analyze_grown(self, table: sa.Table, added: int) -> None:
        """Have PostgreSQL's planner look at a table to which more rows were added than it knows of."""
        if self.dialect == "postgresql":
            counted = sa.text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)")
            name = self.connection.dialect.identifier_preparer.quote(table.name)
            if int(self.scalar(counted, {"name": name}) or 0) < added:
                self.analyze(table)

    def update_many(
        self,
        table: sa.Table,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        key: str | Sequence[str] = "id",
    ) -> int:
        """Set columns of many rows; each row is (key, …, *values). How many rows there were to change."""
        keys = (key,) if isinstance(key, str) else tuple(key)
        with errors_mapped():
            return bulk.update(self.connection, table, keys, tuple(columns), rows)

    def upsert_many(
        self, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]], key: str | Sequence[str] = "id"
    ) -> int:
        """Insert rows, or set their other columns where the key exists already. columns include the key's."""
        keys = (key,) if isinstance(key, str) else tuple(key)
        with errors_mapped():
            return bulk.upsert(self.connection, table, keys, tuple(columns), rows)

    def upsert_columns(self, table: sa.Table, columns: bulk.Columns, key: str | Sequence[str] = "id") -> int:
        """As `upsert_many`, of rows that are given column by column."""
        keys = (key,) if isinstance(key, str) else tuple(key)
        with errors_mapped():
            return bulk.upsert_columns(self.connection, table, keys, columns)

    def delete_many(self, table: sa.Table, values: Iterable[Any], key: str = "id") -> int:
        """Delete the rows whose key is among the values; how many."""
        with errors_mapped():
            return bulk.delete(self.connection, table, key, values)

    def find_keys(
        self, table: sa.Table, keys: tuple[str, ...], values: Iterable[Sequence[Any]], where: str = "1 = 1", *,
        give: Sequence[str] = (), same: Mapping[str, Any] = _NOTHING,
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        """(id, *key) of the rows that have one of the keys, as Python values.

        give: the columns that are wanted in place of those, each combination once. where: a further condition, on the
        table as `t`. same: further columns, with the value that they must have.
        """
        search = bulk.Search(keys, tuple(give) or ("id", *keys), same, where, bool(give))
        with errors_mapped():
            found = bulk.find(self.connection, table, search, values)
        loads = [loader(table.c[name].type, self.dialect) for name in search.give]
        if not found or not any(loads):
            return found
        columns = list(zip(*found, strict=True))
        for place, load in enumerate(loads):
            if load is not None:
                columns[place] = tuple(None if value is None else load(value) for value in columns[place])
        return list(zip(*columns, strict=True))

    def lock_rows(self, table: sa.Table, ids: Iterable[int]) -> None:
        """Lock rows by primary key, in ascending order, until the end; on SQLite the writer has the whole file."""
        wanted = sorted(set(ids))
        if self.dialect == "postgresql" and wanted:
            key = table.c.id
            among = key == sa.any_(sa.bindparam("ids", wanted, _BIGINTS))
            self.execute(sa.select(key).where(among).order_by(key).with_for_update())

    def forget_statements(self) -> None:
        """Drop every connection's prepared statements: the tables have changed under them."""
        self._forget()
        if self.dialect == "postgresql":
            drop_prepared(self.connection)


_BIGINTS = sa.ARRAY(sa.BigInteger)

DRIVER_ERRORS: tuple[type[Exception], ...] = (
    sa.exc.StatementError,
    sa.exc.TimeoutError,
    psycopg.Error,
    sqlite3.Error,
    UnicodeEncodeError,
    OverflowError,
)
"""What SQLAlchemy and the two drivers raise for statements and values that the database refuses."""


@contextmanager
def errors_mapped() -> Iterator[None]:
    """Raise the platform's error in place of a database error that means one."""
    try:
        yield
    except DRIVER_ERRORS as error:
        known = mapped(error)
        if known is error:
            raise
        raise known from error
