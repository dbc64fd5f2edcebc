"""Every row ends in exactly one class; documents are made of the accepted ones."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import orjson
import pytest

from mapping_kit import ACCOUNT, HEADER, RECEIPTS, Json, changed, classified, host, mapping, package, target_of
from tessera.engine.mapping.assembly import Assembled, Assembler
from tessera.engine.mapping.classifier import Chunk, class_counts
from tessera.meta.kinds.mapping import Mapping as MappingPart


def file_of(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    """A file of these lines."""
    path = tmp_path / "rows.csv"
    path.write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def counts(part: MappingPart, chunk: Chunk) -> dict[str, int]:
    """Rows per class."""
    return class_counts(part, chunk.counts)


def assembled(part: MappingPart, chunk: Chunk) -> dict[tuple[str, str], Assembled]:
    """Every document by entity and key."""
    made = {}
    for target, accepted in zip(part.targets, chunk.accepted, strict=True):
        rows = orjson.loads(orjson.dumps(sorted(accepted, key=lambda row: row[:2])))
        groups = [(key, list(members)) for key, members in groupby(rows, key=lambda row: row[0])]
        for each in Assembler(target, host()).documents(groups):
            made[target.entity.partition(":")[2], each.key] = each
    return made


def keys_of(chunk: Chunk) -> list[str]:
    """The keys of the accepted rows, in their order."""
    return [row[0] for rows in chunk.accepted for row in rows]


def row(
    number: str = "500001", item: str = "12345", units: str = "2", price: str = "1.50",
    at: str = "2024-01-02 10:00:00", holder: str = "77.0",
) -> str:  # fmt: skip
    """A line of a file."""
    return f"{number},{item},tea,{units},{at},{price},{holder},UK"


def test_the_sample_is_classified_as_the_reference_program_does(shared_data: Path) -> None:
    folder = shared_data / "online-retail"
    expected = json.loads((folder / "expected" / "sample-totals.json").read_text())["input"]
    part = mapping()
    chunk = classified(part, folder / "sample.csv")
    documents = assembled(part, chunk)
    dropped = sum(1 for each in documents.values() if each.dropped)
    assert {"rows": chunk.rows, **counts(part, chunk), "documents_without_amount": dropped} == expected
    assert len(documents) == 394
    gross = sum(line["amount"] for (name, _), each in documents.items() if name == "receipt"
                for line in each.record["lines"])  # fmt: skip
    assert gross == Decimal("593519.59")


def test_the_first_true_class_takes_the_row(tmp_path: Path) -> None:
    part = mapping()
    rows = [row(holder=""), row(number="x"), row(item="POST"), row(price="0"), row(units="-1"),
            row(number="C500001", units="-1"), row(), row(number="C500002", units="1")]  # fmt: skip
    assert counts(part, classified(part, file_of(tmp_path, *rows))) == {
        "skip_no_member": 1, "skip_document_number": 1, "skip_not_merchandise": 1, "skip_price_not_positive": 1,
        "skip_wrong_sign": 2, "accepted_return": 1, "accepted_sale": 1,
    }  # fmt: skip


def test_a_formula_that_fails_rejects_a_row_only_when_no_earlier_class_took_it(tmp_path: Path) -> None:
    part = mapping()
    chunk = classified(part, file_of(tmp_path, row(price="free", holder=""), row(price="free"), row(at="soon")))
    assert counts(part, chunk) == {"skip_no_member": 1, "rejected": 2}
    first, second = chunk.rejects
    assert (first.row, first.code, first.column, first.at) == (2, "not_a_number", "UnitPrice", "let/price_")
    assert (second.row, second.column) == (3, "InvoiceDate")
    assert first.key == "500001"
    assert first.cells is not None and first.cells[5] == "free"


def test_a_row_that_no_class_takes_is_rejected(tmp_path: Path) -> None:
    part = mapping(changed(RECEIPTS, classes=RECEIPTS["classes"][:-1]))
    assert classified(part, file_of(tmp_path, row())).rejects[0].code == "no_class"


def test_keys_of_all_rows_are_kept_and_those_of_earlier_batches_known(tmp_path: Path) -> None:
    part = mapping()
    chunk = classified(part, file_of(tmp_path, row(number=" 1 ", holder=""), row()), host(known=["500001"]))
    assert chunk.keys == {"1", "500001"}
    assert counts(part, chunk) == {"skip_no_member": 1, "skip_repeated_document": 1}


def test_rows_of_one_key_become_one_document_wherever_they_stand(tmp_path: Path) -> None:
    part = mapping()
    rows = [row(at="2024-01-02 10:05:00"), row("500002"), row(item="54321a", units="3", price="0.333")]
    made = assembled(part, classified(part, file_of(tmp_path, *rows)))
    record = made["receipt", "500001"].record
    assert record["at"] == datetime(2024, 1, 2, 10, 0, tzinfo=UTC)
    assert record["account"] == "77"
    assert [(line["item"], line["units"], line["amount"]) for line in record["lines"]] == [
        ("12345", 2, Decimal("3.00")), ("54321A", 3, Decimal("1.00")),
    ]  # fmt: skip
    assert made["receipt", "500001"].rows == [(1, 7), (3, 7)]


def test_a_dropped_document_is_counted_once(tmp_path: Path) -> None:
    part = mapping()
    made = assembled(part, classified(part, file_of(tmp_path, row(price="0.001"), row(price="0.001"))))
    assert made["receipt", "500001"].dropped == "documents_without_amount"


def test_content_is_equal_when_only_the_writing_differs(tmp_path: Path) -> None:
    part = mapping()
    hashes = []
    for price in ("1.50", "1.5", "1.51"):
        chunk = classified(part, file_of(tmp_path, row(price=price)))
        hashes.append(assembled(part, chunk)["receipt", "500001"].content)
    assert hashes[0] == hashes[1] != hashes[2]


def without_lines() -> Json:
    """A mapping of one amount per document."""
    block = {
        "uid": "doc", "into": ["receipt"], "by": "number", "on_repeat": "ignore", "fields": [
            {"uid": "number", "field": "number", "value": "number"},
            {"uid": "at_", "field": "at", "value": "DATETIME(InvoiceDate)"},
            {"uid": "total", "field": "total", "value": "SUM(rows, price)"},
        ],
    }  # fmt: skip
    classes = [{"uid": "all", "name": "all", "when": "TRUE", "into": "receipt"}]
    return changed(RECEIPTS, documents=[block], classes=classes)


def test_a_document_may_have_no_lines(tmp_path: Path) -> None:
    part = mapping(without_lines())
    made = assembled(part, classified(part, file_of(tmp_path, row(price="1.50"), row(price="2.25"))))
    assert made["receipt", "500001"].record["total"] == Decimal("3.75")


def each_row(**changes: object) -> Json:
    """A mapping in which each row is an account."""
    body = {
        "kind": "mapping", "uid": "people", "name": "people", "label": "people", "format": "csv", "zone": "UTC",
        "decimal": ",", "key": "code",
        "columns": [{"uid": "code", "name": "code"}, {"uid": "name", "name": "name", "heading": "Full name"},
                    {"uid": "grade", "name": "grade", "type": "integer"}],
        "classes": [{"uid": "all", "name": "accepted", "when": "TRUE", "into": "account"}],
        "documents": [{"uid": "doc", "into": ["account"], "each_row": True, "on_repeat": "revise", "fields": [
            {"uid": "code", "field": "code", "value": "code"}, {"uid": "name", "field": "name", "value": "name"},
            {"uid": "grade", "field": "grade", "value": "grade"}]}],
    }  # fmt: skip
    return changed(body, **changes)


def test_each_row_may_be_a_record_and_the_last_of_a_key_counts(tmp_path: Path) -> None:
    part = mapping(each_row())
    path = file_of(tmp_path, "1.000,a,x", '7,b,"1"', "8,a,y", header="grade,code,Full name\n")
    made = assembled(part, classified(part, path))
    assert made["account", "a"].record == {"code": "a", "name": "y", "grade": 8}
    assert made["account", "b"].record == {"code": "b", "name": "1", "grade": 7}


def test_records_without_a_key_stand_for_themselves(tmp_path: Path) -> None:
    part = mapping(each_row(key=None))
    chunk = classified(part, file_of(tmp_path, "a,x,1", "a,x,1", header="code,Full name,grade\n"))
    assert keys_of(chunk) == ["000000000001", "000000000002"]


def test_a_joined_record_can_be_read(tmp_path: Path) -> None:
    join = {"uid": "holder", "name": "owner", "entity": "account", "key": "code", "on": "BEFORE(CustomerID, '.0')"}
    graded = {"uid": "low", "name": "skip_low", "when": "COALESCE(owner.grade, 0) < 5"}
    part = mapping(changed(RECEIPTS, joins=[join], classes=[graded, *RECEIPTS["classes"]]))
    assert part.joins[0].reads == ("grade",)
    chunk = classified(part, file_of(tmp_path, row(), row(holder="78.0"), row(holder="79.0")),
                       host(joined={"owner": {"77": {"id": 1, "grade": 7}, "78": {"id": 2, "grade": 3}}}))  # fmt: skip
    assert counts(part, chunk) == {"skip_low": 2, "accepted_sale": 1}


def test_nth_tells_equal_rows_apart(tmp_path: Path) -> None:
    lets = [{"uid": "number_", "name": "number", "value": "CustomerID & '-' & NTH(CustomerID, UnitPrice)"},
            *RECEIPTS["let"][1:]]  # fmt: skip
    classes = [{"uid": "all", "name": "all", "when": "TRUE", "into": "receipt"}]
    part = mapping(changed(RECEIPTS, let=lets, classes=classes))
    chunk = classified(part, file_of(tmp_path, row(), row(), row(price="2"), row()))
    assert keys_of(chunk) == ["77.0-1", "77.0-2", "77.0-1", "77.0-3"]


def test_columns_may_stand_in_another_order_and_have_older_names(tmp_path: Path) -> None:
    columns = [{**each, "aliases": ["Bon"]} if each["name"] == "InvoiceNo" else each for each in RECEIPTS["columns"]]
    part = mapping(changed(RECEIPTS, columns=columns))
    header = "CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,BON\n"
    path = file_of(tmp_path, "77.0,1.50,2024-01-02 10:00:00,2,tea,12345,500001", header=header)
    assert counts(part, classified(part, path)) == {"accepted_sale": 1}


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"zone": "Mars/North"}, ["unknown_zone"]),
        ({"key": None}, ["missing_key"]),
        ({"classes": [{"uid": "all", "name": "all", "when": "TRUE", "into": "account"}]}, ["no_document"]),
        ({"classes": [{"uid": "all", "name": "rejected", "when": "1"}]}, ["repeated_name", "wrong_type"]),
        ({"let": [{"uid": "one", "name": "rows", "value": "1"}]}, ["repeated_name"]),
    ],
)
def test_mistakes_of_a_mapping_are_reported(change: Json, codes: Sequence[str]) -> None:
    from tessera.meta import check

    found = {each.code for each in check([package(changed(RECEIPTS, **change))])}
    assert set(codes) <= found


def test_a_reference_needs_a_business_key_of_one_field() -> None:
    from tessera.meta import check
    from tessera.meta.documents import document_of, package_of

    known = package(RECEIPTS)
    keyless = document_of("test", "1.json", changed(ACCOUNT, business_key=["code", "name"]))
    documents = [keyless if each.uid == "account" else each for each in known.documents]
    assert "not_a_key" in {each.code for each in check([package_of("test", documents)])}


def test_only_the_values_that_formulas_read_are_kept_of_a_row() -> None:
    part = mapping()
    assert [path for path, _ in target_of(part, "receipt").reads] == [("CustomerID",), ("InvoiceDate",), ("number",)]
