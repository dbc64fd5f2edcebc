"""The same documents give the same program, in whatever order, however often and with whatever edits they arrive."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from crash import arrival
from crash.conftest import Fresh
from crash.snapshot import difference, snapshot
from packages.retailer import imported
from tessera.runtime import Runtime

PORTIONS = (1, 2, 30, 60, 120)
ORDERS = [
    pytest.param(dialect, seed, marks=() if (dialect == "sqlite") == (seed % 2 == 0) else pytest.mark.long)
    for seed in range(10)
    for dialect in ("sqlite", "postgresql")
]
"""Ten random orders, each on one kind of database; in the long form each on both."""


def check(runtime: Runtime, wanted: dict[str, Any], seed: int) -> None:
    """The database agrees with what is wanted in every part."""
    assert (text := difference(snapshot(runtime), wanted)) == "", f"seed {seed}: {text}"


def test_one_file_gives_the_same_on_both_databases(fresh: Fresh, sample: Path, wanted: dict[str, Any]) -> None:
    runtime = fresh("retailer")
    imported(runtime, sample)
    check(runtime, wanted, 0)


@pytest.mark.parametrize(("dialect", "seed"), ORDERS)
def test_any_order_gives_the_same(fresh: Fresh, sample: Path, wanted: dict[str, Any], seed: int) -> None:
    rng, runtime = random.Random(seed), fresh("retailer")
    arrival.arrive(runtime, arrival.shuffled(arrival.documents(sample), rng), rng, PORTIONS)
    check(runtime, wanted, seed)


@pytest.mark.long
def test_documents_one_by_one_give_the_same(fresh: Fresh, sample: Path, wanted: dict[str, Any]) -> None:
    rng, runtime = random.Random(77), fresh("retailer")
    arrival.arrive(runtime, arrival.shuffled(arrival.documents(sample), rng), rng, (1,))
    check(runtime, wanted, 77)


@pytest.mark.parametrize(("dialect", "seed"), ORDERS[4:8])
def test_duplicates_change_nothing(fresh: Fresh, sample: Path, wanted: dict[str, Any], seed: int) -> None:
    rng, runtime = random.Random(100 + seed), fresh("retailer")
    arrival.arrive(runtime, arrival.with_duplicates(arrival.documents(sample), rng), rng, PORTIONS)
    check(runtime, wanted, 100 + seed)


@pytest.mark.parametrize(("dialect", "seed"), ORDERS[:8])
def test_edits_and_deletions_that_are_taken_back_leave_no_trace_in_the_net(
    fresh: Fresh, sample: Path, wanted: dict[str, Any], seed: int
) -> None:
    rng, runtime = random.Random(200 + seed), fresh("retailer")
    arrival.arrive(runtime, arrival.with_edits(arrival.documents(sample), rng, 60), rng, PORTIONS)
    check(runtime, wanted, 200 + seed)
