"""A random formula finds in SQL exactly the records for which the reference says that it is true."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from store.building import entity, field, model
from tessera.formula import Formula, FormulaError, Scope, check_formula
from tessera.store import Database, ddl
from tessera.store.query import FilterNotSupported, Query, matching_ids
from tessera.store.tables import Tables
from unit.formula.generate import Generator

CASES = 20_000 if os.environ.get("TESSERA_LONG") else 400
AT = datetime(2026, 3, 1, tzinfo=UTC)
OWN = ("id", "ref", "version", "created_at", "updated_at")

GROUP = entity("group", [field("rank", "integer"), field("rate", "decimal")])
LINE = entity(
    "task__lines",
    [
        field("units", "integer"),
        field("price", "decimal"),
        field("code", "text"),
        field("done", "boolean"),
        field("shared", "integer"),
    ],
    uid="task.lines",
    parent="t:task",
)
TASK = entity(
    "task",
    [
        *(field(name, "integer") for name in ("count", "size", "shared")),
        *(field(name, "decimal") for name in ("amount", "limit")),
        *(field(name, "text") for name in ("name", "kind")),
        field("active", "boolean"),
        *(field(name, "date") for name in ("begun_on", "due_on")),
        field("group", "reference", target="t:group"),
        field("lines", "lines", target="t:task.lines"),
    ],
)
MODEL = model(GROUP, LINE, TASK)


def _filled(db: Database, rng: random.Random) -> tuple[Tables, list[dict[str, Any]]]:
    """Forty random records in the database, and the same as Python values."""
    tables = Tables(MODEL)
    generator = Generator(rng)
    records = [{"id": number, **generator.row()} for number in range(1, 41)]
    groups, lines = [], []
    for record in records:
        if record["group"] is not None:
            record["group"] = {"id": record["id"], **record["group"]}
            groups.append(
                (record["id"], f"g{record['id']}", 1, AT, AT, record["group"]["rank"], record["group"]["rate"])
            )
        for place, line in enumerate(record["lines"]):
            lines.append((len(lines) + 1, record["id"], place, *line.values()))
    names = [each.name for each in TASK.fields if each.type not in ("lines", "reference")]
    stored = [
        (r["id"], f"t{r['id']}", 1, AT, AT, *(r[name] for name in names), r["group"] and r["group"]["id"])
        for r in records
    ]
    with db.write() as tx:
        ddl.sync(tx, None, MODEL)
        tx.insert_many(tables.of(MODEL.entities["t:group"]), (*OWN, "rank", "rate"), groups)
        line_names = ("id", "parent_id", "place", "units", "price", "code", "done", "shared")
        tx.insert_many(tables.of(MODEL.entities["t:task.lines"]), line_names, lines)
        tx.insert_many(tables.of(MODEL.entities["t:task"]), (*OWN, *names, "group"), stored)
    return tables, records


def _random_condition(generator: Generator) -> Formula | None:
    try:
        return check_formula(generator.boolean(4), Scope(MODEL.entities["t:task"]))
    except FormulaError:
        return None


@pytest.mark.parametrize("portable", [True, False])
def test_sql_and_reference_find_the_same_records(db: Database, portable: bool) -> None:
    tables, records = _filled(db, random.Random(11))
    generator = Generator(random.Random(5), portable=portable)
    asked = pushed = 0
    for _ in range(CASES):
        formula = _random_condition(generator)
        if formula is None:
            continue
        asked += 1
        try:
            with db.read() as tx:
                found = set(matching_ids(tx, tables, Query(MODEL.entities["t:task"], filter=formula)))
        except FilterNotSupported:
            continue
        pushed += 1
        for record in records:
            try:
                expected = formula.reference(record)
            except FormulaError:
                continue
            assert (record["id"] in found) == expected, (formula.text, record)
    assert pushed > asked * (0.95 if portable else 0.15), (asked, pushed)


@pytest.mark.parametrize(
    "text",
    [
        "SUM(lines, price) <= MAX(lines, 22.31)",  # a constant within a fold has the scale of what it is compared with
        "amount >= 24 / 239",  # a quotient that does not end is compared exactly, or the filter is refused
    ],
)
def test_constants_in_filters_are_exact(db: Database, text: str) -> None:
    tables, records = _filled(db, random.Random(11))
    formula = check_formula(text, Scope(MODEL.entities["t:task"]))
    try:
        with db.read() as tx:
            found = set(matching_ids(tx, tables, Query(MODEL.entities["t:task"], filter=formula)))
    except FilterNotSupported:
        return
    assert found == {record["id"] for record in records if formula.reference(record)}
