"""The only writer of movements, entries, allocations, lots and accounts.

A Poster gathers what is to be posted for many accounts and writes each table set-wise. Entries are never changed:
what turns out differently is posted as a correction with the same key, so that their sum is what counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tessera import faults
from tessera.engine.ledger.hooks import BalanceChange, Movement, listeners
from tessera.engine.ledger.parts import Lot, Posting, parted
from tessera.engine.ledger.seals import seal, text_of
from tessera.engine.work import Work
from tessera.meta.rules import LedgerDoc
from tessera.store.system.ledger import account, allocation, entry, lot, movement

AFTER_MOVEMENTS = faults.point("ledger.after_movements")
AFTER_ENTRIES = faults.point("ledger.after_entries")
AFTER_LOTS = faults.point("ledger.after_lots")

DEBT = ""
"""Stands for the debt where lots are named by their source."""


class Place(Protocol):
    """A moment, as far as postings need it."""

    id: int
    place: Any
    day: date


class Kept(Protocol):
    """What is kept of a holder: accounts (id, balance, debt) by name, rows of lots by
    account and source, and moment ids by source."""

    holder: int
    accounts: dict[str, tuple[int, int, int]]
    lots: dict[tuple[int, str], Any]
    ids: dict[str, int]


@dataclass(slots=True)
class Delta:
    """The sum of the movements of one key. allocations: changes by the lot's source. count: how many there are."""

    amount: int = 0
    effect: int = 0
    allocations: dict[str, int] = field(default_factory=dict)
    moved: dict[str, date | None] = field(default_factory=dict)
    count: int = 0
    last: int | None = None
    business_on: date = date.min
    of: str = ""


@dataclass(slots=True, eq=False)
class _LotChange:
    """What becomes of a lot. row: as it is kept, None for a new one."""

    account_id: int
    source: str
    row: Any
    lot: Lot | None = None
    moment_id: int = 0
    granted: int = 0
    left: int = 0
    lapsed: int = 0
    id: int = 0
    is_gone: bool = False


@dataclass(slots=True, eq=False)
class _Draft:
    """A movement without its key yet."""

    values: tuple[Any, ...]
    allocations: list[tuple[_LotChange | None, int, date | None]]
    ledger: str
    name: str
    effect: int


class Poster:
    """Gathers postings of one transaction and writes them at `flush`."""

    def __init__(self, work: Work, ledgers: Sequence[LedgerDoc]) -> None:
        self.work = work
        self.ledgers: Mapping[str, LedgerDoc] = {each.name: each for each in ledgers}
        self._drafts: list[_Draft] = []
        self._lots: dict[tuple[int, str], _LotChange] = {}
        self._balances: dict[int, list[int]] = {}
        self._opened: list[tuple[str, Kept]] = []
        self._numbers: list[int] = []
        self._changes: list[tuple[int, int, int]] = []

    def add(self, kept: Kept, moment: Place, posting: Posting, known: Delta | None, release: int, cause: int) -> None:
        """Post what a posting differs from what is known under its key."""
        number = self._account(kept, posting.ledger)
        if posting.opened is not None:
            change = self._lot(number, posting.opened.source, kept)
            change.lot = posting.opened
            change.moment_id = moment.id
        if known is None:
            self._note(kept, moment, posting, release, cause, number)
            return
        target = Delta(posting.amount, posting.effect, _by_source(posting),
                       {each.source: each.expires_on for each, _ in posting.moved})
        self._correct(kept, _key_of(moment, posting), _less(target, known), known, moment.day, release, cause)

    def take_back(self, kept: Kept, key: tuple[Any, ...], known: Delta, release: int, cause: int) -> None:
        """Post the opposite of what is known under a key."""
        self._correct(kept, key, _less(Delta(), known), known, known.business_on, release, cause)

    def end_lots(self, kept: Kept, moments: frozenset[int], opened: set[tuple[int, str]]) -> None:
        """Lots of these moments that were not opened again were never granted, as history has it now."""
        for (number, source), row in kept.lots.items():
            if row.moment_id in moments and row.is_present and (number, source) not in opened:
                self._lot(number, source, kept).is_gone = True

    def final_lots(self, kept: Kept, life: Any) -> None:
        """Take over what only the accounts in memory know of lots: their last day and what was waived."""
        for name, book in life.books.items():
            if name not in kept.accounts:
                continue
            number = kept.accounts[name][0]
            for each in book.lots:
                change = self._lots.get((number, each.source))
                if change is not None:
                    change.lot = each
                elif each.id and kept.lots[number, each.source].expires_on != each.expires_on:
                    self._lot(number, each.source, kept).lot = each

    def flush(self) -> None:
        """Write everything."""
        self._write_lots()
        faults.reach(AFTER_LOTS)
        numbers = self.work.tx.allocate(movement.name, len(self._drafts))
        self._write_movements(numbers)
        faults.reach(AFTER_MOVEMENTS)
        self._write_entries(numbers)
        faults.reach(AFTER_ENTRIES)
        self._write_accounts()
        self._tell(numbers)
        self._drafts = []
        self._lots = {}
        self._balances = {}
        self._opened = []
        self._changes = []

    def _tell(self, numbers: range) -> None:
        """Tell other rooms what was posted, if they want to know it of these ledgers."""
        for listener in listeners:
            wanted = listener.ledgers(self.work)
            if not wanted:
                continue
            keys = {name: each.key for name, each in self.ledgers.items() if each.key in wanted}
            movements = [
                _told(number, keys[parted(each.ledger)[0]], each.values)
                for number, each in zip(numbers, self._drafts, strict=True)
                if parted(each.ledger)[0] in keys
            ]
            balances = [BalanceChange(*each) for each in self._changes]
            if movements or balances:
                listener.posted(self.work, movements, balances)

    # Gathering

    def _account(self, kept: Kept, ledger: str) -> int:
        known = kept.accounts.get(ledger)
        if known is None:
            if not self._numbers:
                # Twice as many each time: one trip for one account, few for very many; keys may have gaps.
                self._numbers = list(self.work.tx.allocate(account.name, min(1 + len(self._opened), 200)))[::-1]
            known = kept.accounts[ledger] = (self._numbers.pop(), 0, 0)
            self._opened.append((ledger, kept))
        return known[0]

    def _lot(self, number: int, source: str, kept: Kept) -> _LotChange:
        change = self._lots.get((number, source))
        if change is None:
            row = kept.lots.get((number, source))
            change = self._lots[number, source] = _LotChange(number, source, row, id=row.id if row is not None else 0)
        return change

    def _note(self, kept: Kept, moment: Place, posting: Posting, release: int, cause: int, number: int) -> None:
        allocations: list[tuple[_LotChange | None, int, date | None]] = []
        debt = 0
        for each, units in posting.allocations:
            if each is None:
                allocations.append((None, units, None))
                debt -= units
            else:
                allocations.append((self._shift(number, each.source, posting.move, units, kept), units, None))
        for each, _ in posting.moved:
            allocations.append((self._lot(number, each.source, kept), 0, each.expires_on))
        self._draft(_key_of(moment, posting), number, posting.amount, posting.effect, moment.day, release,
                    cause or moment.id, None, 0, posting.of, allocations, debt)

    def _correct(self, kept: Kept, key: tuple[Any, ...], rest: Delta, known: Delta, day: date, release: int,
                 cause: int) -> None:
        if not (rest.amount or rest.effect or rest.allocations or rest.moved):
            return
        number = kept.accounts[key[1]][0]
        allocations: list[tuple[_LotChange | None, int, date | None]] = []
        debt = 0
        for source, units in rest.allocations.items():
            if source == DEBT:
                allocations.append((None, units, None))
                debt -= units
            else:
                allocations.append((self._shift(number, source, key[4], units, kept), units, None))
        for source, last_day in rest.moved.items():
            allocations.append((self._lot(number, source, kept), 0, last_day))
        self._draft(key, number, rest.amount, rest.effect, day, release, cause or key[0], known.last, known.count,
                    known.of, allocations, debt)

    def _shift(self, number: int, source: str, move: str, units: int, kept: Kept) -> _LotChange:
        change = self._lot(number, source, kept)
        change.left += units
        if move == "grant":
            change.granted += units
        elif move == "expire":
            change.lapsed -= units
        return change

    def _draft(self, key: tuple[Any, ...], number: int, amount: int, effect: int, day: date, release: int, cause: int,
               corrects: int | None, count: int, of: str,
               allocations: list[tuple[_LotChange | None, int, date | None]], debt: int) -> None:
        moment_id, ledger, step, round_, move, name, at = key
        account_ = parted(ledger)[1]
        own = f"~{account_}" if account_ else ""
        source = f"{moment_id}/{step}/{round_}/{move}/{name}{own}@{at.isoformat()}#{count}"
        values = (number, moment_id, step, round_, move, name, amount, effect, at, day, self.work.now, release, cause,
                  corrects, of or None, source)
        self._drafts.append(_Draft(values, allocations, ledger, name, effect))
        if effect or debt:
            sums = self._balances.setdefault(number, [0, 0])
            sums[0] += effect
            sums[1] += debt

    # Writing

    def _write_lots(self) -> None:
        fresh = [each for each in self._lots.values() if each.row is None]
        for number, change in zip(self.work.tx.allocate(lot.name, len(fresh)), fresh, strict=True):
            change.id = number
        rows = []
        for change in fresh:
            known = change.lot
            assert known is not None, "a new lot was opened by a posting"
            rows.append((change.id, change.account_id, change.moment_id, known.created[-1], known.name, change.source,
                         change.granted, change.left, change.lapsed, known.waived, known.granted_on, known.expires_on,
                         known.available_from, True, lot_seal(
                             change.id, change.account_id, change.moment_id, known.created[-1], known.name,
                             change.source, known.waived, known.granted_on, known.expires_on, known.available_from,
                             True)))
        if rows:
            self.work.tx.insert_many(lot, _LOT, rows)
        changed = []
        for change in self._lots.values():
            row, known = change.row, change.lot
            if row is None:
                continue
            waived = row.waived if known is None else known.waived
            expires_on = row.expires_on if known is None else known.expires_on
            seq = row.seq if known is None else known.created[-1]
            is_present = not change.is_gone and (known is not None or row.is_present)
            hash_ = lot_seal(change.id, row.account_id, row.moment_id, seq, row.name, row.source, waived,
                             row.granted_on, expires_on, row.available_from, is_present)
            changed.append((change.id, row.granted + change.granted, row.left + change.left, row.lapsed + change.lapsed,
                            waived, expires_on, seq, is_present, hash_))
        if changed:
            self.work.tx.update_many(
                lot, ("granted", "left", "lapsed", "waived", "expires_on", "seq", "is_present", "hash"), changed
            )

    def _write_movements(self, numbers: range) -> None:
        rows, parts = [], []
        for number, draft in zip(numbers, self._drafts, strict=True):
            lines = [(place, 0 if change is None else change.id, units, last_day)
                     for place, (change, units, last_day) in enumerate(draft.allocations)]
            rows.append((number, *draft.values, movement_hash((number, *draft.values), lines)))
            at = draft.values[8]
            parts += [(number, *line, at) for line in lines]
        if rows:
            self.work.tx.insert_many(movement, ("id", *MOVEMENT, "hash"), rows)
        if parts:
            names = ("movement_id", "place", "lot_id", "amount", "expires_on", "business_at")
            self.work.tx.insert_many(allocation, names, parts)

    def _write_entries(self, numbers: range) -> None:
        counters = self._counters({(parted(each.ledger)[0], each.name) for each in self._drafts if each.effect})
        rows = []
        for number, draft in zip(numbers, self._drafts, strict=True):
            if draft.effect:
                rows.append((number, draft.values[0], draft.effect))
                rows.append((number, counters[parted(draft.ledger)[0], draft.name], -draft.effect))
        if rows:
            self.work.tx.insert_many(entry, ("movement_id", "account_id", "amount"), rows)

    def _counters(self, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The counter-accounts of ledgers and totals; those that are missing are opened."""
        known = self._known_counters()
        missing = sorted(wanted - set(known))
        if not missing:
            return known
        insert: Any = postgresql.insert if self.work.tx.dialect == "postgresql" else sqlite.insert
        numbers = self.work.tx.allocate(account.name, len(missing))
        rows = [
            {"id": number, "ledger": self.ledgers[ledger].key, "holder": 0, "name": name, "balance": 0, "debt": 0}
            for number, (ledger, name) in zip(numbers, missing, strict=True)
        ]
        self.work.tx.execute(insert(account).values(rows).on_conflict_do_nothing())
        return self._known_counters()

    def _known_counters(self) -> dict[tuple[str, str], int]:
        names = {each.key: each.name for each in self.ledgers.values()}
        statement = sa.select(account).where(account.c.holder == 0, account.c.ledger.in_(list(names)))
        return {(names[row.ledger], row.name): row.id for row in self.work.tx.execute(statement)}

    def _write_accounts(self) -> None:
        opened = {kept.accounts[ledger][0] for ledger, kept in self._opened}
        rows = []
        for ledger, kept in self._opened:
            number = kept.accounts[ledger][0]
            balance, debt = self._balances.get(number, (0, 0))
            own, name = parted(ledger)
            rows.append((number, self.ledgers[own].key, kept.holder, name, balance, debt))
            self._changes.append((number, 0, balance))
        if rows:
            self.work.tx.insert_many(account, ("id", "ledger", "holder", "name", "balance", "debt"), rows)
        changed = [(number, *sums) for number, sums in self._balances.items() if number not in opened]
        if changed:
            known = self._account_rows([number for number, _, _ in changed])
            self._changes += [(number, known[number][0], known[number][0] + by) for number, by, _ in changed]
            self.work.tx.update_many(
                account, ("balance", "debt"),
                [(number, known[number][0] + balance, known[number][1] + debt) for number, balance, debt in changed],
            )

    def _account_rows(self, numbers: list[int]) -> dict[int, tuple[int, int]]:
        found: dict[int, tuple[int, int]] = {}
        for start in range(0, len(numbers), 5_000):
            statement = sa.select(account).where(account.c.id.in_(numbers[start : start + 5_000]))
            found.update((row.id, (row.balance, row.debt)) for row in self.work.tx.execute(statement))
        return found


MOVEMENT = ("account_id", "moment_id", "step", "round", "move", "name", "amount", "effect", "business_at",
            "business_on", "posted_at", "release", "caused_by", "corrects", "of", "source_key")
_LOT = ("id", "account_id", "moment_id", "seq", "name", "source", "granted", "left", "lapsed", "waived", "granted_on",
        "expires_on", "available_from", "is_present", "hash")
LOT = ("id", "account_id", "moment_id", "seq", "name", "source", "waived", "granted_on", "expires_on", "available_from",
       "is_present")
"""What the hash of a lot is over, in its order; the sums are proven by the log."""


def _told(number: int, ledger: str, values: tuple[Any, ...]) -> Movement:
    account_id, _, _, _, move, name, amount, effect, at, day, _, _, _, corrects, _, _ = values
    return Movement(number, ledger, account_id, move, name, amount, effect, at, day, corrects is not None)


def lot_seal(*values: Any) -> str:
    """A hash over a lot's values, in the order of LOT."""
    return seal(values)


def movement_hash(values: Sequence[Any], allocations: Iterable[tuple[int, int, int, date | None]]) -> str:
    """A hash over a movement's id and values, in the order of MOVEMENT, and its allocations.

    allocations: place, lot, units, last day.
    """
    text = "|".join(map(text_of, values))
    for line in allocations:
        text += f";{line[0]}:{line[1]}:{line[2]}:{line[3] or ''}"
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _key_of(moment: Place, posting: Posting) -> tuple[Any, ...]:
    return (moment.id, posting.ledger, posting.step, posting.round, posting.move, posting.name, moment.place[0])


def _by_source(posting: Posting) -> dict[str, int]:
    found: dict[str, int] = {}
    for each, units in posting.allocations:
        source = DEBT if each is None else each.source
        found[source] = found.get(source, 0) + units
    return found


def _less(target: Delta, known: Delta) -> Delta:
    """What is to be added to what is known to make it the target."""
    rest = Delta(target.amount - known.amount, target.effect - known.effect)
    for source in {**known.allocations, **target.allocations}:
        units = target.allocations.get(source, 0) - known.allocations.get(source, 0)
        if units:
            rest.allocations[source] = units
    for source, last_day in target.moved.items():
        if known.moved.get(source) != last_day:
            rest.moved[source] = last_day
    return rest
