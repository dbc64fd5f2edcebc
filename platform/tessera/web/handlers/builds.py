"""What releases left to be done in the background, and how far that is."""

from __future__ import annotations

from dataclasses import asdict

from tessera.engine import outstanding, timeline
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.handlers.metadata import ensure_designer
from tessera.web.routes import route


@route(
    "GET",
    "/api/v1/releases/outstanding",
    tag="Packages",
    summary="List what releases left to be done",
    scope="metadata",
    answer="Outstanding",
)
def list_outstanding(call: Call) -> Answer:
    """Builds that are not done: how far each is (done of total), which fields it fills (a filter or sort by one is
    refused with field_building until then), and the ids of rows that stand in its way; and how many holders wait to be
    folded again. The server or its workers do it by themselves. For who may design."""
    ensure_designer(call)
    left = [asdict(each) for each in outstanding.progress(call.work)]
    return json_answer({"builds": left, "holders": timeline.pending_holders(call.work)})
