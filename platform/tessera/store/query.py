"""Lists of records: filters, row conditions, sorts, pages, counts; a statement for each shape, compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement

from tessera.errors import TesseraError, UnknownField
from tessera.formula import Formula
from tessera.meta.model import Entity, Storage
from tessera.settings import Limits
from tessera.store.cursors import Way, read_cursor, write_cursor
from tessera.store.expanding import expand, record_columns
from tessera.store.formula_sql import to_sql
from tessera.store.paths import Moving, Paths
from tessera.store.pins import pins
from tessera.store.prepared import Prepared, among, prepared
from tessera.store.searching import finds, word_values
from tessera.store.sql_values import Condition, NotPortable
from tessera.store.tables import Tables, column_type
from tessera.store.tx import Tx

Direction = Literal["asc", "desc"]
Sort: TypeAlias = tuple[tuple[str, Direction], ...]


class FilterNotSupported(TesseraError):
    """The database cannot filter by "{formula}" exactly."""

    code = "filter_not_supported"
    status = 400
    hint = "Compare stored fields, or store the computed value in a field of its own."


class SortNotSupported(TesseraError):
    """Records cannot be sorted by "{path}"."""

    code = "sort_not_supported"
    status = 400
    hint = "Sort by stored fields, of the record itself or of what it refers to."


class TooFarAway(TesseraError):
    """An offset of {offset} is too large; at most {limit} is possible."""

    code = "offset_too_large"
    status = 400
    hint = "Follow the cursors from page to page instead."


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of one entity's records.

    filter: what the caller wants; conditions: what the caller may see, one of role and rule each. sort: dot paths
    with their direction, blanks last; the id decides at the end. fields: names of fields, None for all that are
    stored. expand: dot paths of references, lines and multi_references. host: answers TODAY, NOW and USER.
    moving: what must be known of values that move by themselves, None when none is read. words: that must each stand
    in one of the text fields at the paths `searched`.
    """

    entity: Entity
    filter: Formula | None = None
    conditions: tuple[Formula, ...] = ()
    sort: Sort = ()
    fields: tuple[str, ...] | None = None
    expand: tuple[str, ...] = ()
    limit: int = 50
    cursor: str = ""
    offset: int = 0
    include_deleted: bool = False
    host: Any = None
    moving: Moving | None = None
    words: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()

    def formulas(self) -> tuple[Formula, ...]:
        """The filter and the conditions."""
        return self.conditions if self.filter is None else (self.filter, *self.conditions)

    def shape(self) -> tuple[Any, ...]:
        """What decides the records that are found, and so the statement."""
        formulas = self.formulas()
        texts = tuple(formula.text for formula in self.conditions)
        text = self.filter.text if self.filter else ""
        found = (self.entity.key, text, texts, self.include_deleted, host_values(formulas, self.host), self.moving)
        return (*found, len(self.words), self.searched) if self.words else found


@dataclass(frozen=True, slots=True)
class Page:
    """Some records in order. next and previous: cursors to the pages beside it, "" where there is none."""

    rows: list[dict[str, Any]]
    next: str = ""
    previous: str = ""


def host_values(formulas: Sequence[Formula], host: Any) -> tuple[Any, ...]:
    """The answers of the host that stand as constants in statements over these formulas."""
    calls = frozenset[str]().union(*(formula.calls for formula in formulas))
    values: list[Any] = []
    if "NOW" in calls:
        values.append(host.now)
    if "TODAY" in calls:
        values.append(host.today)
    if "USER" in calls:
        values += sorted((name, str(value)) for name, value in host.user.items())
    return tuple(values)


def matching(paths: Paths, query: Query) -> Condition:
    """The condition that a record fulfils when the query finds it. Raises: FilterNotSupported."""
    parts: list[Condition] = []
    if not query.include_deleted and not query.entity.parent:
        parts.append(paths.alias.c.deleted_at.is_(None))
    for formula in (*query.conditions, query.filter):
        if formula is not None:
            part = to_sql(formula, paths.root(), query.host)
            if part is None:
                raise FilterNotSupported(formula=formula.text)
            parts.append(part)
    if query.words:
        parts.append(finds(paths, len(query.words), query.searched))
    return sa.and_(sa.true(), *parts)


def page(tx: Tx, tables: Tables, query: Query, secret: bytes, limits: Limits | None = None) -> Page:
    """One page of records. secret: signs the cursors.

    Raises: FilterNotSupported, SortNotSupported, UnknownField, BadCursor, TooFarAway.
    """
    limit = min(query.limit, (limits or _LIMITS).page_rows)
    if query.offset > (limits or _LIMITS).offset_rows:
        raise TooFarAway(offset=query.offset, limit=(limits or _LIMITS).offset_rows)
    binding = repr((query.entity.key, query.filter.text if query.filter else "", query.sort))
    storages = sort_storages(tables, tx.dialect, query)
    way: Way = "next"
    after: list[Any] | None = None
    if query.cursor:
        way, after = read_cursor(secret, binding, query.cursor, storages)
    blanks = None if after is None else tuple(value is None for value in after)
    statement = prepared(
        tx,
        tables,
        ("page", query.shape(), query.sort, query.fields, way, blanks, limit, query.offset > 0),
        lambda: _page_statement(tx, tables, query, way, blanks, limit),
    )
    values: dict[str, Any] = {"q_offset": query.offset, **word_values(query.words)}
    values |= {f"q_after{place}": value for place, value in enumerate(after or ()) if value is not None}
    rows = statement.run(tx, values)
    return _page_of(tx, tables, query, statement, rows, limit, (way, len(storages), secret, binding))


_LIMITS = Limits()


def _page_of(
    tx: Tx,
    tables: Tables,
    query: Query,
    statement: Prepared,
    rows: list[tuple[Any, ...]],
    limit: int,
    cursors: tuple[Way, int, bytes, str],
) -> Page:
    way, width, secret, binding = cursors
    has_more = len(rows) > limit
    rows = rows[:limit]
    if way == "previous":
        rows.reverse()
    names = statement.names
    records = [dict(zip(names, row, strict=False)) for row in rows]
    expand(tx, tables, query.entity, records, query.fields, query.expand)
    has_next = has_more if way == "next" else bool(query.cursor)
    has_previous = has_more if way == "previous" else bool(query.cursor) or query.offset > 0
    if not rows:
        return Page(records)
    return Page(
        records,
        write_cursor(secret, binding, "next", rows[-1][-width:]) if has_next else "",
        write_cursor(secret, binding, "previous", rows[0][-width:]) if has_previous else "",
    )


def sort_storages(tables: Tables, dialect: str, query: Query) -> list[Storage]:
    """How the sort values are kept, the id's at the end."""
    key = (dialect, "sort", query.entity.key, query.sort)
    known: list[Storage] | None = tables.statements.get(key)
    if known is None:
        paths = Paths(tables, query.entity, dialect, query.moving)
        known = [storage for _, storage, _ in _sort_columns(paths, query.sort)]
        tables.statements[key] = known
    return known


def _sort_columns(paths: Paths, sort: Sort) -> list[tuple[ColumnElement[Any], Storage, Direction]]:
    columns: list[tuple[ColumnElement[Any], Storage, Direction]] = []
    for path, direction in sort:
        try:
            column, storage = paths.root().sort_key(tuple(path.split(".")))
        except NotPortable as error:
            known = paths.entity.field(path.partition(".")[0])
            raise (SortNotSupported(path=path) if known else UnknownField(name=path)) from error
        if storage.kind == "json":
            raise SortNotSupported(path=path)
        columns.append((column, storage, direction))
    columns.append((paths.alias.c.id, Storage("integer"), "asc"))
    return columns


def _page_statement(
    tx: Tx, tables: Tables, query: Query, way: Way, blanks: tuple[bool, ...] | None, limit: int
) -> Prepared:
    """The limit stands in the text: PostgreSQL plans a limit that it does not know for a tenth of the table."""
    paths = Paths(tables, query.entity, tx.dialect, query.moving)
    names, columns = record_columns(tables, paths, query.entity, query.fields)
    condition = sa.and_(matching(paths, query), *pins(tx, paths, query.formulas(), query.host))
    keys = _sort_columns(paths, query.sort)
    if blanks is not None:
        condition = sa.and_(condition, _beyond(keys, blanks, way))
    statement = (
        sa.select(*columns, *(column.label(f"q_key{place}") for place, (column, _, _) in enumerate(keys)))
        .select_from(paths.source)
        .where(condition)
        .order_by(*(_order(column, direction, way) for column, _, direction in keys))
        .limit(sa.literal_column(str(limit + 1)))
    )
    if query.offset and not query.cursor:
        statement = statement.offset(sa.bindparam("q_offset", type_=sa.BigInteger()))
    return Prepared(statement, names, tx.connection.dialect, paths.calls)


_NEVER_BLANK = frozenset({"id", "ref", "version", "created_at", "updated_at"})


def _order(column: ColumnElement[Any], direction: Direction, way: Way) -> ColumnElement[Any]:
    """Blanks last; the whole order turned round on the way back."""
    is_forward = way == "next"
    ordered = column.asc() if (direction == "asc") == is_forward else column.desc()
    if getattr(column, "name", "") in _NEVER_BLANK:
        return ordered
    return ordered.nulls_last() if is_forward else ordered.nulls_first()


def _beyond(
    keys: Sequence[tuple[ColumnElement[Any], Storage, Direction]], blanks: tuple[bool, ...], way: Way
) -> Condition:
    """The records after (or before) the one with the sort values given at the call."""
    branches: list[Condition] = []
    equal: list[Condition] = []
    for place, ((column, storage, direction), is_blank) in enumerate(zip(keys, blanks, strict=True)):
        value = sa.bindparam(f"q_after{place}", type_=column_type(storage))
        if is_blank:
            step: Condition = sa.false() if way == "next" else column.is_not(None)
            same: Condition = column.is_(None)
        else:
            step = column > value if (direction == "asc") == (way == "next") else column < value
            if way == "next":
                step = sa.or_(step, column.is_(None))
            same = column == value
        branches.append(sa.and_(*equal, step))
        equal.append(same)
    return sa.or_(*branches)


def count(tx: Tx, tables: Tables, query: Query, *, at_most: int | None = None) -> int:
    """How many records the query finds, counting no further than at_most."""

    def build() -> Prepared:
        paths = Paths(tables, query.entity, tx.dialect, query.moving)
        found: sa.Select[Any] = (
            sa.select(sa.literal_column("1").label("one")).where(matching(paths, query)).select_from(paths.source)
        )
        if at_most is not None:
            found = found.limit(sa.bindparam("q_limit", type_=sa.BigInteger()))
        counted = sa.select(sa.func.count()).select_from(found.subquery())
        return Prepared(counted, ("count",), tx.connection.dialect, paths.calls)

    statement = prepared(tx, tables, ("count", query.shape(), at_most is not None), build)
    return int(statement.run(tx, {"q_limit": at_most or 0, **word_values(query.words)})[0][0])


def matching_ids(tx: Tx, tables: Tables, query: Query, ids: Sequence[int] | None = None) -> list[int]:
    """The ids, ascending, of the records that the query finds; among those given when some are."""

    def build() -> Prepared:
        paths = Paths(tables, query.entity, tx.dialect, query.moving)
        key = paths.alias.c.id
        condition = matching(paths, query)
        if ids is not None:
            condition = sa.and_(condition, among(key, tx.dialect))
        found: sa.Select[Any] = sa.select(key).select_from(paths.source).where(condition).order_by(key)
        return Prepared(found, ("id",), tx.connection.dialect, paths.calls)

    statement = prepared(tx, tables, ("ids", query.shape(), ids is not None), build)
    return [row[0] for row in statement.run(tx, {"q_ids": list(ids or ()), **word_values(query.words)})]


def ensure_possible(tx: Tx, tables: Tables, query: Query) -> None:
    """Look whether the query can be asked, without asking it. Raises: FilterNotSupported, SortNotSupported …"""
    sort_storages(tables, tx.dialect, query)
    matching(Paths(tables, query.entity, tx.dialect, query.moving), query)


def ordered_ids(tx: Tx, tables: Tables, query: Query) -> list[int]:
    """The ids of all records that the query finds, in its order."""

    def build() -> Prepared:
        paths = Paths(tables, query.entity, tx.dialect, query.moving)
        keys = _sort_columns(paths, query.sort)
        condition = matching(paths, query)
        found: sa.Select[Any] = sa.select(paths.alias.c.id).select_from(paths.source).where(condition)
        ordered = found.order_by(*(_order(column, direction, "next") for column, _, direction in keys))
        return Prepared(ordered, ("id",), tx.connection.dialect, paths.calls)

    statement = prepared(tx, tables, ("ordered", query.shape(), query.sort), build)
    return [row[0] for row in statement.run(tx, word_values(query.words))]


def rows_of(tx: Tx, tables: Tables, query: Query, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Those of the records of these ids that the query finds, in the order of the ids."""

    def build() -> Prepared:
        paths = Paths(tables, query.entity, tx.dialect, query.moving)
        names, columns = record_columns(tables, paths, query.entity, query.fields)
        condition = sa.and_(matching(paths, query), among(paths.alias.c.id, tx.dialect))
        found: sa.Select[Any] = sa.select(*columns).select_from(paths.source).where(condition)
        return Prepared(found, names, tx.connection.dialect, paths.calls)

    statement = prepared(tx, tables, ("of", query.shape(), query.fields), build)
    found = {row["id"]: row for row in statement.dicts(tx, {"q_ids": list(ids), **word_values(query.words)})}
    records = [found[number] for number in ids if number in found]
    expand(tx, tables, query.entity, records, query.fields, query.expand)
    return records


def cursor_at(tx: Tx, tables: Tables, query: Query, secret: bytes, position: int) -> str:
    """The cursor to the page that begins with the record at a position (from 0) of the query's order.

    "" for the first one, and for a position behind the last record. Only the sort values are read on the way there.
    """
    if position <= 0:
        return ""
    binding = repr((query.entity.key, query.filter.text if query.filter else "", query.sort))

    def build() -> Prepared:
        paths = Paths(tables, query.entity, tx.dialect, query.moving)
        keys = _sort_columns(paths, query.sort)
        condition = matching(paths, query)
        found: sa.Select[Any] = (
            sa.select(*(column.label(f"q_key{place}") for place, (column, _, _) in enumerate(keys)))
            .select_from(paths.source)
            .where(condition)
            .order_by(*(_order(column, direction, "next") for column, _, direction in keys))
            .limit(1)
            .offset(sa.bindparam("q_offset", type_=sa.BigInteger()))
        )
        return Prepared(found, (), tx.connection.dialect, paths.calls)

    statement = prepared(tx, tables, ("jump", query.shape(), query.sort), build)
    rows = statement.run(tx, {"q_offset": position - 1, **word_values(query.words)})
    return write_cursor(secret, binding, "next", rows[0]) if rows else ""


def estimate(tx: Tx, tables: Tables, query: Query, at_most: int) -> tuple[int, bool]:
    """How many records the query finds, and whether that is exact.

    Beyond at_most it is estimated from how far the first at_most of them reach among all ids.
    """
    counted = count(tx, tables, query, at_most=at_most + 1)
    if counted <= at_most:
        return counted, True

    def build() -> Prepared:
        paths = Paths(tables, query.entity, tx.dialect, query.moving)
        key = paths.alias.c.id
        condition = matching(paths, query)
        found: sa.Select[Any] = sa.select(key.label("id")).select_from(paths.source).where(condition).order_by(key)
        some = found.limit(sa.bindparam("q_limit", type_=sa.BigInteger())).subquery()
        table = tables.of(query.entity)
        ends = [sa.select(each(table.c.id)).scalar_subquery() for each in (sa.func.min, sa.func.max)]
        return Prepared(sa.select(sa.func.max(some.c.id), *ends), (), tx.connection.dialect, paths.calls)

    statement = prepared(tx, tables, ("estimate", query.shape()), build)
    reached, first, last = statement.run(tx, {"q_limit": at_most, **word_values(query.words)})[0]
    share = (reached - first + 1, last - first + 1)
    return max(at_most + 1, at_most * share[1] // max(share[0], 1)), False


def first_ids(tx: Tx, tables: Tables, query: Query, limit: int) -> list[int]:
    """The ids of the first so many records that the query finds, in its order.

    For filters that hold values of the moment: the statement is not kept.
    """
    paths = Paths(tables, query.entity, tx.dialect, query.moving)
    keys = _sort_columns(paths, query.sort)
    condition = matching(paths, query)
    found: sa.Select[Any] = sa.select(paths.alias.c.id).select_from(paths.source).where(condition)
    ordered = found.order_by(*(_order(column, direction, "next") for column, _, direction in keys)).limit(limit)
    return [int(number) for number in tx.execute(ordered, word_values(query.words)).scalars()]
