"""Folding a life: every moment in order, due moments first, in scratch accounts. Pure.

A Life is one holder's state and accounts at a place; `fold` takes it over the next moment and answers what happened.
A moment whose rules fail leaves nothing behind: it counts as absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import getcontext, setcontext
from functools import partial
from hashlib import blake2b
from typing import Any, Literal, TypeAlias

from tessera.engine.ledger.parts import Posting, account_name, book_name, parted
from tessera.engine.ledger.scratch import Book
from tessera.engine.rules.failures import Refused, RuleFailed
from tessera.engine.rules.frame import Frame, Host, LedgerView, NoAccount
from tessera.engine.rules.matching import Pair, Past
from tessera.engine.timeline.changes import changed_state, correction_of
from tessera.engine.timeline.outside import beside_of
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.values import line_text
from tessera.errors import TesseraError
from tessera.formula.arithmetic import EXACT
from tessera.meta.model import EMPTY

Place: TypeAlias = tuple[datetime, int, str]
"""Where a moment stands: instant, rank, unique key."""

LAPSE_RANK = -1_000
SETTLE_RANK = -999
DUE_RANK = -900
MICROSECOND = timedelta(microseconds=1)
FACT_RANK = 1_000
OUTSIDE_RANK = FACT_RANK - 1


@dataclass(slots=True, eq=False)
class Moment:
    """One place in a life.

    key: what identifies it for good. kind: document, fact, due, the accounts' own lapse and settle, or a change of what
    an earlier one posted. run: name of its ruleset. document: its values, lines inside. content: hash of them.
    is_first: it was never decided before. happened: when it happened, if its place is another one. changes: id of the
    moment that a change alters.
    """

    key: str
    place: Place
    kind: Literal["document", "fact", "due", "lapse", "settle", "change"]
    day: date
    run: str = ""
    entity: str = ""
    rank: int = 0
    document: dict[str, Any] = field(default_factory=dict)
    content: bytes = b""
    is_first: bool = True
    pins: Mapping[str, Any] = field(default_factory=dict)
    program: Program | None = None
    id: int = 0
    holder: int = 0
    document_id: int = 0
    happened: datetime | None = None
    changes: int = 0


@dataclass(slots=True, eq=False)
class Outcome:
    """What a moment came to.

    inputs, before: state and (balance, debt) by ledger before it; state, figures: after it. line_values: texts by lines
    field, see `values`. error: why it takes no part. stands: decided again, while the line goes on as it did.
    """

    moment: Moment
    postings: list[Posting]
    inputs: dict[str, Any] = field(default_factory=dict)
    before: dict[str, tuple[int, int]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    line_values: dict[str, Any] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, tuple[int, int]] = field(default_factory=dict)
    hash: bytes = b""
    mix: int = 0
    pins: dict[str, Any] = field(default_factory=dict)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    error: TesseraError | None = None
    release: int = 0
    stands: bool = False


class Life:
    """One holder's state, accounts and open lines at a place in its history.

    books: accounts by their names, see `parts.book_name`. begun: the moment that they are in. fired: for each due
    definition, the last instant at which it came. mix: a running hash of the lines that later moments may pair with.
    pins: what the outside was told of due moments, by their keys.
    """

    __slots__ = ("begun", "books", "env", "fired", "holder", "host", "last", "mix", "past", "pins", "program", "state",
                 "views")

    def __init__(self, program: Program, holder: int = 0) -> None:
        self.program = program
        self.holder = holder
        self.host = Host(program.zone)
        self.books = program.books()
        self.views = {name: LedgerView(book) for name, book in self.books.items()}
        self.state = program.state(self.host)
        self.fired: dict[str, datetime] = {}
        self.past = Past()
        self.mix = 0
        self.last: Place | None = None
        self.env: dict[str, Any] = {}
        self.begun: tuple[Any, ...] | None = None
        self.pins: Mapping[str, Mapping[str, Any]] = {}

    def fold(self, moment: Moment, trace: Any = None) -> Outcome:
        """Take the life over a moment."""
        self.last = moment.place
        if moment.kind in {"lapse", "settle"}:
            return self._settle(moment)
        if moment.kind == "change":
            return self._change(moment)
        program = moment.program or self.program
        own = self._own_accounts(program, moment) if program.several else EMPTY
        self._begin(moment)
        frame = self._frame(program, moment, trace, own)
        inputs = dict(self.state)
        figures = self._figures(own)
        rules = program.rules_of(moment.run)
        context = getcontext()
        setcontext(EXACT)
        try:
            rules.run(frame)
        except (RuleFailed, Refused) as problem:
            for book in self.books.values():
                book.undo()
            for pair in reversed(frame.pairs):
                pair.to.used = pair.before
            self.state = inputs
            return Outcome(moment, [], inputs, figures, error=problem, release=program.release)
        finally:
            setcontext(context)
        return self._outcome(program, moment, frame, (inputs, figures, self._figures(own)), rules.doc.line_values)

    def book(self, name: str) -> Book:
        """The account of that name, see `parts.book_name`; an empty one where there is none yet."""
        found = self.books.get(name)
        if found is None:
            found = self.books[name] = self.program.book(name)
            if self.begun is not None:
                found.begin(*self.begun)
        return found

    def _begin(self, moment: Moment) -> None:
        self.begun = (moment.key, moment.day, moment.place)
        for book in self.books.values():
            book.begin(*self.begun)

    def _own_accounts(self, program: Program, moment: Moment) -> dict[str, Book | None]:
        """Of ledgers in which the holder has several accounts, the one that the moment is about."""
        return {each.name: self._account(program, moment, each.name, EMPTY) for each in program.several}

    def _account(self, program: Program, moment: Moment, ledger: str, more: Mapping[str, Any]) -> Book | None:
        """The account of a ledger that a moment means, or these ids by the entity's key; None when nothing says it."""
        doc = next((each for each in program.several if each.name == ledger), None)
        if doc is None:
            return self.book(ledger)
        document = moment.document
        told: Mapping[str, Any] | None = beside_of(doc, document)
        if told is None:
            uid = moment.key.split(":")[1] if moment.kind == "fact" else ""
            fields = program.beside(moment.kind, moment.entity, uid)
            told = {entity: document.get(name) for entity, name in fields.items()}
        ids = [each for entity in doc.beside if (each := more.get(entity, told.get(entity))) is not None]
        return self.book(book_name(ledger, account_name(ids))) if len(ids) == len(doc.beside) else None

    def _figures(self, own: Mapping[str, Book | None]) -> dict[str, tuple[int, int]]:
        """Balance and debt of each ledger, where there are several of the account that the moment is about."""
        found = {name: (book.balance, book.debt) for name, book in self.books.items() if "@" not in name}
        return found | {name: (book.balance, book.debt) for name, book in own.items() if book is not None}

    def settle_until(self, place: Place) -> Iterator[Outcome]:
        """Everything that falls due before the place, in order."""
        while (moment := self.next_due()) is not None and moment.place < place:
            yield self.fold(moment)

    def next_due(self) -> Moment | None:
        """The next moment that accounts or state call for."""
        found: Moment | None = None
        lapse = min((book.next_expiry for book in self.books.values() if book.next_expiry), default=None)
        if lapse is not None:
            found = self._own("lapse", lapse + timedelta(days=1), LAPSE_RANK)
        opening = self._next_opening()
        if opening is not None and (found is None or opening < found.day):
            found = self._own("settle", opening, SETTLE_RANK)
        if self.program.doc.due:
            found = self._next_from_state(found)
        return found

    def _own(self, kind: Literal["lapse", "settle"], day: date, rank: int) -> Moment:
        place = (self.program.midnight(day), rank, "")
        if self.last is None or place > self.last:
            return Moment(f"{kind}:{day}", place, kind, day)
        at = self.last[0] + MICROSECOND  # units that were over when they came: they end behind what brought them
        return Moment(f"{kind}:{at.isoformat()}", (at, rank, ""), kind, self.program.day(at))

    def _next_opening(self) -> date | None:
        today = self.program.day(self.last[0]) if self.last is not None else date.min
        return min(
            (
                lot.available_from
                for book in self.books.values()
                if book.debt and book.rules.settles
                for lot in book.lots
                if lot.available_from is not None and lot.left > 0 and lot.available_from > today
            ),
            default=None,
        )

    def _next_from_state(self, found: Moment | None) -> Moment | None:
        env = {**self.program.tables, **self.views, **self.state}
        for place, each in enumerate(self.program.doc.due):
            at = each.at(env, self.host)
            if at is None:
                continue
            instant = at if isinstance(at, datetime) else self.program.midnight(at)
            fired = self.fired.get(each.uid)
            at_place = (instant, DUE_RANK + place, "")
            if (fired is not None and instant <= fired) or (self.last is not None and at_place <= self.last):
                continue
            if found is None or at_place < found.place:
                key = f"due:{each.uid}:{instant.isoformat()}"
                found = Moment(key, at_place, "due", self.program.day(instant), run=each.run, rank=DUE_RANK + place,
                               document={"due": each.uid}, pins=self.pins.get(key, {}))
        return found

    def _settle(self, moment: Moment) -> Outcome:
        postings: list[Posting] = []
        self._begin(moment)
        for book in self.books.values():
            if moment.kind == "lapse":
                book.expire(moment.day)
            else:
                book.settle_debt()
            postings += book.journal
        return Outcome(moment, postings, release=self.program.release)

    def _change(self, moment: Moment) -> Outcome:
        """Post what a change of an earlier moment makes different, with lots and state as they are here."""
        inputs = dict(self.state)
        figures = self._figures(EMPTY)
        self._begin(moment)
        known = {each.name for each in self.program.ledgers}
        for each in moment.document["postings"]:
            if parted(each["ledger"])[0] in known:
                self.book(each["ledger"]).correct(correction_of(each), moment.document["of"])
        self.state.update(changed_state(self.program, self.state, moment.document["state"]))
        self._mix(moment.content)
        return Outcome(
            moment, [posting for book in self.books.values() for posting in book.journal], inputs, figures,
            state=dict(self.state), figures=self._figures(EMPTY),
            hash=self.hash(), mix=self.mix, reviews=list(moment.document["reviews"]), release=self.program.release,
        )

    def _frame(self, program: Program, moment: Moment, trace: Any, own: Mapping[str, Book | None]) -> Frame:
        self.host.rank = moment.rank
        day = moment.day if moment.happened is None else self.program.day(moment.happened)
        at = moment.happened or moment.place[0]
        env = {"at": at, **program.tables, **moment.document, **self.views, **self.state}
        env["day"] = day
        for ledger, book in own.items():
            env[ledger] = NoAccount(ledger) if book is None else LedgerView(book)
        frame = Frame(env, self.state, self.books, self.past, self.host, day, moment.key)
        if own:
            frame.account = partial(self._account, program, moment)
        frame.pins = moment.pins
        frame.is_first = moment.is_first
        frame.trace = trace
        return frame

    def _outcome(self, program: Program, moment: Moment, frame: Frame, inputs: tuple[Any, Any, Any],
                 names: Mapping[str, tuple[str, ...]]) -> Outcome:
        line_values = {over: line_text(moment.document[over], wanted) for over, wanted in names.items() if wanted}
        for entity, lines in program.matched:
            if entity == moment.entity:
                self.past.add(entity, lines, moment.key, moment.document)
                self._mix(f"{moment.key}{line_values.get(lines)}".encode() + moment.content)
        for pair in frame.pairs:
            self._mix(f"{pair.to.moment}.{pair.to.index}.{pair.after}".encode())
        if moment.kind == "due":
            self.fired[moment.document["due"]] = moment.place[0]
        return Outcome(
            moment, [posting for book in self.books.values() for posting in book.journal], *inputs[:2], frame.values,
            line_values, frame.pairs, dict(self.state), inputs[2],
            self.hash(), self.mix, frame.found_pins, frame.reviews, None, program.release,
        )

    def _mix(self, what: bytes) -> None:
        self.mix = (self.mix + int.from_bytes(blake2b(what, digest_size=8).digest())) & 0x7FFF_FFFF_FFFF_FFFF

    def hash(self) -> bytes:
        """A hash of all that later moments can see; equal lives have equal ones, however they came about."""
        parts: list[str] = [str(self.mix)]
        for name, value in self.state.items():
            parts.append(f"{name}={value['id'] if isinstance(value, Mapping) else value}")
        several = sorted(name for name, book in self.books.items() if "@" in name and not book.is_blank)
        plain = [name for name in self.books if "@" not in name]
        for book in (self.books[name] for name in (*plain, *several)):
            parts.append(f"{book.rules.name}:{book.debt}:{book.balance}")
            parts += [f"{name}={total}" for name, total in sorted(book.totals.items()) if total]
            parts += [f"{lot.source}:{lot.left}:{lot.expires_on}" for lot in book.lots if lot.left]
        if self.fired:
            parts.append(repr(sorted(self.fired.items())))
        return blake2b("\n".join(parts).encode(), digest_size=12).digest()


def fold_life(life: Life, moments: list[Moment], until: Place | None = None) -> Iterator[Outcome]:
    """Fold moments that are in order, with everything that falls due before and, up to `until`, after them."""
    for moment in moments:
        yield from life.settle_until(moment.place)
        yield life.fold(moment)
    if until is not None:
        yield from life.settle_until(until)
