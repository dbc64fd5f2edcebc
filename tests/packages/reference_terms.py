"""What a program of points, growth and tiers says, and the documents that it reads: plain values of whole numbers.

The defaults are the reference program; the other attributes of Program are what other programs do differently. Factors
are whole percents: 150 is one and a half times.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

LastDay: TypeAlias = Callable[[date], date | None]


def months_later(count: int) -> LastDay:
    """The same day so many months later, the last of that month when there is no such day."""

    def last_day(day: date) -> date:
        place = day.year * 12 + day.month - 1 + count
        year, month = place // 12, place % 12 + 1
        return date(year, month, min(day.day, monthrange(year, month)[1]))

    return last_day


@dataclass(frozen=True)
class Tier:
    """A tier. threshold: growth in minor units."""

    code: str
    threshold: int
    percent: int = 100
    gift: int = 0


@dataclass(frozen=True)
class Redemption:
    """When and how many points an order uses."""

    every_nth_order: int
    balance_share_percent: int
    order_cap_percent: int
    points_step: int


@dataclass(frozen=True)
class Program:
    """The parameters of a program.

    window_days: (first, last, percent) of each year; last_day: of lots; bonus_last_day: of bonuses and gifts, None: the
    same. point_minor: what a point is worth. rounding: of points, of the order or of each line. uses_given_points: the
    document says how many points it uses. gives_back_points: a return gives used points back, those of expired lots in
    a new lot of so many days. idle_days: growth is lost so many days after the last sale. reviews_yearly: a tier stands
    for a year and is then decided by the growth since. store_percent: a further window factor by store.
    """

    tiers: tuple[Tier, ...]
    minor_units_per_point: int = 100
    category_percent: int = 100
    skus: frozenset[str] = frozenset()
    keywords: tuple[str, ...] = ()
    window_days: tuple[tuple[str, str, int], ...] = ()
    weekend_percent: int = 100
    first_bonus: int = 0
    redemption: Redemption | None = None
    last_day: LastDay = field(default_factory=lambda: months_later(12))
    bonus_last_day: LastDay | None = None
    checkpoints: tuple[date, ...] = ()
    as_of: date = date.max
    point_minor: int = 1
    earliest_expiry_first: bool = False
    matching: Literal["latest", "oldest", "named"] = "latest"
    spreading: Literal["cumulative", "largest_remainder"] = "cumulative"
    rounding: Literal["floor", "half_up", "half_even", "up"] = "floor"
    rounds_lines: bool = False
    factors: Literal["max", "product", "bonus_sum"] = "max"
    uses_given_points: bool = False
    gives_back_points: int | None = None
    idle_days: int | None = None
    reviews_yearly: bool = False
    keeps_tier: bool = False
    claws_expired: bool = False
    forgives_debt: bool = False
    store_percent: Mapping[str, int] = field(default_factory=dict)


def program_of(parameters: Mapping[str, Any]) -> Program:
    """The program of these parameters, as `program.json` has them."""
    earn, redemption = parameters["earn"], parameters["redemption"]
    return Program(
        tiers=tuple(
            Tier(each["code"], each["threshold_minor"], each["multiplier_tenths"] * 10, each["gift"])
            for each in parameters["tiers"]
        ),
        minor_units_per_point=earn["minor_units_per_point"],
        category_percent=earn["category"]["multiplier"] * 100,
        skus=frozenset(earn["category"]["skus"]),
        keywords=tuple(earn["category"]["keywords"]),
        window_days=tuple((each["from"], each["to"], each["multiplier"] * 100) for each in earn["holiday_windows"]),
        weekend_percent=earn["weekend_multiplier"] * 100,
        first_bonus=parameters["first_purchase_bonus"],
        redemption=Redemption(**redemption),
        last_day=months_later(parameters["expiry_months"]),
        checkpoints=tuple(date.fromisoformat(each) for each in parameters["checkpoints"]),
        as_of=date.fromisoformat(parameters["as_of"]),
    )


@dataclass
class Line:
    """A line of a document. percent: its category factor; coupon: money off by coupons; paid and points of a sale."""

    item: str
    units: int
    amount: int
    percent: int = 100
    coupon: int = 0
    paid: int = 0
    points: int = 0
    used: int = 0
    returned: int = 0


@dataclass
class Document:
    """A document. at: in the program's time zone; of: the sale that a return names; used: points given with it."""

    number: str
    is_return: bool
    member: str
    at: datetime
    lines: list[Line]
    of: str = ""
    used: int = 0
    store: str = ""

    def place(self) -> tuple[Any, ...]:
        """What documents are ordered by."""
        return self.at, self.is_return, self.number
