"""Set-wise writes on the driver's own connection, within the transaction of the SQLAlchemy one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any, TypeAlias

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from tessera.store.column_types import dumper
from tessera.store.column_values import ColumnDumper, array_text, column_dumper, copy_texts
from tessera.store.failures import DoesNotFit

SEQUENCE_SUFFIX = "_sq"
"""What the name of a table's sequence ends with, on PostgreSQL."""

_CHUNK = 2_000
_COPY_FROM = 50
_ANALYZE_FROM = 20_000
_Rows = Iterable[Sequence[Any]]
_FOUND_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Same:
    """A column whose value is the same in every row."""

    value: Any


Columns: TypeAlias = Mapping[str, Sequence[Any] | Same]
"""Rows to be written, column by column: by name the values, in the order of the rows. One at least is no Same."""


def driver(connection: Connection) -> Any:
    """The driver's own connection, with the transaction begun."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.driver_connection


def first_key(connection: Connection, table: str, n: int) -> int:
    """The first of n primary keys that are now given out for a table."""
    if connection.dialect.name == "postgresql":
        result = connection.exec_driver_sql("SELECT tsr_allocate(%s, %s)", (table + SEQUENCE_SUFFIX, n))
        return int(result.scalar_one())
    raw = driver(connection)
    found = raw.execute("UPDATE tsr_counter SET last = last + ? WHERE name = ? RETURNING last", (n, table)).fetchall()
    if found:
        return int(found[0][0]) - n + 1
    raw.execute("INSERT INTO tsr_counter (name, last) VALUES (?, ?)", (table, n))
    return 1


def first_keys(connection: Connection, wanted: Mapping[str, int]) -> tuple[int, ...]:
    """The first of the primary keys that are now given out for each table, on PostgreSQL."""
    calls = ", ".join(["tsr_allocate(%s, %s)"] * len(wanted))
    parameters = [each for table, n in wanted.items() for each in (table + SEQUENCE_SUFFIX, n)]
    found = driver(connection).execute(f"SELECT {calls}", parameters).fetchone()
    return tuple(int(first) for first in found)


def quoted(connection: Connection, name: str) -> str:
    """The name as it stands in SQL."""
    return connection.dialect.identifier_preparer.quote(name)


def _converters(connection: Connection, table: sa.Table, columns: Sequence[str]) -> list[ColumnDumper | None]:
    key = ("converters", connection.dialect.name, *columns)
    found: list[ColumnDumper | None] | None = table.info.get(key)
    if found is None:
        found = [column_dumper(table.c[name], connection.dialect.name) for name in columns]
        table.info[key] = found
    return found


def _chunks(rows: _Rows, size: int) -> Iterator[list[Sequence[Any]]]:
    source = iter(rows)
    while chunk := list(islice(source, size)):
        yield chunk


def _converted(chunk: list[Sequence[Any]], converters: list[ColumnDumper | None]) -> Iterable[tuple[Any, ...]]:
    """The chunk with each column converted: by columns, since a loop over a column is far faster than over a row."""
    values: list[Sequence[Any]] = list(zip(*chunk, strict=True))
    for place, convert in enumerate(converters):
        if convert is not None:
            values[place] = convert(values[place])
    return zip(*values, strict=True)


def insert(connection: Connection, table: sa.Table, columns: Sequence[str], rows: _Rows) -> int:
    """Insert rows; how many. COPY on PostgreSQL, executemany on SQLite."""
    converters = _converters(connection, table, columns)
    if connection.dialect.name == "postgresql":
        return _copy(connection, table, columns, converters, rows)
    sql = _insert_sql(connection, table, columns, "?")
    total = 0
    raw = driver(connection)
    for chunk in _chunks(rows, _CHUNK):
        raw.executemany(sql, _converted(chunk, converters))
        total += len(chunk)
    return total


def insert_columns(connection: Connection, table: sa.Table, columns: Columns) -> int:
    """Insert rows that are given column by column, which is faster than by rows; how many."""
    names = tuple(columns)
    count = count_of(columns)
    if not count:
        return 0
    dialect = connection.dialect.name
    if dialect == "postgresql" and count >= _COPY_FROM:
        copy_in(connection, table, names, [copy_text(table, columns)])
        _analyze_many(connection, table, count)
        return count
    rows = _dumped_rows(connection, table, columns)
    if dialect == "postgresql":
        _insert_few(connection, table, names, list(rows))
    else:
        driver(connection).executemany(_insert_sql(connection, table, names, "?"), rows)
    return count


def count_of(columns: Columns) -> int:
    """How many rows they are."""
    return next(len(values) for values in columns.values() if not isinstance(values, Same))


def _dumped_rows(connection: Connection, table: sa.Table, columns: Columns) -> Iterator[tuple[Any, ...]]:
    """The rows, each value fit for the driver."""
    dumped: list[Iterable[Any]] = []
    for values, convert in zip(columns.values(), _converters(connection, table, tuple(columns)), strict=True):
        if isinstance(values, Same):
            dumped.append(repeat(values.value if convert is None else convert([values.value])[0]))
        else:
            dumped.append(values if convert is None else convert(values))
    return zip(*dumped, strict=False)


def copy_text(table: sa.Table, columns: Columns) -> str:
    """The rows as PostgreSQL's COPY reads them."""
    texts = (_texts_of(table, name, values) for name, values in columns.items())
    return "\n".join(map("\t".join, zip(*texts, strict=False))) + "\n"


def _texts_of(table: sa.Table, name: str, values: Sequence[Any] | Same) -> Iterable[str]:
    """A column as COPY reads it."""
    key = ("copy", name)
    write = table.info.get(key)
    if write is None:
        write = table.info[key] = copy_texts(table.c[name], "postgresql")
    return repeat(write([values.value])[0]) if isinstance(values, Same) else write(values)


def _insert_sql(connection: Connection, table: sa.Table, columns: Sequence[str], mark: str) -> str:
    key = ("insert", mark, *columns)
    found: str | None = table.info.get(key)
    if found is None:
        names = ", ".join(quoted(connection, name) for name in columns)
        marks = ", ".join([mark] * len(columns))
        found = f"INSERT INTO {quoted(connection, table.name)} ({names}) VALUES ({marks})"
        table.info[key] = found
    return found


def _copy(
    connection: Connection, table: sa.Table, columns: Sequence[str], converters: list[ColumnDumper | None], rows: _Rows
) -> int:
    source = iter(rows)
    head = list(islice(source, _COPY_FROM))
    if len(head) < _COPY_FROM:
        if head:
            _insert_few(connection, table, columns, list(_converted(head, converters)))
        return len(head)
    counts: list[int] = []

    def texts() -> Iterator[str]:
        for chunk in _chunked_again(head, source):
            values = zip(*chunk, strict=True)
            written = [_texts_of(table, name, column) for name, column in zip(columns, values, strict=True)]
            counts.append(len(chunk))
            yield "\n".join(map("\t".join, zip(*written, strict=True))) + "\n"

    copy_in(connection, table, columns, texts())
    _analyze_many(connection, table, sum(counts))
    return sum(counts)


def _insert_few(connection: Connection, table: sa.Table, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    marks = f", ({', '.join(['%s'] * len(columns))})" * (len(rows) - 1)
    values = [value for row in rows for value in row]
    driver(connection).execute(_insert_sql(connection, table, columns, "%s") + marks, values)


def copy_in(connection: Connection, table: sa.Table, columns: Sequence[str], texts: Iterable[str]) -> None:
    """Have PostgreSQL read the texts into these columns."""
    names = ", ".join(quoted(connection, name) for name in columns)
    statement = f"COPY {quoted(connection, table.name)} ({names}) FROM STDIN"
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for text in texts:
            copy.write(text)


def _analyze_many(connection: Connection, table: sa.Table, count: int) -> None:
    if count >= _ANALYZE_FROM:
        analyze(connection, table)


def analyze(connection: Connection, table: sa.Table) -> None:
    """Count anew what the planner goes by: until then PostgreSQL takes a table filled just now for empty."""
    if connection.dialect.name == "sqlite":
        driver(connection).execute("PRAGMA analysis_limit = 1000").close()
    connection.exec_driver_sql(f"ANALYZE {quoted(connection, table.name)}")


def _chunked_again(head: list[Sequence[Any]], rest: Iterator[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    head += islice(rest, _CHUNK - len(head))
    yield head
    yield from _chunks(rest, _CHUNK)


def update(
    connection: Connection, table: sa.Table, keys: tuple[str, ...], columns: tuple[str, ...], rows: _Rows
) -> int:
    """Set columns of the rows with these keys; how many."""
    every = (*keys, *columns)
    if connection.dialect.name == "postgresql":
        return _update_from(connection, table, keys, columns, rows)
    converters = _converters(connection, table, every)
    setting = ", ".join(f"{quoted(connection, name)} = ?" for name in columns)
    where = " AND ".join(f"{quoted(connection, name)} = ?" for name in keys)
    sql = f"UPDATE {quoted(connection, table.name)} SET {setting} WHERE {where}"
    turned = len(keys)
    raw = driver(connection)
    total = 0
    for chunk in _chunks(rows, _CHUNK):
        values = _converted(chunk, converters)
        cursor = raw.executemany(sql, [(*row[turned:], *row[:turned]) for row in values])
        total += cursor.rowcount
    return total


def _unnest(connection: Connection, table: sa.Table, columns: Sequence[str]) -> str:
    """A table of the values given as one array for each column."""
    types = [_type_name(table, name, connection.dialect) for name in columns]
    return "unnest(" + ", ".join(f"%s::{type_}[]" for type_ in types) + ")"


def _type_name(table: sa.Table, name: str, dialect: Dialect) -> str:
    """The type of a column as it stands in SQL."""
    return table.c[name].type.compile(dialect).partition(" COLLATE")[0]


def _arrays(table: sa.Table, names: Sequence[str], columns: Iterable[Sequence[Any]]) -> list[str]:
    """Columns of Python values as the arrays that `_unnest` takes."""
    return [_array(table, name, values) for name, values in zip(names, columns, strict=True)]


def _array(table: sa.Table, name: str, values: Sequence[Any]) -> str:
    key = ("array", name)
    write = table.info.get(key)
    if write is None:
        write = table.info[key] = array_text(table.c[name], "postgresql")
    return write(values)


def _update_from(
    connection: Connection,
    table: sa.Table,
    keys: tuple[str, ...],
    columns: tuple[str, ...],
    rows: _Rows,
) -> int:
    every = (*keys, *columns)
    names = [f"c{place}" for place in range(len(every))]
    setting = ", ".join(
        f"{quoted(connection, name)} = v.{alias}" for name, alias in zip(columns, names[len(keys) :], strict=True)
    )
    where = " AND ".join(f"t.{quoted(connection, name)} = v.{alias}" for name, alias in zip(keys, names, strict=False))
    source = f"{_unnest(connection, table, every)} AS v({', '.join(names)})"
    sql = f"UPDATE {quoted(connection, table.name)} AS t SET {setting} FROM {source} WHERE {where}"
    total = 0
    with driver(connection).cursor() as cursor:
        for chunk in _chunks(rows, _CHUNK):
            cursor.execute(sql, _arrays(table, every, zip(*chunk, strict=True)))
            total += cursor.rowcount
    return total


def upsert(
    connection: Connection, table: sa.Table, keys: tuple[str, ...], columns: tuple[str, ...], rows: _Rows
) -> int:
    """Insert rows, or set the other columns of those whose key exists; how many."""
    return sum(
        upsert_columns(connection, table, keys, dict(zip(columns, zip(*chunk, strict=True), strict=True)))
        for chunk in _chunks(rows, _CHUNK)
    )


def upsert_columns(connection: Connection, table: sa.Table, keys: tuple[str, ...], columns: Columns) -> int:
    """As `upsert`, of rows that are given column by column."""
    count = count_of(columns)
    if not count:
        return 0
    others = [quoted(connection, name) for name in columns if name not in keys]
    action = "UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in others) if others else "NOTHING"
    conflict = f" ON CONFLICT ({', '.join(quoted(connection, name) for name in keys)}) DO {action}"
    names = ", ".join(quoted(connection, name) for name in columns)
    into = f"INSERT INTO {quoted(connection, table.name)} ({names})"
    if connection.dialect.name == "postgresql":
        source, given = _source(connection, table, columns)
        driver(connection).execute(f"{into} {source}{conflict}", given)
    else:
        marks = ", ".join("?" * len(columns))
        driver(connection).executemany(f"{into} VALUES ({marks}){conflict}", _dumped_rows(connection, table, columns))
    return count


def _source(connection: Connection, table: sa.Table, columns: Columns) -> tuple[str, list[str]]:
    """The SELECT of PostgreSQL that gives the rows, with its parameters."""
    dialect = connection.dialect
    various = [name for name, values in columns.items() if not isinstance(values, Same)]
    aliases = {name: f"c{place}" for place, name in enumerate(various)}
    picked, given = [], []
    for name, values in columns.items():
        if isinstance(values, Same):
            # One value stands in an array of its own, so that it is written as those of the columns are.
            picked.append(f"(%s::{_type_name(table, name, dialect)}[])[1]")
            given.append(_array(table, name, [values.value]))
        else:
            picked.append(f"v.{aliases[name]}")
    given += [_array(table, name, columns[name]) for name in various]  # type: ignore[arg-type]
    names = ", ".join(aliases.values())
    return f"SELECT {', '.join(picked)} FROM {_unnest(connection, table, various)} AS v({names})", given


def delete(connection: Connection, table: sa.Table, key: str, values: Iterable[Any]) -> int:
    """Delete the rows whose key is among the values; how many."""
    wanted = list(values)
    if not wanted:
        return 0
    where = f"DELETE FROM {quoted(connection, table.name)} WHERE {quoted(connection, key)} = "
    raw = driver(connection)
    if connection.dialect.name == "postgresql":
        with raw.cursor() as cursor:
            array = _unnest(connection, table, [key]).removeprefix("unnest(").removesuffix(")")
            cursor.execute(f"{where}ANY({array})", [_array(table, key, wanted)])
            return int(cursor.rowcount)
    convert = dumper(table.c[key], connection.dialect.name)
    dumped = [(convert(value) if convert else value,) for value in wanted]
    return int(raw.executemany(f"{where}?", dumped).rowcount)


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for by `find`: rows whose columns `keys` have one of a list of values.

    give: the columns that are wanted. same: further columns with the value that they must have. where: a further
    condition on the table, which is called t. is_distinct: equal rows are wanted once.
    """

    keys: tuple[str, ...]
    give: tuple[str, ...]
    same: Mapping[str, Any]
    where: str
    is_distinct: bool


def find(connection: Connection, table: sa.Table, search: Search, values: _Rows) -> list[tuple[Any, ...]]:
    """The rows that have one of the keys, as the driver gives them.

    PostgreSQL plans this anew each time: a plan that was made while the table was small would compare each of its rows
    with each of the keys.
    """
    names = [quoted(connection, name) for name in search.keys]
    picked = ", ".join(f"t.{quoted(connection, name)}" for name in search.give)
    is_postgresql = connection.dialect.name == "postgresql"
    mark = "%s" if is_postgresql else "?"
    tail = "".join(f" AND t.{quoted(connection, name)} = {mark}" for name in search.same) + f" AND {search.where}"
    fixed = _fixed(connection, table, search.same)
    raw = driver(connection)
    head = f"SELECT {'DISTINCT ' if search.is_distinct else ''}{picked} FROM {quoted(connection, table.name)} AS t"
    found: list[tuple[Any, ...]] = []
    for chunk in _chunks(dict.fromkeys(map(tuple, values)), _FOUND_AT_ONCE):
        columns = list(zip(*chunk, strict=True))
        if not is_postgresql:
            given = (_key_list(connection, table, search.keys, columns), *fixed)
            found += raw.execute(f"{head} WHERE {_among(names)}{tail}", given).fetchall()
            continue
        arrays = _unnest(connection, table, search.keys)
        if len(names) == 1:
            sql = f"{head} WHERE t.{names[0]} = ANY({arrays.removeprefix('unnest(').removesuffix(')')})"
        else:
            aliases = [f"c{place}" for place in range(len(names))]
            same = " AND ".join(f"t.{name} = v.{alias}" for name, alias in zip(names, aliases, strict=True))
            sql = f"{head} JOIN {arrays} AS v({', '.join(aliases)}) ON {same} WHERE true"
        found += raw.execute(sql + tail, [*_arrays(table, search.keys, columns), *fixed], prepare=False).fetchall()
    return found


def _fixed(connection: Connection, table: sa.Table, same: Mapping[str, Any]) -> list[Any]:
    """The values that columns must have, fit for the driver."""
    found = []
    for name, value in same.items():
        convert = dumper(table.c[name], connection.dialect.name)
        found.append(value if convert is None else convert(value))
    return found


def _among(names: Sequence[str]) -> str:
    """The condition of SQLite that columns have the values of one entry of the JSON list that is bound."""
    if len(names) == 1:
        return f"t.{names[0]} IN (SELECT value FROM json_each(?))"
    parts = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(names)))
    return f"({', '.join(f't.{name}' for name in names)}) IN (SELECT {parts} FROM json_each(?))"


def _key_list(
    connection: Connection, table: sa.Table, keys: tuple[str, ...], columns: Sequence[Sequence[Any]]
) -> str:
    """The keys as the JSON list that `_among` takes. Raises: DoesNotFit("value_does_not_fit")."""
    converters = _converters(connection, table, keys)
    dumped = [
        values if convert is None else convert(values) for convert, values in zip(converters, columns, strict=True)
    ]
    try:
        return orjson.dumps(list(dumped[0]) if len(keys) == 1 else list(zip(*dumped, strict=True))).decode()
    except TypeError as error:
        raise DoesNotFit(why="it contains half a character") from error
