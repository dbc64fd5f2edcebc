"""Periods: named ones and days from and to, the ones before them, and conditions that say the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tessera.errors import Json
from tessera.meta.kinds.dashboard import LAST_DAYS
from tessera.store.buckets import first_day, next_first_day

MOST_BUCKETS = 1_000


@dataclass(frozen=True, slots=True)
class Period:
    """Days from first to last, both inside; None is without an end."""

    first: date | None = None
    last: date | None = None

    def to_json(self) -> dict[str, Json]:
        """The period as it goes over the wire."""
        return {"from": self.first, "to": self.last}

    def previous(self) -> Period | None:
        """As many days right before it, None for one without ends."""
        if self.first is None or self.last is None:
            return None
        length = (self.last - self.first).days + 1
        return Period(self.first - timedelta(days=length), self.first - timedelta(days=1))

    def year_before(self) -> Period | None:
        """The same days a year earlier."""
        if self.first is None or self.last is None:
            return None
        return Period(_year_before(self.first), _year_before(self.last))


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def named_period(name: str, today: date) -> Period | None:
    """The period of a name, None for a name that is none. A period of this week, month … ends today.

    >>> named_period("last_7d", date(2026, 5, 10))
    Period(first=datetime.date(2026, 5, 4), last=datetime.date(2026, 5, 10))
    """
    if name == "all":
        return Period()
    if name == "today":
        return Period(today, today)
    if name == "yesterday":
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    found = LAST_DAYS.match(name)
    if found is not None:
        return Period(today - timedelta(days=int(found.group(1)) - 1), today)
    which, _, bucket = name.partition("_")
    if bucket not in ("week", "month", "quarter", "year") or which not in ("this", "last"):
        return None
    first = first_day(today, bucket)
    if which == "this":
        return Period(first, today)
    return Period(first_day(first - timedelta(days=1), bucket), first - timedelta(days=1))


def period_of(asked: Json, today: date) -> Period | None:
    """The period that a request names: a name or {"from", "to"}; None when it is neither."""
    if isinstance(asked, str):
        return named_period(asked, today)
    if not isinstance(asked, Mapping) or not set(asked) <= {"from", "to"}:
        return None
    try:
        ends = [None if asked.get(key) is None else date.fromisoformat(str(asked[key])) for key in ("from", "to")]
    except ValueError:
        return None
    return Period(ends[0], ends[1])


def within(path: str, kind: str, period: Period, zone: ZoneInfo) -> str:
    """The formula that a day or instant is within a period, "" for one without ends."""
    parts = []
    if period.first is not None:
        parts.append(f"{path} >= '{_edge(period.first, kind, zone)}'")
    if period.last is not None and kind == "date":
        parts.append(f"{path} <= '{period.last.isoformat()}'")
    elif period.last is not None:
        parts.append(f"{path} < '{_edge(period.last + timedelta(days=1), kind, zone)}'")
    return " AND ".join(parts)


def _edge(day: date, kind: str, zone: ZoneInfo) -> str:
    if kind == "date":
        return day.isoformat()
    return datetime(day.year, day.month, day.day, tzinfo=zone).isoformat()


def bucket_days(period: Period, bucket: str, known: list[date]) -> list[date]:
    """The first days of all buckets from the beginning of a period to its end, 1,000 at most, the latest ones.

    known: those that have something; they stand for ends that the period lacks.
    """
    first = period.first or (min(known) if known else None)
    last = period.last or (max(known) if known else None)
    if first is None or last is None:
        return []
    found: list[date] = []
    here = first_day(first, bucket)
    while here <= last and len(found) < MOST_BUCKETS * 10:
        found.append(here)
        here = next_first_day(here, bucket)
    return found[-MOST_BUCKETS:]
