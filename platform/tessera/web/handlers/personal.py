"""What a user keeps for himself: saved views, settings, unfinished forms, and what he looked at last."""

from __future__ import annotations

from tessera.engine.personal import form_drafts, recent, settings, views
from tessera.errors import Json
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody, BadParameter
from tessera.web.routes import Body, Parameter, route

_ENTITY = Parameter("entity", {"type": "string"}, "Name of the entity.", required=True)
_OF_ENTITY = Parameter("entity", {"type": "string"}, "Only of this entity.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 100}, "How many at most.")
_KIND = f"({'|'.join(recent.KINDS)})"
_KIND_LIST = {"type": "string", "pattern": f"^{_KIND}(,{_KIND})*$"}
_KINDS = Parameter("kinds", _KIND_LIST, "Kinds with commas between: record, view, dashboard, draft.")


@route("GET", "/api/v1/my/views", tag="Personal", summary="List my views of an entity", answer="SavedViewList",
       parameters=(_ENTITY,), errors=(404,))
def list_saved_views(call: Call) -> Answer:
    """The views of an entity that the user may use: locked ones of the metadata, shared ones and his own. Views that
    name what he may not read are not there."""
    return json_answer({"data": views.list_views(call.work, call.needed("entity"))})


@route("POST", "/api/v1/my/views", tag="Personal", summary="Save a view", mode="write", scope="write", status=201,
       body=Body("NewSavedView"), answer="SavedView", errors=(404,))
def create_saved_view(call: Call) -> Answer:
    """Save a list with its filter, order, columns, widths, frozen columns and groups, for oneself or shared."""
    body = call.pick("entity", "label", "icon", "sharing", "based_on", "place", "body")
    found = views.create_view(call.work, body)
    return json_answer(views.view_json(call.work, found), 201, [("Location", f"/api/v1/my/views/{found.id}")])


@route("GET", "/api/v1/my/views/{view}", tag="Personal", summary="Get a saved view", answer="SavedView")
def get_saved_view(call: Call) -> Answer:
    """A saved view: one's own, or a shared one."""
    return json_answer(views.view_json(call.work, views.get_view(call.work, call.number("view", "view"))))


@route("PATCH", "/api/v1/my/views/{view}", tag="Personal", summary="Change a saved view", mode="write", scope="write",
       body=Body("SavedViewChanges"), answer="SavedView")
def change_saved_view(call: Call) -> Answer:
    """Change one's own view, or a shared one for who may design. version: that was read; refused when it moved on."""
    body = dict(call.pick("label", "icon", "sharing", "place", "body", "version"))
    version = body.pop("version", None)
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise BadBody(why="version must be a whole number")
    found = views.change_view(call.work, call.number("view", "view"), body, version)
    return json_answer(views.view_json(call.work, found))


@route("DELETE", "/api/v1/my/views/{view}", tag="Personal", summary="Delete a saved view", mode="write",
       scope="write", status=204)
def delete_saved_view(call: Call) -> Answer:
    """Delete one's own view, or a shared one for who may design."""
    views.delete_view(call.work, call.number("view", "view"))
    return Answer(status=204)


@route("GET", "/api/v1/my/settings", tag="Personal", summary="Get my settings", answer="Object")
def get_settings(call: Call) -> Answer:
    """What the user has set for himself, by name."""
    return json_answer(settings.get_settings(call.work))


@route("PATCH", "/api/v1/my/settings", tag="Personal", summary="Change my settings", mode="write", scope="write",
       body=Body("SettingsChanges"), answer="Object")
def change_settings(call: Call) -> Answer:
    """Set what the body names; null takes a setting away. language, theme, height and keys_off have fixed values; other
    names, such as panel.list.width, are up to the screens."""
    return json_answer(settings.change_settings(call.work, call.object()))


@route("GET", "/api/v1/my/form-drafts", tag="Personal", summary="List my unfinished forms", answer="List",
       parameters=(_OF_ENTITY,), errors=(404,))
def list_form_drafts(call: Call) -> Answer:
    """Forms that the user has begun to fill in within 30 days, the latest first, without their values."""
    return json_answer({"data": form_drafts.list_form_drafts(call.work, call.query.get("entity", "")), "next": None})


@route("GET", "/api/v1/my/form-drafts/{of}/{key}", tag="Personal", summary="Get an unfinished form",
       answer="FormDraft")
def get_form_draft(call: Call) -> Answer:
    """An unfinished form of a record of the entity, or with the key "new" of a new one."""
    return json_answer(form_drafts.get_form_draft(call.work, call.args["of"], call.args["key"]))


@route("PUT", "/api/v1/my/form-drafts/{of}/{key}", tag="Personal", summary="Keep an unfinished form", mode="write",
       scope="write", body=Body("FormDraftPut"), answer="FormDraft")
def put_form_draft(call: Call) -> Answer:
    """Keep what has been filled in so far, in place of what was kept before. Nothing in it is checked."""
    body = call.pick("body", "form", "record_version")
    return json_answer(form_drafts.put_form_draft(call.work, call.args["of"], call.args["key"], body))


@route("DELETE", "/api/v1/my/form-drafts/{of}/{key}", tag="Personal", summary="Forget an unfinished form",
       mode="write", scope="write", status=204)
def delete_form_draft(call: Call) -> Answer:
    """Forget an unfinished form, once it is saved or not wanted any more."""
    form_drafts.delete_form_draft(call.work, call.args["of"], call.args["key"])
    return Answer(status=204)


@route("GET", "/api/v1/my/recent", tag="Personal", summary="What I looked at last", answer="List",
       parameters=(_KINDS, _LIMIT))
def list_recent(call: Call) -> Answer:
    """Records, views, dashboards and drafts that the user looked at, the latest first, as far as he may see them."""
    asked = call.query.get("kinds")
    kinds = recent.KINDS if asked is None else tuple(each.strip() for each in asked.split(","))
    if not set(kinds) <= set(recent.KINDS):
        raise BadParameter(name="kinds", why=f"must be some of {', '.join(recent.KINDS)}.")
    rows = recent.list_recent(call.work, limit=call.whole("limit", 20, least=1, most=100), kinds=kinds)
    return json_answer({"data": rows, "next": None})


@route("POST", "/api/v1/my/recent", tag="Personal", summary="Note what I look at", mode="write", scope="write",
       status=204, body=Body("RecentNote"), errors=(404,))
def note_recent(call: Call) -> Answer:
    """Note a record (kind record, target the entity's name, record its key), a view, a dashboard or a draft."""
    body: dict[str, Json] = call.pick("kind", "target", "record")
    recent.note_recent(call.work, body.get("kind"), body.get("target"), body.get("record"))
    return Answer(status=204)
