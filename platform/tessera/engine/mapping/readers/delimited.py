"""Rows of a delimited text file, with its damages reported row by row."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from tessera.engine.mapping.readers.base import (
    CELL_CHARACTERS,
    BadHeader,
    BadRow,
    OpenTable,
    Row,
    TableFormat,
    checked_header,
)
from tessera.engine.mapping.readers.text import is_clean, text_lines

BLOCK_LINES = 500
RECORD_LINES = 100
TEXT_SHOWN = 2_000


class _TooLong(Exception):
    """A quoted cell runs on over more lines than a row may have."""


class _Lines:
    """Feeds lines to the csv reader and keeps those of the row being read, so that they can be given back."""

    def __init__(self, source: Iterator[str]) -> None:
        self.source = source
        self.back: deque[str] = deque()
        self.row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        row = self.row
        while True:
            if self.back:
                line = self.back.popleft()
            else:
                following = next(self.source, None)
                if following is None:
                    return
                line = following
            row.append(line)
            if len(row) > 1 and (len(row) > RECORD_LINES or sum(map(len, row)) > CELL_CHARACTERS):
                raise _TooLong
            yield line

    def give_back(self) -> str:
        """Take the first line of the row as lost and read the others again; returns that line."""
        first, *rest = self.row
        self.back.extendleft(reversed(rest))
        self.row.clear()
        return first


def _reader(lines: Iterable[str], form: TableFormat) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote or None, strict=True,
                      quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE)  # fmt: skip


def _records(lines: _Lines, form: TableFormat) -> Iterator[Row]:
    while block := list(islice(lines.source, BLOCK_LINES)):
        cells_of = _sound_block(block, form)
        if cells_of is not None:
            yield from cells_of
        else:
            lines.back.extend(block)
            yield from _records_of_damaged(lines, form)


def _sound_block(block: list[str], form: TableFormat) -> list[list[str]] | None:
    """The cells of lines each of which is a row; None when one of them is damaged, or a row of several lines."""
    if not is_clean("".join(block)):
        return None
    try:
        found = list(_reader(block, form))
    except csv.Error:
        return None
    return found if len(found) == len(block) else None


def _records_of_damaged(lines: _Lines, form: TableFormat) -> Iterator[Row]:
    """The rows of the lines that were given back, and of as many more as the last of them takes."""
    while lines.back:
        try:
            for cells in _reader(lines, form):
                row = lines.row
                if (len(row) == 1 and row[0].isascii()) or all(map(is_clean, row)):
                    yield cells
                else:
                    yield BadRow("bad_encoding", _shown("".join(row)), "The row holds bytes that are no text.")
                row.clear()
                if not lines.back:
                    return
        except _TooLong:
            text = lines.give_back()
            yield BadRow("unclosed_quote", _shown(text), "A quoted cell that begins in this line is never closed.")
        except csv.Error as problem:
            text = lines.give_back()
            code = "unclosed_quote" if "end of data" in str(problem) else "bad_quoting"
            yield BadRow(code, _shown(text), f"The line cannot be split into cells: {problem}.")


def _shown(text: str) -> str:
    return text[:TEXT_SHOWN].rstrip("\r\n").encode("utf-8", "replace").decode()


@contextmanager
def open_delimited(path: Path, form: TableFormat, encoding: str, names: Sequence[str]) -> Iterator[OpenTable]:
    """The rows of a delimited file; names stand for its header when it has none."""
    with text_lines(path, encoding) as source:
        records = _records(_Lines(islice(source, form.skip_rows, None)), form)
        if form.has_header:
            first = next(records, None)
            if first is None or isinstance(first, BadRow):
                raise BadHeader(reason="the file is empty" if first is None else first.message)
            header = checked_header(first)
        else:
            header = tuple(names)
        yield OpenTable(header, _of_width(records, len(header)))


def _of_width(records: Iterator[Row], width: int) -> Iterator[Row]:
    for cells in records:
        if cells.__class__ is BadRow or len(cells) == width:  # type: ignore[arg-type]
            yield cells
        elif cells:
            yield _fitted(cells, width)  # type: ignore[arg-type]


def _fitted(cells: list[str], width: int) -> Row:
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    code = "too_many_cells" if len(cells) > width else "too_few_cells"
    text = _shown("\x1f".join(cells[: width + 10]))
    return BadRow(code, text, f"The row has {len(cells)} cells, the heading {width}.")
