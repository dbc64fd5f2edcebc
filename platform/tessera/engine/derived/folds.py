"""Rollups, pure: what a record adds to one, and what value comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tessera.engine.host import Host
from tessera.formula import Formula
from tessera.meta.fields.exact import rounded
from tessera.meta.model import Field

ADDITIVE = frozenset({"sum", "count", "avg", "any", "all"})
"""Folds of which a part can be taken away again."""

BY_DAY = ADDITIVE | {"min", "max", "first", "last"}
"""Folds of a moving window that can be put together from the values of its days."""

_UNKNOWN_PLACES = 4


@dataclass(frozen=True, slots=True)
class Rollup:
    """A rollup field, taken apart. scale: decimal places of its numbers. days: of its moving window, 0 for none.

    total_scale: decimal places of what is added up, which is rounded to `scale` once, at the end. source: key of the
    entity that is folded. via: its reference to the owner. at: its date, "" for none.
    """

    field: Field
    source: str
    via: str
    fold: str
    value: Formula | None
    where: Formula | None
    at: str
    days: int
    scale: int
    total_scale: int

    @property
    def is_additive(self) -> bool:
        """Whether a change can be added to what is stored."""
        return self.fold in ADDITIVE

    @property
    def is_by_day(self) -> bool:
        """Whether a value is kept for each day, from which that of the window is put together."""
        return bool(self.days) and self.fold in BY_DAY

    @property
    def paths(self) -> set[tuple[str, ...]]:
        """What its formulas read of a source record."""
        return {path for each in (self.value, self.where) if each is not None for path in each.reads}


@dataclass(frozen=True, slots=True)
class Item:
    """What one source record brings. day: of its date in the program's zone. order: sorts first and last."""

    target: int
    value: Any
    day: date | None
    order: tuple[Any, ...]


def rollup_of(field: Field) -> Rollup:
    """The parts of a rollup field."""
    options = field.options
    window = str(options.get("window", ""))
    scale = field.value_type.scale or 0
    return Rollup(
        field=field,
        source=options["source"],
        via=options["via"],
        fold=options["fold"],
        value=options.get("value"),
        where=options.get("where"),
        at=options.get("at", ""),
        days=int(window.removesuffix("d")) if window else 0,
        scale=scale,
        total_scale=_total_scale(options, scale),
    )


def _total_scale(options: Mapping[str, Any], scale: int) -> int:
    """As many decimal places as the values have; some more than are shown where that is not known."""
    value: Formula | None = options.get("value")
    if options["fold"] not in {"sum", "avg"} or value is None:
        return scale
    known = value.type.scale
    return max(scale, scale + _UNKNOWN_PLACES if known is None else known)


def nothing(field: Field) -> Any:
    """The value of a rollup over no records."""
    fold = field.options.get("fold")
    if fold in {"sum", "count", "distinct"}:
        return 0 if field.value_type.integer else Decimal(0).scaleb(-(field.value_type.scale or 0))
    return {"any": False, "all": True}.get(str(fold))


def item_of(rollup: Rollup, env: Mapping[str, Any], host: Host) -> Item | None:
    """What the source record brings to the rollup, None when nothing."""
    target = env.get(rollup.via)
    if isinstance(target, Mapping):
        target = target.get("id")
    if target is None or (rollup.where is not None and rollup.where(env, host) is not True):
        return None
    value = 1 if rollup.value is None else rollup.value(env, host)
    if value is None:
        return None
    at = env.get(rollup.at) if rollup.at else None
    if rollup.at and at is None:
        return None
    day = at.astimezone(host.zone).date() if isinstance(at, datetime) else at
    return Item(int(target), value, day, (at, env.get("place") or 0, env.get("id") or 0))


def units(rollup: Rollup, value: Any) -> int:
    """A number in units of the last decimal place that the rollup keeps; true is 1."""
    if isinstance(value, bool):
        return int(value)
    if rollup.fold == "count":
        return 1
    return _whole(rollup, value, rollup.total_scale)


def _whole(rollup: Rollup, value: Any, scale: int) -> int:
    return int(rounded(value, scale, rounding_of(rollup.field)).scaleb(scale))


def rounding_of(field: Field) -> str:
    """How the numbers of a rollup are rounded."""
    return str(field.options.get("rounding", "half_up"))


def in_window(rollup: Rollup, day: date | None, today: date) -> bool:
    """Whether a day counts: always without a window, else among the last days, today included."""
    return not rollup.days or (day is not None and today - timedelta(days=rollup.days) < day <= today)


def result_of(rollup: Rollup, total: int, items: int) -> int | None:
    """The value of an additive fold in units, from its total and its number of items."""
    if rollup.fold == "any":
        return int(total > 0)
    if rollup.fold == "all":
        return int(total == items)
    if rollup.fold == "avg" and not items:
        return None
    parts = (items if rollup.fold == "avg" else 1) * 10 ** (rollup.total_scale - rollup.scale)
    return int(rounded(Fraction(total, parts), 0, rounding_of(rollup.field)))


@dataclass(slots=True)
class Part:
    """What the items come to that were added so far, however many they are."""

    rollup: Rollup
    total: int = 0
    count: int = 0
    chosen: Item | None = None
    values: set[Any] = field(default_factory=set)

    def add(self, item: Item) -> None:
        """One more item."""
        self.count += 1
        if self.rollup.is_additive:
            self.total += units(self.rollup, item.value)
        elif self.rollup.fold == "distinct":
            self.values.add(item.value)
        elif self.chosen is None or _is_chosen(self.rollup.fold, item, self.chosen):
            self.chosen = item

    def value(self) -> Any:
        """The value of the rollup over them."""
        if self.rollup.is_additive:
            whole = result_of(self.rollup, self.total, self.count)
            return shown(self.rollup.field, whole, None) if self.count else nothing(self.rollup.field)
        if self.rollup.fold == "distinct":
            return len(self.values)
        return None if self.chosen is None else self.chosen.value


def _is_chosen(fold_name: str, item: Item, other: Item) -> bool:
    if fold_name in {"first", "last"}:
        return bool(item.order < other.order if fold_name == "first" else item.order > other.order)
    return bool(item.value < other.value if fold_name == "min" else item.value > other.value)


def fold(rollup: Rollup, items: Iterable[Item]) -> Any:
    """The value over all items, in Python."""
    part = Part(rollup)
    for each in items:
        part.add(each)
    return part.value()


def stored(rollup: Rollup, value: Any) -> tuple[int | None, str | None]:
    """A value as the side table keeps it: (whole, words)."""
    kind = rollup.field.value_type.kind
    if value is None:
        return None, None
    if kind in {"number", "boolean"}:
        return (int(value) if isinstance(value, bool) else _whole(rollup, value, rollup.scale)), None
    return None, value if isinstance(value, str) else _iso(value)


def _iso(value: Any) -> str:
    """ISO text of a fixed width, so that it sorts as the value does."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat(timespec="microseconds") if isinstance(value, time) else value.isoformat()


def shown(field: Field, whole: int | None, words: str | None) -> Any:
    """The value that the side table keeps, as Python sees it."""
    kind = field.value_type
    if kind.kind == "number":
        if whole is None:
            return None
        return whole if kind.integer else Decimal(whole).scaleb(-(kind.scale or 0))
    if kind.kind == "boolean":
        return bool(whole)
    if words is None or kind.kind == "text":
        return words
    reader: dict[str, Any] = {"date": date, "datetime": datetime, "time": time}
    return reader[kind.kind].fromisoformat(words)
