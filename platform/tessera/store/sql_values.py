"""Values of formulas as SQL expressions, with what is needed to compare and compute them exactly.

On SQLite a number is a whole number scaled by 10^scale; its bound tells whether a result can still be held by 64
bits. What cannot be done exactly raises NotPortable.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement

from tessera.store.column_types import BigInt, Boolean, Instant, LocalDate, LocalTime, Text

Condition = ColumnElement[bool]

MAX_INT = 2**63 - 1


class NotPortable(Exception):
    """This formula has no exact counterpart in SQL."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a formula's node is in SQL.

    expression: None for a constant, whose Python value is `constant`. scale and bound: of a number kept as a whole
    number (on SQLite, and whole numbers on PostgreSQL); scale None is a NUMERIC of PostgreSQL.
    """

    kind: str
    expression: ColumnElement[Any] | None = None
    constant: Any = None
    scale: int | None = None
    bound: int = MAX_INT
    is_nullable: bool = True

    def sql(self) -> ColumnElement[Any]:
        """The expression; a constant becomes a bound value."""
        return self.expression if self.expression is not None else bound(self.kind, self.constant)


_BOUND_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": Text(),
    "boolean": Boolean(),
    "date": LocalDate(),
    "datetime": Instant(),
    "time": LocalTime(),
    "record": BigInt(),
}


def constant(kind: str, value: Any) -> Value:
    """A constant; '' is blank."""
    return Value(kind, constant=None if value == "" else value, is_nullable=value is None or value == "")


def bound(kind: str, value: Any) -> ColumnElement[Any]:
    """A constant as a bound parameter, a blank as NULL. Raises: NotPortable for a fraction that does not end."""
    if value is None:
        return sa.null()
    if isinstance(value, Fraction):
        raise NotPortable
    if kind in ("number", "record"):
        whole = isinstance(value, int) and abs(value) <= MAX_INT
        return sa.bindparam(None, value, sa.BigInteger() if whole else sa.Numeric(), unique=True)
    return sa.bindparam(None, value, _BOUND_TYPES[kind], unique=True)


def is_blank(value: Value) -> Condition:
    """Whether it is blank."""
    if value.expression is None:
        return sa.true() if value.constant is None else sa.false()
    return value.expression.is_(None) if value.is_nullable else sa.false()


def is_filled(value: Value) -> Condition:
    """Whether it is not blank."""
    if value.expression is None:
        return sa.false() if value.constant is None else sa.true()
    return value.expression.is_not(None) if value.is_nullable else sa.true()


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_INVERSE = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_FLIPPED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def compare(op: str, left: Value, right: Value, *, wanted: bool) -> Condition:
    """A condition that is true when `left op right` is what is wanted; never true for the wrong reason of a NULL."""
    if left.expression is None and right.expression is None:
        return sa.true() if _holds(op, left.constant, right.constant) == wanted else sa.false()
    if left.expression is None:
        left, right, op = right, left, _FLIPPED[op]
    if op in ("=", "<>"):
        return _equal(left, right, wanted=(op == "=") == wanted)
    if right.expression is None and right.constant is None:
        return sa.false() if wanted else sa.true()
    if wanted:
        return _plain(op, left, right)
    return sa.or_(_plain(_INVERSE[op], left, right), is_blank(left), is_blank(right))


def _holds(op: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return {"=": left is right, "<>": left is not right}.get(op, False)
    return bool(_OPERATORS[op](left, right))


def _equal(left: Value, right: Value, *, wanted: bool) -> Condition:
    if right.expression is None and right.constant is None:
        return is_blank(left) if wanted else is_filled(left)
    both_may_be_blank = left.is_nullable and right.is_nullable
    if wanted:
        plain = _plain("=", left, right)
        return sa.or_(plain, sa.and_(is_blank(left), is_blank(right))) if both_may_be_blank else plain
    plain = _plain("<>", left, right)
    if both_may_be_blank:
        one = sa.and_(is_blank(left), is_filled(right))
        return sa.or_(plain, one, sa.and_(is_filled(left), is_blank(right)))
    return sa.or_(plain, is_blank(left), is_blank(right))


def _plain(op: str, left: Value, right: Value) -> Condition:
    """The comparison of two values that are both there."""
    if left.kind == "number":
        return _plain_numbers(op, left, right)
    result: Condition = _OPERATORS[op](left.sql(), right.sql())
    return result


def _plain_numbers(op: str, left: Value, right: Value) -> Condition:
    result: Condition
    if right.expression is None and left.scale is not None:
        return _against_whole(op, left, Fraction(right.constant) * 10**left.scale)
    if left.scale is not None and right.scale is not None and left.scale != right.scale:
        left, right = aligned(left, right)
    result = _OPERATORS[op](left.sql(), right.sql())
    return result


def _against_whole(op: str, left: Value, number: Fraction) -> Condition:
    """A whole-number expression against any number: what lies between two whole numbers is compared with the lower."""
    floor = math.floor(number)
    if floor != number:
        if op in ("=", "<>"):
            return sa.false() if op == "=" else is_filled(left)
        op = "<=" if op in ("<", "<=") else ">"
    if abs(floor) > MAX_INT:
        holds = _OPERATORS[op](0, floor)
        return is_filled(left) if holds else sa.false()
    result: Condition = _OPERATORS[op](left.sql(), sa.bindparam(None, floor, sa.BigInteger(), unique=True))
    return result


def rescaled(value: Value, scale: int) -> Value:
    """The same number with more places. Raises: NotPortable when it might not fit."""
    assert value.scale is not None
    factor = 10 ** (scale - value.scale)
    if factor == 1:
        return value
    if value.bound * factor > MAX_INT:
        raise NotPortable
    return replace(
        value, expression=value.sql() * sa.literal_column(str(factor)), scale=scale, bound=value.bound * factor
    )


def aligned(left: Value, right: Value) -> tuple[Value, Value]:
    """Both numbers with the same number of places."""
    assert left.scale is not None
    assert right.scale is not None
    scale = max(left.scale, right.scale)
    return rescaled(left, scale), rescaled(right, scale)


def whole_constant(value: Value) -> Value:
    """A constant number as a scaled whole number. Raises: NotPortable for a fraction or one that is too long."""
    number = value.constant
    if number is None or isinstance(number, Fraction):
        raise NotPortable
    decimal = Decimal(number)
    exponent = decimal.as_tuple().exponent
    scale = max(0, -exponent) if isinstance(exponent, int) else 0
    whole = int(Fraction(decimal) * 10**scale)
    if abs(whole) > MAX_INT:
        raise NotPortable
    return Value("number", sa.literal_column(str(whole)), scale=scale, bound=abs(whole), is_nullable=False)


def arithmetic(op: str, left: Value, right: Value, dialect: str) -> Value:
    """left + right, left - right or left * right, exactly."""
    nullable = left.is_nullable or right.is_nullable
    if dialect == "postgresql":
        result = _ARITHMETIC[op](_numeric(left), _numeric(right))
        return Value("number", result, is_nullable=nullable)
    left = whole_constant(left) if left.expression is None else left
    right = whole_constant(right) if right.expression is None else right
    assert left.scale is not None
    assert right.scale is not None
    if op == "*":
        scale, limit = left.scale + right.scale, left.bound * right.bound
    else:
        left, right = aligned(left, right)
        assert left.scale is not None
        scale, limit = left.scale, left.bound + right.bound
    if limit > MAX_INT:
        raise NotPortable
    return Value("number", _ARITHMETIC[op](left.sql(), right.sql()), scale=scale, bound=limit, is_nullable=nullable)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def _numeric(value: Value) -> ColumnElement[Any]:
    if value.expression is None:
        if isinstance(value.constant, Fraction):
            raise NotPortable
        return sa.bindparam(None, value.constant, sa.Numeric(), unique=True)
    return sa.cast(value.expression, sa.Numeric()) if value.scale is not None else value.expression


def number_column(column: ColumnElement[Any], *, precision: int, scale: int, dialect: str, is_whole: bool) -> Value:
    """A stored number."""
    if is_whole:
        return Value("number", sa.type_coerce(column, sa.BigInteger()), scale=0)
    if dialect == "sqlite":
        return Value("number", sa.type_coerce(column, sa.BigInteger()), scale=scale, bound=10**precision - 1)
    return Value("number", sa.type_coerce(column, sa.Numeric()))


def common(values: list[Value], dialect: str) -> list[Value]:
    """Values that may stand for one another (in COALESCE, CASE), in the same representation."""
    if any(value.kind != "number" for value in values):
        return values
    if dialect == "postgresql":
        return [value if is_void(value) else replace(value, expression=_numeric(value), scale=None) for value in values]
    whole = [value if is_void(value) or value.expression is not None else whole_constant(value) for value in values]
    scale = max((value.scale or 0 for value in whole if not is_void(value)), default=0)
    return [value if is_void(value) else rescaled(value, scale) for value in whole]


def is_void(value: Value) -> bool:
    """Whether it is the constant blank."""
    return value.expression is None and value.constant is None
