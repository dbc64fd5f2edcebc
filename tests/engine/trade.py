"""Builds documents of the worked example: from the real sample, and by hand."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tessera.context import Context
from tessera.engine import packages, timeline
from tessera.engine.records.hooks import Change
from tessera.engine.work import Work
from tessera.meta import Package, load_folder
from tessera.names import new_ref
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings

PROGRAM = Path(__file__).parent / "worked_example"
CENT = Decimal("0.01")


@dataclass
class Document:
    """A sale or return. lines: item, description, units, amount."""

    number: str
    at: datetime
    customer: str
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def entity(self) -> str:
        """The entity that it is a record of."""
        return "goods_return" if self.number.startswith("C") else "sale"


def read_sample(path: Path) -> list[Document]:
    """The accepted documents of the sample, in file order: sections 1 and 2 of the program's definition."""
    found: dict[str, Document] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            line = _line(row)
            if line is None:
                continue
            at = datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=UTC)
            number = row["InvoiceNo"].strip()
            document = found.setdefault(number, Document(number, at, row["CustomerID"].removesuffix(".0")))
            document.at = min(document.at, at)
            document.lines.append(line)
    return [each for each in found.values() if sum(line["amount"] for line in each.lines)]


def _line(row: dict[str, str]) -> dict[str, Any] | None:
    number, item = row["InvoiceNo"].strip(), row["StockCode"].strip().upper()
    quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
    is_return = number.startswith("C")
    if not row["CustomerID"] or not re.fullmatch("C?[0-9]{6}", number) or not re.match("[0-9]{5}", item) or price <= 0:
        return None
    if (quantity >= 0) if is_return else (quantity <= 0):
        return None
    amount = abs(quantity * price).quantize(CENT, ROUND_HALF_UP)
    return {"item": item, "description": row["Description"] or None, "units": abs(quantity), "amount": amount}


def opened(url: str, folder: Path, packs: Sequence[Package] = ()) -> Runtime:
    """A database with the program of the worked example, or other packages."""
    settings = Settings(database_url=url, data_dir=folder)
    runtime = open_runtime(settings)
    packages.apply(runtime.database, settings, Context(), packs or [load_folder(PROGRAM)])
    return runtime


def write(work: Work, documents: Iterable[Document]) -> None:
    """Insert documents, and the customers that are missing; the timeline is told of them."""
    wanted = list(documents)
    customers = _customers(work, {each.customer for each in wanted})
    for name in ("sale", "goods_return"):
        mine = [each for each in wanted if each.entity == name]
        if mine:
            _write_entity(work, name, mine, customers)


def _customers(work: Work, codes: set[str]) -> dict[str, int]:
    entity = work.model.entity("customer")
    assert entity is not None
    table = work.tables.of(entity)
    known = {row.code: row.id for row in work.tx.execute(sa.select(table.c.id, table.c.code))}
    missing = sorted(codes - set(known))
    numbers = work.tx.allocate(table.name, len(missing))
    fresh = dict(zip(missing, numbers, strict=True))
    work.tx.insert_many(table, (*_SYSTEM, "code"), [(*_system(work, n), code) for code, n in fresh.items()])
    return {**known, **fresh}


def _write_entity(work: Work, name: str, documents: list[Document], customers: dict[str, int]) -> None:
    entity = work.model.entity(name)
    assert entity is not None
    table = work.tables.of(entity)
    lines = entity.field("lines")
    assert lines is not None
    line_table = work.tables.of(work.model.entities[lines.target])
    numbered = list(zip(work.tx.allocate(table.name, len(documents)), documents, strict=True))
    work.tx.insert_many(
        table, (*_SYSTEM, "number", "at", "customer"),
        [(*_system(work, n), each.number, each.at, customers[each.customer]) for n, each in numbered],
    )
    rows = [(n, place, *line.values()) for n, each in numbered for place, line in enumerate(each.lines)]
    keys = work.tx.allocate(line_table.name, len(rows))
    names = ("id", "parent_id", "place", "item", "description", "units", "amount")
    work.tx.insert_many(line_table, names, [(key, *row) for key, row in zip(keys, rows, strict=True)])
    changes = [Change(n, None, {"customer": customers[each.customer]}) for n, each in numbered]
    timeline.notice(work, entity, changes)


_SYSTEM = ("id", "ref", "version", "created_at", "created_by", "updated_at", "updated_by")


def _system(work: Work, number: int) -> tuple[Any, ...]:
    return number, new_ref(), 1, work.now, 0, work.now, 0


def customer_codes(work: Work) -> dict[int, str]:
    """Codes of the customers by id."""
    entity = work.model.entity("customer")
    assert entity is not None
    table = work.tables.of(entity)
    return {row.id: row.code for row in work.tx.execute(sa.select(table.c.id, table.c.code))}


def cents(amount: int | Decimal) -> int:
    """Whole hundredths."""
    return int(amount * 100)


def member_rows(work: Work, as_of: Any) -> dict[str, list[str]]:
    """The columns of the expected members that accounts and state tell, by code."""
    codes = customer_codes(work)
    found = {}
    for each in timeline.holder_figures(work, "customer_life", as_of):
        points, growth, state = each.ledgers["points"], each.ledgers["growth"], each.state
        names = ("earned", "first_bonus", "gifts", "redeemed", "clawed", "expired", "waived")
        found[codes[each.holder]] = [str(value) for value in (
            state["orders"], state["returns"], points.total("redeemed"), cents(growth["balance"]),
            state["level"]["code"], state["top"]["code"], *(points.total(name) for name in names),
            points["debt"], points["balance"], points["open_lots"],
        )]
    return found


MEMBER_COLUMNS = (
    "orders", "returns", "discount_minor", "growth_minor", "tier", "tier_max", "earned", "first_bonus", "gifts",
    "redeemed", "clawed", "expired", "waived", "debt", "balance", "open_lots",
)


def document_rows(work: Work) -> list[list[str]]:
    """The columns of the expected documents, in order."""
    codes = customer_codes(work)
    found = []
    for place, each in enumerate(timeline.decisions_in_order(work, "customer_life")):
        moment, values, posted = each["moment"], each["values"], each["posted"]
        points, growth = posted.get("points", {}), posted.get("growth", {})
        is_return = moment["entity"].endswith("goods_return")
        rows = {row["uid"]: row["values"]["code"] for row in work.model.documents["worked:levels"]["rows"]}
        names = ("earned", "first_bonus", "gifts", "clawed", "waived")
        figures = each["figures"]
        found.append([str(value) for value in (
            place + 1, moment["key"], "return" if is_return else "sale", codes[moment["holder"]],
            moment["at"].strftime("%Y-%m-%d %H:%M:%S"), values["level_before"], cents(Decimal(values["gross"])),
            values["expired_before"], points.get("redeemed", 0),
            cents(-growth.get("returned", 0) if is_return else growth.get("paid", 0)),
            *(points.get(name, 0) for name in names), cents(Decimal(figures["growth"][0])),
            rows[each["state"]["level"]["id"]], figures["points"][1], figures["points"][0],
        )])
    return found
