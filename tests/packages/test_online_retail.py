"""The reference program, as packages of JSON, agrees to the last point with an independent computation."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from packages.retailer import exported, figures, imported, retailer

FULL = pytest.param("", "online-retail.csv.gz", marks=pytest.mark.full, id="full")
SAMPLE = pytest.param("sample-", "sample.csv", id="sample")


def expected(folder: Path, name: str) -> bytes:
    """An expected file, unpacked."""
    plain = folder / "expected" / name
    return plain.read_bytes() if plain.exists() else gzip.decompress((folder / "expected" / f"{name}.gz").read_bytes())


def first_difference(found: bytes, wanted: bytes) -> str:
    """The first line in which two files differ, to read in a failure."""
    for number, (ours, theirs) in enumerate(zip(found.splitlines(), wanted.splitlines(), strict=False), 1):
        if ours != theirs:
            return f"line {number}: {ours.decode()} instead of {theirs.decode()}"
    counts = len(found.splitlines()), len(wanted.splitlines())
    return f"{counts[0]} lines instead of {counts[1]}" if found != wanted else ""


def flattened(totals: dict[str, Any]) -> dict[str, str]:
    """The expected totals under the names of the view's columns."""
    flat = {**totals["totals"], **{name: totals[name] for name in ("members", "documents", "members_in_debt")}}
    flat |= {f"tier_{code}": count for code, count in totals["tier"].items()}
    flat |= {f"tier_max_{code}": count for code, count in totals["tier_max"].items()}
    return {name: str(value) for name, value in flat.items()}


@pytest.mark.parametrize(("prefix", "file"), [SAMPLE, FULL])
def test_the_program_agrees_with_the_reference(
    prefix: str, file: str, database_url: str, shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "online-retail"
    totals = json.loads(expected(folder, f"{prefix}totals.json"))
    with retailer(database_url, tmp_path) as runtime:
        batch = imported(runtime, folder / file)
        assert {**batch.counts, "documents_without_amount": batch.documents.get("documents_without_amount", 0)} == {
            name: count for name, count in totals["input"].items() if name != "rows"
        }
        assert batch.rows == totals["input"]["rows"]
        for view in ("documents", "members", "checkpoints"):
            assert first_difference(exported(runtime, view), expected(folder, f"{prefix}{view}.csv")) == ""
        assert figures(runtime, "totals") == flattened(totals)
