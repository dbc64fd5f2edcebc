"""Drafts: documents changed over the head release, steps to undo, check, plan and publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from tessera.engine.building import checking, documents, drafts, publishing, steps
from tessera.engine.building.documents import Edited
from tessera.engine.building.drafts import Draft
from tessera.engine.building.errors import DraftMoved
from tessera.engine.building.merging import differences
from tessera.errors import Json
from tessera.meta.documents import parse_json
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody, BadParameter
from tessera.web.handlers.packages import CONSENT, FROM, REASON, instant_of
from tessera.web.routes import Body, Parameter, route

_CLOSED = Parameter("with_closed", {"type": "boolean"}, "Also drafts that were published or discarded.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "How many at most.")
_KIND = Parameter("kind", {"type": "string"}, "Only documents of this kind.", example="view")
_CHANGED = Parameter("is_changed", {"type": "boolean"}, "Only documents that the draft changes.")
_WHOLE = {"type": "integer", "minimum": 0}
_VERSION = Parameter("version", _WHOLE, "Version of the document that was read.", required=True)
_DRAFT_VERSION = Parameter("version", _WHOLE, "Version of the draft that was looked at.")
_TO = Parameter("to", _WHOLE, "Number of the last step that shall stay, or be done again.")


@route("GET", "/api/v1/drafts", tag="Building", summary="List drafts", scope="metadata", answer="DraftList",
       parameters=(_CLOSED, _LIMIT))
def list_drafts(call: Call) -> Answer:
    """The open drafts, the latest changed first, for who has the permission to design."""
    limit = call.whole("limit", 200, least=1, most=500)
    found = drafts.list_drafts(call.work, with_closed=call.flag("with_closed"), limit=limit)
    return json_answer({"data": [_draft(call, each) for each in found], "next": None})


@route("POST", "/api/v1/drafts", tag="Building", summary="Open a draft", mode="write", scope="metadata", status=201,
       body=Body("NewDraft"), answer="Draft", errors=(422,))
def open_draft(call: Call) -> Answer:
    """A draft with no changes yet, over the head release, which it remembers as its base."""
    body = call.pick("name", "note")
    found = drafts.open_draft(call.work, body.get("name"), body.get("note"))
    return json_answer(_draft(call, found), 201, [("Location", f"/api/v1/drafts/{found.id}")])


@route("GET", "/api/v1/drafts/{draft}", tag="Building", summary="Get a draft", scope="metadata", answer="Draft")
def get_draft(call: Call) -> Answer:
    """A draft: its base, whether the head has moved on since, and what can be undone and done again."""
    return json_answer(_draft(call, _found(call)))


@route("PATCH", "/api/v1/drafts/{draft}", tag="Building", summary="Rename a draft", mode="write", scope="metadata",
       body=Body("DraftChanges"), answer="Draft")
def change_draft(call: Call) -> Answer:
    """Give a draft another name or note."""
    body = call.pick("name", "note")
    return json_answer(_draft(call, drafts.change_draft(call.work, _number(call), body)))


@route("DELETE", "/api/v1/drafts/{draft}", tag="Building", summary="Discard a draft", mode="write", scope="metadata",
       status=204)
def discard_draft(call: Call) -> Answer:
    """Put a draft away. It is kept and can be opened again."""
    drafts.discard_draft(call.work, _number(call))
    return Answer(status=204)


@route("POST", "/api/v1/drafts/{draft}/reopen", tag="Building", summary="Open a discarded draft again", mode="write",
       scope="metadata", answer="Draft")
def reopen_draft(call: Call) -> Answer:
    """Open a draft again that was discarded."""
    return json_answer(_draft(call, drafts.reopen_draft(call.work, _number(call))))


@route("GET", "/api/v1/drafts/{draft}/documents", tag="Building", summary="List the documents of a draft",
       scope="metadata", answer="List", parameters=(_KIND, _CHANGED))
def list_draft_documents(call: Call) -> Answer:
    """Every document that the draft shows, by kind and name, each without its content: state is same, changed, added or
    removed; is_own says that it can be taken away."""
    found = [each.summary() for each in documents.list_documents(call.work, _found(call))]
    kind, is_changed = call.query.get("kind"), call.flag("is_changed")
    rows = [each for each in found if kind in (None, each["kind"]) and not (is_changed and each["state"] == "same")]
    return json_answer({"data": rows, "next": None})


@route("POST", "/api/v1/drafts/{draft}/documents", tag="Building", summary="Add a document", mode="write",
       scope="metadata", status=201, body=Body("NewDraftDocument"), answer="DraftDocument")
def create_draft_document(call: Call) -> Answer:
    """A new document in the draft's own package. A uid is made when the body has none."""
    body = _strict(call, "body", "label")
    found = documents.create_document(call.work, _number(call), body.get("body"), label=_label(body))
    headers = [("Location", f"/api/v1/drafts/{_number(call)}/documents/{found.key}")]
    return json_answer(document_json(found), 201, headers)


@route("GET", "/api/v1/drafts/{draft}/documents/{document}", tag="Building", summary="Get a document of a draft",
       scope="metadata", answer="DraftDocument")
def get_draft_document(call: Call) -> Answer:
    """A document by its key (package:uid) as the draft has it, and where it differs from the base."""
    return json_answer(document_json(documents.get_document(call.work, _found(call), call.args["document"])))


@route("PUT", "/api/v1/drafts/{draft}/documents/{document}", tag="Building", summary="Save a document of a draft",
       mode="write", scope="metadata", body=Body("DraftDocumentPut"), answer="DraftDocument")
def put_draft_document(call: Call) -> Answer:
    """Save a document, whole or not yet whole. version is what was read (0 for one that the draft leaves alone); when
    somebody else saved since, the answer is draft_moved with both merged and the clashes, and nothing is overwritten.
    is_merging: save what is merged when nothing clashes. Saves of one gesture are one step to undo."""
    body = _strict(call, "body", "version", "label", "gesture", "is_merging")
    version, gesture = body.get("version"), body.get("gesture")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise BadBody(why="version must be the version that was read, or 0")
    if gesture is not None and (not isinstance(gesture, str) or not 0 < len(gesture) <= 100):
        raise BadBody(why="gesture must be a text of at most 100 characters")
    found = documents.put_document(
        call.work, _number(call), call.args["document"], body.get("body"), version, label=_label(body),
        gesture=gesture, is_merging=body.get("is_merging") is True,
    )  # fmt: skip
    return json_answer(document_json(found))


@route("DELETE", "/api/v1/drafts/{draft}/documents/{document}", tag="Building", summary="Take a document away",
       mode="write", scope="metadata", answer="DraftDocument", parameters=(_VERSION,))
def remove_draft_document(call: Call) -> Answer:
    """Take a document of the draft's own package away; those of other packages stay."""
    call.needed("version")
    version = call.whole("version", 0)
    found = documents.remove_document(call.work, _number(call), call.args["document"], version)
    return json_answer(document_json(found))


@route("POST", "/api/v1/drafts/{draft}/documents/{document}/rename", tag="Building", summary="Rename with all uses",
       mode="write", scope="metadata", body=Body("DraftRename"), answer="DraftDocumentList")
def rename_draft_document(call: Call) -> Answer:
    """Call a document otherwise, or with element (uids with dots between) a part of it such as a field, and rewrite
    every reference that the platform knows; all of it is one step. The answer lists the documents that changed."""
    body = call.pick("name", "element", "label")
    name, element = body.get("name"), body.get("element", "")
    if not isinstance(name, str) or not isinstance(element, str):
        raise BadBody(why="name and element must be texts")
    key = call.args["document"] + (f".{element}" if element else "")
    found = documents.rename(call.work, _number(call), key, name, label=_label(body))
    return json_answer({"data": [document_json(each) for each in found]})


@route("POST", "/api/v1/drafts/{draft}/documents/{document}/revert", tag="Building", summary="Revert a document",
       mode="write", scope="metadata", answer="DraftDocument")
def revert_draft_document(call: Call) -> Answer:
    """Leave a document as the base has it. This is a step that can itself be undone."""
    return json_answer(document_json(documents.revert_document(call.work, _number(call), call.args["document"])))


@route("GET", "/api/v1/drafts/{draft}/steps", tag="Building", summary="List the steps of a draft", scope="metadata",
       answer="List", parameters=(_LIMIT,))
def list_draft_steps(call: Call) -> Answer:
    """What was done, the latest first, steps that were undone among them. At least 500 are kept."""
    found = steps.list_steps(call.work, _found(call), limit=call.whole("limit", 200, least=1, most=500))
    return json_answer({"data": [each.to_json() for each in found], "next": None})


@route("POST", "/api/v1/drafts/{draft}/undo", tag="Building", summary="Undo the last step", mode="write",
       scope="metadata", answer="DraftMove", parameters=(_TO,))
def undo_draft(call: Call) -> Answer:
    """Undo the last step, or all steps after the one named. The answer holds the draft and the keys that changed."""
    return _moved(call, is_back=True)


@route("POST", "/api/v1/drafts/{draft}/redo", tag="Building", summary="Do a step again", mode="write",
       scope="metadata", answer="DraftMove", parameters=(_TO,))
def redo_draft(call: Call) -> Answer:
    """Do the step again that was undone last, or all up to the one named."""
    return _moved(call, is_back=False)


@route("GET", "/api/v1/drafts/{draft}/check", tag="Building", summary="Check a draft", scope="metadata",
       answer="DraftCheck")
def check_draft(call: Call) -> Answer:
    """Every problem with its document, JSON pointer, code and hint; and which documents are sound all the same."""
    return json_answer(checking.check_draft(call.work, _found(call)))


@route("GET", "/api/v1/drafts/{draft}/plan", tag="Building", summary="Plan a draft", scope="metadata",
       answer="PlanAnswer", parameters=(FROM,), errors=(409, 422))
def plan_draft(call: Call) -> Answer:
    """What publishing would change, with counts of the records touched, as for packages."""
    draft = _found(call)
    proposal = publishing.plan(call.work, draft.id, effective_from=instant_of(call))
    return json_answer({**proposal.to_json(), "version": draft.version})


@route("GET", "/api/v1/drafts/{draft}/merge", tag="Building", summary="Look at what the head did since",
       scope="metadata", answer="DraftMerge")
def get_draft_merge(call: Call) -> Answer:
    """What releases since the base did to documents that the draft changes, and where both said something."""
    return json_answer(publishing.merge_json(call.work, _found(call)))


@route("POST", "/api/v1/drafts/{draft}/rebase", tag="Building", summary="Bring a draft up to the head", mode="write",
       scope="metadata", body=Body("DraftRebase", optional=True), answer="Draft")
def rebase_draft(call: Call) -> Answer:
    """Merge the releases since the base into the draft, by uid. Where both said something, choices says what to take;
    without that the answer is merge_needed with every such place. The merge is a step that can be undone."""
    body = _strict(call, "choices") if call.json is not None else {}
    choices = body.get("choices", [])
    if not isinstance(choices, list) or not all(_is_choice(each) for each in choices):
        raise BadBody(why='choices must be a list of {"key", "pointer", "take": "ours" | "theirs" | "base"}')
    return json_answer(_draft(call, publishing.rebase(call.work, _number(call), choices)))


@route("POST", "/api/v1/drafts/{draft}/publish", tag="Building", summary="Publish a draft", mode="free",
       scope="metadata", answer="PlanAnswer", parameters=(_DRAFT_VERSION, CONSENT, REASON, FROM),
       errors=(403, 409, 422))
def publish_draft(call: Call) -> Answer:
    """Make a release of the draft, for who has the permission to publish. It is refused when the head moved since
    (draft_behind: bring it up to the head first), when the draft moved since the version named, or when it would give
    or show more than the publisher may himself (beyond_rights). Changes that hide or alter values need consent."""
    with call.runtime.reading(call.ctx) as work:
        publishing.ensure_publisher(work)
        draft = drafts.get_draft(work, _number(call))
        made = publishing.ready(work, draft)
    version = call.whole("version", draft.version)
    if version != draft.version:
        raise DraftMoved("The draft was changed since it was looked at.", version=draft.version)
    applied = publishing.publish(
        call.runtime.database, call.runtime.settings, call.ctx, made, consent=call.flag("consent"),
        effective_from=instant_of(call), reason=call.query.get("reason", "")[:1000],
    )  # fmt: skip
    return json_answer({**applied.proposal.to_json(), "release": applied.release, "is_new": applied.is_new})


def _moved(call: Call, *, is_back: bool) -> Answer:
    to = call.whole("to", 0) if "to" in call.query else None
    before = drafts.get_draft(call.work, _number(call))
    after = (steps.undo if is_back else steps.redo)(call.work, before.id, to)
    low, high = sorted((before.place, after.place))
    touched = [each for each in steps.list_steps(call.work, after, limit=1000) if low < each.number <= high]
    keys = sorted({change["key"] for each in touched for change in each.changes})
    return json_answer({"draft": _draft(call, after), "documents": keys})


def _number(call: Call) -> int:
    return call.number("draft", "draft")


def _found(call: Call) -> Draft:
    return drafts.get_draft(call.work, _number(call))


def _draft(call: Call, draft: Draft) -> dict[str, Json]:
    undo, redo = steps.next_steps(call.work, draft)
    head = call.work.model.number
    more = {"head": head, "is_behind": draft.state == "open" and draft.base != head}
    return {**asdict(draft), **more, "undo": undo and undo.to_json(), "redo": redo and redo.to_json()}


def document_json(found: Edited) -> dict[str, Json]:
    """A document of a draft as it goes over the wire."""
    changes = [] if found.state == "same" else [each.to_json() for each in differences(found.base, found.body)]
    return {**found.summary(), "body": found.body, "differences": changes}


def _strict(call: Call, *names: str) -> dict[str, Json]:
    """The body as documents are read: numbers with a decimal point as texts. Raises: BadBody, UnknownField."""
    call.pick(*names)
    body = parse_json(call.data.decode("utf-8", "replace"))
    assert isinstance(body, dict), "pick has seen that it is an object"
    return body


def _label(body: Mapping[str, Json]) -> dict[str, str] | None:
    value = body.get("label")
    if value is None:
        return None
    if isinstance(value, str) and 0 < len(value) <= 200:
        return {"zh": value, "en": value}
    by_language = value if isinstance(value, dict) and set(value) <= {"zh", "en"} else {}
    if by_language and all(isinstance(each, str) for each in by_language.values()):
        first = next(iter(by_language.values()))
        return {"zh": str(value.get("zh", first)), "en": str(value.get("en", first))}
    raise BadParameter(name="label", why="must be a text, or one for each of zh and en.")


def _is_choice(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"key", "pointer", "take"}
        and isinstance(value["key"], str)
        and isinstance(value["pointer"], str)
        and value["take"] in ("ours", "theirs", "base")
    )
