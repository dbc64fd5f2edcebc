"""Transfers between holders of a ledger, and merging one into another: facts on both timelines, never a replay.

Lots move with their own days, debts move too; an undo withdraws the facts. They are the facts that the ledger names,
whose rules post them, else postings under the totals `moved_out` and `moved_in`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tessera.engine.ledger.amounts import to_amount, to_units
from tessera.engine.ledger.parts import account_name, ids_of
from tessera.engine.rules.failures import NotCovered
from tessera.engine.timeline.facts import Noted, definition_of, facts_noted, post, record_fact, take_back, withdraw_fact
from tessera.engine.timeline.lot_reading import lots
from tessera.engine.timeline.outside import source_name
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.reading import accounts, accounts_of, ledger_named, one_account, timeline_of_holder
from tessera.engine.timeline.settle import Settler
from tessera.engine.work import Work
from tessera.errors import Conflict, Invalid, NotFound, Problem
from tessera.meta.rules import LedgerDoc

MOVED_OUT, MOVED_IN = "moved_out", "moved_in"
_OUT, _SETTLED, _OWED = "out", "settled", "owed"
_SOURCE, _TARGET = "@source", "@target"  # in what is kept of the facts; no field is called so

Part = tuple[int | Decimal, date | None, date | None]


class TooLateToUndo(Conflict):
    """The transfer {key} can be undone until {until} only."""

    code = "too_late_to_undo"
    hint = "Move the units back by another transfer."


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer between two holders. moved: units, less the debts that moved along. is_undone: it was taken back."""

    key: str
    source: int
    target: int
    moved: int | Decimal
    at: datetime
    is_undone: bool


def transfer(work: Work, ledger: str, source: int, target: int, *, key: str, amount: int | Decimal | None = None,
             beside: Sequence[int] = ()) -> Transfer:
    """Move units from one holder to another now, with the days of their lots; all of them, and debts, without amount.

    key: identifies it among the transfers of the source; the same again gives the first answer. beside: of ledgers in
    which a holder has several accounts, which: ids in the ledger's order; without amount it may be left out: all.
    Raises: NotCovered, Conflict for a known key with other values, Invalid, and what the rules of the facts say.
    """
    if source == target:
        raise Invalid([Problem("wrong_value", "/target", "It must be another holder than the source.")])
    if amount is not None and amount <= 0:
        raise Invalid([Problem("wrong_value", "/amount", "The amount must be above 0.")])
    sides = _Sides(work, ledger_named(work, ledger))
    names = [one_account(sides.doc, beside)] if beside or amount is not None or not sides.doc.beside else [
        account_name(each) for each in accounts_of(work, ledger, source)]
    settler = Settler(work, timeline_of_holder(work, sides.doc.per))
    settler.lock([source, target])
    known = sides.found(source, key)
    if known is not None:
        if known.is_undone or known.target != target or amount not in (None, known.moved):
            raise Conflict("This transfer is recorded already, with other values.")
        return known
    settler.settle({source: set(), target: set()})
    for name in names:
        sides.move(name, source, target, key, amount)
    made = sides.found(source, key)
    if made is None:
        raise NotCovered(ledger=ledger, shortfall="0", step="")
    return made


def undo_transfer(work: Work, ledger: str, source: int, *, key: str) -> Transfer:
    """Take a transfer back, as if it had never been; done twice it changes nothing.

    Raises: NotFound, TooLateToUndo("too_late_to_undo") after the time that the ledger allows.
    """
    sides = _Sides(work, ledger_named(work, ledger))
    known = sides.found(source, key)
    if known is None:
        raise NotFound(what="transfer")
    if known.is_undone:
        return known
    until = None if sides.doc.undo_s is None else known.at + timedelta(seconds=sides.doc.undo_s)
    if until is not None and work.now > until:
        raise TooLateToUndo(key=key, until=until.isoformat())
    Settler(work, timeline_of_holder(work, sides.doc.per)).lock([known.source, known.target])
    for holder in (known.target, known.source):
        sides.withdraw(holder, f"{source}:{key}")
    return Transfer(key, known.source, known.target, known.moved, known.at, True)


def transfers_of(work: Work, ledger: str, holder: int) -> list[Transfer]:
    """Every transfer from or to a holder, the latest first."""
    return list(_Sides(work, ledger_named(work, ledger)).all(holder).values())[::-1]


@dataclass(frozen=True, slots=True)
class _How:
    """What the facts of a transfer have in common. before, after: of the part's name in their keys."""

    before: str
    after: str
    beside: tuple[int, ...]
    ends: Mapping[str, Any]

    def key(self, part: str) -> str:
        """The key of the fact of a part."""
        return f"transfer:{self.before}{part}{self.after}"


class _Sides:
    """The facts by which a ledger moves units out of and into accounts."""

    def __init__(self, work: Work, doc: LedgerDoc) -> None:
        self.work = work
        self.doc = doc
        self.timeline = timeline_of_holder(work, doc.per)

    def move(self, name: str, source: int, target: int, key: str, amount: int | Decimal | None) -> None:
        """Move what is in an account of that name to the target's. Raises: NotCovered("not_covered")."""
        beside = ids_of(name)
        figures = accounts(self.work, self.doc.name, [source], beside=beside)[source]
        parts = list(_parts(self.work, self.doc, source, figures, amount, beside))
        moved = sum(units for units, _, _ in parts)
        if amount is not None and moved < amount:
            raise NotCovered(ledger=self.doc.name, shortfall=str(amount - moved), step="")
        debt = figures["debt"] if amount is None else 0
        how = _How(f"{source}:{key}:", f"@{name}" if name else "", tuple(beside), {_SOURCE: source, _TARGET: target})
        if moved:
            self._take(source, _OUT, moved, how)
        for place, part in enumerate(parts):
            self._give(target, str(place), part, how)
        if debt:
            self._give(source, _SETTLED, (debt, None, None), how)
            self._take(target, _OWED, debt, how)

    def _take(self, holder: int, part: str, units: int | Decimal, how: _How) -> None:
        """Units leave; what is not there, or not good yet, is owed."""
        if self.doc.take_fact:
            self._record(holder, self.doc.take_fact, part, {"amount": units}, how)
        else:
            post(self.work, self.doc.name, holder, "take", units, key=how.key(part), name=MOVED_OUT, may_owe=True,
                 beside=how.beside, notes=how.ends)

    def _give(self, holder: int, part: str, what: Part, how: _How) -> None:
        """Units come."""
        units, until, available_from = what
        if self.doc.give_fact:
            values = {"amount": units, "until": until, "available_from": available_from}
            self._record(holder, self.doc.give_fact, part, values, how)
        else:
            post(self.work, self.doc.name, holder, "grant", units, key=how.key(part), name=MOVED_IN,
                 expires_on=until, available_from=available_from, beside=how.beside, notes=how.ends)

    def _record(self, holder: int, fact: str, part: str, values: Mapping[str, Any], how: _How) -> None:
        definition = definition_of(Program.of(self.work.model, self.timeline), fact)
        fields = {each.name for each in definition.fields.members()}
        known = {name: value for name, value in values.items() if name in fields}
        known |= {definition.beside[entity]: number for entity, number in zip(self.doc.beside, how.beside, strict=True)}
        record_fact(self.work, self.timeline.name, holder, fact, key=how.key(part), values=known, notes=how.ends)

    def found(self, holder: int, key: str) -> Transfer | None:
        """The transfer of that key from a holder."""
        own = f"{holder}:{key}"
        return self.all(holder, own).get(own)

    def all(self, holder: int, key: str = "") -> dict[str, Transfer]:
        """Transfers from or to a holder by "source:key", in order of recording; only that one when it is named."""
        grouped: dict[str, list[Noted]] = {}
        for _, each in self._facts(holder, key):
            grouped.setdefault(_key_of(each), []).append(each)
        return {name: self._transfer(holder, name, each) for name, each in grouped.items()}

    def withdraw(self, holder: int, key: str) -> None:
        """Withdraw the facts of a transfer."""
        for name, each in reversed(list(self._facts(holder, key))):
            if not each.is_present:
                continue
            if name.startswith("@"):
                take_back(self.work, self.doc.name, holder, key=each.key)
            else:
                withdraw_fact(self.work, self.timeline.name, holder, name, key=each.key)

    def _facts(self, holder: int, key: str) -> Iterator[tuple[str, Noted]]:
        names = [self.doc.take_fact or source_name(self.doc), self.doc.give_fact or source_name(self.doc)]
        prefix = f"transfer:{key}:" if key else "transfer:"
        found = [
            (name, each)
            for name in dict.fromkeys(names)
            for each in facts_noted(self.work, self.timeline.name, holder, name, prefix)
            if _SOURCE in each.values and key in ("", _key_of(each))
        ]
        yield from sorted(found, key=lambda pair: pair[1].moment)

    def _transfer(self, holder: int, key: str, facts: Iterable[Noted]) -> Transfer:
        every = list(facts)
        first = every[0]
        is_source = first.values[_SOURCE] == holder
        moved: Any = 0
        for each in every:
            part = each.key.rpartition(":")[2].partition("@")[0]
            is_debt = part in (_SETTLED, _OWED)
            moved += -each.values["amount"] if is_debt else each.values["amount"]
        other = int(first.values[_TARGET if is_source else _SOURCE])
        source, target = (holder, other) if is_source else (other, holder)
        moved = to_amount(to_units(moved, self.doc.scale), self.doc.scale)
        is_undone = not any(each.is_present for each in every)
        return Transfer(key.partition(":")[2], source, target, moved, first.at, is_undone)


def _key_of(fact: Noted) -> str:
    """The "source:key" of the transfer that a fact belongs to."""
    return fact.key.removeprefix("transfer:").rpartition(":")[0]


def _parts(work: Work, doc: LedgerDoc, holder: int, figures: Mapping[str, Any], amount: int | Decimal | None,
           beside: Sequence[int]) -> Iterator[Part]:
    """The units that move: by lots in the order in which takes use them."""
    rest = amount
    if not doc.has_lots:
        units = figures["balance"] if rest is None else min(rest, figures["balance"])
        if units > 0:
            yield units, None, None
        return
    found = lots(work, doc.name, holder, beside=beside)
    if rest is not None:
        today = Program.of(work.model, timeline_of_holder(work, doc.per)).day(work.now)
        found = [each for each in found if each["available_from"] is None or each["available_from"] <= today]
    if doc.by_expiry:
        found.sort(key=lambda each: (each["expires_on"] or date.max, each["available_from"] or date.min))
    for each in found:
        units = each["left"] if rest is None else min(rest, each["left"])
        if units <= 0:
            return
        rest = None if rest is None else rest - units
        yield units, each["expires_on"], each["available_from"]
