"""Many records at once: set-wise, a savepoint for each chunk; a failing one is halved until the guilty stand alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tessera.engine.access import Rights
from tessera.engine.records import write
from tessera.engine.records.columns import load_many
from tessera.engine.records.deleting import delete_records
from tessera.engine.records.drafts import Draft
from tessera.engine.records.errors import TooMany
from tessera.engine.records.hooks import Record
from tessera.engine.records.load import load, typed
from tessera.engine.records.plan import Plan, plan_of
from tessera.engine.records.related import Key, find, key_of
from tessera.engine.records.rows import record_of
from tessera.engine.records.stored import stored
from tessera.engine.work import Work
from tessera.errors import Conflict, Invalid, Json, Problem, TesseraError, Unavailable
from tessera.store.failures import Aborted

OnRepeat: TypeAlias = Literal["revise", "ignore", "review"]
"""What becomes of a row whose business key is known: it changes the record, changes nothing, or is a problem."""

CHUNK_ROWS = 500
CREATED_AT_ONCE = 2_000

_Action: TypeAlias = Callable[[list[Draft]], None]
_PASSING = (Aborted, Unavailable)
"""Errors of the moment, not of a row: they end the whole call."""


_MISSING = (Problem("not_found", "", "There is no such record, or it is not visible to you."),)


@dataclass(slots=True)
class BulkResult:
    """What came of each row, by its place.

    records: as stored (not for typed imports; None for a row with problems). ids: of what the row made, changed or
    found. problems: of the rows that were refused.
    """

    records: dict[int, Record] = field(default_factory=dict)
    ids: dict[int, int] = field(default_factory=dict)
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0

    def refuse(self, index: int, error: TesseraError) -> None:
        """Note why a row was refused."""
        self.problems[index] = error.problems()

    def ensure_all(self) -> None:
        """Raises: Invalid with every problem, its pointer beginning with the place of the row, when there is one."""
        if self.problems:
            raise Invalid(
                Problem(each.code, f"/{index}{each.pointer}", each.message, each.hint, each.params)
                for index, problems in sorted(self.problems.items())
                for each in problems
            )


def bulk_create(work: Work, entity_name: str, rows: Sequence[Json]) -> BulkResult:
    """New records from wire bodies; sound rows are stored whatever becomes of the others. Raises: TooMany …"""
    plan = plan_of(work.model, work.entity(entity_name))
    allowed = write.allowed_to(work, plan, "create")
    _ensure_few(work, rows)
    result = BulkResult()
    for start in range(0, len(rows), CREATED_AT_ONCE):
        part = rows[start : start + CREATED_AT_ONCE]
        drafts = load_many(plan, part, allowed, work.settings.limits, range(start, start + len(part)))
        _create(work, plan, drafts, allowed, result)
    return result


def _create(work: Work, plan: Plan, drafts: list[Draft], allowed: Rights, result: BulkResult) -> None:
    def insert(part: list[Draft]) -> None:
        for draft, change in zip(part, write.insert(work, plan, part), strict=True):
            result.records[draft.index] = change.after or {}
            result.ids[draft.index] = change.id
        result.created += len(part)

    write.prepare(work, plan, drafts, allowed)
    in_halves(work, _sound(drafts, result), insert, result)


def _note(result: BulkResult, draft: Draft, record: Record) -> None:
    result.records[draft.index] = record
    result.ids[draft.index] = record["id"]


def _sound(drafts: Sequence[Draft], result: BulkResult) -> list[Draft]:
    sound = []
    for draft in drafts:
        problems = draft.all_problems()
        if problems:
            result.problems[draft.index] = tuple(problems)
        else:
            sound.append(draft)
    return sound


def in_halves(work: Work, drafts: list[Draft], action: _Action, result: BulkResult) -> None:
    """Do the action for all; when it fails, for each half, until the rows that make it fail stand alone."""
    if not drafts:
        return
    before = (result.created, result.updated, result.unchanged)
    try:
        with work.savepoint():
            action(drafts)
    except _PASSING:
        raise
    except TesseraError as error:
        result.created, result.updated, result.unchanged = before
        if len(drafts) == 1:
            result.refuse(drafts[0].index, error)
            for noted in (result.records, result.ids):
                noted.pop(drafts[0].index, None)
            return
        half = len(drafts) // 2
        in_halves(work, drafts[:half], action, result)
        in_halves(work, drafts[half:], action, result)


def _ensure_few(work: Work, rows: Sequence[Any]) -> None:
    limit = work.settings.limits.bulk_rows
    if len(rows) > limit:
        raise TooMany(limit=limit)


def bulk_update(work: Work, entity_name: str, rows: Sequence[Json]) -> BulkResult:
    """Change records; each row is {"id" or "ref" or the business key, "version"?, and the fields to change}."""
    plan = plan_of(work.model, work.entity(entity_name))
    allowed = write.allowed_to(work, plan, "update")
    _ensure_few(work, rows)
    result = BulkResult()
    named = [_named(plan, row) for row in rows]
    for part in _passes(named):
        _update_part(work, plan, part, rows, named, allowed, result)
    return result


def _named(plan: Plan, row: Json) -> Key | None:
    return key_of(plan.entity, row) if isinstance(row, Mapping) else None


def _passes(named: Sequence[Key | None]) -> list[list[int]]:
    """The places of the rows in chunks within which no key stands twice, in order for each key."""
    chunks: list[list[int]] = []
    last: dict[Key, int] = {}
    for index, key in enumerate(named):
        at = last.get(key, -1) + 1 if key is not None else 0
        while at < len(chunks) and len(chunks[at]) >= CHUNK_ROWS:
            at += 1
        if at == len(chunks):
            chunks.append([])
        chunks[at].append(index)
        if key is not None:
            last[key] = at
    return chunks


def _update_part(
    work: Work, plan: Plan, part: list[int], rows: Sequence[Json], named: Sequence[Key | None], allowed: Rights,
    result: BulkResult,
) -> None:  # fmt: skip
    before = _stored_by_key(work, plan, [key for index in part if (key := named[index]) is not None])
    drafts = []
    for index in part:
        key = named[index]
        record = before.get(key) if key is not None else None
        if record is None:
            result.problems[index] = _MISSING
        elif (version := rows[index].get("version")) is not None and version != record["version"]:
            params = {"version": record["version"]}
            message = f"The record is at version {record['version']} now; somebody changed it since you read it."
            result.problems[index] = (Problem("stale_version", "/version", message, Conflict.hint, params),)
        else:
            drafts.append(_load_named(work, plan, rows[index], record, allowed, index))
    _revise(work, plan, drafts, allowed, result)


def _load_named(work: Work, plan: Plan, row: Mapping[str, Json], record: Record, allowed: Rights, index: int) -> Draft:
    """Loads a row without the names that only say which record is meant."""
    naming = {"id", "version"} if "id" in row else {"ref", "version"} if "ref" in row else {"version"}
    body = {name: value for name, value in row.items() if name not in naming}
    return load(plan, body, record, allowed, work.settings.limits, index=index)


def _stored_by_key(work: Work, plan: Plan, keys: Sequence[Key]) -> dict[Key, Record]:
    found = find(work, plan.entity, keys)
    records = {record["id"]: record for record in stored(work, plan, [row["id"] for row in found.values()])}
    return {key: records[row["id"]] for key, row in found.items() if row["id"] in records}


def _revise(
    work: Work, plan: Plan, drafts: list[Draft], allowed: Rights, result: BulkResult, *, is_typed: bool = False
) -> None:
    def update(part: list[Draft]) -> None:
        changed = set(write.update(work, plan, part))
        for draft in part:
            _note(result, draft, record_of(draft) if draft in changed else (draft.before or {}))
        result.updated += len(changed)
        result.unchanged += len(part) - len(changed)

    write.prepare(work, plan, drafts, allowed, typed=is_typed)
    in_halves(work, _sound(drafts, result), update, result)


def bulk_delete(work: Work, entity_name: str, keys: Sequence[Json]) -> BulkResult:
    """Delete records by their keys, together where that is possible: one that is in use does not keep the others."""
    plan = plan_of(work.model, work.entity(entity_name))
    write.allowed_to(work, plan, "delete")
    _ensure_few(work, keys)
    result = BulkResult()
    named = [key_of(plan.entity, key) for key in keys]
    found = find(work, plan.entity, [key for key in named if key is not None])
    places: dict[int, int] = {}
    for index, key in enumerate(named):
        row = found.get(key) if key is not None else None
        if row is None or row["id"] in places:
            result.problems[index] = _MISSING
        else:
            places[row["id"]] = index
    for start in range(0, len(places), CHUNK_ROWS):
        _delete_in_halves(work, plan, dict(list(places.items())[start : start + CHUNK_ROWS]), result)
    return result


def _delete_in_halves(work: Work, plan: Plan, places: Mapping[int, int], result: BulkResult) -> None:
    """Delete records together; when that fails, each half, until those that make it fail stand alone.

    places: of the rows, by the ids of the records. The records are read anew each time: what was deleted before may
    have taken some with it, or changed them.
    """
    records = stored(work, plan, list(places), for_delete=True)
    for number in places.keys() - {record["id"] for record in records}:
        result.problems[places[number]] = _MISSING
    if not records:
        return
    try:
        with work.savepoint():
            write.ensure_may(work, plan, "delete", records)
            delete_records(work, plan, records)
    except _PASSING:
        raise
    except TesseraError as error:
        left = {number: place for number, place in places.items() if place not in result.problems}
        if len(left) == 1:
            result.refuse(next(iter(left.values())), error)
            return
        half, every = len(left) // 2, list(left.items())
        _delete_in_halves(work, plan, dict(every[:half]), result)
        _delete_in_halves(work, plan, dict(every[half:]), result)
    else:
        result.ids.update({places[record["id"]]: record["id"] for record in records})
        result.deleted += len(records)


def upsert(work: Work, entity_name: str, rows: Sequence[Json], *, on_repeat: OnRepeat = "revise") -> BulkResult:
    """Create the records whose business key is new, and do with the others what on_repeat says."""
    plan = plan_of(work.model, work.entity(entity_name))
    creating = write.allowed_to(work, plan, "create")
    _ensure_few(work, rows)
    result = BulkResult()
    named = [_business(plan, row) for row in rows]
    for part in _passes(named):
        before = _stored_by_key(work, plan, [key for index in part if (key := named[index]) is not None])
        fresh = [index for index in part if named[index] is None or named[index] not in before]
        limits = work.settings.limits
        drafts = load_many(plan, [rows[index] for index in fresh], creating, limits, fresh)
        _create(work, plan, drafts, creating, result)
        again = [(index, before[key]) for index in part if (key := named[index]) is not None and key in before]
        again += _overtaken(work, plan, {index: key for index in fresh if (key := named[index]) is not None}, result)
        if again and on_repeat == "revise":
            updating = write.allowed_to(work, plan, "update")
            bodies = [(index, _at_places(plan, rows[index], record), record) for index, record in again]
            drafts = [load(plan, body, record, updating, limits, index=index) for index, body, record in bodies]
            _revise(work, plan, drafts, updating, result)
        elif on_repeat != "revise":
            _leave(again, on_repeat, result)
    return result


def _at_places(plan: Plan, row: Json, record: Record) -> Json:
    """The row with its lines taken for those that stand at their places, unless it says by ids which they are."""
    named: dict[str, Json] = {}
    for name in plan.lines:
        lines = row.get(name)
        if isinstance(lines, list) and all(isinstance(each, Mapping) and "id" not in each for each in lines):
            ids = [line["id"] for line in record.get(name) or ()][: len(lines)]
            known = [{**line, "id": number} for line, number in zip(lines, ids, strict=False)]
            named[name] = [*known, *lines[len(ids) :]]
    return {**row, **named} if named else row


def _overtaken(
    work: Work, plan: Plan, keys: Mapping[int, Key], result: BulkResult
) -> list[tuple[int, Record]]:  # fmt: skip
    """Rows that were refused because somebody else created their record meanwhile, with that record."""
    lost = [index for index in keys if any(each.code == "not_unique" for each in result.problems.get(index, ()))]
    if not lost:
        return []
    known = _stored_by_key(work, plan, [keys[index] for index in lost])
    found = [(index, known[keys[index]]) for index in lost if keys[index] in known]
    for index, _ in found:
        del result.problems[index]
    return found


def _business(plan: Plan, row: Json) -> Key | None:
    names = plan.entity.business_key
    if not names or not isinstance(row, Mapping) or any(row.get(name) is None for name in names):
        return None
    return key_of(plan.entity, {name: row[name] for name in names})


def _leave(again: Sequence[tuple[int, Record]], on_repeat: OnRepeat, result: BulkResult) -> None:
    for index, record in again:
        result.ids[index] = record["id"]
        if on_repeat == "review":
            result.problems[index] = (Problem("repeated", "", "There is a record with this key already."),)
        else:
            result.unchanged += 1


def import_documents(
    work: Work, entity_name: str, rows: Sequence[Mapping[str, Any]], *, on_repeat: OnRepeat = "ignore",
    are_new: bool = False,
) -> BulkResult:  # fmt: skip
    """Store documents of typed Python values (lines inside), as a mapping makes them: one audit row and event a chunk.

    Values are checked like those of the wire; new records may come in any state, and captured fields may be given.
    references are ids, refs, business keys or the objects that name them. A business key occurs once among the rows.
    are_new: the caller has found no record with any of these business keys.
    """
    plan = plan_of(work.model, work.entity(entity_name))
    allowed = write.allowed_to(work, plan, "create")
    result = BulkResult()
    for start in range(0, len(rows), CREATED_AT_ONCE):
        drafts = typed(plan, rows[start : start + CREATED_AT_ONCE], start)
        _import(work, plan, drafts, allowed, on_repeat, result, are_new=are_new)
    return result


def _import(
    work: Work, plan: Plan, drafts: list[Draft], allowed: Rights, on_repeat: OnRepeat, result: BulkResult, *,
    are_new: bool,
) -> None:  # fmt: skip
    def insert(part: list[Draft]) -> None:
        write.insert(work, plan, part, as_batch=True)
        result.ids.update({draft.index: draft.values["id"] for draft in part})
        result.created += len(part)

    fresh, again = (drafts, []) if are_new else _split(work, plan, drafts)
    write.prepare(work, plan, fresh, allowed, typed=True, any_state=True, new_keys=are_new)
    in_halves(work, _sound(fresh, result), insert, result)
    # Somebody else may have created the same documents meanwhile.
    lost = [each for each in fresh if any(one.code == "not_unique" for one in result.problems.get(each.index, ()))]
    for draft, number in _split(work, plan, lost)[1] if lost else ():
        del result.problems[draft.index]
        again.append((draft, number))
    if not again:
        return
    if on_repeat != "revise":
        _leave([(draft.index, {"id": number}) for draft, number in again], on_repeat, result)
        return
    updating = write.allowed_to(work, plan, "update")
    records = {each["id"]: each for each in stored(work, plan, [number for _, number in again])}
    revised = [_revision(draft, records[number]) for draft, number in again if number in records]
    _revise(work, plan, revised, updating, result, is_typed=True)


def _split(work: Work, plan: Plan, drafts: list[Draft]) -> tuple[list[Draft], list[tuple[Draft, int]]]:
    """New documents, and those whose business key is known, with the id of the record that has it."""
    names = plan.entity.business_key
    if not names:
        return drafts, []
    keys = {id(draft): ("key", tuple(draft.values.get(name) for name in names)) for draft in drafts}
    found = find(work, plan.entity, [key for key in keys.values() if None not in key[1]])
    if not found:
        return drafts, []
    fresh = [draft for draft in drafts if keys[id(draft)] not in found]
    return fresh, [(draft, found[key]["id"]) for draft in drafts if (key := keys[id(draft)]) in found]


def _revision(draft: Draft, before: Record) -> Draft:
    """The draft of a document as a change of the stored one: lines stand at their places, missing ones go."""
    draft.before = before
    for name in draft.plan.blank:
        if name not in draft.given:
            draft.values[name] = before.get(name)
    for name in draft.plan.lines:
        old = before.get(name) or []
        for line, stored_line in zip(draft.lines[name], old, strict=False):
            line.before = stored_line
            line.values["id"] = stored_line["id"]
        draft.dropped[name] = [line["id"] for line in old[len(draft.lines[name]) :]]
    for each in draft.plan.multiple:
        if each.name not in draft.given:
            draft.values[each.name] = list(before.get(each.name) or ())
    return draft
