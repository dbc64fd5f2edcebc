"""Files: uploading one for a record to be written, and reading one that a record holds."""

from __future__ import annotations

import re
from urllib.parse import quote

from tessera.engine import files as engine
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.routes import Body, route
from tessera.web.uploads import received_file

_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
}
_SHOWN = frozenset({
    "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "application/pdf", "text/plain", "text/csv",
    "audio/mpeg", "video/mp4",
})  # fmt: skip
"""Types that go out under their own name; all others, which a browser might run, as plain bytes."""
_ALONE = "sandbox; default-src 'none'; frame-ancestors 'none'"


@route(
    "POST", "/api/v1/files", tag="Files", summary="Upload a file", mode="free", scope="write", status=201,
    body=Body(_FORM, kind="upload"), answer="File", errors=(409,),
)
def upload_file(call: Call) -> Answer:
    """Take in a file. Write what is answered into a file field of a record within a day; the id alone will do. Until
    then nobody else can read it, and afterwards whoever may read that field."""
    settings = call.runtime.settings
    with received_file(call, settings.data_dir / "uploads", settings.limits.file_bytes) as received:
        found = engine.keep(call.runtime, call.ctx, received.path, received.name, received.media_type)
    return json_answer(found.to_json(), 201, [("Location", f"/api/v1/files/{found.id}")])


@route("GET", "/api/v1/files/{ref}", tag="Files", summary="Get a file",
       answer={"type": "string", "contentMediaType": "application/octet-stream"}, content_type="*/*")
def get_file(call: Call) -> Answer:
    """The content of a file, always as an attachment."""
    found, path = engine.open_file(call.work, call.args["ref"])
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", found.name)
    headers = [
        ("Content-Disposition", f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}"),
        ("Content-Security-Policy", _ALONE),
        ("Cache-Control", "private, no-store"),
    ]
    kind = found.media_type if found.media_type in _SHOWN else "application/octet-stream"
    return Answer(headers=headers, content_type=kind, file=path, is_kept=True)
