"""Trying a draft before it is published: its forms, views and rules over real records, and its scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tessera.engine.building import documents, drafts, previews, scenes
from tessera.engine.building.checking import checked, draft_model, ensure_sound
from tessera.engine.building.trying import try_document
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.web import trial
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody
from tessera.web.handlers.drafts import document_json
from tessera.web.routes import Body, route


@route("POST", "/api/v1/drafts/{draft}/preview/form", tag="Building", summary="Preview a form", scope="metadata",
       body=Body("FormPreviewRequest"), answer="FormPreview")
def preview_form(call: Call) -> Answer:
    """A form of the draft with a real record, the latest one when none is named: values, and for every condition
    whether it holds. role: with the eyes of one role alone, of the user's own (administrators: of any)."""
    body = call.pick("document", "record", "role")
    work = _eyes(call, body)
    found = checked(call.work, drafts.get_draft(call.work, call.number("draft", "draft")))
    return json_answer(previews.preview_form(work, found, _text(body, "document"), body.get("record")))


@route("POST", "/api/v1/drafts/{draft}/preview/view", tag="Building", summary="Preview a view", scope="metadata",
       body=Body("ViewPreviewRequest"), answer="ViewPreview")
def preview_view(call: Call) -> Answer:
    """Rows of a view of the draft. Where the draft changes what the view reads they come from the latest 500 records,
    and is_partial says so; hidden names columns that the user may not read."""
    body = call.pick("document", "filter", "limit", "role")
    limit = body.get("limit", 50)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= previews.ROWS:
        raise BadBody(why=f"limit must be a whole number from 1 to {previews.ROWS}")
    work = _eyes(call, body)
    found = checked(call.work, drafts.get_draft(call.work, call.number("draft", "draft")))
    with call.filtering():
        condition = _text(body, "filter", "")
        made = previews.preview_view(work, found, _text(body, "document"), condition=condition, limit=limit)
    return json_answer(made)


@route("POST", "/api/v1/drafts/{draft}/preview/rules", tag="Building", summary="Try rules on a document",
       scope="metadata", body=Body("RulesPreviewRequest"), answer="RulesPreview")
def preview_rules(call: Call) -> Answer:
    """What the rules in force and those of the draft each make of a real document: both proofs, and where they differ.
    at: a supposed instant in place of the document's own. Nothing is written."""
    body = call.pick("entity", "record", "timeline", "at")
    model = draft_model(call.work, drafts.get_draft(call.work, call.number("draft", "draft")))
    at = _instant(body.get("at"))
    made = try_document(call.work, _text(body, "entity"), body.get("record"), model,
                        timeline=_text(body, "timeline", ""), at=at)  # fmt: skip
    return json_answer(made)


@route("POST", "/api/v1/drafts/{draft}/preview/scenario", tag="Building", summary="Keep a trial as a scenario",
       mode="write", scope="metadata", status=201, body=Body("ScenarioRequest"), answer="DraftDocument")
def save_scenario(call: Call) -> Answer:
    """Make a scenario of a real document that expects what the draft's rules make of it, and add it to the draft: the
    document, its holder's earlier ones and what they refer to. Personal values in it are made up."""
    body = call.pick("entity", "record", "timeline", "name", "label")
    number = call.number("draft", "draft")
    model = draft_model(call.work, drafts.get_draft(call.work, number))
    name = _text(body, "name")
    label = body.get("label") or name
    told = label if isinstance(label, Mapping) else {"zh": str(label), "en": str(label)}
    made = scenes.scenario_of(call.work, _text(body, "entity"), body.get("record"), model, name=name,
                              label=told, timeline=_text(body, "timeline", ""))  # fmt: skip
    found = documents.create_document(call.work, number, made)
    return json_answer(document_json(found), 201)


@route("POST", "/api/v1/drafts/{draft}/test", tag="Building", summary="Run the scenarios of a draft", mode="free",
       scope="metadata", body=Body("DraftTestRequest", optional=True), answer="DraftTest", errors=(422,))
def test_draft(call: Call) -> Answer:
    """Run scenarios of the draft, all or those of the keys named, in a database of their own that is removed then."""
    body = call.pick("documents") if call.json is not None else {}
    wanted = body.get("documents", [])
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise BadBody(why="documents must be a list of keys")
    with call.runtime.reading(call.ctx) as work:
        found = checked(work, drafts.get_draft(work, call.number("draft", "draft")))
        ensure_sound(found)
    made = trial.outcomes_of(call.runtime.settings, found.packages, frozenset(wanted))
    rows = [each.to_json() for each in made]
    return json_answer({"passed": all(each.passed for each in made), "outcomes": rows})


def _eyes(call: Call, body: Mapping[str, Json]) -> Work:
    role = body.get("role")
    return call.work if not role else previews.acting_as(call.work, str(role))


def _text(body: Mapping[str, Json], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise BadBody(why=f"{name} must be a text")
    return value


def _instant(text: Json) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise BadBody(why="at must be an instant with a time zone, 2026-01-31T08:00:00Z")
    return instant
