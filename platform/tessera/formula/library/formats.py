"""Patterns of numbers ('#,##0.00', '0%') and of dates ('yyyy-MM-dd HH:mm'), for showing and for reading."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tessera.formula import arithmetic
from tessera.formula.arithmetic import Number
from tessera.formula.problem import fail

_NUMBER = re.compile(r"([^0#.,%]{0,20})(#,##)?(0{1,34}|#)(?:\.(0{0,34})(#{0,34}))?(%?)([^0#.,%]{0,20})")
_FIELDS = {
    "yyyy": (r"(?P<year>\d{4})", "{0.year:04d}"), "yy": (r"(?P<short>\d{2})", None),
    "MM": (r"(?P<month>\d{2})", "{0.month:02d}"), "M": (r"(?P<month>\d{1,2})", "{0.month}"),
    "dd": (r"(?P<day>\d{2})", "{0.day:02d}"), "d": (r"(?P<day>\d{1,2})", "{0.day}"),
    "HH": (r"(?P<hour>\d{2})", "{0.hour:02d}"), "H": (r"(?P<hour>\d{1,2})", "{0.hour}"),
    "MMM": (r"(?P<named>[A-Za-z]{3})", None), "a": (r"(?P<half>[AaPp]\.?[Mm]\.?)", None),
    "hh": (r"(?P<hour>\d{2})", None), "h": (r"(?P<hour>\d{1,2})", None),
    "mm": (r"(?P<minute>\d{2})", "{0.minute:02d}"), "ss": (r"(?P<second>\d{2})", "{0.second:02d}"),
}  # fmt: skip
_FIELD = re.compile(r"yyyy|yy|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|a(?![A-Za-z])|T(?=H)|[A-Za-z]+|[^A-Za-z]+", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def show_number(value: Number, pattern: str) -> str:
    """A number by a pattern; halves are rounded away from zero."""
    found = _NUMBER.fullmatch(pattern) if len(pattern) <= 100 else None
    if found is None:
        fail("pattern", f"{pattern[:40]!r} is no pattern for numbers.", hint="Such as '0.00', '#,##0.00', '0%'.")
    prefix, grouping, whole, fixed, loose, percent, suffix = found.groups()
    number = arithmetic.multiply(value, 100) if percent else value
    places = len(fixed or "") + len(loose or "")
    rounded = arithmetic.round_to_scale(number, places)
    digits = format(abs(rounded), "f")
    head, _, tail = digits.partition(".")
    kept = len(fixed or "")
    tail = tail[:kept] + tail[kept:].rstrip("0")
    head = head.zfill(whole.count("0"))
    if grouping:
        head = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", head)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{prefix}{head}{'.' + tail if tail else ''}{percent}{suffix}"


def zone_of(host: Any, zone: str | None) -> tzinfo:
    """The zone of that IANA name, else the host's, else UTC. Raises: FormulaError(unknown_zone)."""
    if zone is None:
        own: tzinfo | None = getattr(host, "zone", None)
        return own or UTC
    return _zone(zone)


@lru_cache(64)
def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fail("unknown_zone", f"There is no time zone {name[:40]!r}.", hint="Such as 'Asia/Shanghai' or 'UTC'.")


def show_date(value: date | time, pattern: str, host: Any, zone: str | None) -> str:
    """A date, time or instant (in its zone) by a pattern."""
    if isinstance(value, datetime):
        value = value.astimezone(zone_of(host, zone))
    shown = _show_pattern(pattern)
    try:
        return shown.format(value)
    except AttributeError:
        fail("pattern", f"{pattern[:40]!r} asks for what this value does not have.")


@lru_cache(256)
def _show_pattern(pattern: str) -> str:
    parts = []
    for each in _FIELD.findall(pattern[:100]):
        known = _FIELDS.get(each)
        if known is not None and known[1] is not None:
            parts.append(known[1])
        elif each[0].isascii() and each[0].isalpha():
            fail("pattern", f"{pattern[:40]!r} is no pattern for dates.", hint="Such as 'yyyy-MM-dd HH:mm'.")
        else:
            parts.append(each.replace("{", "{{").replace("}", "}}"))
    return "".join(parts)


@lru_cache(256)
def _read_pattern(pattern: str) -> re.Pattern[str]:
    parts = []
    for each in _FIELD.findall(pattern[:100]):
        known = _FIELDS.get(each)
        if known is not None:
            parts.append(known[0])
        elif each[0].isascii() and each[0].isalpha() and each != "T":
            fail("pattern", f"{pattern[:40]!r} is no pattern for dates.", hint="Such as 'M/d/yyyy H:mm'.")
        else:
            parts.append(re.escape(each))
    try:
        return re.compile("".join(parts), re.ASCII)
    except re.error:
        fail("pattern", f"{pattern[:40]!r} names a part twice.")


def _numbers_of(texts: dict[str, str]) -> dict[str, int]:
    """Year, month … as numbers: months by their English names, hours of half a day, years of two digits."""
    half, named = texts.pop("half", ""), texts.pop("named", "")
    parts = {key: int(value) for key, value in texts.items()}
    if half:
        hour = parts.get("hour", 0)
        parts["hour"] = hour % 12 + 12 * (half[0] in "Pp") if 0 < hour <= 12 else 99
    if named:
        parts["month"] = _MONTHS.index(named.lower()) + 1 if named.lower() in _MONTHS else 99
    if "short" in parts:
        short = parts.pop("short")
        parts["year"] = short + (2000 if short < 70 else 1900)
    return parts


def read_datetime(text: str, pattern: str) -> datetime:
    """The local time that a text names by a pattern. Raises: FormulaError(not_a_date, pattern)."""
    found = _read_pattern(pattern).fullmatch(text.strip()[:100])
    if found is None:
        fail("not_a_date", f"{text[:40]!r} is not a time of the form {pattern[:40]}.")
    parts = _numbers_of(found.groupdict())
    try:
        return datetime(parts.pop("year", 1), parts.pop("month", 1), parts.pop("day", 1), **parts)  # type: ignore[arg-type]
    except ValueError:
        fail("not_a_date", f"{text[:40]!r} is not a time that exists.")
