"""Exports that are made in the background, and the list of jobs: imports and exports with how far they are."""

from __future__ import annotations

import re
from dataclasses import asdict
from urllib.parse import quote

from flask import current_app

from tessera.engine import exports as engine
from tessera.engine import mapping
from tessera.engine.exports.writers import MEDIA_TYPES
from tessera.errors import Json
from tessera.web.answers import Answer, json_answer
from tessera.web.background import Exports, Imports
from tessera.web.call import Call
from tessera.web.routes import Body, Parameter, route

_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many at most.")
_BEFORE = Parameter("before", {"type": "integer"}, "The `next` of the page before.")
_ASKED = (
    "view", "saved_view", "entity", "filter", "search", "search_in", "sort", "columns", "ids", "format", "language",
    "is_raw", "label",
)  # fmt: skip


@route("POST", "/api/v1/exports", tag="Exports", summary="Begin an export", mode="write", scope="write", status=202,
       body=Body("NewExport"), answer="Export", errors=(404, 429))
def start_export(call: Call) -> Answer:
    """Have a list, a saved view or a view of the metadata written to a file in the background. Lists and views of
    records hold what matched when it began. With a language: headings, options and titles as people read them."""
    number = engine.start_export(call.work, call.pick(*_ASKED))
    jobs: Exports = current_app.extensions["tessera_exports"]
    call.work.after_commit(lambda: jobs.start(number))
    body = _export_json(engine.get_export(call.work, number))
    return json_answer(body, 202, [("Location", f"/api/v1/exports/{number}")])


@route("GET", "/api/v1/exports", tag="Exports", summary="List exports", answer="List", parameters=(_BEFORE, _LIMIT))
def list_exports(call: Call) -> Answer:
    """One's own exports, the latest first; those of everybody for who has the permission `jobs`."""
    limit = call.whole("limit", 50, least=1, most=200)
    before = call.whole("before", 0) if "before" in call.query else None
    found = engine.list_exports(call.work, before=before, limit=limit)
    following = str(found[-1].id) if len(found) == limit else None
    return json_answer({"data": [_export_json(each) for each in found], "next": following})


@route("GET", "/api/v1/exports/{export}", tag="Exports", summary="Get an export", answer="Export")
def get_export(call: Call) -> Answer:
    """How far an export is. One that a stopped server has left is begun anew within a minute, three times at most."""
    return json_answer(_export_json(engine.get_export(call.work, call.number("export", "export"))))


@route("POST", "/api/v1/exports/{export}/cancel", tag="Exports", summary="Cancel an export", mode="write",
       scope="write", answer="Export", errors=(409,))
def cancel_export(call: Call) -> Answer:
    """End an export that is not at its end; what was written of it is removed."""
    return json_answer(_export_json(engine.cancel_export(call.work, call.number("export", "export"))))


@route("DELETE", "/api/v1/exports/{export}", tag="Exports", summary="Delete an export", mode="write", scope="write",
       status=204)
def delete_export(call: Call) -> Answer:
    """Forget an export, with its file."""
    engine.delete_export(call.work, call.number("export", "export"))
    return Answer(status=204)


@route("GET", "/api/v1/exports/{export}/file", tag="Exports", summary="Fetch an export",
       answer={"type": "string", "format": "binary"}, content_type="application/octet-stream", errors=(409,))
def fetch_export(call: Call) -> Answer:
    """The file of an export that is complete, for its owner and administrators."""
    return _file(call)


@route("GET", "/api/v1/jobs", tag="Exports", summary="List jobs", answer="List", parameters=(_LIMIT,))
def list_jobs(call: Call) -> Answer:
    """The latest imports and exports that the user may see, the latest first, with their progress."""
    limit = call.whole("limit", 50, least=1, most=200)
    found = [_export_job(each) for each in engine.list_exports(call.work, limit=limit)]
    found += [_import_job(each) for each in mapping.list_batches(call.work, limit=limit)]
    found.sort(key=lambda each: each["started_at"], reverse=True)
    return json_answer({"data": found[:limit], "next": None})


def _file(call: Call) -> Answer:
    found, path = engine.export_file(call.work, call.number("export", "export"))
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", found.label).strip("_") or "export"
    name = f"{found.label}.{found.format}"
    headers = [
        ("Content-Disposition",
         f"attachment; filename=\"{plain}.{found.format}\"; filename*=UTF-8''{quote(name, safe='')}"),
        ("Cache-Control", "private, no-store"),
    ]  # fmt: skip
    return Answer(headers=headers, content_type=MEDIA_TYPES[found.format], file=path, is_kept=True)


def _export_json(found: engine.Export) -> dict[str, Json]:
    file = f"/api/v1/exports/{found.id}/file" if found.status == "complete" else None
    return {**asdict(found), "file": file}


def _export_job(found: engine.Export) -> dict[str, Json]:
    return {
        "kind": "export", "id": found.id, "label": found.label, "status": found.status,
        "is_running": found.status in ("waiting", "running"), "done": found.rows, "total": found.total,
        "problem": found.problem, "started_at": found.created_at, "started_by": found.owner,
        "finished_at": found.finished_at, "self": f"/api/v1/exports/{found.id}",
        "file": f"/api/v1/exports/{found.id}/file" if found.status == "complete" else None,
    }  # fmt: skip


def _import_job(found: mapping.Batch) -> dict[str, Json]:
    imports: Imports = current_app.extensions["tessera_imports"]
    state = imports.state_of(found.id)
    progress = state["progress"] or {}
    return {
        "kind": "import", "id": found.id, "label": ", ".join(str(each["name"]) for each in found.files),
        "status": found.status, "is_running": found.finished_at is None, "done": progress.get("done", found.rows),
        "total": progress.get("total") or None, "problem": state["problem"], "started_at": found.started_at,
        "started_by": found.started_by, "finished_at": found.finished_at, "self": f"/api/v1/imports/{found.id}",
        "file": None,
    }  # fmt: skip
