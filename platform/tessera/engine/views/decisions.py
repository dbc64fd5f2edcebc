"""The decisions of a timeline as rows, in the order of their moments over all holders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine.mapping.packing import unpacker
from tessera.engine.records.related import find
from tessera.engine.views.sources import Names, Paths, ViewHost, holders, timeline_of
from tessera.engine.work import Work
from tessera.formula.shapes import Type
from tessera.meta.kinds.view import View
from tessera.meta.model import Entity
from tessera.meta.rules import TimelineDoc
from tessera.store.system.timeline import decision, moment

PAGE_ROWS = 1_000
_ROW = (
    moment.c.id, moment.c.holder, moment.c.at, moment.c.rank, moment.c.key, moment.c.business_on, moment.c.entity,
    moment.c.document_id, decision.c.release, decision.c["values"].label("named"),
)  # fmt: skip


def decision_rows(work: Work, view: View, host: ViewHost, reads: Paths) -> Iterator[Names]:
    """For each decided document: its fields, the values that its rules named, its holder and its place.

    host.rank is that of the row given last. Decisions on holders that the actor may not see are left out.
    """
    program = timeline_of(work, view)
    values = [(each.name, _reader(each.type)) for each in view.values]
    position = 0
    for rows in _pages(work, program, view):
        documents = _documents(work, program, rows, {path for path in reads if path[0] not in dict(values)})
        people = holders(work, work.model.entities[program.per], {row["holder"] for row in rows}, _of_holder(reads))
        for row in rows:
            person = people.get(row["holder"])
            if person is None:
                continue
            position += 1
            host.rank = row["rank"]
            named = orjson.loads(row["named"])
            yield {
                **documents.get((row["entity"], row["document_id"]), {}),
                **{name: read(named.get(name)) for name, read in values},
                "position": position, "day": row["business_on"], "release": row["release"], "holder": person,
            }  # fmt: skip


def _pages(work: Work, program: TimelineDoc, view: View) -> Iterator[list[dict[str, Any]]]:
    m = moment.c
    place = (m.at, m.rank, m.key, m.id)
    chosen = (
        sa.select(*_ROW)
        .join(decision, sa.and_(decision.c.moment_id == m.id, decision.c.is_current))
        .where(m.timeline == program.key, m.kind == "document", m.is_present)
        .order_by(*place)
        .limit(PAGE_ROWS)
    )
    if view.as_of is not None:
        chosen = chosen.where(m.business_on <= view.as_of)
    statement = chosen
    while rows := work.tx.rows(statement):
        yield rows
        last = rows[-1]
        values = [sa.literal(last[column.name], column.type) for column in place]
        statement = chosen.where(sa.tuple_(*place) > sa.tuple_(*values))


def _documents(
    work: Work, program: TimelineDoc, rows: list[dict[str, Any]], reads: set[tuple[str, ...]]
) -> dict[tuple[str, int], Names]:
    found: dict[tuple[str, int], Names] = {}
    for definition in program.moments:
        entity = work.model.entities[definition.of]
        ids = {row["document_id"] for row in rows if row["entity"] in {entity.key, entity.name}}
        paths = {path for path in reads if _is_read(entity, path)}
        for key, row in find(work, entity, {("id", each) for each in ids}, paths, seen=False).items():
            found[entity.key, key[1]] = found[entity.name, key[1]] = dict(row)
    return found


def _is_read(entity: Entity, path: tuple[str, ...]) -> bool:
    field = entity.field(path[0])
    return field is not None and field.type != "lines"


def _of_holder(reads: Paths) -> set[tuple[str, ...]]:
    return {path[1:] for path in reads if path[0] == "holder" and len(path) > 1}


def _reader(type_: Type) -> Any:
    unpack = unpacker(type_)
    if unpack is None:
        return lambda value: value
    return lambda value: None if value is None else unpack(value)
