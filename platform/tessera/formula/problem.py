"""The one error of formulas: what is wrong, where in the text, and what to do."""

from __future__ import annotations

from typing import Any, NoReturn

from tessera.errors import TesseraError


class FormulaError(TesseraError):
    """The formula has an error.

    kind: stable snake_case word (syntax, unknown_name, wrong_type, divide_by_zero …). position and length: the
    characters of the text that are meant; position is -1 while it is not known.
    """

    code = "formula_error"
    status = 422

    def __init__(
        self, kind: str, message: str, *, position: int = -1, length: int = 0, hint: str = "", **params: Any
    ) -> None:
        self.kind = kind
        self.position = position
        self.length = length
        super().__init__(message, hint=hint, kind=kind, position=position, length=length, **params)

    def located(self, position: int, length: int) -> FormulaError:
        """The same error, at those characters unless its place is known already."""
        if self.position < 0:
            self.position, self.length = position, length
            self.params["position"], self.params["length"] = position, length
        return self


def fail(kind: str, message: str, *, hint: str = "", **params: Any) -> NoReturn:
    """Raise a FormulaError whose place is filled in by the evaluator."""
    raise FormulaError(kind, message, hint=hint, **params)
