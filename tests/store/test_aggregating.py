"""Figures equal what Python works out from the same records."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from store.test_query import World, world
from tessera.formula.arithmetic import round_to_scale
from tessera.store.aggregating import AggregateNotSupported, Group, Having, Measure, aggregate
from tessera.store.buckets import BUCKETS, first_day

__all__ = ["world"]

MEASURES = (
    Measure("n", "count"),
    Measure("filled", "count", "hours"),
    Measure("hours", "sum", "hours"),
    Measure("ranks", "sum", "rank"),
    Measure("least", "min", "due_on"),
    Measure("most", "max", "rate"),
    Measure("mean", "avg", "hours"),
    Measure("titles", "count_distinct", "title"),
)


def _ask(world: World, *args: Any, text: str = "", **more: Any) -> list[dict[str, Any]]:
    with world.db.read() as tx:
        return aggregate(tx, world.tables, world.query(text), *args, **more)


def _figures(records: list[dict[str, Any]]) -> dict[str, Any]:
    def values(name: str) -> list[Any]:
        return [record[name] for record in records if record[name] is not None]

    hours = values("hours")
    return {
        "n": len(records),
        "filled": len(hours),
        "hours": sum(hours, Decimal(0)),
        "ranks": sum(values("rank")),
        "least": min(values("due_on"), default=None),
        "most": max(values("rate"), default=None),
        "mean": round_to_scale(sum(map(Fraction, hours), Fraction()) / len(hours), 8) if hours else None,
        "titles": len(set(values("title"))),
    }


def test_without_groups_there_is_one_row_even_of_nothing(world: World) -> None:
    assert _ask(world, MEASURES) == [_figures(world.tickets)]
    assert _ask(world, MEASURES, text="rank = 77") == [_figures([])]


def test_groups_over_a_reference_come_in_order_with_blanks_last(world: World) -> None:
    expected = defaultdict(list)
    for ticket in world.tickets:
        expected[ticket["owner"]["name"] if ticket["owner"] else None].append(ticket)
    names = sorted(expected, key=lambda name: (name is None, name or ""))
    found = _ask(world, MEASURES, [Group("owner", "owner.name")])
    assert found == [{"owner": name, **_figures(expected[name])} for name in names]


def test_dates_and_instants_group_by_every_bucket(world: World) -> None:
    for bucket in BUCKETS:
        days: dict[date | None, int] = defaultdict(int)
        for ticket in world.tickets:
            days[ticket["due_on"] and first_day(ticket["due_on"], bucket)] += 1
        found = _ask(world, [Measure("n", "count")], [Group("on", "due_on", bucket)])
        assert {row["on"]: row["n"] for row in found} == days
    found = _ask(
        world, [Measure("n", "count")], [Group("on", "seen_at", "day", "America/New_York")], text="seen_at <> BLANK"
    )
    assert {row["on"] for row in found} == {date(2026, 3, 1) - timedelta(days=1)}


def test_having_sort_and_limit_apply_to_the_exact_figures(world: World) -> None:
    every = _ask(world, MEASURES, [Group("title", "title")])
    found = _ask(
        world,
        MEASURES,
        [Group("title", "title")],
        having=[Having("mean", ">", Decimal("0.5"))],
        sort=[("hours", "desc")],
        limit=3,
    )
    kept = [row for row in every if row["mean"] is not None and row["mean"] > Decimal("0.5")]
    assert found == sorted(kept, key=lambda row: -row["hours"])[:3]


def test_sums_do_not_overflow(world: World) -> None:
    assert _ask(world, [Measure("ranks", "sum", "rank")])[0]["ranks"] > 2**63


def test_what_cannot_be_summed_is_refused(world: World) -> None:
    for measure in (
        Measure("x", "sum", "title"),
        Measure("x", "max", "done"),
        Measure("x", "sum", "nothing"),
        Measure("x", "avg"),
    ):
        with pytest.raises(AggregateNotSupported):
            _ask(world, [measure])
    with pytest.raises(AggregateNotSupported):
        _ask(world, MEASURES, [Group("on", "seen_at", "day", "'; DROP TABLE ticket; --")])
    with pytest.raises(AggregateNotSupported):
        _ask(world, MEASURES, [Group("on", "title", "day")])
