"""The compiled form means what the reference means."""

from __future__ import annotations

import os
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tessera.formula import Formula, FormulaError, Scope, check_formula
from tessera.formula.arithmetic import exact
from tessera.formula.generate import Writer
from unit.formula.generate import ROOT, SCOPE, Generator

CASES = 200_000 if os.environ.get("TESSERA_LONG") else 2_000


def outcome(evaluate: Any, *args: Any) -> tuple[str, Any]:
    """("value", it) or ("error", kind)."""
    try:
        return "value", evaluate(*args)
    except FormulaError as error:
        assert error.position >= 0
        return "error", error.kind


def random_formula(generator: Generator) -> Formula | None:
    try:
        return check_formula(generator.formula(), SCOPE)
    except FormulaError as error:
        assert error.kind in ("too_large", "wrong_type", "too_deep", "too_long"), error
        return None


@settings(max_examples=CASES, deadline=None, database=None)
@given(seed=st.integers(0, 2**40))
@example(seed=11_449)  # the right side of <= uses a local that the left side binds
def test_compiled_and_careful_and_reference_agree(seed: int) -> None:
    generator = Generator(random.Random(seed))
    formula = random_formula(generator)
    if formula is None:
        return
    careful = Writer(careful=True, by_row=False).write(formula.ast)
    for _ in range(3):
        row = generator.row()
        expected = outcome(formula.reference, row)
        assert outcome(formula, row) == expected, formula.text
        if expected[0] == "value":
            with exact():
                value = careful(row, None)
            assert value == expected[1], formula.text
            assert isinstance(value, Fraction) is isinstance(expected[1], Fraction), formula.text
            assert expected[1] is not None or formula.type.nullable, formula.text


@settings(max_examples=CASES // 10, deadline=None, database=None)
@given(seed=st.integers(0, 2**40))
def test_a_column_gives_what_single_rows_give(seed: int) -> None:
    generator = Generator(random.Random(seed))
    scope = Scope(ROOT).over(ROOT.member("lines").type.shape)  # type: ignore[union-attr,arg-type]
    generator.level = 1
    try:
        formula = check_formula(generator.formula(), scope)
    except FormulaError:
        return
    env = generator.row()
    lines = [generator.line() for _ in range(4)]
    single = [outcome(formula.reference, {**env, **line}) for line in lines]
    if all(sort == "value" for sort, _ in single):
        assert formula.column(lines, env) == [value for _, value in single], formula.text


@settings(max_examples=300, deadline=None, database=None)
@given(seed=st.integers(0, 2**40))
def test_portable_formulas_are_offered_for_sql(seed: int) -> None:
    generator = Generator(random.Random(seed), portable=True)
    text = generator.formula(3)
    try:
        formula = check_formula(text, SCOPE)
    except FormulaError as error:
        assert error.kind == "too_large"
        return
    assert formula.runs_on("sql"), text


@pytest.mark.parametrize("absent", ["amount", "lines", "group"])
def test_a_missing_name_is_blank(absent: str) -> None:
    row = {"amount": Decimal("1.50"), "lines": [{"units": 2}], "group": {"rank": 1}, "shared": 3}
    del row[absent]
    text = "COALESCE(amount, 0) + SUM(lines, units + COALESCE(price, 0)) + COALESCE(group.rank, 5)"
    formula = check_formula(text, SCOPE)
    for _ in range(20):
        assert formula(row) == formula.reference(row)


def test_a_fraction_from_outside_is_computed_with_exactly() -> None:
    formula = check_formula("amount * 1.5 + count", SCOPE)
    row = {"amount": Fraction(1, 3), "count": 1}
    assert formula(row) == Decimal("1.5") and type(formula(row)) is Decimal
