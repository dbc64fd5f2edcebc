"""Reviews: decisions of a timeline that ask a person to look at them, and what was decided about each."""

from __future__ import annotations

from tessera.engine import timeline
from tessera.errors import Json, NotFound
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter
from tessera.web.inputs import Inputs
from tessera.web.routes import Body, Parameter, route

_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "How many at most.")
_BEFORE = Parameter("before", {"type": "integer"}, "The `next` of the page before.")
_STATE = Parameter("state", {"type": "string", "enum": ["open", "decided"]}, "Which ones; left out: those still open.")


@route(
    "GET", "/api/v1/timelines/{name}/reviews", tag="Ledgers", summary="List reviews", answer="List",
    parameters=(_STATE, _BEFORE, _LIMIT), errors=(404,),
)
def list_reviews(call: Call) -> Answer:
    """Decisions that ask to be looked at, the latest first, as far as the user may see them: what was not covered, what
    rules ask about, what arrived after its period was closed. next is the value of `before` for the page that
    follows."""
    doc = timeline.seen_timeline(call.work, call.args["name"])
    limit = call.whole("limit", 50, least=1, most=500)
    before = call.whole("before", 0) if "before" in call.query else None
    rows = timeline.seen_reviews(call.work, doc.name, is_open=_is_open(call), limit=limit + 1, before=before)
    following = str(rows[limit - 1]["id"]) if len(rows) > limit else None
    return json_answer({"data": rows[:limit], "next": following})


@route(
    "POST", "/api/v1/timelines/{name}/reviews/{key}/decide", tag="Ledgers", summary="Decide a review", mode="write",
    scope="write", body=Body("ReviewVerdict"), answer="ReviewAnswer", errors=(404, 409),
)
def decide_review(call: Call) -> Answer:
    """Let what the decision asked about stand (accepted), or correct it by a posting to an account of its holder
    (corrected). When history comes to ask something else about the same document, that is a review of its own. For
    administrators and roles with the permission facts."""
    body = call.pick("verdict", "note", "posting")
    doc = timeline.seen_timeline(call.work, call.args["name"])
    timeline.ensure_posting(call.work)
    number = call.number("key", "review")
    inputs = Inputs(body)
    verdict, note = inputs.one_of("verdict", "accepted", "corrected"), inputs.value("note", "text") or ""
    correction = _correction(call, inputs, body.get("posting"))
    if (correction is not None) != (verdict == "corrected"):
        inputs.add("posting", "It says what is posted exactly when the verdict is corrected.")
    inputs.ensure()
    if not timeline.seen_among(call.work, doc, [timeline.holder_of_review(call.work, doc.name, number)]):
        raise NotFound(what="review")
    kept = timeline.decide_review(call.work, doc.name, number, note=note, correction=correction)
    return json_answer({"id": kept, "verdict": verdict})


def _correction(call: Call, inputs: Inputs, body: Json) -> timeline.Correction | None:
    """The posting of a body; its problems go to the inputs."""
    if body is None:
        return None
    if not isinstance(body, dict):
        inputs.add("posting", "This must be an object.")
        return None
    inner = Inputs(body, "/posting")
    for name in body:
        if name not in ("ledger", "move", "amount", "as", "expires_on", "may_owe"):
            inner.add(name[:100], "There is no such field here.")
    ledger, move, name = inner.text("ledger"), inner.one_of("move", "grant", "take"), inner.name("as")
    amount, until = inner.value("amount", "number", needed=True), inner.value("expires_on", "date")
    may_owe = bool(inner.value("may_owe", "boolean"))
    inputs.problems += inner.problems
    if inner.problems:
        return timeline.Correction("", "take", 0, "")
    timeline.seen_ledger(call.work, ledger)
    return timeline.Correction(ledger, "grant" if move == "grant" else "take", amount, name, until, may_owe)


def _is_open(call: Call) -> bool:
    state = call.query.get("state", "open")
    if state not in ("open", "decided"):
        raise BadParameter(name="state", why="must be open or decided.")
    return state == "open"
