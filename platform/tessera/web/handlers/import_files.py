"""The import assistant: a file is sent, looked at, matched with an entity, tried, and imported or kept as a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import current_app

from tessera.engine import importing as engine
from tessera.errors import Json
from tessera.web.answers import Answer, json_answer
from tessera.web.background import Imports
from tessera.web.call import Call
from tessera.web.errors import BadBody
from tessera.web.handlers.drafts import document_json
from tessera.web.handlers.imports import job_json
from tessera.web.routes import Body, Parameter, route
from tessera.web.uploads import received_file

_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_FORM = {"type": "object", "required": ["file"], "properties": {"file": _FILE}}
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many rows at most.")
_WRITTEN = ("sheet", "delimiter", "encoding", "has_header")


@route("POST", "/api/v1/import-files", tag="Imports", summary="Send a file to look at", mode="free", scope="write",
       status=201, body=Body(_FORM, kind="upload"), answer="ImportUpload")
def send_import_file(call: Call) -> Answer:
    """Keep a CSV, NDJSON or Excel file for a week, to look at it and import it in steps. Nothing is imported yet."""
    limits = call.runtime.settings.limits
    with received_file(call, call.runtime.settings.data_dir / "uploads", limits.upload_bytes) as received:
        found = engine.take(call.runtime, call.ctx, received.path, Path(received.name).name)
    return json_answer(found.to_json(), 201, [("Location", f"/api/v1/import-files/{found.id}")])


@route("GET", "/api/v1/import-files", tag="Imports", summary="List my files to import", answer="List")
def list_import_files(call: Call) -> Answer:
    """The user's own files, the latest first."""
    return json_answer({"data": [each.to_json() for each in engine.list_uploads(call.work)], "next": None})


@route("GET", "/api/v1/import-files/{file}", tag="Imports", summary="Get a file to import", answer="ImportUpload")
def get_import_file(call: Call) -> Answer:
    """How a file seems to be written."""
    return json_answer(engine.get_upload(call.work, call.number("file", "file")).to_json())


@route("DELETE", "/api/v1/import-files/{file}", tag="Imports", summary="Delete a file to import", mode="write",
       scope="write", status=204)
def delete_import_file(call: Call) -> Answer:
    """Forget a file that was sent to look at."""
    engine.delete_upload(call.work, call.number("file", "file"))
    return Answer(status=204)


@route("POST", "/api/v1/import-files/{file}/proposal", tag="Imports", summary="Propose an import",
       body=Body("ImportProposalRequest", optional=True), answer="ImportProposal", errors=(404, 409))
def propose_import(call: Call) -> Answer:
    """What the columns hold, which entities the file is like, which fields the columns fill and by which formulas, and
    the entity that could be made of it. entity: match with this one. The plan goes, changed or not, to what follows."""
    given = call.pick("entity", *_WRITTEN) if call.data else {}
    entity = given.get("entity") or ""
    if not isinstance(entity, str):
        raise BadBody(why="entity must be a name")
    looked = engine.looked_at(call.work, call.number("file", "file"), _written(given))
    return json_answer(engine.proposal(call.work, looked, entity))


@route("POST", "/api/v1/import-files/{file}/preview", tag="Imports", summary="Try an import", mode="free",
       scope="write", body=Body("ImportPlanRequest"), answer="ImportPreview", errors=(404, 409), parameters=(_LIMIT,))
def preview_import(call: Call) -> Answer:
    """What would become of the first rows, by the checks that the import makes; nothing is written."""
    given = call.pick("plan", *_WRITTEN)
    limit = call.whole("limit", 50, least=1, most=200)
    number = call.number("file", "file")
    found = engine.preview(call.runtime, call.ctx, number, _written(given), given.get("plan"), limit)
    return json_answer(found)


@route("POST", "/api/v1/import-files/{file}/run", tag="Imports", summary="Import a file by its plan", mode="free",
       scope="write", status=202, body=Body("ImportPlanRequest"), answer="ImportJob", errors=(404, 409))
def run_import(call: Call) -> Answer:
    """Import the file in the background by a mapping that is used once. Follow Location for its end."""
    given = call.pick("plan", *_WRITTEN)
    batch = engine.run(call.runtime, call.ctx, call.number("file", "file"), _written(given), given.get("plan"))
    imports: Imports = current_app.extensions["tessera_imports"]
    imports.start(call.ctx, batch)
    with call.runtime.reading(call.ctx) as work:
        body = job_json(work, batch)
    return json_answer(body, 202, [("Location", f"/api/v1/imports/{batch}")])


@route("POST", "/api/v1/import-files/{file}/mapping", tag="Imports", summary="Keep a plan as a mapping", mode="write",
       scope="metadata", status=201, body=Body("ImportSaveRequest"), answer="DraftDocument", errors=(404, 409))
def save_import(call: Call) -> Answer:
    """Put the plan into a draft as a mapping, by which such files can be imported again and again."""
    given = call.pick("plan", "draft", "name", "label", *_WRITTEN)
    draft, name = given.get("draft"), given.get("name")
    if isinstance(draft, bool) or not isinstance(draft, int) or not isinstance(name, str):
        raise BadBody(why="draft must be its number, name the name of the mapping")
    found = engine.save(call.work, call.number("file", "file"), _written(given), given.get("plan"), draft=draft,
                        name=name, label=given.get("label"))  # fmt: skip
    headers = [("Location", f"/api/v1/drafts/{draft}/documents/{found.key}")]
    return json_answer(document_json(found), 201, headers)


def _written(given: Mapping[str, Json]) -> dict[str, Json]:
    return {name: given[name] for name in _WRITTEN if given.get(name) is not None}
