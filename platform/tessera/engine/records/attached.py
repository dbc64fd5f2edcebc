"""Files of records: an upload belongs to the record that it is written into, until that is written without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from tessera.engine.records.drafts import Draft, levels
from tessera.engine.records.hooks import Change, Record, on_change
from tessera.engine.records.plan import Plan
from tessera.engine.work import Work
from tessera.meta.fields.errors import FieldError
from tessera.meta.fields.file_type import ensure_fits
from tessera.meta.model import Entity, Field, Model
from tessera.store.system.files import file_table

_CHUNK = 1_000


def resolve_files(work: Work, plan: Plan, drafts: Sequence[Draft]) -> None:
    """Put what is known of each file in the place of what the caller says of it; a file has one record.

    A file must be an upload of the actor that waits, or be on the record already.
    """
    if not _has_files(work.model, plan.entity):
        return
    given = list(_given(plan, drafts))
    rows = _locked(work, {draft.values[field.name]["id"] for draft, field, _ in given})
    owners: dict[str, int] = {}
    for draft, field, root in given:
        row = rows.get(draft.values[field.name]["id"])
        if row is None or not _is_open(work, row, root) or owners.setdefault(row["ref"], id(root)) != id(root):
            draft.values[field.name] = None
            draft.report("unknown_file", field.name, "There is no such uploaded file.", "Upload it first.")
            continue
        known = {"id": row["ref"], "name": row["name"], "size": row["size"], "media_type": row["media_type"]}
        draft.values[field.name] = known
        try:
            ensure_fits(field.options, known)
        except FieldError as error:
            draft.report(error.code, field.name, error.message, error.help, **error.params)


def _given(plan: Plan, drafts: Sequence[Draft]) -> Iterator[tuple[Draft, Field, Draft]]:
    """Every file that a caller gives: the draft and field that it stands in, and the draft of the root record."""
    for root in drafts:
        for _, level, members in levels(plan, [root]):
            for field in level.stored:
                if field.type == "file":
                    for draft in members:
                        if field.name in draft.given and isinstance(draft.values[field.name], dict):
                            yield draft, field, root


def _locked(work: Work, refs: Iterable[str]) -> dict[str, dict[str, Any]]:
    wanted = sorted(refs)
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = sa.select(file_table).where(file_table.c.ref.in_(wanted[start : start + _CHUNK]))
        found.update({row["ref"]: row for row in work.tx.rows(part.order_by(file_table.c.ref).with_for_update())})
    return found


def _is_open(work: Work, row: dict[str, Any], root: Draft) -> bool:
    if row["record_id"] is None:
        return bool(row["uploaded_by"] == work.ctx.actor.id)
    holder = (row["entity"], row["record_id"])
    return root.before is not None and holder == (root.plan.entity.key, root.before["id"])


def keep_files(work: Work, entity: Entity, changes: Sequence[Change]) -> None:
    """Let records hold the files that they were written with, and let go of those that they lost.

    A deleted record holds its files on, since it may be restored.
    """
    if not _has_files(work.model, entity):
        return
    for change in changes:
        if change.after is None:
            continue
        before = set(refs_of(work.model, entity, change.before or {}))
        after = set(refs_of(work.model, entity, change.after))
        held = {"entity": entity.key, "record_id": change.id, "waiting_since": None}
        _set(work, after - before, held)
        _set(work, before - after, {"entity": None, "record_id": None, "waiting_since": work.now})


def _set(work: Work, refs: set[str], values: dict[str, Any]) -> None:
    if refs:
        work.tx.execute(sa.update(file_table).where(file_table.c.ref.in_(sorted(refs))).values(values))


def refs_of(model: Model, entity: Entity, record: Record) -> Iterator[str]:
    """The files in the fields of a record and of its lines."""
    for field in entity.fields:
        value = record.get(field.name)
        if field.type == "file" and isinstance(value, dict):
            yield value["id"]
        elif field.type == "lines":
            for line in value or ():
                yield from refs_of(model, model.entities[field.target], line)


def _has_files(model: Model, entity: Entity) -> bool:
    """Whether the entity, or one of its kinds of lines, has a file field; kept for each release."""
    known: dict[str, bool] = model.cache.setdefault("records.files", {})
    found = known.get(entity.key)
    if found is None:
        every = (entity, *(line for _, line in model.lines_of(entity)))
        found = known[entity.key] = any(each.type == "file" for one in every for each in one.fields)
    return found


on_change.append(keep_files)
