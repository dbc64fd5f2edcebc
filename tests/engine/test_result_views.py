"""The online retail package imports its sample and exports results that are equal byte for byte."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tessera.context import Context
from tessera.engine import mapping as imports
from tessera.engine import packages, views
from tessera.meta import load_folder
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store import install

CTX = Context()
METADATA = Path(__file__).resolve().parents[2] / "metadata"


@pytest.fixture
def runtime(database_url: str, shared_data: Path, tmp_path: Path) -> Iterator[Runtime]:
    """The package over its requirements, with the sample imported."""
    made = open_runtime(Settings(database_url=database_url, data_dir=tmp_path))
    install(made.database)
    given = [load_folder(METADATA / name) for name in ("retail", "loyalty", "online_retail")]
    packages.apply(made.database, made.settings, CTX, given, consent=True)
    file = imports.ImportFile(shared_data / "online-retail" / "sample.csv", "sample.csv")
    imports.run_batch(made, CTX, imports.start_batch(made, CTX, "online_retail", [file]))
    yield made
    made.close()


def exported(runtime: Runtime, name: str, file_format: views.FileFormat = "csv") -> bytes:
    """A view as a file."""
    with runtime.reading(CTX) as work:
        return b"".join(views.export_view(work, name, file_format, is_raw=True))


def test_results_of_the_sample_are_the_expected_files(runtime: Runtime, shared_data: Path) -> None:
    expected = shared_data / "online-retail" / "expected"
    for name in ("documents", "members"):
        assert exported(runtime, name) == gzip.decompress((expected / f"sample-{name}.csv.gz").read_bytes()), name
    assert exported(runtime, "checkpoints") == (expected / "sample-checkpoints.csv").read_bytes()
    totals = json.loads(exported(runtime, "totals", "ndjson"))
    wanted = json.loads((expected / "sample-totals.json").read_text())
    for name, value in wanted["totals"].items():
        assert totals[name] == value, name
    assert {code: totals[f"tier_{code}"] for code in wanted["tier"]} == wanted["tier"]
