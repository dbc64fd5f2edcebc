"""Rejected rows and documents under review: looked at, exported in their own columns, settled."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tessera.context import Context
from tessera.engine.mapping.batches import batch_row, format_of, mapping_named, number_place
from tessera.engine.mapping.classifier import row_number
from tessera.engine.mapping.errors import BatchClosed
from tessera.engine.mapping.readers import OWN_COLUMNS, TableFormat, open_table
from tessera.engine.mapping.rows import readable
from tessera.engine.mapping.writing import revise
from tessera.engine.process import Process
from tessera.engine.safe_cells import neutralised
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound
from tessera.meta.kinds.mapping import Column
from tessera.store.system import imports

AT_ONCE = 1_000
ROWS = ("row", "document")
_SHOWN = ("id", "row", "stage", "code", "message", "column", "at", "key", "cells", "text", "document")


def list_rejects(
    work: Work, batch: int, *, stage: str = "", after: tuple[int, int] | None = None, limit: int = 50
) -> list[dict[str, Json]]:
    """Rejected rows (stages row and document) and documents under review of a batch, by row number.

    after: (row, id) of the last one seen. Settled ones are left out. Raises: NotFound.
    """
    batch_row(work, batch)
    stages = (stage,) if stage else (*ROWS, "review")
    rows = imports.reject_rows(work.tx, batch, after=after, limit=min(limit, 500), stages=stages)
    return [{name: row[name] for name in _SHOWN} for row in rows]


def reject_headings(work: Work, batch: int) -> list[str]:
    """What the cells of rejected rows stand below: the headings of the batch's first file. Raises: NotFound."""
    batch_row(work, batch)
    files = imports.file_rows(work.tx, batch)
    return [str(each) for each in files[0]["header"]] if files else []


def export_rejects(work: Work, batch: int, *, is_raw: bool = False) -> Iterator[str]:
    """The rejected rows as CSV in the columns of their file, behind their numbers, codes and messages.

    Correct them there and start a batch that corrects this one: the numbers tell where the rows belong.
    is_raw: cells that a spreadsheet would run as formulas are left as they are.
    """
    row = batch_row(work, batch)
    mapping = mapping_named(work, row["mapping"])
    headers = [each["header"] for each in imports.file_rows(work.tx, batch)]
    headings = list(dict.fromkeys(text for header in headers for text in header if text not in OWN_COLUMNS))
    line = _writer(mapping.delimiter if mapping.format == "csv" else ",")
    yield line([*OWN_COLUMNS, *headings])
    after: tuple[int, int] | None = None
    while rows := imports.reject_rows(work.tx, batch, after=after, limit=AT_ONCE, stages=ROWS):
        for each in rows:
            cells = _by_heading(each, headers, headings)
            texts = [str(each["row"]), each["code"], each["column"], each["message"], *cells]
            yield line([text if is_raw else neutralised(text or "") for text in texts])
        after = (rows[-1]["row"], rows[-1]["id"])


def _by_heading(row: Mapping[str, Any], headers: list[list[str]], headings: list[str]) -> list[str | None]:
    if row["cells"] is None:
        return [row["text"]]
    there = dict(zip(headers[row["file"] or 0], row["cells"], strict=False))
    return [there.get(heading) for heading in headings]


def _writer(delimiter: str) -> Any:
    buffer = io.StringIO()
    out = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")

    def line(cells: list[str | None]) -> str:
        out.writerow(["" if cell is None else cell for cell in cells])
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    return line


def settle_review(work: Work, batch: int, reject: int, *, accept: bool) -> None:
    """Take a document under review over its known record, or let the known one be.

    Raises: NotFound, BatchClosed when it was settled already, Invalid when the record refuses the values.
    """
    batch_row(work, batch)
    row = imports.reject_row(work.tx, batch, reject)
    if row is None or row["stage"] != "review":
        raise NotFound(what="document under review")
    if row["settled_by"] is not None:
        raise BatchClosed(batch=batch, status="settled")
    if accept:
        _take_over(work, batch, row)
    imports.settle_reject(work.tx, reject, batch)


def _take_over(work: Work, batch: int, row: Mapping[str, Any]) -> None:
    entity = work.model.entities[row["target"]]
    kept = row["document"]
    problem = revise(work, entity, kept["record"], kept["values"])
    if problem is not None:
        raise Invalid([problem])
    mapping = imports.batch_row(work.tx, batch)
    assert mapping is not None
    document = (row["key"], kept["record"], kept["content"], row["row"], kept["rows"])
    imports.keep_documents(work.tx, mapping["mapping"], entity.key, batch, [document], {row["key"]})


def fill_cells(runtime: Process, ctx: Context, batch: int) -> None:
    """Read the files once more for rows that were rejected with their document, and keep their cells."""
    while True:
        with runtime.reading(ctx) as work:
            lacking = imports.rejects_without_cells(work.tx, batch, AT_ONCE)
            row = batch_row(work, batch)
            mapping = mapping_named(work, row["mapping"])
            files = imports.file_rows(work.tx, batch)
        if not lacking:
            return
        cells = _cells_of(format_of(mapping), mapping.columns, files, {each["row"] for each in lacking})
        kept = [(each["id"], *cells.get(each["row"], (0, []))) for each in lacking]
        runtime.write(ctx, _keeper(kept))


def _keeper(kept: list[tuple[int, int, list[str | None]]]) -> Callable[[Work], None]:
    return lambda work: imports.set_cells(work.tx, kept)


def _cells_of(
    form: TableFormat, columns: tuple[Column, ...], files: list[dict[str, Any]], wanted: set[int]
) -> dict[int, tuple[int, list[str | None]]]:
    """(place of the file, cells) of the rows with these numbers."""
    found: dict[int, tuple[int, list[str | None]]] = {}
    number = 0
    for place, file in enumerate(files):
        with open_table(Path(file["path"]), form, file["encoding"], columns) as table:
            numbered = number_place(table.header)
            for cells in table.rows:
                number += 1
                if not isinstance(cells, list):
                    continue
                own = number if numbered is None else row_number(cells[numbered], number)
                if own in wanted:
                    found[own] = (place, readable(cells))
    return found
