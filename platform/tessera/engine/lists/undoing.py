"""Undoing an act: what one request of the actor did to records, taken back where nobody touched them since.

Deleted records come back, changed ones get the values that they had, created ones are deleted. The undoing is a change
like any other: within rights, checked, and in the audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tessera.engine import audit, records
from tessera.engine.access import rights
from tessera.engine.audit import AuditRow
from tessera.engine.records.plan import plan_of
from tessera.engine.work import Work
from tessera.errors import Conflict, Json, NotFound, Problem, TesseraError
from tessera.meta.model import Entity
from tessera.store.system.records import audit as audit_table

KEPT = timedelta(hours=24)
LOOKED_AT = 500_000
"""So many of the latest audit rows are looked through."""


class NothingToTakeBack(Conflict):
    """There is nothing of this act that can be undone."""

    code = "nothing_to_take_back"
    hint = "Acts can be undone by who did them, within a day, where the entity keeps a history."


@dataclass(slots=True)
class Undone:
    """What was taken back. problems: by the id of a record, why it was left alone."""

    restored: int = 0
    reverted: int = 0
    deleted: int = 0
    problems: dict[int, Problem] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """As it goes over the wire."""
        problems = [
            {**each.to_json(), "params": {**each.params, "id": number}} for number, each in self.problems.items()
        ]
        return {"restored": self.restored, "reverted": self.reverted, "deleted": self.deleted, "problems": problems}


def undo_act(work: Work, entity_name: str, request: str) -> Undone:
    """Take back what the actor's request did to an entity. Raises: NotFound, NothingToTakeBack, TooMany."""
    entity = work.entity(entity_name)
    if not rights(work, entity).can_read:
        raise NotFound(what="entity")
    rows = _rows_of(work, entity, request)
    if not rows:
        raise NothingToTakeBack()
    touched = _touched_since(work, entity, rows)
    result = Undone()
    free = []
    for row in rows:
        if row.record_id in touched:
            message = "Somebody changed this record since."
            result.problems[int(row.record_id or 0)] = Problem("stale_version", "", message, Conflict.hint)
        else:
            free.append(row)
    _restore(work, entity, [row for row in free if row.verb == "deleted"], result)
    _revert(work, entity, [row for row in free if row.verb == "updated"], result)
    _delete(work, entity, [row for row in free if row.verb == "created"], result)
    return result


def _rows_of(work: Work, entity: Entity, request: str) -> list[AuditRow]:
    """The latest row of each record that the request left, the last one first."""
    columns = audit_table.c
    newest = int(work.tx.scalar(sa.select(sa.func.max(columns.id))) or 0)
    query = (
        sa.select(audit_table)
        .where(columns.id > newest - LOOKED_AT, columns.request_id == request, columns.entity == entity.key,
               columns.actor_id == work.ctx.actor.id, columns.at >= work.now - KEPT, columns.record_id.is_not(None),
               columns.verb.in_(("created", "updated", "deleted")))
        .order_by(columns.id.desc())
        .limit(work.settings.limits.bulk_rows + 1)
    )  # fmt: skip
    rows = [AuditRow(**row) for row in work.tx.rows(query)]
    if len(rows) > work.settings.limits.bulk_rows:
        raise records.TooMany(limit=work.settings.limits.bulk_rows)
    by_record: dict[int, list[AuditRow]] = {}
    for row in rows:
        by_record.setdefault(int(row.record_id or 0), []).append(row)
    return [each[0] for each in by_record.values() if len(each) == 1]


def _touched_since(work: Work, entity: Entity, rows: Sequence[AuditRow]) -> set[int | None]:
    columns = audit_table.c
    known = {row.record_id: row.id for row in rows}
    found: set[int | None] = set()
    ids = sorted(each for each in known if each is not None)
    for start in range(0, len(ids), 1_000):
        query = (
            sa.select(columns.record_id, sa.func.max(columns.id).label("last"))
            .where(columns.entity == entity.key, columns.record_id.in_(ids[start : start + 1_000]))
            .group_by(columns.record_id)
        )
        found |= {row["record_id"] for row in work.tx.rows(query) if row["last"] > known[row["record_id"]]}
    return found


def _restore(work: Work, entity: Entity, rows: Sequence[AuditRow], result: Undone) -> None:
    for row in rows:
        try:
            with work.savepoint():
                records.restore(work, entity.name, row.record_id)
            result.restored += 1
        except TesseraError as error:
            result.problems[int(row.record_id or 0)] = error.problems()[0]


def _revert(work: Work, entity: Entity, rows: Sequence[AuditRow], result: Undone) -> None:
    bodies = [{"id": row.record_id, **before_of(work, entity, row)} for row in rows]
    kept = [each for each in bodies if len(each) > 1]
    if not kept:
        return
    changed = records.bulk_update(work, entity.name, kept)
    result.reverted = changed.updated
    for place, problems in changed.problems.items():
        result.problems[kept[place]["id"]] = problems[0]


def before_of(work: Work, entity: Entity, row: AuditRow) -> dict[str, Json]:
    """What a record said before a change, of the fields that a caller may give."""
    content = audit.opened(work, entity, row)
    plan = plan_of(work.model, entity)
    by_uid = {each.uid: each for each in plan.inputs.values()}
    found: dict[str, Json] = {}
    for uid, pair in (content.get("set") or {}).items():
        known = by_uid.get(uid)
        if known is not None and isinstance(pair, list) and len(pair) == 2:
            found[known.name] = pair[0]
    for uid, parts in (content.get("lines") or {}).items():
        known = by_uid.get(uid)
        if known is not None and known.type == "lines":
            found[known.name] = _lines_before(work, entity, int(row.record_id or 0), known.name, parts)
    return found


def _lines_before(work: Work, entity: Entity, number: int, name: str, parts: Mapping[str, Any]) -> list[Json]:
    """The lines of a record before a change: those that were added go, those that were removed come again."""
    lower = plan_of(work.model, entity).lines[name]
    by_uid = {each.uid: each for each in lower.inputs.values()}
    added = {line["id"] for line in parts.get("added", ())}
    changed = parts.get("changed", {})
    found: list[Json] = []
    for line in records.get(work, entity.name, number)[name]:
        if line["id"] in added:
            continue
        old = {by_uid[uid].name: pair[0] for uid, pair in changed.get(str(line["id"]), {}).items() if uid in by_uid}
        found.append({"id": line["id"], **old})
    for line in parts.get("removed", ()):
        found.append({by_uid[uid].name: value for uid, value in line.items() if uid in by_uid})
    return found


def _delete(work: Work, entity: Entity, rows: Sequence[AuditRow], result: Undone) -> None:
    ids = [row.record_id for row in rows]
    if not ids:
        return
    gone = records.bulk_delete(work, entity.name, ids)
    result.deleted = gone.deleted
    for place, problems in gone.problems.items():
        result.problems[int(ids[place] or 0)] = problems[0]
