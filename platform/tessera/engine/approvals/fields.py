"""The record of an approval as its approvers see it: the fields of their node, whatever their other rights are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tessera.context import SYSTEM, Actor
from tessera.engine.access import Rights, rights
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.frames import follow, names_of
from tessera.engine.offer import field_json
from tessera.engine.records import reading, write
from tessera.engine.records.drafts import Draft
from tessera.engine.records.load import load
from tessera.engine.records.plan import plan_of
from tessera.engine.records.related import find
from tessera.engine.records.stored import stored
from tessera.engine.work import Work
from tessera.errors import Conflict, Invalid, Json, NotFound, Problem
from tessera.meta.approvals import FieldRight
from tessera.meta.model import Entity, Field


class RecordMoved(Conflict):
    """The record is at version {version} now; somebody changed it since you read it."""

    code = "record_moved"
    hint = "Read the task again, look at the record and decide then."


@contextmanager
def acting(work: Work, actor: Actor, reason: str = "") -> Iterator[None]:
    """A with block in which the transaction acts as somebody else, or the platform. reason: for the audit."""
    before = work.ctx
    work.ctx = replace(before, actor=actor, reason=reason or before.reason)
    try:
        yield
    finally:
        work.ctx = before


# Reading


def seen_record(case: Case, node: int) -> dict[str, Json] | None:
    """The record with the fields that a node shows; None when it is no more.

    Keys: entity, id, ref, version, title, can_open (whether the actor may read it by his own rights), fields: in the
    node's order {path, may, field (as a form needs it), value}. References stand as {"id", "title"}.
    """
    work, entity, number = case.work, case.entity, case.row["record_id"]
    record = _whole(work, entity, number)
    if record is None:
        return None
    granted = case.frame.rights(node)
    own = rights_at(case, node)
    fields = [shown for each in granted if (shown := _shown(case, entity, record, each, own)) is not None]
    may_open = rights(work, entity).can_read and bool(find(work, entity, [("id", number)]))
    return {
        "entity": entity.name,
        "id": number,
        "ref": record["ref"],
        "version": record["version"],
        "can_open": may_open,
        "fields": fields,
    }


def _whole(work: Work, entity: Entity, number: int) -> dict[str, Any] | None:
    with acting(work, SYSTEM):
        try:
            return reading.get(work, entity.name, number)
        except NotFound:
            return None


def _shown(
    case: Case, entity: Entity, record: Mapping[str, Any], granted: FieldRight, own: Rights
) -> dict[str, Json] | None:
    work = case.work
    names = names_of(work.model, granted.path)
    first = entity.field(names[0]) if names is not None else None
    if names is None or first is None:
        return None
    described = field_json(work, entity, first, own)
    described["required"] = described["required"] or granted.may == "require"
    value: Any
    if len(names) == 1:
        value = _value(work, first, record.get(first.name), own)
    elif first.type == "lines":
        return _shown_column(work, first, names[1], record, granted, described)
    else:
        last = _last(work, entity, names)
        value = None if last is None else _value(work, last, follow(work, entity, record["id"], names), own)
        if last is not None:
            target = next(each for each in work.model.entities.values() if last in each.fields)
            described = {**field_json(work, target, last, own), "read_only": True}
    return {"path": ".".join(names), "may": granted.may, "field": described, "value": value}


def _shown_column(
    work: Work, lines: Field, name: str, record: Mapping[str, Any], granted: FieldRight, described: dict[str, Json]
) -> dict[str, Json] | None:
    """One column of the lines: a list of {"id", "value"}."""
    inner = work.model.entities[lines.target]
    field = inner.field(name)
    if field is None:
        return None
    rows = [{"id": each["id"], "value": _value(work, field, each.get(name), None)} for each in record[lines.name]]
    column = next((each for each in _fields_of(described) if each["name"] == name), described)
    return {"path": f"{lines.name}.{name}", "may": granted.may, "field": column, "value": rows}


def _fields_of(described: Mapping[str, Json]) -> Sequence[dict[str, Json]]:
    found: Sequence[dict[str, Json]] = described.get("fields") or ()
    return found


def _last(work: Work, entity: Entity, names: tuple[str, ...]) -> Field | None:
    here: Entity | None = entity
    field = None
    for name in names:
        field = here.field(name) if here is not None else None
        here = work.model.entities.get(field.target) if field is not None and field.target else None
    return field


def _value(work: Work, field: Field, value: Any, own: Rights | None) -> Json:
    """A value as it goes over the wire, references with their titles."""
    if value is None:
        return None
    if field.type == "lines":
        return [_line(work, field, each, own) for each in value]
    if field.type == "reference":
        return _titled(work, field, [value["id"] if isinstance(value, Mapping) else value])[0]
    if field.type == "multi_reference":
        return _titled(work, field, list(value))
    return field.dump(value)


def _line(work: Work, lines: Field, line: Mapping[str, Any], own: Rights | None) -> dict[str, Json]:
    inner = work.model.entities[lines.target]
    rights_below = own.below(lines.name) if own is not None else None
    found: dict[str, Json] = {"id": line["id"], "place": line["place"]}
    for each in inner.fields:
        if rights_below is None or rights_below.may_read(each.name):
            found[each.name] = _value(work, each, line.get(each.name), rights_below)
    return found


def _titled(work: Work, field: Field, ids: Sequence[int]) -> list[Json]:
    """Records by their ids with their titles: whoever sees the reference knows what it leads to."""
    target = work.model.entities[field.target]
    name = target.title or (target.business_key[0] if target.business_key else "")
    paths = [(name,)] if name else []
    rows = find(work, target, [("id", each) for each in ids], paths, seen=False)
    title = target.field(name)
    found: list[Json] = []
    for each in ids:
        value = rows.get(("id", each), {}).get(name) if name else None
        shown = None if value is None or title is None else str(title.dump(value))
        found.append({"id": each, "title": shown})
    return found


def seen_files(case: Case, node: int) -> set[str]:
    """The files in the fields of the record that a node shows."""
    record = _whole(case.work, case.entity, case.row["record_id"])
    return set() if record is None else set(_files(case.work, case.entity, record, rights_at(case, node)))


def _files(work: Work, entity: Entity, record: Mapping[str, Any], own: Rights) -> Iterator[str]:
    for each in entity.fields:
        value = record.get(each.name) if own.may_read(each.name) else None
        if each.type == "file" and isinstance(value, Mapping):
            yield value["id"]
        elif each.type == "lines":
            for line in value or ():
                yield from _files(work, work.model.entities[each.target], line, own.below(each.name))


def rights_at(case: Case, node: int) -> Rights:
    """The rights on the record that a node gives: its fields, and nothing else."""
    entity = case.entity
    seen: set[str] = set()
    written: set[str] = set()
    for each in case.frame.rights(node):
        names = names_of(case.work.model, each.path)
        first = entity.field(names[0]) if names is not None else None
        if names is None or first is None or (len(names) > 1 and first.type != "lines"):
            continue
        place = ".".join(names)
        seen |= {place, names[0]}
        if each.may != "see":
            written |= {place, names[0]}
    every = {each.name for each in entity.fields}
    for lines, inner in case.work.model.lines_of(entity):
        inside = {f"{lines.name}.{each.name}" for each in inner.fields}
        if any(name in seen for name in inside):
            every |= inside
    hidden = every - seen
    return Rights(can_read=True, can_update=True, hidden=frozenset(hidden), locked=frozenset(seen - written))


# Writing while deciding


def ensure_version(case: Case, version: int | None) -> None:
    """Refuse to decide about another record than the one that was read. Raises: RecordMoved("record_moved")."""
    if version is None:
        return
    record = _whole(case.work, case.entity, case.row["record_id"])
    if record is not None and record["version"] != version:
        raise RecordMoved(version=record["version"])


def ensure_fits(case: Case, node: int, changes: Mapping[str, Json]) -> None:
    """Check what somebody wants to write while deciding, and that nothing needed is blank, without writing it.

    Raises: Invalid with every problem, pointers under /record; BadNames, IllegalTransition, Forbidden, NotFound.
    """
    needed = [names for each in case.frame.rights(node) if each.may == "require"
              and (names := names_of(case.work.model, each.path)) is not None]  # fmt: skip
    if not changes and not needed:
        return
    draft = _draft(case, node, changes)
    problems = [
        Problem("required", f"/record/{'/'.join(names)}", "This must be filled to agree.", "Fill it in.")
        for names in needed
        if _is_blank(draft, names)
    ]
    if problems:
        raise Invalid(problems)


def apply(case: Case, node: int, changes: Mapping[str, Json]) -> None:
    """Write what somebody entered while deciding, as the transaction's actor. Raises: as `ensure_fits`."""
    draft = _draft(case, node, changes)
    write.update(case.work, plan_of(case.work.model, case.entity), [draft])


def _draft(case: Case, node: int, changes: Mapping[str, Json]) -> Draft:
    work, entity = case.work, case.entity
    plan, allowed = plan_of(work.model, entity), rights_at(case, node)
    found = stored(work, plan, [case.row["record_id"]])
    if not found:
        raise NotFound(what="record")
    draft = load(plan, changes, found[0], allowed, work.settings.limits, pointer="/record")
    for name, lines in draft.lines.items():
        if name in draft.given and not _may_whole(case, node, name) and _is_reshaped(draft, lines, name):
            draft.report("lines_are_fixed", name, "Lines can be changed here, not added or removed.")
    if changes:
        write.prepare(work, plan, [draft], allowed)
        write.ensure_sound(draft)
    return draft


def _may_whole(case: Case, node: int, lines: str) -> bool:
    return any(
        each.may != "see" and names_of(case.work.model, each.path) == (lines,) for each in case.frame.rights(node)
    )


def _is_reshaped(draft: Draft, lines: Sequence[Draft], name: str) -> bool:
    return any(each.before is None for each in lines) or bool(draft.dropped.get(name))


def _is_blank(draft: Draft, names: tuple[str, ...]) -> bool:
    if names[0] in draft.lines:
        lines = draft.lines[names[0]]
        return not lines or (len(names) > 1 and any(each.values.get(names[1]) is None for each in lines))
    return draft.values.get(names[0]) in (None, [])
