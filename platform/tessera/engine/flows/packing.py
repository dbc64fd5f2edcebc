"""Values of runs as JSON and back: exact numbers, days and instants stay so, records are kept by their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from tessera.errors import Json
from tessera.formula.shapes import Type

_MOST_JSON = 2**53
_READERS: Mapping[str, Callable[[str], Any]] = {
    "n": Decimal,
    "i": int,
    "d": date.fromisoformat,
    "t": datetime.fromisoformat,
    "c": time.fromisoformat,
}  # fmt: skip


def pack(value: Any, type_: Type | None = None) -> Json:
    """The value as JSON. A record of an entity becomes {"id": number}: type_ says that it is one.

    >>> pack({"sum": Decimal("1.50"), "on": date(2026, 1, 31)})
    {'sum': {'~n': '1.50'}, 'on': {'~d': '2026-01-31'}}
    """
    if value is None or value is True or value is False or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if -_MOST_JSON < value < _MOST_JSON else {"~i": str(value)}
    if isinstance(value, Decimal):
        return {"~n": f"{value:f}"}
    if isinstance(value, datetime):
        return {"~t": value.isoformat()}
    if isinstance(value, date):
        return {"~d": value.isoformat()}
    if isinstance(value, time):
        return {"~c": value.isoformat()}
    if isinstance(value, Mapping):
        if is_record(type_):
            return {"id": value["id"]}
        shape = type_.shape if type_ is not None and type_.kind == "record" else None
        return {str(name): pack(each, _member_type(shape, name)) for name, each in value.items()}
    inner = None
    if type_ is not None and type_.kind == "list":
        inner = type_.item or Type("record", shape=type_.shape)
    return [pack(each, inner) for each in value]


def _member_type(shape: Any, name: str) -> Type | None:
    member = shape.member(name) if shape is not None else None
    return member.type if member is not None else None


def unpack(packed: Json) -> Any:
    """The value again; records stay {"id": number}.

    >>> unpack({'sum': {'~n': '1.50'}})
    {'sum': Decimal('1.50')}
    """
    if isinstance(packed, dict):
        if len(packed) == 1:
            [(name, text)] = packed.items()
            if name[:1] == "~" and name[1:] in _READERS:
                return _READERS[name[1:]](text)
        return {name: unpack(each) for name, each in packed.items()}
    return [unpack(each) for each in packed] if isinstance(packed, list) else packed


def is_record(type_: Type | None) -> bool:
    """Whether a type is of records of an entity, lines among them: a shape that has an id and fields with keys."""
    if type_ is None or type_.kind != "record" or type_.shape is None:
        return False
    member = type_.shape.member("id")
    return member is not None and member.type.kind == "number" and bool(member.ref)


def wire(value: Any) -> Json:
    """A value as the API writes and takes it: exact numbers and days as texts, records by their ids."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: wire(each) for name, each in value.items()}
    return [wire(each) for each in value]
