"""Spreading whole units over weights, exactly: every method sums to the total."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

Number = int | Decimal | Fraction


def cumulative_floor(total: int, weights: Sequence[Number]) -> list[int]:
    """Part k is the floor of the total's share up to k less that up to k - 1; zeros when the weights sum to 0.

    >>> cumulative_floor(199, [6633, 6633, 6634])
    [66, 66, 67]
    """
    if not total:
        return [0] * len(weights)
    whole = _whole(weights)
    all_weights = sum(whole)
    if not all_weights:
        return [0] * len(weights)
    parts: list[int] = []
    reached = 0
    given = 0
    for weight in whole:
        reached += weight
        share = total * reached // all_weights
        parts.append(share - given)
        given = share
    return parts


def largest_remainder(total: int, weights: Sequence[Number]) -> list[int]:
    """Each part is the floor of its share, and the rest goes one by one to the largest remainders, lower place first.

    >>> largest_remainder(5, [1, 1, 1])
    [2, 2, 1]
    """
    whole = _whole(weights)
    all_weights = sum(whole)
    if not total or not all_weights:
        return [0] * len(weights)
    parts: list[int] = []
    remainders: list[tuple[int, int]] = []
    for place, weight in enumerate(whole):
        share, remainder = divmod(total * weight, all_weights)
        parts.append(share)
        remainders.append((-remainder if all_weights > 0 else remainder, place))
    remainders.sort()
    for _, place in remainders[: total - sum(parts)]:
        parts[place] += 1
    return parts


METHODS: dict[str, Callable[[int, Sequence[Number]], list[int]]] = {
    "cumulative_floor": cumulative_floor,
    "largest_remainder": largest_remainder,
}


def _whole(weights: Sequence[Number]) -> list[int]:
    """The weights as whole numbers in the same proportions."""
    if all(type(weight) is int for weight in weights):
        return list(weights)  # type: ignore[arg-type]
    total = sum(weights)
    if isinstance(total, Fraction):
        return _whole_of_fractions(weights)
    assert isinstance(total, Decimal)
    exponent = total.as_tuple().exponent  # a sum has as many places as its longest part
    assert isinstance(exponent, int), "weights are finite"
    places = max(0, -exponent)
    factor = 10**places
    return [int(weight.scaleb(places)) if isinstance(weight, Decimal) else int(weight) * factor for weight in weights]


def _whole_of_fractions(weights: Sequence[Number]) -> list[int]:
    exact = [Fraction(weight) for weight in weights]
    common = math.lcm(*(each.denominator for each in exact))
    return [int(each * common) for each in exact]
