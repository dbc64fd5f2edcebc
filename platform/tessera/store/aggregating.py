"""Figures over the records that a query finds: sums, counts, smallest, largest, averages, by groups.

Everything is exact: on SQLite a sum is taken in two halves that cannot overflow, an average is a quotient of whole
sums. Conditions on groups, their order and their limit are applied to the exact figures.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement

from tessera.errors import TesseraError
from tessera.formula.arithmetic import round_to_scale
from tessera.store.buckets import BUCKETS, PARTS, Bucket, bucket_sql
from tessera.store.formula_sql import Compiler
from tessera.store.paths import Paths
from tessera.store.prepared import Prepared, prepared
from tessera.store.query import Direction, Query, matching
from tessera.store.searching import word_values
from tessera.store.sql_values import NotPortable, Value
from tessera.store.tables import Tables
from tessera.store.tx import Tx

Function = Literal["count", "sum", "min", "max", "avg", "count_distinct"]

MAX_GROUPS = 100_000
AVERAGE_PLACES = 6
"""Decimal places of an average beyond those of its field."""

_HALF = 10**9


class AggregateNotSupported(TesseraError):
    """There is no {function} of "{path}"."""

    code = "aggregate_not_supported"
    status = 400


class TooManyGroups(TesseraError):
    """There are more than {limit} groups."""

    code = "too_many_groups"
    status = 400
    hint = "Group by fewer fields or longer periods, or filter first."


@dataclass(frozen=True, slots=True)
class Group:
    """Records with the same value at the path stand together; bucket: within the same day, month … of a zone."""

    name: str
    path: str
    bucket: Bucket | Literal[""] = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of each group. path: "" only for count, which then counts records, else those with a value."""

    name: str
    function: Function
    path: str = ""


@dataclass(frozen=True, slots=True)
class Having:
    """Keeps the groups whose figure compares so with a value; a blank figure never does."""

    name: str
    op: Literal["=", "<>", "<", "<=", ">", ">="]
    value: Any


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def aggregate(
    tx: Tx,
    tables: Tables,
    query: Query,
    measures: Sequence[Measure],
    groups: Sequence[Group] = (),
    *,
    having: Sequence[Having] = (),
    sort: Sequence[tuple[str, Direction]] = (),
    limit: int = 1_000,
) -> list[dict[str, Any]]:
    """Name → value of each group and figure; in the order of the groups' values unless a sort is given, blanks last.

    Averages are rounded half up to AVERAGE_PLACES more places than their field has. Without groups there is one row.
    Raises: AggregateNotSupported, TooManyGroups, FilterNotSupported.
    """
    for group in groups:
        _check_zone(group)
    key = ("aggregate", query.shape(), tuple(measures), tuple(groups))
    plan = prepared(tx, tables, key, lambda: _plan(tx, tables, query, tuple(measures), tuple(groups)))
    assert isinstance(plan, _Plan)
    rows = plan.figures(tx, word_values(query.words))
    if len(rows) > MAX_GROUPS:
        raise TooManyGroups(limit=MAX_GROUPS)
    for rule in having:
        holds = _OPERATORS[rule.op]
        rows = [row for row in rows if row[rule.name] is not None and holds(row[rule.name], rule.value)]
    order = [*sort, *((group.name, "asc") for group in groups)]
    for name, direction in reversed(order):
        filled = [row for row in rows if row[name] is not None]
        filled.sort(key=operator.itemgetter(name), reverse=direction == "desc")
        rows = filled + [row for row in rows if row[name] is None]
    return rows[:limit]


def _check_zone(group: Group) -> None:
    try:
        ZoneInfo(group.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise AggregateNotSupported(function=f"day of the zone {group.zone}", path=group.path) from error
    if group.bucket and group.bucket not in (*BUCKETS, *PARTS):
        raise AggregateNotSupported(function=group.bucket, path=group.path)


Reader = Callable[[Sequence[Any]], Any]


class _Plan(Prepared):
    """A prepared statement, and how each name is read from a row of it."""

    readers: list[tuple[str, Reader]]

    def figures(self, tx: Tx, words: dict[str, str]) -> list[dict[str, Any]]:
        """Every group, as a dict by name."""
        rows = self.run(tx, {"q_limit": MAX_GROUPS + 1, **words})
        return [{name: read(row) for name, read in self.readers} for row in rows]


def _plan(tx: Tx, tables: Tables, query: Query, measures: tuple[Measure, ...], groups: tuple[Group, ...]) -> _Plan:
    paths = Paths(tables, query.entity, tx.dialect, query.moving)
    compiler = Compiler((paths.root(),), query.host)
    inner: list[ColumnElement[Any]] = []
    readers: list[tuple[str, Reader]] = []
    for place, group in enumerate(groups):
        value = _value(compiler, group.path, "group")
        if group.bucket:
            value = _bucketed(value, group, tx.dialect)
        inner.append(value.sql().label(f"g{place}"))
        readers.append((group.name, _reader(value, place)))
    values = [_value(compiler, each.path, each.function) if each.path else None for each in measures]
    inner += [value.sql().label(f"m{place}") for place, value in enumerate(values) if value is not None]
    condition = matching(paths, query)
    inner.append(sa.literal_column("1").label("one"))
    found = sa.select(*inner).select_from(paths.source).where(condition).subquery()
    outer: list[ColumnElement[Any]] = [found.c[f"g{place}"] for place in range(len(groups))]
    for place, (measure, known) in enumerate(zip(measures, values, strict=True)):
        column = None if known is None else found.c[f"m{place}"]
        readers.append((measure.name, _measure(measure, known, column, outer, tx.dialect)))
    statement = sa.select(*outer).select_from(found).limit(sa.bindparam("q_limit", type_=sa.BigInteger()))
    if groups:
        statement = statement.group_by(*(found.c[f"g{place}"] for place in range(len(groups))))
    plan = _Plan(statement, (), tx.connection.dialect, paths.calls)
    plan.readers = readers
    return plan


def _value(compiler: Compiler, path: str, function: str) -> Value:
    try:
        found = compiler.levels[0].value(tuple(path.split(".")))
        if isinstance(found, tuple):
            position, formula = found
            found = Compiler((position,), compiler.host).value(formula.ast)
    except NotPortable as error:
        raise AggregateNotSupported(function=function, path=path) from error
    return found


def _bucketed(value: Value, group: Group, dialect: str) -> Value:
    assert group.bucket
    try:
        return bucket_sql(value, group.bucket, group.zone, dialect)
    except NotPortable as error:
        raise AggregateNotSupported(function=group.bucket, path=group.path) from error


def _reader(value: Value, place: int) -> Reader:
    """What reads a value like that from a row: the statement loads all but scaled numbers."""
    scale = value.scale
    if value.kind != "number" or not scale:
        return lambda row: row[place]
    return lambda row: None if row[place] is None else Decimal(row[place]).scaleb(-scale)


def _measure(
    measure: Measure,
    value: Value | None,
    column: ColumnElement[Any] | None,
    outer: list[ColumnElement[Any]],
    dialect: str,
) -> Reader:
    """Add the columns of a figure to the statement; what reads it from a row."""
    place = len(outer)
    if measure.function == "count":
        outer.append(sa.func.count() if column is None else sa.func.count(column))
        return lambda row: row[place]
    if value is None or column is None:
        raise AggregateNotSupported(function=measure.function, path=measure.path)
    if measure.function == "count_distinct":
        outer.append(sa.func.count(column.distinct()))
        return lambda row: row[place]
    if measure.function in ("min", "max"):
        if value.kind in ("boolean", "record"):
            raise AggregateNotSupported(function=measure.function, path=measure.path)
        function: Any = sa.func.min if measure.function == "min" else sa.func.max
        outer.append(sa.type_coerce(function(column), column.type))
        return _reader(value, place)
    if value.kind != "number":
        raise AggregateNotSupported(function=measure.function, path=measure.path)
    total = _total(value, column, outer, dialect)
    if measure.function == "sum":
        return lambda row: total(row) or 0
    counted = len(outer)
    outer.append(sa.func.count(column))
    places = (value.scale or 0 if value.scale is not None else 2) + AVERAGE_PLACES
    return lambda row: round_to_scale(Fraction(total(row)) / row[counted], places) if row[counted] else None


def _total(value: Value, column: ColumnElement[Any], outer: list[ColumnElement[Any]], dialect: str) -> Reader:
    """An exact sum, None of nothing."""
    place, scale = len(outer), value.scale or 0
    if dialect == "postgresql":
        outer.append(sa.func.sum(column))
        if value.scale == 0:
            return lambda row: None if row[place] is None else int(row[place])
        return lambda row: row[place]
    half: ColumnElement[Any] = sa.literal_column(str(_HALF))
    outer.append(sa.func.sum(column.op("/", precedence=8)(half)))
    outer.append(sa.func.sum(column.op("%", precedence=8)(half)))

    def read(row: Sequence[Any]) -> Any:
        if row[place] is None:
            return None
        whole = row[place] * _HALF + row[place + 1]
        return Decimal(whole).scaleb(-scale) if scale else whole

    return read
