"""Whole columns of values made fit for the driver: what `column_types` does to one value, many at a time.

A loop over one column is far faster than over rows, and most checks can be made once for a whole column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

import sqlalchemy as sa

from tessera.store.column_types import (
    EXACT,
    BigInt,
    Boolean,
    ExactDecimal,
    ExactType,
    Instant,
    JsonText,
    LocalDate,
    Text,
    dumper,
)

Values: TypeAlias = Sequence[Any]
ColumnDumper: TypeAlias = Callable[[Values], Values]

_NONE = type(None)
_TEXT_OR_NONE = {str, _NONE}
_WHOLE_OR_NONE = {int, _NONE}
_BOOLEAN_OR_NONE = {bool, _NONE}
_DECIMAL_OR_NONE = {Decimal, _NONE}
_MAX_INT = 2**63 - 1


def column_dumper(column: sa.Column[Any], dialect: str) -> ColumnDumper | None:
    """What makes a column of Python values, None among them, fit for the driver; None when nothing is to be done."""
    convert = dumper(column, dialect)
    if convert is None:
        return None
    type_ = column.type

    def one_by_one(values: Values) -> Values:
        return [None if value is None else convert(value) for value in values]

    if isinstance(type_, BigInt):
        return lambda values: values if _are_whole(values) else one_by_one(values)
    if isinstance(type_, Text):
        return lambda values: values if _are_texts(values) else one_by_one(values)
    if isinstance(type_, Boolean):
        return lambda values: values if set(map(type, values)) <= _BOOLEAN_OR_NONE else one_by_one(values)
    if isinstance(type_, ExactDecimal):
        whole = _scaled(type_, one_by_one) if dialect == "sqlite" else one_by_one
        return lambda values: _each_once(values, whole)
    if isinstance(type_, Instant):
        ready = _instants if dialect == "sqlite" else _same_instant
        return lambda values: ready(values) or one_by_one(values)
    if isinstance(type_, LocalDate):
        days = partial(map, date.isoformat) if dialect == "sqlite" else iter
        return lambda values: list(days(values)) if set(map(type, values)) == {date} else one_by_one(values)
    return one_by_one


_REPEATING = 200
"""Columns from this length on are looked through for values that repeat."""


def _each_once(values: Values, dump: ColumnDumper) -> Values:
    """The dumped column; where decimals repeat, each of them is dumped once."""
    if len(values) < _REPEATING or not set(map(type, values)) <= _DECIMAL_OR_NONE:
        return dump(values)
    try:
        distinct = list(set(values))
    except TypeError:  # a signalling NaN, which the dumper refuses
        return dump(values)
    if len(distinct) * 2 > len(values):
        return dump(values)
    known = dict(zip(distinct, dump(distinct), strict=True))
    return list(map(known.__getitem__, values))


def copy_texts(column: sa.Column[Any], dialect: str) -> Callable[[Values], Sequence[str]]:
    """What makes a column of Python values the texts that PostgreSQL's COPY reads."""
    convert = column_dumper(column, dialect)
    write: Callable[[Values], Sequence[str]] = _escaped_texts
    if isinstance(column.type, Boolean):
        write = _boolean_texts
    elif isinstance(column.type, sa.LargeBinary):
        write = _byte_texts
    elif isinstance(column.type, ExactType) and not isinstance(column.type, (Text, JsonText)):
        write = _plain_texts
    if convert is None:
        return write
    return lambda values: write(convert(values))


def array_text(column: sa.Column[Any], dialect: str) -> Callable[[Values], str]:
    """What makes a column of Python values one array of PostgreSQL as text: far faster than the driver's own."""
    convert = column_dumper(column, dialect)
    texts_of: Callable[[Values], Sequence[str | None]] = _boolean_names if isinstance(column.type, Boolean) else _texts
    if isinstance(column.type, sa.LargeBinary):
        texts_of = _hexadecimal

    def dump(values: Values) -> str:
        texts = texts_of(values if convert is None else convert(values))
        every = "".join(filter(None, texts))
        if "\\" in every or '"' in every:
            texts = [text and text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
        if None in texts:
            return "{" + ",".join(["NULL" if text is None else f'"{text}"' for text in texts]) + "}"
        return '{"' + '","'.join(texts) + '"}' if texts else "{}"  # type: ignore[arg-type]

    return dump


def _are_whole(values: Values) -> bool:
    kinds = set(map(type, values))
    if not kinds <= _WHOLE_OR_NONE:
        return False
    known = values if _NONE not in kinds else [value for value in values if value is not None]
    return not known or bool(max(known) <= _MAX_INT and min(known) >= -_MAX_INT - 1)


def _are_texts(values: Values) -> bool:
    return set(map(type, values)) <= _TEXT_OR_NONE and "\0" not in "".join(filter(None, values))


def _scaled(type_: ExactDecimal, one_by_one: ColumnDumper) -> ColumnDumper:
    limit = 10**type_.precision
    scale = type_.scale
    scaleb, whole = EXACT.scaleb, EXACT.to_integral_exact

    def dump(values: Values) -> Values:
        try:
            numbers = [None if value is None else int(whole(scaleb(value, scale))) for value in values]
        except (ArithmeticError, ValueError, TypeError):
            return one_by_one(values)
        known = [number for number in numbers if number is not None] if None in numbers else numbers
        if known and not (max(known) < limit and min(known) > -limit):  # type: ignore[type-var]
            return one_by_one(values)
        return numbers

    return dump


def _instants(values: Values) -> Values | None:
    """The texts of instants that are all there and all in UTC; None for other columns."""
    if set(map(type, values)) != {datetime} or {value.tzinfo for value in values} != {UTC}:
        return None
    if values.count(values[0]) == len(values):
        return [_instant_text(values[0])] * len(values)
    return list(map(_instant_text, values))


def _same_instant(values: Values) -> Values | None:
    """The values when they are one aware instant again and again; None for other columns."""
    first = values[0] if values else None
    is_aware = isinstance(first, datetime) and first.tzinfo is not None
    return values if is_aware and values.count(first) == len(values) else None


def _instant_text(value: datetime) -> str:
    return value.isoformat(timespec="microseconds")[:26] + "Z"


_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _escaped_texts(values: Values) -> Sequence[str]:
    texts = _texts(values)
    every = "".join(filter(None, texts))
    if "\\" in every or "\n" in every or "\t" in every or "\r" in every:
        return ["\\N" if text is None else text.translate(_ESCAPES) for text in texts]
    return ["\\N" if text is None else text for text in texts] if None in texts else texts  # type: ignore[return-value]


def _texts(values: Values) -> Sequence[str | None]:
    if set(map(type, values)) <= _TEXT_OR_NONE:
        return values
    return [None if value is None else str(value) for value in values]


def _plain_texts(values: Values) -> Sequence[str]:
    if len(values) > 1 and values[0] is values[-1] and values.count(values[0]) == len(values):
        return ["\\N" if values[0] is None else str(values[0])] * len(values)
    return ["\\N" if value is None else str(value) for value in values] if None in values else list(map(str, values))


def _boolean_texts(values: Values) -> Sequence[str]:
    return ["\\N" if value is None else "t" if value else "f" for value in values]


def _boolean_names(values: Values) -> Sequence[str | None]:
    return [None if value is None else "t" if value else "f" for value in values]


def _hexadecimal(values: Values) -> Sequence[str | None]:
    return [None if value is None else f"\\x{value.hex()}" for value in values]


def _byte_texts(values: Values) -> Sequence[str]:
    # COPY takes a backslash as the beginning of an escape, so the one of the hexadecimal form stands twice.
    return ["\\N" if value is None else f"\\\\x{value.hex()}" for value in values]
