"""How a file is written, and its first rows: told from the file itself, corrected by whoever knows better."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from tessera.engine.mapping.readers import BadRow, TableFormat, UnreadableFile, examine, open_table
from tessera.engine.mapping.readers.ndjson import json_headings
from tessera.engine.mapping.readers.text import text_lines, unpacked
from tessera.errors import Invalid, Json, Problem

ROWS = 1_000
"""So many rows are looked at to guess what the columns hold."""

_ZIP = b"PK\x03\x04"
_DELIMITERS = ",;\t|"
_LINES = 60
_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030", "big5", "latin-1", "cp1252")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Written:
    """How a file is written. sheets: of a workbook. lines: line ends, about as many as rows; 0 when not known."""

    format: str
    encoding: str
    delimiter: str
    has_header: bool
    sheet: str
    sheets: tuple[str, ...]
    lines: int
    sha256: str

    def table_format(self) -> TableFormat:
        """As the readers want it."""
        return TableFormat(
            self.format, self.delimiter, '"', self.encoding or "auto", self.has_header, sheet=self.sheet
        )

    def to_json(self) -> dict[str, Json]:
        """As it is kept, and as it goes over the wire."""
        return {
            "format": self.format, "encoding": self.encoding, "delimiter": self.delimiter,
            "has_header": self.has_header, "sheet": self.sheet, "sheets": list(self.sheets), "lines": self.lines,
            "sha256": self.sha256,
        }  # fmt: skip

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Written:
        """As it was kept."""
        return cls(**{**facts, "sheets": tuple(facts["sheets"])})


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a file. headings: of the columns, letters where there are none. rows: of texts. broken: of the
    rows looked at, those that cannot be read, by number."""

    headings: tuple[str, ...]
    rows: list[list[str]]
    broken: dict[int, str]
    is_whole: bool


def sniffed(path: Path) -> Written:
    """How the file seems to be written. Raises: UnreadableFile("unreadable_file")."""
    facts = examine(path)
    with unpacked(path) as stream:
        head = stream.read(65_536)
    if head.startswith(_ZIP):
        sheets = _sheets(path)
        return Written("xlsx", "", ",", True, sheets[0], sheets, 0, facts.sha256)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return Written("ndjson", facts.encoding, ",", True, "", (), facts.lines, facts.sha256)
    if not head.strip():
        raise UnreadableFile(reason="it is empty")
    if b"\x00" in head and not facts.encoding.startswith("utf-16"):
        raise UnreadableFile(reason="it is neither text nor a workbook")
    delimiter, has_header = _delimited(path, facts.encoding)
    return Written("csv", facts.encoding, delimiter, has_header, "", (), facts.lines, facts.sha256)


def _sheets(path: Path) -> tuple[str, ...]:
    try:
        names = tuple(CalamineWorkbook.from_path(str(path)).sheet_names)
    except CalamineError as problem:
        raise UnreadableFile(reason=str(problem)) from problem
    if not names:
        raise UnreadableFile(reason="the workbook has no sheet")
    return names


def _delimited(path: Path, encoding: str) -> tuple[str, bool]:
    """The sign between the cells, by which the first lines have most cells alike, and whether there are headings."""
    with text_lines(path, encoding) as lines:
        head = "".join(islice(lines, _LINES)).lstrip("\ufeff")
    best: tuple[tuple[float, int], str, list[list[str]]] = ((0.0, 0), ",", [[]])
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
        except csv.Error:
            continue
        width, count = Counter(len(row) for row in rows).most_common(1)[0] if rows else (0, 0)
        score = (count / len(rows), width) if width > 1 else (0.0, width)
        if score > best[0]:
            best = (score, delimiter, rows)
    return best[1], _has_header(best[2])


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """A first row of different texts without numbers, unless the rows below look the same."""
    if not rows or not rows[0]:
        return True
    first = [cell.strip() for cell in rows[0]]
    if any(not cell for cell in first[:-1]) or len({cell.casefold() for cell in first}) < len(first):
        return False
    return not any(cell[:1].isdigit() or cell[:2].lstrip("-+").isdigit() for cell in first)


def corrected(written: Written, given: Mapping[str, Json]) -> Written:
    """The same with what somebody says: sheet, delimiter, encoding, has_header. Raises: Invalid."""
    problems = []
    sheet = given.get("sheet", written.sheet)
    if sheet != written.sheet and sheet not in written.sheets:
        problems.append(Problem("wrong_value", "/sheet", "There is no such sheet."))
    delimiter = given.get("delimiter", written.delimiter)
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        problems.append(Problem("wrong_value", "/delimiter", "This must be one character."))
    encoding = given.get("encoding", written.encoding)
    if encoding != written.encoding and encoding not in _ENCODINGS:
        problems.append(Problem("wrong_value", "/encoding", f"This must be one of {', '.join(_ENCODINGS)}."))
    has_header = given.get("has_header", written.has_header)
    if not isinstance(has_header, bool):
        problems.append(Problem("wrong_value", "/has_header", "This must be true or false."))
    if problems:
        raise Invalid(problems)
    return Written(written.format, str(encoding), str(delimiter), bool(has_header), str(sheet), written.sheets,
                   written.lines, written.sha256)  # fmt: skip


def sample_of(path: Path, written: Written, limit: int = ROWS) -> Sample:
    """The first rows of the file. Raises: UnreadableFile, BadHeader."""
    form = written.table_format()
    columns = _json_columns(path, written) if written.format == "ndjson" else ()
    if written.format != "ndjson" and not written.has_header:
        return _without_header(path, written, limit)
    rows: list[list[str]] = []
    broken: dict[int, str] = {}
    is_whole = True
    with open_table(path, form, written.encoding or "utf-8", columns) as table:
        headings = table.header
        for number, row in enumerate(table.rows, start=1):
            if number > limit:
                is_whole = False
                break
            if isinstance(row, BadRow):
                broken[number] = row.message
            else:
                rows.append([*row])
    return Sample(tuple(headings), rows, broken, is_whole)


@dataclass(frozen=True, slots=True)
class _JsonColumn:
    """A column of objects, one in each line."""

    name: str
    headings: tuple[str, ...]
    optional: bool = True


def _json_columns(path: Path, written: Written) -> tuple[_JsonColumn, ...]:
    return tuple(_JsonColumn(each, (each,)) for each in json_headings(path, written.encoding or "utf-8"))


def _without_header(path: Path, written: Written, limit: int) -> Sample:
    """Read as if the first row were the headings, which then is the first row."""
    with_header = Written(**{**{name: getattr(written, name) for name in Written.__slots__}, "has_header": True})
    found = sample_of(path, with_header, limit)
    rows = [[*found.headings], *found.rows]
    return Sample(tuple(letters(place) for place in range(len(found.headings))), rows, found.broken, found.is_whole)


def letters(place: int) -> str:
    """What a spreadsheet calls the column at a place.

    >>> letters(0), letters(25), letters(26), letters(701), letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = _LETTERS[rest] + text
    return text
