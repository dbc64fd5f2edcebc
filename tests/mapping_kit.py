"""A small package and mapping for the tests of imports: receipts and returns of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tessera.engine.mapping.classifier import Chunk, Classifier
from tessera.engine.mapping.host import RowHost
from tessera.engine.mapping.readers import TableFormat, examine, open_table, positions
from tessera.meta import compile_model
from tessera.meta.documents import Package, document_of, package_of
from tessera.meta.kinds.mapping import Mapping as MappingPart
from tessera.meta.kinds.mapping import Target

Json = dict[str, Any]

LINES: Json = {
    "uid": "lines", "name": "lines", "label": "lines", "type": "lines", "fields": [
        {"uid": "item", "name": "item", "label": "item", "type": "text", "max_length": 40},
        {"uid": "words", "name": "words", "label": "words", "type": "text", "max_length": 200},
        {"uid": "units", "name": "units", "label": "units", "type": "integer", "required": True},
        {"uid": "amount", "name": "amount", "label": "amount", "type": "decimal", "precision": 18, "scale": 2},
    ],
}  # fmt: skip


def paper(name: str) -> Json:
    """An entity of dated papers with lines, for an account."""
    return {
        "kind": "entity", "uid": name, "name": name, "label": name, "title": "number", "business_key": ["number"],
        "fields": [
            {"uid": "number", "name": "number", "label": "no", "type": "text", "max_length": 40, "required": True},
            {"uid": "at_", "name": "at", "label": "at", "type": "datetime", "required": True},
            {"uid": "account", "name": "account", "label": "acc", "type": "reference", "to": "account",
             "on_delete": "refuse"},
            {"uid": "total", "name": "total", "label": "total", "type": "decimal", "precision": 18, "scale": 2},
            LINES,
        ],
    }  # fmt: skip


ACCOUNT: Json = {
    "kind": "entity", "uid": "account", "name": "account", "label": "account", "title": "code",
    "business_key": ["code"], "fields": [
        {"uid": "code", "name": "code", "label": "code", "type": "text", "max_length": 40, "required": True},
        {"uid": "name", "name": "name", "label": "name", "type": "text", "max_length": 80},
        {"uid": "grade", "name": "grade", "label": "grade", "type": "integer"},
    ],
}  # fmt: skip

RECEIPTS: Json = {
    "kind": "mapping", "uid": "receipts", "name": "receipts", "label": "receipts", "format": "csv", "zone": "UTC",
    "columns": [
        {"uid": "number", "name": "InvoiceNo"}, {"uid": "code", "name": "StockCode"},
        {"uid": "words", "name": "Description"}, {"uid": "quantity", "name": "Quantity"},
        {"uid": "date", "name": "InvoiceDate"}, {"uid": "price", "name": "UnitPrice"},
        {"uid": "holder", "name": "CustomerID"},
    ],
    "key": "number",
    "let": [
        {"uid": "number_", "name": "number", "value": "TRIM(InvoiceNo)"},
        {"uid": "item", "name": "item", "value": "UPPER(TRIM(StockCode))"},
        {"uid": "quantity_", "name": "quantity", "value": "INTEGER(Quantity)"},
        {"uid": "price_", "name": "price", "value": "DECIMAL(UnitPrice)"},
    ],
    "classes": [
        {"uid": "repeated", "name": "skip_repeated_document", "when": "IN_EARLIER_BATCH(number)"},
        {"uid": "nobody", "name": "skip_no_member", "when": "ISBLANK(CustomerID)"},
        {"uid": "docno", "name": "skip_document_number", "when": "NOT MATCHES(number, 'C?[0-9]{6}')"},
        {"uid": "goods", "name": "skip_not_merchandise", "when": "NOT MATCHES(LEFT(item, 5), '[0-9]{5}')"},
        {"uid": "free", "name": "skip_price_not_positive", "when": "price <= 0"},
        {"uid": "sign", "name": "skip_wrong_sign",
         "when": "IF(STARTS(number, 'C'), quantity >= 0, quantity <= 0)"},
        {"uid": "back", "name": "accepted_return", "when": "STARTS(number, 'C')", "into": "given_back"},
        {"uid": "sold", "name": "accepted_sale", "when": "TRUE", "into": "receipt"},
    ],
    "documents": [{
        "uid": "doc", "into": ["receipt", "given_back"], "on_repeat": "ignore",
        "fields": [
            {"uid": "number", "field": "number", "value": "number"},
            {"uid": "at_", "field": "at", "value": "MIN(rows, DATETIME(InvoiceDate))"},
            {"uid": "account", "field": "account", "value": "FIRST(rows, BEFORE(CustomerID, '.0'))",
             "missing": "create"},
        ],
        "lines": {"into": "lines", "values": [
            {"uid": "item", "field": "item", "value": "item"},
            {"uid": "words", "field": "words", "value": "Description"},
            {"uid": "units", "field": "units", "value": "ABS(quantity)"},
            {"uid": "amount", "field": "amount", "value": "ROUND(ABS(quantity * price), 2)"},
        ]},
        "drop": [{"uid": "empty", "name": "documents_without_amount", "when": "SUM(lines, amount) = 0"}],
    }],
}  # fmt: skip

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def changed(body: Json, **changes: Any) -> Json:
    """A copy of a document with other keys; None takes one out."""
    made = {**deepcopy(body), **changes}
    return {key: value for key, value in made.items() if value is not None}


def package(*mappings: Json) -> Package:
    """The package of these mappings with the entities."""
    head = {"kind": "package", "uid": "test", "name": "test", "version": "1.0.0"}
    bodies = [head, ACCOUNT, paper("receipt"), paper("given_back"), *mappings]
    return package_of("test", [document_of("test", f"{i}.json", body) for i, body in enumerate(bodies)])


def mapping(body: Json = RECEIPTS) -> MappingPart:
    """The compiled mapping."""
    found = compile_model([package(body)]).part("mapping", body["name"])
    assert isinstance(found, MappingPart)
    return found


def target_of(part: MappingPart, name: str) -> Target:
    """The target for that entity."""
    return next(each for each in part.targets if each.entity == f"test:{name}")


def host(known: Sequence[str] = (), joined: Mapping[str, dict[Any, Any]] | None = None) -> RowHost:
    """Surroundings in which those keys came in earlier batches."""
    made = RowHost(ZoneInfo("UTC"), datetime(2024, 1, 1, tzinfo=UTC), lambda keys: set(keys) & set(known))
    made.joined.update(joined or {})
    return made


def classified(part: MappingPart, path: Path, surroundings: RowHost | None = None) -> Chunk:
    """All rows of a file as one chunk."""
    form = TableFormat(
        part.format, part.delimiter, part.quote, part.encoding, part.has_header, part.rows_at, part.sheet,
        part.skip_rows,
    )
    encoding = examine(path).encoding if part.encoding == "auto" else part.encoding
    with open_table(path, form, encoding, part.columns) as table:
        places = positions(part.columns, table.header)
        return Classifier(part, places, surroundings or host()).run(table.rows, 0)
