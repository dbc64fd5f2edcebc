"""A claimed run while this process works on it, and what its formulas see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine.flows.cursor import ERROR_BLOCK, Cursor, Frame, Named, Thread, Undo, steps_above
from tessera.engine.flows.packing import is_record, pack, unpack
from tessera.engine.flows.programs import lens_of, steps_of
from tessera.engine.flows.reading import Path, read_records
from tessera.engine.flows.steps.base import STEP_RUNNERS
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.formula import Formula
from tessera.formula.binding import Bound
from tessera.formula.nodes import Get, Name, walk
from tessera.formula.shapes import Type
from tessera.meta.flow_steps import ERROR
from tessera.meta.flows import FlowDoc, StepDoc
from tessera.meta.kinds.flow import EVENT
from tessera.meta.model import EMPTY, Entity, Model
from tessera.store.system.flows import step as step_table

_ERROR_TYPE = Type("record", shape=ERROR)
_EVENT_BLANKS = {each.name: None for each in EVENT}


@dataclass
class Claimed:
    """A run that this process has claimed, as it was then. cursor: as text; given: the event and the inputs."""

    id: int
    flow: str
    release: int
    fence: int
    event_id: int | None
    entity: str
    record_id: int | None
    lane: str | None
    given: dict[str, Json]
    cursor: str
    steps: int
    depth: int
    deaths: int
    parent_id: int | None
    actor_id: int
    created_at: datetime
    started_at: datetime


@dataclass
class Sight:
    """What the formulas of a run see within one transaction. cache: records read so far in the present step."""

    work: Work
    run: Claimed
    model: Model
    doc: FlowDoc
    cursor: Cursor
    outputs: dict[str, Any] = field(default_factory=dict)
    cache: dict[Any, Any] = field(default_factory=dict)

    def value(self, formula: Formula, thread: Thread, more: Mapping[str, Any] = EMPTY) -> Any:
        """The value of a formula at the place of a thread; more: further names."""
        return formula(self._env(formula.reads, thread, more), self.work.host())

    def bound(self, formula: Formula, thread: Thread) -> Bound:
        """A formula over rows in which everything but the row has its value."""
        outer = {each.path for each in walk(formula.ast) if isinstance(each, Name | Get) and _is_outer(each)}
        return Bound(formula, self._env(outer, thread, EMPTY), self.work.host())

    def _env(self, reads: Iterable[Path], thread: Thread, more: Mapping[str, Any]) -> dict[str, Any]:
        below: dict[str, set[Path]] = {}
        for path in reads:
            below.setdefault(path[0], set()).update([path[1:]] if len(path) > 1 else ())
        env = dict(more)
        if below.keys() - env.keys():
            inner = self._inner(thread)
            for name, paths in below.items():
                if name not in env:
                    env[name] = self._named(name, paths, inner)
        return env

    def _named(self, name: str, paths: set[Path], inner: Mapping[str, tuple[Any, Type]]) -> Any:
        if name in inner:
            value, type_ = inner[name]
            return self.loaded(value, type_, paths)
        if self.cursor.undoing is not None and name in self.cursor.undoing.values:
            return self._result(self.cursor.undoing.values[name], paths)
        if name in self.cursor.values:
            return self._result(self.cursor.values[name], paths)
        if name in self.cursor.variables:
            return unpack(self.cursor.variables[name])
        given = _GIVEN.get(name)
        if given is not None:
            return given(self, paths)
        if any(each.name == name for each in self.doc.variables):
            return None
        table = self.model.part("table", name)
        return table.rows if table is not None else None

    def _inner(self, thread: Thread) -> dict[str, tuple[Any, Type]]:
        """The names that the blocks around the present step give: items of loops, and the error dealt with."""
        if len(thread.frames) < 2:
            return {}
        above = steps_above(self.doc, thread.frames)
        found: dict[str, tuple[Any, Type]] = {}
        for (step, path), frame in zip(above, thread.frames[1:], strict=False):
            if frame.block == ERROR_BLOCK:
                found["error"] = (self.cursor.memo(path).get("error"), _ERROR_TYPE)
            elif frame.round is not None:
                view = StepView(self, thread, step, path)
                undoing = self.cursor.undoing
                if undoing is not None and path in undoing.memos and path not in self.cursor.memos:
                    view.kept = undoing.memos[path]
                found.update(STEP_RUNNERS[step.do].names(self.work, step, view, frame.round))
        return found

    def _result(self, named: Named, paths: set[Path]) -> Any:
        step = steps_of(self.model, self.doc).get(named.step)
        value = self.output(named.at) if named.at else unpack(named.value)
        return self.loaded(value, step.result if step is not None else None, paths)

    def output(self, path: str) -> Any:
        """The result of the step at a path that is kept with its row, since it is long."""
        if path not in self.outputs:
            mine = (step_table.c.run_id == self.run.id) & (step_table.c.path == path)
            text = self.work.tx.scalar(sa.select(step_table.c.output).where(mine))
            self.outputs[path] = unpack(orjson.loads(text)) if text else None
        return self.outputs[path]

    def loaded(self, value: Any, type_: Type | None, paths: Iterable[Path]) -> Any:
        """A value with the records in it read as far as the paths below it go."""
        wanted = set(paths)
        if value is None or not wanted or type_ is None:
            return value
        if is_record(type_):
            assert type_.shape is not None, "a record has a shape"
            return self._records(type_.shape.key, [value["id"]], wanted).get(value["id"], value)
        if type_.kind == "list" and is_record(Type("record", shape=type_.shape)):
            assert type_.shape is not None, "a list of records has a shape"
            found = self._records(type_.shape.key, [each["id"] for each in value], wanted)
            return [found.get(each["id"], each) for each in value]
        if type_.kind == "record" and type_.shape is not None and isinstance(value, Mapping):
            below: dict[str, set[Path]] = {}
            for path in wanted:
                below.setdefault(path[0], set()).update([path[1:]] if len(path) > 1 else ())
            members = {name: member for name in below if (member := type_.shape.member(name)) is not None}
            inner = {name: self.loaded(value.get(name), each.type, below[name]) for name, each in members.items()}
            return {**value, **inner}
        return value

    def _records(self, key: str, ids: list[int], paths: set[Path]) -> dict[int, Any]:
        about = (key, tuple(ids), frozenset(paths))
        if about not in self.cache:
            lens = lens_of(self.work, self.model)
            entity = lens.entity(key)
            rows = {} if entity is None else read_records(self.work, entity, ids, lens.paths(key, paths))
            self.cache[about] = {number: lens.record(key, row) for number, row in rows.items()}
        found: dict[int, Any] = self.cache[about]
        return found

    # What is given when a run begins

    def record_given(self, paths: set[Path]) -> Any:
        """The record that the run is about."""
        if self.run.record_id is None:
            return None
        value = {"id": self.run.record_id}
        if not paths:
            return value
        return self._records(self.run.entity, [self.run.record_id], paths).get(self.run.record_id, value)

    def event_given(self, _paths: set[Path]) -> Any:
        """The event that began the run."""
        told = {"id": self.run.event_id, "at": self.run.created_at, **unpack(self.run.given.get("event", {}))}
        return {**_EVENT_BLANKS, "changed": [], **told}

    def run_given(self, _paths: set[Path]) -> Any:
        """The run itself."""
        lane = self.run.lane
        key = lane.partition("\x1f")[2] if lane else None
        return {"id": self.run.id, "key": key, "depth": self.run.depth, "started_at": self.run.started_at}

    def input_given(self, paths: set[Path]) -> Any:
        """The values that whoever began the run gave."""
        value = unpack(self.run.given.get("input", {}))
        below: dict[str, set[Path]] = {}
        for path in paths:
            below.setdefault(path[0], set()).update([path[1:]] if len(path) > 1 else ())
        for member in self.doc.trigger.inputs:
            value[member.name] = self.loaded(value.get(member.name), member.type, below.get(member.name, ()))
        return value


def _is_outer(node: Name | Get) -> bool:
    """Whether a name or dot path is read from outside the row."""
    here: Any = node
    while isinstance(here, Get):
        here = here.of
    return isinstance(here, Name) and here.level == 0 and bool(node.path)


def _snapshot(name: str) -> Any:
    def given(sight: Sight, _paths: set[Path]) -> Any:
        from tessera.engine.flows.noticing import opened_snapshot

        return opened_snapshot(sight.work, sight.model, sight.run.entity, sight.run.record_id,
                               sight.run.given.get(name))

    return given


_GIVEN = {
    "record": Sight.record_given,
    "event": Sight.event_given,
    "run": Sight.run_given,
    "input": Sight.input_given,
    "before": _snapshot("before"),
    "after": _snapshot("after"),
}


class StepView:
    """A run as its steps see it, at one of them (see `steps.base.Run`)."""

    __slots__ = ("_sight", "_thread", "attempt", "input", "kept", "path", "step")

    def __init__(self, sight: Sight, thread: Thread, step: StepDoc, path: str, attempt: int = 1) -> None:
        self._sight = sight
        self._thread = thread
        self.step = step
        self.path = path
        self.attempt = attempt
        self.input: dict[str, Json] = {}
        self.kept: dict[str, Json] | None = None

    @property
    def id(self) -> int:
        """Of the run."""
        return self._sight.run.id

    @property
    def doc(self) -> FlowDoc:
        """The flow."""
        return self._sight.doc

    @property
    def model(self) -> Model:
        """Of the release that the run began under."""
        return self._sight.model

    @property
    def release(self) -> int:
        """The number of that release."""
        return self._sight.run.release

    @property
    def depth(self) -> int:
        """How many runs led to this one."""
        return self._sight.run.depth

    @property
    def actor_id(self) -> int:
        """Of the user who caused the run, 0 for the system."""
        return self._sight.run.actor_id

    @property
    def key(self) -> str:
        """The idempotency key of this step."""
        return idem_key(self._sight.run.id, self.path)

    @property
    def record(self) -> tuple[str, int] | None:
        """Key of the entity and id of the record that the run is about."""
        number = self._sight.run.record_id
        return None if number is None else (self._sight.run.entity, number)

    def value(self, formula: Formula | None, more: Mapping[str, Any] | None = None) -> Any:
        """The value of a formula in the scope of this step."""
        return None if formula is None else self._sight.value(formula, self._thread, more or EMPTY)

    def bound(self, formula: Formula) -> Bound:
        """A formula over rows in which everything but the row has its value."""
        return self._sight.bound(formula, self._thread)

    def record_id(self, formula: Formula) -> int | None:
        """The id of the record that a formula gives."""
        found = self.value(formula)
        number: int | None = found["id"] if isinstance(found, Mapping) else found
        return number

    def loaded(self, value: Any, type_: Type | None, paths: Iterable[Path]) -> Any:
        """A value with the records in it read as far as the paths below it go."""
        return self._sight.loaded(value, type_, paths)

    def entity(self, key: str) -> Entity:
        """The entity of that key as it is now."""
        found = self._sight.work.model.entities.get(key)
        if found is None:
            raise NotFound(what="entity")
        return found

    def tell(self, name: str, value: Any) -> None:
        """Keep a value for the history."""
        self.input[name] = pack(value)

    def memo(self) -> dict[str, Json]:
        """What this step keeps for itself."""
        return self._sight.cursor.memo(self.path) if self.kept is None else self.kept

    def set_variable(self, name: str, value: Any) -> None:
        """Give a variable of the run a value."""
        self._sight.cursor.variables[name] = pack(value)

    def undo_by(self, block: str, names: Iterable[str]) -> None:
        """Note that a block of this step, which reads these names, is to be run when the run fails."""
        sight, frames = self._sight, self._thread.frames
        memos: dict[str, dict[str, Json]] = {}
        for (step, path), frame in zip(steps_above(sight.doc, frames), frames[1:], strict=False):
            if frame.round is not None:
                view = StepView(sight, self._thread, step, path)
                memos[path] = STEP_RUNNERS[step.do].kept(sight.work, step, view, frame.round)
        values = {name: sight.cursor.values[name] for name in sorted(names) if name in sight.cursor.values}
        copied = [Frame(each.block, each.round, each.index) for each in frames]
        sight.cursor.undo.append(Undo([*copied, Frame(block)], memos, values))


def idem_key(run: int, path: str) -> str:
    """The key that every repetition of an outside call carries: one for each run and place in it.

    >>> idem_key(7, "s01")[:4], len(idem_key(7, "s01"))
    ('run-', 44)
    """
    return "run-" + sha256(f"{run}\n{path}".encode()).hexdigest()[:40]
