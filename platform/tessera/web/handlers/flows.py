"""Flows: what there is, beginning a run, trying one out; runs with their steps, and what people do with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tessera.engine.flows import beginning, controlling, history, replaying
from tessera.engine.flows.figures import figures
from tessera.engine.flows.history import RunQuery
from tessera.engine.flows.rehearsing import dry_run
from tessera.errors import Invalid, Json, Problem
from tessera.meta.flows import FlowDoc
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter
from tessera.web.routes import Body, Parameter, route

_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,40}$"}
_KEY = {"type": ["string", "integer", "object"]}
_FREE = {"type": "object"}
_STATES = ("queued", "ready", "running", "waiting", "review", "failed", "done", "cancelled")


def _closed(properties: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {**properties}}
    return {**made, "required": [*required]} if required else made


_BEGIN = _closed({"record": {**_KEY, "description": "Of a button: the record."}, "input": _FREE})
_TRY = _closed({
    "record": _KEY, "changes": {**_FREE, "description": "Values that are written to the record first."},
    "create": {**_FREE, "description": "Values of a new record that begins it."}, "input": _FREE,
    "answers": {**_FREE, "description": "Answers of outside calls, by the path of their step."},
    "wakes": {**_FREE, "description": "What wakes a waiting step, by its path."},
    "now": {"type": "string", "format": "date-time"},
    "run": {"type": "integer", "minimum": 1, "description": "Take what this run was given."},
    "document": {**_FREE, "description": "A draft of the flow, in the place of the released one."},
})  # fmt: skip
_TRIED = ("record", "changes", "create", "input", "answers", "wakes", "now", "run")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many at most.")
_LISTED = (
    Parameter("flow", _NAME, "Only of the flow of this name."),
    Parameter("state", {"type": "string", "enum": list(_STATES)}, "Only those."),
    Parameter("entity", _NAME, "Only about records of this entity."),
    Parameter("record", {"type": "integer", "minimum": 1}, "Only about the record of this id; needs entity."),
    Parameter("parent", {"type": "integer", "minimum": 1}, "Only those that this run has called."),
    Parameter("dead", {"type": "boolean"}, "Only dead letters: failed, and nobody has dealt with them."),
    Parameter("since", {"type": "string", "format": "date-time"}, "Only those made at this instant or later."),
    Parameter("before", {"type": "integer", "minimum": 1}, "The `next` of the page before."),
    _LIMIT,
)  # fmt: skip


# Flows


@route("GET", "/api/v1/flows", tag="Flows", summary="List flows", answer="List")
def list_flows(call: Call) -> Answer:
    """The flows that the user may see: all for administrators and roles with the permission runs or flows, else those
    that he may begin. can_begin: whether he may; input: what is asked for then."""
    work = call.work
    return json_answer({"data": [_flow(call, doc) for doc in beginning.seen_flows(work)], "next": None})


def _flow(call: Call, doc: FlowDoc) -> dict[str, Json]:
    entity = call.work.model.entities.get(doc.entity)
    document = call.work.model.documents.get(doc.key, {})
    return {
        "name": doc.name,
        "label": {"zh": doc.label.zh, "en": doc.label.en},
        "trigger": doc.trigger.on,
        "entity": entity.name if entity is not None else None,
        "is_active": doc.is_active,
        "can_begin": doc.is_active and beginning.may_begin(call.work, doc),
        "input": document.get("trigger", {}).get("input", []),
    }


@route(
    "POST", "/api/v1/flows/{name}/runs", tag="Flows", summary="Begin a run", mode="write", scope="write", status=201,
    body=Body(_BEGIN, optional=True), answer="Object", errors=(404, 409),
)
def begin_flow(call: Call) -> Answer:
    """Press a button, or begin a flow with the trigger manual. Buttons without roles may be pressed by whoever may
    change the record. With an Idempotency-Key the same request begins one run."""
    body = call.pick("record", "input") if call.json is not None else {}
    beginning.seen_flow(call.work, call.args["name"])
    key = call.request.environ.get("HTTP_IDEMPOTENCY_KEY", "")
    made = beginning.begin_run(
        call.work, call.args["name"], record=body.get("record"), values=body.get("input"), key=key
    )
    return json_answer({"id": made}, 201)


@route(
    "POST", "/api/v1/flows/{name}/try", tag="Flows", summary="Try a flow out", mode="free", scope="write",
    body=Body(_TRY, optional=True), answer="Object", errors=(404,),
)
def try_flow(call: Call) -> Answer:
    """Run a flow, or a draft of it, to its end in a transaction that is undone: outside calls are kept and answered
    from `answers`, waits end at once, messages are shown. For administrators and roles with the permission flows."""
    body = call.pick(*_TRIED, "document") if call.json is not None else {}
    with call.runtime.reading(call.ctx) as work:
        beginning.ensure_manages_runs(work)
    for name in ("changes", "create", "input", "answers", "wakes", "document"):
        if body.get(name) is not None and not isinstance(body[name], dict):
            raise Invalid([Problem("wrong_type", f"/{name}", "This must be an object.")])
    flow: Json = call.args["name"]
    if body.get("document") is not None:
        flow = {**body["document"], "name": call.args["name"]}
    given = {name: body[name] for name in _TRIED if body.get(name) is not None}
    return json_answer(dry_run(call.runtime, call.ctx, flow, given))


# Runs


@route("GET", "/api/v1/runs", tag="Flows", summary="List runs", answer="List", parameters=_LISTED, errors=(404,))
def list_runs(call: Call) -> Answer:
    """Runs of flows, the latest first. For administrators and roles with the permission runs or flows."""
    beginning.ensure_sees_runs(call.work)
    asked = _asked(call)
    rows = history.list_runs(call.work, asked)
    return json_answer({"data": rows, "next": str(rows[-1]["id"]) if len(rows) == asked.limit else None})


def _asked(call: Call) -> RunQuery:
    state = call.query.get("state", "")
    if state and state not in _STATES:
        raise BadParameter(name="state", why=f"must be one of {', '.join(_STATES)}.")
    if "record" in call.query and "entity" not in call.query:
        raise BadParameter(name="record", why="needs entity.")
    return RunQuery(
        flow=call.query.get("flow", ""), state=state, entity=call.query.get("entity", ""),
        record=call.whole("record", 0) or None, parent=call.whole("parent", 0) or None, dead=call.flag("dead"),
        before=call.whole("before", 0), since=_since(call), limit=call.whole("limit", 50, least=1, most=200),
    )  # fmt: skip


def _since(call: Call) -> datetime | None:
    text = call.query.get("since")
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadParameter(name="since", why="must be an instant with its zone: 2025-01-31T08:00:00Z.")
    return found


@route("GET", "/api/v1/runs/figures", tag="Flows", summary="How flows are doing", answer="Object")
def flow_figures(call: Call) -> Answer:
    """Events and runs that wait, how long the oldest has, open runs by state, and dead letters."""
    beginning.ensure_sees_runs(call.work)
    return json_answer(figures(call.work))


@route("GET", "/api/v1/runs/{id}", tag="Flows", summary="Get a run", answer="Object", errors=(404,))
def get_run(call: Call) -> Answer:
    """A run with every step that it has taken: what went in and came out, when, how often, and why a branch was
    taken."""
    beginning.ensure_sees_runs(call.work)
    return json_answer(history.get_run(call.work, call.number("id", "run")))


def _managed(call: Call) -> int:
    beginning.ensure_manages_runs(call.work)
    return call.number("id", "run")


@route(
    "POST", "/api/v1/runs/{id}/cancel", tag="Flows", summary="Cancel a run", mode="write", scope="write", status=204,
    body=Body(_closed({"undo": {"type": "boolean"}}), optional=True), errors=(404, 409),
)
def cancel_run(call: Call) -> Answer:
    """End a run where it stands. undo: what it has noted to take back is taken back first."""
    body = call.pick("undo") if call.json is not None else {}
    controlling.cancel_run(call.work, _managed(call), undo=body.get("undo") is True)
    return Answer(status=204)


@route(
    "POST", "/api/v1/runs/{id}/retry", tag="Flows", summary="Retry a run", mode="write", scope="write", status=204,
    errors=(404, 409),
)
def retry_run(call: Call) -> Answer:
    """Let a failed run go on at the step that failed. A call that was cut off and waits for a person is repeated."""
    controlling.retry_run(call.work, _managed(call))
    return Answer(status=204)


@route(
    "POST", "/api/v1/runs/{id}/repeat", tag="Flows", summary="Repeat a run", mode="write", scope="write", status=201,
    body=Body(_closed({"as_it_was": {"type": "boolean"}}), optional=True), answer="Object", errors=(404,),
)
def repeat_run(call: Call) -> Answer:
    """Begin a new run with what this one was given, by the flow as it is now. as_it_was: by the flow of its release."""
    body = call.pick("as_it_was") if call.json is not None else {}
    made = controlling.repeat_run(call.work, _managed(call), with_head=body.get("as_it_was") is not True)
    return json_answer({"id": made}, 201)


@route(
    "POST", "/api/v1/runs/{id}/answer", tag="Flows", summary="Answer a call that was cut off", mode="write",
    scope="write", status=204, body=Body(_closed({"answer": {}}, ("answer",))), errors=(404, 409),
)
def answer_run(call: Call) -> Answer:
    """Say how the call of a run in review ended; the run goes on as if the answer had come."""
    body = call.pick("answer")
    controlling.answer_call(call.work, _managed(call), body.get("answer"))
    return Answer(status=204)


@route(
    "POST", "/api/v1/runs/{id}/settle", tag="Flows", summary="Settle a failed run", mode="write", scope="write",
    status=204, errors=(404,),
)
def settle_run(call: Call) -> Answer:
    """Take a failed run out of the dead letters without doing anything about it."""
    number = _managed(call)
    controlling.settle_failure(call.work, controlling.locked_run(call.work, number))
    return Answer(status=204)


@route(
    "POST", "/api/v1/runs/replay", tag="Flows", summary="Retry dead letters", mode="write", scope="write",
    body=Body(_closed({
        "flow": _NAME, "code": {"type": "string", "maxLength": 60}, "limit": {"type": "integer", "minimum": 1,
                                                                             "maximum": 1000},
    }), optional=True), answer="Object", errors=(404,),
)  # fmt: skip
def replay_runs(call: Call) -> Answer:
    """Retry the dead letters of a flow, or with a code of error, the oldest first; each goes on where it failed."""
    beginning.ensure_manages_runs(call.work)
    body = call.pick("flow", "code", "limit") if call.json is not None else {}
    limit = body.get("limit", 100)
    if type(limit) is not int or not 1 <= limit <= 1000:
        raise Invalid([Problem("out_of_bounds", "/limit", "This must be a whole number from 1 to 1000.")])
    for name in ("flow", "code"):
        if not isinstance(body.get(name, ""), str):
            raise Invalid([Problem("wrong_type", f"/{name}", "This must be a text.")])
    done = replaying.replay(call.work, flow=body.get("flow", ""), code=body.get("code", ""), limit=limit)
    return json_answer({"retried": done})
