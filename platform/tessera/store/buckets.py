"""Days, weeks, months, quarters and years: the first day of the one that a date or an instant falls into; and hours
and weekdays, which come again and again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tessera.store.column_types import LocalDate
from tessera.store.sql_values import NotPortable, Value

Bucket = Literal["day", "week", "month", "quarter", "year", "hour", "weekday"]

BUCKETS: tuple[Bucket, ...] = ("day", "week", "month", "quarter", "year")
PARTS: tuple[Bucket, ...] = ("hour", "weekday")
"""Buckets that are numbers: the hour of the day, 0 to 23, and the day of the week, 1 (Monday) to 7."""


def first_day(day: date, bucket: str) -> date:
    """The first day of the bucket that holds a day; weeks begin on Monday.

    >>> first_day(date(2026, 5, 17), "week"), first_day(date(2026, 5, 17), "quarter")
    (datetime.date(2026, 5, 11), datetime.date(2026, 4, 1))
    """
    match bucket:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def next_first_day(first: date, bucket: str) -> date:
    """The first day of the bucket after the one that begins on that day.

    >>> next_first_day(date(2026, 12, 1), "month")
    datetime.date(2027, 1, 1)
    """
    length = {"week": 7, "month": 31, "quarter": 92, "year": 366}.get(bucket, 1)
    return first_day(first + timedelta(days=length), bucket)


def bucket_sql(value: Value, bucket: Bucket, zone: str, dialect: str) -> Value:
    """The first day of the bucket (or the number of the part) in SQL; an instant is taken in the zone.

    Raises: NotPortable.
    """
    if value.kind not in ("date", "datetime") or (bucket == "hour" and value.kind == "date"):
        raise NotPortable
    source: Any = value.sql()
    if dialect == "postgresql":
        local: Any = sa.func.timezone(zone, source) if value.kind == "datetime" else sa.cast(source, sa.DateTime())
        if bucket in PARTS:
            part = sa.extract("hour" if bucket == "hour" else "isodow", local)
            return Value("number", sa.cast(part, sa.Integer()), scale=0, bound=24)
        day: Any = sa.cast(sa.func.date_trunc(bucket, local), sa.Date())
    else:
        found = sa.func.tsr_bucket(sa.type_coerce(source, sa.Text()), bucket, zone)
        if bucket in PARTS:
            return Value("number", sa.type_coerce(found, sa.Integer()), scale=0, bound=24)
        day = found
    return Value("date", sa.type_coerce(day, LocalDate()))


def bucket_text(text: str | None, bucket: str, zone: str) -> str | int | None:
    """What SQLite calls: the first day, as ISO text, of the bucket of a stored date or instant, or the number."""
    if text is None:
        return None
    if len(text) == 10:
        day = date.fromisoformat(text)
        return day.isoweekday() if bucket == "weekday" else first_day(day, bucket).isoformat()
    local = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    if bucket in PARTS:
        return local.hour if bucket == "hour" else local.isoweekday()
    return first_day(local.date(), bucket).isoformat()
