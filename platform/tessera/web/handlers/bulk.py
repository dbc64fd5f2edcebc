"""Many records at once: create, change, delete, all or none, or each for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from tessera.engine import records as engine
from tessera.engine.records import BulkResult, FilterRequired, OnRepeat, TooMany
from tessera.errors import Invalid, Json, Problem, UnknownField
from tessera.meta.model import Entity
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody
from tessera.web.handlers.records import entity_of, parked
from tessera.web.routes import Body, route

T = TypeVar("T")

_REPEATS: Mapping[str, OnRepeat] = {"update": "revise", "skip": "ignore", "refuse": "review"}
_NAMING = ("id", "ref", "version")


@route(
    "POST", "/api/v1/{entity}/bulk", tag="Records", summary="Create many records", mode="write", scope="write",
    body=Body("@batch"), answer="BulkAnswer", errors=(404,),
)
def bulk_records(call: Call) -> Answer:
    """New records, all or none: with any problem nothing is stored and every problem is listed by its row. With
    "partial": true the sound rows are stored and the answer lists the problems of the others."""
    entity = entity_of(call)
    rows = _list(call.pick("data", "partial"), "data")
    return _answer(call, entity, engine.bulk_create(call.work, entity.name, rows), lambda index: f"/data/{index}")


@route(
    "POST", "/api/v1/{entity}/upsert", tag="Records", summary="Create or change by business key", mode="write",
    scope="write", body=Body("@upsert"), answer="BulkAnswer", errors=(404,),
)
def upsert_records(call: Call) -> Answer:
    """Create the records whose business key is new and change the others, all or none; "partial" as with bulk.
    on_repeat: "update" (the default) changes known records, "skip" lets them be, "refuse" makes them problems."""
    entity = entity_of(call)
    body = call.pick("data", "on_repeat", "partial")
    wish = body.get("on_repeat", "update")
    if not isinstance(wish, str) or wish not in _REPEATS:
        raise BadBody(why='on_repeat must be "update", "skip" or "refuse"')
    if not entity.business_key:
        raise Invalid([Problem("no_business_key", "", "Records of this entity have no business key.")])
    result = engine.upsert(call.work, entity.name, _list(body, "data"), on_repeat=_REPEATS[wish])
    return _answer(call, entity, result, lambda index: f"/data/{index}")


@route(
    "POST", "/api/v1/{entity}/bulk-update", tag="Records", summary="Change many records", mode="write",
    scope="write", body=Body("@bulk_update"), answer="BulkAnswer", errors=(404,),
)
def bulk_update_records(call: Call) -> Answer:
    """Change records, all or none; "partial" as with bulk. Either data: a row for each, with id, ref or business key,
    perhaps the version that was read, and the fields to change; or filter and changes: the same changes for every
    record that the user may see and the filter finds. A filter that says nothing is refused; TRUE means all."""
    entity = entity_of(call)
    body = call.pick("data", "filter", "changes", "partial")
    if "data" in body:
        _ensure_without(body, "filter", "changes")
        result = engine.bulk_update(call.work, entity.name, _list(body, "data"))
        return _answer(call, entity, result, lambda index: f"/data/{index}")
    ids = _matching(call, entity, body)
    changes = body.get("changes")
    if not isinstance(changes, dict) or not changes:
        raise BadBody(why="changes must be an object of the fields to change")
    for name in _NAMING:
        if name in changes:
            raise UnknownField(name=name, pointer=f"/changes/{name}")
    result = engine.bulk_update(call.work, entity.name, [{"id": number, **changes} for number in ids])
    return _answer(call, entity, result, lambda _index: "/changes", ids)


@route(
    "POST", "/api/v1/{entity}/bulk-delete", tag="Records", summary="Delete many records", mode="write",
    scope="write", body=Body("BulkDelete"), answer="BulkAnswer", errors=(404,),
)
def bulk_delete_records(call: Call) -> Answer:
    """Delete records, all or none; "partial" as with bulk. Either keys: ids, refs or business keys; or filter: every
    record that the user may see and the filter finds. A filter that says nothing is refused; TRUE means all."""
    entity = entity_of(call)
    body = call.pick("keys", "filter", "partial")
    if "keys" in body:
        _ensure_without(body, "filter")
        result = engine.bulk_delete(call.work, entity.name, _list(body, "keys"))
        return _answer(call, entity, result, lambda index: f"/keys/{index}")
    ids = _matching(call, entity, body)
    result = engine.bulk_delete(call.work, entity.name, ids)
    return _answer(call, entity, result, lambda _index: "/filter", ids)


@route(
    "POST", "/api/v1/{entity}/bulk-restore", tag="Records", summary="Restore many deleted records", mode="write",
    scope="write", body=Body("BulkRestore"), answer="BulkAnswer", errors=(404,),
)
def bulk_restore_records(call: Call) -> Answer:
    """Bring deleted records back, all or none: what undoes a bulk-delete."""
    entity = entity_of(call)
    keys = _list(call.pick("keys"), "keys")
    if len(keys) > call.runtime.settings.limits.bulk_rows:
        raise TooMany(limit=call.runtime.settings.limits.bulk_rows)
    records = engine.restore_many(call.work, entity.name, keys)
    rows = [{"row": index, "id": each["id"], "ref": each["ref"]} for index, each in enumerate(records)]
    counts = {"created": 0, "updated": len(rows), "unchanged": 0, "deleted": 0}
    waiting = parked(call.work, entity, [each["id"] for each in records])
    return json_answer({**counts, "data": rows, "problems": [], "parked": waiting})


def _list(body: Mapping[str, Json], name: str) -> list[Json]:
    rows = body.get(name)
    if not isinstance(rows, list) or not rows:
        raise BadBody(why=f"{name} must be a list of at least one entry")
    return rows


def _ensure_without(body: Mapping[str, Json], *names: str) -> None:
    for name in names:
        if name in body:
            raise BadBody(why=f"{name} goes without a list of records")


def _matching(call: Call, entity: Entity, body: Mapping[str, Json]) -> list[int]:
    """The ids that the filter finds. Raises: FilterRequired, BadFilter, TooMany."""
    text = body.get("filter", "")
    if not isinstance(text, str):
        raise BadBody(why="filter must be a text")
    if not text.strip().removeprefix("=").strip():
        raise FilterRequired(pointer="/filter")
    most = call.runtime.settings.limits.bulk_rows
    with call.filtering():
        if engine.count(call.work, entity.name, text, at_most=most + 1) > most:
            raise TooMany(limit=most)
        return engine.matching_ids(call.work, entity.name, text)


def _answer(
    call: Call, entity: Entity, result: BulkResult, place: Callable[[int], str], ids: list[int] | None = None
) -> Answer:
    """What became of each row. Raises: Invalid with the problems of every row, unless the others shall be kept."""
    partial = call.object().get("partial", False)
    if not isinstance(partial, bool):
        raise BadBody(why="partial must be true or false")
    problems = [
        Problem(each.code, place(index) + each.pointer, each.message, each.hint, _params(each, index, ids))
        for index, found in sorted(result.problems.items())
        for each in found
    ]
    if problems and not partial:
        raise Invalid(problems)
    rows = [
        {"row": index, "id": number, "ref": (result.records.get(index) or {}).get("ref")}
        for index, number in sorted(result.ids.items())
    ]
    counts = {name: getattr(result, name) for name in ("created", "updated", "unchanged", "deleted")}
    body: dict[str, Json] = {**counts, "data": rows, "problems": [each.to_json() for each in problems]}
    body["parked"] = parked(call.work, entity, result.ids.values()) if result.created or result.updated else []
    return json_answer(body)


def _params(problem: Problem, index: int, ids: list[int] | None) -> Mapping[str, Json]:
    return problem.params if ids is None else {**problem.params, "id": ids[index]}
