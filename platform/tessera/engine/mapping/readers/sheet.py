"""Rows of an XLSX sheet. Its bytes are looked at before they are unpacked; macros and formulas are never run."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from tessera.engine.mapping.readers.base import BadHeader, BadRow, OpenTable, Row, TableFormat, checked_header
from tessera.engine.mapping.readers.text import UnreadableFile

UNPACKED_BYTES = 200_000_000


@contextmanager
def open_sheet(path: Path, form: TableFormat, encoding: str, names: Sequence[str]) -> Iterator[OpenTable]:
    """The rows of a sheet: texts, numbers with their digits, dates as ISO text. encoding is not used."""
    _ensure_small(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = form.sheet or next(iter(book.sheet_names), "")
        if sheet not in book.sheet_names:
            raise UnreadableFile(reason=f'there is no sheet "{sheet}"')
        rows: Iterator[Sequence[object]] = iter(book.get_sheet_by_name(sheet).to_python(skip_empty_area=False))
    except CalamineError as problem:
        raise UnreadableFile(reason=str(problem)) from problem
    header = tuple(names)
    rows = islice(rows, form.skip_rows, None)
    if form.has_header:
        first = next(rows, None)
        if first is None:
            raise BadHeader(reason="the sheet is empty")
        header = checked_header(_trimmed([_text(cell) for cell in first]))
    yield OpenTable(header, _rows(rows, len(header)))


def _ensure_small(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(each.file_size for each in archive.infolist())
    except (OSError, zipfile.BadZipFile) as problem:
        raise UnreadableFile(reason=str(problem)) from problem
    if size > UNPACKED_BYTES:
        raise UnreadableFile(reason=f"unpacked it is larger than {UNPACKED_BYTES} bytes; send it as CSV")


def _rows(rows: Iterator[Sequence[object]], width: int) -> Iterator[Row]:
    for each in rows:
        cells = [_text(cell) for cell in each]
        if not any(cells):
            continue
        if any(cells[width:]):
            message = f"The row has {len(_trimmed(cells))} cells, the heading {width}."
            yield BadRow("too_many_cells", "\x1f".join(cells[: width + 10]), message)
        else:
            yield (cells + [""] * width)[:width]


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _digits(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def _digits(value: float) -> str:
    # A spreadsheet keeps every number as a binary fraction; repr gives the shortest decimal that means it.
    text = format(Decimal(repr(value)), "f")
    return text[:-2] if text.endswith(".0") else text
