"""Values of one column type as values of another, exactly or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from tessera.meta.model import Storage
from tessera.store.column_types import EXACT, json_text

Convert = Callable[[Any], Any]


class CannotConvert(ValueError):
    """The value has no exact counterpart in the other type."""


def conversion(source: Storage, target: Storage) -> Convert:
    """What turns a value, never None, of one storage into the other's. It raises CannotConvert."""
    if target.kind == "text":
        return _text_of
    if target.kind == "decimal":
        return lambda value: _decimal(value, target)
    return {
        "integer": _integer,
        "boolean": _boolean,
        "date": _date,
        "datetime": _datetime,
        "time": _time,
        "json": lambda value: value,
    }[target.kind]


def _text_of(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (dict, list)):
        return json_text(value)
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool):
        return Decimal(int(value))
    if not isinstance(value, (int, str, Decimal)):
        raise CannotConvert(value)
    try:
        number = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    except InvalidOperation as error:
        raise CannotConvert(value) from error
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise CannotConvert(value)
    return number


def _decimal(value: Any, target: Storage) -> Decimal:
    try:
        number = EXACT.quantize(_number(value), Decimal(1).scaleb(-target.scale))
    except ArithmeticError as error:
        raise CannotConvert(value) from error
    if abs(number) >= Decimal(10) ** (target.precision - target.scale):
        raise CannotConvert(value)
    return number


def _integer(value: Any) -> int:
    number = _number(value)
    if number != number.to_integral_value() or abs(number) >= 2**63:
        raise CannotConvert(value)
    return int(number)


_TRUE = frozenset({"true", "yes", "1", "是"})
_FALSE = frozenset({"false", "no", "0", "否"})


def _boolean(value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise CannotConvert(value)
    return text in _TRUE


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else _parsed(date.fromisoformat, value)


def _datetime(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    found: datetime = _parsed(datetime.fromisoformat, value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _time(value: Any) -> time:
    if isinstance(value, datetime):
        return value.timetz().replace(tzinfo=None)
    return value if isinstance(value, time) else _parsed(time.fromisoformat, value)


def _parsed(parse: Callable[[str], Any], value: Any) -> Any:
    if not isinstance(value, str):
        raise CannotConvert(value)
    try:
        return parse(value.strip())
    except ValueError as error:
        raise CannotConvert(value) from error
