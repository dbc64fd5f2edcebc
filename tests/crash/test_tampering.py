"""Any single row of ledgers or timelines that is changed, deleted, put in or exchanged behind the platform's back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crash import varied
from crash.copies import Copies
from packages.retailer import imported
from tessera.context import Context
from tessera.engine import timeline
from tessera.engine.ledger.proof import Fault
from tessera.engine.work import Work
from tessera.runtime import Runtime
from tessera.store.column_types import Boolean
from tessera.store.system.ledger import account, allocation, entry, hold, lot, movement, tally
from tessera.store.system.timeline import decision, moment, pair, parked, pending, review
from tessera.store.system.timeline import state as head

RETAILER = (account, movement, entry, lot, allocation, moment, decision, pair, head)
VARIED = (hold, pending, parked, review, tally)
TABLES = [*(("retailer", table) for table in RETAILER), *(("varied", table) for table in VARIED)]
PINNED = {moment.c.pins, moment.c.payload, moment.c.happened_at, moment.c.changes}
"""Columns that the retailer's program leaves empty."""
CHANGES = [("varied" if column in PINNED else program, table, column)
           for program, table in TABLES for column in table.c]  # fmt: skip


class Undo(Exception):
    """Ends a transaction that is to leave nothing."""


@pytest.fixture(scope="module")
def filled(copies: Copies, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Runtime]]:
    """Databases: with a part of the sample, and with what the retailer's program does not use."""
    part = tmp_path_factory.mktemp("part") / "part.csv"
    part.write_text("".join(sample.read_text(encoding="utf-8").splitlines(keepends=True)[:800]), encoding="utf-8")
    with copies.open("retailer", "sqlite") as retailer, copies.open("varied", "sqlite") as other:
        imported(retailer, part)
        varied.fill(other)
        for runtime in (retailer, other):
            with runtime.reading(Context()) as work:
                assert timeline.verify(work) == []
        yield {"retailer": retailer, "varied": other}


@pytest.fixture
def loaded(filled: dict[str, Runtime], program: str) -> Runtime:
    """The database of the program that the test is about."""
    return filled[program]


def key_of(table: sa.Table, row: dict[str, Any]) -> sa.ColumnElement[bool]:
    """Which row it is."""
    return sa.and_(*(column == row[column.name] for column in table.primary_key.columns))


def some_rows(work: Work, table: sa.Table) -> list[dict[str, Any]]:
    """The first, the last and one between."""
    every = work.tx.rows(sa.select(table).order_by(*table.primary_key.columns))
    return [every[0], every[len(every) // 2], every[-1]]


def other(column: sa.Column[Any], value: Any) -> Any:
    """Another value of the column's type."""
    if isinstance(column.type, Boolean):
        return not value
    if value is None:
        return {"instant": datetime(2020, 1, 1, tzinfo=UTC), "localdate": date(2020, 1, 1)}.get(
            type(column.type).__name__.lower(), "x" if "text" in type(column.type).__name__.lower() else 4242
        )
    if isinstance(value, datetime | date):
        return value + timedelta(days=1)
    if isinstance(value, str) and value[:1] in "{[":
        return value.replace("1", "2") if "1" in value else value + " "
    return value + 1_000_000 if isinstance(value, int) else f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"


def names_it(faults: list[Fault], table: sa.Table, row: dict[str, Any]) -> bool:
    """Whether a fault tells where the row is: itself, or what it belongs to."""
    numbers = {row.get(name) for name in ("id", "movement_id", "account_id", "holder", "decision_id", "moment_id",
                                          "lot_id")}  # fmt: skip
    name = str(row.get("name", row.get("timeline")))
    numbers.add(int(found[0]) if (found := re.findall("[0-9]+", name)) else 0)  # a tally is about its account, or all
    return any(each.id in numbers for each in faults)


@pytest.mark.parametrize(("program", "table", "column"), CHANGES, ids=lambda each: getattr(each, "name", each))
def test_a_changed_value_is_found(loaded: Runtime, table: sa.Table, column: sa.Column[Any]) -> None:
    with loaded.reading(Context()) as work:
        rows = some_rows(work, table)
    row = next((each for each in rows if each[column.name] is not None), rows[0])
    value = other(column, row[column.name])
    with pytest.raises(Undo), loaded.database.write() as tx:
        work = _work(loaded, tx)
        tx.execute(sa.update(table).where(key_of(table, row)).values({column.name: value}))
        found = timeline.verify(work)
        assert names_it(found, table, row) or names_it(found, table, {**row, column.name: value}), found
        raise Undo


def _work(runtime: Runtime, tx: Any) -> Work:
    return Work(tx, Context(), runtime.releases.bind(tx), runtime.settings, False, Context().now())


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("program", "table"), TABLES, ids=lambda each: getattr(each, "name", each))
def test_a_deleted_row_is_found(loaded: Runtime, table: sa.Table, place: int) -> None:
    with pytest.raises(Undo), loaded.database.write() as tx:
        work = _work(loaded, tx)
        row = some_rows(work, table)[place]
        tx.execute(sa.delete(table).where(key_of(table, row)))
        found = timeline.verify(work)
        assert names_it(found, table, row), found
        raise Undo


@pytest.mark.parametrize(("program", "table"), TABLES, ids=lambda each: getattr(each, "name", each))
def test_a_row_that_was_put_in_is_found(loaded: Runtime, table: sa.Table) -> None:
    with pytest.raises(Undo), loaded.database.write() as tx:
        work = _work(loaded, tx)
        row = dict(some_rows(work, table)[-1])
        for name in ("id", "place"):
            if name in row:
                row[name] += 1
        row |= {name: f"{row[name]}x" for name in ("source_key", "source") if name in row}
        row |= {name: row[name] + 1 for name in ("revision",) if name in row}
        row |= {name: f"{row[name]}x" for name in ("name",) if table is tally}
        if table in (account, head):
            row["holder"] += 1_000
        if table is parked:
            row["moment_id"] += 1
        if table is hold:
            row["key"] += "x"
        if table is entry:
            row["account_id"] += 1_000
        tx.execute(sa.insert(table).values(row))
        found = timeline.verify(work)
        assert names_it(found, table, row), found
        raise Undo


@pytest.mark.parametrize(("program", "table"), TABLES, ids=lambda each: getattr(each, "name", each))
def test_two_rows_that_were_exchanged_are_found(loaded: Runtime, table: sa.Table) -> None:
    with pytest.raises(Undo), loaded.database.write() as tx:
        work = _work(loaded, tx)
        first, second, _ = some_rows(work, table)
        names = [column.name for column in table.c if not column.primary_key]
        unique = {"source_key", "source", "account_id", "moment_id", "ledger", "holder", "name", "timeline", "key"}
        for row, values in ((first, second), (second, first)):
            kept = {name: values[name] for name in names if name not in unique}
            tx.execute(sa.update(table).where(key_of(table, row)).values(kept))
        found = timeline.verify(work)
        assert names_it(found, table, first) or names_it(found, table, second), found
        raise Undo
