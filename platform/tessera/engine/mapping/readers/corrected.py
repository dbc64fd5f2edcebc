"""Rejected rows that come back corrected: they are CSV, however the files of their mapping are written."""

from __future__ import annotations

import csv
from pathlib import Path

from tessera.engine.mapping.readers.base import TableFormat, same_heading
from tessera.engine.mapping.readers.text import examine, unpacked

NUMBER_COLUMN = "#row"
"""Heading of the column in which an export of rejected rows keeps their numbers."""
OWN_COLUMNS = (NUMBER_COLUMN, "#code", "#column", "#message")
"""What an export of rejected rows has before the columns of their file."""

_BEGINNING_BYTES = 1_000
_PROGRAMS_WRITE = (",", ";", "\t")


def as_written(path: Path, form: TableFormat, encoding: str) -> tuple[TableFormat, str]:
    """How the file is written, with its encoding: as it should be, or as rejected rows are that were corrected."""
    with unpacked(path) as stream:
        beginning = stream.read(_BEGINNING_BYTES)
    if NUMBER_COLUMN.encode() not in beginning.replace(b"\0", b""):
        return form, encoding
    encoding = examine(path).encoding
    first = beginning.decode(encoding, "replace").partition("\n")[0]
    own = (form.delimiter,) if form.format == "csv" else ()
    for delimiter in (*own, *_PROGRAMS_WRITE):
        try:
            cells = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            continue
        if NUMBER_COLUMN in map(same_heading, cells[: len(OWN_COLUMNS)]):
            return TableFormat("csv", delimiter), encoding
    return form, encoding
