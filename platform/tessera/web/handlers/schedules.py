"""Flows that go by the clock: their next slots and past ones, beginning one now, stopping and going on."""

from __future__ import annotations

from tessera.engine.flows.schedules import steering
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.routes import Parameter, route

_AHEAD = Parameter("ahead", {"type": "integer", "minimum": 1, "maximum": steering.MOST_AHEAD}, "How many next slots.")
_LISTED = (
    Parameter("missed", {"type": "boolean"}, "Only slots before which some were missed, or that were let go."),
    Parameter("before", {"type": "string", "maxLength": 40}, "The `next` of the page before."),
    Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many at most."),
)


@route("GET", "/api/v1/schedules", tag="Schedules", summary="List schedules", answer="List", parameters=(_AHEAD,))
def list_schedules(call: Call) -> Answer:
    """Every flow that goes by the clock, with its next slots and the one that was fired last. For administrators and
    roles with the permission runs or flows."""
    ahead = call.whole("ahead", 1, least=1, most=steering.MOST_AHEAD)
    return json_answer({"data": steering.list_schedules(call.work, ahead=ahead), "next": None})


@route(
    "GET", "/api/v1/schedules/{name}", tag="Schedules", summary="Get a schedule", answer="Object",
    parameters=(_AHEAD,), errors=(404, 409),
)
def get_schedule(call: Call) -> Answer:
    """A flow that goes by the clock. next: the instants of its next slots; none while it is paused or off."""
    ahead = call.whole("ahead", 10, least=1, most=steering.MOST_AHEAD)
    return json_answer(steering.get_schedule(call.work, call.args["name"], ahead=ahead))


@route(
    "GET", "/api/v1/schedules/{name}/slots", tag="Schedules", summary="List the slots of a schedule", answer="List",
    parameters=_LISTED, errors=(404, 409),
)
def list_slots(call: Call) -> Answer:
    """Slots that were fired, the latest first. state: open while runs are being made, done, missed when the policy let
    it go, failed. missed: how many slots before it nobody was there for, from `since_at` on."""
    limit = call.whole("limit", 50, least=1, most=200)
    rows = steering.list_slots(
        call.work, call.args["name"], only_missed=call.flag("missed"), before=call.query.get("before", ""), limit=limit
    )
    return json_answer({"data": rows, "next": rows[-1]["slot"] if len(rows) == limit else None})


@route(
    "POST", "/api/v1/schedules/{name}/run", tag="Schedules", summary="Run a schedule now", mode="write", scope="write",
    status=201, answer="Object", errors=(404, 409),
)
def run_schedule(call: Call) -> Answer:
    """Begin at once what the flow does at its times, which stay as they are; the slot that is made for it. For
    administrators and roles with the permission flows."""
    return json_answer(steering.run_now(call.work, call.args["name"]), 201)


@route(
    "POST", "/api/v1/schedules/{name}/pause", tag="Schedules", summary="Pause a schedule", mode="write", scope="write",
    status=204, errors=(404, 409),
)
def pause_schedule(call: Call) -> Answer:
    """Let no slot come due until it goes on."""
    steering.pause(call.work, call.args["name"])
    return Answer(status=204)


@route(
    "POST", "/api/v1/schedules/{name}/resume", tag="Schedules", summary="Resume a schedule", mode="write",
    scope="write", status=204, errors=(404, 409),
)
def resume_schedule(call: Call) -> Answer:
    """Go on from now: slots that it was paused for are not made up for."""
    steering.resume(call.work, call.args["name"])
    return Answer(status=204)
