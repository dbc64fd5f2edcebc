"""Date and time functions. An instant is an aware datetime in UTC; a zone is named or the host's."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tessera.formula import arithmetic
from tessera.formula.arithmetic import Number
from tessera.formula.library.formats import read_datetime, zone_of
from tessera.formula.problem import fail


def make_date(year: Any, month: Number | None = None, day: Number | None = None) -> date:
    """DATE: of three numbers, or of a text."""
    if month is None or day is None:
        return _date_of_text(year)
    try:
        return date(arithmetic.to_integer(year), arithmetic.to_integer(month), arithmetic.to_integer(day))
    except (ValueError, OverflowError):
        fail("not_a_date", "There is no such day.")


def _date_of_text(text: Any) -> date:
    try:
        if isinstance(text, str) and len(text.strip()) == 10:
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    fail("not_a_date", f"{str(text)[:40]!r} is not a date.", hint="Dates are written like 2024-02-29.")


def make_datetime(host: Any, text: Any, pattern: str | None = None, zone: str | None = None) -> datetime | None:
    """DATETIME."""
    if text is None:
        return None
    if pattern is not None:
        value = read_datetime(str(text), pattern)
    else:
        value = _instant_of_text(text)
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone_of(host, zone))
    try:
        return value if value.tzinfo is UTC else value.astimezone(UTC)
    except OverflowError:
        fail("not_a_date", f"{str(text)[:40]!r} is out of the calendar.")


def _instant_of_text(text: Any) -> datetime:
    try:
        if isinstance(text, str) and 10 <= len(text) <= 40:
            return datetime.fromisoformat(text.strip())
    except ValueError:
        pass
    fail("not_a_date", f"{str(text)[:40]!r} is not a time.", hint="Times are written like 2024-02-29 08:30:00.")


def date_of(host: Any, at: datetime, zone: str | None = None) -> date:
    """DATEOF."""
    return _local(host, at, zone).date()


def _local(host: Any, at: datetime, zone: str | None) -> datetime:
    try:
        return at.astimezone(zone_of(host, zone))
    except OverflowError:
        fail("out_of_range", "This instant is out of the calendar.")


def _day(host: Any, on: date, zone: str | None) -> date:
    return _local(host, on, zone) if isinstance(on, datetime) else on


def year(host: Any, on: date, zone: str | None = None) -> int:
    """YEAR."""
    return _day(host, on, zone).year


def month(host: Any, on: date, zone: str | None = None) -> int:
    """MONTH."""
    return _day(host, on, zone).month


def day(host: Any, on: date, zone: str | None = None) -> int:
    """DAY."""
    return _day(host, on, zone).day


def weekday(host: Any, on: date, zone: str | None = None) -> int:
    """WEEKDAY: Monday is 1."""
    return _day(host, on, zone).isoweekday()


def week(host: Any, on: date, zone: str | None = None) -> int:
    """WEEK: by ISO 8601."""
    return _day(host, on, zone).isocalendar()[1]


def quarter(host: Any, on: date, zone: str | None = None) -> int:
    """QUARTER."""
    return (_day(host, on, zone).month + 2) // 3


def hour(host: Any, at: datetime, zone: str | None = None) -> int:
    """HOUR."""
    return _local(host, at, zone).hour


def minute(host: Any, at: datetime, zone: str | None = None) -> int:
    """MINUTE."""
    return _local(host, at, zone).minute


def days(start: date, end: date) -> int:
    """DAYS."""
    return (end - start).days


def minutes(start: datetime, end: datetime) -> int:
    """MINUTES."""
    return (end - start) // timedelta(minutes=1)


def add_minutes(at: datetime, count: Number) -> datetime:
    """ADD_MINUTES."""
    try:
        return at + timedelta(minutes=arithmetic.to_integer(count))
    except OverflowError:
        fail("out_of_range", "This instant is out of the calendar.")


def add_days(on: date, count: Number) -> date:
    """date + whole number."""
    try:
        return on + timedelta(days=arithmetic.to_integer(count))
    except OverflowError:
        fail("out_of_range", "This day is out of the calendar.")


def _month_after(on: date, months: Number) -> tuple[int, int]:
    place = on.year * 12 + on.month - 1 + arithmetic.to_integer(months)
    if not 12 <= place < 120_000:
        fail("out_of_range", "This day is out of the calendar.")
    return place // 12, place % 12 + 1


def edate(on: date, months: Number) -> date:
    """EDATE."""
    to_year, to_month = _month_after(on, months)
    return date(to_year, to_month, min(on.day, monthrange(to_year, to_month)[1]))


def end_of_month(on: date, months: Number) -> date:
    """EOMONTH."""
    to_year, to_month = _month_after(on, months)
    return date(to_year, to_month, monthrange(to_year, to_month)[1])


def today(host: Any) -> date:
    """TODAY."""
    value: date = host.today
    return value


def now(host: Any) -> datetime:
    """NOW."""
    value: datetime = host.now
    return value


BODIES: Mapping[str, Callable[..., Any]] = {
    "DATE": make_date,
    "DATETIME": make_datetime,
    "DATEOF": date_of,
    "YEAR": year,
    "MONTH": month,
    "DAY": day,
    "WEEKDAY": weekday,
    "WEEK": week,
    "QUARTER": quarter,
    "HOUR": hour,
    "MINUTE": minute,
    "DAYS": days,
    "MINUTES": minutes,
    "ADD_MINUTES": add_minutes,
    "EDATE": edate,
    "EOMONTH": end_of_month,
    "TODAY": today,
    "NOW": now,
}
