"""Rows of a file with one JSON object in each line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path

from tessera.engine.mapping.readers.base import BadRow, ColumnLike, MissingColumn, OpenTable, Row, TableFormat
from tessera.engine.mapping.readers.text import is_clean, text_lines
from tessera.errors import Json

LINE_CHARACTERS = 10_000_000
LINES_LOOKED_AT = 100
TEXT_SHOWN = 2_000


class _BadLine(Exception):
    """The line is no JSON object; the text says why."""


@contextmanager
def open_ndjson(path: Path, form: TableFormat, encoding: str, columns: Sequence[ColumnLike]) -> Iterator[OpenTable]:
    """The rows of an NDJSON file. Nested objects are read as `outer.inner`; numbers keep their written digits.

    Raises: MissingColumn when none of the first objects has a column that is not optional.
    """
    with text_lines(path, encoding) as lines:
        first = list(islice(lines, LINES_LOOKED_AT))
        _ensure_columns(first, form, columns)
        yield OpenTable(tuple(each.name for each in columns), _rows(chain(first, lines), form, columns))


def json_headings(path: Path, encoding: str) -> list[str]:
    """The headings that the first objects of a file have, in their order."""
    found: dict[str, None] = {}
    with text_lines(path, encoding) as lines:
        for line in islice(lines, LINES_LOOKED_AT):
            with suppress(_BadLine):
                for flat in _objects(line, "") if line.strip() else ():
                    found.update(dict.fromkeys(flat))
    return list(found)


def _ensure_columns(lines: Sequence[str], form: TableFormat, columns: Sequence[ColumnLike]) -> None:
    found: dict[str, str] = {}
    for line in lines:
        with suppress(_BadLine):
            for flat in _objects(line, form.rows_at) if line.strip() else ():
                found.update(flat)
    for column in columns:
        if found and not column.optional and found.keys().isdisjoint(column.headings):
            raise MissingColumn(column=column.headings[0], found=", ".join(islice(found, 50)))


def _rows(lines: Iterator[str], form: TableFormat, columns: Sequence[ColumnLike]) -> Iterator[Row]:
    headings = [each.headings for each in columns]
    required = [each.headings[0] for each in columns if not each.optional]
    for line in lines:
        if not line.strip():
            continue
        try:
            for flat in _objects(line, form.rows_at):
                yield [_cell(flat, names) for names in headings]
        except _BadLine as problem:
            text = line[:TEXT_SHOWN].rstrip("\r\n").encode("utf-8", "replace").decode()
            needs = f" A row is an object with: {', '.join(required[:20])}." if required else ""
            yield BadRow("bad_json", text, f"{problem}{needs}")


def _objects(line: str, rows_at: str) -> Iterator[Mapping[str, str]]:
    if len(line) > LINE_CHARACTERS or not is_clean(line):
        raise _BadLine("The line is too long or holds bytes that are no text.")
    try:
        body = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as problem:
        raise _BadLine(f"The line is no JSON: {problem}.") from None
    if not isinstance(body, dict):
        raise _BadLine("The line is no JSON object.")
    if not rows_at:
        yield _flat(body)
        return
    inner = body.pop(rows_at, None)
    if not isinstance(inner, list) or not all(isinstance(each, dict) for each in inner):
        raise _BadLine(f'"{rows_at}" is no list of objects.')
    outer = _flat(body)
    for each in inner:
        yield {**outer, **_flat(each, f"{rows_at}.")}


def _flat(body: Mapping[str, Json], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in body.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = _text(value)
    return flat


def _text(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _cell(flat: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((flat[name] for name in names if name in flat), "")
