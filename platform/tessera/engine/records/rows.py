"""Writes drafts into their tables: a statement for each table and batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from tessera.engine.records.drafts import Draft
from tessera.engine.records.plan import Plan
from tessera.engine.work import Work
from tessera.meta.model import Field
from tessera.names import new_refs
from tessera.store.bulk import Same

_STAMP = ("version", "created_at", "created_by", "updated_at", "updated_by")
"""System fields that are the same in all records that are new in one batch."""


def column_of(field: Field) -> str:
    """The name of a stored field's column."""
    return field.column or field.name


def put_system(work: Work, drafts: Sequence[Draft]) -> None:
    """Fill the system fields as they will be stored; the id of a new record is blank until it is inserted."""
    now, actor = work.now, work.ctx.actor.id
    stamp = {"version": 1, "created_at": now, "created_by": actor, "deleted_at": None, "updated_at": now,
             "updated_by": actor}  # fmt: skip
    refs = iter(new_refs(sum([draft.before is None for draft in drafts])))
    for draft in drafts:
        values, before = draft.values, draft.before
        if before is None:
            values["id"], values["ref"] = None, next(refs)
            values.update(stamp)
        else:
            for name in ("id", "ref", "created_at", "created_by", "deleted_at"):
                values[name] = before[name]
            values["version"] = before["version"] + 1
            values["updated_at"], values["updated_by"] = now, actor
        for lines in draft.lines.values() if draft.lines else ():
            for place, line in enumerate(lines, 1):
                line.values["place"] = place
                line.values["id"] = None if line.before is None else line.before["id"]


def allocate(work: Work, plan: Plan, drafts: Sequence[Draft]) -> dict[str, range]:
    """Primary keys for new records and their lines, by table."""
    wanted = {work.tables.of(plan.entity).name: len(drafts)}
    for name, lower in plan.lines.items():
        count = sum(len(draft.lines.get(name, ())) for draft in drafts)
        if count:
            wanted[work.tables.of(lower.entity).name] = count
    return work.tx.allocate_each(wanted)


def insert(work: Work, plan: Plan, drafts: Sequence[Draft], taken: Mapping[str, range]) -> None:
    """Insert new records with their lines and links; ids (taken: by table) are put into their values."""
    table = work.tables.of(plan.entity)
    for number, draft in zip(taken[table.name], drafts, strict=True):
        draft.values["id"] = number
    first = drafts[0].values
    columns: dict[str, Sequence[Any] | Same] = {"id": taken[table.name], **{name: Same(first[name]) for name in _STAMP}}
    columns["ref"] = [draft.values["ref"] for draft in drafts]
    for field in plan.stored:
        name = field.name
        columns[column_of(field)] = [draft.values[name] for draft in drafts]
    work.tx.insert_columns(table, columns)
    for name, lower in plan.lines.items():
        pairs = [(draft, line) for draft in drafts for line in draft.lines.get(name, ())]
        _insert_lines(work, lower, pairs, taken.get(work.tables.of(lower.entity).name, range(0)))
    _write_links(work, plan, drafts)


def _insert_lines(work: Work, plan: Plan, pairs: list[tuple[Draft, Draft]], ids: range) -> None:
    if not pairs:
        return
    for number, (draft, line) in zip(ids, pairs, strict=True):
        line.values["id"] = number
        line.values["parent_id"] = draft.values["id"]
    system = ("id", "parent_id", "place")
    pick = itemgetter(*system, *(field.name for field in plan.stored))
    columns = (*system, *(column_of(field) for field in plan.stored))
    work.tx.insert_many(work.tables.of(plan.entity), columns, [pick(line.values) for _, line in pairs])


def _write_links(work: Work, plan: Plan, drafts: Sequence[Draft]) -> None:
    for field in plan.multiple:
        name = field.name
        changed = [d for d in drafts if d.values[name] != ([] if d.before is None else d.before[name])]
        link = work.tables.link(field)
        old = [draft.values["id"] for draft in changed if draft.before is not None]
        if old:
            work.tx.delete_many(link, old, key="record_id")
        rows = [
            (draft.values["id"], target, place)
            for draft in changed
            for place, target in enumerate(draft.values[name], 1)
        ]
        if rows:
            work.tx.insert_many(link, ("record_id", "target_id", "place"), rows)


def changed_fields(draft: Draft) -> list[Field]:
    """The stored fields whose value differs from what is stored."""
    before = draft.before or {}
    values = draft.values
    return [field for field in draft.plan.stored if before.get(field.name) != values[field.name]]


def is_changed(draft: Draft) -> bool:
    """Whether there is anything to write: a field, a list of references, or a line."""
    before = draft.before
    if before is None or changed_fields(draft):
        return True
    if any(draft.values[field.name] != before[field.name] for field in draft.plan.multiple):
        return True
    return any(draft.dropped.values()) or any(
        line.before is None or line.before["place"] != place or bool(changed_fields(line))
        for lines in draft.lines.values()
        for place, line in enumerate(lines, 1)
    )


def update(work: Work, plan: Plan, drafts: Sequence[Draft]) -> None:
    """Write changed records (see is_changed), locked before."""
    put_system(work, drafts)
    fields = list({field.name: field for draft in drafts for field in changed_fields(draft)}.values())
    names = ("id", "version", "updated_at", "updated_by", *(field.name for field in fields))
    columns = (*names[1:4], *(column_of(field) for field in fields))
    pick = itemgetter(*names)
    work.tx.update_many(work.tables.of(plan.entity), columns, [pick(draft.values) for draft in drafts])
    for name, lower in plan.lines.items():
        _update_lines(work, name, lower, drafts)
    _write_links(work, plan, drafts)


def _update_lines(work: Work, name: str, plan: Plan, drafts: Sequence[Draft]) -> None:
    table = work.tables.of(plan.entity)
    dropped = [number for draft in drafts for number in draft.dropped.get(name, ())]
    if dropped:
        work.tx.delete_many(table, dropped)
    new: list[tuple[Draft, Draft]] = []
    kept: list[Draft] = []
    for draft in drafts:
        for line in draft.lines.get(name, ()):
            if line.before is None:
                new.append((draft, line))
            else:
                line.values["parent_id"] = line.before["parent_id"]
                kept.append(line)
    moved = [line for line in kept if line.before is not None and line.before["place"] != line.values["place"]]
    if moved:
        # Places are unique within a record at every moment, so lines that change theirs step aside first.
        work.tx.update_many(table, ("place",), [(line.values["id"], -line.values["place"]) for line in moved])
    fields = list({field.name: field for line in kept for field in changed_fields(line)}.values())
    moved_lines = set(moved)
    touched = [line for line in kept if line in moved_lines or changed_fields(line)] if fields else moved
    if touched:
        pick = itemgetter("id", "place", *(field.name for field in fields))
        columns = ("place", *(column_of(field) for field in fields))
        work.tx.update_many(table, columns, [pick(line.values) for line in touched])
    _insert_lines(work, plan, new, work.tx.allocate(table.name, len(new)))


def record_of(draft: Draft) -> dict[str, Any]:
    """The record as it is now stored, its lines inside."""
    record = dict(draft.values)
    for name in draft.plan.lines:
        record[name] = [line.values for line in draft.lines.get(name, ())]
    return record
