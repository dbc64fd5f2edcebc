"""Imports on both databases: batches, kills, repeats, rejected rows, corrections, references, joins."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from mapping_kit import HEADER, RECEIPTS, Json, changed, package
from tessera import faults
from tessera.context import Context
from tessera.engine import mapping as imports
from tessera.engine import packages, records
from tessera.engine.mapping.errors import BatchClosed, BatchUnderWay, FileImported
from tessera.engine.mapping.readers import MissingColumn
from tessera.errors import NotFound
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store import install

CTX = Context()
FAULTS = (
    "import.chunk_read", "import.chunk_written", "import.file_read", "import.documents_ready",
    "import.documents_written", "import.portion_written", "import.settled",
)  # fmt: skip


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Runtime]]:
    """Opens a runtime with these mappings."""
    opened: list[Runtime] = []

    def made(*mappings: Json) -> Runtime:
        runtime = open_runtime(Settings(database_url=database_url, data_dir=tmp_path / "data"))
        opened.append(runtime)
        install(runtime.database)
        packages.apply(runtime.database, runtime.settings, CTX, [package(*mappings)], consent=True)
        return runtime

    yield made
    for each in opened:
        each.close()


def row(
    number: str = "500001", units: str = "2", price: str = "1.50", holder: str = "77.0", item: str = "12345"
) -> str:
    """A line of a file."""
    return f"{number},{item},tea,{units},2024-01-02 10:00:00,{price},{holder},UK"


def file_of(folder: Path, *lines: str, name: str = "rows.csv", header: str = HEADER) -> imports.ImportFile:
    """A file of these lines."""
    path = folder / name
    path.write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return imports.ImportFile(path, name)


def run(runtime: Runtime, *files: imports.ImportFile, name: str = "receipts", **options: Any) -> imports.Batch:
    """A batch from beginning to end."""
    return imports.run_batch(runtime, CTX, imports.start_batch(runtime, CTX, name, files, **options))


def stored(runtime: Runtime, entity: str = "receipt") -> list[Json]:
    """The records of an entity by their number, lines inside, without what differs from run to run."""
    with runtime.reading(CTX) as work:
        page = records.list_page(work, entity, records.ListQuery(limit=500))
        found = [records.get(work, entity, each["id"]) for each in page.rows]
    key = "number" if entity != "account" else "code"
    return sorted(found, key=lambda each: str(each[key]))


def essence(runtime: Runtime) -> str:
    """What an import has made, whatever it took."""
    accounts = {each["id"]: each["code"] for each in stored(runtime, "account")}
    papers = [
        [name, each["number"], each["at"], accounts[each["account"]],
         [[line["item"], line["units"], line["amount"]] for line in each["lines"]]]
        for name in ("receipt", "given_back") for each in stored(runtime, name)
    ]  # fmt: skip
    return json.dumps([sorted(accounts.values()), papers], default=str)


def test_the_sample_becomes_its_documents(start: Callable[..., Runtime], shared_data: Path) -> None:
    runtime = start(RECEIPTS)
    folder = shared_data / "online-retail"
    batch = run(runtime, imports.ImportFile(folder / "sample.csv", "sample.csv"))
    assert batch.totals() == json.loads((folder / "expected" / "sample-totals.json").read_text())["input"]
    assert batch.documents["created"] == len(stored(runtime)) + len(stored(runtime, "given_back")) == 394
    assert len(stored(runtime, "account")) == 73


@pytest.mark.parametrize("point", FAULTS)
def test_a_killed_batch_goes_on_to_the_same_result(
    start: Callable[..., Runtime], tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tessera.engine.mapping.reading.CHUNK_ROWS", 3)
    monkeypatch.setattr("tessera.engine.mapping.packets.PACKET_ROWS", 2)
    monkeypatch.setattr("tessera.engine.mapping.packets.PORTION_PACKETS", 2)
    numbers = [f"50000{i % 7}" for i in range(20)] + ["C500001", "bad"]
    lines = [row(each, units="-1" if each[0] == "C" else "2", holder=f"{i % 3}.0") for i, each in enumerate(numbers)]
    runtime = start(RECEIPTS)
    batch = imports.start_batch(runtime, CTX, "receipts", [file_of(tmp_path, *lines, row(price="x"))])
    kills = 0
    for nth in (1, 2):
        left = nth

        def kill() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        with faults.armed(point, kill):
            try:
                imports.run_batch(runtime, CTX, batch)
            except Killed:
                kills += 1
    done = imports.run_batch(runtime, CTX, batch)
    assert kills >= 1
    assert done.totals() == {
        "accepted_return": 1, "accepted_sale": 20, "documents_without_amount": 0, "rejected": 1, "rows": 23,
        "skip_document_number": 1,
    }  # fmt: skip
    assert done.documents["created"] == 8
    found = stored(runtime)
    assert [len(each["lines"]) for each in found] == [3, 3, 3, 3, 3, 3, 2]
    with runtime.reading(CTX) as work:
        assert [each["row"] for each in imports.list_rejects(work, batch)] == [23]


def test_the_same_file_twice_is_refused_unless_it_is_forced(start: Callable[..., Runtime], tmp_path: Path) -> None:
    runtime = start(RECEIPTS)
    run(runtime, file_of(tmp_path, row()))
    before = essence(runtime)
    with pytest.raises(FileImported) as refused:
        run(runtime, file_of(tmp_path, row(), name="other.csv"))
    assert refused.value.params == {"file": "other.csv", "batch": 1}
    assert run(runtime, file_of(tmp_path, row()), is_forced=True).totals()["skip_repeated_document"] == 1
    assert essence(runtime) == before


def test_overlapping_batches_give_each_document_once(start: Callable[..., Runtime], tmp_path: Path) -> None:
    runtime = start(RECEIPTS)
    run(runtime, file_of(tmp_path, row("500001"), row("500002"), row("500009", holder="")))
    second = run(runtime, file_of(tmp_path, row("500002", price="9"), row("500003"), row("500009"), name="b.csv"))
    assert second.totals()["skip_repeated_document"] == 2
    assert [each["number"] for each in stored(runtime)] == ["500001", "500002", "500003"]


def test_files_of_one_batch_are_one_run_of_rows(start: Callable[..., Runtime], tmp_path: Path) -> None:
    runtime = start(RECEIPTS)
    files = [file_of(tmp_path, row(), name="a.csv"), file_of(tmp_path, row(), row(price="x"), name="b.csv")]
    batch = run(runtime, *files)
    assert len(stored(runtime)[0]["lines"]) == 2
    with runtime.reading(CTX) as work:
        assert [each["row"] for each in imports.list_rejects(work, batch.id)] == [3]
        assert imports.source_of(work, "receipt", stored(runtime)[0]["id"]) == {
            "batch": 1, "key": "500001", "first_row": 1, "rows": 2,
        }  # fmt: skip


def test_a_mapping_has_one_batch_under_way(start: Callable[..., Runtime], tmp_path: Path) -> None:
    runtime = start(RECEIPTS)
    first = imports.start_batch(runtime, CTX, "receipts", [file_of(tmp_path, row())])
    with pytest.raises(BatchUnderWay):
        imports.start_batch(runtime, CTX, "receipts", [file_of(tmp_path, row("500002"))])
    runtime.write(CTX, lambda work: imports.cancel_batch(work, first))
    with pytest.raises(BatchClosed):
        imports.run_batch(runtime, CTX, first)
    assert run(runtime, file_of(tmp_path, row("500002"))).status == "complete"
    with runtime.reading(CTX) as work:
        assert [each.status for each in imports.list_batches(work)] == ["complete", "cancelled"]


def without_register(policy: str) -> Json:
    """The mapping without the register, so that known documents come again."""
    block = {**RECEIPTS["documents"][0], "on_repeat": policy}
    return changed(RECEIPTS, classes=RECEIPTS["classes"][1:], documents=[block])


@pytest.mark.parametrize(
    ("policy", "outcome", "units"),
    [("ignore", "ignored", [2]), ("revise", "revised", [3, 4]), ("review", "review", [2])],
)
def test_a_known_document_with_other_content(
    start: Callable[..., Runtime], tmp_path: Path, policy: str, outcome: str, units: list[int]
) -> None:
    runtime = start(without_register(policy))
    run(runtime, file_of(tmp_path, row("500001"), row("500002")))
    again = run(runtime, file_of(tmp_path, row("500001", "3"), row("500001", "4"), row("500002"), name="b.csv"))
    assert {name: again.documents[name] for name in (outcome, "unchanged")} == {outcome: 1, "unchanged": 1}
    assert [line["units"] for line in stored(runtime)[0]["lines"]] == units


def test_a_document_under_review_is_taken_over_or_left(start: Callable[..., Runtime], tmp_path: Path) -> None:
    runtime = start(without_register("review"))
    run(runtime, file_of(tmp_path, row("500001"), row("500002")))
    batch = run(runtime, file_of(tmp_path, row("500001", "3"), row("500002", "4"), name="b.csv")).id
    with runtime.reading(CTX) as work:
        one, two = imports.list_rejects(work, batch, stage="review")
    runtime.write(CTX, lambda work: imports.settle_review(work, batch, one["id"], accept=True))
    runtime.write(CTX, lambda work: imports.settle_review(work, batch, two["id"], accept=False))
    assert [each["lines"][0]["units"] for each in stored(runtime)] == [3, 2]
    with pytest.raises(BatchClosed):
        runtime.write(CTX, lambda work: imports.settle_review(work, batch, one["id"], accept=True))
    with runtime.reading(CTX) as work:
        assert imports.list_rejects(work, batch) == []


def test_rejected_rows_are_corrected_and_join_their_document(start: Callable[..., Runtime], tmp_path: Path) -> None:
    runtime = start(RECEIPTS)
    wrong = row("500001", "many").replace("tea", "=tea")
    lines = [row("500001", "1"), wrong, row("500001", "3"), row("500002", price="x")]
    batch = run(runtime, file_of(tmp_path, *lines))
    assert batch.counts == {"accepted_sale": 2, "rejected": 2}
    with runtime.reading(CTX) as work:
        text = "".join(imports.export_rejects(work, batch.id))
    assert text.splitlines()[0] == "#row,#code,#column,#message," + HEADER.strip()
    assert "2,not_a_number,Quantity," in text and ",'=tea," in text
    kept = [line for line in text.replace("many", "2").splitlines() if "500002" not in line]
    path = tmp_path / "fixed.csv"
    path.write_text("\n".join(kept) + "\n")
    fixed = run(runtime, imports.ImportFile(path, "fixed.csv"), corrects=batch.id)
    assert fixed.documents["revised"] == 1
    lines_now = stored(runtime)[0]["lines"]
    assert [(line["units"], line["words"]) for line in lines_now] == [(1, "tea"), (2, "=tea"), (3, "tea")]
    with runtime.reading(CTX) as work:
        assert [each["row"] for each in imports.list_rejects(work, batch.id)] == [4]


def _cells(number: str, units: str) -> list[str]:
    return row(number, units).split(",")


def _sheet(path: Path, rows: list[list[str]]) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, cells in enumerate([["Sales of January"], [], HEADER.strip().split(","), *rows]):
            sheet.write_row(place, 0, cells)


def _objects(path: Path, rows: list[list[str]]) -> None:
    inner = [dict(zip(HEADER.strip().split(","), cells, strict=True)) for cells in rows]
    path.write_text("".join(json.dumps({"rows": [each]}) + "\n" for each in inner))


def _bare(path: Path, rows: list[list[str]]) -> None:
    path.write_text("Sales of\tJanuary\n" + "".join("\t".join(cells[:7]) + "\n" for cells in rows), "utf-16")


INSIDE = [{**each, "heading": f"rows.{each['name']}"} for each in RECEIPTS["columns"]]
OTHERWISE: dict[str, tuple[Json, Callable[[Path, list[list[str]]], None]]] = {
    "xlsx": ({"format": "xlsx", "skip_rows": 2}, _sheet),
    "ndjson": ({"format": "ndjson", "rows_at": "rows", "columns": INSIDE}, _objects),
    "bare": ({"header": False, "delimiter": "\t", "encoding": "utf-16", "quote": "", "skip_rows": 1}, _bare),
}


@pytest.mark.parametrize("written", OTHERWISE)
@pytest.mark.parametrize("separator", [",", ";"])
def test_rejected_rows_come_back_as_csv_however_the_files_are_written(
    written: str, separator: str, sqlite_url: str, tmp_path: Path
) -> None:
    changes, write = OTHERWISE[written]
    runtime = open_runtime(Settings(database_url=sqlite_url, data_dir=tmp_path / "data"))
    packages.apply(runtime.database, runtime.settings, CTX, [package(changed(RECEIPTS, **changes))], consent=True)
    path = tmp_path / "rows"
    write(path, [_cells("500001", "1"), _cells("500001", "many"), _cells("500002", "5")])
    batch = run(runtime, imports.ImportFile(path, "rows"))
    assert batch.counts == {"accepted_sale": 2, "rejected": 1}
    with runtime.reading(CTX) as work:
        between = "\t" if written == "bare" else ","
        exported = list(csv.reader(imports.export_rejects(work, batch.id), delimiter=between))
    fixed = tmp_path / "fixed.csv"
    with fixed.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(
            [cell.replace("many", "2") for cell in cells] for cells in exported)  # fmt: skip
    assert run(runtime, imports.ImportFile(fixed, "fixed.csv"), corrects=batch.id).documents["revised"] == 1
    assert [[line["units"] for line in each["lines"]] for each in stored(runtime)] == [[1, 2], [5]]
    runtime.close()


def test_a_document_that_the_records_refuse_is_rejected_with_its_rows(
    start: Callable[..., Runtime], tmp_path: Path
) -> None:
    runtime = start(RECEIPTS)
    words = "x" * 201
    long = row().replace("tea", words)
    batch = run(runtime, file_of(tmp_path, row("500002"), row(), long, row("500003")))
    assert batch.counts == {"accepted_sale": 2, "rejected": 2}
    with runtime.reading(CTX) as work:
        found = imports.list_rejects(work, batch.id)
    assert [(each["row"], each["stage"], each["column"]) for each in found] == [
        (2, "document", "lines"), (3, "document", "lines"),
    ]  # fmt: skip
    assert found[1]["cells"][2] == words


def test_a_reference_that_is_missing_rejects_or_creates(start: Callable[..., Runtime], tmp_path: Path) -> None:
    fields = [dict(each) for each in RECEIPTS["documents"][0]["fields"]]
    fields[2].pop("missing")
    block = {**RECEIPTS["documents"][0], "fields": fields}
    runtime = start(changed(RECEIPTS, documents=[block]))
    runtime.write(CTX, lambda work: records.create(work, "account", {"code": "77"}))
    batch = run(runtime, file_of(tmp_path, row(), row("500002", holder="78.0")))
    assert batch.counts == {"accepted_sale": 1, "rejected": 1}
    with runtime.reading(CTX) as work:
        assert imports.list_rejects(work, batch.id)[0]["code"] == "unknown_reference"


def test_a_created_reference_has_further_values(start: Callable[..., Runtime], tmp_path: Path) -> None:
    fields = [dict(each) for each in RECEIPTS["documents"][0]["fields"]]
    fields[2]["with"] = [{"uid": "name", "field": "name", "value": "FIRST(rows, Description)"}]
    runtime = start(changed(RECEIPTS, documents=[{**RECEIPTS["documents"][0], "fields": fields}]))
    run(runtime, file_of(tmp_path, row()))
    assert [(each["code"], each["name"]) for each in stored(runtime, "account")] == [("77", "tea")]


PEOPLE: Json = {
    "kind": "mapping", "uid": "people", "name": "people", "label": "people", "format": "ndjson", "zone": "UTC",
    "key": "code", "columns": [{"uid": "code", "name": "code"}, {"uid": "grade", "name": "grade", "type": "integer"}],
    "classes": [{"uid": "all", "name": "accepted", "when": "TRUE", "into": "account"}],
    "documents": [{"uid": "doc", "into": ["account"], "each_row": True, "on_repeat": "revise", "fields": [
        {"uid": "code", "field": "code", "value": "code"}, {"uid": "grade", "field": "grade", "value": "grade"}]}],
}  # fmt: skip


def test_rows_are_joined_to_records_and_records_upserted(start: Callable[..., Runtime], tmp_path: Path) -> None:
    join = {"uid": "owner", "name": "owner", "entity": "account", "key": "code", "on": "BEFORE(CustomerID, '.0')"}
    low = {"uid": "low", "name": "skip_low", "when": "COALESCE(owner.grade, 0) < 5"}
    runtime = start(PEOPLE, changed(RECEIPTS, joins=[join], classes=[low, *RECEIPTS["classes"]]))
    runtime.write(CTX, lambda work: records.create(work, "account", {"code": "77", "grade": 1}))
    path = tmp_path / "people.ndjson"
    path.write_text('{"code": "77", "grade": 5}\n{"code": "78", "grade": 4}\n')
    people = run(runtime, imports.ImportFile(path, path.name), name="people")
    assert people.documents == {"revised": 1, "created": 1}
    assert run(runtime, file_of(tmp_path, row(), row("500002", holder="78.0"))).counts == {
        "skip_low": 1, "accepted_sale": 1,
    }  # fmt: skip


def test_a_file_without_a_needed_column_is_refused_at_once(start: Callable[..., Runtime], tmp_path: Path) -> None:
    runtime = start(RECEIPTS)
    with pytest.raises(MissingColumn):
        imports.start_batch(runtime, CTX, "receipts", [file_of(tmp_path, header="InvoiceNo,StockCode\n")])
    with runtime.reading(CTX) as work:
        assert imports.list_batches(work) == []
        with pytest.raises(NotFound):
            imports.get_batch(work, 1)


def test_files_are_kept_only_while_they_are_needed(start: Callable[..., Runtime], tmp_path: Path) -> None:
    runtime = start(RECEIPTS)
    batch = imports.start_batch(runtime, CTX, "receipts", [file_of(tmp_path, row())])
    assert len(os.listdir(tmp_path / "data" / "imports")) == 1
    imports.run_batch(runtime, CTX, batch)
    assert os.listdir(tmp_path / "data" / "imports") == []
