"""The guide says what holds."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tessera.formula import Scope, check_formula, parse
from tessera.formula.functions import find
from tessera.formula.shapes import StaticShape

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "formulas.md"
BLOCKS = re.findall(r"```\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
FORMULAS = [each for block in BLOCKS for line in block.splitlines() for each in re.split(r"\s{2,}|(?<=qty\)) ", line)]


@pytest.mark.parametrize("text", FORMULAS)
def test_every_formula_of_the_guide_parses(text: str) -> None:
    assert parse(text)
    for name in re.findall(r"([^\s().,;=<>×*+-]+)\(", text):
        assert find(name), name


@pytest.mark.parametrize(("text", "wanted"), [("FLOOR(10 / 3 * 3)", 10), ("50%", Decimal("0.5")), ("BLANK = ''", True)])
def test_what_the_guide_claims_holds(text: str, wanted: object) -> None:
    assert check_formula(text, Scope(StaticShape("none")))({}) == wanted
