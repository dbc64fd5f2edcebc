"""The service itself: health, metrics, the OpenAPI document and its page."""

from __future__ import annotations

from importlib import resources

from flask import current_app

from tessera.engine.flows.figures import figures
from tessera.errors import Forbidden, NotFound
from tessera.web import openapi, pages
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.routes import route

_FILES = {
    "docs.js": "text/javascript; charset=utf-8",
    "docs.css": "text/css; charset=utf-8",
}
_CACHED = ("Cache-Control", "public, max-age=300")


@route("GET", "/health", tag="Service", summary="Is the process alive", mode="free", scope="", answer="Health")
def get_health(_call: Call) -> Answer:
    """Answers as long as the process can answer; it does not ask the database."""
    return json_answer({"status": "ok"})


@route(
    "GET", "/ready", tag="Service", summary="Can requests be served", mode="read", scope="", answer="Health",
    errors=(503,),
)
def get_ready(call: Call) -> Answer:
    """Answers 200 when the database answers and the head release is loaded, else 503."""
    assert call.work.model is not None
    return json_answer({"status": "ok"})


@route(
    "GET", "/metrics", tag="Service", summary="Metrics for Prometheus", mode="read", scope="",
    answer={"type": "string"}, content_type="text/plain", errors=(403,),
)
def get_metrics(call: Call) -> Answer:
    """Counts and durations of requests, and how flows are doing. For administrators; TESSERA_METRICS=loopback also lets
    this machine in, =open everybody."""
    allowed = call.runtime.settings.metrics
    is_local = call.request.remote_addr in ("127.0.0.1", "::1")
    is_admin = call.identity is not None and call.ctx.actor.is_admin
    if not (is_admin or allowed == "open" or (allowed == "loopback" and is_local)):
        raise Forbidden(action="read")
    body = current_app.extensions["tessera_metrics"].text(call.work.model.number, figures(call.work))
    return Answer(body, content_type="text/plain; version=0.0.4; charset=utf-8")


@route("GET", "/api/v1/openapi.json", tag="Service", summary="This API as a document", answer={"type": "object"})
def get_openapi(call: Call) -> Answer:
    """OpenAPI 3.1 of what the asking user may see, made from the head release."""
    body, tag = openapi.document_bytes(call.work)
    headers = [("ETag", tag), ("Cache-Control", "private, no-cache"), ("Vary", "Authorization, Cookie")]
    if call.request.headers.get("If-None-Match") == tag:
        return Answer(status=304, headers=headers)
    return Answer(body, headers=headers)


@route(
    "GET", "/api/docs", tag="Service", summary="Documentation of this API", mode="free", scope="",
    answer={"type": "string"}, content_type="text/html",
)
def get_docs(_call: Call) -> Answer:
    """A page that shows the OpenAPI document and tries its endpoints. It holds nothing of the data itself."""
    return Answer(_static("docs.html"), headers=[_CACHED], content_type="text/html; charset=utf-8")


@route(
    "GET", "/api/docs/{file}", tag="Service", summary="A file of the documentation page", mode="free", scope="",
    answer={"type": "string"}, content_type="text/plain", errors=(404,),
)
def get_docs_file(call: Call) -> Answer:
    """Script and style of the documentation page."""
    name = call.args["file"]
    if name not in _FILES:
        raise NotFound(what="file")
    return Answer(_static(name), headers=[_CACHED], content_type=_FILES[name])


@route(
    "GET", "/", tag="Service", summary="The start page", mode="free", scope="", answer={"type": "string"},
    content_type="text/html", extra_answers={302: "To the documentation, where the user interface was not built."},
)
def get_start(_call: Call) -> Answer:
    """The user interface. Every other address that a browser goes to and the API does not know shows it too."""
    if pages.is_built():
        return pages.page()
    return Answer(status=302, headers=[("Location", "/api/docs")])


@route(
    "GET", "/assets/{file}", tag="Service", summary="A file of the user interface", mode="free", scope="",
    answer={"type": "string"}, content_type="*/*", errors=(404,),
)
def get_asset(call: Call) -> Answer:
    """Script, style or font of the user interface. Its name changes with its content, so it may be kept for good."""
    return pages.asset("assets", call.args["file"], call.request.headers.get("Accept-Encoding", ""))


@route(
    "GET", "/icon.svg", tag="Service", summary="The icon", mode="free", scope="", answer={"type": "string"},
    content_type="image/svg+xml", errors=(404,),
)
def get_icon(call: Call) -> Answer:
    """The icon of the user interface."""
    return pages.asset("", "icon.svg", call.request.headers.get("Accept-Encoding", ""))


def _static(name: str) -> bytes:
    return resources.files("tessera.web").joinpath("static", name).read_bytes()
