"""What the outside says as JSON: numbers exact, nothing nested too deep, no names that mean something here."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from tessera.errors import Json

MOST_DEPTH = 64
_MOST_DIGITS = 400


def json_of(text: str) -> Json:
    """The JSON value of a text; None when it is none. Numbers with a fraction are Decimal.

    A name that begins with "~" begins with "_" here: values of runs are kept under such names.

    >>> json_of('{"sum": 1.50, "~n": "x"}'), json_of("no")
    ({'sum': Decimal('1.50'), '_n': 'x'}, None)
    """
    try:
        value = json.loads(text, parse_float=_decimal, parse_int=_whole, parse_constant=_refuse)
    except (ValueError, RecursionError, ArithmeticError):
        return None
    return plain(value)


def plain(value: Json, depth: int = 0) -> Any:
    """JSON from outside as values of runs may hold it; what is nested too deep is cut off."""
    if depth > MOST_DEPTH:
        return None
    if isinstance(value, dict):
        return {
            f"_{name[1:]}" if name.startswith("~") else name: plain(each, depth + 1) for name, each in value.items()
        }
    if isinstance(value, list):
        return [plain(each, depth + 1) for each in value]
    return value.replace("\x00", "") if isinstance(value, str) else value


def _decimal(text: str) -> Decimal:
    if len(text) > _MOST_DIGITS or abs((found := Decimal(text)).adjusted()) > _MOST_DIGITS:
        raise ValueError("a number that is too long")
    return found


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError("a number that is too long")
    return int(text)


def _refuse(_text: str) -> NoReturn:
    raise ValueError("no JSON number")
