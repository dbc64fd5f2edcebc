"""Values that come as JSON, as the inputs of a trigger want them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tessera.errors import Json, TesseraError
from tessera.formula.shapes import Member

_MOST_DIGITS = 30
_MOST_CHARACTERS = 100_000


class BadInput(TesseraError):
    """The value "{name}" is not as the flow wants it: {why}"""

    code = "bad_input"
    status = 422


def loaded_inputs(inputs: Sequence[Member], body: Mapping[str, Json]) -> dict[str, Any]:
    """The values of the inputs, found under their names. Raises: BadInput("bad_input")."""
    return {each.name: _loaded(each, body.get(each.name)) for each in inputs}


def _loaded(member: Member, value: Json) -> Any:
    if value is None:
        if not member.type.nullable:
            raise BadInput(name=member.name, why="it is missing.")
        return None
    kind = member.type.kind
    try:
        found = _READERS[kind](value) if kind in _READERS else value
    except (ValueError, InvalidOperation, OverflowError):
        found = None
    if found is None:
        raise BadInput(name=member.name, why=f"it is no {kind}.")
    return found


def _number(value: Json) -> int | Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS or len(number.as_tuple().digits) > _MOST_DIGITS:
        return None
    return int(number) if number == number.to_integral_value() else number


def _instant(value: Json) -> datetime | None:
    found = datetime.fromisoformat(value) if isinstance(value, str) else None
    return found if found is not None and found.tzinfo is not None else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and len(value) <= _MOST_CHARACTERS and "\x00" not in value else None


_READERS = {
    "number": _number,
    "text": _text,
    "boolean": lambda value: value if isinstance(value, bool) else None,
    "date": lambda value: date.fromisoformat(value) if isinstance(value, str) else None,
    "datetime": _instant,
}
