"""Exact numbers: decimals of at most 34 digits, fractions inside a formula, stated rounding.

A number is an int or a Decimal; a Fraction appears only when a division does not end. Nothing here is ever a float.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    getcontext,
    setcontext,
)
from fractions import Fraction
from typing import Literal, TypeAlias

from tessera.formula.problem import FormulaError, fail

Number: TypeAlias = int | Decimal | Fraction
Mode: TypeAlias = Literal["half_up", "half_even", "floor", "ceil", "trunc", "up"]

DIGITS = 34
LIMIT = 10**DIGITS
BITS = 512
"""Whole numbers and the parts of fractions may have that many bits on the way to a result."""

EXACT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-DIGITS,
    Emax=DIGITS - 1,
    traps=[Inexact, InvalidOperation, DivisionByZero, Overflow, FloatOperation],
)
"""What every formula is computed in: a result that needs more than 34 digits is an error, never rounded."""

_ROUNDING = Context(prec=200, Emin=-999, Emax=999, traps=[InvalidOperation, Overflow, FloatOperation])
_MODES: dict[Mode, str] = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "floor": ROUND_FLOOR,
    "ceil": ROUND_CEILING,
    "trunc": ROUND_DOWN,
    "up": ROUND_UP,
}
_QUANTA = tuple(Decimal(1).scaleb(-places) for places in range(DIGITS + 1))


@contextmanager
def exact() -> Iterator[None]:
    """Decimal arithmetic inside the with block is exact or fails."""
    saved = getcontext()
    setcontext(EXACT)
    try:
        yield
    finally:
        setcontext(saved)


def too_long() -> FormulaError:
    """The error for a number that needs more digits than there are."""
    return FormulaError("number_too_long", f"A number here needs more than {DIGITS} digits.", hint="Round it earlier.")


def fit(value: Number) -> Number:
    """The number itself. Raises: FormulaError(number_too_long) when it or its parts grew out of bounds."""
    if isinstance(value, Decimal):
        return value
    if value.numerator.bit_length() > BITS or value.denominator.bit_length() > BITS:
        raise too_long()
    return value


def check_number(value: object) -> Number:
    """The value as a number. Raises: FormulaError(wrong_value) when it is none (a float is none)."""
    kind = type(value)
    if kind is int or kind is Fraction:
        return fit(value)  # type: ignore[arg-type]
    if kind is Decimal:
        if value.is_finite():  # type: ignore[attr-defined]
            return value  # type: ignore[return-value]
        fail("not_a_number", "NaN and infinity are no numbers.")
    fail("wrong_value", f"A number was expected, this is {kind.__name__}.")


def add(a: Number, b: Number) -> Number:
    """a + b, exactly."""
    return _combine(a, b, int.__add__, Fraction.__add__, EXACT.add)


def subtract(a: Number, b: Number) -> Number:
    """a - b, exactly."""
    return _combine(a, b, int.__sub__, Fraction.__sub__, EXACT.subtract)


def multiply(a: Number, b: Number) -> Number:
    """a * b, exactly."""
    return _combine(a, b, int.__mul__, Fraction.__mul__, EXACT.multiply)


def _combine(
    a: Number,
    b: Number,
    whole: Callable[[int, int], int],
    broken: Callable[[Fraction, Fraction], Fraction],
    decimal: Callable[[Decimal | int, Decimal | int], Decimal],
) -> Number:
    a, b = check_number(a), check_number(b)
    if isinstance(a, int) and isinstance(b, int):
        return fit(whole(a, b))
    if isinstance(a, Fraction) or isinstance(b, Fraction):
        return fit(broken(Fraction(a), Fraction(b)))
    try:
        return decimal(a, b)
    except DecimalException as problem:
        raise too_long() from problem


def divide(a: Number, b: Number) -> Number:
    """a / b, exactly: a Fraction when the decimal does not end.

    >>> divide(1, 4), divide(1, 3)
    (Decimal('0.25'), Fraction(1, 3))
    """
    a, b = check_number(a), check_number(b)
    if b == 0:
        fail("divide_by_zero", "This divides by zero.", hint="Test the divisor first: IF(x = 0, 0, y / x).")
    top, under_a = a.as_integer_ratio()
    under_b, bottom = b.as_integer_ratio()
    top, bottom = top * bottom, under_a * under_b
    return top // bottom if top % bottom == 0 else settle(fit(Fraction(top, bottom)))


def settle(value: Number) -> Number:
    """A fraction whose decimal ends, as int or Decimal; else the value itself.

    >>> settle(Fraction(3, 8)), settle(Fraction(2, 3))
    (Decimal('0.375'), Fraction(2, 3))
    """
    if not isinstance(value, Fraction):
        return value
    top, bottom = value.numerator, value.denominator
    if bottom == 1:
        return top
    places = _decimal_places(bottom)
    if places is None:
        return value
    digits = top * (10**places // bottom)
    if places > DIGITS or abs(digits) >= LIMIT:
        return value
    return Decimal(digits).scaleb(-places, EXACT)


def _decimal_places(bottom: int) -> int | None:
    """How many decimal places 1/bottom has; None when it does not end."""
    twos = (bottom & -bottom).bit_length() - 1
    rest, fives = bottom >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def finish(value: Number) -> Number:
    """A number as a formula hands it out: no minus zero, no exponent, ended where it ends.

    Raises: FormulaError(number_too_long) when it is a whole number of more than 34 digits.
    """
    if type(value) is Decimal and value.is_finite():
        return EXACT.add(value, 0)
    value = settle(check_number(value))
    if isinstance(value, int) and not -LIMIT < value < LIMIT:
        raise too_long()
    return value


def power(base: Number, exponent: Number) -> Number:
    """base to a whole power from -20 to 20, exactly. Zero to a negative power divides by zero."""
    base, whole = check_number(base), to_integer(exponent)
    if not -20 <= whole <= 20:
        fail("out_of_range", "The exponent of ^ must be a whole number from -20 to 20.")
    result: Number = 1
    for _ in range(abs(whole)):
        result = multiply(result, base)
    return divide(1, result) if whole < 0 else result


def floor(value: Number, unit: Number | None = None) -> Number:
    """The largest whole number, or multiple of unit, that is not above the value.

    >>> floor(Decimal("-1.5")), floor(1234, 100), floor(Decimal("7.38"), Decimal("0.25"))
    (-2, 1200, Decimal('7.25'))
    """
    return math.floor(value) if unit is None else _to_unit(value, unit, math.floor)


def ceil(value: Number, unit: Number | None = None) -> Number:
    """The smallest whole number, or multiple of unit, that is not below the value."""
    return math.ceil(value) if unit is None else _to_unit(value, unit, math.ceil)


def _to_unit(value: Number, unit: Number, end: Callable[[Fraction], int]) -> Number:
    if unit <= 0:
        fail("out_of_range", "The unit to round to must be more than zero.")
    if isinstance(value, int) and isinstance(unit, int) and end is math.floor:
        return value // unit * unit
    return settle(multiply(end(Fraction(value) / Fraction(unit)), unit))


def trunc(value: Number, places: int = 0) -> Number:
    """The value without the digits after so many places."""
    return rounded(value, places, "trunc")


def round_half_up(value: Number, places: int = 0) -> Number:
    """Rounded to so many places, halves away from zero; an int for 0 places or fewer.

    >>> round_half_up(Decimal("2.5")), round_half_up(Decimal("-1.005"), 2), round_half_up(1250, -2)
    (3, Decimal('-1.01'), 1300)
    """
    return rounded(value, places, "half_up")


def round_half_even(value: Number, places: int = 0) -> Number:
    """Rounded to so many places, halves to the even neighbour."""
    return rounded(value, places, "half_even")


def rounded(value: Number, places: int, mode: Mode) -> Number:
    """Rounded to so many places in that mode; an int for 0 places or fewer, else a Decimal of that scale."""
    if not -DIGITS <= places <= DIGITS:
        fail("out_of_range", f"Decimal places go from -{DIGITS} to {DIGITS}.")
    if places > 0:
        return round_to_scale(value, places, mode)
    if places == 0:
        return value if type(value) is int else int(round_to_scale(value, 0, mode))
    unit: int = 10**-places
    return int(round_to_scale(Fraction(value) / unit, 0, mode)) * unit


def round_to_scale(value: Number, scale: int, mode: Mode = "half_up") -> Decimal:
    """The value as a Decimal with exactly so many places, for storing it.

    Raises: FormulaError(number_too_long) when it would need more than 34 digits.

    >>> round_to_scale(Fraction(2, 3), 4, "floor"), round_to_scale(5, 2)
    (Decimal('0.6666'), Decimal('5.00'))
    """
    if isinstance(value, Fraction):
        result = _from_fraction(value, scale, mode)
    else:
        number = Decimal(value) if isinstance(value, int) else value
        result = number.quantize(_QUANTA[scale], _MODES[mode], _ROUNDING)
    if len(result.as_tuple().digits) > DIGITS:
        raise too_long()
    return result if result else abs(result)


def _from_fraction(value: Fraction, scale: int, mode: Mode) -> Decimal:
    whole = _whole(value.numerator * 10**scale, value.denominator, mode)
    return Decimal(whole).scaleb(-scale, _ROUNDING)


def _whole(top: int, bottom: int, mode: Mode) -> int:
    """top / bottom rounded to a whole number by whole-number arithmetic."""
    below, rest = divmod(top, bottom)
    if rest == 0 or mode == "floor":
        return below
    away, twice = top > 0, 2 * rest - bottom
    match mode:
        case "ceil":
            return below + 1
        case "up":
            return below + away
        case "trunc":
            return below + (not away)
        case "half_up":
            return below + (twice > 0 or (twice == 0 and away))
        case "half_even":
            return below + (twice > 0 or (twice == 0 and below % 2 == 1))


def to_integer(value: Number) -> int:
    """A whole number as int. Raises: FormulaError(not_whole) when something stands after the point."""
    if type(value) is int:
        return value
    whole = math.floor(value)
    if whole != value:
        fail("not_whole", "A whole number was expected.", hint="Use FLOOR, ROUND or TRUNC.")
    return whole


def to_decimal(value: Number, scale: int | None = None, mode: Mode = "half_up") -> Decimal:
    """The value as Decimal, rounded when a scale is given. Raises: FormulaError(needs_rounding) for 1/3 without one."""
    if scale is not None:
        return round_to_scale(value, scale, mode)
    value = settle(value)
    if isinstance(value, Fraction):
        fail("needs_rounding", "This number does not end, it must be rounded first.", hint="Use ROUND(x, 2).")
    return Decimal(value) if isinstance(value, int) else value


def plain(value: Number) -> str:
    """The canonical text of a number: no exponent, no needless zeros, no minus zero.

    >>> plain(Decimal("1.50")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('1.5', '1000', '0')
    """
    number = to_decimal(value)
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def share(total: Number, before: Number, after: Number, whole: Number, unit: Number = 1) -> Number:
    """What of the total, in units, belongs to the pieces before+1 … after of a whole: cumulative floors.

    Consecutive shares add up to the total exactly. Nothing of a whole of 0 is 0.

    >>> [share(10, k, k + 1, 3) for k in range(3)]
    [3, 3, 4]
    """
    if unit <= 0:
        fail("out_of_range", "The unit must be more than zero.")
    if whole == 0:
        return 0
    per_piece = Fraction(total) / Fraction(unit) / Fraction(whole)
    pieces = math.floor(per_piece * Fraction(after)) - math.floor(per_piece * Fraction(before))
    return settle(multiply(pieces, unit))


def spread_cumulative(total: Number, weights: Sequence[Number], unit: Number = 1) -> list[Number]:
    """The total in whole units over the weights by cumulative floors; zeros when the weights sum to 0.

    >>> spread_cumulative(100, [1, 1, 1])
    [33, 33, 34]
    """
    whole = sum((Fraction(each) for each in weights), Fraction(0))
    result, before = [], Fraction(0)
    for each in weights:
        after = before + Fraction(each)
        result.append(share(total, before, after, whole, unit))
        before = after
    return result


def spread_largest_remainder(total: Number, weights: Sequence[Number], unit: Number = 1) -> list[Number]:
    """Floors first, then the rest one unit each to the largest remainders, the lower place first.

    >>> spread_largest_remainder(100, [1, 1, 1])
    [34, 33, 33]
    """
    whole = sum((Fraction(each) for each in weights), Fraction(0))
    if whole == 0:
        return [0 for _ in weights]
    units = math.floor(Fraction(total) / Fraction(unit))
    shares = [units * Fraction(each) / whole for each in weights]
    counts = [math.floor(each) for each in shares]
    by_rest = sorted(range(len(shares)), key=lambda place: (counts[place] - shares[place], place))
    for place in by_rest[: units - sum(counts)]:
        counts[place] += 1
    return [settle(multiply(each, unit)) for each in counts]
