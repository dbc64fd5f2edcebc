"""Lots that end within some days, summed up by holder and last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from tessera.engine.ledger.amounts import to_amount
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.meta.rules import LedgerDoc
from tessera.store.system.ledger import account, lot


@dataclass(frozen=True, slots=True)
class Ending:
    """What a holder has left in lots with the same last day."""

    holder: int
    on: date
    amount: int | Decimal


@dataclass(frozen=True, slots=True)
class Endings:
    """A portion of holders. last: id of the last of them. has_more: whether there are holders after it."""

    rows: tuple[Ending, ...]
    last: int
    has_more: bool


def ending(work: Work, ledger: str, first: date, last: date, *, after: int = 0, holders: int) -> Endings:
    """What is left in lots of a ledger (by key) whose last day is among these, both ends included.

    after: only holders with a greater id; holders: so many of them. Raises: NotFound("not_found").
    """
    doc: LedgerDoc | None = work.model.parts.get("ledger", {}).get(ledger)
    if doc is None:
        raise NotFound(what="ledger")
    open_ = (lot.c.left > 0) & lot.c.is_present & lot.c.expires_on.between(first, last)
    mine = (account.c.ledger == doc.key) & (account.c.holder > after)
    among = sa.select(account.c.holder).join(lot, lot.c.account_id == account.c.id).where(mine, open_)
    found = work.tx.execute(among.distinct().order_by(account.c.holder).limit(holders + 1))
    ids = [int(each) for each in found.scalars()]
    portion = ids[:holders]
    if not portion:
        return Endings((), after, False)
    sums = (
        sa.select(account.c.holder, lot.c.expires_on, sa.func.sum(lot.c.left).label("units"))
        .join(lot, lot.c.account_id == account.c.id)
        .where(mine, account.c.holder <= portion[-1], open_)
        .group_by(account.c.holder, lot.c.expires_on)
        .order_by(account.c.holder, lot.c.expires_on)
    )
    rows = tuple(
        Ending(row["holder"], row["expires_on"], to_amount(int(row["units"]), doc.scale)) for row in work.tx.rows(sums)
    )
    return Endings(rows, portion[-1], len(ids) > holders)
