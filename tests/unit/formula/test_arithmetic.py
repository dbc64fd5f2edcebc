"""Rounding, exact division, shares and spreads."""

from __future__ import annotations

import doctest
import importlib
import math
import pkgutil
import re
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tessera.formula
from tessera.formula import FormulaError, arithmetic
from tessera.formula.library.patterns import compile_pattern

DECIMALS = st.decimals(-(10**12), 10**12, places=6, allow_nan=False)
MODES = {
    "half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "floor": ROUND_FLOOR, "ceil": ROUND_CEILING,
    "trunc": ROUND_DOWN, "up": ROUND_UP,
}  # fmt: skip


def test_doctests_of_the_room_hold() -> None:
    for module in pkgutil.walk_packages(tessera.formula.__path__, "tessera.formula."):
        assert doctest.testmod(importlib.import_module(module.name)).failed == 0, module.name


@given(value=DECIMALS, scale=st.integers(0, 6), mode=st.sampled_from(sorted(MODES)))
def test_fractions_are_rounded_like_decimals(value: Decimal, scale: int, mode: arithmetic.Mode) -> None:
    wanted = value.quantize(Decimal(1).scaleb(-scale), MODES[mode])
    assert arithmetic.round_to_scale(value, scale, mode) == wanted
    assert arithmetic.round_to_scale(Fraction(value), scale, mode) == wanted


@given(top=st.integers(-(10**9), 10**9), bottom=st.integers(1, 10**6), scale=st.integers(0, 4))
def test_rounding_a_fraction_is_within_half_a_unit(top: int, bottom: int, scale: int) -> None:
    value = Fraction(top, bottom)
    rounded = Fraction(arithmetic.round_to_scale(value, scale))
    assert abs(rounded - value) * 2 <= Fraction(1, 10**scale)
    assert arithmetic.floor(value) == math.floor(value)


@given(a=DECIMALS, b=DECIMALS.filter(bool))
def test_division_is_exact(a: Decimal, b: Decimal) -> None:
    assert Fraction(arithmetic.divide(a, b)) == Fraction(a) / Fraction(b)


@given(total=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 1000), max_size=8), whole=st.integers(1, 1000))
def test_shares_of_any_cut_add_up(total: int, cuts: list[int], whole: int) -> None:
    places = sorted({0, whole, *(each for each in cuts if each <= whole)})
    assert sum(Fraction(arithmetic.share(total, a, b, whole)) for a, b in pairwise(places)) == total


@pytest.mark.parametrize("spread", [arithmetic.spread_cumulative, arithmetic.spread_largest_remainder])
@given(total=st.integers(0, 10**6), weights=st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=12))
def test_spreads_add_up_and_follow_the_weights(spread, total: int, weights: list[Decimal]) -> None:  # type: ignore[no-untyped-def]
    shares = spread(total, weights)
    if sum(weights) == 0:
        assert set(shares) == {0}
        return
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * Fraction(weight) / Fraction(sum(weights))) < 1
        assert weight or not share


def test_largest_remainder_gives_ties_to_the_lower_line() -> None:
    cent = Decimal("0.01")
    assert arithmetic.spread_largest_remainder(50, [300, 190], cent) == [Decimal("30.61"), Decimal("19.39")]
    assert arithmetic.spread_largest_remainder(505, [Decimal("257.14"), Decimal("163.72")]) == [309, 196]


@pytest.mark.parametrize("value", ["1e400", "NaN", "9" * 35, "1" + "0" * 34])
def test_numbers_beyond_34_digits_are_refused(value: str) -> None:
    from tessera.formula.library.numeric import decimal

    with pytest.raises(FormulaError):
        decimal(value)


def test_minus_zero_is_zero() -> None:
    assert arithmetic.plain(Decimal("-0.00")) == "0"
    assert str(arithmetic.round_to_scale(Decimal("-0.001"), 2)) == "0.00"
    assert str(arithmetic.finish(Decimal("-0.0"))) == "0.0"


PATTERNS = [
    "C?[0-9]{6}", "a*b*c", "(ab|a)(bc|c)", "[^a-c]+", ".*", "a{2,3}", "(a|b)*abb", "(a*)*", "x|y|", r"\d+\.\d{2}",
    r"[\w.]+@[\w]+", "(a{0,2}b?)*c", "(aa|aab)*b?",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet="abcxy0.9@C", max_size=9))
def test_patterns_mean_what_they_mean_in_python(pattern: str, text: str) -> None:
    from tessera.formula.library.patterns import _Automaton, _Reader

    wanted = re.fullmatch(pattern, text, re.ASCII | re.DOTALL) is not None
    assert compile_pattern(pattern)(text) is wanted
    assert _Automaton(_Reader(pattern).read()).matches(text) is wanted


REFUSED = [
    "(", ")", "[a", "*a", "a**", "a{3,2}", "a{", r"\b", "(?=a)", "^a$", "[]", "a++", "[z-a]", "(?P<x>a)",
]


@pytest.mark.parametrize("pattern", REFUSED)
def test_patterns_outside_the_grammar_are_refused(pattern: str) -> None:
    with pytest.raises(FormulaError) as caught:
        compile_pattern(pattern)
    assert caught.value.kind == "pattern"
