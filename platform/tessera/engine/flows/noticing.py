"""Which flows an event begins: decided in the transaction of the change, on the record as that leaves it.

The event carries the answer, so that what happens later to the record, the flow or the release does not alter it: for
each flow its key and order key, and of the record before and after the change the values that formulas of the flows
read. Personal ones among them are sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tessera.engine import sealing
from tessera.engine.flows.packing import pack, unpack
from tessera.engine.flows.reading import complete_deep
from tessera.engine.flows.triggers import MATCHERS
from tessera.engine.records.hooks import Change, event_parts
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.formula import Formula, FormulaError
from tessera.meta.flows import FlowDoc
from tessera.meta.model import EMPTY, Entity, Field, Model

LANE_MARK = "#"
_LISTENERS = "flows.listeners"


@dataclass(frozen=True)
class Listener:
    """A flow that a change of an entity may begin. tables: rows of those that its formulas name."""

    doc: FlowDoc
    formulas: tuple[Formula, ...]
    tables: Mapping[str, Any]


def listeners_of(model: Model, entity: str, verb: str) -> Sequence[Listener]:
    """The active flows of a Model that ask about such changes of an entity (by its key)."""
    found: Mapping[tuple[str, str], list[Listener]] | None = model.cache.get(_LISTENERS)
    if found is None:
        found = model.cache[_LISTENERS] = _listeners(model)
    return found.get((entity, verb), ())


def _listeners(model: Model) -> dict[tuple[str, str], list[Listener]]:
    found: dict[tuple[str, str], list[Listener]] = {}
    for doc in model.all("flow"):
        matcher = MATCHERS.get(doc.trigger.on)
        if matcher is None or not doc.is_active:
            continue
        asked = (doc.trigger.when, doc.order, matcher.edge(doc.trigger))
        formulas = tuple(each for each in asked if each is not None)
        tables = _tables_of(model, formulas)
        for verb in matcher.verbs:
            found.setdefault((doc.entity, verb), []).append(Listener(doc, formulas, tables))
    return found


def _tables_of(model: Model, formulas: Sequence[Formula]) -> dict[str, Any]:
    names = {path[0] for formula in formulas for path in formula.reads}
    known = {name: model.part("table", name) for name in names}
    return {name: table.rows for name, table in known.items() if table is not None}


def notice(work: Work, entity: Entity, verb: str, changes: Sequence[Change]) -> Mapping[int, dict[str, Json]]:
    """What the events of these changes carry for flows, by the record's id; nothing for those that begin none."""
    listeners = listeners_of(work.model, entity.key, verb)
    if not listeners:
        return EMPTY
    found: dict[int, dict[str, Json]] = {}
    reads: dict[str, set[str]] = {}
    for listener in listeners:
        matched = _matched(work, entity, listener, changes)
        for number, told in matched.items():
            found.setdefault(number, {"by": work.ctx.actor.id, "flows": []})["flows"].append(told)
        for name, keys in listener.doc.reads.items() if matched else ():
            reads.setdefault(name, set()).update(keys)
    _keep_snapshots(work, entity, [each for each in changes if each.id in found], reads, found)
    return found


def _matched(work: Work, entity: Entity, listener: Listener, changes: Sequence[Change]) -> dict[int, list[Json]]:
    """[flow's key, order key, what the event holds besides, error] for each change that begins the flow."""
    doc = listener.doc
    matcher = MATCHERS[doc.trigger.on]
    if not matcher.is_asked(work, doc.trigger):
        return {}
    meant = [(each, extra) for each in changes if (extra := matcher.matches(doc.trigger, entity, each)) is not None]
    envs = [dict(change.after or change.before or {}) for change, _ in meant]
    paths = {path[1:] for formula in listener.formulas for path in formula.reads if path[0] == "record" and path[1:]}
    if paths:
        complete_deep(work, entity, envs, paths)
    found: dict[int, list[Json]] = {}
    edge = matcher.edge(doc.trigger)
    was = [None] * len(meant) if edge is None else _truths(
        work, entity, edge, [each.before for each, _ in meant], listener.tables)
    for (change, extra), record, before in zip(meant, envs, was, strict=True):
        env = {
            **listener.tables,
            "record": record,
            "before": change.before,
            "after": change.after,
            "event": {"id": None, "topic": doc.trigger.on, "at": work.now, "by": work.ctx.actor.id,
                      "changed": changed_names(entity, change), **extra},
        }  # fmt: skip
        told = _told(work, doc, entity, change.id, env) if edge is None else _told_of_edge(
            work, doc, entity, change.id, env, edge, before)
        if told is not None:
            found[change.id] = [doc.key, told[0], pack(extra), *told[1:]]
    return found


Truth: TypeAlias = bool | FormulaError | None
"""Whether a formula is true; its error, when it cannot be said. None where there is no record."""


def _truths(work: Work, entity: Entity, formula: Formula, records: Sequence[Mapping[str, Any] | None],
            tables: Mapping[str, Any]) -> list[Truth]:  # fmt: skip
    """Whether a formula was true of records; what they refer to is as it is now."""
    envs = [None if each is None else dict(each) for each in records]
    paths = {path[1:] for path in formula.reads if path[0] == "record" and path[1:]}
    if paths:
        complete_deep(work, entity, [each for each in envs if each is not None], paths)
    return [None if each is None else _truth(work, formula, {**tables, "record": each}) for each in envs]


def _truth(work: Work, formula: Formula, env: Mapping[str, Any]) -> Truth:
    try:
        return formula(env, work.host()) is True
    except FormulaError as error:
        return error


def _told_of_edge(work: Work, doc: FlowDoc, entity: Entity, record: int, env: Mapping[str, Any], edge: Formula,
                  before: Truth) -> list[Json] | None:  # fmt: skip
    """As `_told`, when the formula has become true; when it has begun to fail, the run is made as failed."""
    after = _truth(work, edge, env)
    if isinstance(after, FormulaError) and not isinstance(before, FormulaError):
        return [lane_of(doc, entity.key, record, None), {"code": after.code, "message": after.message}]
    return _told(work, doc, entity, record, env) if after is True and before is not True else None


def _told(work: Work, doc: FlowDoc, entity: Entity, record: int, env: Mapping[str, Any]) -> list[Json] | None:
    """The lane, and the error of a formula that fails: its run is made all the same, as failed, so that it is seen."""
    try:
        if doc.trigger.when is not None and doc.trigger.when(env, work.host()) is not True:
            return None
        return [lane_of(doc, entity.key, record, lambda formula: formula(env, work.host()))]
    except FormulaError as error:
        return [lane_of(doc, entity.key, record, None), {"code": error.code, "message": error.message}]


def lane_of(
    doc: FlowDoc, entity: str, record: int | None, value: Callable[[Formula], Any] | None
) -> str | None:
    """The lane of a run: flow or group, and order key; None when it waits for no other run.

    value: gives the value of the order formula; None for the record itself.
    """
    if not doc.is_ordered:
        return None
    head = f"group:{doc.group}" if doc.group else doc.key
    if doc.order is None or value is None:
        return None if record is None else f"{head}{LANE_MARK}{entity}:{record}"
    found = value(doc.order)
    if found is None:
        return None
    if isinstance(found, Mapping) or doc.order.type.kind == "record":
        number = found["id"] if isinstance(found, Mapping) else found
        key = doc.order.type.shape.key if doc.order.type.shape is not None else entity
        return f"{head}{LANE_MARK}{key}:{number}"
    packed = pack(found)
    text = next(iter(packed.values())) if isinstance(packed, dict) else packed
    return f"{head}{LANE_MARK}{text}"[:500]


def changed_names(entity: Entity, change: Change) -> list[str]:
    """The names of the fields that a change has altered; none of a new or deleted record."""
    before, after = change.before, change.after
    if before is None or after is None:
        return []
    return [each.name for each in entity.fields if before.get(each.name) != after.get(each.name)]


def _keep_snapshots(work: Work, entity: Entity, changes: Sequence[Change], reads: Mapping[str, set[str]],
                    found: dict[int, dict[str, Json]]) -> None:
    wanted = {name: [each for each in entity.fields if each.key in keys] for name, keys in reads.items()}
    personal = any(each.personal for fields in wanted.values() for each in fields)
    keys = sealing.keys_of(work, entity.key, [each.id for each in changes]) if personal else {}
    for change in changes:
        for name, fields in wanted.items():
            record = change.before if name == "before" else change.after
            if record is not None and fields:
                key = keys.get(change.id)
                found[change.id][name] = {each.uid: _sealed(each, record.get(each.name), key) for each in fields}


def _sealed(field: Field, value: Any, key: bytes | None) -> Json:
    packed = pack(value)
    if not field.personal or packed is None or key is None:
        return packed
    return sealing.seal(key, packed, field.key)


def opened_snapshot(work: Work, model: Model, entity: str, record: int | None, kept: Json) -> dict[str, Any] | None:
    """The values of a record that an event has kept, by the names of a Model's fields; what was erased is blank."""
    if kept is None or record is None:
        return None
    known = model.entities.get(entity)
    fields = {each.uid: each for each in known.fields} if known is not None else {}
    has_sealed = any(isinstance(value, dict) and "sealed" in value for value in kept.values())
    keys = sealing.keys_of(work, entity, [record], make=False) if has_sealed else {}
    found: dict[str, Any] = {"id": record}
    for uid, value in kept.items():
        field = fields.get(uid)
        if field is None:
            continue
        opened = sealing.unseal(keys.get(record), value, field.key) if has_sealed else value
        found[field.name] = None if opened == {"erased": True} else unpack(opened)
    return found


event_parts.append(notice)
