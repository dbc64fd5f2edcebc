"""What accounts in memory are made of: lots, postings, and what a ledger says about them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

FROZEN = timedelta(days=146_097)  # 400 years, after which days repeat
FROZEN_YEAR = 2350




def account_name(ids: Iterable[int]) -> str:
    """What an account is called among those of its holder: the ids of what it is kept by besides; "" of nothing.

    >>> account_name([17, 4])
    '17/4'
    """
    return "/".join(map(str, ids))


def ids_of(account: str) -> list[int]:
    """The inverse of account_name.

    >>> ids_of("17/4"), ids_of("")
    ([17, 4], [])
    """
    return [int(part) for part in account.split("/")] if account else []


def book_name(ledger: str, account: str) -> str:
    """What an account in memory is called: the ledger, and the account where the holder has several.

    >>> book_name("hours", ""), book_name("hours", "17")
    ('hours', 'hours@17')
    """
    return f"{ledger}@{account}" if account else ledger


def parted(book: str) -> tuple[str, str]:
    """The inverse of book_name: ledger and account.

    >>> parted("hours@17")
    ('hours', '17')
    """
    ledger, _, account = book.partition("@")
    return ledger, account


@dataclass(slots=True, eq=False)
class Lot:
    """Units granted together.

    source: stable key of the grant (moment, step, round and the days it is good for). moment: key of the moment
    that opened it; name: what that moment calls it. left: units not yet used. lapsed: what was left on its last day.
    waived: how much of the lapsed part later takes were spared. expires_on: last day on which it is good.
    created: place of the moment and number within it; lots sort by it. id: primary key once it is kept.
    """

    source: str
    moment: str
    name: str
    granted: int
    left: int
    granted_on: date
    expires_on: date | None
    available_from: date | None
    created: tuple[Any, ...] = ()
    lapsed: int = 0
    waived: int = 0
    id: int = 0

    def is_expired(self, day: date) -> bool:
        """Whether its last day has passed on that day."""
        return self.expires_on is not None and self.expires_on < day

    @property
    def is_frozen(self) -> bool:
        """Whether its clock stands still: its last day is put off by FROZEN."""
        return self.expires_on is not None and self.expires_on.year >= FROZEN_YEAR

    def is_pending(self, day: date) -> bool:
        """Whether it is not yet good on that day."""
        return self.available_from is not None and self.available_from > day


@dataclass(slots=True, eq=False)
class Posting:
    """One movement in the making.

    move: grant, take, restore, expire, waive, write_off, settle, extend, freeze, unfreeze, correct.
    name: under which total it counts.
    amount: units as people see them (positive). effect: change of the balance. allocations: the lots it touched
    with the change of what is left in each; None stands for the debt (negative: owed more). opened: the lot it opened.
    moved: extended lots, each with its former last day. of: the take that it gives back ("moment/name").
    """

    ledger: str
    step: str
    round: str
    move: str
    name: str
    amount: int
    effect: int
    allocations: list[tuple[Lot | None, int]]
    opened: Lot | None = None
    moved: list[tuple[Lot, date | None]] = field(default_factory=list)
    of: str = ""


@dataclass(frozen=True, slots=True)
class BookRules:
    """What a ledger says about its accounts.

    has_lots: units are kept in lots. by_expiry: the queue is ordered by last day first, else by creation.
    settles: a grant settles debts first. floor: lowest balance that a take may leave, None without limit.
    """

    name: str
    scale: int = 0
    has_lots: bool = True
    by_expiry: bool = False
    settles: bool = True
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """The place in the rules from which something is posted: step uid, round of its loops, and the total's name."""

    step: str
    round: str
    name: str


@dataclass(frozen=True, slots=True)
class Correction:
    """By how much a changed moment posts otherwise under one name. lot and days: of the lot that it opens."""

    where: Where
    amount: int
    effect: int
    lot: str = ""
    expires_on: date | None = None
    available_from: date | None = None
