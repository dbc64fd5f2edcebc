"""Proving a ledger from its log, and making its caches anew.

`verify` reads everything: each movement against its hash, entries and allocations against movements, lots, debts and
balances against allocations and movements, decisions against their hashes. It names every row that does not agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tessera.engine.ledger.posting import LOT, MOVEMENT, lot_seal, movement_hash
from tessera.engine.work import Work
from tessera.store.system.ledger import account, allocation, entry, lot, movement

_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that does not agree with the rest. table and id: which; rule: what is broken; found, wanted: the values."""

    table: str
    id: int
    rule: str
    found: str = ""
    wanted: str = ""


def verify(work: Work) -> list[Fault]:
    """Everything in the ledgers that does not agree; nothing when all is proved."""
    return [*_movements(work), *_lots(work), *_lot_rows(work), *_accounts(work), *_strays(work)]


def rebuild(work: Work) -> int:
    """Make balances, debts and what is left in lots anew from the log; how many rows were wrong."""
    wrong = [*_lots(work), *_accounts(work)]
    fixed: dict[tuple[str, int], dict[str, int]] = {}
    for each in wrong:
        fixed.setdefault((each.table, each.id), {})[each.rule] = int(each.wanted)
    for (table, number), values in fixed.items():
        of = lot if table == lot.name else account
        work.tx.execute(sa.update(of).where(of.c.id == number).values(**values))
    return len(fixed)


def _movements(work: Work) -> Iterator[Fault]:
    last = 0
    names = [movement.c[name] for name in MOVEMENT]
    has_lots = _ledgers_with_lots(work)
    counters = {row.id: (row.ledger, row.name)
                for row in work.tx.execute(sa.select(account).where(account.c.holder == 0))}
    while True:
        page = sa.select(movement.c.id, movement.c.hash, account.c.ledger, account.c.holder, *names)
        page = page.outerjoin(account, account.c.id == movement.c.account_id)
        rows = work.tx.execute(page.where(movement.c.id > last).order_by(movement.c.id).limit(_CHUNK)).all()
        if not rows:
            return
        first, last = rows[0].id, rows[-1].id
        lines = _grouped(work, allocation, first, last, ("place", "lot_id", "amount", "expires_on", "business_at"))
        entries = _grouped(work, entry, first, last, ("account_id", "amount"))
        for row in rows:
            own = sorted(lines.pop(row.id, []), key=lambda line: line[0])
            if row.ledger is None or row.holder == 0:
                yield Fault(account.name, row.account_id, "holder", "none" if row.ledger is None else "0")
            yield from _check(row, own, entries.pop(row.id, []), counters, is_in_lots=row.ledger in has_lots)


def _grouped(work: Work, table: sa.Table, first: int, last: int, names: tuple[str, ...]) -> dict[int, list[Any]]:
    statement = sa.select(table.c.movement_id, *(table.c[name] for name in names))
    found: dict[int, list[Any]] = {}
    for row in work.tx.execute(statement.where(table.c.movement_id.between(first, last))):
        found.setdefault(row[0], []).append(tuple(row)[1:])
    return found


def _check(row: Any, lines: list[Any], entries: list[Any], counters: dict[int, Any], *, is_in_lots: bool
           ) -> Iterator[Fault]:
    wanted = movement_hash((row.id, *tuple(row)[4:]), [line[:4] for line in lines])
    if any(line[4] != row.business_at for line in lines):
        yield Fault(allocation.name, row.id, "business_at", "", str(row.business_at))
    if row.hash != wanted:
        yield Fault(movement.name, row.id, "hash", row.hash, wanted)
    if is_in_lots and sum(line[2] for line in lines) != row.effect:
        yield Fault(movement.name, row.id, "allocations", str(sum(line[2] for line in lines)), str(row.effect))
    own = dict(entries)
    if row.effect and (own.get(row.account_id) != row.effect or len(entries) != 2):
        yield Fault(entry.name, row.id, "entry", str(own.get(row.account_id)), str(row.effect))
    against = {counters.get(number) for number, _ in entries if number != row.account_id}
    if row.effect and against != {(row.ledger, row.name)}:
        yield Fault(entry.name, row.id, "account", str(against), str((row.ledger, row.name)))
    if not row.effect and entries:
        yield Fault(entry.name, row.id, "entry", str(entries), "none")
    if sum(amount for _, amount in entries):
        yield Fault(entry.name, row.id, "sum", str(sum(amount for _, amount in entries)), "0")


def _ledgers_with_lots(work: Work) -> set[str]:
    return {each.key for each in work.model.all("ledger") if each.has_lots}


def _lots(work: Work) -> Iterator[Fault]:
    def total(condition: Any) -> Any:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, allocation.c.amount), else_=0)), 0)

    is_grant, is_end = movement.c.move == "grant", movement.c.move == "expire"
    sums = (
        sa.select(
            allocation.c.lot_id, sa.func.sum(allocation.c.amount).label("left"), total(is_grant).label("granted"),
            (-total(is_end)).label("lapsed"),
        )
        .join(movement, movement.c.id == allocation.c.movement_id)
        .group_by(allocation.c.lot_id)
        .subquery()
    )
    statement = sa.select(lot.c.id, lot.c.granted, lot.c.left, lot.c.lapsed, sums).outerjoin(
        sums, sums.c.lot_id == lot.c.id
    )
    for number, granted, left, lapsed, _, sum_left, sum_granted, sum_lapsed in (
        tuple(row) for row in work.tx.execute(statement.order_by(lot.c.id))
    ):
        for name, found, wanted in (("granted", granted, sum_granted), ("left", left, sum_left),
                                    ("lapsed", lapsed, sum_lapsed)):
            if found != int(wanted or 0):
                yield Fault(lot.name, number, name, str(found), str(int(wanted or 0)))


def _accounts(work: Work) -> Iterator[Fault]:
    effects = sa.select(movement.c.account_id, sa.func.sum(movement.c.effect).label("balance"))
    effects_ = effects.group_by(movement.c.account_id).subquery()
    owed = (
        sa.select(movement.c.account_id, (-sa.func.sum(allocation.c.amount)).label("debt"))
        .join(allocation, allocation.c.movement_id == movement.c.id)
        .where(allocation.c.lot_id == 0)
        .group_by(movement.c.account_id)
        .subquery()
    )
    statement = (
        sa.select(account.c.id, account.c.balance, account.c.debt, effects_.c.balance, owed.c.debt)
        .outerjoin(effects_, effects_.c.account_id == account.c.id)
        .outerjoin(owed, owed.c.account_id == account.c.id)
        .where(account.c.holder != 0)
        .order_by(account.c.id)
    )
    for number, balance, debt, sum_balance, sum_debt in (tuple(row) for row in work.tx.execute(statement)):
        for name, found, wanted in (("balance", balance, sum_balance), ("debt", debt, sum_debt)):
            if found != int(wanted or 0):
                yield Fault(account.name, number, name, str(found), str(int(wanted or 0)))


def _lot_rows(work: Work) -> Iterator[Fault]:
    """Lots whose values were changed, and units of them in movements of another account."""
    for row in work.tx.execute(sa.select(lot.c.hash, *(lot.c[name] for name in LOT)).order_by(lot.c.id)):
        wanted = lot_seal(*tuple(row)[1:])
        if row.hash != wanted:
            yield Fault(lot.name, row.id, "hash", row.hash, wanted)
    foreign = (
        sa.select(allocation.c.movement_id, allocation.c.lot_id, lot.c.account_id, movement.c.account_id)
        .join(movement, movement.c.id == allocation.c.movement_id)
        .outerjoin(lot, lot.c.id == allocation.c.lot_id)
        .where(allocation.c.lot_id != 0, sa.or_(lot.c.id.is_(None), lot.c.account_id != movement.c.account_id))
    )
    for number, lot_id, found, wanted in map(tuple, work.tx.execute(foreign)):
        yield Fault(lot.name, lot_id, "account", str(found), f"{wanted} of movement {number}")


def _strays(work: Work) -> Iterator[Fault]:
    """Rows that belong to nothing."""
    for table in (allocation, entry):
        lost = sa.select(table.c.movement_id).outerjoin(movement, movement.c.id == table.c.movement_id)
        for number in work.tx.execute(lost.where(movement.c.id.is_(None)).distinct()).scalars():
            yield Fault(movement.name, number, table.name.removeprefix("tsr_"), "none")
    unknown = sa.select(entry.c.account_id).outerjoin(account, account.c.id == entry.c.account_id)
    for number in work.tx.execute(unknown.where(account.c.id.is_(None)).distinct()).scalars():
        yield Fault(account.name, number, "missing")
    named = sa.select(account.c.id, account.c.name).where(account.c.holder != 0, account.c.name != "")
    for number, name in map(tuple, work.tx.execute(named)):
        if not all(part.isdigit() for part in name.split("/")):
            yield Fault(account.name, number, "name", name)
    used = sa.exists().where(movement.c.account_id == account.c.id)
    against = sa.exists().where(entry.c.account_id == account.c.id)
    idle = sa.select(account.c.id, account.c.holder).where(sa.not_(sa.or_(used, against)))
    for number, _ in map(tuple, work.tx.execute(idle)):
        yield Fault(account.name, number, "movements", "none")
    counters = sa.select(account.c.id, account.c.balance, account.c.debt).where(account.c.holder == 0)
    filled = counters.where(sa.or_(account.c.balance != 0, account.c.debt != 0))
    for number, balance, debt in map(tuple, work.tx.execute(filled)):
        yield Fault(account.name, number, "balance", f"{balance} {debt}", "0 0")
