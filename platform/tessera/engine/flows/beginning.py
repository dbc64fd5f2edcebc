"""Beginning a run by hand: a button on a record, or a flow that is begun through the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tessera.engine import records
from tessera.engine.access import permissions_of, rights
from tessera.engine.flows.errors import FlowInactive, NotStartable
from tessera.engine.flows.noticing import lane_of
from tessera.engine.flows.packing import pack
from tessera.engine.flows.programs import flow_named
from tessera.engine.flows.reading import read_records
from tessera.engine.flows.starting import NewRun, make_runs, run_of_source
from tessera.engine.records.related import find, key_of
from tessera.engine.work import Work
from tessera.errors import Forbidden, Invalid, Json, NotFound, Problem
from tessera.formula.shapes import Member
from tessera.formula.wire_values import from_wire
from tessera.meta.flows import FlowDoc
from tessera.names import new_ref

BY_HAND = frozenset({"button", "manual"})
MAY_SEE = frozenset({"runs", "flows"})
"""Permissions of roles that let their users see runs; `flows` lets them do everything with runs."""


def may_see_runs(work: Work) -> bool:
    """Whether the actor may see runs."""
    actor = work.ctx.actor
    return actor.is_admin or bool(MAY_SEE & permissions_of(work.model, actor.roles))


def may_manage_runs(work: Work) -> bool:
    """Whether the actor may cancel, retry and repeat runs, and begin any flow."""
    actor = work.ctx.actor
    return actor.is_admin or "flows" in permissions_of(work.model, actor.roles)


def ensure_sees_runs(work: Work) -> None:
    """Raises: Forbidden("forbidden") for an actor who may not see runs."""
    if not may_see_runs(work):
        raise Forbidden(action="see the runs of")


def ensure_manages_runs(work: Work) -> None:
    """Raises: Forbidden("forbidden") for an actor who may not manage runs."""
    if not may_manage_runs(work):
        raise Forbidden(action="manage the runs of")


def may_begin(work: Work, doc: FlowDoc) -> bool:
    """Whether the actor may begin a flow by hand, as far as the flow itself says."""
    if doc.trigger.on not in BY_HAND:
        return False
    if may_manage_runs(work):
        return True
    roles: frozenset[str] = doc.trigger.options.roles
    if roles:
        return not roles.isdisjoint(work.ctx.actor.roles)
    entity = work.model.entities.get(doc.entity)
    return doc.trigger.on == "button" and entity is not None and rights(work, entity).can_update


def begin_run(work: Work, name: str, *, record: Json = None, values: Json = None, key: str = "") -> int:
    """Begin a run of a flow with the trigger button or manual; its id.

    record: key of the record, of a button. values: the inputs by name. key: the same again gives the same run.
    Raises: NotFound, NotStartable, FlowInactive, Forbidden, Invalid for the inputs.
    """
    doc = flow_named(work, name)
    if doc.trigger.on not in BY_HAND:
        raise NotStartable(name=doc.name, trigger=doc.trigger.on)
    if not may_begin(work, doc):
        raise Forbidden(action="begin")
    if not doc.is_active:
        raise FlowInactive(name=doc.name)
    number = _record(work, doc, record)
    given = loaded_inputs(work, doc, values)
    actor = work.ctx.actor
    source = f"hand:{actor.id}:{key or new_ref()}"
    known = run_of_source(work, doc.key, source)
    if known is not None:
        return known
    event = {"topic": doc.trigger.on, "at": pack(work.now), "by": actor.id, "changed": []}
    new = NewRun(
        flow=doc.key, release=work.model.number, source=source, lane=_lane(work, doc, number), entity=doc.entity,
        record_id=number, given={"event": event, "input": given}, actor_id=actor.id, cause=work.ctx.request_id,
    )  # fmt: skip
    [made] = make_runs(work, [new])
    return made


def _record(work: Work, doc: FlowDoc, record: Json) -> int | None:
    """The id of the record that the run is about; the actor must see it, and for a plain button may change it."""
    if not doc.entity:
        if record is not None:
            raise Invalid([Problem("unknown_key", "/record", "This flow is about no record.")])
        return None
    entity = work.model.entities[doc.entity]
    if record is None:
        raise Invalid([Problem("missing_key", "/record", "The key of the record is missing.")])
    found = records.get(work, entity.name, record)
    return int(found["id"])


def _lane(work: Work, doc: FlowDoc, record: int | None) -> str | None:
    if doc.order is None or record is None:
        return lane_of(doc, doc.entity, record, None)
    paths = {path[1:] for path in doc.order.reads if path[0] == "record" and len(path) > 1}
    row = read_records(work, work.model.entities[doc.entity], [record], paths).get(record, {"id": record})
    event: dict[str, Any] = {"id": None, "topic": doc.trigger.on, "at": work.now, "by": work.ctx.actor.id}
    event["changed"] = []
    return lane_of(doc, doc.entity, record, lambda formula: formula({"record": row, "event": event}, work.host()))


def loaded_inputs(work: Work, doc: FlowDoc, values: Json) -> dict[str, Json]:
    """The inputs of a flow from their wire values, packed. Raises: Invalid with a problem for each."""
    given = values if values is not None else {}
    if not isinstance(given, Mapping):
        raise Invalid([Problem("wrong_type", "/input", "The inputs are an object.")])
    members = {each.name: each for each in doc.trigger.inputs}
    problems = [Problem("unknown_input", f"/input/{name[:100]}", "There is no such input.")
                for name in given if name not in members]  # fmt: skip
    found: dict[str, Json] = {}
    for name, member in members.items():
        value = given.get(name)
        loaded = _loaded(work, member, value)
        if value is not None and loaded is None:
            problems.append(Problem("wrong_value", f"/input/{name}", f"This must be a {member.type.kind}."))
        elif loaded is None and not member.type.nullable and member.type.kind != "boolean":
            problems.append(Problem("missing_key", f"/input/{name}", "This input is needed."))
        found[name] = pack(loaded, member.type)
    if problems:
        raise Invalid(problems)
    return found


def _loaded(work: Work, member: Member, value: Json) -> Any:
    """A wire value as that type; None when it is none of it."""
    if value is None:
        return False if member.type.kind == "boolean" else None
    if member.type.kind == "record":
        return _loaded_record(work, member, value)
    found = from_wire(member.type.kind, value)
    return None if found == "" else found


def _loaded_record(work: Work, member: Member, value: Json) -> dict[str, int] | None:
    entity = work.model.entities.get(member.type.shape.key) if member.type.shape is not None else None
    key = key_of(entity, value) if entity is not None else None
    if entity is None or key is None:
        return None
    found = find(work, entity, [key]).get(key)
    return None if found is None else {"id": found["id"]}


def seen_flows(work: Work) -> list[FlowDoc]:
    """The flows that the actor may see: all of them, else those that he may begin."""
    every: list[FlowDoc] = work.model.all("flow")
    return every if may_see_runs(work) else [doc for doc in every if may_begin(work, doc)]


def seen_flow(work: Work, name: str) -> FlowDoc:
    """The flow of that name, if the actor may see it. Raises: NotFound("not_found")."""
    doc = flow_named(work, name)
    if not may_see_runs(work) and not may_begin(work, doc):
        raise NotFound(what="flow")
    return doc
