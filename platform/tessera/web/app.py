"""The Flask application: routes, errors, headers, log and metrics around the dispatch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import HTTPException

from tessera.context import Context
from tessera.engine.identity import Buckets
from tessera.errors import TesseraError
from tessera.names import new_ref
from tessera.runtime import Runtime
from tessera.web import dispatch, handlers, pages
from tessera.web.answers import Answer, problem_answer
from tessera.web.background import Exports, Imports, Undoings
from tessera.web.call import Call, language_asked
from tessera.web.errors import BadRequest, Internal, NoSuchPath, TooLarge, WrongContentType, WrongMethod
from tessera.web.log import logger
from tessera.web.metrics import Metrics
from tessera.web.routes import Route

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_PLACE = re.compile(r"\{(\w+)\}")
_MULTIPART_PARTS = 100

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)
_NO_STORE = ("Cache-Control", "no-store")
_BY_STATUS: dict[int, type[TesseraError]] = {
    404: NoSuchPath,
    405: WrongMethod,
    415: WrongContentType,
}


def create_app(runtime: Runtime) -> Flask:
    """The WSGI application of a runtime."""
    app = Flask("tessera.web", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = runtime.settings.limits.body_bytes
    app.config["MAX_FORM_PARTS"] = _MULTIPART_PARTS
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    metrics = Metrics()
    app.extensions["tessera"] = runtime
    app.extensions["tessera_metrics"] = metrics
    app.extensions["tessera_buckets"] = Buckets()
    app.extensions["tessera_imports"] = Imports(runtime.settings)
    app.extensions["tessera_undoings"] = Undoings(runtime.settings)
    app.extensions["tessera_exports"] = Exports(runtime.settings)
    for each in handlers.routes():
        rule = _PLACE.sub(r"<\1>", each.path)
        app.add_url_rule(
            rule, f"{each.method} {each.name}", _view(each, runtime), methods=[each.method],
            provide_automatic_options=False,
        )
    _register_errors(app)
    _register_ends(app, metrics)
    return app


def _view(route: Route, runtime: Runtime) -> Callable[..., Response]:
    """What Flask calls for an endpoint."""

    def view(**args: str) -> Response:
        if any("\x00" in each for each in args.values()):
            raise NoSuchPath()
        settings = runtime.settings
        language = language_asked(request) or settings.language
        call = Call(runtime, request, Context(request_id=g.request_id, language=language, zone=settings.zone), args)
        g.route, g.call = route, call
        result = dispatch.answer(route, call)
        dispatch.note_use(call)
        return _response(result, call.headers_out)

    return view


def _response(answer: Answer, more: Iterable[tuple[str, str]] = ()) -> Response:
    own = {name for name, _ in answer.headers}
    headers = [*answer.headers, *more, *(each for each in _HEADERS if each[0] not in own)]
    if "Cache-Control" not in own:
        headers.append(_NO_STORE)
    if answer.file is not None:
        return _file_response(answer, headers)
    if answer.status in (204, 304):
        return Response(status=answer.status, headers=headers)
    return Response(answer.body, answer.status, headers, content_type=answer.content_type)


def _file_response(answer: Answer, headers: list[tuple[str, str]]) -> Response:
    """A file; one that was made for this answer is removed as soon as it is open."""
    assert answer.file is not None
    size = answer.file.stat().st_size
    stream = answer.file.open("rb")
    if not answer.is_kept:
        answer.file.unlink()

    def pieces() -> Iterable[bytes]:
        with stream:
            while piece := stream.read(65_536):
                yield piece

    response = Response(pieces(), answer.status, headers, content_type=answer.content_type)
    response.content_length = size
    response.call_on_close(stream.close)
    return response


def _register_errors(app: Flask) -> None:
    @app.errorhandler(TesseraError)
    def expected(error: TesseraError) -> Response:
        call = g.get("call")
        return _response(problem_answer(error, g.request_id), call.headers_out if call is not None else ())

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404 and pages.is_navigation(request) and pages.is_built():
            return _response(pages.page())
        response = _response(problem_answer(_meant(error, status, app), g.request_id))
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        logger.exception("request_failed", request_id=g.request_id, route=_route_name(), exc_info=error)
        return _response(problem_answer(Internal(), g.request_id))


def _meant(error: HTTPException, status: int, app: Flask) -> TesseraError:
    """The error of ours that one of Werkzeug's means."""
    if status == 413:
        return TooLarge(limit_bytes=app.config["MAX_CONTENT_LENGTH"])
    kind = _BY_STATUS.get(status)
    if kind is not None:
        return kind(expected="another content type") if kind is WrongContentType else kind()
    return Internal() if status >= 500 else BadRequest(HTTPStatus(status).phrase)


def _register_ends(app: Flask, metrics: Metrics) -> None:
    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        sent = request.environ.get("HTTP_X_REQUEST_ID", "")
        g.request_id = sent if _REQUEST_ID.match(sent) else new_ref()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        duration_s = time.perf_counter() - g.started
        name = _route_name()
        metrics.note(request.method, name, response.status_code, duration_s)
        if logger.is_enabled:
            _log(request, response, name, duration_s)
        return response


def _route_name() -> str:
    route = g.get("route")
    return route.path if route is not None else "?"


def _log(asked: Request, response: Response, name: str, duration_s: float) -> None:
    """One line for each request. Addresses are logged by their pattern: keys and filters may be personal."""
    call: Any = g.get("call")
    identity = call.identity if call is not None else None
    logger.info(
        "request",
        request_id=g.request_id,
        method=asked.method,
        route=name,
        status=response.status_code,
        duration_ms=round(duration_s * 1000, 2),
        actor_id=identity.actor.id if identity is not None else None,
        address=asked.remote_addr,
    )
