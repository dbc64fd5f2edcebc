"""From a routed request to its answer: parse, open the transaction, identify, call the handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import RequestEntityTooLarge

from tessera.engine import idempotency
from tessera.engine import identity as identities
from tessera.web import guard
from tessera.web.answers import Answer
from tessera.web.call import Call, parse_body, parse_query
from tessera.web.errors import BadRequest, TooLarge, WrongContentType
from tessera.web.routes import Route
from tessera.web.uploads import uploaded_bytes

if TYPE_CHECKING:
    from tessera.engine.work import Work

_OVERRIDES = ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE")
_JSON_TYPES = ("application/json", "application/merge-patch+json")


def answer(route: Route, call: Call) -> Answer:
    """The answer of an endpoint. Raises: the errors of the engine and of `web.errors`."""
    _read(route, call)
    credentials = guard.read_credentials(call, route)
    if route.mode == "write":
        result = _writing(route, call, credentials)
    elif route.mode == "read":
        with call.runtime.reading(call.ctx) as work:
            guard.enter(call, route, credentials, work.tx)
            work.ctx = call.ctx
            call.work_or_none = work
            result = route.handler(call)
    else:
        if credentials is not None or route.scope:
            with call.runtime.database.read() as tx:
                guard.enter(call, route, credentials, tx)
        result = route.handler(call)
    return result


def note_use(call: Call) -> None:
    """Note, at most once a minute, that a key or session was used."""
    found = call.identity
    if found is not None and found.is_stale:
        now = call.ctx.now()
        call.runtime.database.run(lambda tx: identities.touch(tx, found, now), retries=1)


def _read(route: Route, call: Call) -> None:
    """Take in query and body before any transaction is open, so that a slow client holds none."""
    environ = call.request.environ
    for name in _OVERRIDES:
        if name in environ:
            raise BadRequest("The method cannot be overridden by a header.")
    call.query = parse_query(call.request.query_string, route.query_names)
    body = route.body
    if body is None or body.kind in ("upload", "raw"):
        return
    if body.kind == "package" and call.request.mimetype not in _JSON_TYPES:
        call.data = uploaded_bytes(call, call.runtime.settings.limits.package_bytes)
        return
    limit = call.runtime.settings.limits.body_bytes
    try:
        call.data = call.request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise TooLarge(limit_bytes=limit) from error
    if body.optional and not call.data:
        return
    if call.request.mimetype not in _JSON_TYPES:
        raise WrongContentType(expected="application/json")
    call.json = parse_body(call.data)


def _writing(route: Route, call: Call, credentials: identities.Credentials | None) -> Answer:
    """Run a writing handler, whole again after a collision; a repeated Idempotency-Key gets the first answer."""
    text = call.request.environ.get("HTTP_IDEMPOTENCY_KEY")
    key = idempotency.ensure_key(text) if text is not None else ""
    print_of = ""
    if key:
        print_of = idempotency.fingerprint(call.request.method, call.request.full_path, call.data)
    ctx = call.ctx

    def attempt(work: Work) -> Answer:
        call.ctx = ctx
        call.headers_out = []
        guard.enter(call, route, credentials, work.tx)
        work.ctx = call.ctx
        call.work_or_none = work
        if not key:
            return route.handler(call)
        stored = idempotency.claim(work.tx, call.ctx.actor.id, key, print_of, work.now)
        if stored is not None:
            headers = [*stored.headers.items(), ("Idempotency-Replayed", "true")]
            return Answer(stored.body.encode(), stored.status, headers)
        result = route.handler(call)
        body = result.body if result.stored is None else result.stored
        kept = idempotency.StoredAnswer(result.status, dict(result.headers), body.decode())
        idempotency.keep(work.tx, call.ctx.actor.id, key, kept)
        return result

    return call.runtime.write(ctx, attempt)
