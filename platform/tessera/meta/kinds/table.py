"""The kind `table`: a small released grid that rules decide by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import BOOLEAN, DATE, INTEGER, NUMBER, TEXT, Member, StaticShape, Type
from tessera.meta.documents import Document
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker
from tessera.meta.model import Label
from tessera.meta.schema import did_you_mean

_TYPES: Mapping[str, Type] = {"text": TEXT, "integer": INTEGER, "decimal": NUMBER, "date": DATE, "boolean": BOOLEAN}
_DECIMAL = re.compile(r"-?[0-9]{1,28}(\.[0-9]{1,12})?\Z").match
_ROW_PLACE = re.compile(r"/rows/[0-9]+")
_INTEGER = re.compile(r"-?[0-9]{1,18}\Z").match


class Row(dict[str, Any]):
    """A row: column name → value, and under "id" its uid, by which rows are compared."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. scale: of a decimal, None: as written."""

    uid: str
    name: str
    type: str
    label: Label
    scale: int | None = None


@dataclass(frozen=True)
class TableDoc:
    """A released grid; the order of its rows counts. shape: what formulas find in a row."""

    key: str
    name: str
    label: Label
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    shape: StaticShape = field(compare=False, repr=False)

    @property
    def row_list_type(self) -> Type:
        """The table as formulas see it: a list of its rows."""
        return Type("list", nullable=False, shape=self.shape)


class TableKind(Kind):
    """A grid of typed columns."""

    name: ClassVar[str] = "table"
    phase: ClassVar[int] = 10

    def tolerated(self, places: list[str]) -> set[str] | None:
        """Wrong rows are left out: formulas know the columns."""
        found = [_ROW_PLACE.match(each) for each in places]
        return None if not all(found) else {each.group() for each in found if each}

    def declare(self, document: Document, linker: Linker) -> None:
        """Make its columns known to formulas."""
        members = []
        for index, column in enumerate(document.body["columns"]):
            label = linker.label(column, document.at("columns", index))
            value_type = _TYPES[column["type"]]
            if column["type"] == "decimal":
                value_type = Type("number", scale=column.get("scale"))
            labels = (label.zh, label.en) if "label" in column else ()
            members.append(Member(column["name"], value_type, f"{document.key}.{column['uid']}", labels))
        linker.declare_shape("table", document.key, StaticShape(document.key, tuple(members)))

    def compile(self, document: Document, linker: Linker) -> TableDoc:
        """The grid with typed values."""
        shape = linker.shape("table", document.name)
        columns = tuple(_columns(document, linker))
        places = range(len(document.body.get("rows", ())))
        sound = [place for place in places if document.at("rows", place) not in linker.broken_places]
        rows = tuple(_row(document, place, columns, linker) for place in sound)
        label = linker.label(document.body, document.at())
        static = shape if isinstance(shape, StaticShape) else StaticShape(document.key)
        return TableDoc(document.key, document.name, label, columns, rows, static)


def _columns(document: Document, linker: Linker) -> list[Column]:
    found: list[Column] = []
    for index, body in enumerate(document.body["columns"]):
        pointer = document.at("columns", index)
        if any(each.name == body["name"] for each in found):
            linker.problem("duplicate_name", f"{pointer}/name", f'There is a column "{body["name"]}" already.')
        if body["name"] == "id":
            linker.problem("reserved_name", f"{pointer}/name", '"id" is the uid of a row.')
        found.append(Column(body["uid"], body["name"], body["type"], linker.label(body, pointer), body.get("scale")))
    return found


def _row(document: Document, index: int, columns: tuple[Column, ...], linker: Linker) -> Row:
    body = document.body["rows"][index]
    row = Row(id=body["uid"])
    known = {each.name: each for each in columns}
    for name in body["values"]:
        pointer = document.at("rows", index, "values", name)
        if name not in known:
            linker.problem("unknown_column", pointer, f'There is no column "{name}".', did_you_mean(name, known))
        else:
            linker.use(pointer, f"{document.key}.{known[name].uid}", "key")
    for column in columns:
        value = body["values"].get(column.name)
        pointer = document.at("rows", index, "values", column.name)
        row[column.name] = _value(column, value, pointer, linker)
    return row


def _value(column: Column, value: Json, pointer: str, linker: Linker) -> Any:
    if value is None:
        return False if column.type == "boolean" else None
    try:
        found = _READERS[column.type](value)
    except (ValueError, TypeError):
        message = f"{value!r} is no {column.type}."
        linker.problem("wrong_value", pointer, message)
        return None
    if isinstance(found, Decimal) and column.scale is not None:
        places = -int(found.as_tuple().exponent)
        if places > column.scale:
            linker.problem("too_many_decimals", pointer, f"The column has {column.scale} decimal places.")
    return found


def _read_text(value: Json) -> str | None:
    if not isinstance(value, str):
        raise TypeError
    return value or None


def _read_integer(value: Json) -> int:
    if isinstance(value, bool) or not _INTEGER(str(value)):
        raise ValueError
    return int(value)


def _read_decimal(value: Json) -> Decimal:
    if isinstance(value, bool) or not _DECIMAL(str(value)):
        raise ValueError
    return Decimal(value)


def _read_date(value: Json) -> date:
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError
    return date.fromisoformat(value)


def _read_boolean(value: Json) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_READERS: Mapping[str, Callable[[Json], Any]] = {
    "text": _read_text,
    "integer": _read_integer,
    "decimal": _read_decimal,
    "date": _read_date,
    "boolean": _read_boolean,
}

KINDS.add("table", TableKind())
