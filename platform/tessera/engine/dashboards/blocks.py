"""One block: its measures summed up by its groups, figures worked out of them, compared with another period."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias, cast
from zoneinfo import ZoneInfo

from tessera.engine import records
from tessera.engine.dashboards.conditions import in_group, joined, kind_of
from tessera.engine.dashboards.ledgers import Asked, movement_sums
from tessera.engine.dashboards.periods import Period, bucket_days, within
from tessera.engine.work import Work
from tessera.formula import FormulaError
from tessera.meta.kinds.dashboard import Block, DashGroup, DashMeasure
from tessera.meta.model import Entity
from tessera.meta.rules import LedgerDoc
from tessera.store.aggregating import MAX_GROUPS, Function, Group, Measure
from tessera.store.buckets import PARTS, Bucket

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class Scene:
    """What a block is run with. choices: condition by the name of a filter, over the path that is put in.

    period: that its day must be within, None when the block has no day.
    """

    work: Work
    zone: ZoneInfo
    period: Period
    compared: Period | None
    choices: Mapping[str, Callable[[Entity, str], str]]


@dataclass(frozen=True)
class Summed:
    """What a block came to. rows: in its order; previous: the same measures and figures of the compared period."""

    rows: list[Row]
    previous: list[Row | None] | None
    trend: list[Row] | None
    condition: str
    entity: Entity
    is_cut: bool


def summed(scene: Scene, block: Block) -> Summed:
    """A block over records or movements. Raises: UnknownField, FilterNotSupported, AggregateNotSupported …"""
    entity = entity_of(scene.work, block)
    rows = _ordered(block, _filled(scene, block, scene.period, _rows(scene, block, scene.period, entity)))
    shown, is_cut = _cut(block, rows)
    previous = None
    if scene.compared is not None and block.is_compared and _has_day(block):
        then = _filled(scene, block, scene.compared, _rows(scene, block, scene.compared, entity))
        previous = _beside(block, shown, rows, _ordered(block, then))
    trend = _trend(scene, block, entity) if block.trend and _has_day(block) else None
    return Summed(shown, previous, trend, _condition(scene, block, entity, scene.period), entity, is_cut)


def entity_of(work: Work, block: Block) -> Entity:
    """The entity whose records are summed up, or hold the accounts."""
    if block.source == "entity":
        return work.model.entities[block.of]
    doc = work.model.parts["ledger"][block.of]
    assert isinstance(doc, LedgerDoc)
    return work.model.entities[doc.per]


def _has_day(block: Block) -> bool:
    return block.source == "movements" or bool(block.day)


def _condition(scene: Scene, block: Block, entity: Entity, period: Period) -> str:
    texts = [block.filter.text if block.filter is not None else ""]
    if block.day:
        texts.append(within(block.day, kind_of(scene.work.model, entity, block.day), period, scene.zone))
    for name, path in block.filters.items():
        choice = scene.choices.get(name)
        if choice is not None:
            texts.append(choice(entity, path))
    return joined(*texts)


def _rows(scene: Scene, block: Block, period: Period, entity: Entity) -> dict[Key, Row]:
    """Measures by the values of the groups; running ones from the beginning."""
    own = [each for each in block.measures if not each.is_running]
    found = _asked(scene, block, period, entity, own)
    running = [each for each in block.measures if each.is_running]
    if running:
        steps = _asked(scene, block, period, entity, running)
        before = Period(None, period.first - timedelta(days=1)) if period.first is not None else None
        start = _asked(scene, replace(block, groups=()), before, entity, running) if before is not None else {}
        _run_up(scene, block, period, running, found, steps, start.get((), {}))
    for row in found.values():
        for each in block.measures:
            if each.name not in row:
                row[each.name] = 0 if each.fold in ("sum", "count", "count_distinct") else None
    return found


def _run_up(
    scene: Scene, block: Block, period: Period, running: Sequence[DashMeasure], found: dict[Key, Row],
    steps: Mapping[Key, Row], start: Mapping[str, Any],
) -> None:  # fmt: skip
    group = block.groups[0]
    known = [key[0] for key in {**steps, **found} if key[0] is not None]
    totals = {each.name: start.get(each.name) or 0 for each in running}
    for day in bucket_days(period, group.bucket, known):
        step = steps.get((day,), {})
        row = found.setdefault((day,), {group.name: day})
        for each in running:
            totals[each.name] += step.get(each.name) or 0
            row[each.name] = totals[each.name]


def _asked(
    scene: Scene, block: Block, period: Period, entity: Entity, measures: Sequence[DashMeasure]
) -> dict[Key, Row]:
    """One query for each filter that measures have."""
    base = _condition(scene, block, entity, period)
    filters = dict.fromkeys(each.filter.text if each.filter is not None else "" for each in measures)
    found: dict[Key, Row] = {}
    for text in filters:
        part = [each for each in measures if (each.filter.text if each.filter is not None else "") == text]
        for row in _query(scene, block, period, entity, part, joined(base, text)):
            key = tuple(row[each.name] for each in block.groups)
            found.setdefault(key, {each.name: row[each.name] for each in block.groups}).update(
                {each.name: _signed(each, row[each.name]) for each in part}
            )
    return found


def _query(
    scene: Scene, block: Block, period: Period, entity: Entity, measures: Sequence[DashMeasure], condition: str
) -> list[Row]:
    if block.source == "movements":
        asked = Asked(measures, block.groups, condition, period, scene.zone.key)
        return movement_sums(scene.work, block.of, asked)
    wanted = [Measure(each.name, cast("Function", each.fold), each.value) for each in measures]
    groups = [Group(each.name, each.by, _bucket(each), scene.zone.key) for each in block.groups]
    return records.aggregate(
        scene.work, entity.name, wanted, groups, filter_text=condition, limit=MAX_GROUPS
    )


def _bucket(group: DashGroup) -> Bucket | Any:
    return group.bucket


def _signed(measure: DashMeasure, value: Any) -> Any:
    return -value if measure.is_negated and value is not None else value


def _filled(scene: Scene, block: Block, period: Period, found: dict[Key, Row]) -> list[Row]:
    """The rows with figures; buckets without anything in between are there, too."""
    if len(block.groups) == 1 and block.groups[0].bucket:
        group = block.groups[0]
        blank = {each.name: 0 if each.fold in ("sum", "count", "count_distinct") else None for each in block.measures}
        for value in _expected(group, period, [key[0] for key in found if key[0] is not None]):
            found.setdefault((value,), {group.name: value, **blank})
    elif not block.groups and not found:
        found[()] = {each.name: None if each.fold in ("min", "max", "avg") else 0 for each in block.measures}
    rows = list(found.values())
    host = scene.work.host()
    for row in rows:
        for figure in block.figures:
            try:
                row[figure.name] = _rounded(figure.value(row, host), figure.shown.scale, figure.shown.format)
            except FormulaError:
                row[figure.name] = None
    return rows


def _rounded(value: Any, scale: int, form: str) -> Any:
    if value is None:
        return None
    places = scale + 2 if form == "percent" else scale if form != "plain" else 6
    exact = Decimal(value.numerator) / Decimal(value.denominator) if not isinstance(value, Decimal) else value
    return round(exact, places)


def _expected(group: DashGroup, period: Period, known: list[Any]) -> Iterable[Any]:
    if group.bucket == "hour":
        return range(24)
    if group.bucket == "weekday":
        return range(1, 8)
    days: list[date] = known
    return bucket_days(period, group.bucket, days)


def _ordered(block: Block, rows: list[Row]) -> list[Row]:
    order = [*block.sort, *((each.name, False) for each in block.groups)]
    for name, is_descending in reversed(order):
        filled = [row for row in rows if row.get(name) is not None]
        filled.sort(key=lambda row, name=name: row[name], reverse=is_descending)  # type: ignore[misc]
        rows = filled + [row for row in rows if row.get(name) is None]
    return rows


def _cut(block: Block, rows: list[Row]) -> tuple[list[Row], bool]:
    """The rows up to the limit; what is left out is summed up in a last row when the block wants it."""
    if len(rows) <= block.limit:
        return rows, False
    shown, left = rows[: block.limit], rows[block.limit :]
    sums = [each for each in block.measures if each.fold in ("sum", "count") and not each.is_running]
    if block.has_rest and sums:
        rest: Row = {each.name: sum(row[each.name] or 0 for row in left) for each in sums}
        shown = [*shown, {**rest, "": len(left)}]
    return shown, True


def _beside(block: Block, shown: list[Row], rows: list[Row], then: list[Row]) -> list[Row | None]:
    """For each row that of the compared period: by its place along days, else by the same values of the groups."""
    if len(block.groups) == 1 and block.groups[0].bucket and block.groups[0].bucket not in PARTS:
        name = block.groups[0].name
        ordered = sorted((row for row in then if row.get(name) is not None), key=lambda row: row[name])
        places = sorted(row[name] for row in rows if row.get(name) is not None)
        at = {day: place for place, day in enumerate(places)}
        return [_at(ordered, at.get(row.get(name))) for row in shown]
    known = {tuple(row.get(each.name) for each in block.groups): row for row in then}
    return [None if "" in row else known.get(tuple(row.get(each.name) for each in block.groups)) for row in shown]


def _at(rows: list[Row], place: int | None) -> Row | None:
    return rows[place] if place is not None and place < len(rows) else None


def _trend(scene: Scene, block: Block, entity: Entity) -> list[Row]:
    group = DashGroup("bucket", block.label, block.day, block.trend, False)
    along = replace(block, groups=(group,), sort=(), limit=1_000, has_rest=False)
    return _ordered(along, _filled(scene, along, scene.period, _rows(scene, along, scene.period, entity)))


def row_condition(scene: Scene, block: Block, entity: Entity, row: Row) -> str | None:
    """The condition under which a list shows what a row stands for; None where no list can.

    PostgreSQL filters by no part of an instant in a time zone.
    """
    if "" in row or (scene.work.tx.dialect == "postgresql" and any(each.bucket in PARTS for each in block.groups)):
        return None
    texts = []
    for each in block.groups:
        if not each.by:
            return None
        kind = kind_of(scene.work.model, entity, each.by)
        texts.append(in_group(each.by, kind, each.bucket, row.get(each.name), scene.zone))
    return joined(*texts)
