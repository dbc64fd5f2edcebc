"""Exact numbers in and out, and how a computed one is brought to its scale."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    Inexact,
    InvalidOperation,
)
from decimal import Context as DecimalContext
from fractions import Fraction
from typing import Any

from tessera.errors import Json
from tessera.meta.fields.base import Dumper, Loader
from tessera.meta.fields.errors import NotANumber, OutOfRange, TooManyDecimals, WrongType

_EXACT = DecimalContext(prec=60, traps=[Inexact, InvalidOperation])
_WIDE = DecimalContext(prec=80, traps=[InvalidOperation])
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?\Z").match

ROUNDINGS = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
}
"""Names of the roundings and what the decimal module calls them."""


def unit_of(scale: int) -> Decimal:
    """The smallest step of a number with so many decimal places.

    >>> unit_of(2)
    Decimal('0.01')
    """
    return Decimal((0, (1,), -scale))


def decimal_loader(precision: int, scale: int, least: Decimal | None, most: Decimal | None) -> Loader:
    """A loader of exact numbers: a text, a whole number or a Decimal becomes a Decimal with that scale."""
    unit, zero = unit_of(scale), Decimal((0, (0,), -scale))
    bound = Decimal(10) ** (precision - scale) - unit
    low, high = -bound if least is None else least, bound if most is None else most
    quantize = _EXACT.quantize

    def load(value: Json) -> Decimal | None:
        if value is None:
            return None
        number = _parsed(value)
        if not low <= number <= high:
            raise OutOfRange(min=str(low), max=str(high))
        try:
            exact = quantize(number, unit)
        except (Inexact, InvalidOperation):
            raise TooManyDecimals(limit=scale) from None
        return exact or zero

    return load


def _parsed(value: Json) -> Decimal:
    kind = type(value)
    if kind is str:
        if not _NUMBER(value):
            raise NotANumber()
        return Decimal(value)
    if kind is int:
        if abs(value) >= 10**40:
            raise OutOfRange(min="-1e40", max="1e40")
        return Decimal(value)
    if kind is Decimal:
        if not value.is_finite():
            raise NotANumber()
        return Decimal(value)
    raise WrongType(expected="a number, as a text")


def decimal_dumper(scale: int | None) -> Dumper:
    """A dumper of exact numbers to texts with so many decimal places; None: as many as there are."""
    unit = None if scale is None else unit_of(scale)

    def dump(value: Any) -> Json:
        if value is None:
            return None
        number = value if type(value) is Decimal else Decimal(value)
        return format(number if unit is None else _EXACT.quantize(number, unit), "f")

    return dump


def rounded(value: int | Decimal | Fraction, scale: int, rounding: str) -> Decimal:
    """The number brought to its scale, rounded once from its exact value.

    >>> rounded(Fraction(1, 8), 2, "half_up"), rounded(Decimal("-2.5"), 0, "floor")
    (Decimal('0.13'), Decimal('-3'))
    """
    if isinstance(value, Fraction):
        return _rounded_fraction(value, scale, rounding)
    result = _WIDE.copy()
    result.rounding = ROUNDINGS[rounding]
    return Decimal(value).quantize(unit_of(scale), context=result)


def _rounded_fraction(value: Fraction, scale: int, rounding: str) -> Decimal:
    whole, rest = divmod(value.numerator * 10**scale, value.denominator)
    if rest:
        whole += _carry(rounding, whole, 2 * rest, value.denominator)
    return Decimal(whole).scaleb(-scale, context=_WIDE)


def _carry(rounding: str, whole: int, twice: int, divisor: int) -> int:
    """0 or 1: what is added to the floor `whole` of a number that is not whole itself."""
    negative = whole < 0
    decide: dict[str, Callable[[], bool]] = {
        "floor": lambda: False,
        "ceiling": lambda: True,
        "down": lambda: negative,
        "up": lambda: not negative,
        "half_up": lambda: twice > divisor or (twice == divisor and not negative),
        "half_even": lambda: twice > divisor or (twice == divisor and whole % 2 == 1),
    }
    return int(decide[rounding]())
