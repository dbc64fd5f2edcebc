"""Facts: what the outside did, on a holder's timeline; and the documents that wait because their rules fail."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tessera.engine import timeline
from tessera.errors import Json, NotFound
from tessera.meta.rules import FactDef, TimelineDoc
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.inputs import Inputs
from tessera.web.routes import Body, Parameter, route

_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "How many at most.")
_PARTS = ("timeline", "fact", "holder", "key")


@route(
    "POST", "/api/v1/facts", tag="Ledgers", summary="Record a fact", mode="write", scope="write",
    body=Body("NewFact"), answer="FactAnswer", errors=(404,),
)
def record_fact(call: Call) -> Answer:
    """Put something that the outside did on a holder's timeline, where its rules post for it. key identifies it: the
    same fact again changes nothing, another under the same key is refused. For administrators and roles with the
    permission facts."""
    body = call.pick(*_PARTS, "at", "values")
    doc, definition, holder = _named(call, body)
    inputs = Inputs(body)
    at = inputs.value("at", "datetime", needed=True)
    values = inputs.fact_values(definition, partial(timeline.seen_record, call.work))
    inputs.ensure()
    number = timeline.record_fact(
        call.work, doc.name, holder, definition.name, key=str(body["key"]), at=at, values=values
    )
    return json_answer({"moment": number, "timeline": doc.name, "fact": definition.name, "key": body["key"]})


@route(
    "POST", "/api/v1/facts/withdraw", tag="Ledgers", summary="Withdraw a fact", mode="write", scope="write",
    status=204, body=Body("FactKey"), errors=(404,),
)
def withdraw_fact(call: Call) -> Answer:
    """Take a fact back, as if it had never been; what rests on it is corrected."""
    body = call.pick(*_PARTS)
    doc, definition, holder = _named(call, body)
    timeline.withdraw_fact(call.work, doc.name, holder, definition.name, key=str(body["key"]))
    return Answer(status=204)


@route(
    "GET", "/api/v1/timelines/{name}/parked", tag="Ledgers", summary="List documents that wait", answer="List",
    parameters=(_LIMIT,),
)
def list_parked(call: Call) -> Answer:
    """Documents whose rules fail, the longest waiting first, as far as the user may see them. They are kept, count as
    absent, and take part as soon as their rules work."""
    doc = timeline.seen_timeline(call.work, call.args["name"])
    rows = timeline.waiting(call.work, doc.name, limit=call.whole("limit", 50, least=1, most=500))
    seen = timeline.seen_documents(call.work, rows)
    shown = [
        {"entity": seen[place], **{name: row[name] for name in ("document_id", "at", "since", "code", "message")}}
        for row in rows
        if (place := (row["entity"], row["document_id"])) in seen
    ]
    return json_answer({"data": shown, "next": None})


def _named(call: Call, body: Mapping[str, Json]) -> tuple[TimelineDoc, FactDef, int]:
    """What a body names. Raises: Invalid, Forbidden, NotFound."""
    inputs = Inputs(body)
    for name in _PARTS:
        inputs.text(name)
    inputs.ensure()
    doc = timeline.seen_timeline(call.work, str(body["timeline"]))
    timeline.ensure_posting(call.work)
    definition = next((each for each in doc.facts if each.name == body["fact"]), None)
    if definition is None:
        raise NotFound(what="fact")
    return doc, definition, timeline.seen_holder(call.work, doc, body["holder"])
