"""The first phase of a batch: rows of the files → classes, fragments, rejects and keys, a transaction per chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from tessera import faults
from tessera.context import Context
from tessera.engine.mapping.batches import batch_row, fingerprint, format_of, mapping_named, number_place
from tessera.engine.mapping.classifier import Chunk, Classifier, Reject, class_counts
from tessera.engine.mapping.errors import BatchMoved
from tessera.engine.mapping.host import RowHost
from tessera.engine.mapping.packets import packets_of
from tessera.engine.mapping.progress import Meter
from tessera.engine.mapping.readers import NUMBER_COLUMN, Row, open_table, positions
from tessera.engine.mapping.related import joined_records
from tessera.engine.mapping.rows import CHANGING
from tessera.engine.process import Process
from tessera.engine.safe_cells import restored
from tessera.engine.work import Work
from tessera.meta.kinds.mapping import Mapping as MappingPart
from tessera.store.system import imports

CHUNK_ROWS = 10_000
CHUNK_READ = faults.point("import.chunk_read")
CHUNK_WRITTEN = faults.point("import.chunk_written")
FILE_READ = faults.point("import.file_read")


class Reader:
    """Reads a batch from where it stands to the end of its files."""

    def __init__(self, runtime: Process, ctx: Context, batch: int) -> None:
        self.runtime = runtime
        self.ctx = ctx
        self.batch = batch
        with runtime.reading(ctx) as work:
            self.row = batch_row(work, batch)
            self.files = imports.file_rows(work.tx, batch)
            self.mapping = mapping_named(work, self.row["mapping"])
            self.mark = fingerprint(work, self.mapping)
            self.corrected = corrected_batches(work, self.row)
        self.calls = {name for formula in _formulas(self.mapping) for name in formula.calls}
        self.host = RowHost(self.mapping.zone, self.row["started_at"], self._known)

    def run(self, meter: Meter) -> None:
        """Read to the end; then the batch is `writing`."""
        if self._must_begin_again():
            self.runtime.write(self.ctx, self._begin_again)
        meter.tell(self.row["rows"])
        for place in range(self.row["file_place"], len(self.files)):
            self._file(place, meter)
        self.runtime.write(self.ctx, lambda work: self._step(work, {"status": "writing"}))

    def _must_begin_again(self) -> bool:
        if not self.row["rows"]:
            return False
        return self.row["fingerprint"] != self.mark or bool(self.calls & CHANGING)

    def _begin_again(self, work: Work) -> None:
        imports.delete_progress(work.tx, self.batch)
        self._step(work, {
            "fingerprint": self.mark, "rows": 0, "file_place": 0, "file_rows": 0, "counts": {}, "documents": {},
        })  # fmt: skip

    def _step(self, work: Work, values: Mapping[str, Any]) -> None:
        if not imports.step_on(work.tx, self.batch, self.row["step"], {**values, "updated_at": work.now}):
            raise BatchMoved(batch=self.batch)

        def moved() -> None:
            self.row = {**self.row, **values, "step": self.row["step"] + 1}

        work.after_commit(moved)

    def _file(self, place: int, meter: Meter) -> None:
        file = self.files[place]
        with open_table(Path(file["path"]), format_of(self.mapping), file["encoding"], self.mapping.columns) as table:
            places = positions(self.mapping.columns, table.header)
            if self.corrected:
                places[NUMBER_COLUMN] = number_place(table.header)
            classifier = Classifier(self.mapping, places, self.host)
            skipped = self.row["file_rows"]
            for rows in _chunks(table.rows, skipped):
                if self.corrected:
                    rows = [[restored(cell) for cell in row] if isinstance(row, list) else row for row in rows]
                self._chunk(classifier, rows, places.get(NUMBER_COLUMN))
                meter.tell(self.row["rows"])
        faults.reach(FILE_READ)
        self.runtime.write(self.ctx, lambda work: self._step(work, {"file_place": place + 1, "file_rows": 0}))

    def _chunk(self, classifier: Classifier, rows: list[Row], number_at: int | None) -> None:
        if self.mapping.joins or "IN_EARLIER_BATCH" in self.calls:
            self._prefetch(classifier, rows)
        chunk = classifier.run(rows, self.row["rows"])
        prepared = _prepared(self.mapping, chunk, self.row["rows"])
        faults.reach(CHUNK_READ)
        again = [] if number_at is None else _numbers(rows, number_at)
        self.runtime.write(self.ctx, lambda work: self._keep(work, chunk, prepared, again))
        faults.reach(CHUNK_WRITTEN)

    def _prefetch(self, classifier: Classifier, rows: list[Row]) -> None:
        keys, joined = classifier.wanted(rows)
        self.host.prefetch(keys)
        if not self.mapping.joins:
            return
        with self.runtime.reading(self.ctx) as work:
            for join in self.mapping.joins:
                records = self.host.joined[join.name]
                records.clear()
                records.update(joined_records(work, join, joined[join.name]))

    def _known(self, keys: Any) -> set[str]:
        with self.runtime.reading(self.ctx) as work:
            return imports.registered(work.tx, self.mapping.key, keys, but=[self.batch, *self.corrected])

    def _keep(
        self, work: Work, chunk: Chunk, packets: list[tuple[str, str, int, str, str]], again: list[int]
    ) -> None:
        tx = work.tx
        imports.insert_packets(tx, self.batch, packets)
        place = self.row["file_place"]
        imports.insert_rejects(tx, self.batch, [{**reject_values(each), "file": place} for each in chunk.rejects])
        imports.insert_keys(tx, self.mapping.key, self.batch, chunk.keys)
        if again and self.row["corrects"] is not None:
            imports.settle_rejects(tx, self.row["corrects"], again, self.batch)
        counts = Counter(self.row["counts"])
        counts.update(class_counts(self.mapping, chunk.counts))
        self._step(work, {
            "rows": self.row["rows"] + chunk.rows,
            "file_rows": self.row["file_rows"] + chunk.rows,
            "counts": dict(counts),
        })  # fmt: skip


def corrected_batches(work: Work, row: Mapping[str, Any]) -> list[int]:
    """The batches that a batch corrects, directly or through another correction."""
    found: list[int] = []
    here: Mapping[str, Any] | None = row
    while here is not None and here["corrects"] is not None:
        found.append(here["corrects"])
        here = imports.batch_row(work.tx, here["corrects"])
    return found


def _chunks(rows: Iterator[Row], skipped: int) -> Iterator[list[Row]]:
    for _ in islice(rows, skipped):
        pass
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk


def _numbers(rows: list[Row], place: int) -> list[int]:
    texts = [cells[place] for cells in rows if isinstance(cells, list)]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16]


def _prepared(mapping: MappingPart, chunk: Chunk, place: int) -> list[tuple[str, str, int, str, str]]:
    return [
        packet
        for target, rows in zip(mapping.targets, chunk.accepted, strict=True)
        for packet in packets_of(target.entity, rows, place)
    ]


def _formulas(mapping: MappingPart) -> Iterator[Any]:
    yield from (each.value for each in mapping.lets)
    yield from (each.when for each in mapping.classes)
    for target in mapping.targets:
        yield from (formula for _, formula in target.row_formulas())
        if target.by is not None:
            yield target.by


def reject_values(reject: Reject) -> dict[str, Any]:
    """A row rejected when it was read, as it is stored."""
    return {
        "row": reject.row, "stage": "row", "code": reject.code, "message": reject.message,
        "column": reject.column or None, "at": reject.at or None, "key": reject.key or None,
        "cells": reject.cells, "text": reject.text or None,
    }  # fmt: skip
