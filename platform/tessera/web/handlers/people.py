"""Who did what: the people of the workspace by name, and the history of a record."""

from __future__ import annotations

from tessera.engine import identity as identities
from tessera.engine.records.history import history
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter
from tessera.web.handlers.records import entity_of
from tessera.web.routes import Parameter, route

_MOST_IDS = 200
_SEARCH = Parameter("q", {"type": "string", "maxLength": 100}, "Only people whose names contain this.")
_ID_LIST = {"type": "string", "pattern": "^[0-9]{1,18}(,[0-9]{1,18}){0,199}$"}
_IDS = Parameter("ids", _ID_LIST, "Only people of these ids, with commas between, whether active or not.")
_PEOPLE_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many at most.")
_BEFORE = Parameter("before", {"type": "integer", "minimum": 0}, "The `next` of the page before.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many entries at most.")


@route(
    "GET", "/api/v1/people", tag="Access", summary="Find people", answer="PersonList",
    parameters=(_SEARCH, _IDS, _PEOPLE_LIMIT),
)
def list_people(call: Call) -> Answer:
    """People by name, for choosing one and for showing who did something: only ids and names. Who has no role sees
    nobody but himself."""
    limit = call.whole("limit", 50, least=1, most=_MOST_IDS)
    ids = _ids(call.query["ids"]) if call.query.get("ids") else None
    found = identities.people(call.work.tx, call.ctx, text=call.query.get("q", ""), ids=ids, limit=limit)
    return json_answer({"data": found})


@route(
    "GET", "/api/v1/{entity}/{key}/history", tag="Records", summary="Get the history of a record",
    answer="HistoryPage", parameters=(_BEFORE, _LIMIT), errors=(404,),
)
def get_history(call: Call) -> Answer:
    """Who changed what and when, the latest first, as far as the user may see the fields. next is the value of
    `before` for the page that follows."""
    entity = entity_of(call)
    limit = call.whole("limit", 50, least=1, most=200)
    found = history(call.work, entity.name, call.args["key"], limit=limit + 1, before=call.whole("before", 0))
    following = found[limit - 1]["id"] if len(found) > limit else None
    return json_answer({"data": found[:limit], "next": following})


def _ids(text: str) -> list[int]:
    parts = text.split(",")
    if len(parts) > _MOST_IDS or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        raise BadParameter(name="ids", why=f"must be at most {_MOST_IDS} ids with commas between.")
    return [int(part) for part in parts]
