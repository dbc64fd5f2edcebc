"""What other rooms are told about postings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from tessera.engine.work import Work


class Movement(NamedTuple):
    """A movement that was written. ledger: its key; account: its id. total: the name that amount counts under.

    amount and effect: in the smallest units; effect is the change of the balance. is_correction: of an earlier one,
    since history has turned out differently.
    """

    id: int
    ledger: str
    account: int
    move: str
    total: str
    amount: int
    effect: int
    business_at: datetime
    business_on: date
    is_correction: bool


class BalanceChange(NamedTuple):
    """The balance of an account before and after, in the smallest units; of any ledger that was posted on."""

    account: int
    before: int
    after: int


class Listener(Protocol):
    """Whoever wants to know. ledgers: the keys of those that it asks about, none when it need not be called."""

    def ledgers(self, work: Work) -> Collection[str]:
        """The keys of the ledgers that it asks about."""
        ...

    def posted(self, work: Work, movements: Sequence[Movement], balances: Sequence[BalanceChange]) -> None:
        """Called when everything is written, before the transaction ends."""
        ...


listeners: list[Listener] = []
"""Told of every writing of postings, in order."""
