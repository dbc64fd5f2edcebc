"""Values as they are kept between the two phases of an import: plain JSON, exact, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tessera.errors import Json
from tessera.formula import FormulaError
from tessera.formula.shapes import Type

_INT64 = 1 << 63


def pack(value: Any) -> Json:
    """A formula's value as JSON. Raises: FormulaError("not_exact") for a fraction without end."""
    if value is None or value.__class__ in (str, bool):
        return value
    if value.__class__ is int:
        return value if -_INT64 <= value < _INT64 else str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Fraction):
        raise FormulaError("not_exact", "The result has no end as a decimal.", hint="Round it.")
    if isinstance(value, dict):
        return value.get("id")
    raise FormulaError("wrong_value", "A row cannot keep such a value.")


def unpacker(type_: Type) -> Callable[[Any], Any] | None:
    """How a packed value of that type (never None) becomes a value again; None when it is one already."""
    return _UNPACKERS.get(type_.kind)


def _number(value: Json) -> int | Decimal:
    return value if value.__class__ is int else Decimal(value)


_UNPACKERS: dict[str, Callable[[Any], Any]] = {
    "number": _number,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}


KEY_CHARACTERS = 500


def as_key(value: Any) -> str | None:
    """A document's key: its text. Raises: FormulaError("key_too_long")."""
    if value is None:
        return None
    text = value if value.__class__ is str else str(pack(value))
    if len(text) > KEY_CHARACTERS:
        raise FormulaError("key_too_long", f"The key of a document has at most {KEY_CHARACTERS} characters.")
    return text
