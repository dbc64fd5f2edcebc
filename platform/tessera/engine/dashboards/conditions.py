"""Conditions as texts of formulas: of choices, of groups, and joined. Values stand in them as quoted constants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from tessera.engine.dashboards.periods import Period, within
from tessera.errors import Json
from tessera.meta.model import Entity, Model, system_members
from tessera.store.buckets import PARTS, next_first_day


def joined(*conditions: str) -> str:
    """All of the conditions that say something.

    >>> joined("a = 1", "", "b OR c")
    '(a = 1) AND (b OR c)'
    """
    texts = [each.strip().removeprefix("=").strip() for each in conditions if each]
    return texts[0] if len(texts) == 1 else " AND ".join(f"({each})" for each in texts if each)


def kind_of(model: Model, entity: Entity, path: str) -> str:
    """What stands at the end of a path: text, number, date, record …; "" when nothing is there."""
    here: Entity | None = entity
    names = path.split(".")
    for place, name in enumerate(names):
        field = here.field(name) if here is not None else None
        if field is None:
            own = system_members(here.key, is_line=False) if here is not None else ()
            return next((each.type.kind for each in own if each.name == name), "")
        if place == len(names) - 1:
            return "record" if field.type == "reference" else field.value_type.kind
        here = model.entities.get(field.target)
    return ""


def constant(value: Json, kind: str) -> str | None:
    """A value as a constant of a formula of that kind, None when it is no such value.

    >>> constant("it's", "text"), constant("1.50", "number"), constant("x", "number")
    ("'it''s'", '1.50', None)
    """
    if kind == "boolean":
        return {True: "TRUE", False: "FALSE", "true": "TRUE", "false": "FALSE"}.get(value)
    if kind in ("number", "record"):
        return _number(value)
    if not isinstance(value, str) or "\x00" in value or any("\ud800" <= each <= "\udfff" for each in value):
        return None
    if kind in ("date", "datetime"):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            return None
        if kind == "datetime" and instant.tzinfo is None:
            return None
    return "'" + value.replace("'", "''") + "'"


def _number(value: Json) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 20 or len(number.as_tuple().digits) > 28:
        return None
    return f"{number:f}"


def is_one_of(path: str, kind: str, values: Iterable[Json]) -> str | None:
    """The condition that a field has one of these values (None: is blank); None when one of them is no such value."""
    at = f"{path}.id" if kind == "record" else path
    parts = []
    for each in values:
        if each is None:
            parts.append(f"ISBLANK({path})")
            continue
        text = constant(each, kind)
        if text is None:
            return None
        parts.append(f"{at} = {text}")
    return " OR ".join(parts) if parts else "TRUE"


def in_group(path: str, kind: str, bucket: str, value: Any, zone: ZoneInfo) -> str:
    """The condition that a record falls into a group, "" for one that no list can be asked for."""
    if value is None:
        return f"ISBLANK({path})"
    if bucket in PARTS:
        part = "HOUR" if bucket == "hour" else "WEEKDAY"
        return f"{part}({path}) = {value}" if kind == "date" else f"{part}({path}, '{zone.key}') = {value}"
    if bucket:
        last = next_first_day(value, bucket) - timedelta(days=1)
        return within(path, kind, Period(value, last), zone)
    wire = value.isoformat() if isinstance(value, date) else value
    return is_one_of(path, kind, [wire]) or ""
