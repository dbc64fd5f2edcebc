"""The plain Python program agrees with the expected results that stand beside the repository."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from packages.reference_cleaning import Cleaning, documents_of
from packages.reference_program import as_csv, run
from packages.reference_terms import program_of
from packages.test_online_retail import expected, first_difference

SAMPLE = pytest.param("sample-", "sample.csv", id="sample")
FULL = pytest.param("", "online-retail.csv.gz", marks=pytest.mark.long, id="full")


def rows_of(path: Path) -> Iterable[dict[str, str]]:
    """The rows of a file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
        yield from csv.DictReader(file)


@pytest.mark.parametrize(("prefix", "file"), [SAMPLE, FULL])
def test_the_plain_program_agrees_with_the_expected_results(prefix: str, file: str, shared_data: Path) -> None:
    folder = shared_data / "online-retail"
    program = program_of(json.loads((folder / "program.json").read_text("utf-8")))
    documents, counts = documents_of([list(rows_of(folder / file))], Cleaning(program))
    totals = json.loads(expected(folder, f"{prefix}totals.json"))
    assert counts.total() - counts["documents_without_amount"] == totals["input"].pop("rows")
    assert +counts == {name: count for name, count in totals["input"].items() if count}
    results = run(program, documents)
    for name in ("members", "documents", "checkpoints"):
        found = as_csv(getattr(results, name)).encode()
        assert first_difference(found, expected(folder, f"{prefix}{name}.csv")) == ""
