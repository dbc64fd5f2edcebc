"""What is left of a value of which only a part may be seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

_DOTS = "•••"


def _last_four(value: Any) -> Any:
    text = str(value)
    return _DOTS + text[-4:] if len(text) > 4 else _DOTS


def _first_letter(value: Any) -> Any:
    return str(value)[:1] + _DOTS


def _email(value: Any) -> Any:
    name, at, host = str(value).rpartition("@")
    return f"{name[:1]}{_DOTS}{at}{host}" if at else _DOTS


def _year(value: Any) -> Any:
    return str(value.year) if isinstance(value, date) else _DOTS


_MASKS: dict[str, Callable[[Any], Any]] = {
    "last_four": _last_four,
    "first_letter": _first_letter,
    "email": _email,
    "year": _year,
}


def masked(mask: str, value: Any) -> str | None:
    """The visible rest of a value, as a text; blank stays blank. An unknown mask hides everything.

    >>> masked("last_four", "13800001234"), masked("email", "ann@example.org"), masked("all", 5)
    ('•••1234', 'a•••@example.org', '•••')
    """
    if value is None:
        return None
    make = _MASKS.get(mask)
    return _DOTS if make is None else str(make(value))
