"""Loading a life at a place: from its head, from the log as of an earlier place, or from nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine.ledger.parts import Lot, book_name
from tessera.engine.ledger.scratch import Book
from tessera.engine.rules.matching import Key, Past, PastLine
from tessera.engine.timeline.documents import Documents
from tessera.engine.timeline.fold import Life, Place
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.values import line_columns, number, typed
from tessera.engine.work import Work
from tessera.store.system.ledger import account, allocation, hold, lot, movement
from tessera.store.system.timeline import decision, moment, pair
from tessera.store.system.timeline import state as head_table


@dataclass(slots=True)
class Head:
    """The head of a life. place: None while nothing was decided."""

    place: Place | None
    state: str
    totals: str
    fired: str
    mix: int
    hash: str


@dataclass(slots=True)
class Prior:
    """What is kept of a holder, as far as it matters for what is folded now.

    accounts: (id, balance, debt) by name, see `parts.book_name`. lots: rows by account and source. ids, pins: of
    moments by source.
    decisions: (id, revision, hash, state hash) of the latest by moment id; is_current among them in `current`.
    has_leftovers: moments behind the head took part once.
    """

    holder: int
    head: Head | None
    accounts: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    lots: dict[tuple[int, str], Any] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    pins: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    decisions: dict[int, Any] = field(default_factory=dict)
    has_leftovers: bool = False


def before(place: Place) -> sa.ColumnElement[bool]:
    """Moments before a place."""
    return sa.tuple_(moment.c.at, moment.c.rank, moment.c.key) < sa.tuple_(
        sa.bindparam(None, place[0], moment.c.at.type), place[1], sa.bindparam(None, place[2], moment.c.key.type)
    )


def tuples(work: Work, statement: sa.Executable) -> list[tuple[Any, ...]]:
    """Every row of a statement."""
    return [tuple(row) for row in work.tx.execute(statement)]


class Lives:
    """Loads lives of one timeline."""

    def __init__(self, work: Work, program: Program, documents: Documents) -> None:
        self.work = work
        self.program = program
        self.documents = documents
        self.ledgers = {each.key: each for each in program.ledgers}
        self.held: dict[int, int] = {}

    def heads(self, holders: Sequence[int], *, lock: bool) -> dict[int, Head]:
        """The heads of these holders that have one, locked in order of their ids."""
        statement = (
            sa.select(head_table)
            .where(head_table.c.timeline == self.program.doc.key, head_table.c.holder.in_(holders))
            .order_by(head_table.c.holder)
        )
        if lock and self.work.tx.dialect == "postgresql":
            statement = statement.with_for_update()
        found = {}
        for row in self.work.tx.execute(statement):
            place = None if row.at is None else (row.at, row.rank, row.key)
            found[row.holder] = Head(place, row.state, row.totals, row.fired, row.mix, row.state_hash)
        return found

    def accounts(self, holders: Sequence[int]) -> dict[int, dict[str, tuple[int, int, int]]]:
        """For each holder (id, balance, debt) by the account's name, see `parts.book_name`."""
        open_ones = sa.and_(hold.c.account_id == account.c.id, hold.c.state == "open", hold.c.until > self.work.now)
        held = sa.select(sa.func.sum(hold.c.amount)).where(open_ones).correlate(account).scalar_subquery().label("held")
        mine = sa.and_(account.c.ledger.in_(list(self.ledgers)), account.c.holder.in_(holders))
        found: dict[int, dict[str, tuple[int, int, int]]] = {}
        for row in self.work.tx.execute(sa.select(account, held).where(mine)):
            if row.held:
                self.held[row.id] = int(row.held)
            name = book_name(self.ledgers[row.ledger].name, row.name)
            found.setdefault(row.holder, {})[name] = (row.id, row.balance, row.debt)
        return found

    def at_head(self, prior: Prior) -> Life:
        """The life as its head says, with its open lots; older lots and lines are found when rules ask."""
        assert prior.head is not None
        head = prior.head
        life = Life(self.program, prior.holder)
        life.last = head.place
        life.state = self.program.decode_state(orjson.loads(head.state))
        life.fired = {uid: datetime.fromisoformat(text) for uid, text in orjson.loads(head.fired).items()}
        life.mix = head.mix
        totals = orjson.loads(head.totals)
        for name, (number_, balance, debt) in prior.accounts.items():
            book = life.book(name)
            book.balance, book.debt, book.totals = balance, debt, dict(totals.get(name, {}))
            book.held = self.held.get(number_, 0)
        self._adopt_lots(life, prior, lot.c.left != 0)
        self._look_back(life, prior)
        return life

    def at_place(self, prior: Prior, place: Place) -> Life:
        """The life before a place, from the log."""
        life = Life(self.program, prior.holder)
        self._load_state(life, place)
        self._load_books(life, prior, place)
        for name, book in life.books.items():
            if name in prior.accounts:
                book.find_uses = _Uses(self, prior, book, prior.accounts[name][0], place)
        if self.program.matched:
            life.past = Past(_PastLines(self, prior, place))
        return life

    def as_decided(self, prior: Prior, place: Place, first: Any) -> Life:
        """The life that a moment at a place found when it was decided first; first: that decision's row."""
        life = self.at_place(prior, place)
        life.state = self.program.decode_state(orjson.loads(first.inputs)["state"])
        if self.program.matched:
            life.past = Past(_PastLines(self, prior, place, first.id, first.moment_id))
        return life

    def _load_state(self, life: Life, place: Place) -> None:
        last = self.work.tx.execute(
            sa.select(moment.c.at, moment.c.rank, moment.c.key, decision.c.state, decision.c.mix)
            .join(decision, decision.c.moment_id == moment.c.id)
            .where(self.mine(life.holder), before(place), decision.c.is_current)
            .order_by(moment.c.at.desc(), moment.c.rank.desc(), moment.c.key.desc())
            .limit(1)
        ).first()
        if last is not None:
            life.last = (last.at, last.rank, last.key)
            life.state = self.program.decode_state(orjson.loads(last.state))
            life.mix = last.mix
        fired = sa.select(moment.c.source, moment.c.at).where(
            self.mine(life.holder), before(place), moment.c.kind == "due", moment.c.is_present
        )
        for source, at in tuples(self.work, fired):
            uid = source.split(":")[1]
            life.fired[uid] = max(at, life.fired.get(uid, at))

    def _load_books(self, life: Life, prior: Prior, place: Place) -> None:
        names = {number_: name for name, (number_, _, _) in prior.accounts.items()}
        earlier = sa.select(moment.c.id).where(self.mine(life.holder), before(place))
        mine = movement.c.account_id.in_(list(names)), movement.c.moment_id.in_(earlier)
        sums = sa.select(movement.c.account_id, movement.c.name, sa.func.sum(movement.c.amount),
                         sa.func.sum(movement.c.effect)).where(*mine)
        for number_, name, amount, effect in tuples(self.work, sums.group_by(movement.c.account_id, movement.c.name)):
            book = life.book(names[number_])
            book.totals[name] = int(amount)
            book.balance += int(effect)
        parts = (
            sa.select(movement.c.account_id, allocation.c.lot_id, movement.c.move, sa.func.sum(allocation.c.amount))
            .join(movement, movement.c.id == allocation.c.movement_id)
            .where(*mine)
            .group_by(movement.c.account_id, allocation.c.lot_id, movement.c.move)
        )
        then = _Then()
        for number_, lot_id, move, amount in tuples(self.work, parts):
            if lot_id == 0:
                life.book(names[number_]).debt -= int(amount)
                continue
            then.left[lot_id] = then.left.get(lot_id, 0) + int(amount)
            if move == "expire":
                then.lapsed[lot_id] = then.lapsed.get(lot_id, 0) - int(amount)
        self._load_then(then, mine)
        self._adopt_lots(life, prior, moment.c.id.in_(earlier), then)

    def _load_then(self, then: _Then, mine: tuple[sa.ColumnElement[bool], ...]) -> None:
        """What was waived of lots by then, and how far they were extended."""
        lines = sa.select(allocation.c.lot_id, sa.func.sum(allocation.c.amount)).join(
            movement, movement.c.id == allocation.c.movement_id
        )
        waived = lines.where(*mine, movement.c.move == "waive", allocation.c.amount > 0).group_by(allocation.c.lot_id)
        then.waived = {lot_id: int(amount) for lot_id, amount in tuples(self.work, waived)}
        if not self.program.extends:
            return
        days = (
            sa.select(allocation.c.lot_id, allocation.c.expires_on)
            .join(movement, movement.c.id == allocation.c.movement_id)
            .where(*mine, allocation.c.expires_on.is_not(None))
            .order_by(movement.c.business_at, movement.c.id)
        )
        then.last_days = dict(tuples(self.work, days))

    def _adopt_lots(self, life: Life, prior: Prior, which: sa.ColumnElement[bool], then: _Then | None = None) -> None:
        names = {number_: name for name, (number_, _, _) in prior.accounts.items()}
        for row in self.lot_rows(prior, which):
            book = life.book(names[row.account_id])
            known = _lot_of(row)
            if then is not None:
                known.left = then.left.get(row.id, 0)
                known.lapsed = then.lapsed.get(row.id, 0)
                known.waived = then.waived.get(row.id, 0)
                if self.program.extends:
                    known.expires_on = then.last_days.get(row.id) or first_last_day(row.source)
            book.adopt(known)

    def lot_rows(self, prior: Prior, which: sa.ColumnElement[bool], *, with_absent: bool = False) -> list[Any]:
        """Rows of lots of a holder, with their moments, in order of creation; they are noted in prior."""
        statement = (
            sa.select(lot, moment.c.source.label("moment"), moment.c.at, moment.c.rank, moment.c.key)
            .join(moment, moment.c.id == lot.c.moment_id)
            .where(lot.c.account_id.in_([number_ for number_, _, _ in prior.accounts.values()]), which)
            .order_by(moment.c.at, moment.c.rank, moment.c.key, lot.c.seq)
        )
        if not with_absent:
            statement = statement.where(lot.c.is_present)
        rows = list(self.work.tx.execute(statement))
        for row in rows:
            prior.lots[row.account_id, row.source] = row
            prior.ids[row.moment] = row.moment_id
        return rows

    def _look_back(self, life: Life, prior: Prior) -> None:
        """Let rules find older lots, takes and lines that were not loaded."""
        for name, book in life.books.items():
            if name in prior.accounts:
                book.find_origins = _Origins(self, prior, book)
                book.find_uses = _Uses(self, prior, book, prior.accounts[name][0])
        if self.program.matched:
            life.past = Past(_PastLines(self, prior, None))

    def mine(self, holder: int) -> sa.ColumnElement[bool]:
        """Moments of a holder in this timeline."""
        return sa.and_(moment.c.timeline == self.program.doc.key, moment.c.holder == holder)


@dataclass(slots=True)
class _Then:
    """Lots as they were at a place, by id."""

    left: dict[int, int] = field(default_factory=dict)
    lapsed: dict[int, int] = field(default_factory=dict)
    waived: dict[int, int] = field(default_factory=dict)
    last_days: dict[int, date] = field(default_factory=dict)


def first_last_day(source: str) -> date | None:
    """The last day that a lot was given at first, which its source ends with."""
    text = source.rpartition("/")[2].partition("~")[0]
    return date.fromisoformat(text) if text else None


def _lot_of(row: Any) -> Lot:
    return Lot(row.source, row.moment, row.name, row.granted, row.left, row.granted_on, row.expires_on,
               row.available_from, (row.at, row.rank, row.key, row.seq), row.lapsed, row.waived, row.id)


@dataclass(slots=True)
class _Origins:
    """Finds the lots that an earlier moment opened."""

    lives: Lives
    prior: Prior
    book: Book

    def __call__(self, source: str, name: str) -> list[Lot]:
        rows = self.lives.lot_rows(self.prior, sa.and_(moment.c.source == source, lot.c.name == name))
        names = {number_: each for each, (number_, _, _) in self.prior.accounts.items()}
        loaded = {each.source: each for each in self.book.lots}
        return [
            loaded.get(row.source) or _lot_of(row)
            for row in rows
            if names[row.account_id] == self.book.rules.name
        ]


@dataclass(slots=True)
class _Uses:
    """Finds what is left to give back of an earlier take: lots with the units that it used.

    place: what was posted at or after it does not count; None: all counts.
    """

    lives: Lives
    prior: Prior
    book: Book
    account_id: int
    place: Place | None = None

    def __call__(self, source: str, name: str) -> list[tuple[Lot, int]]:
        tx = self.lives.work.tx
        net = (
            sa.select(allocation.c.lot_id, sa.func.sum(allocation.c.amount), sa.func.min(allocation.c.place))
            .join(movement, movement.c.id == allocation.c.movement_id)
            .join(moment, moment.c.id == movement.c.moment_id)
            .where(movement.c.account_id == self.account_id, moment.c.source == source, movement.c.name == name,
                   movement.c.move == "take", allocation.c.lot_id != 0, *self._earlier())
            .group_by(allocation.c.lot_id)
            .order_by(sa.func.min(movement.c.id), sa.func.min(allocation.c.place))
        )
        used = [(lot_id, -int(amount)) for lot_id, amount, _ in tuples(self.lives.work, net)]
        if not used:
            return []
        back = sa.case((movement.c.move == "correct", movement.c.effect), else_=movement.c.amount)
        given = tx.scalar(
            sa.select(sa.func.sum(back)).join(moment, moment.c.id == movement.c.moment_id).where(
                movement.c.account_id == self.account_id, movement.c.of == f"{source}/{name}", *self._earlier()
            )
        )
        rows = {row.id: row for row in self.lives.lot_rows(self.prior, lot.c.id.in_([each for each, _ in used]))}
        loaded = {each.source: each for each in self.book.lots}
        uses = [(loaded.get(rows[lot_id].source) or _lot_of(rows[lot_id]), units) for lot_id, units in used]
        rest = max(0, int(given or 0))
        for place in range(len(uses) - 1, -1, -1):
            part = min(rest, uses[place][1])
            uses[place] = (uses[place][0], uses[place][1] - part)
            rest -= part
        return uses


    def _earlier(self) -> tuple[sa.ColumnElement[bool], ...]:
        return () if self.place is None else (before(self.place),)


@dataclass(slots=True)
class _PastLines:
    """Finds lines of moments before a place (None: of all that are decided) that have the wanted values.

    seen: id of a decision; only what was decided before it counts, with what its moment's own was, and what decisions
    that stand have paired since is not to be had.
    """

    lives: Lives
    prior: Prior
    place: Place | None
    seen: int = 0
    own: int = 0

    def __call__(self, entity: str, lines: str, on: tuple[str, ...], wanted: Sequence[Key]) -> Iterable[PastLine]:
        moments = self._moments(entity, lines, on, wanted)
        if not moments:
            return []
        used = self._used([row.id for row in moments])
        kept = self._kept([row.id for row in moments]) if self.seen else {}
        records = self.lives.documents.records(entity, [row.document_id for row in moments])
        keys = set(wanted)
        run = self.lives.program.rules[self.lives.program.moments[entity].run].doc
        kinds: dict[str, str] = {each.name: each.type.kind for each in run.line_members.get(lines, ())}
        found = []
        for row in moments:
            self.prior.ids[row.source] = row.id
            record = records.get(row.document_id)
            if record is None:
                continue
            document = record[0]
            _give_values(document[lines], orjson.loads(row.lines).get(lines, {}), kinds)
            for index, line in enumerate(document[lines]):
                if tuple([line[name] for name in on]) in keys:
                    at = row.id, index
                    found.append(PastLine(line, row.source, index, document, used.get(at, 0), kept.get(at, 0)))
        return found

    def _moments(self, entity: str, lines: str, on: tuple[str, ...], wanted: Sequence[Key]) -> list[Any]:
        work = self.lives.work
        whole = work.model.entities[entity]
        field_ = whole.field(lines)
        assert field_ is not None, "check has found the lines"
        lower = work.model.entities[field_.target]
        table = work.tables.of(lower)
        first = lower.field(on[0])
        assert first is not None, "check has found the field"
        having = sa.select(table.c.parent_id).where(table.c[first.column or first.name].in_([key[0] for key in wanted]))
        statement = (
            sa.select(moment.c.id, moment.c.source, moment.c.document_id, decision.c.lines)
            .select_from(moment)
            .join(decision, sa.and_(decision.c.moment_id == moment.c.id, self._decided()))
            .where(self.lives.mine(self.prior.holder), moment.c.entity == entity, moment.c.is_present,
                   moment.c.document_id.in_(having))
            .order_by(moment.c.at, moment.c.rank, moment.c.key)
        )
        if self.place is not None:
            statement = statement.where(before(self.place))
        return list(work.tx.execute(statement))

    def _decided(self) -> sa.ColumnElement[bool]:
        """The decisions that count: the current ones, or those that were when the seen one was made."""
        if not self.seen:
            return decision.c.is_current
        older = decision.alias()
        return decision.c.id == (
            sa.select(sa.func.max(older.c.id))
            .where(older.c.moment_id == decision.c.moment_id, older.c.id < self.seen).correlate(decision)
            .scalar_subquery()
        )

    def _kept(self, moments: list[int]) -> dict[tuple[int, int], Any]:
        assert self.place is not None, "a decision has a place"
        statement = (
            sa.select(pair.c.to_moment_id, pair.c.to_index, pair.c.before, pair.c.after)
            .join(decision, decision.c.id == pair.c.decision_id)
            .join(moment, moment.c.id == decision.c.moment_id)
            .where(pair.c.to_moment_id.in_(moments), decision.c.is_current, moment.c.is_present,
                   moment.c.id != self.own, sa.not_(before(self.place)))
        )
        kept: dict[tuple[int, int], Any] = {}
        for to, index, first, last in tuples(self.lives.work, statement):
            kept[to, index] = kept.get((to, index), 0) + number(last) - number(first)
        return kept

    def _used(self, moments: list[int]) -> dict[tuple[int, int], Any]:
        statement = (
            sa.select(pair.c.to_moment_id, pair.c.to_index, pair.c.after)
            .select_from(pair)
            .join(decision, decision.c.id == pair.c.decision_id)
            .join(moment, moment.c.id == decision.c.moment_id)
            .where(pair.c.to_moment_id.in_(moments), self._decided(), moment.c.is_present)
        )
        if self.place is not None:
            statement = statement.where(before(self.place))
        used: dict[tuple[int, int], Any] = {}
        for to, index, after in tuples(self.lives.work, statement):
            value = number(after)
            used[to, index] = max(value, used.get((to, index), value))
        return used


def _give_values(lines: list[dict[str, Any]], columns: dict[str, Any], kinds: dict[str, str]) -> None:
    """Put the values that rules gave the lines into them; those that an older release did not give are blank."""
    for name, kind in kinds.items():
        texts = line_columns({name: columns.get(name)}, len(lines))[name]
        for line, text in zip(lines, texts, strict=False):
            line[name] = typed(text, kind)
