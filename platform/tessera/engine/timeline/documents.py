"""Reading documents as moments: only the columns that rules read, set-wise, with a hash of their content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from tessera.engine.timeline.fold import Moment
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.releases import Programs
from tessera.engine.work import Work
from tessera.meta.model import Entity, Field
from tessera.meta.rules import MomentDef
from tessera.store.prepared import Prepared, among, prepared

_CHUNK = 2_000


@dataclass(slots=True)
class Found:
    """A document as a moment of a holder's life."""

    holder: int
    moment: Moment


@dataclass(slots=True)
class _Part:
    """What is read of an entity: labels and columns."""

    names: list[str]
    columns: list[sa.Column[Any]]


class Documents:
    """Reads the documents of one timeline. Columns: of every field that the rules of the head release read."""

    def __init__(self, work: Work, programs: Programs) -> None:
        self.work = work
        self.programs = programs
        self.program = programs.head
        self.refs = set(self.program.doc.refs)
        for rules in self.program.rules.values():
            self.refs |= rules.doc.refs
        self._parts: dict[str, _Part] = {}

    def moments(self, entity: str, ids: Iterable[int]) -> Iterator[Found]:
        """The documents of these ids that take part, as moments of their holders."""
        definition = self.program.moments.get(entity)
        if definition is None:
            return
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), _CHUNK):
            yield from self._chunk(definition, wanted[start : start + _CHUNK])

    def records(self, entity: str, ids: Sequence[int]) -> dict[int, tuple[dict[str, Any], bytes]]:
        """Values by name with lines inside, and the hash of the content, by id."""
        model = self.work.model
        whole = model.entities[entity]
        part = self._part(whole, ("id",))
        table = self.work.tables.of(whole)
        rows = self._rows(table, part.columns, table.c.id, ids, table.c.id)
        lines = [(each, self._lines(lower, ids)) for each, lower in self._lined(whole)]
        found: dict[int, tuple[dict[str, Any], bytes]] = {}
        for row in rows:
            record = dict(zip(part.names, row, strict=True))
            text = [repr(row[1:])]
            for name, by_parent in lines:
                own = by_parent.get(row[0], _NO_LINES)
                record[name] = own[0]
                text.append(own[1])
            found[row[0]] = (record, blake2b("\n".join(text).encode(), digest_size=12).digest())
        return found

    def _lined(self, entity: Entity) -> Iterator[tuple[str, Entity]]:
        for each, lower in self.work.model.lines_of(entity):
            yield each.name, lower

    def _lines(self, lower: Entity, parents: Sequence[int]) -> dict[int, tuple[list[dict[str, Any]], str]]:
        part = self._part(lower, ())
        table = self.work.tables.of(lower)
        columns = [table.c.parent_id, *part.columns]
        rows = self._rows(table, columns, table.c.parent_id, parents, table.c.parent_id, table.c.place)
        grouped: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            grouped.setdefault(row[0], []).append(row[1:])
        names = part.names
        return {
            parent: ([dict(zip(names, row, strict=True)) for row in own], repr(own)) for parent, own in grouped.items()
        }

    def _rows(
        self, table: sa.Table, columns: Sequence[sa.Column[Any]], key: sa.Column[Any], ids: Sequence[int], *order: Any
    ) -> list[tuple[Any, ...]]:
        """The live rows of which the key is among the ids."""
        tx = self.work.tx

        def build() -> Prepared:
            found: sa.Select[Any] = sa.select(*columns).where(among(key, tx.dialect)).order_by(*order)
            if "deleted_at" in table.c:
                found = found.where(table.c.deleted_at.is_(None))
            return Prepared(found, names, tx.connection.dialect)

        names = tuple(column.name for column in columns)
        statement = prepared(tx, self.work.tables, ("moments", table.name, key.name, names), build)
        return statement.run(tx, {"q_ids": list(ids)})

    def _part(self, entity: Entity, first: tuple[str, ...]) -> _Part:
        part = self._parts.get(entity.key)
        if part is None:
            definition = self.program.moments.get(entity.key)
            always = {definition.holder, *definition.beside.values()} if definition is not None else set()
            table = self.work.tables.of(entity)
            fields = [each for each in entity.fields if self._is_read(each, always)]
            names = [*first, *(each.name for each in fields)]
            columns = [table.c[name] for name in first] + [table.c[each.column or each.name] for each in fields]
            part = self._parts[entity.key] = _Part(names, columns)
        return part

    def _is_read(self, each: Field, always: set[str]) -> bool:
        if each.storage is None:
            return False
        # Rules of older releases may read anything, so with more than one release all of it is read.
        return self.programs.has_older or each.key in self.refs or each.name in always

    def _chunk(self, definition: MomentDef, ids: Sequence[int]) -> Iterator[Found]:
        life = self.program
        host = None
        for number, (record, content) in self.records(definition.of, ids).items():
            holder = record[definition.holder]
            if holder is None or (definition.where is not None and not definition.where(record, host)):
                continue
            at = definition.at(record, host)
            if at is None:
                continue
            instant = at if isinstance(at, datetime) else life.midnight(at)
            key = "\x1f".join(str(each(record, host)) for each in definition.key)
            yield Found(holder, self._moment(definition, number, record, content, instant, key))

    def _named(self, record: dict[str, Any], entity: str, program: Program) -> dict[str, Any]:
        """The record with the names that fields have in another release, besides those of today."""
        model = self.work.model
        older = program.names.get(entity, {})
        for each in model.entities[entity].fields:
            name = older.get(each.key, each.name)
            if each.name in record and name != each.name:
                record[name] = record[each.name]
            if each.type == "lines":
                for line in record.get(each.name, ()):
                    self._named(line, each.target, program)
        return record

    def _moment(self, definition: MomentDef, number: int, record: dict[str, Any], content: bytes, at: datetime,
                key: str) -> Moment:
        head = self.program
        program = self.programs.at(at)
        run = definition.run
        if program is not head:
            older = program.moments.get(definition.of)
            run = older.run if older is not None else run
            program = program if run in program.rules else head
        rank = definition.rank if head.doc.is_ranked else 0
        return Moment(
            key=f"{definition.of}:{number}",
            place=(at, rank, key),
            kind="document",
            day=head.day(at),
            run=run,
            entity=definition.of,
            rank=definition.rank,
            document=record if program is head else self._named(record, definition.of, program),
            content=content,
            program=program,
            document_id=number,
        )


_NO_LINES: tuple[list[dict[str, Any]], str] = ([], "")

