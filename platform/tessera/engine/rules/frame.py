"""What the rules of one moment see and leave behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from tessera.engine.ledger.amounts import to_amount
from tessera.engine.ledger.scratch import Book
from tessera.engine.rules.matching import Pair, Past
from tessera.formula import FormulaError

Line: TypeAlias = MutableMapping[str, Any]


class LedgerView(Mapping[str, Any]):
    """A holder's account as formulas read it: figures as items, totals through `total`."""

    __slots__ = ("book", "held")

    def __init__(self, book: Book) -> None:
        self.book = book
        self.held = 0

    def __getitem__(self, name: str) -> int | Decimal:
        book = self.book
        scale = book.rules.scale
        if name == "balance":
            return to_amount(book.balance - book.pending, scale)
        if name == "debt":
            return to_amount(book.debt, scale)
        if name == "available":
            return to_amount(book.balance - book.pending - self.held, scale)
        if name == "pending":
            return to_amount(book.pending, scale)
        if name == "open_lots":
            return book.open_lots
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(("balance", "debt", "available", "pending", "open_lots"))

    def __len__(self) -> int:
        return 5

    def total(self, name: str) -> int | Decimal:
        """Everything that was counted under that name so far."""
        return to_amount(self.book.totals.get(name, 0), self.book.rules.scale)


class NoAccount(Mapping[str, Any]):
    """Stands for an account that the document does not say: reading it is an error of the formula."""

    __slots__ = ("ledger",)

    def __init__(self, ledger: str) -> None:
        self.ledger = ledger

    def __getitem__(self, name: str) -> Any:
        raise FormulaError("no_account", f"The document does not say which account of {self.ledger} is meant.")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def total(self, name: str) -> Any:
        """Refuses too."""
        return self[name]


class LotView(Mapping[str, Any]):
    """A lot as formulas read it."""

    __slots__ = ("lot", "scale")

    def __init__(self, lot: Any, scale: int) -> None:
        self.lot = lot
        self.scale = scale

    def __getitem__(self, name: str) -> Any:
        if name in {"left", "granted"}:
            return to_amount(getattr(self.lot, name), self.scale)
        if name in {"granted_on", "expires_on", "available_from", "name"}:
            return getattr(self.lot, name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(("left", "granted", "granted_on", "expires_on", "available_from", "name"))

    def __len__(self) -> int:
        return 6


class Host:
    """What functions in rules may ask for: the rank of the moment and the program's zone; no clock, nobody."""

    __slots__ = ("rank", "zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.rank = 0

    def call(self, name: str, *_args: Any) -> Any:
        """The answer to a host function. Raises: KeyError for one that rules are not offered."""
        if name == "MOMENT":
            return self.rank
        raise KeyError(name)


class Frame:
    """One moment while its rules run.

    env: every name that formulas see; state names in it are copied into `state` when they are set. values: what let
    and factor named. lines: the document's lines by field. pins: values that are facts; found_pins: new ones.
    account: gives the account of a ledger, from ids by the entity's key where it is not the document's own.
    round: where in loops the rules are. is_first: the moment was never decided before. trace: the proof, when asked.
    """

    __slots__ = ("account", "books", "day", "document_key", "env", "found_pins", "host", "is_first", "pairs", "past",
                 "pins", "reviews", "round", "state", "trace", "values")

    def __init__(self, env: dict[str, Any], state: dict[str, Any], books: Mapping[str, Book], past: Past, host: Host,
                 day: date, document_key: str) -> None:
        self.env = env
        self.state = state
        self.books = books
        self.past = past
        self.host = host
        self.day = day
        self.document_key = document_key
        self.account: Callable[[str, Mapping[str, Any]], Book | None] = lambda ledger, _: self.books[ledger]
        self.values: dict[str, Any] = {}
        self.pairs: list[Pair] = []
        self.pins: Mapping[str, Any] = {}
        self.found_pins: dict[str, Any] = {}
        self.reviews: list[dict[str, Any]] = []
        self.round = ""
        self.is_first = True
        self.trace: Callable[[Any, Callable[[Frame], None], Frame], None] | None = None
