"""Whether a value is what a scenario expects, and in words how it differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from tessera.errors import Json


def differences(expected: Json, value: Any, place: str = "") -> Iterator[str]:
    """Each difference in words; nothing when they agree. Objects may have more keys than expected, lists may not.

    >>> list(differences({"total": "12.50", "code": "A"}, {"total": Decimal("12.5"), "code": "B", "id": 1}))
    ["code: expected 'A', found 'B'"]
    """
    if isinstance(expected, Mapping) and isinstance(value, Mapping):
        for name, each in expected.items():
            inner = f"{place}.{name}" if place else name
            if name not in value:
                yield f"{inner}: expected {each!r}, found nothing of that name"
            else:
                yield from differences(each, value[name], inner)
    elif isinstance(expected, list) and isinstance(value, Sequence) and not isinstance(value, str):
        if len(expected) != len(value):
            yield f"{place}: expected {len(expected)} of them, found {len(value)}"
        for index, (each, found) in enumerate(zip(expected, value, strict=False)):
            yield from differences(each, found, f"{place}[{index}]")
    elif not agrees(expected, value):
        yield f"{place}: expected {expected!r}, found {shown(value)}"


def agrees(expected: Json, value: Any) -> bool:
    """Whether a plain value is the expected one: numbers by value, dates and instants in ISO form.

    >>> agrees("3.10", Decimal("3.1")), agrees("2026-01-31", date(2026, 1, 31)), agrees(1, True)
    (True, True, False)
    """
    if expected is None or isinstance(expected, bool) or isinstance(value, bool) or value is None:
        return value is expected
    if isinstance(value, Decimal | int | Fraction):
        return _number(expected) == value
    if isinstance(value, datetime):
        return isinstance(expected, str) and _same_instant(expected, value)
    if isinstance(value, date | time):
        return bool(expected == value.isoformat())
    return bool(expected == value)


def shown(value: Any) -> str:
    """A value as the difference names it."""
    if isinstance(value, Decimal):
        return repr(f"{value:f}")
    return repr(value.isoformat()) if isinstance(value, datetime | date | time) else repr(value)


def _number(value: Json) -> Decimal | None:
    try:
        return Decimal(value) if isinstance(value, str | int) else None
    except InvalidOperation:
        return None


def _same_instant(text: str, value: datetime) -> bool:
    try:
        return datetime.fromisoformat(text) == value
    except (ValueError, TypeError):
        return False
