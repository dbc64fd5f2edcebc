"""Taking a batch back: what it created is deleted, what it changed gets its old values, unless touched since.

The batch is told from the audit, from its last row to its first, a transaction per portion, so that it can be gone on
with after a kill. It is a change like any other: within the rights of who asks, checked, and in the audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from tessera import faults
from tessera.context import Context
from tessera.engine import records
from tessera.engine.access import rights
from tessera.engine.audit import AuditRow
from tessera.engine.identity import starter_of
from tessera.engine.lists.undoing import before_of
from tessera.engine.mapping.batches import batch_row, mapping_of
from tessera.engine.mapping.claims import claimed
from tessera.engine.mapping.errors import BatchClosed
from tessera.engine.mapping.running import request_of
from tessera.engine.process import Process
from tessera.engine.timeline.watching import deferred, settle_pending
from tessera.engine.work import Work
from tessera.errors import Json, TesseraError
from tessera.store.system import assistant, imports

UNDONE_PORTION = faults.point("import.undone_portion")
PORTION = 500
MOST_TOLD = 200
_TOUCHED: dict[str, Json] = {"code": "touched_since", "message": "Somebody changed this record since."}


@dataclass
class _Portion:
    """What one transaction takes back. problems: of records that are left alone."""

    deleted: int = 0
    reverted: int = 0
    problems: list[dict[str, Json]] = field(default_factory=list)


def begin_undo(work: Work, batch: int) -> None:
    """Note that a batch is to be taken back; one that is under way, or was cut off, is gone on with.

    Raises: NotFound, Forbidden, BatchClosed("batch_closed") for a batch that is not complete.
    """
    row = batch_row(work, batch)
    known = assistant.undo_row(work.tx, batch)
    if known is not None and known["status"] == "running":
        return
    if row["status"] != imports.COMPLETE or known is not None or row["audit_from"] is None:
        raise BatchClosed(batch=batch, status=row["status"])
    part = mapping_of(work, row["mapping"])
    for target in part.targets if part is not None else ():
        allowed = rights(work, work.model.entities[target.entity])
        allowed.ensure("delete")
        if target.on_repeat == "revise":
            allowed.ensure("update")
    values = {"started_at": work.now, "started_by": work.ctx.actor.name, "updated_at": work.now}
    assistant.begin_undo(work.tx, batch, values)


def undo_of(work: Work, batch: int) -> dict[str, Json] | None:
    """How far the taking back of a batch is: {"status", "deleted", "reverted", "kept", "problems", …}; None: it was
    never asked for."""
    row = assistant.undo_row(work.tx, batch)
    if row is None:
        return None
    names = ("status", "deleted", "reverted", "kept", "problems", "started_at", "started_by", "finished_at")
    return {name: row[name] for name in names}


def open_undoings(runtime: Process) -> list[tuple[int, Context]]:
    """Batches whose taking back is not at its end, each with the context of who asked for it."""
    with runtime.reading(Context()) as work:
        found = [(row["batch"], starter_of(work.tx, row["started_by"])) for row in assistant.open_undoings(work.tx)]
    return [(batch, Context(actor=actor)) for batch, actor in found if actor is not None]


def run_undo(runtime: Process, ctx: Context, batch: int) -> None:
    """Take a batch back to its end; after a kill the next call goes on. Raises: BatchRunning when another one does."""
    ctx = replace(ctx, request_id=f"{request_of(batch)}:undo")
    with claimed(runtime.settings.data_dir / "imports" / "undo", batch):
        while runtime.write(ctx, lambda work: _portion(work, batch)):
            faults.reach(UNDONE_PORTION)
        settle_pending(runtime, ctx, lambda done, total: None)
        runtime.write(ctx, lambda work: _finish(work, batch))


def _portion(work: Work, batch: int) -> bool:
    """Take back some more; whether there is anything left."""
    state = assistant.undo_row(work.tx, batch)
    row = batch_row(work, batch)
    if state is None or state["status"] != "running":
        return False
    found = assistant.audit_before(
        work.tx, request_of(batch), before=state["cursor"], after=row["audit_from"], until=row["audit_until"],
        limit=PORTION,
    )  # fmt: skip
    if not found:
        return False
    done = _Portion()
    with deferred(work):
        cursor, offset = _take_back(work, batch, [AuditRow(**each) for each in found], state["offset"], done)
    problems = [*state["problems"], *done.problems][:MOST_TOLD]
    assistant.set_undo(work.tx, batch, {
        "cursor": state["cursor"] if cursor is None else cursor, "offset": offset, "problems": problems,
        "deleted": state["deleted"] + done.deleted, "reverted": state["reverted"] + done.reverted,
        "kept": state["kept"] + len(done.problems), "updated_at": work.now,
    })  # fmt: skip
    return True


def _take_back(
    work: Work, batch: int, rows: Sequence[AuditRow], offset: int, done: _Portion
) -> tuple[int | None, int]:
    """Rows of one kind from the beginning of the list; gives the last one that is done, and how much of the next."""
    first = rows[0]
    if first.record_id is None:
        ids = orjson.loads(first.content).get("ids", [])[::-1]
        some = ids[offset : offset + PORTION]
        _delete(work, batch, first, some, done)
        is_done = offset + PORTION >= len(ids)
        return (first.id, 0) if is_done else (None, offset + PORTION)
    alike = []
    seen: set[int | None] = set()
    for each in rows:
        is_alike = (each.entity, each.verb) == (first.entity, first.verb) and each.record_id is not None
        if not is_alike or each.record_id in seen:
            break
        alike.append(each)
        seen.add(each.record_id)
    if first.verb == "created":
        _delete(work, batch, alike[-1], [int(each.record_id or 0) for each in alike], done)
    elif first.verb == "updated":
        _revert(work, batch, alike, done)
    return alike[-1].id, 0


def _delete(work: Work, batch: int, row: AuditRow, ids: Sequence[int], done: _Portion) -> None:
    entity = work.model.entities.get(row.entity)
    if entity is None or not ids:
        return
    touched = _touched(work, batch, entity.key, {number: row.id for number in ids})
    if not entity.options.get("history", True):
        touched |= _changed(work, entity.name, ids)
    free = [number for number in ids if number not in touched]
    gone = records.bulk_delete(work, entity.name, free)
    done.deleted += gone.deleted
    for place, problems in gone.problems.items():
        if problems[0].code != "not_found":
            done.problems.append({"entity": entity.name, "id": free[place], **problems[0].to_json()})
    done.problems += [{"entity": entity.name, "id": number, **_TOUCHED} for number in ids if number in touched]


def _changed(work: Work, entity_name: str, ids: Sequence[int]) -> set[int]:
    """Of an entity without a history: records that are not as they were created."""
    found = records.list_of(work, entity_name, records.ListQuery(fields=()), ids)
    return {each["id"] for each in found if each["version"] != 1}


def _revert(work: Work, batch: int, rows: Sequence[AuditRow], done: _Portion) -> None:
    entity = work.model.entities.get(rows[0].entity)
    if entity is None:
        return
    touched = _touched(work, batch, entity.key, {int(row.record_id or 0): row.id for row in rows})
    done.problems += [{"entity": entity.name, "id": number, **_TOUCHED} for number in sorted(touched)]
    bodies = []
    for row in rows:
        if row.record_id in touched:
            continue
        try:
            body = {"id": row.record_id, **before_of(work, entity, row)}
        except TesseraError as problem:
            done.problems.append({"entity": entity.name, "id": row.record_id, **problem.problems()[0].to_json()})
            continue
        if len(body) > 1:
            bodies.append(body)
    if not bodies:
        return
    changed = records.bulk_update(work, entity.name, bodies)
    done.reverted += changed.updated
    for place, problems in changed.problems.items():
        done.problems.append({"entity": entity.name, "id": bodies[place]["id"], **problems[0].to_json()})


def _touched(work: Work, batch: int, entity: str, last: Mapping[int, int]) -> set[int]:
    """The records that somebody changed after the audit row of that id: not the batch itself, nor what was undone."""
    undone = {batch, *assistant.undone_batches(work.tx)}
    own = {text for number in undone for text in (request_of(number), f"{request_of(number)}:undo")}
    ids = sorted(last)
    found = assistant.audit_since(work.tx, entity, ids, min(last.values()))
    return {row["record_id"] for row in found if row["request_id"] not in own and row["id"] > last[row["record_id"]]}


def _finish(work: Work, batch: int) -> None:
    state: dict[str, Any] | None = assistant.undo_row(work.tx, batch)
    row = imports.batch_row(work.tx, batch)
    if state is None or row is None or state["status"] != "running":
        return
    imports.step_on(work.tx, batch, row["step"], {"status": assistant.UNDONE, "updated_at": work.now})
    assistant.forget_batch(work.tx, batch)
    imports.reopen_rejects(work.tx, batch)
    ended = {"status": "complete", "updated_at": work.now, "finished_at": work.now}
    assistant.set_undo(work.tx, batch, ended)
