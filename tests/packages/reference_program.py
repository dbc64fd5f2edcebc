"""A program of points, growth and tiers in plain Python over whole numbers, written from its description alone.

Nothing of the platform is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

from packages.reference_terms import Document, Line, Program, months_later

Figures: TypeAlias = Mapping[str, int | str]


@dataclass
class Lot:
    """Points granted together."""

    left: int
    last_day: date | None
    place: int

    def has_expired(self, day: date) -> bool:
        """Whether its last day is before that day."""
        return self.last_day is not None and self.last_day < day


@dataclass
class Sale:
    """A processed sale: its lot, and what its redemption took from which lots."""

    document: Document
    lot: Lot | None
    uses: list[list[Any]]


def share(total: int, before: int, after: int, whole: int) -> int:
    """What belongs to the pieces before + 1 … after."""
    return total * after // whole - total * before // whole


def spread(total: int, weights: Sequence[int], how: str) -> list[int]:
    """The total over the weights."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    if how == "cumulative":
        reached = [sum(weights[:place]) for place in range(len(weights) + 1)]
        return [total * b // whole - total * a // whole for a, b in pairwise(reached)]
    parts = [total * weight // whole for weight in weights]
    places = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in places[: total - sum(parts)]:
        parts[place] += 1
    return parts


def rounded(top: int, bottom: int, how: str) -> int:
    """The quotient as a whole number."""
    floor, rest = divmod(top, bottom)
    if how == "up":
        return floor + (rest > 0)
    if how == "half_up":
        return floor + (2 * rest >= bottom)
    if how == "half_even":
        return floor + (2 * rest > bottom or (2 * rest == bottom and floor % 2))
    return floor


class Member:
    """One member's state, folded over documents in order."""

    def __init__(self, program: Program, number: str) -> None:
        self.program = program
        self.number = number
        self.lots: list[Lot] = []
        self.debt = self.growth = self.tier = self.top = self.orders = self.returns = 0
        self.gross = self.unmatched_units = self.unmatched_minor = self.told_expired = 0
        self.counts: Counter[str] = Counter()
        self.sales: list[Sale] = []
        self.last_sale: date | None = None
        self.tier_since: date | None = None
        self.growth_then = 0

    @property
    def balance(self) -> int:
        """Points left less points owed."""
        return sum(lot.left for lot in self.lots) - self.debt

    def grant(self, points: int, name: str, last_day: date | None) -> Lot | None:
        """Give points; debts are settled first."""
        if points <= 0:
            return None
        settled = min(self.debt, points)
        self.debt -= settled
        lot = Lot(points - settled, last_day, len(self.lots))
        self.lots.append(lot)
        self.counts[name] += points
        return lot

    def queue(self) -> list[Lot]:
        """The lots in the order in which they are used."""
        if not self.program.earliest_expiry_first:
            return self.lots
        return sorted(self.lots, key=lambda lot: (lot.last_day or date.max, lot.place))

    def take(self, points: int, lots: Iterable[Lot]) -> list[list[Any]]:
        """Take points from lots in turn: which gave how many."""
        uses = []
        for lot in list(lots):
            part = min(lot.left, points)
            if part > 0:
                lot.left -= part
                points -= part
                uses.append([lot, part])
        return uses

    def begin(self, day: date) -> None:
        """Everything that falls due before the first document of a day, or at its midnight."""
        while (due := self.next_review()) is not None and due <= day:
            self.expire(due)
            self.review(due)
        self.expire(day)

    def expire(self, day: date) -> None:
        """Lots whose last day is before that day are lost."""
        for lot in self.lots:
            if lot.has_expired(day):
                self.counts["expired"] += lot.left
                lot.left = 0

    def next_review(self) -> date | None:
        """When the tier is looked at again."""
        if self.program.idle_days is not None and self.last_sale is not None and self.growth > 0:
            return self.last_sale + timedelta(days=self.program.idle_days)
        if self.program.reviews_yearly and self.tier_since is not None:
            return months_later(12)(self.tier_since)
        return None

    def review(self, day: date) -> None:
        """Look at the tier again."""
        if self.program.reviews_yearly:
            self.tier = self.tier_by_growth()
            self.growth_then = self.growth
            self.tier_since = day
        else:
            self.growth = 0
            self.tier = self.tier_by_growth()

    def tier_by_growth(self) -> int:
        """The highest tier that the growth reaches, the first one if it reaches none."""
        growth = self.growth - self.growth_then
        reached = [place for place, tier in enumerate(self.program.tiers) if tier.threshold <= growth]
        return max(reached, default=0)

    def decide_tier(self, day: date) -> None:
        """Decide the tier after a document."""
        found = self.tier_by_growth()
        if self.program.reviews_yearly:
            if found > self.tier:
                self.tier, self.tier_since = found, day
        elif not self.program.keeps_tier or found > self.tier:
            self.tier = found

    def process(self, document: Document) -> Figures:
        """Take in a document: the row of results for it."""
        day = document.at.date()
        self.begin(day)
        before, tier = Counter(self.counts), self.tier
        expired = self.counts["expired"] - self.told_expired
        self.told_expired = self.counts["expired"]
        gross = sum(line.amount for line in document.lines)
        paid = self.take_back(document, day) if document.is_return else self.sell(document, gross, day)
        done = self.counts - before
        return {
            "doc_id": document.number, "kind": "return" if document.is_return else "sale", "member_id": self.number,
            "timestamp": str(document.at.replace(tzinfo=None)), "tier_before": self.program.tiers[tier].code,
            "amount_minor": gross, "expired_before": expired, "redeemed": done["redeemed"], "paid_minor": paid,
            **{name: done[name] for name in ("earned", "first_bonus", "gifts", "clawed", "waived")},
            "growth_after": self.growth, "tier_after": self.program.tiers[self.tier].code, "debt_after": self.debt,
            "balance_after": self.balance,
        }  # fmt: skip

    def sell(self, document: Document, gross: int, day: date) -> int:
        """Take in a sale: the paid money."""
        program, lines = self.program, document.lines
        self.orders += 1
        self.gross += gross
        self.last_sale = day
        coupons = sum(line.coupon for line in lines)
        points = document.used if program.uses_given_points else self.redeemed(gross - coupons)
        uses = self.take(points, self.queue())
        self.debt += points - sum(part for _, part in uses)
        self.counts["redeemed"] += points
        discount = points * program.point_minor
        by = [line.amount - line.coupon for line in lines]
        for line, off, used in zip(
            lines, spread(discount, by, program.spreading), spread(points, by, program.spreading), strict=True
        ):
            line.paid = line.amount - line.coupon - off
            line.used = used
        earned = self.earn(document, day)
        bonus_day = (program.bonus_last_day or program.last_day)(day)
        lot = self.grant(earned, "earned", program.last_day(day))
        self.sales.append(Sale(document, lot, uses))
        self.grant(program.first_bonus if self.orders == 1 else 0, "first_bonus", bonus_day)
        self.growth += gross - coupons - discount
        if self.tier_since is None:
            self.tier_since = day
        self.decide_tier(day)
        for tier in program.tiers[self.top + 1 : self.tier + 1]:
            self.grant(tier.gift, "gifts", bonus_day)
        self.top = max(self.top, self.tier)
        return gross - coupons - discount

    def redeemed(self, gross: int) -> int:
        """How many points an order uses."""
        rule = self.program.redemption
        if rule is None or self.orders % rule.every_nth_order or self.balance <= 0:
            return 0
        cap = gross * rule.order_cap_percent // (100 * self.program.point_minor)
        most = min(self.balance * rule.balance_share_percent // 100, cap)
        return most - most % rule.points_step

    def earn(self, document: Document, day: date) -> int:
        """The points of an order; its lines get their parts."""
        program, lines = self.program, document.lines
        factor = program.tiers[self.tier].percent * self.window(document, day)
        bottom = 100 * 100 * 10_000 * program.minor_units_per_point
        weights = [line.paid * line.percent for line in lines]
        if program.rounds_lines:
            parts = [rounded(weight * factor, bottom, program.rounding) for weight in weights]
        else:
            parts = spread(rounded(sum(weights) * factor, bottom, program.rounding), weights, program.spreading)
        for line, part in zip(lines, parts, strict=True):
            line.points = part
        return sum(parts)

    def window(self, document: Document, day: date) -> int:
        """The factor of the day, in percent of percents."""
        program = self.program
        found = [program.weekend_percent] if day.isoweekday() >= 6 else []
        for first, last, percent in program.window_days:
            place = day.strftime("%m-%d")
            if first <= place <= last if first <= last else place >= first or place <= last:
                found.append(percent)
        if document.store in program.store_percent:
            found.append(program.store_percent[document.store])
        if program.factors == "bonus_sum":
            return (100 + sum(each - 100 for each in found)) * 100
        if program.factors == "max":
            return max(found, default=100) * 100
        product = 10_000
        for each in found:
            product = product * each // 100
        return product

    def take_back(self, document: Document, day: date) -> int:
        """Take in a return: the growth taken back, as a negative number."""
        self.returns += 1
        before = self.growth
        for line in document.lines:
            units = line.units
            for sale, sold in self.candidates(document, line.item):
                part = min(units, sold.units - sold.returned)
                if part > 0:
                    self.undo(sale, sold, part, day)
                    units -= part
            self.unmatched_units += units
            self.unmatched_minor += (2 * line.amount * units + line.units) // (2 * line.units)
        taken = self.growth - before
        self.decide_tier(day)
        return taken

    def candidates(self, document: Document, item: str) -> list[tuple[Sale, Line]]:
        """The lines of earlier sales that a return may be of, in turn."""
        found = [(sale, line) for sale in self.sales for line in sale.document.lines if line.item == item]
        if self.program.matching == "named":
            return [(sale, line) for sale, line in found if sale.document.number == document.of]
        return found[::-1] if self.program.matching == "latest" else found

    def undo(self, sale: Sale, sold: Line, units: int, day: date) -> None:
        """Take back what units of a sold line brought."""
        a, b = sold.returned, sold.returned + units
        sold.returned = b
        back = share(sold.paid, a, b, sold.units)
        self.growth -= min(back, self.growth) if self.program.idle_days is not None else back
        points = share(sold.points, a, b, sold.units)
        if points > 0 and sale.lot is not None:
            self.claw(sale.lot, points, day)
        if self.program.gives_back_points is not None:
            self.give_back(sale, share(sold.used, a, b, sold.units), day)

    def claw(self, lot: Lot, points: int, day: date) -> None:
        """Take points back: from the order's lot, then from the others, the rest is owed."""
        if lot.has_expired(day) and not self.program.claws_expired:
            self.counts["waived"] += points
            return
        uses = self.take(points, [lot])
        uses += self.take(points - sum(part for _, part in uses), self.queue())
        missing = points - sum(part for _, part in uses)
        if self.program.forgives_debt:
            self.counts["clawed"] += points - missing
        else:
            self.debt += missing
            self.counts["clawed"] += points

    def give_back(self, sale: Sale, points: int, day: date) -> None:
        """Put used points back into the lots that they came from, the last used first."""
        lapsed = 0
        for use in reversed(sale.uses):
            lot, used = use
            part = min(points, used)
            use[1] -= part
            points -= part
            if lot.has_expired(day):
                lapsed += part
            else:
                lot.left += part
                self.counts["restored"] += part
        self.grant(lapsed, "restored", day + timedelta(days=self.program.gives_back_points or 0))

    def figures(self) -> Figures:
        """The row of results for this member."""
        counts = self.counts
        return {
            "member_id": self.number, "orders": self.orders, "returns": self.returns, "gross_minor": self.gross,
            "discount_minor": counts["redeemed"], "growth_minor": self.growth,
            "tier": self.program.tiers[self.tier].code, "tier_max": self.program.tiers[self.top].code,
            **{name: counts[name] for name in (
                "earned", "first_bonus", "gifts", "redeemed", "clawed", "expired", "waived")},
            "debt": self.debt, "balance": self.balance, "open_lots": sum(1 for lot in self.lots if lot.left > 0),
            "unmatched_units": self.unmatched_units, "unmatched_minor": self.unmatched_minor,
        }  # fmt: skip


@dataclass
class Results:
    """The three files of results."""

    documents: list[Figures] = field(default_factory=list)
    members: list[Figures] = field(default_factory=list)
    checkpoints: list[Figures] = field(default_factory=list)


def run(program: Program, documents: Iterable[Document]) -> Results:
    """Process documents to the end of the closing day, and look at the checkpoints on the way."""
    waiting = sorted((replace_lines(each) for each in documents), key=Document.place)
    waiting = [each for each in waiting if each.at.date() <= program.as_of]
    members: dict[str, Member] = {}
    results = Results()
    for day in sorted({*program.checkpoints, program.as_of}):
        while waiting and waiting[0].at.date() <= day:
            document = waiting.pop(0)
            member = members.setdefault(document.member, Member(program, document.member))
            results.documents.append({"seq": len(results.documents) + 1, **member.process(document)})
        for member in members.values():
            close(member, day)
        if day in program.checkpoints:
            results.checkpoints.append(checkpoint(program, day, members.values()))
    results.members = [members[number].figures() for number in sorted(members)]
    return results


def replace_lines(document: Document) -> Document:
    """A copy whose lines this run may write on."""
    return replace(document, lines=[replace(line) for line in document.lines])


def close(member: Member, day: date) -> None:
    """Everything that falls due to the end of a day, lots good to that day included."""
    member.begin(day)
    member.expire(day + timedelta(days=1))


def checkpoint(program: Program, day: date, members: Iterable[Member]) -> Figures:
    """The row of results for a day."""
    rows = [member.figures() for member in members]
    names = ("growth_minor", "earned", "first_bonus", "gifts", "redeemed", "clawed", "expired", "debt", "balance")
    totals = {name: sum(int(row[name]) for row in rows) for name in names}
    tiers = {f"tier_{tier.code}": sum(1 for row in rows if row["tier"] == tier.code) for tier in program.tiers}
    return {"day": day.isoformat(), "members": len(rows), **totals, **tiers}


def as_csv(rows: Sequence[Figures]) -> str:
    """Rows as a file."""
    lines = [",".join(rows[0])] if rows else []
    lines += [",".join(str(value) for value in row.values()) for row in rows]
    return "".join(f"{line}\n" for line in lines)
