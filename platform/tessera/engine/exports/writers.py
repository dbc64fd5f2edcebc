"""Files of rows as they are written: CSV and Excel workbooks, row after row, in memory that does not grow with them."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal, Protocol, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]

from tessera.engine.exports.cells import Cell
from tessera.engine.safe_cells import neutralised

Format: TypeAlias = Literal["csv", "xlsx"]
SHEET_ROWS = 1_048_575
_SHEET_DIGITS = 15
_SHEET_CHARACTERS = 32_767
_FIRST_DAY = date(1900, 3, 1)  # before it Excel counts a day that there was not


class Writer(Protocol):
    """Takes the rows of a file."""

    def add(self, row: Sequence[Cell]) -> None:
        """Write a row."""
        ...

    def close(self) -> None:
        """Bring the file to its end, and to the disk."""
        ...

    def abandon(self) -> None:
        """Leave the file as it is."""
        ...


class CsvWriter:
    """CSV in UTF-8. For people it begins with a byte order mark, by which spreadsheets know the encoding, and cells
    that these would run are made harmless; is_raw: neither of that."""

    def __init__(self, path: Path, headings: Sequence[str], *, is_raw: bool) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8" if is_raw else "utf-8-sig", newline="")
        self._writer = csv.writer(self._file, lineterminator="\r\n" if not is_raw else "\n")
        self._safe: Callable[[str], str] = (lambda text: text) if is_raw else neutralised
        self.add(headings)

    def add(self, row: Sequence[Cell]) -> None:
        """Write a row."""
        self._writer.writerow([self._safe(cell) if isinstance(cell, str) else _text(cell) for cell in row])

    def close(self) -> None:
        """Bring the file to its end, and to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Leave the file as it is."""
        self._file.close()


class XlsxWriter:
    """A workbook; rows beyond those of one sheet go on the next one. Texts are written as texts, never as formulas."""

    def __init__(self, path: Path, headings: Sequence[str], *, folder: Path) -> None:
        options = {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": str(folder),
        }  # fmt: skip
        self._path = path
        self._headings = headings
        self._book = xlsxwriter.Workbook(str(path), options)
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold = self._book.add_format({"bold": True})
        self._sheet: Any = None
        self._place = SHEET_ROWS
        self._next_sheet()

    def _next_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for column, heading in enumerate(self._headings):
            self._sheet.write_string(0, column, heading[:_SHEET_CHARACTERS], self._bold)
        self._place = 0

    def add(self, row: Sequence[Cell]) -> None:
        """Write a row."""
        if self._place >= SHEET_ROWS:
            self._next_sheet()
        self._place += 1
        for column, cell in enumerate(row):
            if cell is not None:
                self._write(column, cell)

    def _write(self, column: int, cell: Cell) -> None:
        if isinstance(cell, bool):
            self._sheet.write_boolean(self._place, column, cell)
        elif isinstance(cell, datetime) and cell.date() >= _FIRST_DAY:
            self._sheet.write_datetime(self._place, column, cell, self._instant)
        elif isinstance(cell, date) and not isinstance(cell, datetime) and cell >= _FIRST_DAY:
            self._sheet.write_datetime(self._place, column, cell, self._day)
        elif isinstance(cell, int | Decimal) and _is_exact(cell):
            self._sheet.write_number(self._place, column, cell)
        else:
            text = cell if isinstance(cell, str) else _text(cell)
            self._sheet.write_string(self._place, column, text[:_SHEET_CHARACTERS])

    def close(self) -> None:
        """Bring the file to its end, and to the disk."""
        self._book.close()
        with self._path.open("rb") as made:
            os.fsync(made.fileno())

    def abandon(self) -> None:
        """Leave the file as it is: the book's own temporary files go, too."""
        self._book.close()


def open_writer(path: Path, form: Format, headings: Sequence[str], *, is_raw: bool) -> Writer:
    """Begin a file of that form. is_raw: of CSV, for programs."""
    if form == "xlsx":
        return XlsxWriter(path, headings, folder=path.parent)
    return CsvWriter(path, headings, is_raw=is_raw)


MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _is_exact(number: int | Decimal) -> bool:
    return len(Decimal(number).normalize().as_tuple().digits) <= _SHEET_DIGITS
