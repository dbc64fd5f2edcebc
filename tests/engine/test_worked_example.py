"""The reference program over the real sample gives exactly the expected documents, members and checkpoints."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engine import trade
from tessera.context import Context
from tessera.engine import timeline
from tessera.runtime import Runtime

AS_OF = date(2012, 3, 31)


@pytest.fixture
def data(shared_data: Path) -> Path:
    """The folder of the data set."""
    return shared_data / "online-retail"


@pytest.fixture
def runtime(database_url: str, tmp_path: Path, data: Path) -> Iterator[Runtime]:
    """The sample, settled in groups."""
    runtime = trade.opened(database_url, tmp_path)
    with runtime.writing(Context()) as work, timeline.deferred(work):
        trade.write(work, trade.read_sample(data / "sample.csv"))
    timeline.settle_pending(runtime, Context(), holders=20)
    yield runtime
    runtime.close()


def expected(data: Path, name: str) -> list[dict[str, str]]:
    """The rows of a file of expected results."""
    raw = (data / "expected" / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_sample_gives_the_expected_documents_members_and_checkpoints(runtime: Runtime, data: Path) -> None:
    with runtime.reading(Context()) as work:
        documents = trade.document_rows(work)
        members = trade.member_rows(work, AS_OF)
        closing = {row["day"]: trade.member_rows(work, date.fromisoformat(row["day"]))
                   for row in expected(data, "sample-checkpoints.csv")[::4]}
        assert timeline.verify(work) == []
    assert documents == [list(row.values()) for row in expected(data, "sample-documents.csv.gz")]
    wanted = {row["member_id"]: [row[name] for name in trade.MEMBER_COLUMNS]
              for row in expected(data, "sample-members.csv.gz")}
    assert members == wanted
    for row in expected(data, "sample-checkpoints.csv")[::4]:
        rows = closing[row["day"]].values()
        sums = {name: sum(int(each[place]) for each in rows) for place, name in enumerate(trade.MEMBER_COLUMNS)
                if not name.startswith("tier")}
        asked = [name for name in sums if name in row]
        assert [str(sums[name]) for name in asked] == [row[name] for name in asked]
