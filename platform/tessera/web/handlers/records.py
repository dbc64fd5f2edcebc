"""Records of every entity, one at a time: list, get, create, change, delete, restore."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tessera.engine import outstanding, timeline
from tessera.engine import records as engine
from tessera.engine.access import rights
from tessera.engine.records import ListQuery, Record
from tessera.engine.records.errors import StaleVersion
from tessera.errors import Json
from tessera.meta.model import Entity
from tessera.names import SYSTEM_FIELDS
from tessera.web import wire
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter, PreconditionFailed
from tessera.web.routes import FORMULA, Body, Parameter, route, text_of

if TYPE_CHECKING:
    from tessera.engine.work import Work

_FILTER = Parameter(
    "filter", FORMULA, "A formula over the record.", example="id > 100 AND version = 1"
)
_SORT = Parameter("sort", text_of("sort"), "Names or paths with commas between; - before a descending one.")
_FIELDS = Parameter("fields", text_of("names"), "Names of fields, with commas between; left out: all but lines.")
_EXPAND = Parameter("expand", text_of("expand"), "Paths of references and lines whose records are wanted inside.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "How many at most.")
_CURSOR = Parameter("cursor", text_of("cursor"), "The `next` or `previous` of a page.")
_OFFSET = Parameter("offset", {"type": "integer", "minimum": 0, "maximum": 10_000}, "How many to skip.")
SEARCH = Parameter("search", {"type": "string", "maxLength": 200}, "Words that must stand in its texts.")
SEARCH_IN = Parameter("search_in", text_of("names"), "Paths of texts to search; left out: title, keys and numbers.")
_COUNT = Parameter("count", {"type": "boolean"}, "Whether to count all that match.")
_IF_MATCH = Parameter("If-Match", {"type": "string"}, "ETag of what you read; refused when it moved on.", "header")
_IF_NONE_MATCH = Parameter(
    "If-None-Match", {"type": "string"}, "ETag of what you have; 304 when it is the same.", "header"
)
_NOT_CHANGED = {304: "Not changed since (If-None-Match)."}
_MOST_NAMES = {"search_in": 20, "sort": 10, "fields": 2000, "expand": 100}
_COMPUTED = frozenset({"formula", "lookup", "rollup", "balance", "sequence"})


@route(
    "GET", "/api/v1/{entity}", tag="Records", summary="List records", answer="@page",
    parameters=(_FILTER, SEARCH, SEARCH_IN, _SORT, _FIELDS, _EXPAND, _LIMIT, _CURSOR, _OFFSET, _COUNT), errors=(404,),
)
def list_records(call: Call) -> Answer:
    """A page of the records that the user may see and the filter finds. next is the cursor of the page that follows,
    null on the last one."""
    entity = entity_of(call)
    fields = _names(call, "fields")
    asked = ListQuery(
        filter=call.query.get("filter", ""),
        sort=_names(call, "sort") or (),
        fields=fields,
        expand=_names(call, "expand") or (),
        limit=call.whole("limit", 0, least=1, most=call.runtime.settings.limits.page_rows),
        cursor=call.query.get("cursor", ""),
        offset=call.whole("offset", 0),
        with_total=call.flag("count"),
        search=call.query.get("search", ""),
        search_in=_names(call, "search_in") or (),
    )
    _note_older_names(call, entity, fields or ())
    with call.filtering():
        page = engine.list_page(call.work, entity.name, asked)
    body: dict[str, Json] = {
        "data": wire.dump_records(call.work.model, entity, page.rows),
        "next": page.next or None,
        "previous": page.previous or None,
    }
    if page.total is not None:
        body["count"] = page.total
    return json_answer(body, headers=_being_filled(call, entity))


def _being_filled(call: Call, entity: Entity) -> list[tuple[str, str]]:
    """Says of which fields no list can go by the values yet, after a release."""
    names = outstanding.being_filled(call.work, entity)
    return [("Tessera-Building", ", ".join(names))] if names else []


@route(
    "GET", "/api/v1/{entity}/{key}", tag="Records", summary="Get a record", answer="@",
    parameters=(_FIELDS, _EXPAND, _IF_NONE_MATCH), extra_answers=_NOT_CHANGED,
)
def get_record(call: Call) -> Answer:
    """A record by its id, its ref or its business key, with its lines."""
    entity = entity_of(call)
    expand, fields = _names(call, "expand") or (), _names(call, "fields")
    record = engine.get(call.work, entity.name, call.args["key"], expand_paths=expand, fields=fields)
    tag = wire.tag_of(call.work, record["version"])
    sent = call.request.environ.get("HTTP_IF_NONE_MATCH")
    if sent is not None and not expand and not wire.has_moving_values(entity) and tag in sent:
        return Answer(status=304, headers=[("ETag", tag)])
    body = wire.dump_record(call.work.model, entity, record)
    if fields is not None:
        wanted = {*SYSTEM_FIELDS, *(found.name for name in fields if (found := entity.field(name)) is not None)}
        body = {name: value for name, value in body.items() if name in wanted}
        _note_older_names(call, entity, fields)
    return json_answer(body, headers=[("ETag", tag), *_being_filled(call, entity)])


@route(
    "POST", "/api/v1/{entity}", tag="Records", summary="Create a record", mode="write", scope="write", status=201,
    body=Body("@new"), answer="@", errors=(404,),
)
def create_record(call: Call) -> Answer:
    """A new record. Every problem is reported at once. Location names it. When rules of a timeline fail for it, it is
    kept all the same, and _parked says why they fail."""
    entity = entity_of(call)
    body = call.object()
    _note_older_names(call, entity, body)
    record = engine.create(call.work, entity.name, body)
    headers = [("Location", f"/api/v1/{entity.name}/{record['ref']}")]
    return _shown(call, entity, record, 201, headers)


@route(
    "PATCH", "/api/v1/{entity}/{key}", tag="Records", summary="Change a record", mode="write", scope="write",
    body=Body("@changes"), answer="@", parameters=(_IF_MATCH,), errors=(412,),
)
def update_record(call: Call) -> Answer:
    """Change the fields that the body names. A list of lines replaces the old one; lines with an id stay."""
    return _changed(call, entity_of(call), call.object())


@route(
    "PUT", "/api/v1/{entity}/{key}", tag="Records", summary="Replace a record", mode="write", scope="write",
    body=Body("@new"), answer="@", parameters=(_IF_MATCH,), errors=(412,),
)
def replace_record(call: Call) -> Answer:
    """Change every field: those that the body leaves out become blank. The state of a life cycle stays."""
    entity = entity_of(call)
    body = call.object()
    own = rights(call.work, entity)
    given = {field.name for name in body if (field := entity.field(name)) is not None}
    state = entity.life_cycle.field if entity.life_cycle is not None else ""
    blanks = {
        each.name: None
        for each in entity.fields
        if not (each.read_only or each.capture or each.type in _COMPUTED or each.name in given)
        and each.name != state
        and own.may_write(each.name)
    }
    return _changed(call, entity, {**blanks, **body})


@route(
    "DELETE", "/api/v1/{entity}/{key}", tag="Records", summary="Delete a record", mode="write", scope="write",
    status=204, parameters=(_IF_MATCH,), errors=(412,),
)
def delete_record(call: Call) -> Answer:
    """Delete a record; what refers to it is handled as each reference says. It can be restored for 30 days."""
    entity = entity_of(call)
    try:
        engine.delete(call.work, entity.name, call.args["key"], version=_version(call))
    except StaleVersion as error:
        raise _precondition(call, error) from error
    return Answer(status=204)


@route(
    "POST", "/api/v1/{entity}/{key}/restore", tag="Records", summary="Restore a deleted record", mode="write",
    scope="write", answer="@", errors=(422,),
)
def restore_record(call: Call) -> Answer:
    """Bring a deleted record back."""
    entity = entity_of(call)
    return _shown(call, entity, engine.restore(call.work, entity.name, call.args["key"]), 200, [])


def entity_of(call: Call) -> Entity:
    """The entity that the path names; an older name is understood and marked. Raises: NotFound("not_found")."""
    name = call.args["entity"]
    entity = call.work.entity(name)
    if entity.name != name:
        _mark_older(call, [f"{name}={entity.name}"])
    return entity


def _note_older_names(call: Call, entity: Entity, names: Iterable[str]) -> None:
    older = [
        f"{name}={field.name}"
        for name in names
        if (field := entity.field(name)) is not None and field.name != name
    ]
    if older:
        _mark_older(call, older)


def _mark_older(call: Call, pairs: list[str]) -> None:
    call.headers_out += [("Deprecation", "true"), ("Tessera-Renamed", ", ".join(pairs))]


def names_of(call: Call, parameter: str) -> tuple[str, ...]:
    """The names in a parameter, none without it. Raises: BadParameter("bad_parameter")."""
    return _names(call, parameter) or ()


def _names(call: Call, parameter: str) -> tuple[str, ...] | None:
    text = call.query.get(parameter)
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    if not all(names) or len(names) > _MOST_NAMES[parameter]:
        most = _MOST_NAMES[parameter]
        raise BadParameter(name=parameter, why=f"must be at most {most} names with commas between.")
    return names


def _version(call: Call) -> int | None:
    tag = call.request.environ.get("HTTP_IF_MATCH")
    return None if tag is None else wire.version_of(tag)


def _changed(call: Call, entity: Entity, body: dict[str, Json]) -> Answer:
    _note_older_names(call, entity, body)
    try:
        record = engine.update(call.work, entity.name, call.args["key"], body, version=_version(call))
    except StaleVersion as error:
        raise _precondition(call, error) from error
    return _shown(call, entity, record, 200, [])


def _precondition(call: Call, error: StaleVersion) -> PreconditionFailed:
    version = error.params["version"]
    call.headers_out.append(("ETag", wire.tag_of(call.work, version)))
    return PreconditionFailed(version=version)


def _shown(call: Call, entity: Entity, record: Record, status: int, headers: list[tuple[str, str]]) -> Answer:
    """The record as its writer may read it, with what others derive from this change, and whether its rules fail."""
    work = call.work
    waiting = parked(work, entity, [record["id"]])
    if wire.has_moving_values(entity) or not rights(work, entity).is_plain:
        work.finish()
        record = engine.get(work, entity.name, record["id"])
    headers.append(("ETag", wire.tag_of(work, record["version"])))
    body = wire.dump_record(work.model, entity, record)
    if waiting:
        body["_parked"] = waiting[0]
    return json_answer(body, status, headers)


def parked(work: Work, entity: Entity, ids: Iterable[int]) -> list[dict[str, Json]]:
    """Of documents that were just written, those whose rules fail: they are kept, and count once the rules work."""
    if not timeline.moments_of(work, entity):
        return []
    work.finish()
    found = timeline.parked_among(work, entity, ids)
    return [{"id": number, **found[number]} for number in sorted(found)]
