"""Timetables: at which instants something is due, from a cron expression or the words of a calendar. Pure.

A slot is a time of the clock on the wall of a zone, and each comes once: a time that a day lacks, since the clock was
put forward, is due at the first instant after the gap; of a time that comes twice only the first counts. So however
clocks are changed, no slot is lost and none is doubled.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAST = 0
"""The last day of a month, among days of the month."""

MONTHS = frozenset(range(1, 13))
DAYS = frozenset(range(1, 32))
WEEKDAYS = frozenset(range(7))

WEEKDAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

HORIZON_DAYS = 3_660
"""How far ahead slots are looked for; the 29th of February is at most eight years away."""

_MOST_GAP = timedelta(hours=25)


class BadTimetable(ValueError):
    """A cron expression is wrong; its text says what. field: which of the five, counted from 0, -1 for all."""

    def __init__(self, text: str, field: int = -1) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Timetable:
    """When something is due.

    times: minutes of the day, ascending. months: 1 to 12. days: of the month, 1 to 31 and LAST. weekdays: 0 is Monday.
    is_either: a day fits by its day of the month or by its weekday, as in cron; else by both. clamps: a day that a
    month lacks falls on its last one, as EDATE has it; else such a month is passed over.
    """

    times: tuple[int, ...]
    months: frozenset[int] = MONTHS
    days: frozenset[int] = DAYS
    weekdays: frozenset[int] = WEEKDAYS
    is_either: bool = False
    clamps: bool = False

    def has(self, day: date) -> bool:
        """Whether something is due on a day.

        >>> Timetable((0,), days=frozenset({31}), clamps=True).has(date(2026, 2, 28))
        True
        """
        if day.month not in self.months:
            return False
        of_month, of_week = self._has_day(day), day.weekday() in self.weekdays
        return of_month or of_week if self.is_either else of_month and of_week

    def _has_day(self, day: date) -> bool:
        if day.day in self.days:
            return True
        if day.day < 28 or day.day != monthrange(day.year, day.month)[1]:
            return False
        return LAST in self.days or (self.clamps and any(each > day.day for each in self.days))

    def slots(self, zone: ZoneInfo, after: datetime, until: datetime | None = None) -> Iterator[datetime]:
        """The instants (UTC) after one, up to another with it; without that, those of the next ten years.

        >>> shanghai = Timetable((9 * 60,)).slots(ZoneInfo("Asia/Shanghai"), datetime(2026, 1, 1, 1, tzinfo=UTC))
        >>> next(shanghai).isoformat()
        '2026-01-02T01:00:00+00:00'
        """
        start = after.astimezone(zone).replace(tzinfo=None)
        latest = after
        for ahead in range(-1, HORIZON_DAYS):
            day = start.date() + timedelta(days=ahead)
            midnight = datetime.combine(day, time())
            if until is not None and midnight - _MOST_GAP > until.astimezone(zone).replace(tzinfo=None):
                return
            if not self.has(day):
                continue
            for minute in self.times:
                wall = midnight + timedelta(minutes=minute)
                if wall < start - _MOST_GAP:
                    continue
                instant = instant_of(wall, zone)
                if instant <= latest:
                    continue
                if until is not None and instant > until:
                    return
                latest = instant
                yield instant


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which clocks of a zone show a time; when they never do, the first one after the gap.

    >>> instant_of(datetime(2026, 3, 29, 2, 30), ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-29T01:00:00+00:00'
    >>> instant_of(datetime(2026, 10, 25, 2, 30), ZoneInfo("Europe/Berlin")).isoformat()
    '2026-10-25T00:30:00+00:00'
    """
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # The offset of before leads past the gap, that of afterwards leads in front of it; the change lies between.
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


# Cron

_FIELDS: tuple[tuple[str, int, int, Sequence[str]], ...] = (
    ("minute", 0, 59, ()), ("hour", 0, 23, ()), ("day of the month", 1, 31, ()), ("month", 1, 12, _MONTH_NAMES),
    ("day of the week", 0, 7, ("sun", *WEEKDAY_NAMES[:6])),
)  # fmt: skip


def parse_cron(text: str) -> Timetable:
    """The timetable of a cron expression of five fields; L is the last day of a month. Raises: BadTimetable.

    >>> parse_cron("30 9 * * mon-fri").times
    (570,)
    """
    parts = text.lower().split()
    if len(parts) != len(_FIELDS):
        raise BadTimetable(f"A cron expression has five fields, this has {len(parts)}.")
    minutes, hours, days, months, weekdays = (_parsed(part, place) for place, part in enumerate(parts))
    times = tuple(hour * 60 + minute for hour in sorted(hours) for minute in sorted(minutes))
    # As ever in cron: when both kinds of days are restricted, a day need only fit one of them.
    is_either = not parts[2].startswith("*") and not parts[4].startswith("*")
    of_week = frozenset((each - 1) % 7 for each in weekdays)
    return Timetable(times, frozenset(months), frozenset(days), of_week, is_either)


def _parsed(part: str, place: int) -> set[int]:
    name, low, high, names = _FIELDS[place]
    found: set[int] = set()
    for item in part.split(","):
        if item == "l" and place == 2:
            found.add(LAST)
            continue
        span, has_step, step_text = item.partition("/")
        step = _number(step_text, place, ()) if has_step else 1
        if step < 1:
            raise BadTimetable(f'"{item}" is no step of the {name}.', place)
        if span == "*":
            first, last = low, min(high, 6) if place == 4 else high
        else:
            first_text, is_span, last_text = span.partition("-")
            first = _number(first_text, place, names)
            last = _number(last_text, place, names) if is_span else (high if has_step else first)
            if place == 4 and is_span and last == 0:
                last = 7  # up to Sunday
        if not low <= first <= last <= high:
            raise BadTimetable(f'"{item}" is out of bounds: the {name} goes from {low} to {high}.', place)
        found.update(range(first, last + 1, step))
    return found


def _number(text: str, place: int, names: Sequence[str]) -> int:
    if text in names:
        return names.index(text) + _FIELDS[place][1]
    if not text.isascii() or not text.isdigit() or len(text) > 2:
        raise BadTimetable(f'"{text}" is no {_FIELDS[place][0]}.', place)
    return int(text)


# Calendar

_PERIOD_KEYS: Mapping[str, frozenset[str]] = {
    "day": frozenset(), "week": frozenset({"weekdays"}), "month": frozenset({"days"}),
    "year": frozenset({"months", "days"}),
}  # fmt: skip


def keys_of_period(period: str) -> frozenset[str]:
    """Which keys say more about a period: all of them are needed."""
    return _PERIOD_KEYS[period]


def calendar_table(period: str, at: str, *, weekdays: Sequence[str] = (), days: Sequence[int | str] = (),
                   months: Sequence[int] = ()) -> Timetable:  # fmt: skip
    """The timetable of every day, week, month or year at a time such as "09:30".

    weekdays: mon to sun. days: of the month, 1 to 31 and "last"; those that a month lacks fall on its last day.
    """
    times = (minute_of(at),)
    if period == "day":
        return Timetable(times)
    if period == "week":
        return Timetable(times, weekdays=frozenset(WEEKDAY_NAMES.index(each) for each in weekdays))
    wanted = frozenset(LAST if isinstance(each, str) else each for each in days)
    return Timetable(times, frozenset(months) if period == "year" else MONTHS, wanted, clamps=True)


def minute_of(at: str) -> int:
    """The minute of the day of a time of the clock.

    >>> minute_of("09:30")
    570
    """
    hour, _, minute = at.partition(":")
    return int(hour) * 60 + int(minute)
