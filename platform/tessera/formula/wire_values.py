"""Values that come as JSON, read as the types of formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tessera.errors import Json

MOST_DIGITS = 30
MOST_CHARACTERS = 100_000


def from_wire(kind: str, value: Json, *, most_characters: int = MOST_CHARACTERS) -> Any:
    """The value as that kind (number, datetime, date, text, boolean, json); None when it is none of it.

    Numbers may come as texts, so that none is rounded on its way; instants have their offset; a text has no NUL.
    most_characters: of a text.

    >>> from_wire("number", "12.50"), from_wire("number", "12.00"), from_wire("number", True)
    (Decimal('12.50'), 12, None)
    >>> from_wire("date", "2026-01-31"), from_wire("date", "20260131")
    (datetime.date(2026, 1, 31), None)
    """
    convert = _CONVERTERS.get(kind)
    try:
        found = convert(value) if convert is not None else None
    except (ValueError, InvalidOperation, OverflowError):
        return None
    return None if kind == "text" and found is not None and len(found) > most_characters else found


def _number(value: Json) -> int | Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS or len(number.as_tuple().digits) > MOST_DIGITS:
        return None
    return int(number) if number == number.to_integral_value() else number


def _instant(value: Json) -> datetime | None:
    found = datetime.fromisoformat(value) if isinstance(value, str) else None
    return found if found is not None and found.tzinfo is not None else None


_CONVERTERS: Mapping[str, Callable[[Json], Any]] = {
    "number": _number,
    "datetime": _instant,
    "date": lambda value: date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None,
    "text": lambda value: value if isinstance(value, str) and "\x00" not in value else None,
    "boolean": lambda value: value if isinstance(value, bool) else None,
    "json": lambda value: value,
}
