"""What every reader gives: rows of texts, or a row that could not be read and why."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from tessera.errors import TesseraError

COLUMNS_MOST = 2_000
CELL_CHARACTERS = 131_072


class MissingColumn(TesseraError):
    """The file has no column {column}; it has: {found}."""

    code = "missing_column"
    status = 422
    hint = "Add the column's new heading to the aliases of the mapping, or correct the file."


class BadHeader(TesseraError):
    """The heading of the file cannot be used: {reason}."""

    code = "bad_header"
    status = 422


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read. code says why, text is what was read of it (cut to a bound)."""

    code: str
    text: str
    message: str


Cells: TypeAlias = "list[str]"
Row: TypeAlias = "list[str] | BadRow"


class ColumnLike(Protocol):
    """A column as the mapping declares it: name in formulas, headings it may stand under."""

    @property
    def name(self) -> str:
        """The name that formulas use."""
        ...

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading under which the column may stand, the preferred one first."""
        ...

    @property
    def optional(self) -> bool:
        """Whether a file may lack it (its cells are blank then)."""
        ...


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How a file is written.

    format: "csv", "ndjson" or "xlsx". encoding: "auto" or a codec's name. has_header: whether the first row of a
    csv or xlsx file names the columns (otherwise they stand in the order of the mapping). rows_at: in ndjson, the
    list inside each object whose elements are the rows, "" when each object is one row. sheet: of an xlsx file.
    skip_rows: lines of a csv file, or rows of a sheet, that stand before the heading.
    """

    format: str = "csv"
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "auto"
    has_header: bool = True
    rows_at: str = ""
    sheet: str = ""
    skip_rows: int = 0


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A file opened for reading. header: headings as they stand in the file; rows: what follows, once."""

    header: tuple[str, ...]
    rows: Iterator[Row]


def same_heading(text: str) -> str:
    """The heading as it is compared: without blanks at the ends, NFC, no case.

    >>> same_heading(" Number\\ufeff") == same_heading("number")
    True
    """
    return unicodedata.normalize("NFC", text).strip("\ufeff \t\r\n").casefold()


def positions(columns: Sequence[ColumnLike], header: Sequence[str]) -> dict[str, int | None]:
    """Where each column stands in the file: name → place, None for an optional one that is absent.

    Raises: MissingColumn("missing_column"), BadHeader("bad_header") when a heading stands there twice.
    """
    places: dict[str, int] = {}
    twice: set[str] = set()
    for place, heading in enumerate(map(same_heading, header)):
        twice.update({heading} & places.keys())
        places.setdefault(heading, place)
    found: dict[str, int | None] = {}
    for column in columns:
        name = next((h for h in map(same_heading, column.headings) if h in places), None)
        if name is None and not column.optional:
            raise MissingColumn(column=column.headings[0], found=", ".join(header[:50]))
        if name in twice:
            raise BadHeader(reason=f'the heading "{column.headings[0]}" stands there twice')
        found[column.name] = None if name is None else places[name]
    return found


def checked_header(header: Sequence[str]) -> tuple[str, ...]:
    """The headings, when there are some and not too many. Raises: BadHeader("bad_header")."""
    if not any(header):
        raise BadHeader(reason="it is empty")
    if len(header) > COLUMNS_MOST:
        raise BadHeader(reason=f"it has {len(header)} columns, more than {COLUMNS_MOST}")
    return tuple(header)
