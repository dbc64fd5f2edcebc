"""Spreads always sum to the total, and consecutive parts add up."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from tessera.engine.rules.spread import METHODS, cumulative_floor, largest_remainder


def test_cumulative_floor_of_thirds() -> None:
    assert cumulative_floor(199, [6633, 6633, 6634]) == [66, 66, 67]
    assert cumulative_floor(10, [1, 1, 1]) == [3, 3, 4]


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (5000, [199, 99, 59], [2787, 1387, 826]),
        (1000, [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")], [333, 333, 334]),
        (5, [1, 1, 1], [2, 2, 1]),
        (10000, [300, 200, 100], [5000, 3333, 1667]),
    ],
)
def test_largest_remainder_prefers_the_lower_line(total: int, weights: list[int], parts: list[int]) -> None:
    assert largest_remainder(total, weights) == parts


@pytest.mark.parametrize("method", sorted(METHODS))
def test_parts_sum_to_the_total(method: str) -> None:
    rng = random.Random(7)
    for _ in range(300):
        weights = [Decimal(rng.randrange(0, 9_999)).scaleb(-rng.choice((0, 2, 3))) for _ in range(rng.randrange(1, 9))]
        total = rng.randrange(0, 10_000)
        assert sum(METHODS[method](total, weights)) == (total if any(weights) else 0)
