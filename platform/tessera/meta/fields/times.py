"""Days, instants and times of day in and out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

from tessera.errors import Json
from tessera.meta.fields.errors import NotADate, NotADatetime, NotATime, WrongType

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z").match
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
).match
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?\Z").match


def load_date(value: Json) -> date | None:
    """The day of a text such as 2025-01-31. Raises: WrongType, NotADate."""
    if type(value) is not str:
        if value is None:
            return None
        raise WrongType(expected="a day, as a text")
    try:
        if _DATE(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise NotADate()


def load_datetime(value: Json) -> datetime | None:
    """The instant, in UTC, of a text such as 2025-01-31T16:30:00Z. Raises: WrongType, NotADatetime."""
    if type(value) is not str:
        if value is None:
            return None
        raise WrongType(expected="an instant, as a text")
    try:
        if _DATETIME(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise NotADatetime()


def load_time(value: Json) -> time | None:
    """The time of day of a text such as 16:30. Raises: WrongType, NotATime."""
    if type(value) is not str:
        if value is None:
            return None
        raise WrongType(expected="a time of day, as a text")
    try:
        if _TIME(value):
            return time.fromisoformat(value)
    except ValueError:
        pass
    raise NotATime()


def dump_date(value: Any) -> Json:
    """2025-01-31."""
    return None if value is None else value.isoformat()


def dump_datetime(value: Any) -> Json:
    """2025-01-31T16:30:00Z; parts of a second only when there are some."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def dump_time(value: Any) -> Json:
    """16:30:00."""
    return None if value is None else value.isoformat()
