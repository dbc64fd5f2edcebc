"""Spreading: the runs of a slot for each of the records that are meant, in portions.

A portion is one transaction, and the slot says up to which record there are runs. Portions are small and slots take
turns, so that a slot for a hundred thousand records leaves room for every other run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import orjson
import sqlalchemy as sa

from tessera import faults
from tessera.context import Context
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.flows.noticing import lane_of
from tessera.engine.flows.pacing import room
from tessera.engine.flows.packing import unpack
from tessera.engine.flows.programs import flow_of, lens_of, model_of
from tessera.engine.flows.reading import read_records
from tessera.engine.flows.schedules.firing import event_of, fire, slot_name
from tessera.engine.flows.schedules.plans import Due, zone_of
from tessera.engine.flows.starting import NewRun, make_runs
from tessera.engine.flows.triggers import CLOCKED, Slot
from tessera.engine.host import Host
from tessera.engine.process import Process
from tessera.engine.records.reading import ListQuery, moving_with, query_of
from tessera.engine.work import Work
from tessera.errors import TesseraError
from tessera.formula import Formula, FormulaError, Scope, check_formula
from tessera.formula.binding import Bound
from tessera.formula.shapes import BOOLEAN
from tessera.meta.flows import FlowDoc
from tessera.meta.kinds.flow import EVENT
from tessera.meta.model import Entity, Model
from tessera.names import new_ref
from tessera.store import query as queries
from tessera.store.query import FilterNotSupported
from tessera.store.system.flows import run, slot

AFTER_SPREAD = faults.point("schedules.after_spread")

_PLAYED = 1_000
_OPEN: sa.ColumnElement[bool] = sa.literal_column("tsr_slot.state = 'open'")
_BLANK_EVENT: Mapping[str, Any] = {**{each.name: None for each in EVENT}, "changed": []}


def spread_open(process: Process, ctx: Context, limit: int) -> int:
    """Make a portion of the runs of a slot; how many there were, and one for its end."""
    with process.reading(ctx) as work:
        if not anything_open(work):
            return 0
    return process.write(ctx, lambda work: _spread(work, min(limit, room(work))))


def anything_open(work: Work) -> bool:
    """Whether a slot has records without their run."""
    return work.tx.scalar(sa.select(sa.literal(1)).select_from(slot).where(_OPEN).limit(1)) is not None


def _spread(work: Work, portion: int) -> int:
    first = sa.select(slot).where(_OPEN).order_by(slot.c.made, slot.c.fired_at, slot.c.schedule, slot.c.slot).limit(1)
    if work.tx.dialect == "postgresql":
        first = first.with_for_update(skip_locked=True)
    row = work.tx.row(first)
    return 0 if row is None else _spread_slot(work, row, portion)


def _spread_slot(work: Work, row: Mapping[str, Any], portion: int) -> int:
    mine = sa.update(slot).where(slot.c.schedule == row["schedule"], slot.c.slot == row["slot"])
    try:
        with work.savepoint():
            model = model_of(work, row["release"])
            spreading = Spreading(work, model, flow_of(model, row["schedule"]), row)
            ids, last = spreading.matching(portion)
            made = spreading.make(ids)
    except TesseraError as error:
        told = orjson.dumps({"code": error.code, "message": error.message}).decode()
        work.tx.execute(mine.values(state="failed", error=told))
        return 1
    state = "done" if last is None else "open"
    work.tx.execute(mine.values(state=state, after_id=last or row["after_id"], made=row["made"] + len(made)))
    faults.reach(AFTER_SPREAD)
    return len(made) + 1


def play_slot(work: Work, doc: FlowDoc, due: Due) -> list[int]:
    """Fire a slot for a dry run, where it may have been fired in earnest, and make all of its runs; their ids."""
    name = f"{slot_name(due.at)}/{new_ref()}"
    fire(work, doc, due, work.now, name=name)
    mine = (slot.c.schedule == doc.key) & (slot.c.slot == name)
    while (row := work.tx.row(sa.select(slot).where(mine, _OPEN))) is not None:
        _spread_slot(work, row, _PLAYED)
    begun = (run.c.flow == doc.key) & (run.c.source.startswith(f"slot:{name}", autoescape=True))
    return list(work.tx.execute(sa.select(run.c.id).where(begun).order_by(run.c.id)).scalars())


@dataclass
class Spreading:
    """A slot, as its runs are made. model and doc: of its release."""

    work: Work
    model: Model
    doc: FlowDoc
    row: Mapping[str, Any]

    @property
    def at(self) -> Slot:
        """The slot."""
        return Slot(self.row["due_at"], self.row["since_at"], zone_of(self.work, self.doc), self.row["missed"])

    @property
    def fired_at(self) -> datetime:
        """When it was fired."""
        found: datetime = self.row["fired_at"]
        return found

    def matching(self, portion: int) -> tuple[list[int], int | None]:
        """The next records that are meant, and the record up to which was looked; None for that at the end."""
        entity = self.work.model.entities.get(self.doc.entity)
        if entity is None:
            return [], None
        condition = CLOCKED[self.doc.trigger.on].condition(self.work, self.doc, entity, self.at)
        later = _later(entity, self.row["after_id"])
        conditions = tuple(each for each in (later, condition) if each is not None)
        where = self._where()
        try:
            ids = self._ids(entity, where, conditions, portion)
            return ids, ids[-1] if len(ids) == portion else None
        except FilterNotSupported:
            if where is None:
                raise
        # The database cannot ask this: look at the records one by one.
        found = self._ids(entity, None, conditions, portion)
        ids = self._asked(entity, where, found)
        return ids, found[-1] if len(found) == portion else None

    def _ids(self, entity: Entity, where: Bound | None, conditions: tuple[Any, ...], limit: int) -> list[int]:
        query = query_of(self.work, entity, ListQuery(), ())
        query = replace(query, filter=where, conditions=(*query.conditions, *conditions))  # type: ignore[arg-type]
        return queries.first_ids(self.work.tx, self.work.tables, moving_with(self.work, query), limit)

    def _where(self) -> Bound | None:
        """The trigger's condition, in which all but the record has its value, by the names of the head."""
        where = self.doc.trigger.options.where
        if where is None:
            return None
        env: dict[str, Any] = {"event": self._event()}
        for path in where.reads:
            table = self.model.part("table", path[0])
            if table is not None:
                env.setdefault(path[0], table.rows)
        found = Bound(where, env, self.work.host())
        return found if self.model is self.work.model else found.renamed(self._name_now)

    def _name_now(self, key: str) -> str | None:
        entity = self.work.model.entities.get(key.rpartition(".")[0])
        return next((each.name for each in entity.fields if each.key == key), None) if entity is not None else None

    def _event(self) -> dict[str, Any]:
        told: dict[str, Any] = unpack(event_of(self.doc, self.at, self.fired_at, 0))
        return {**_BLANK_EVENT, **told}

    def _asked(self, entity: Entity, where: Bound, ids: Sequence[int]) -> list[int]:
        paths = {path for path in where.reads if path}
        rows = read_records(self.work, entity, ids, paths)
        return [number for number in ids if number in rows and where(rows[number], self.work.host()) is True]

    def make(self, ids: Sequence[int]) -> list[int]:
        """The runs for these records."""
        event = event_of(self.doc, self.at, self.fired_at, 0)
        lanes = self._lanes(ids)
        return make_runs(self.work, [
            NewRun(
                flow=self.doc.key, release=self.row["release"], source=f"slot:{self.row['slot']}:{number}",
                lane=lane, entity=self.doc.entity, record_id=number, given={"event": event},
                cause=self.work.ctx.request_id, error=error,
            )
            for number, (lane, error) in zip(ids, lanes, strict=True)
        ])  # fmt: skip

    def _lanes(self, ids: Sequence[int]) -> list[tuple[str | None, dict[str, Any] | None]]:
        doc = self.doc
        if doc.order is None or not doc.is_ordered:
            return [(lane_of(doc, doc.entity, number, None), None) for number in ids]
        lens = lens_of(self.work, self.model)
        paths = {path[1:] for path in doc.order.reads if path[0] == "record" and len(path) > 1}
        rows = read_records(self.work, self.work.model.entities[doc.entity], ids, lens.paths(doc.entity, paths))
        event, host = self._event(), self.work.host()
        found: list[tuple[str | None, dict[str, Any] | None]] = []
        for number in ids:
            env = {"record": lens.record(doc.entity, rows.get(number, {"id": number})), "event": event}
            try:
                found.append((lane_of(doc, doc.entity, number, partial(_value, env, host)), None))
            except FormulaError as error:
                told = {"code": error.code, "message": error.message}
                found.append((lane_of(doc, doc.entity, number, None), told))
        return found


def _value(env: Mapping[str, Any], host: Host, formula: Formula) -> Any:
    return formula(env, host)


def _later(entity: Entity, after: int) -> Any:
    return check_formula(f"id > {after}", Scope(entity), BOOLEAN) if after else None


CHORES.add("flows.spreading", Chore("flows.spreading", spread_open, rank=13))
