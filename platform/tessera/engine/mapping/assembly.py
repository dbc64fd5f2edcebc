"""Packed rows of one key → the document that they make."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import orjson

from tessera.engine.mapping.host import RowHost
from tessera.engine.mapping.packets import Group, PacketRow
from tessera.engine.mapping.packing import unpacker
from tessera.engine.records.columns import each_once
from tessera.errors import Json
from tessera.formula import FormulaError
from tessera.meta.kinds.mapping import Target, Value

_HEAD = 3
"""Where the values of a packed row begin: behind its key, its number and the place of its class."""


@dataclass(slots=True, eq=False)
class Link:
    """A reference in a document, by business key until it is found: holder[value.field] is that key."""

    holder: dict[str, Any]
    value: Value
    extra: Mapping[str, Any]


@dataclass(slots=True)
class Assembled:
    """A finished document. rows: (number, place of the class) of its rows, in order.

    record: field → value, lines as a list of such dicts. dropped: the drop class that took it, "" for none.
    problem: why it cannot be made. content: hash of what it says, references as business keys.
    """

    key: str
    rows: list[tuple[int, int]]
    record: dict[str, Any] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    dropped: str = ""
    problem: FormulaError | None = None
    content: str = ""

    def classes(self) -> Counter[int]:
        """How many of its rows each class took, by place of the class."""
        return Counter(place for _, place in self.rows)


class Assembler:
    """Makes the documents of one target. has_content: whether anybody will ask for the hash of what they say."""

    def __init__(self, target: Target, host: RowHost, *, has_content: bool = True) -> None:
        self.target = target
        self.host = host
        self.has_content = has_content
        self.reads = [(path, unpacker(formula.type)) for path, formula in target.reads]
        slots = _slots(target.row_values(), start=_HEAD + len(self.reads))
        self.names = [value.field for value, _, _, _ in slots]
        self.cells = [(place, unpack) for _, place, unpack, _ in slots]
        self.linked = [(value, place, extra) for value, place, _, extra in slots if _is_link(value)]

    def documents(self, groups: Sequence[Group]) -> list[Assembled]:
        """The documents of these keys, each from its rows in the order of their numbers."""
        made = [Assembled(key, [(row[1], row[2]) for row in rows], {}, []) for key, rows in groups]
        if self.target.each_row:
            self._of_last_rows([rows[-1] for _, rows in groups], made)
        else:
            for each, (_, rows) in zip(made, groups, strict=True):
                self._of_rows(rows, each)
        for each in made:
            self._end(each)
        if self.has_content:
            self._put_contents([each for each in made if each.problem is None])
        return made

    def _put_contents(self, made: list[Assembled]) -> None:
        found = [each.record for each in made]
        hashes = content_hashes(found) if self.target.each_row else [content_hash(each) for each in found]
        for each, content in zip(made, hashes, strict=True):
            each.content = content

    def _of_last_rows(self, rows: list[PacketRow], made: list[Assembled]) -> None:
        """Documents of one row each, all together."""
        links: list[Link] = []
        for each, record in zip(made, self._filled(rows, links), strict=True):
            each.record = record
        owners = {id(each.record): each for each in made}
        for link in links:
            owners[id(link.holder)].links.append(link)

    def _end(self, made: Assembled) -> None:
        """Whether a document is dropped."""
        if made.problem is None and self.target.drops:
            try:
                made.dropped = next((one.name for one in self.target.drops if one.when(made.record, self.host)), "")
            except FormulaError as problem:
                made.problem = problem

    def _of_rows(self, rows: list[PacketRow], made: Assembled) -> None:
        try:
            self._put_values(rows, made)
        except FormulaError as problem:
            made.problem = problem

    def _put_values(self, rows: list[PacketRow], made: Assembled) -> None:
        read = self._read(rows)
        names = {**read[0], "rows": read}
        for value in self.target.fields:
            made.record[value.field] = _exact(value.value(names, self.host), value)
            if _is_link(value) and made.record[value.field] is not None:
                extra = {each.field: _exact(each.value(names, self.host), each) for each in value.extra}
                made.links.append(Link(made.record, value, extra))
        if self.target.lines_field:
            made.record[self.target.lines_field] = self._filled(rows, made.links)

    def _read(self, rows: list[list[Any]]) -> list[dict[str, Any]]:
        """What formulas over the rows see: a column at a time, as there are few columns and many rows."""
        read: list[dict[str, Any]] = [{} for _ in rows]
        for place, (path, unpack) in enumerate(self.reads, start=_HEAD):
            cells = _cells(rows, place, unpack)
            name = path[0]
            if len(path) == 1:
                for names, cell in zip(read, cells, strict=True):
                    names[name] = cell
            else:
                for names, cell in zip(read, cells, strict=True):
                    names.setdefault(name, {})[path[1]] = cell
        return read

    def _filled(self, rows: list[PacketRow], links: list[Link]) -> list[dict[str, Any]]:
        """What stands in the lines, or in the records, that the rows are: a column at a time."""
        names = self.names
        columns = [_cells(rows, place, unpack) for place, unpack in self.cells]
        filled = [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
        filled = filled or [{} for _ in rows]
        for value, place, extra in self.linked:
            for record, row in zip(filled, rows, strict=True):
                if row[place] is not None:
                    links.append(Link(record, value, {each.field: _cell(row, at, turn) for each, at, turn in extra}))
        return filled


_Extra = tuple[Value, int, "Callable[[Any], Any] | None"]
_Slot = tuple[Value, int, "Callable[[Any], Any] | None", list[_Extra]]


def _slots(values: Iterable[Value], start: int) -> list[_Slot]:
    found: list[_Slot] = []
    place = start
    for value in values:
        extra = [(each, place + 1 + i, unpacker(each.value.type)) for i, each in enumerate(value.extra)]
        found.append((value, place, unpacker(value.value.type), extra))
        place += 1 + len(extra)
    return found


def _cells(rows: list[PacketRow], place: int, unpack: Callable[[Any], Any] | None) -> Sequence[Any]:
    cells = [row[place] for row in rows]
    return cells if unpack is None else each_once(unpack, cells)


def _cell(row: Sequence[Any], place: int, unpack: Callable[[Any], Any] | None) -> Any:
    cell = row[place]
    return cell if cell is None or unpack is None else unpack(cell)


def _is_link(value: Value) -> bool:
    return bool(value.reference) and value.value.type.kind != "record"


def _exact(value: Any, where: Value) -> Any:
    if isinstance(value, Fraction):
        raise FormulaError("not_exact", "The result has no end as a decimal.", hint="Round it.", at=where.uid)
    return value["id"] if isinstance(value, Mapping) else value


def content_hash(record: Mapping[str, Any]) -> str:
    """A hash of a document's values, equal for equal values however they were written.

    >>> content_hash({"a": Decimal("1.50")}) == content_hash({"a": Decimal("1.5")})
    True
    """
    body = orjson.dumps(record, default=_plain, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def content_hashes(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """The `content_hash` of each, for records of the same plain fields: column by column, which is faster."""
    if not records:
        return []
    names = sorted(records[0])
    columns: list[Sequence[Any]] = []
    for name in names:
        values = [each[name] for each in records]
        columns.append(each_once(_normal, values) if Decimal in set(map(type, values)) else values)
    dumps, blake2b = orjson.dumps, hashlib.blake2b
    return [
        blake2b(dumps(dict(zip(names, row, strict=True))), digest_size=16).hexdigest()
        for row in zip(*columns, strict=True)
    ]


def _normal(value: Any) -> Json:
    return str(value.normalize()) if isinstance(value, Decimal) else value


def _plain(value: Any) -> Json:
    if isinstance(value, Decimal):
        return str(value.normalize())
    raise TypeError(type(value).__name__)
