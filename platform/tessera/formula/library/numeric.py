"""Number functions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tessera.formula import arithmetic
from tessera.formula.arithmetic import Number
from tessera.formula.problem import fail

_PLAIN = re.compile(r"[+-]?[0-9]{1,16}(?:\.[0-9]{1,16})?")
_TEXT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)


def decimal(value: Any) -> Number:
    """A number, or the text of one, exactly. Raises: FormulaError(not_a_number, number_too_long)."""
    if type(value) is str and _PLAIN.fullmatch(value) is not None:
        return Decimal(value)
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        return arithmetic.check_number(value)
    if not isinstance(value, str) or _TEXT.fullmatch(text := value.strip()) is None:
        fail("not_a_number", f"{str(value)[:40]!r} is not a number.")
    if len(text) > 100:
        raise arithmetic.too_long()
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > arithmetic.DIGITS or number.adjusted() >= arithmetic.DIGITS:
        raise arithmetic.too_long()
    if len(number.as_tuple().digits) > arithmetic.DIGITS:
        raise arithmetic.too_long()
    return number


def integer(value: Any) -> int:
    """A whole number, or the text of one."""
    if type(value) is str and len(value) < 18 and value.isascii() and value.isdigit():
        return int(value)
    return arithmetic.to_integer(decimal(value))


def round_half_up(value: Number, places: Number = 0) -> Number:
    """ROUND."""
    return arithmetic.rounded(value, arithmetic.to_integer(places), "half_up")


def round_even(value: Number, places: Number = 0) -> Number:
    """ROUND_EVEN."""
    return arithmetic.rounded(value, arithmetic.to_integer(places), "half_even")


def round_up(value: Number, places: Number = 0) -> Number:
    """ROUND_UP."""
    return arithmetic.rounded(value, arithmetic.to_integer(places), "up")


def trunc(value: Number, places: Number = 0) -> Number:
    """TRUNC."""
    return arithmetic.rounded(value, arithmetic.to_integer(places), "trunc")


def sign(value: Number) -> int:
    """SIGN."""
    return (value > 0) - (value < 0)


def divide_whole(value: Number, by: Number) -> int:
    """DIV: rounded down."""
    if by == 0:
        fail("divide_by_zero", "This divides by zero.")
    if isinstance(value, int) and isinstance(by, int):
        return value // by
    return math.floor(Fraction(value) / Fraction(by))


def remainder(value: Number, by: Number) -> Number:
    """MOD: the sign is the divisor's."""
    if by == 0:
        fail("divide_by_zero", "This divides by zero.")
    if isinstance(value, int) and isinstance(by, int):
        return value % by
    return arithmetic.settle(Fraction(value) % Fraction(by))


def clamp(value: Number, low: Number, high: Number) -> Number:
    """CLAMP."""
    return low if value < low else high if value > high else value


def absolute(value: Number) -> Number:
    """ABS."""
    return value if value >= 0 else arithmetic.subtract(0, value)


BODIES: Mapping[str, Callable[..., Any]] = {
    "ROUND": round_half_up,
    "ROUND_EVEN": round_even,
    "ROUND_UP": round_up,
    "TRUNC": trunc,
    "FLOOR": arithmetic.floor,
    "CEIL": arithmetic.ceil,
    "ABS": absolute,
    "SIGN": sign,
    "MOD": remainder,
    "DIV": divide_whole,
    "POWER": arithmetic.power,
    "CLAMP": clamp,
    "INTEGER": integer,
    "DECIMAL": decimal,
    "SHARE": arithmetic.share,
}
