"""Accounts and states of holders, now or as of a day: from the log, whether what fell due was settled or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine.ledger.amounts import to_amount
from tessera.engine.ledger.parts import parted
from tessera.engine.ledger.scratch import Book
from tessera.engine.timeline.documents import Documents
from tessera.engine.timeline.fold import FACT_RANK, LAPSE_RANK, Life, Place
from tessera.engine.timeline.lives import Lives, Prior, tuples
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.releases import Programs
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.meta.rules import TimelineDoc
from tessera.store.system.ledger import account, allocation, hold, lot, movement
from tessera.store.system.timeline import decision, moment
from tessera.store.system.timeline import state as head_table

_CHUNK = 2_000
_UNITS = ("balance", "debt", "pending", "held")


@dataclass(slots=True)
class Figures(Mapping[str, Any]):
    """An account as formulas read it: balance, debt, available, pending, open_lots as items, totals by `total`."""

    scale: int
    units: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_UNITS, 0))
    open_lots: int = 0
    totals: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int | Decimal:
        if name == "open_lots":
            return self.open_lots
        if name == "balance":
            return to_amount(self.units["balance"] - self.units["pending"], self.scale)
        if name == "available":
            return to_amount(self.units["balance"] - self.units["pending"] - self.units["held"], self.scale)
        return to_amount(self.units[name], self.scale)

    def __iter__(self) -> Iterator[str]:
        return iter(("balance", "debt", "available", "pending", "open_lots"))

    def __len__(self) -> int:
        return 5

    def total(self, name: str) -> int | Decimal:
        """Everything that was counted under that name."""
        return to_amount(self.totals.get(name, 0), self.scale)

    def add(self, book: Book, day: date) -> None:
        """Take in what an account in memory comes to on a day."""
        pending = sum(lot.left for lot in book.lots if lot.is_pending(day))
        for name, units in (("balance", book.balance), ("debt", book.debt), ("pending", pending)):
            self.units[name] += units
        self.open_lots += book.open_lots
        for name, total in book.totals.items():
            self.totals[name] = self.totals.get(name, 0) + total


@dataclass(slots=True)
class HolderFigures:
    """A holder with at least one decided moment: its state by name and its accounts by the ledger's name."""

    holder: int
    state: dict[str, Any]
    ledgers: dict[str, Figures]


def timeline_named(work: Work, name: str) -> TimelineDoc:
    """The timeline of that name. Raises: NotFound("not_found")."""
    found = work.model.part("timeline", name)
    if not isinstance(found, TimelineDoc):
        raise NotFound(what="timeline")
    return found


def holder_figures(work: Work, timeline: str, as_of: date | datetime | None = None) -> Iterator[HolderFigures]:
    """For each holder with a decided moment by then, ascending: state and accounts at the end of the day as_of.

    as_of: a day (its end, with all that ends on it gone), an instant, or None for now.
    """
    program = Program.of(work.model, timeline_named(work, timeline))
    for holders in holders_of(work, program, _CHUNK):
        yield from figures_of(work, program, holders, as_of)


def holders_of(work: Work, program: Program, at_once: int) -> Iterator[list[int]]:
    """Every holder with a decided moment, ascending, so many at once."""
    last = 0
    while True:
        statement = (
            sa.select(head_table.c.holder)
            .where(head_table.c.timeline == program.doc.key, head_table.c.holder > last, head_table.c.at.is_not(None))
            .order_by(head_table.c.holder)
            .limit(at_once)
        )
        holders = list(work.tx.execute(statement).scalars())
        if not holders:
            return
        last = holders[-1]
        yield holders


def figures_of(
    work: Work, program: Program, holders: Sequence[int], as_of: date | datetime | None = None,
    account_name: str | None = None,
) -> Iterator[HolderFigures]:
    """The figures of these holders, ascending, of those that have a decided moment by then.

    account_name: of ledgers in which a holder has several accounts, the one of that name; left out: all together.
    """
    bound = bound_of(program, work.now if as_of is None else as_of)
    found = {number: HolderFigures(number, program.decode_state(orjson.loads(text)), _empty(program))
             for number, text in _last_states(work, program, holders, bound)}
    mine = _mine(program, found, account_name)
    _add_sums(work, program, found, bound, mine)
    _add_lots(work, program, found, bound, mine)
    settle_in_memory(work, program, found, bound, account_name)
    add_holds(work, program, found, work.now, account_name)
    for number in sorted(found):
        yield found[number]


def bound_of(program: Program, as_of: date | datetime) -> Place:
    """The first place that does not count any more."""
    if isinstance(as_of, datetime):
        return (as_of, FACT_RANK * 2, "")
    return (program.midnight(as_of + timedelta(days=1)), LAPSE_RANK + 1, "")


def _empty(program: Program) -> dict[str, Figures]:
    return {each.name: Figures(each.scale) for each in program.ledgers}


def is_before(bound: Place) -> sa.ColumnElement[bool]:
    """Moments before a place."""
    at = sa.literal(bound[0], moment.c.at.type)
    return sa.or_(moment.c.at < at, sa.and_(moment.c.at == at, moment.c.rank < bound[1]))


def _last_states(work: Work, program: Program, holders: Sequence[int], bound: Place) -> list[tuple[Any, ...]]:
    order = (moment.c.at.desc(), moment.c.rank.desc(), moment.c.key.desc())
    ranked = (
        sa.select(
            moment.c.holder, decision.c.state,
            sa.func.row_number().over(partition_by=moment.c.holder, order_by=order).label("back"),
        )
        .join(decision, sa.and_(decision.c.moment_id == moment.c.id, decision.c.is_current))
        .where(moment.c.timeline == program.doc.key, moment.c.holder.in_(holders), is_before(bound))
        .subquery()
    )
    return tuples(work, sa.select(ranked.c.holder, ranked.c.state).where(ranked.c.back == 1))


def _mine(program: Program, found: Mapping[int, HolderFigures], name: str | None = None) -> sa.ColumnElement[bool]:
    keys = [each.key for each in program.ledgers]
    own = sa.true() if name is None else account.c.name == name
    return sa.and_(account.c.ledger.in_(keys), account.c.holder.in_(list(found)), own)


def posted_before(bound: Place) -> sa.ColumnElement[bool]:
    """Movements before a place: at its very instant only what ends then, unless all of the instant counts."""
    at = sa.literal(bound[0], movement.c.business_at.type)
    same = sa.true() if bound[1] > 0 else movement.c.move == "expire"
    return sa.or_(movement.c.business_at < at, sa.and_(movement.c.business_at == at, same))


def _add_sums(work: Work, program: Program, found: dict[int, HolderFigures], bound: Place,
              mine: sa.ColumnElement[bool]) -> None:
    names = {each.key: each.name for each in program.ledgers}
    columns = (account.c.holder, account.c.ledger, movement.c.name)
    statement = (
        sa.select(*columns, sa.func.sum(movement.c.amount), sa.func.sum(movement.c.effect))
        .join(movement, movement.c.account_id == account.c.id)
        .where(mine, posted_before(bound))
        .group_by(*columns)
    )
    for holder, ledger, name, amount, effect in tuples(work, statement):
        figures = found[holder].ledgers[names[ledger]]
        if amount:
            figures.totals[name] = int(amount)
        figures.units["balance"] += int(effect)


def _add_lots(work: Work, program: Program, found: dict[int, HolderFigures], bound: Place,
              mine: sa.ColumnElement[bool]) -> None:
    names = {each.key: each.name for each in program.ledgers if each.has_lots}
    if not names:
        return
    day = program.day(bound[0] - timedelta(microseconds=1))
    columns = (account.c.holder, account.c.ledger, allocation.c.lot_id)
    left = (
        sa.select(*columns, sa.func.sum(allocation.c.amount).label("left"))
        .join(movement, movement.c.id == allocation.c.movement_id)
        .join(account, account.c.id == movement.c.account_id)
        .where(mine, account.c.ledger.in_(list(names)), posted_before(bound))
        .group_by(*columns)
        .subquery()
    )
    statement = sa.select(left, lot.c.available_from).outerjoin(lot, lot.c.id == left.c.lot_id)
    for holder, ledger, lot_id, units, available_from in tuples(work, statement.where(left.c.left != 0)):
        figures = found[holder].ledgers[names[ledger]]
        if lot_id == 0:
            figures.units["debt"] -= int(units)
            continue
        figures.open_lots += 1
        if available_from is not None and available_from > day:
            figures.units["pending"] += int(units)


def settle_in_memory(work: Work, program: Program, found: dict[int, HolderFigures], bound: Place,
                     account_name: str | None = None) -> None:
    """What fell due by then but was not settled yet: it counts all the same."""
    due = sa.select(head_table.c.holder).where(
        head_table.c.timeline == program.doc.key, head_table.c.holder.in_(list(found)),
        head_table.c.next_due_at <= bound[0],
    )
    waiting = list(work.tx.execute(due).scalars())
    if not waiting:
        return
    day = program.day(bound[0])
    for life in lives_at(work, program, waiting, bound):
        found[life.holder].state = life.state
        ledgers = _empty(program)
        for name, book in life.books.items():
            ledger, own = parted(name)
            if account_name in (None, own):
                ledgers[ledger].add(book, day)
        found[life.holder].ledgers = ledgers


def lives_at(work: Work, program: Program, holders: Sequence[int], bound: Place) -> Iterator[Life]:
    """The lives of those of these holders whose heads stand before a place, with all that falls due until then."""
    lives = Lives(work, program, Documents(work, Programs(work, program.doc)))
    heads = lives.heads(holders, lock=False)
    accounts = lives.accounts(holders)
    for holder in holders:
        head = heads[holder]
        if head.place is None or head.place >= bound:
            continue
        life = lives.at_head(Prior(holder, head, accounts.get(holder, {})))
        for _ in life.settle_until(bound):
            pass
        yield life


def add_holds(work: Work, program: Program, found: dict[int, HolderFigures], now: datetime,
              account_name: str | None = None) -> None:
    """Put in what is held now."""
    names = {each.key: each.name for each in program.ledgers}
    statement = (
        sa.select(account.c.holder, account.c.ledger, sa.func.sum(hold.c.amount))
        .join(hold, hold.c.account_id == account.c.id)
        .where(_mine(program, found, account_name), hold.c.state == "open", hold.c.until > now)
        .group_by(account.c.holder, account.c.ledger)
    )
    for holder, ledger, units in tuples(work, statement):
        found[holder].ledgers[names[ledger]].units["held"] += int(units)
