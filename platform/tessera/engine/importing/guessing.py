"""What the columns of a file seem to hold, told from the texts of the first rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from tessera.engine.importing.sniffing import Sample
from tessera.errors import Json

Kind: TypeAlias = Literal[
    "blank", "boolean", "integer", "decimal", "money", "percent", "date", "datetime", "time", "phone", "email", "url",
    "select", "text", "long_text",
]  # fmt: skip
_FEW_CELLS = 20

_SHOWN = 5
_OPTIONS = 20
_OPTION_CHARACTERS = 40
_LONG = 200
_DIGITS = 15

YES = ("true", "yes", "y", "是", "有", "√", "✓", "t", "1")
NO = ("false", "no", "n", "否", "无", "×", "✗", "f", "0")

_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,2}(,\d{3})+|[1-9]\d*)\Z", re.ASCII).match
_POINT = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?\.\d+\Z", re.ASCII).match
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)?,\d+\Z", re.ASCII).match
_MONEY = re.compile(r"([¥￥$€£]|RMB|CNY|USD|EUR)\s*[+-]?[\d,]*\.?\d+\Z|[+-]?[\d,]*\.?\d+\s*元\Z", re.ASCII).match
_PERCENT = re.compile(r"[+-]?\d+(\.\d+)?\s*[%％]\Z", re.ASCII).match
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}\Z").match
_URL = re.compile(r"https?://\S+\Z", re.IGNORECASE).match
_PHONE = re.compile(r"(\+?\d[\d ()-]{5,18}\d)\Z", re.ASCII).match
_MOBILE = re.compile(r"(\+?86)?1[3-9]\d{9}\Z", re.ASCII).match
_TIME = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?\Z", re.ASCII).match

_DAYS: Mapping[str, str] = {
    "yyyy-M-d": r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
    "yyyy/M/d": r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
    "yyyy.M.d": r"(?P<y>\d{4})\.(?P<m>\d{1,2})\.(?P<d>\d{1,2})",
    "yyyy年M月d日": r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日",
    "yyyyMMdd": r"(?P<y>(19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})",
    "M/d/yyyy": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
    "d/M/yyyy": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
    "d.M.yyyy": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
    "d-M-yyyy": r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})",
}
_HOURS: Mapping[str, str] = {"H:mm:ss": r"(\d{1,2}):\d{2}:\d{2}", "H:mm": r"(\d{1,2}):\d{2}", "HHmmss": r"\d{6}"}
_ISO_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\s?(Z|[+-]\d{2}:?\d{2})?\Z", re.ASCII
).match
_MIDNIGHT = re.compile(r"(?P<day>.*\d.*?)[T ]0{1,2}:00(:00)?\Z", re.ASCII).match


@dataclass(frozen=True, slots=True)
class Profile:
    """A column as it seems to be.

    kind: what it holds. pattern: of days and instants, as formulas write it, "" for ISO 8601. is_ambiguous: the day
    and the month may be the other way round. filled and distinct: of the rows looked at. odd: cells that are not of
    that kind. scale: decimal places. longest: characters. values: the different ones, when there are few.
    """

    place: int
    heading: str
    kind: Kind
    pattern: str
    is_ambiguous: bool
    filled: int
    distinct: int
    odd: int
    scale: int
    longest: int
    samples: tuple[str, ...]
    values: tuple[str, ...]
    decimal: str = "."

    @property
    def is_unique(self) -> bool:
        """Whether no value occurs twice."""
        return self.filled > 0 and self.distinct == self.filled

    def to_json(self) -> dict[str, Json]:
        """As it goes over the wire."""
        return {
            "heading": self.heading, "kind": self.kind, "pattern": self.pattern, "is_ambiguous": self.is_ambiguous,
            "filled": self.filled, "distinct": self.distinct, "odd": self.odd, "samples": list(self.samples),
        }  # fmt: skip


def profiles(sample: Sample) -> list[Profile]:
    """Each column of a file as it seems to be."""
    return [_profile(place, heading, [row[place].strip() for row in sample.rows if place < len(row)])
            for place, heading in enumerate(sample.headings)]  # fmt: skip


def _profile(place: int, heading: str, cells: Sequence[str]) -> Profile:
    counts = Counter(cell for cell in cells if cell)
    filled = sum(counts.values())
    kind, pattern, is_ambiguous, fits = _kind(counts, filled)
    few = len(counts) <= _OPTIONS
    scale = max((len(_decimals(cell)) for cell in counts), default=0) if kind in ("decimal", "money", "percent") else 0
    return Profile(
        place, heading, kind, pattern, is_ambiguous, filled, len(counts), filled - fits, min(scale, 12),
        max(map(len, counts), default=0), tuple(list(counts)[:_SHOWN]), tuple(counts) if few else (),
        "," if kind == "decimal" and any(_COMMA(cell) and not _INTEGER(cell) for cell in counts) else ".",
    )  # fmt: skip


def _decimals(cell: str) -> str:
    """The digits behind the decimal sign, which is the last sign of a number that is not whole."""
    digits = re.sub(r"[^\d.,]", "", cell)
    if _INTEGER(digits) or not digits.strip("0123456789"):
        return ""
    return digits[max(digits.rfind("."), digits.rfind(",")) + 1 :]


def _kind(counts: Counter[str], filled: int) -> tuple[Kind, str, bool, int]:
    """The kind, with the pattern of days, whether it is ambiguous, and how many cells are of that kind."""
    if not filled:
        return "blank", "", False, 0
    for kind, pattern, others, test in _tests():
        fits = sum(count for cell, count in counts.items() if test(cell))
        if not _are_enough(fits, filled):
            continue
        if kind == "boolean" and not _is_yes_or_no(counts):
            continue
        if kind == "phone" and len(counts) < filled // 2:
            continue
        is_ambiguous = any(all(_is_day(each, cell) for cell in counts) for each in others)
        return kind, pattern, is_ambiguous, fits
    if max(map(len, counts)) > _LONG or any("\n" in cell for cell in counts):
        return "long_text", "", False, filled
    if len(counts) <= _OPTIONS and len(counts) * 4 <= filled and max(map(len, counts)) <= _OPTION_CHARACTERS:
        return "select", "", False, filled
    return "text", "", False, filled


def _are_enough(fits: int, filled: int) -> bool:
    """A column is of a kind when nine in ten of its cells are; of few cells three in four."""
    return fits * 4 >= filled * 3 if filled < _FEW_CELLS else fits * 10 >= filled * 9


_Test: TypeAlias = "tuple[Kind, str, tuple[str, ...], Callable[[str], object]]"


def _tests() -> Iterable[_Test]:
    """What is tried, the first that fits wins."""
    yield "boolean", "", (), lambda cell: cell.casefold() in YES or cell.casefold() in NO
    for pattern in _DAYS:
        others = {"M/d/yyyy": ("d/M/yyyy",), "d/M/yyyy": ("M/d/yyyy",)}.get(pattern, ())
        yield "date", pattern, others, lambda cell, pattern=pattern: _is_day(pattern, cell)  # type: ignore[misc]
    for pattern in _DAYS:
        yield "date", f"{pattern} 0:00", (), lambda cell, pattern=pattern: _is_midnight(pattern, cell)  # type: ignore[misc]
    yield "datetime", "", (), _ISO_INSTANT
    for pattern in _DAYS:
        for hours in _HOURS:
            joined = f"{pattern}{'' if hours == 'HHmmss' else ' '}{hours}"
            others = {"M/d/yyyy": ("d/M/yyyy",), "d/M/yyyy": ("M/d/yyyy",)}.get(pattern, ())
            yield "datetime", joined, others, lambda cell, p=pattern, h=hours: _is_instant(p, h, cell)  # type: ignore[misc]
    yield "time", "", (), _TIME
    yield "phone", "", (), _MOBILE
    yield "integer", "", (), lambda cell: _INTEGER(cell) and len(cell) <= _DIGITS
    yield "decimal", "", (), lambda cell: _POINT(cell) or (_INTEGER(cell) and len(cell) <= _DIGITS)
    yield "decimal", "", (), lambda cell: _COMMA(cell) or (_INTEGER(cell) and len(cell) <= _DIGITS)
    yield "money", "", (), _MONEY
    yield "percent", "", (), _PERCENT
    yield "email", "", (), _EMAIL
    yield "url", "", (), _URL
    yield "phone", "", (), _is_phone


def _is_yes_or_no(counts: Counter[str]) -> bool:
    """Both or one of a pair; a column of ones alone is one of numbers."""
    found = {cell.casefold() for cell in counts}
    return not found <= {"0", "1"} or found == {"0", "1"}


def _is_phone(cell: str) -> bool:
    return bool(_PHONE(cell)) and 7 <= sum(each.isdigit() for each in cell) <= 15


def _is_day(pattern: str, cell: str) -> bool:
    found = re.fullmatch(_DAYS[pattern.split(" ")[0]], cell, re.ASCII)
    if found is None:
        return False
    try:
        return bool(date(int(found["y"]), int(found["m"]), int(found["d"])))
    except ValueError:
        return False


def _is_midnight(pattern: str, cell: str) -> bool:
    found = _MIDNIGHT(cell)
    return found is not None and _is_day(pattern, found["day"])


def _is_instant(pattern: str, hours: str, cell: str) -> bool:
    if hours == "HHmmss":
        day, at = cell[:8], cell[8:]
        return pattern == "yyyyMMdd" and _is_day(pattern, day) and bool(re.fullmatch(r"\d{6}", at))
    day, _, at = cell.rpartition(" ")
    found = re.fullmatch(_HOURS[hours], at, re.ASCII)
    if found is None or not _is_day(pattern, day):
        return False
    return all(int(part) < most for part, most in zip(at.split(":"), (24, 60, 60), strict=False))
