"""Comparison of any two values, and the choice functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tessera.formula.problem import fail

_NUMBERS = (int, Decimal, Fraction)


def identity(value: Any) -> Any:
    """What a value is compared by: a record by its id, everything else by itself."""
    if isinstance(value, Mapping):
        return value.get("id", value)
    return value


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal; two blanks are, a truth value is no number."""
    if a is b:
        return True
    if a is None or b is None or (isinstance(a, bool) is not isinstance(b, bool)):
        return False
    return bool(identity(a) == identity(b))


def less(a: Any, b: Any) -> bool:
    """Whether a comes before b. Raises: FormulaError(wrong_value) when they cannot be compared."""
    if isinstance(a, _NUMBERS) is not isinstance(b, _NUMBERS):
        fail("wrong_value", f"{type(a).__name__} and {type(b).__name__} cannot be compared.")
    try:
        return bool(a < b)
    except TypeError:
        fail("wrong_value", f"{type(a).__name__} and {type(b).__name__} cannot be compared.")


def more(left: Any, right: Any) -> bool:
    """Whether the left value comes after the right one."""
    return less(right, left)


def is_in(value: Any, *choices: Any) -> bool:
    """Whether the value equals one of the choices, or an element of a choice that is a list."""
    for each in choices:
        if isinstance(each, list | tuple):
            if any(same(value, one) for one in each):
                return True
        elif same(value, each):
            return True
    return False


def between(value: Any, low: Any, high: Any) -> bool:
    """Whether low <= value <= high."""
    return not less(value, low) and not less(high, value)


BODIES: Mapping[str, Callable[..., Any]] = {"IN": is_in, "BETWEEN": between}
