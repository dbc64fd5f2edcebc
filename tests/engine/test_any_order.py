"""The same documents give the same lives, in whatever order and however often they arrive."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import trade
from engine.trade import Document
from tessera.context import Context
from tessera.engine import timeline
from tessera.engine.records.hooks import Change
from tessera.engine.work import Work
from tessera.runtime import Runtime
from tessera.store.system.ledger import account, allocation, lot, movement
from tessera.store.system.timeline import decision, moment

CUSTOMERS = ("12346", "12457", "15749", "16029", "17850", "12748")
SEEDS = range(5)


@pytest.fixture(scope="module")
def documents(request: pytest.FixtureRequest) -> list[Document]:
    """Documents of customers with returns, debts and lapsed units."""
    folder: Path = request.getfixturevalue("shared_data")
    every = trade.read_sample(folder / "online-retail" / "sample.csv")
    busy = [each.customer for each in every if each.entity == "goods_return"]
    wanted = {*CUSTOMERS, *sorted(set(busy), key=lambda code: (-busy.count(code), code))[:6]}
    return [each for each in every if each.customer in wanted]


def snapshot(work: Work) -> dict[str, Any]:
    """All that must not depend on arrival: net movements and allocations, lots, decisions, states."""
    rows = work.tx.execute(
        sa.select(moment.c.key, moment.c.kind, movement.c.step, movement.c.round, movement.c.name,
                  movement.c.business_at, account.c.holder, sa.func.sum(movement.c.amount),
                  sa.func.sum(movement.c.effect))
        .join(moment, moment.c.id == movement.c.moment_id)
        .join(account, account.c.id == movement.c.account_id)
        .where(moment.c.kind == "document")
        .group_by(moment.c.key, moment.c.kind, movement.c.step, movement.c.round, movement.c.name,
                  movement.c.business_at, account.c.holder)
    )
    codes = trade.customer_codes(work)
    net = sorted((codes[row[6]], *map(str, (*tuple(row)[:6], row[7], row[8]))) for row in rows if row[7] or row[8])
    lots = work.tx.execute(
        sa.select(moment.c.key, lot.c.seq, lot.c.granted, lot.c.left, lot.c.lapsed, lot.c.expires_on)
        .join(moment, moment.c.id == lot.c.moment_id).where(lot.c.is_present)
    )
    decisions = work.tx.execute(
        sa.select(moment.c.key, decision.c["values"], decision.c.lines, decision.c.state, decision.c.figures)
        .join(moment, moment.c.id == decision.c.moment_id).where(decision.c.is_current, moment.c.is_present)
    )
    figures = {
        codes[each.holder]: (str(each.state), {name: (dict(one), one.totals) for name, one in each.ledgers.items()})
        for each in timeline.holder_figures(work, "customer_life")
    }
    return {"net": net, "lots": sorted(map(str, lots)), "decisions": sorted(map(str, decisions)), "figures": figures}


def arrive(runtime: Runtime, documents: list[Document], rng: random.Random) -> None:
    """Write the documents in random order, in random portions, each settled at once."""
    waiting = list(documents)
    rng.shuffle(waiting)
    while waiting:
        count = rng.choice((1, 1, 2, 5, 20))
        portion, waiting = waiting[:count], waiting[count:]
        with runtime.writing(Context()) as work:
            trade.write(work, portion)


@pytest.fixture(scope="module")
def wanted(documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the documents give when they arrive in order, all at once."""
    folder = tmp_path_factory.mktemp("order")
    runtime = trade.opened(f"sqlite:///{folder / 'order.db'}", folder)
    with runtime.writing(Context()) as work:
        trade.write(work, documents)
    with runtime.reading(Context()) as work:
        found = snapshot(work)
    runtime.close()
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_random_arrival_gives_the_same_lives(
    sqlite_url: str, tmp_path: Path, documents: list[Document], wanted: dict[str, Any], seed: int
) -> None:
    runtime = trade.opened(sqlite_url, tmp_path)
    arrive(runtime, documents, random.Random(seed))
    with runtime.reading(Context()) as work:
        found = snapshot(work)
        for part in wanted:
            assert found[part] == wanted[part], _difference(found[part], wanted[part])
        assert timeline.verify(work) == []
    runtime.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_edits_moves_and_deletions_leave_no_trace_in_the_net(
    sqlite_url: str, tmp_path: Path, documents: list[Document], wanted: dict[str, Any], seed: int
) -> None:
    rng = random.Random(seed)
    runtime = trade.opened(sqlite_url, tmp_path)
    arrive(runtime, documents, rng)
    for document in rng.sample(documents, 6):
        with runtime.writing(Context()) as work:
            disturb(work, document, rng.choice(["delete", "move", "holder", "amount"]), undo=False)
        with runtime.writing(Context()) as work:
            disturb(work, document, "all", undo=True)
    with runtime.reading(Context()) as work:
        found = snapshot(work)
        for part in wanted:
            assert found[part] == wanted[part], _difference(found[part], wanted[part])
        assert timeline.verify(work) == []
    runtime.close()


def disturb(work: Work, document: Document, how: str, *, undo: bool) -> None:
    """Change a stored document, or set it back to what it was."""
    entity = work.model.entity(document.entity)
    assert entity is not None
    table = work.tables.of(entity)
    row = work.tx.row(sa.select(table).where(table.c.number == document.number))
    assert row is not None
    codes = {code: number for number, code in trade.customer_codes(work).items()}
    other = next(number for code, number in sorted(codes.items()) if code != document.customer)
    values: dict[str, Any] = {"deleted_at": None, "at": document.at, "customer": codes[document.customer]}
    if not undo:
        values |= {"delete": {"deleted_at": work.now}, "move": {"at": document.at.replace(year=2010)},
                   "holder": {"customer": other}, "amount": {}}[how]
    if how in {"amount", "all"}:
        lines = entity.field("lines")
        assert lines is not None
        line_table = work.tables.of(work.model.entities[lines.target])
        own = sa.and_(line_table.c.parent_id == row["id"], line_table.c.place == 0)
        work.tx.execute(sa.update(line_table).where(own).values(
            amount=document.lines[0]["amount"] + (0 if undo else 700), units=document.lines[0]["units"]
        ))
    work.tx.execute(sa.update(table).where(table.c.id == row["id"]).values(**values))
    timeline.notice(work, entity, [Change(row["id"], row, {**row, **values})])


def test_equal_documents_again_post_nothing(sqlite_url: str, tmp_path: Path, documents: list[Document]) -> None:
    runtime = trade.opened(sqlite_url, tmp_path)
    with runtime.writing(Context()) as work:
        trade.write(work, documents)
    with runtime.writing(Context()) as work:
        before = work.tx.scalar(sa.select(sa.func.count()).select_from(movement))
        for name in ("sale", "goods_return"):
            entity = work.model.entity(name)
            assert entity is not None
            rows = work.tx.rows(sa.select(work.tables.of(entity)))
            timeline.notice(work, entity, [Change(row["id"], row, row) for row in rows])
        timeline.settle(work)
        assert work.tx.scalar(sa.select(sa.func.count()).select_from(movement)) == before
        assert work.tx.scalar(sa.select(sa.func.count()).select_from(decision)) == len(documents)
    with runtime.writing(Context()) as work:
        people = list(trade.customer_codes(work))
        timeline.refold(work, work.model.part("timeline", "customer_life"), people)
        assert work.tx.scalar(sa.select(sa.func.count()).select_from(movement)) == before
    runtime.close()


def test_one_tampered_row_is_named(sqlite_url: str, tmp_path: Path, documents: list[Document]) -> None:
    runtime = trade.opened(sqlite_url, tmp_path)
    with runtime.writing(Context()) as work:
        trade.write(work, documents[:40])
    for table, column, change in (
        (movement, "amount", 1), (account, "balance", 1), (lot, "granted", -1), (allocation, "amount", 1),
    ):
        with runtime.reading(Context()) as work:
            key = table.c.movement_id if table is allocation else table.c.id
            number = work.tx.scalar(sa.select(key).where(table.c[column] > 1).order_by(key.desc()).limit(1))
        with runtime.writing(Context()) as work:
            work.tx.execute(sa.update(table).where(key == number).values({column: table.c[column] + change}))
            found = {(each.table, each.id) for each in timeline.verify(work)}
            named = movement.name if table is allocation else table.name
            assert (named, number) in found
            work.tx.execute(sa.update(table).where(key == number).values({column: table.c[column] - change}))
            assert timeline.verify(work) == []
    runtime.close()


def _difference(found: Any, wanted: Any) -> Any:
    """What is in one and not in the other, for the message."""
    if isinstance(found, dict):
        keys = {key for key in {*found, *wanted} if found.get(key) != wanted.get(key)}
        return {key: (found.get(key), wanted.get(key)) for key in keys}
    return [each for each in found if each not in wanted], [each for each in wanted if each not in found]
