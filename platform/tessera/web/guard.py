"""Who may call: credentials of a request, scopes of keys, and the defence against cross-site requests.

Decided by the endpoint that the request was routed to, never by the text of its address.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app

from tessera.engine import identity as identities
from tessera.engine.identity.errors import CsrfRefused, MissingScope, NotSignedIn, PasswordChangeNeeded
from tessera.web.call import Call, language_asked
from tessera.web.routes import Route

if TYPE_CHECKING:
    from flask import Request

    from tessera.settings import Settings
    from tessera.store import Tx

COOKIE = "tessera_session"
SECURE_COOKIE = "__Host-tessera_session"
_SAFE = frozenset({"GET", "HEAD"})
_WITH_ONE_TIME_PASSWORD = frozenset({"get_me", "change_password", "logout"})


def cookie_name(settings: Settings, request: Request) -> str:
    """Name of the session's cookie; the browser binds the secure one to this very host."""
    return SECURE_COOKIE if is_secure(settings, request) else COOKIE


def is_secure(settings: Settings, request: Request) -> bool:
    """Whether browsers reach this server by https."""
    return settings.base_url.startswith("https://") or request.is_secure


def read_credentials(call: Call, route: Route) -> identities.Credentials | None:
    """What the request shows to say who it is: an API key, else the session's cookie.

    Raises: NotSignedIn for a header that is no key, CsrfRefused for a cookie from elsewhere.
    """
    header = call.request.environ.get("HTTP_AUTHORIZATION")
    if header is not None:
        kind, _, text = header.partition(" ")
        try:
            return identities.parse_key(text.strip() if kind.lower() == "bearer" else "")
        except NotSignedIn:
            if route.scope:
                raise
            return None
    if "HTTP_COOKIE" not in call.request.environ:
        return None
    token = call.request.cookies.get(cookie_name(call.runtime.settings, call.request))
    if not token:
        return None
    if call.request.method not in _SAFE and route.scope:
        ensure_same_site(call)
        sent = call.request.headers.get("X-CSRF-Token", "")
        if not hmac.compare_digest(sent.encode(), identities.csrf_token(token).encode()):
            raise CsrfRefused()
    call.session_token = token
    return identities.parse_session(token)


def enter(call: Call, route: Route, credentials: identities.Credentials | None, tx: Tx) -> None:
    """Say who asks, from the database and in the transaction of the request.

    Raises: NotSignedIn("not_signed_in"), MissingScope("missing_scope"), PasswordChangeNeeded, AddressRefused,
    TooManyRequests.
    """
    if credentials is None:
        if route.scope:
            raise NotSignedIn()
        return
    try:
        found = identities.identify(tx, credentials, call.ctx.now())
    except NotSignedIn:
        if route.scope:
            raise
        return
    if found.must_change_password and route.scope and route.name not in _WITH_ONE_TIME_PASSWORD:
        raise PasswordChangeNeeded()
    if route.scope and route.scope not in found.scopes:
        raise MissingScope(scope=route.scope)
    if found.credentials.kind == "key":
        _keep_bounds(call, found)
    call.identity = found
    language = language_asked(call.request) or found.language
    call.ctx = replace(call.ctx, actor=found.actor, language=language)


def _keep_bounds(call: Call, found: identities.Identity) -> None:
    """Refuse a key from elsewhere, or used too often; a request that is repeated inside counts once."""
    identities.ensure_address(found.addresses, call.request.remote_addr or "")
    most = call.runtime.settings.key_requests_per_minute if found.per_minute is None else found.per_minute
    if most and call.identity is None:
        buckets: identities.Buckets = current_app.extensions["tessera_buckets"]
        buckets.take(found.credentials.id, most)


def ensure_same_site(call: Call) -> None:
    """Refuse a request that a browser sends for another site. Raises: CsrfRefused("csrf_refused")."""
    headers = call.request.headers
    if headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise CsrfRefused()
    origin = headers.get("Origin")
    if origin is not None and origin not in _own_origins(call):
        raise CsrfRefused()


def _own_origins(call: Call) -> set[str]:
    base = call.runtime.settings.base_url
    if base:
        parts = urlsplit(base)
        return {f"{parts.scheme}://{parts.netloc}"}
    return {f"{call.request.scheme}://{call.request.host}"}
