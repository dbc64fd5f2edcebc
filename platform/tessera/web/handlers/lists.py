"""What lists of records need besides their pages: counts, groups, jumps, search everywhere, activity, undoing."""

from __future__ import annotations

from tessera.engine import records as engine
from tessera.engine.lists.activity import activity_of
from tessera.engine.lists.grouping import Grouped, groups_of
from tessera.engine.lists.palette import search_everywhere
from tessera.engine.lists.undoing import undo_act
from tessera.engine.records import ListQuery
from tessera.store.buckets import BUCKETS, PARTS
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody, BadParameter
from tessera.web.handlers.records import SEARCH, SEARCH_IN, entity_of, names_of
from tessera.web.routes import FORMULA, Body, Parameter, route, text_of

_FILTER = Parameter("filter", FORMULA, "A formula over the record.")
_SORT = Parameter("sort", text_of("sort"), "Names or paths with commas between; - before a descending one.")
_AT_MOST = Parameter("at_most", {"type": "integer", "minimum": 1, "maximum": 1_000_000}, "Counted up to here.")
_POSITION = Parameter("position", {"type": "integer", "minimum": 0, "maximum": 10_000_000}, "From 0.", required=True)
_BY = Parameter("by", text_of("group-path"), "Path that the list is grouped by.", required=True, example="created_by")
_BUCKET = Parameter("bucket", {"type": "string", "enum": [*BUCKETS, *PARTS]}, "Of a day or instant.")
_FOLDS = Parameter("folds", text_of("folds"), "Figures of each group as path:function, with commas between.")
_ORDER = Parameter("order", {"type": "string", "enum": ["value", "-value", "count", "-count"]}, "Of the groups.")
_TEXT = Parameter("q", {"type": "string", "minLength": 1, "maxLength": 200}, "What was typed.", required=True)
_ENTITIES = Parameter("entities", {"type": "string"}, "Only these entities, with commas between.")
_EACH = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 20}, "How many of each entity at most.")
_BEFORE = Parameter("before", {"type": "integer", "minimum": 0}, "The `next` of the page before.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 100}, "How many at most.")
_FUNCTIONS = ("count", "sum", "min", "max", "avg", "count_distinct")


@route("GET", "/api/v1/{entity}/count", tag="Records", summary="Count records", answer="CountAnswer",
       parameters=(_FILTER, SEARCH, SEARCH_IN, _AT_MOST), errors=(404,))
def count_records(call: Call) -> Answer:
    """How many records the user may see and filter and search find. Beyond at_most (10,000) the count is an estimate,
    and is_exact says so."""
    entity = entity_of(call)
    at_most = call.whole("at_most", 10_000, least=1, most=1_000_000)
    with call.filtering():
        found, is_exact = engine.counted(call.work, entity.name, _asked(call), at_most)
    return json_answer({"count": found, "is_exact": is_exact})


@route("GET", "/api/v1/{entity}/groups", tag="Records", summary="Group records", answer="GroupAnswer",
       parameters=(_BY, _BUCKET, _FILTER, SEARCH, SEARCH_IN, _FOLDS, _ORDER), errors=(404,))
def group_records(call: Call) -> Answer:
    """The groups of a list with their counts and figures, and for each the filter by which the list shows just that."""
    entity = entity_of(call)
    folds = {}
    for each in (part.strip() for part in call.query.get("folds", "").split(",") if part.strip()):
        path, _, function = each.partition(":")
        if function not in _FUNCTIONS:
            raise BadParameter(name="folds", why=f"must be path:function; functions: {', '.join(_FUNCTIONS)}.")
        folds[path] = function
    bucket, order = call.query.get("bucket", ""), call.query.get("order", "")
    if bucket not in ("", *BUCKETS, *PARTS) or order not in ("", "value", "-value", "count", "-count"):
        raise BadParameter(name="bucket" if order == "" else "order", why="is none of those that there are.")
    asked = _asked(call)
    grouped = Grouped(call.needed("by"), bucket, asked.filter, asked.search, asked.search_in, folds, order)
    with call.filtering():
        return json_answer(groups_of(call.work, entity.name, grouped))


@route("GET", "/api/v1/{entity}/jump", tag="Records", summary="Jump within a list", answer="JumpAnswer",
       parameters=(_POSITION, _FILTER, SEARCH, SEARCH_IN, _SORT), errors=(404,))
def jump_in_list(call: Call) -> Answer:
    """The cursor to the page of a list that begins at a position, however far away; null for the first page, and for a
    position behind the last record."""
    entity = entity_of(call)
    position = call.whole("position", 0, most=10_000_000)
    call.needed("position")
    with call.filtering():
        cursor = engine.cursor_at(call.work, entity.name, _asked(call), position)
    return json_answer({"cursor": cursor or None, "position": position if cursor else 0})


@route("GET", "/api/v1/search", tag="Records", summary="Search everywhere", answer="SearchAnswer",
       parameters=(_TEXT, _ENTITIES, _EACH), errors=(404,))
def search_records(call: Call) -> Answer:
    """The records of every entity that the user may see which fit a text: keys first, then what begins so, then what
    holds all its words, among the latest 20,000 of each entity."""
    names = [each.strip() for each in call.query.get("entities", "").split(",") if each.strip()]
    limit = call.whole("limit", 5, least=1, most=20)
    found = search_everywhere(call.work, call.needed("q")[:200], entities=names, per_entity=limit)
    return json_answer({"data": found})


@route("GET", "/api/v1/{entity}/{key}/activity", tag="Records", summary="What happened to a record",
       answer="ActivityAnswer", parameters=(_BEFORE, _LIMIT))
def get_activity(call: Call) -> Answer:
    """The changes of a record, the latest first: who, when and why, and each field that the user may read with what it
    said before and after. Records and people stand there with their names."""
    entity = entity_of(call)
    limit = call.whole("limit", 50, least=1, most=100)
    return json_answer(
        activity_of(call.work, entity.name, call.args["key"], before=call.whole("before", 0), limit=limit)
    )


@route("POST", "/api/v1/{entity}/undo", tag="Records", summary="Undo an act", mode="write", scope="write",
       body=Body("UndoRequest"), answer="UndoAnswer", errors=(404,))
def undo_records(call: Call) -> Answer:
    """Take back what one of the user's own requests of the last day did to records of an entity, named by the
    X-Request-Id of its answer: deleted ones come back, changed ones get their old values, created ones are deleted.
    Records that somebody changed since are left alone and listed."""
    entity = entity_of(call)
    request = call.pick("request").get("request")
    if not isinstance(request, str) or not 8 <= len(request) <= 64:
        raise BadBody(why="request must be the X-Request-Id of an answer")
    return json_answer(undo_act(call.work, entity.name, request).to_json())


def _asked(call: Call) -> ListQuery:
    sort = names_of(call, "sort") if "sort" in call.query else ()
    return ListQuery(filter=call.query.get("filter", ""), sort=sort, search=call.query.get("search", "")[:200],
                     search_in=names_of(call, "search_in"))  # fmt: skip
