"""Hooks: addresses to which outside systems send signed events."""

from __future__ import annotations

from tessera.engine import incoming
from tessera.engine.incoming import BadSignature, Received
from tessera.errors import Invalid, Json, Problem
from tessera.web.answers import Answer, json_answer, problem_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody, BadParameter, TooLarge
from tessera.web.json_body import parse
from tessera.web.routes import Body, Parameter, route, text_of

_MOST_ID = 2**63 - 1
_BEFORE = Parameter("before", {"type": "integer", "minimum": 0, "maximum": _MOST_ID}, "The `next` of the page before.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many at most.")
_STATES = ("accepted", "rejected")
_HEADERS = tuple(
    Parameter(name, text_of("header"), text, place="header")
    for name, text in (
        ("webhook-id", "What the sender calls the event; the same in every repetition."),
        ("webhook-timestamp", "Seconds since 1970, at most five minutes off."),
        ("webhook-signature", "v1, and the base 64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`."),
    )
)


@route(
    "POST", "/api/v1/hooks/{name}", tag="Hooks", summary="Send an event", mode="free", scope="",
    body=Body("HookBody", kind="raw"), answer="HookAnswer", parameters=_HEADERS, errors=(400, 401),
)
def receive_event(call: Call) -> Answer:
    """Take in an event from outside, signed in the manner of Standard Webhooks. An event that came before is answered
    with the status repeated, and does nothing. What is not signed, or too old, is refused and kept to be looked at."""
    limit = call.runtime.settings.limits.hook_bytes
    data = call.request.get_data(cache=False) if (call.request.content_length or 0) <= limit else None
    if data is None or len(data) > limit:
        raise TooLarge(limit_bytes=limit)
    value: Json = None
    try:
        value = parse(data)
    except BadBody:
        value = None
    headers = {name.lower(): text for name, text in call.request.headers.items()}
    sent = Received(headers, data, value, call.request.remote_addr or "")
    outcome = call.runtime.write(call.ctx, lambda work: incoming.receive(work, call.args["name"], sent))
    if outcome.reason == "bad_json":
        return problem_answer(BadBody(why="it must be a JSON object"), call.ctx.request_id)
    if outcome.state == "rejected":
        return problem_answer(BadSignature(), call.ctx.request_id)
    return json_answer({"status": outcome.state})


@route("GET", "/api/v1/hooks", tag="Hooks", summary="List hooks", scope="metadata", answer="HookList", errors=(403,))
def list_hooks(call: Call) -> Answer:
    """Every hook with how many events it accepted, had before and refused. For administrators."""
    return json_answer({"data": incoming.list_hooks(call.work)})


@route(
    "POST", "/api/v1/hooks", tag="Hooks", summary="Make a hook", mode="free", scope="metadata", status=201,
    body=Body("NewHook"), answer="FreshHook", errors=(403, 409, 422),
)
def create_hook(call: Call) -> Answer:
    """Make a hook, for administrators. The answer shows its secret this one time; it is kept sealed."""
    name = call.pick("name").get("name")
    found = call.runtime.write(call.ctx, lambda work: incoming.create_hook(work, name))
    return json_answer(found, 201, [("Location", f"/api/v1/hooks/{found['name']}")])


@route(
    "PATCH", "/api/v1/hooks/{name}", tag="Hooks", summary="Switch a hook on or off", mode="write", scope="metadata",
    body=Body("HookChanges"), answer="Hook", errors=(403, 404),
)
def change_hook(call: Call) -> Answer:
    """Switch a hook on or off, for administrators; one that is off refuses everything."""
    is_active = call.pick("is_active").get("is_active")
    if not isinstance(is_active, bool):
        raise Invalid([Problem("wrong_value", "/is_active", "This must be true or false.")])
    return json_answer(incoming.set_active(call.work, call.args["name"], is_active=is_active))


@route(
    "DELETE", "/api/v1/hooks/{name}", tag="Hooks", summary="Take a hook away", mode="write", scope="metadata",
    status=204, errors=(403, 404),
)
def delete_hook(call: Call) -> Answer:
    """Take a hook away with its secret and the events that it kept, for administrators."""
    incoming.delete_hook(call.work, call.args["name"])
    return Answer(status=204)


@route(
    "POST", "/api/v1/hooks/{name}/secret", tag="Hooks", summary="Give a hook another secret", mode="free",
    scope="metadata", answer="HookSecret", errors=(403, 404),
)
def renew_hook_secret(call: Call) -> Answer:
    """Give a hook another secret, for administrators, shown this one time. What is signed by the old one is refused at
    once; a sender may send both signatures while it changes."""
    name = call.args["name"]
    fresh = call.runtime.write(call.ctx, lambda work: incoming.renew_secret(work, name))
    return json_answer({"name": name, "secret": fresh})


@route(
    "GET", "/api/v1/hooks/{name}/events", tag="Hooks", summary="List events of a hook", scope="metadata",
    answer="HookEventPage", errors=(403, 404),
    parameters=(
        Parameter("state", {"type": "string", "enum": list(_STATES)}, "Only those."), _BEFORE, _LIMIT,
    ),
)  # fmt: skip
def list_hook_events(call: Call) -> Answer:
    """What a hook was sent in the last thirty days, the latest first, without the bodies; of refused events the latest
    hundred. For administrators."""
    state = call.query.get("state", "")
    if state and state not in _STATES:
        raise BadParameter(name="state", why="must be accepted or rejected.")
    limit = call.whole("limit", 50, least=1, most=200)
    before = call.whole("before", 0)
    found = incoming.list_events(call.work, call.args["name"], state=state, before=before, limit=limit + 1)
    following = found[limit - 1]["id"] if len(found) > limit else None
    return json_answer({"data": found[:limit], "next": following})


@route(
    "GET", "/api/v1/hooks/{name}/events/{number}", tag="Hooks", summary="Get an event of a hook", scope="metadata",
    answer="HookEvent", errors=(403, 404),
)
def get_hook_event(call: Call) -> Answer:
    """An event with its body as it came (of refused ones the beginning). For administrators."""
    return json_answer(incoming.get_event(call.work, call.args["name"], call.number("number", "event")))
