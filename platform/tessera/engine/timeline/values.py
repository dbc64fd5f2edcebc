"""How decisions are written down: compact JSON in which numbers are texts, and columns of line values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import orjson

from tessera.errors import Json

_NUMBERS = frozenset({int, Decimal})


def line_text(lines: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Json]:
    """For each name the column of its values: a list, or the one value that all lines share.

    >>> line_text([{"a": 1, "b": 1}, {"a": 1, "b": 2}], ["a", "b"])
    {'a': '1', 'b': ['1', '2']}
    """
    columns: dict[str, Json] = {}
    for name in names:
        values = [line.get(name) for line in lines]
        if values and values.count(values[0]) == len(values):
            columns[name] = plain(values[0])
        elif _NUMBERS.issuperset(map(type, values)):
            columns[name] = list(map(str, values))
        else:
            columns[name] = [plain(value) for value in values]
    return columns


def line_columns(columns: Mapping[str, Json], count: int) -> dict[str, list[Json]]:
    """The inverse of line_text as texts: a list of `count` values for each name."""
    return {name: value if isinstance(value, list) else [value] * count for name, value in columns.items()}


def plain(value: Any) -> Json:
    """A value of a formula as JSON: numbers and dates as text, a table's row as its uid."""
    if value is None or value is True or value is False or isinstance(value, str):
        return value
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {"id": value.get("id")}
    if isinstance(value, Iterable):
        return [plain(each) for each in value]
    return str(value)


def dump(value: Any) -> str:
    """Compact JSON text."""
    return orjson.dumps(value, default=plain).decode()


def typed(text: Json, kind: str) -> Any:
    """The value of that kind of type that was written as JSON; rows of tables stay {"id": uid}."""
    if text is None or kind in {"text", "boolean", "record", "list"}:
        return text
    if kind == "number":
        return number(text)
    if kind == "datetime":
        return datetime.fromisoformat(text)
    return date.fromisoformat(text) if kind == "date" else text


def number(text: str) -> int | Decimal:
    """A number that was written as text.

    >>> number("12"), number("1.50")
    (12, Decimal('1.50'))
    """
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "number"), (Decimal, "number"), (datetime, "datetime"), (date, "date"), (str, "text"),
)


def pack(value: Any) -> Json:
    """A value with its kind, so that `unpack` gives the same."""
    kind = next((name for type_, name in _KINDS if isinstance(value, type_)), "text")
    return [kind, plain(value)]


def unpack(packed: Json) -> Any:
    """The value that was packed."""
    kind, text = packed
    return typed(text, kind)
