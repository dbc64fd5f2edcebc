"""What an import would do with the first rows of a file: done in a transaction that is undone again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from tessera.context import Context
from tessera.engine.importing.sniffing import Written
from tessera.engine.mapping.classifier import Chunk, Classifier
from tessera.engine.mapping.host import RowHost
from tessera.engine.mapping.readers import BadRow, Row, open_table, positions
from tessera.engine.mapping.related import joined_records
from tessera.engine.mapping.wire import as_wire
from tessera.engine.mapping.writing import Portion, write_alone
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.kinds.mapping import Mapping as MappingPart
from tessera.meta.model import Entity

MOST_ROWS = 200


class _Undo(Exception):
    """Ends the transaction without a trace."""


@dataclass
class PreviewRow:
    """What becomes of a row. outcome: created, revised, unchanged, ignored or rejected. values: of the record, as on
    the wire. problem: why it is rejected, and where."""

    number: int
    cells: Sequence[str | None]
    outcome: str = "rejected"
    record: int | None = None
    values: Mapping[str, Json] | None = None
    problem: Mapping[str, Json] | None = None

    def to_json(self) -> dict[str, Json]:
        """As it goes over the wire."""
        return {
            "number": self.number, "cells": list(self.cells), "outcome": self.outcome, "record": self.record,
            "values": None if self.values is None else dict(self.values),
            "problem": None if self.problem is None else dict(self.problem),
        }  # fmt: skip


def previewed(
    process: Process, ctx: Context, path: Path, written: Written, mapping: MappingPart, limit: int
) -> tuple[list[str], list[PreviewRow]]:
    """The headings, and what the mapping would make of the first rows now. Nothing of it stays."""
    encoding = written.encoding or "utf-8"
    with open_table(path, written.table_format(), encoding, mapping.columns) as table:
        places = positions(mapping.columns, table.header)
        headings = list(table.header)
        rows = list(islice(table.rows, limit))
    found: list[PreviewRow] = []

    def act(work: Work) -> None:
        found[:] = _tried(work, mapping, places, rows)
        raise _Undo

    try:
        process.write(ctx, act)
    except _Undo:
        pass
    return headings, found


def _tried(work: Work, mapping: MappingPart, places: Mapping[str, int | None], rows: list[Row]) -> list[PreviewRow]:
    host = RowHost(mapping.zone, work.now)
    classifier = Classifier(mapping, places, host)
    _, joined = classifier.wanted(rows)
    for join in mapping.joins:
        host.joined[join.name].update(joined_records(work, join, joined[join.name]))
    chunk = classifier.run(rows, 0)
    told = {number: PreviewRow(number, _cells(row)) for number, row in enumerate(rows, start=1)}
    for place, target in enumerate(mapping.targets):
        accepted = sorted(chunk.accepted[place], key=itemgetter(0, 1))
        groups = [(key, [list(row) for row in some]) for key, some in groupby(accepted, key=itemgetter(0))]
        _take_over(work, work.model.entities[target.entity], write_alone(work, mapping, target, groups), told)
    _reject(chunk, told)
    return [told[number] for number in sorted(told)]


def _cells(row: Row) -> list[str | None]:
    return [row.text] if isinstance(row, BadRow) else [cell or None for cell in row]


def _take_over(work: Work, entity: Entity, portion: Portion, told: dict[int, PreviewRow]) -> None:
    """Rows of one key are one record: the last one counts, the others say so by the same outcome."""
    for made, outcome, record in portion.told or ():
        for number, _ in made.rows:
            told[number].outcome = outcome
            told[number].record = None if outcome == "created" else record
            told[number].values = as_wire(entity, work.model, made.record)
    for each in portion.rejects:
        told[each["row"]].problem = _problem(each["code"], each["message"], each.get("column"), "field")


def _reject(chunk: Chunk, told: dict[int, PreviewRow]) -> None:
    for each in chunk.rejects:
        told[each.row].problem = _problem(each.code, each.message, each.column, "column")


def _problem(code: str, message: str, place: Any, way: str) -> dict[str, Json]:
    return {"code": code, "message": message, "field" if way == "field" else "column": place or None}
