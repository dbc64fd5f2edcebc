"""Text functions. A text is never empty: '' is blank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tessera.formula import arithmetic
from tessera.formula.arithmetic import Number
from tessera.formula.library import formats
from tessera.formula.library.patterns import compile_pattern
from tessera.formula.problem import fail
from tessera.formula.tokens import MAX_TEXT


def limited(text: str) -> str | None:
    """The text, blank when empty. Raises: FormulaError(text_too_long)."""
    if len(text) > MAX_TEXT:
        fail("text_too_long", f"A text here has at most {MAX_TEXT} characters.")
    return text or None


def to_text(value: Any) -> str:
    """Any value as & shows it: blank is '', numbers without needless zeros, dates in ISO form, instants in UTC."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal | Fraction):
        return arithmetic.plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    fail("wrong_value", f"{type(value).__name__} cannot be turned into text.")


def concat(*values: Any) -> str | None:
    """CONCAT and &."""
    return limited("".join(map(to_text, values)))


def trim(text: str) -> str | None:
    """TRIM."""
    return text.strip() or None


def upper(text: str) -> str | None:
    """UPPER."""
    return limited(text.upper())


def lower(text: str) -> str | None:
    """LOWER."""
    return limited(text.lower())


def _count(value: Number, lowest: int = 0) -> int:
    count = arithmetic.to_integer(value)
    if count < lowest:
        fail("out_of_range", f"This number must be {lowest} or more.")
    return count


def left(text: str, count: Number) -> str | None:
    """LEFT."""
    return text[: _count(count)] or None


def right(text: str, count: Number) -> str | None:
    """RIGHT."""
    size = _count(count)
    return text[-size:] if size else None


def middle(text: str, start: Number, count: Number | None = None) -> str | None:
    """MID."""
    first = _count(start, 1) - 1
    return text[first : None if count is None else first + _count(count)] or None


def length(text: str | None) -> int:
    """LEN."""
    return len(text) if text else 0


def contains(text: str, part: str) -> bool:
    """CONTAINS."""
    return part in text


def before(text: str, mark: str) -> str | None:
    """BEFORE."""
    return text.partition(mark)[0] or None


def after(text: str, mark: str) -> str | None:
    """AFTER."""
    return text.partition(mark)[2] or None


def part(text: str, separator: str, place: Number) -> str | None:
    """PART."""
    pieces = text.split(separator)
    at = _count(place, 1)
    return (pieces[at - 1] or None) if at <= len(pieces) else None


def replace(text: str | None, old: str | None, new: str | None) -> str | None:
    """REPLACE."""
    if text is None or old is None:
        return text
    if len(text) + text.count(old) * (len(new or "") - len(old)) > MAX_TEXT:
        fail("text_too_long", f"A text here has at most {MAX_TEXT} characters.")
    return text.replace(old, new or "") or None


def pad(text: str, width: Number, fill: str = "0") -> str | None:
    """PAD."""
    size = _count(width)
    if size > MAX_TEXT or len(fill) != 1:
        fail("out_of_range", f"PAD fills with one character, up to {MAX_TEXT}.")
    return text.rjust(size, fill)


def matches(text: str, pattern: str) -> bool:
    """MATCHES."""
    return compile_pattern(pattern)(text)


def show(host: Any, value: Any, pattern: str | None = None, zone: str | None = None) -> str | None:
    """TEXT."""
    if pattern is None:
        return limited(to_text(value))
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        return formats.show_number(value, pattern)
    if isinstance(value, date | time):
        return formats.show_date(value, pattern, host, zone)
    fail("wrong_value", "Only numbers and dates are shown by a pattern.")


BODIES: Mapping[str, Callable[..., Any]] = {
    "TRIM": trim,
    "UPPER": upper,
    "LOWER": lower,
    "LEFT": left,
    "RIGHT": right,
    "MID": middle,
    "LEN": length,
    "CONTAINS": contains,
    "STARTS": str.startswith,
    "ENDS": str.endswith,
    "BEFORE": before,
    "AFTER": after,
    "PART": part,
    "REPLACE": replace,
    "CONCAT": concat,
    "PAD": pad,
    "MATCHES": matches,
    "TEXT": show,
}
