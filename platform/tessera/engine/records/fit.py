"""Makes the result of a formula, or a typed value from a mapping, fit the column of its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from tessera.meta.fields.errors import OutOfRange, WrongType
from tessera.meta.fields.exact import rounded
from tessera.meta.model import Field

Fit: TypeAlias = "Callable[[Any], Any]"
"""Gives the value as it is stored; blanks pass. Raises: FieldError."""


def typed_loader(field: Field) -> Fit:
    """Checks a Python value of the field's type as if it had come over the wire."""
    kind = field.storage.kind if field.storage else ""
    if kind in {"date", "datetime", "time"}:
        return _temporal(kind)
    return field.load


def fitter(field: Field) -> Fit:
    """Brings the result of a field's formula (or default, or capture) into the form in which the field keeps it."""
    if field.type in {"reference", "user"}:
        return _record_id
    kind = field.value_type
    if kind.kind == "number":
        storage = field.storage
        is_integer = kind.integer if storage is None else storage.kind == "integer"
        scale = kind.scale if storage is None or storage.kind != "decimal" else storage.scale
        digits = 18 if storage is None else storage.precision
        rounding = str(field.options.get("rounding", "half_up"))
        return _number(0 if is_integer else scale, rounding, digits, is_integer=is_integer)
    if kind.kind == "datetime":
        return _temporal("datetime")
    if field.default is not None and kind.kind in {"text", "boolean"}:
        return field.load
    return _anything


def _anything(value: Any) -> Any:
    return value


def _record_id(value: Any) -> Any:
    return value.get("id") if isinstance(value, Mapping) else value


def _number(scale: int | None, rounding: str, digits: int, *, is_integer: bool) -> Fit:
    limit = Decimal(10) ** (digits - (scale or 0))

    def fit(value: Any) -> Any:
        if value is None:
            return None
        if scale is None:
            return rounded(value, 12, rounding) if isinstance(value, Fraction) else value
        number = rounded(value, scale, rounding)
        if not -limit < number < limit:
            raise OutOfRange(min=str(-limit), max=str(limit))
        return int(number) if is_integer else number

    return fit


def _temporal(kind: str) -> Fit:
    wanted = {"date": date, "datetime": datetime, "time": time}[kind]

    def fit(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, wanted) or (kind == "date" and isinstance(value, datetime)):
            raise WrongType(expected=f"a {kind}")
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise WrongType(expected="an instant with its time zone")
            return value if value.tzinfo is UTC else value.astimezone(UTC)
        return value

    return fit
