"""Running a view: its columns over its source, row after row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from tessera.engine.views.decisions import decision_rows
from tessera.engine.views.formats import Plain, minor, shaper
from tessera.engine.views.sources import (
    Names,
    Paths,
    ViewHost,
    days_rows,
    holder_rows,
    record_rows,
    rows_among,
    timeline_of,
    visible,
)
from tessera.engine.work import Work
from tessera.errors import NotFound, TesseraError
from tessera.formula import check_formula
from tessera.formula.shapes import BOOLEAN, Member, Scope, StaticShape
from tessera.meta.kinds.view import View, ViewColumn, ViewSort

SORTED_ROWS = 200_000


class TooManyRows(TesseraError):
    """A view that is sorted by computed columns has at most {limit} rows."""

    code = "view_too_long"
    status = 422
    hint = "Filter it, or sort by fields."


@dataclass(frozen=True)
class Opened:
    """A view that is being read. columns: those that the actor may see, but for hidden ones; rows: once, in order.

    A row has a value for each of the columns, as it is shown: a text, number, yes or no, or nothing.
    """

    view: View
    columns: tuple[ViewColumn, ...]
    zone: ZoneInfo
    rows: Iterator[list[Plain]]


def view_named(work: Work, name: str) -> View:
    """The view of that name or key. Raises: NotFound("not_found")."""
    found = work.model.parts.get("view", {}).get(name) or work.model.part("view", name)
    if not isinstance(found, View):
        raise NotFound(what="view")
    return found


def open_view(work: Work, name: str, *, condition: str = "") -> Opened:
    """Begin to read a view; condition: a further filter, over fields in a view of records, else over its columns.

    Raises: NotFound, UnknownField for a condition over what the actor may not see, TooManyRows, FormulaError.
    """
    return open_compiled(work, view_named(work, name), condition=condition)


def open_compiled(work: Work, view: View, *, condition: str = "") -> Opened:
    """The same for a compiled view, which need not be one of the release."""
    zone = zone_of(work, view)
    columns = tuple(each for each in view.columns if visible(work, view, each.value))
    shown = [(place, shaper(each, zone)) for place, each in enumerate(columns) if not each.is_hidden]
    found = _chosen(work, view, columns, zone, condition)
    rows = ([shape(row[place]) for place, shape in shown] for row in found)
    return Opened(view, tuple(each for each in columns if not each.is_hidden), zone, rows)


def rows_of(work: Work, view: View, condition: str, ids: Sequence[int]) -> list[list[Plain]]:
    """The rows of a view of records for the records of these ids, in their order; those it does not hold are left out.

    A row is as in `Opened`.
    """
    zone = zone_of(work, view)
    shown = [each for each in view.columns if not each.is_hidden and visible(work, view, each.value)]
    shapes = [(each.value, shaper(each, zone)) for each in shown]
    host = ViewHost(work.now, zone, work.host().user)
    found = rows_among(work, view, condition, _reads(view, tuple(shown)), ids)
    return [[shape(formula(names, host)) for formula, shape in shapes] for names in found]


def _chosen(
    work: Work, view: View, columns: tuple[ViewColumn, ...], zone: ZoneInfo, condition: str
) -> Iterator[list[Any]]:
    """The rows for which the condition is true."""
    if view.source == "entity" or not condition:
        return values(work, view, columns, zone, condition)
    members = tuple(Member(each.name, each.value.type) for each in columns)
    names = [each.name for each in columns]
    scope = Scope(StaticShape(view.key, members), offers=frozenset({"clock", "user"}))
    wanted = check_formula(condition, scope, BOOLEAN)
    host = ViewHost(work.now, zone, work.host().user)
    rows = values(work, view, columns, zone)
    return (row for row in rows if wanted(dict(zip(names, row, strict=True)), host) is True)


def zone_of(work: Work, view: View) -> ZoneInfo:
    """In which a view shows times."""
    if view.zone:
        return ZoneInfo(view.zone)
    if view.source in {"decisions", "holders", "days"}:
        return ZoneInfo(timeline_of(work, view).zone)
    return ZoneInfo(work.settings.zone)


def values(
    work: Work, view: View, columns: tuple[ViewColumn, ...], zone: ZoneInfo, condition: str = ""
) -> Iterator[list[Any]]:
    """The columns' values before they are shaped, row after row in the view's order."""
    host = ViewHost(work.now, zone, work.host().user)
    reads = _reads(view, columns)
    formulas = [each.value for each in columns]
    is_filtered = view.source != "entity" and view.filter is not None
    rows = (
        [formula(names, host) for formula in formulas]
        for names in _names(work, view, host, reads, condition)
        if not is_filtered or view.filter is None or view.filter(names, host) is True
    )
    orders = [each for each in view.sort if each.is_column]
    yield from _sorted(rows, orders, columns) if orders else rows


def _reads(view: View, columns: tuple[ViewColumn, ...]) -> Paths:
    paths = {path for each in columns for path in each.value.reads}
    return frozenset(paths | (set(view.filter.reads) if view.filter else set()))


def _names(work: Work, view: View, host: ViewHost, reads: Paths, condition: str) -> Iterator[Names]:
    if view.source == "entity":
        yield from record_rows(work, view, condition, reads)
    elif view.source == "decisions":
        yield from decision_rows(work, view, host, reads)
    elif view.source == "holders":
        yield from holder_rows(work, view, view.as_of, reads)
    elif view.source == "days":
        yield from days_rows(work, view, reads)
    else:
        yield {"rows": _rows_of(work, view_named(work, view.of), reads)}


def _rows_of(work: Work, inner: View, reads: Paths) -> list[Names]:
    """The rows of the view that is summed up, with the columns that are read, amounts in smallest units as shown."""
    wanted = {path[1] for path in reads if path[0] == "rows" and len(path) > 1}
    sorted_by = {each.path for each in inner.sort}
    columns = tuple(
        each for each in inner.columns if each.name in wanted | sorted_by and visible(work, inner, each.value)
    )
    return [
        {each.name: _summed(each, value) for each, value in zip(columns, row, strict=True)}
        for row in values(work, inner, columns, zone_of(work, inner))
    ]


def _summed(column: ViewColumn, value: Any) -> Any:
    return minor(value, column.scale) if column.format == "minor" and value is not None else value


def _sorted(rows: Iterator[list[Any]], orders: list[ViewSort], columns: tuple[ViewColumn, ...]) -> list[list[Any]]:
    places = {each.name: place for place, each in enumerate(columns)}
    every: list[list[Any]] = []
    for row in rows:
        every.append(row)
        if len(every) > SORTED_ROWS:
            raise TooManyRows(limit=SORTED_ROWS)
    for order in reversed(orders):
        place = places.get(order.path)
        if place is None:
            continue
        blank = [row for row in every if row[place] is None]
        known = [row for row in every if row[place] is not None]
        known.sort(key=lambda row, place=place: row[place], reverse=order.is_descending)  # type: ignore[misc]
        every = known + blank
    return every
