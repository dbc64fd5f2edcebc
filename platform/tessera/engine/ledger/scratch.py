"""A holder's lots, debts and totals in memory: what rules read and post to while a history is folded.

Pure: no clock, no database. All amounts are whole smallest units of the ledger. A Book knows what day it is only
because the fold tells it; what it does is answered as Postings, each with the lots it touched.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Literal, TypeAlias

from tessera.engine.ledger.parts import FROZEN, FROZEN_YEAR, BookRules, Correction, Lot, Posting, Where

Rest: TypeAlias = Literal["refuse", "write_off", "review"]
IfExpired: TypeAlias = Literal["waive", "waive_lapsed", "take"]

EXPIRED = "expired"
WAIVED = "waived"
WRITTEN_OFF = "written_off"
SETTLED = "settled"


class Shortfall(Exception):
    """A take that must not leave a rest did; missing: whole units that were not there."""

    def __init__(self, missing: int) -> None:
        super().__init__(missing)
        self.missing = missing


class Book:
    """One holder's account in one ledger.

    lots: in order of creation, those with nothing left may be gone. origins: lots by (moment, name).
    find_origins: gives older lots that were not loaded. held: units set aside just now.
    journal: postings since the last `begin`.
    """

    __slots__ = ("_undo", "balance", "day", "debt", "find_origins", "find_uses", "held", "journal", "lots", "moment",
                 "next_expiry", "origins", "place", "reviews", "rules", "totals", "uses")

    def __init__(self, rules: BookRules) -> None:
        self.rules = rules
        self.lots: list[Lot] = []
        self.debt = 0
        self.balance = 0
        self.held = 0
        self.totals: dict[str, int] = {}
        self.origins: dict[tuple[str, str], list[Lot]] = {}
        self.uses: dict[tuple[str, str], list[tuple[Lot, int]]] = {}
        self.find_origins: Callable[[str, str], list[Lot]] | None = None
        self.find_uses: Callable[[str, str], list[tuple[Lot, int]]] | None = None
        self.journal: list[Posting] = []
        self.reviews: list[tuple[Where, int]] = []
        self.next_expiry: date | None = None
        self.day = date.min
        self.moment = ""
        self.place: tuple[Any, ...] = ()
        self._undo: list[Callable[[], None]] = []

    def begin(self, moment: str, day: date, place: tuple[Any, ...]) -> None:
        """Start a new moment."""
        self.moment = moment
        self.day = day
        self.place = place
        self.journal = []
        self.reviews = []
        self._undo = []

    def adopt(self, lot: Lot) -> None:
        """Take in a lot that is there already; call it in order of creation."""
        self.lots.append(lot)
        self.origins.setdefault((lot.moment, lot.name), []).append(lot)
        self._watch(lot)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is in it, and nothing was counted."""
        return not (self.balance or self.debt or any(self.totals.values()) or any(lot.left for lot in self.lots))

    @property
    def pending(self) -> int:
        """Units in lots that are not yet good today."""
        return sum(lot.left for lot in self.lots if lot.available_from is not None and lot.is_pending(self.day))

    @property
    def open_lots(self) -> int:
        """How many lots have units left."""
        return sum(1 for lot in self.lots if lot.left > 0)

    def grant(self, n: int, where: Where, *, lot_name: str = "", expires_on: date | None = None,
              available_from: date | None = None) -> Posting | None:
        """Give n units: debts are settled first, the rest (perhaps 0) opens a lot.

        A last day that is centuries away means that there is none.
        """
        if n <= 0:
            return None
        if expires_on is not None and expires_on.year >= FROZEN_YEAR:
            expires_on = None
        posting = self._post("grant", where, n, n)
        if not self.rules.has_lots:
            return posting
        is_pending = available_from is not None and available_from > self.day
        settled = min(self.debt, n) if self.rules.settles and not is_pending else 0
        if settled:
            self._owe(posting, -settled)
        lot = self._open(where, n - settled, lot_name, expires_on, available_from)
        posting.opened = lot
        if lot.left:
            posting.allocations.append((lot, lot.left))
        return posting

    def take(self, n: int, where: Where, *, sources: Sequence[str], rest: Rest = "refuse",
             origin: Sequence[Lot] = (), if_expired: IfExpired = "waive", debt_limit: int | None = None) -> None:
        """Take n units from the named sources in turn: origin, queue, debt. Raises: Shortfall."""
        if n <= 0:
            return
        if not self.rules.has_lots:
            self._take_plain(n, where, sources, rest)
            return
        n -= self._spared(n, where, origin, if_expired) if origin else 0
        if n <= 0:
            return
        posting = Posting(self.rules.name, where.step, where.round, "take", where.name, 0, 0, [])
        missing = n
        for source in sources:
            if source == "origin":
                missing = self._walk(posting, (lot for lot in origin if not lot.is_expired(self.day)), missing)
            elif source == "queue":
                missing = self._walk(posting, self._queue(), missing)
            else:
                owed = missing if debt_limit is None else min(missing, max(0, debt_limit - self.debt))
                if owed:
                    self._owe(posting, owed)
                missing -= owed
        self._finish_take(posting, n - missing, missing, where, rest)

    def restore(self, n: int, where: Where, *, moment: str, take: str, renews: bool = False,
                renew_until: date | None = None) -> None:
        """Give up to n units back into the lots that the moment's take used, latest first.

        What belongs to lots whose day has passed comes back in a new lot good until renew_until when renews, and is
        waived otherwise. More than the take used is never given.
        """
        uses = self._uses_of(moment, take)
        before = list(uses)
        self._undo.append(lambda: self.uses.__setitem__((moment, take), before))
        of = f"{moment}/{take}"
        posting = Posting(self.rules.name, where.step, where.round, "restore", where.name, 0, 0, [], of=of)
        lapsed = 0
        for place in range(len(uses) - 1, -1, -1):
            lot, used = uses[place]
            part = min(used, n)
            if part <= 0:
                continue
            uses[place] = (lot, used - part)
            n -= part
            if lot.is_expired(self.day):
                lapsed += part
            else:
                self._return(posting, lot, part)
        given = sum(part for _, part in posting.allocations)
        if given:
            self._keep(posting, given, given)
        if lapsed and renews:
            renewed = self.grant(lapsed, Where(where.step, f"{where.round}+", where.name), expires_on=renew_until)
            assert renewed is not None
            renewed.of = of
        elif lapsed:
            self._post("waive", Where(where.step, where.round, WAIVED), lapsed, 0).of = of

    def expire(self, day: date) -> list[Posting]:
        """End every lot whose last day is before that day; what was left in it is lost."""
        found: list[Posting] = []
        if self.next_expiry is None or self.next_expiry >= day:
            return found
        kept: list[Lot] = []
        for lot in self.lots:
            if lot.expires_on is None or lot.expires_on >= day:
                kept.append(lot)
            elif lot.left > 0:
                lot.lapsed += lot.left
                posting = Posting(self.rules.name, "lapse", lot.source, "expire", EXPIRED, 0, 0, [])
                amount = lot.left
                self._shift(posting, lot, -amount)
                self._keep(posting, amount, -amount)
                found.append(posting)
        self.lots = kept
        self._look_for_expiry()
        return found

    def extend(self, where: Where, days: Callable[[Lot], date | None]) -> None:
        """Move the last day of open lots to a later one; days gives it, None or an earlier one changes nothing."""
        self._move_days("extend", where, lambda lot, last: max(days(lot) or last, last))

    def freeze(self, where: Where, applies: Callable[[Lot], bool]) -> None:
        """Stop the clock of open lots: no day is their last one until they are unfrozen."""
        self._move_days("freeze", where, lambda lot, last: last if lot.is_frozen or not applies(lot) else last + FROZEN)

    def unfreeze(self, where: Where, applies: Callable[[Lot], bool], days: int) -> None:
        """Let the clock of frozen lots go on: they are good for that many days longer than they were."""
        longer = timedelta(days=days) - FROZEN
        self._move_days("unfreeze", where, lambda lot, last: last + longer if lot.is_frozen and applies(lot) else last)

    def _move_days(self, move: str, where: Where, moved: Callable[[Lot, date], date]) -> None:
        posting = Posting(self.rules.name, where.step, where.round, move, where.name, 0, 0, [])
        for lot in self.lots:
            last = lot.expires_on
            if lot.left <= 0 or last is None:
                continue
            lot.expires_on = moved(lot, last)
            if lot.expires_on != last:
                posting.moved.append((lot, last))
        if posting.moved:
            self._look_for_expiry()
            self._keep(posting, 0, 0)

    def settle_debt(self) -> None:
        """Let lots that have become good pay what is owed."""
        if not self.debt or not self.rules.settles:
            return
        posting = Posting(self.rules.name, "settle", "", "settle", SETTLED, 0, 0, [])
        debt = self.debt
        rest = self._walk(posting, self._queue(), debt)
        if debt > rest:
            self._owe(posting, rest - debt)
            self._keep(posting, debt - rest, 0)

    def correct(self, each: Correction, moment: str) -> None:
        """Post by how much a changed moment posts otherwise, with lots and debts as they are now.

        What is given pays debts, goes back into the lots that the moment used, and the rest opens a lot. What is taken
        comes from the lots that the moment opened, then from the queue, and the rest is owed.
        """
        where = each.where
        of = f"{moment}/{where.name}"
        posting = Posting(self.rules.name, where.step, where.round, "correct", where.name, 0, 0, [], of=of)
        rest = 0
        if self.rules.has_lots and each.effect > 0:
            rest = self._give_back(posting, each.effect, moment, where.name)
        elif self.rules.has_lots and each.effect < 0:
            own = [lot for lot in self.origin_lots(moment, each.lot) if not lot.is_expired(self.day)]
            missing = self._walk(posting, self._queue(), self._walk(posting, own, -each.effect))
            if missing:
                self._owe(posting, missing)
        sign = -1 if each.amount < 0 else 1
        amount, effect = each.amount - sign * rest, each.effect - rest
        if amount or effect:
            self._keep(posting, amount, effect)
        if rest:
            opening = self._post("grant", where, sign * rest, rest)
            opening.opened = self._open(where, rest, each.lot, each.expires_on, each.available_from)
            opening.allocations.append((opening.opened, rest))

    def _give_back(self, posting: Posting, units: int, moment: str, take: str) -> int:
        settled = min(self.debt, units) if self.rules.settles else 0
        if settled:
            self._owe(posting, -settled)
        rest = units - settled
        uses = self._uses_of(moment, take)
        for place in range(len(uses) - 1, -1, -1):
            lot, used = uses[place]
            part = min(used, rest)
            if part > 0:
                uses[place] = (lot, used - part)
                self._return(posting, lot, part)
                rest -= part
        return rest

    def origin_lots(self, moment: str, name: str) -> list[Lot]:
        """The lots that a moment opened under a name, in order."""
        found = self.origins.get((moment, name))
        if found is None and self.find_origins is not None:
            found = self.find_origins(moment, name)
            self.origins[(moment, name)] = found
        return found or []

    def undo(self) -> None:
        """Take back everything that rules did since `begin`."""
        for posting in reversed(self.journal):
            for lot, change in posting.allocations:
                if lot is None:
                    self.debt += change
                else:
                    lot.left -= change
            for lot, former in posting.moved:
                lot.expires_on = former
            self.balance -= posting.effect
            self.totals[posting.name] -= posting.amount
            if posting.opened is not None:
                self.lots.remove(posting.opened)
                self.origins[(posting.opened.moment, posting.opened.name)].remove(posting.opened)
        for each in reversed(self._undo):
            each()
        self.journal = []
        self.reviews = []
        self._look_for_expiry()

    def _queue(self) -> Iterable[Lot]:
        day = self.day
        good = [lot for lot in self.lots if lot.left > 0 and not (lot.available_from and lot.available_from > day)]
        if self.rules.by_expiry:
            good.sort(key=lambda lot: (lot.expires_on or date.max, lot.available_from or date.min))
        return good

    def _open(self, where: Where, left: int, name: str, expires_on: date | None, available_from: date | None) -> Lot:
        days = f"{expires_on or ''}~{available_from or ''}" if available_from else str(expires_on or "")
        source = f"{self.moment}/{where.step}/{where.round}/{days}"
        lot = Lot(source, self.moment, name, left, left, self.day, expires_on, available_from,
                  (*self.place, len(self.journal)))
        self.adopt(lot)
        return lot

    def _watch(self, lot: Lot) -> None:
        if lot.expires_on is not None and lot.left > 0 and (
            self.next_expiry is None or lot.expires_on < self.next_expiry
        ):
            self.next_expiry = lot.expires_on

    def _look_for_expiry(self) -> None:
        self.next_expiry = min((lot.expires_on for lot in self.lots if lot.expires_on and lot.left > 0), default=None)

    def _walk(self, posting: Posting, lots: Iterable[Lot], missing: int) -> int:
        for lot in lots:
            if missing <= 0:
                break
            part = min(lot.left, missing)
            if part > 0:
                self._shift(posting, lot, -part)
                missing -= part
        return missing

    def _shift(self, posting: Posting, lot: Lot, change: int) -> None:
        lot.left += change
        posting.allocations.append((lot, change))

    def _return(self, posting: Posting, lot: Lot, part: int) -> None:
        self._shift(posting, lot, part)
        self._watch(lot)
        if lot not in self.lots:
            insort(self.lots, lot, key=lambda each: each.created)

    def _uses_of(self, moment: str, take: str) -> list[tuple[Lot, int]]:
        uses = self.uses.get((moment, take))
        if uses is None:
            uses = self.find_uses(moment, take) if self.find_uses else []
            self.uses[(moment, take)] = uses
        return uses

    def _owe(self, posting: Posting, more: int) -> None:
        self.debt += more
        posting.allocations.append((None, -more))

    def _take_plain(self, n: int, where: Where, sources: Sequence[str], rest: Rest) -> None:
        floor = self.rules.floor
        taken = n if floor is None or "debt" in sources else max(0, min(n, self.balance - floor))
        posting = Posting(self.rules.name, where.step, where.round, "take", where.name, 0, 0, [])
        self._finish_take(posting, taken, n - taken, where, rest)

    def _finish_take(self, posting: Posting, taken: int, missing: int, where: Where, rest: Rest) -> None:
        if missing and rest == "refuse":
            for lot, change in posting.allocations:
                if lot is None:
                    self.debt += change
                else:
                    lot.left -= change
            raise Shortfall(missing)
        if taken:
            self._keep(posting, taken, -taken)
            self._note_uses(posting, where.name)
        if missing:
            self._post("write_off", Where(where.step, where.round, WRITTEN_OFF), missing, 0)
            if rest == "review":
                self.reviews.append((where, missing))

    def _note_uses(self, posting: Posting, name: str) -> None:
        key = (self.moment, name)
        uses = self.uses.setdefault(key, [])
        count = len(uses)
        uses.extend((lot, -change) for lot, change in posting.allocations if lot is not None)
        self._undo.append(lambda: uses.__delitem__(slice(count, None)))

    def _spared(self, n: int, where: Where, origin: Sequence[Lot], policy: IfExpired) -> int:
        """Units that are not taken because the lots they came from are gone."""
        expired = [lot for lot in origin if lot.is_expired(self.day)]
        if not expired or policy == "take":
            return 0
        parts: list[tuple[Lot, int]] = []
        spared = n if policy == "waive" and len(expired) == len(origin) else 0
        if policy == "waive_lapsed":
            for lot in expired:
                part = min(n - spared, lot.lapsed - lot.waived)
                self._undo.append(partial(setattr, lot, "waived", lot.waived))
                lot.waived += part
                spared += part
                if part:
                    parts.append((lot, part))
        if spared:
            posting = self._post("waive", Where(where.step, where.round, WAIVED), spared, 0)
            # A part and its opposite: the lot stays as it is, and the log tells how much of it was waived.
            posting.allocations = [(lot, change) for lot, part in parts for change in (part, -part)]
        return spared

    def _post(self, move: str, where: Where, amount: int, effect: int) -> Posting:
        posting = Posting(self.rules.name, where.step, where.round, move, where.name, amount, effect, [])
        self._keep(posting, amount, effect, is_filled=True)
        return posting

    def _keep(self, posting: Posting, amount: int, effect: int, *, is_filled: bool = False) -> None:
        if not is_filled:
            posting.amount = amount
            posting.effect = effect
        self.balance += effect
        self.totals[posting.name] = self.totals.get(posting.name, 0) + amount
        self.journal.append(posting)
