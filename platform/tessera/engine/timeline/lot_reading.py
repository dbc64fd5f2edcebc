"""Lots of an account: as they are settled now, or as they were at a place, or as they were shown at an instant.

As they were at a place is read from the log. What had fallen due by then counts, whether it was posted or not: from the
account in memory where it was not, or, of what was shown at an instant, by the last days that the lots had then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tessera.engine.ledger.amounts import to_amount
from tessera.engine.ledger.parts import FROZEN_YEAR, ids_of
from tessera.engine.ledger.scratch import EXPIRED
from tessera.engine.timeline.figures import Figures, bound_of, lives_at, posted_before
from tessera.engine.timeline.fold import LAPSE_RANK, Place
from tessera.engine.timeline.lives import first_last_day, tuples
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.reading import account_named, ledger_named, timeline_of_holder
from tessera.engine.work import Work
from tessera.meta.rules import LedgerDoc
from tessera.store.system.ledger import account, allocation, lot, movement
from tessera.store.system.timeline import moment


@dataclass(frozen=True, slots=True)
class Then:
    """Which part of the log counts: what is before a place. posted_by: what was posted later does not."""

    program: Program
    bound: Place
    posted_by: datetime | None = None

    @property
    def day(self) -> date:
        """The day that the place is in."""
        return self.program.day(self.bound[0] - timedelta(microseconds=1))

    def has_ended(self, last_day: date | None) -> bool:
        """Whether a lot with that last day is over."""
        if last_day is None or last_day.year >= FROZEN_YEAR:
            return False
        return (self.program.midnight(last_day + timedelta(days=1)), LAPSE_RANK, "") < self.bound

    def counts(self) -> sa.ColumnElement[bool]:
        """Movements that count."""
        if self.posted_by is None:
            return posted_before(self.bound)
        return sa.and_(posted_before(self.bound), movement.c.posted_at <= self.posted_by)


@dataclass(slots=True)
class _Sums:
    """What the log says of a lot."""

    left: int = 0
    granted: int = 0
    lapsed: int = 0
    last_day: date | None = None


def lots(
    work: Work, ledger: str, holder: int, *, open_only: bool = True, limit: int | None = None, offset: int = 0,
    as_of: date | datetime | None = None, posted_by: datetime | None = None, beside: Sequence[int] = (),
) -> list[dict[str, Any]]:
    """The lots of a holder in order of creation: as settled, or as of a day (its end) or an instant.

    posted_by: as they were shown at that instant. beside: of ledgers in which a holder has several accounts, which.
    """
    doc = ledger_named(work, ledger)
    own = _account(doc, holder, account_named(doc, beside))
    if as_of is None and posted_by is None:
        statement = _rows(own, lot.c.is_present).limit(limit).offset(offset or None)
        rows = work.tx.rows(statement.where(lot.c.left > 0) if open_only else statement)
        return [_shown(doc, row) for row in rows]
    then = then_of(work, doc, as_of, posted_by)
    rows = _lots_then(work, doc, holder, own, then)
    found = [each for each in rows if each["left"] > 0 or not open_only]
    return [_shown(doc, row) for row in found[offset : None if limit is None else offset + limit]]


def account_as_posted(
    work: Work, ledger: str, holder: int, *, posted_by: datetime, as_of: date | datetime | None = None,
    beside: Sequence[int] = (),
) -> Figures:
    """What an account was shown to have at an instant: what was posted by then, less what had ended without a posting.

    as_of: of a day's end or an instant, as it was shown then; left out: of that very instant. What was held is not
    told. beside: of ledgers in which a holder has several accounts, which; left out: all of them together.
    """
    doc = ledger_named(work, ledger)
    own, then = _account(doc, holder, account_named(doc, beside)), then_of(work, doc, as_of, posted_by)
    figures = Figures(doc.scale)
    sums = (
        sa.select(movement.c.name, sa.func.sum(movement.c.amount), sa.func.sum(movement.c.effect))
        .join(account, account.c.id == movement.c.account_id)
        .where(own, then.counts())
        .group_by(movement.c.name)
    )
    for total, amount, effect in tuples(work, sums):
        figures.totals[total] = int(amount)
        figures.units["balance"] += int(effect)
    known = _sums(work, own, then)
    figures.units["debt"] = -known.pop(0, _Sums()).left
    ended = 0
    for row in _lot_rows(work, own, list(known)):
        mine = known[row["id"]]
        if not mine.left:
            continue
        if then.has_ended(_last_day(row, mine)):
            ended += mine.left
            continue
        figures.open_lots += 1
        if row["available_from"] is not None and row["available_from"] > then.day:
            figures.units["pending"] += mine.left
    if ended:
        figures.units["balance"] -= ended
        figures.totals[EXPIRED] = figures.totals.get(EXPIRED, 0) + ended
    return figures


def then_of(work: Work, doc: LedgerDoc, as_of: date | datetime | None, posted_by: datetime | None) -> Then:
    """The part of the log until a day's end or an instant; left out: until it was posted, or now."""
    program = Program.of(work.model, timeline_of_holder(work, doc.per))
    bound = bound_of(program, as_of if as_of is not None else posted_by or work.now)
    return Then(program, bound, posted_by)


def _account(doc: LedgerDoc, holder: int, name: str | None) -> sa.ColumnElement[bool]:
    own = sa.and_(account.c.ledger == doc.key, account.c.holder == holder)
    return own if name is None else sa.and_(own, account.c.name == name)


def _rows(own: sa.ColumnElement[bool], which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(lot, moment.c.entity, moment.c.document_id, account.c.name.label("account"))
        .join(account, account.c.id == lot.c.account_id)
        .join(moment, moment.c.id == lot.c.moment_id)
        .where(own, which)
        .order_by(moment.c.at, moment.c.rank, moment.c.key, lot.c.seq)
    )


def _lot_rows(work: Work, own: sa.ColumnElement[bool], ids: list[int]) -> list[dict[str, Any]]:
    return work.tx.rows(_rows(own, lot.c.id.in_(ids)))


def _lots_then(work: Work, doc: LedgerDoc, holder: int, own: sa.ColumnElement[bool], then: Then
               ) -> list[dict[str, Any]]:
    known = _sums(work, own, then)
    known.pop(0, None)
    rows = _lot_rows(work, own, list(known))
    settled = _settled(work, doc, holder, then)
    for row in rows:
        mine = known[row["id"]]
        row |= {"left": mine.left, "granted": mine.granted, "lapsed": mine.lapsed}
        row["expires_on"] = _last_day(row, mine)
        book = settled.get(row["account"]) if settled is not None else None
        if book is not None:
            row |= book.get(row["source"], {"left": 0, "lapsed": mine.lapsed + mine.left})
        elif then.has_ended(row["expires_on"]):
            row |= {"left": 0, "lapsed": mine.lapsed + mine.left}
    return rows


def _settled(work: Work, doc: LedgerDoc, holder: int, then: Then) -> dict[str, dict[str, dict[str, Any]]] | None:
    """What is left in lots by account and source, of a holder of whom something fell due that is not posted."""
    if then.posted_by is not None:
        return None
    program = Program.of(work.model, timeline_of_holder(work, doc.per))
    for life in lives_at(work, program, [holder], then.bound):
        names = [name for name in life.books if name == doc.name or name.startswith(f"{doc.name}@")]
        return {
            name.partition("@")[2]: {each.source: {"left": each.left, "lapsed": each.lapsed,
                                                   "expires_on": each.expires_on} for each in life.books[name].lots}
            for name in names
        }
    return None


def _sums(work: Work, own: sa.ColumnElement[bool], then: Then) -> dict[int, _Sums]:
    """What the log says of each lot by its id; of the debt under 0."""
    found: dict[int, _Sums] = {}
    lines = (
        sa.select(allocation.c.lot_id, movement.c.move, sa.func.sum(allocation.c.amount))
        .join(movement, movement.c.id == allocation.c.movement_id)
        .join(account, account.c.id == movement.c.account_id)
        .where(own, then.counts())
        .group_by(allocation.c.lot_id, movement.c.move)
    )
    for number, move, amount in tuples(work, lines):
        mine = found.setdefault(number, _Sums())
        mine.left += int(amount)
        if move == "grant":
            mine.granted += int(amount)
        elif move == "expire":
            mine.lapsed -= int(amount)
    opened = sa.select(lot.c.id).join(account, account.c.id == lot.c.account_id).join(
        movement, sa.and_(movement.c.moment_id == lot.c.moment_id, movement.c.account_id == lot.c.account_id))
    for number in work.tx.execute(opened.where(own, then.counts(), lot.c.is_present)).scalars():
        found.setdefault(number, _Sums())  # a grant that settled debts only opened it, with nothing in it
    days = (
        sa.select(allocation.c.lot_id, allocation.c.expires_on)
        .join(movement, movement.c.id == allocation.c.movement_id)
        .join(account, account.c.id == movement.c.account_id)
        .where(own, then.counts(), allocation.c.expires_on.is_not(None))
        .order_by(movement.c.business_at, movement.c.id)
    )
    for number, last_day in tuples(work, days):
        found[number].last_day = last_day
    return found


def _last_day(row: dict[str, Any], mine: _Sums) -> date | None:
    return mine.last_day or first_last_day(row["source"])


def _shown(doc: LedgerDoc, row: dict[str, Any]) -> dict[str, Any]:
    for name in ("granted", "left", "lapsed", "waived"):
        row[name] = to_amount(row[name], doc.scale)
    row["is_frozen"] = row["expires_on"] is not None and row["expires_on"].year >= FROZEN_YEAR
    row["expires_on"] = None if row["is_frozen"] else row["expires_on"]
    row["beside"] = ids_of(row.pop("account"))
    return row
