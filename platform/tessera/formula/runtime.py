"""What both evaluators use while a formula runs: reading values, limits, and how failures are named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from tessera.formula.problem import FormulaError, fail

MAX_VISITS = 1_000_000
"""How many elements nested folds may look at in one evaluation."""

FAILURES = (TypeError, KeyError, IndexError, AttributeError, ArithmeticError, ValueError, RecursionError)
"""What wrong values make Python raise inside an evaluator; each becomes a FormulaError."""


def get(record: Any, name: str) -> Any:
    """A member of a record; blank when the record has none. Raises: FormulaError(not_loaded) for a bare reference."""
    if record is None:
        return None
    if isinstance(record, int | str):
        fail("not_loaded", f"The record that {name!r} belongs to has not been read.")
    if isinstance(record, list | tuple):
        fail("wrong_value", "A list has no fields.")
    try:
        return record[name]
    except KeyError:
        return None


def too_much_work() -> NoReturn:
    """Raise the error for an evaluation that takes too long."""
    fail("too_much_work", "This formula takes too long.", hint="Nest fewer folds.")


class Missing(dict[str, Any]):
    """Another mapping, with blank for every name that it lacks."""

    __slots__ = ("of",)

    def __init__(self, of: Mapping[str, Any]) -> None:
        super().__init__()
        self.of = of

    def __getitem__(self, name: str) -> Any:
        return get(self.of, name)


def named(error: BaseException) -> FormulaError:
    """A failure inside an evaluator as a FormulaError without a place."""
    if isinstance(error, FormulaError):
        return error
    if isinstance(error, ArithmeticError):
        return FormulaError("number_too_long", "A number here needs more than 34 digits.", hint="Round it earlier.")
    if isinstance(error, RecursionError):
        return FormulaError("too_deep", "This is nested too deeply.")
    return FormulaError("wrong_value", "A value here is not of the expected type.")
