"""Other programs need other JSON only: what the guide says agrees with plain Python on random data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from packages.mixed_programs import mixed
from packages.other_programs import WISHES, Wish, base, package, sales_of
from packages.reference_cleaning import documents_of
from packages.reference_program import as_csv, run
from packages.retailer import exported, imported, program, retailer
from packages.test_online_retail import first_difference

SEEDS = (20_251_111,)
MORE_SEEDS = tuple(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 16))
ON_POSTGRESQL = ("points used at the till come back", "many at once", "no numbers")


def agree(wish: Wish, seed: int, url: str, folder: Path, members: int) -> None:
    """Import the data into the program, and compare every row of results with the plain one's."""
    sales = sales_of(wish, seed, members)
    parameters = wish.change(base())
    cleaning = wish.cleaning(parameters)
    batches = wish.takes(sales.batches, cleaning) if wish.takes else sales.batches
    documents, counts = documents_of(batches, cleaning)
    results = run(parameters, documents)
    found: Counter[str] = Counter()
    with retailer(url, folder, [*program(), package(*wish.headings)]) as runtime:
        if wish.first is not None:
            path = folder / "first"
            path.write_bytes(wish.first[1])
            imported(runtime, path, name=wish.first[0])
        for place, rows in enumerate(sales.batches):
            path = folder / f"batch{place}"
            path.write_bytes(wish.layout.text(rows))
            batch = imported(runtime, path, name=wish.mapping)
            found += Counter(batch.counts)
            assert not batch.documents.get("rejected")
        if not wish.takes:
            assert found == +Counter({name: n for name, n in counts.items() if name != "documents_without_amount"})
        for view in ("documents", "members", "checkpoints"):
            assert first_difference(exported(runtime, view), as_csv(getattr(results, view)).encode()) == ""


@pytest.mark.parametrize("seed", [*SEEDS, *MORE_SEEDS])
@pytest.mark.parametrize("name", WISHES)
def test_a_program_of_another_shape_agrees_with_plain_python(
    name: str, seed: int, sqlite_url: str, tmp_path: Path
) -> None:
    agree(WISHES[name], seed, sqlite_url, tmp_path, members=20)


@pytest.mark.parametrize("seed", [105, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(100, 140))])
def test_many_wishes_at_once_agree_with_plain_python(seed: int, sqlite_url: str, tmp_path: Path) -> None:
    agree(mixed(seed), seed, sqlite_url, tmp_path, members=30)


@pytest.mark.parametrize("name", ON_POSTGRESQL)
def test_it_agrees_on_postgresql_as_well(name: str, postgres_url: str, tmp_path: Path) -> None:
    agree(WISHES[name], SEEDS[0] + 1, postgres_url, tmp_path, members=20)
