"""Imports: batches of files, their progress, rejected rows, and the way to correct them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from flask import current_app

from tessera.engine import mapping as engine
from tessera.engine.mapping import Batch, ImportFile, undoing
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.web.answers import Answer, json_answer
from tessera.web.background import Imports, Undoings
from tessera.web.call import Call
from tessera.web.errors import BadBody, BadParameter
from tessera.web.routes import Body, Parameter, route
from tessera.web.uploads import made_file, saved_files

_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "array", "items": _FILE, "minItems": 1}, "mapping": {"type": "string"}},
}
_MAPPING = Parameter("mapping", {"type": "string"}, "Name of the mapping; it may also stand in the form.")
_FORCED = Parameter("is_forced", {"type": "boolean"}, "Also files that were imported already.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "How many at most.")
_BEFORE = Parameter("before", {"type": "integer"}, "Only batches before this one.")
_STAGE = Parameter("stage", {"type": "string", "enum": ["row", "document", "review"]}, "Only of this stage.")
_AFTER = Parameter("after", {"type": "string"}, "The `next` of the page before.")
_RAW = Parameter("is_raw", {"type": "boolean"}, "Leave cells alone that a spreadsheet would run as formulas.")
_SETTLED = {
    "type": "object",
    "required": ["accept"],
    "properties": {"accept": {"type": "boolean"}},
    "additionalProperties": False,
}


@route(
    "POST", "/api/v1/imports", tag="Imports", summary="Import files", mode="free", scope="write", status=202,
    body=Body(_FORM, kind="upload"), answer="ImportJob", errors=(404, 409), parameters=(_MAPPING, _FORCED),
)
def start_import(call: Call) -> Answer:
    """Take in files for a mapping, in their order, and run the batch in the background. Follow Location for its end."""
    files = _received(call)
    try:
        name = call.query.get("mapping") or call.request.form.get("mapping") or ""
        if not name:
            raise BadParameter(name="mapping", why="is needed.")
        batch = engine.start_batch(call.runtime, call.ctx, name, files, is_forced=call.flag("is_forced"))
    finally:
        _remove(files)
    return _started(call, batch)


@route(
    "GET", "/api/v1/imports", tag="Imports", summary="List imports", answer="List",
    parameters=(_MAPPING, _BEFORE, _LIMIT), errors=(404,),
)
def list_imports(call: Call) -> Answer:
    """Batches, the latest first. next is the value of `before` for the page that follows."""
    limit = call.whole("limit", 50, least=1, most=500)
    before = call.whole("before", 0) if "before" in call.query else None
    found = engine.list_batches(call.work, mapping=call.query.get("mapping", ""), before=before, limit=limit)
    following = str(found[-1].id) if len(found) == limit else None
    return json_answer({"data": [_batch_json(each) for each in found], "next": following})


@route("GET", "/api/v1/imports/{key}", tag="Imports", summary="Get an import", answer="ImportJob")
def get_import(call: Call) -> Answer:
    """A batch as it stands: its status, counts by class, and how far it is."""
    return json_answer(job_json(call.work, call.number("key", "batch")))


@route(
    "POST", "/api/v1/imports/{key}/undo", tag="Imports", summary="Take an import back", mode="write", scope="write",
    status=202, answer="ImportJob", errors=(409,),
)
def undo_import(call: Call) -> Answer:
    """Delete what a complete batch created and put back what it changed, in the background. Records that somebody
    touched since, or that others refer to, are left alone and told in `undo`."""
    batch = call.number("key", "batch")
    undoing.begin_undo(call.work, batch)
    jobs: Undoings = current_app.extensions["tessera_undoings"]
    ctx = call.ctx
    call.work.after_commit(lambda: jobs.start(ctx, batch))
    return json_answer(job_json(call.work, batch), 202, [("Location", f"/api/v1/imports/{batch}")])


@route(
    "POST", "/api/v1/imports/{key}/resume", tag="Imports", summary="Resume an import", mode="free", scope="write",
    status=202, answer="ImportJob", errors=(409,),
)
def resume_import(call: Call) -> Answer:
    """Go on with a batch whose server was stopped. A batch that is complete stays as it is."""
    batch = call.number("key", "batch")
    with call.runtime.reading(call.ctx) as work:
        engine.get_batch(work, batch)
    return _started(call, batch)


@route(
    "POST", "/api/v1/imports/{key}/cancel", tag="Imports", summary="Cancel an import", mode="write", scope="write",
    answer="ImportJob", errors=(409,),
)
def cancel_import(call: Call) -> Answer:
    """End a batch of which nothing was written yet."""
    batch = call.number("key", "batch")
    engine.cancel_batch(call.work, batch)
    return json_answer(job_json(call.work, batch))


@route(
    "GET", "/api/v1/imports/{key}/rejects", tag="Imports", summary="List rejected rows", answer="ImportRejects",
    parameters=(_STAGE, _AFTER, _LIMIT),
)
def list_rejects(call: Call) -> Answer:
    """Rejected rows, and documents under review, with code, message and place; by row number."""
    limit = call.whole("limit", 50, least=1, most=500)
    stage = call.query.get("stage", "")
    if stage not in ("", "row", "document", "review"):
        raise BadParameter(name="stage", why='must be "row", "document" or "review".')
    batch = call.number("key", "batch")
    rows = engine.list_rejects(call.work, batch, stage=stage, after=_after(call), limit=limit)
    following = f"{rows[-1]['row']}-{rows[-1]['id']}" if len(rows) == limit else None
    return json_answer({"data": rows, "next": following, "headings": engine.reject_headings(call.work, batch)})


@route(
    "GET", "/api/v1/imports/{key}/rejects.csv", tag="Imports", summary="Export rejected rows",
    answer={"type": "string"}, content_type="text/csv", parameters=(_RAW,),
)
def export_rejects(call: Call) -> Answer:
    """The rejected rows in the columns of their file. Correct them there and send the file back with POST, as CSV also
    when the file was a workbook."""
    batch = call.number("key", "batch")
    is_raw = call.flag("is_raw")
    pieces = engine.export_rejects(call.work, batch, is_raw=is_raw)
    if not is_raw:
        # Without the mark, spreadsheets take the file for one in the old encoding of their country.
        pieces = chain(["\ufeff"], pieces)
    path = made_file(_folder(call), pieces)
    headers = [("Content-Disposition", f'attachment; filename="rejects-{batch}.csv"')]
    return Answer(headers=headers, content_type="text/csv; charset=utf-8", file=path)


@route(
    "POST", "/api/v1/imports/{key}/rejects", tag="Imports", summary="Correct rejected rows", mode="free",
    scope="write", status=202, body=Body(_FORM, kind="upload"), answer="ImportJob", errors=(409,),
)
def correct_rejects(call: Call) -> Answer:
    """Import the corrected file of rejected rows as a batch that corrects this one."""
    corrected = call.number("key", "batch")
    with call.runtime.reading(call.ctx) as work:
        before = engine.get_batch(work, corrected)
    files = _received(call)
    try:
        batch = engine.start_batch(call.runtime, call.ctx, before.mapping, files, is_forced=True, corrects=corrected)
    finally:
        _remove(files)
    return _started(call, batch)


@route(
    "POST", "/api/v1/imports/{key}/rejects/{reject}", tag="Imports", summary="Settle a document under review",
    mode="write", scope="write", status=204, body=Body(_SETTLED), errors=(409,),
)
def settle_review(call: Call) -> Answer:
    """Take the document over its known record (accept: true), or let the known record be."""
    accept = call.pick("accept").get("accept")
    if not isinstance(accept, bool):
        raise BadBody(why="accept must be true or false")
    engine.settle_review(call.work, call.number("key", "batch"), call.number("reject", "batch"), accept=accept)
    return Answer(status=204)


def _imports() -> Imports:
    found: Imports = current_app.extensions["tessera_imports"]
    return found


def _started(call: Call, batch: int) -> Answer:
    _imports().start(call.ctx, batch)
    with call.runtime.reading(call.ctx) as work:
        body = job_json(work, batch)
    return json_answer(body, 202, [("Location", f"/api/v1/imports/{batch}")])


def job_json(work: Work, batch: int) -> dict[str, Json]:
    """A batch with how far it is here, and how far its taking back is."""
    found = engine.get_batch(work, batch)
    return {**_batch_json(found), **_imports().state_of(batch), "undo": undoing.undo_of(work, batch)}


def _batch_json(batch: Batch) -> dict[str, Json]:
    return {**asdict(batch), "totals": batch.totals()}


def _received(call: Call) -> list[ImportFile]:
    found = saved_files(call, _folder(call), call.runtime.settings.limits.upload_bytes)
    return [ImportFile(path, name or path.name) for path, name in found]


def _remove(files: Sequence[ImportFile]) -> None:
    for each in files:
        each.path.unlink(missing_ok=True)


def _folder(call: Call) -> Path:
    return call.runtime.settings.data_dir / "uploads"


def _after(call: Call) -> tuple[int, int] | None:
    text = call.query.get("after")
    if text is None:
        return None
    row, _, number = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (row, number)):
        raise BadParameter(name="after", why="must be the next of a page.")
    return int(row), int(number)
