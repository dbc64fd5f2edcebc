"""Readers of import files: CSV, NDJSON and XLSX, plain or packed with gzip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tessera.engine.mapping.readers.base import (
    BadHeader,
    BadRow,
    ColumnLike,
    MissingColumn,
    OpenTable,
    Row,
    TableFormat,
    positions,
)
from tessera.engine.mapping.readers.corrected import NUMBER_COLUMN, OWN_COLUMNS, as_written
from tessera.engine.mapping.readers.delimited import open_delimited
from tessera.engine.mapping.readers.ndjson import open_ndjson
from tessera.engine.mapping.readers.sheet import open_sheet
from tessera.engine.mapping.readers.text import FileFacts, UnreadableFile, examine

__all__ = [
    "NUMBER_COLUMN", "OWN_COLUMNS", "BadHeader", "BadRow", "ColumnLike", "FileFacts", "MissingColumn", "OpenTable",
    "Row", "TableFormat", "UnreadableFile", "examine", "open_table", "positions",
]  # fmt: skip


@contextmanager
def open_table(path: Path, form: TableFormat, encoding: str, columns: Sequence[ColumnLike]) -> Iterator[OpenTable]:
    """The rows of a file. encoding: a codec's name, as `examine` found it or the mapping says.
    Rejected rows that come back corrected are read as the CSV that they are.

    Raises: UnreadableFile("unreadable_file"), BadHeader("bad_header").
    """
    names = [each.name for each in columns]
    form, encoding = as_written(path, form, encoding)
    if form.format == "ndjson":
        opened = open_ndjson(path, form, encoding, columns)
    elif form.format == "xlsx":
        opened = open_sheet(path, form, encoding, names)
    else:
        opened = open_delimited(path, form, encoding, names)
    with opened as table:
        yield table
