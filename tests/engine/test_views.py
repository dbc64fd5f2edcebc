"""Views over records, their totals, and their files."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from mapping_kit import RECEIPTS, Json, changed, package
from tessera.context import Actor, Context, frozen_clock
from tessera.engine import packages, records, views
from tessera.engine.safe_cells import neutralised, restored
from tessera.errors import NotFound
from tessera.formula import FormulaError
from tessera.meta import check
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store import install

CTX = Context(clock=frozen_clock(datetime(2024, 5, 1, tzinfo=UTC)))

PAPERS: Json = {
    "kind": "view", "uid": "papers", "name": "papers", "label": "papers", "entity": "receipt", "zone": "Asia/Shanghai",
    "filter": "total > 0", "sort": [{"uid": "by_total", "by": "total", "direction": "desc"}], "columns": [
        {"uid": "number", "name": "number", "label": {"zh": "单号", "en": "Number"}, "value": "number"},
        {"uid": "owner", "name": "owner", "label": "owner", "value": "account.name"},
        {"uid": "at_", "name": "at", "label": "at", "value": "at", "format": "datetime"},
        {"uid": "day", "name": "day", "label": "day", "value": "at", "format": "date"},
        {"uid": "minor", "name": "minor", "label": "minor", "value": "total", "format": "minor"},
        {"uid": "half", "name": "half", "label": "half", "value": "total / 3", "format": "decimal"},
        {"uid": "units", "name": "units", "label": "units", "value": "SUM(lines, units)"},
        {"uid": "secret", "name": "secret", "label": "secret", "value": "total", "is_hidden": True},
    ],
}  # fmt: skip
SUMS: Json = {
    "kind": "view", "uid": "sums", "name": "sums", "label": "sums", "totals_of": "papers", "columns": [
        {"uid": "rows", "name": "papers", "label": "rows", "value": "COUNT(rows)"},
        {"uid": "minor", "name": "minor", "label": "minor", "value": "SUM(rows, minor)"},
        {"uid": "many", "name": "many", "label": "many", "value": "COUNT(rows, units > 1)"},
    ],
}  # fmt: skip
BY_OWNER = changed(
    PAPERS, uid="by_owner", name="by_owner", filter=None,
    sort=[{"uid": "one", "by": "owner"}, {"uid": "two", "by": "number", "direction": "desc"}],
)  # fmt: skip


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """Three receipts of two accounts."""
    made = open_runtime(Settings(database_url=database_url, data_dir=tmp_path))
    install(made.database)
    packages.apply(made.database, made.settings, CTX, [package(RECEIPTS, PAPERS, SUMS, BY_OWNER)], consent=True)

    def fill(work: Any) -> None:
        records.create(work, "account", {"code": "a", "name": "=cmd()"})
        records.create(work, "account", {"code": "b", "name": "-12.5"})
        for number, owner, total, units in (("1", "a", "12.30", 1), ("2", "b", "0.00", 1), ("3", "b", "20.00", 3)):
            records.create(work, "receipt", {
                "number": number, "account": owner, "at": "2024-01-31T16:30:00Z", "total": total,
                "lines": [{"item": "x", "units": units}],
            })  # fmt: skip

    made.write(CTX, fill)
    yield made
    made.close()


def exported(
    runtime: Runtime, name: str, file_format: views.FileFormat = "csv", ctx: Context = CTX, **more: Any
) -> bytes:
    """A view as a file."""
    with runtime.reading(ctx) as work:
        return b"".join(views.export_view(work, name, file_format, **more))


def test_a_view_over_records_is_filtered_sorted_and_formatted(runtime: Runtime) -> None:
    assert exported(runtime, "papers").decode() == (
        "number,owner,at,day,minor,half,units\n"
        "3,-12.5,2024-02-01 00:30:00,2024-02-01,2000,6.67,3\n"
        "1,'=cmd(),2024-02-01 00:30:00,2024-02-01,1230,4.10,1\n"
    )


def test_texts_for_programs_are_left_as_they_are(runtime: Runtime) -> None:
    assert "\n1,=cmd()," in exported(runtime, "papers", is_raw=True).decode()


def test_headings_may_be_labels_and_a_condition_added(runtime: Runtime) -> None:
    text = exported(runtime, "papers", condition="number = '3'", language="zh").decode()
    assert text.splitlines()[0].startswith("单号,") and len(text.splitlines()) == 2


def test_totals_read_the_rows_of_another_view(runtime: Runtime) -> None:
    assert json.loads(exported(runtime, "sums", "ndjson")) == {"papers": 2, "minor": 3230, "many": 1}


def test_other_views_are_filtered_by_their_columns(runtime: Runtime) -> None:
    assert len(exported(runtime, "sums", condition="papers > 1").splitlines()) == 2
    assert len(exported(runtime, "sums", condition="papers > 2").splitlines()) == 1
    with pytest.raises(FormulaError):
        exported(runtime, "sums", condition="total > 2")


def test_rows_are_sorted_by_computed_columns(runtime: Runtime) -> None:
    lines = exported(runtime, "by_owner").decode().splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == ["3", "2", "1"]


def test_a_sheet_holds_numbers_as_numbers_and_texts_as_texts(runtime: Runtime) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(exported(runtime, "papers", "xlsx")))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[2][:2] == ["1", "=cmd()"]
    assert rows[1][4:6] == [2000.0, 6.67]


def test_a_view_of_records_that_one_may_not_read_does_not_exist(runtime: Runtime) -> None:
    stranger = CTX.acting_as(Actor(7, "stranger"))
    with pytest.raises(NotFound):
        exported(runtime, "papers", ctx=stranger)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sort": [{"uid": "one", "by": "nothing"}]}, "unknown_column"),
        ({"group": ["nothing"]}, "unknown_column"),
        ({"zone": "Mars/North"}, "unknown_zone"),
        ({"columns": [{"uid": "one", "name": "a", "label": "a", "value": "number", "format": "minor"}], "sort": None},
         "wrong_format"),
        ({"columns": [PAPERS["columns"][0], {**PAPERS["columns"][0], "uid": "two"}], "sort": None}, "repeated_name"),
    ],
)  # fmt: skip
def test_mistakes_of_a_view_are_reported(change: Json, code: str) -> None:
    assert code in {each.code for each in check([package(changed(PAPERS, **change))])}


def test_totals_of_totals_are_refused() -> None:
    again = changed(SUMS, uid="again", name="again", totals_of="sums")
    assert "no_rows" in {each.code for each in check([package(PAPERS, SUMS, again)])}


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "'=x", "＝x"])
def test_neutralised_texts_come_back(text: str) -> None:
    assert neutralised(text) == f"'{text}" and restored(neutralised(text)) == text


@pytest.mark.parametrize("text", ["-12.50", "+3", "tea", "'tis", ""])
def test_harmless_texts_stay(text: str) -> None:
    assert neutralised(text) == restored(text) == text
