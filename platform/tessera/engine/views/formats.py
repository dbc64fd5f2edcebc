"""Values of a view's columns as they are shown and exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import orjson

from tessera.errors import Json
from tessera.formula.arithmetic import Number, round_to_scale
from tessera.meta.kinds.view import ViewColumn

Plain: TypeAlias = "str | int | Decimal | bool | None"


def shaper(column: ViewColumn, zone: ZoneInfo) -> Callable[[Any], Plain]:
    """A function from a value of the column to what stands in its cell: a text, a number, yes or no, or nothing."""
    scale = column.scale
    if column.format == "minor":
        return lambda value: None if value is None else minor(value, scale)
    if column.format == "decimal":
        return lambda value: None if value is None else _fixed(value, scale)
    if column.format == "percent":
        return lambda value: None if value is None else f"{_fixed(value * 100, scale)}%"
    if column.format == "date":
        return lambda value: None if value is None else _day(value, zone)
    return lambda value: plain(value, zone)


def minor(value: Number, scale: int) -> int:
    """The amount in whole smallest units.

    >>> minor(Decimal("12.30"), 2)
    1230
    """
    return int(round_to_scale(value * 10**scale, 0, "half_up"))


def _fixed(value: Number, scale: int) -> Decimal:
    return Decimal(f"{round_to_scale(value, scale, 'half_up'):.{scale}f}")


def _day(value: Any, zone: ZoneInfo) -> str:
    return str((value.astimezone(zone).date() if isinstance(value, datetime) else value).isoformat())


def plain(value: Any, zone: ZoneInfo) -> Plain:
    """A value without a format: instants in the zone, to the second unless they are finer."""
    if value is None or isinstance(value, str | bool | int | Decimal):
        return value
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Fraction):
        return Decimal(f"{round_to_scale(value, 12, 'half_up'):f}")
    if isinstance(value, Mapping) and "id" in value:
        return str(value["id"])
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def as_text(value: Plain) -> str:
    """A cell as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def as_json(value: Plain) -> Json:
    """A cell as JSON: decimals as texts."""
    return format(value, "f") if isinstance(value, Decimal) else value
