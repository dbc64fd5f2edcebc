"""Views as files: CSV, NDJSON and XLSX, row after row."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import orjson
import xlsxwriter  # type: ignore[import-untyped]

from tessera.engine.safe_cells import neutralised
from tessera.engine.views.formats import Plain, as_json, as_text
from tessera.engine.views.run import Opened, open_view
from tessera.engine.work import Work

FileFormat: TypeAlias = Literal["csv", "ndjson", "xlsx"]
MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BLOCK_CHARACTERS = 1 << 16
SHEET_ROWS = 1_048_575
SHEET_DIGITS = 15


def export_view(
    work: Work,
    name: str,
    file_format: FileFormat,
    *,
    condition: str = "",
    language: str = "",
    is_raw: bool = False,
) -> Iterator[bytes]:
    """A view as the bytes of a file, in blocks; the memory it takes does not grow with the rows.

    condition: a further filter, as open_view takes it. language: headings are the columns' labels in it, "" for their
    names. is_raw: texts that a spreadsheet would run as formulas are left as they are, for programs that read them.
    Raises: as `open_view`, before the first block.
    """
    opened = open_view(work, name, condition=condition)
    headings = [each.label.get(language) if language else each.name for each in opened.columns]
    if file_format == "ndjson":
        return _ndjson(opened)
    if file_format == "xlsx":
        return _xlsx(opened, headings)
    return _csv(opened, headings, (lambda text: text) if is_raw else neutralised)


def _csv(opened: Opened, headings: list[str], safe: Callable[[str], str]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(headings)
    for row in opened.rows:
        writer.writerow([safe(cell) if isinstance(cell, str) else as_text(cell) for cell in row])
        if buffer.tell() > BLOCK_CHARACTERS:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _ndjson(opened: Opened) -> Iterator[bytes]:
    names = [each.name for each in opened.columns]
    block = bytearray()
    for row in opened.rows:
        body = {name: as_json(cell) for name, cell in zip(names, row, strict=True)}
        block += orjson.dumps(body) + b"\n"
        if len(block) > BLOCK_CHARACTERS:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def _xlsx(opened: Opened, headings: list[str]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with closing(xlsxwriter.Workbook(file, options)) as book:
            sheet = book.add_worksheet()
            for place, heading in enumerate(headings):
                sheet.write_string(0, place, heading)
            for number, row in enumerate(opened.rows, start=1):
                if number > SHEET_ROWS:
                    break
                for place, cell in enumerate(row):
                    _write(sheet, number, place, cell)
        file.seek(0)
        while block := file.read(BLOCK_CHARACTERS):
            yield block


def _write(sheet: Any, row: int, place: int, cell: Plain) -> None:
    # A cell of type text is never run as a formula, whatever it begins with.
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, place, cell)
    elif isinstance(cell, str) or not _is_exact(cell):
        sheet.write_string(row, place, as_text(cell)[:32_767])
    else:
        sheet.write_number(row, place, cell)


def _is_exact(number: int | Decimal) -> bool:
    return len(Decimal(number).normalize().as_tuple().digits) <= SHEET_DIGITS
