"""Signing in and out, API keys, and users."""

from __future__ import annotations

from tessera.engine import identity as identities
from tessera.engine.identity.errors import NotSignedIn
from tessera.errors import Json
from tessera.web import guard
from tessera.web.answers import Answer, dumps, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody
from tessera.web.routes import Body, Parameter, route

_NEXT_AFTER = Parameter("after", {"type": "integer", "minimum": 0}, "Id of the last user of the page before.")
_TEXT = Parameter("q", {"type": "string", "maxLength": 100}, "Only users whose names contain this.")
_ROLE = Parameter("role", {"type": "string", "maxLength": 41}, "Only users with the role of this name.")
_ACTIVE = Parameter("is_active", {"type": "boolean"}, "Only users who may sign in, or only those who may not.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "How many users at most.")


@route(
    "POST", "/api/v1/auth/login", tag="Access", summary="Sign in", mode="free", scope="",
    body=Body("LoginRequest"), answer="LoginAnswer", errors=(401, 429),
)
def login(call: Call) -> Answer:
    """Check a name and a password and start a session. The cookie holds it; csrf_token goes into X-CSRF-Token of
    every request that changes something. After five failures each attempt waits longer, 15 minutes at most."""
    guard.ensure_same_site(call)
    body = call.pick("name", "password")
    name, password = body.get("name"), body.get("password")
    if not isinstance(name, str) or not isinstance(password, str):
        raise BadBody(why="name and password must be texts")
    runtime = call.runtime
    address = call.request.remote_addr or ""
    old_token = call.request.cookies.get(guard.cookie_name(runtime.settings, call.request), "")
    session = identities.sign_in(runtime.database, call.ctx, name, password, address, old_token)
    with runtime.database.read() as tx:
        actor = identities.identify(tx, identities.parse_session(session.token), call.ctx.now()).actor
        user = identities.get_user(tx, call.ctx.acting_as(actor), session.user_id)
    cookie = _cookie(call, session.token)
    return json_answer({"user": user, "csrf_token": session.csrf_token}, headers=[("Set-Cookie", cookie)])


@route("POST", "/api/v1/auth/logout", tag="Access", summary="Sign out", mode="write", status=204)
def logout(call: Call) -> Answer:
    """End the session at once, for every tab and device that uses it."""
    if call.session_token:
        identities.sign_out(call.work.tx, call.ctx, call.session_token)
    return Answer(status=204, headers=[("Set-Cookie", _cookie(call, ""))])


@route("GET", "/api/v1/auth/me", tag="Access", summary="Who am I", answer="Me")
def get_me(call: Call) -> Answer:
    """The user who asks, the scopes of the key, and the token against cross-site requests of a session."""
    body: dict[str, Json] = {
        "user": identities.get_user(call.work.tx, call.ctx, call.ctx.actor.id),
        "scopes": sorted(call.who.scopes),
        "csrf_token": identities.csrf_token(call.session_token) if call.session_token else None,
    }
    return json_answer(body)


@route(
    "POST", "/api/v1/auth/password", tag="Access", summary="Change my password", mode="write", scope="users",
    status=204, body=Body("PasswordChange"), errors=(401, 422),
)
def change_password(call: Call) -> Answer:
    """Change one's own password. Every other session of the user ends."""
    body = call.pick("old_password", "new_password")
    old, new = body.get("old_password"), body.get("new_password")
    if not isinstance(old, str) or not isinstance(new, str):
        raise BadBody(why="old_password and new_password must be texts")
    if not call.session_token:
        raise NotSignedIn("A password is changed in a session, not by a key.")
    identities.change_password(call.work.tx, call.ctx, old, new, keep_token=call.session_token)
    return Answer(status=204)


@route("GET", "/api/v1/auth/keys", tag="Access", summary="List my API keys", scope="users", answer="ApiKeyList")
def list_keys(call: Call) -> Answer:
    """One's own API keys with their last use, without their secrets."""
    return json_answer({"data": identities.list_keys(call.work.tx, call.ctx)})


@route(
    "POST", "/api/v1/auth/keys", tag="Access", summary="Make an API key", mode="write", scope="users", status=201,
    body=Body("NewApiKey"), answer="FreshApiKey", errors=(422,),
)
def create_key(call: Call) -> Answer:
    """Make an API key of one's own. The answer shows the key this one time; it is stored as a hash only.
    The rights are those that its owner has at each request, within the scopes."""
    key = identities.create_key(call.work.tx, call.ctx, call.object(), call.who.scopes)
    return _showing_once(key, "key", 201)


@route(
    "DELETE", "/api/v1/auth/keys/{key}", tag="Access", summary="Revoke an API key", mode="write", scope="users",
    status=204, errors=(404,),
)
def revoke_key(call: Call) -> Answer:
    """End an API key of one's own (or anybody's, for administrators). It is refused from the next request on."""
    identities.revoke_key(call.work.tx, call.ctx, call.args["key"])
    return Answer(status=204)


@route(
    "GET", "/api/v1/auth/users", tag="Access", summary="List users", scope="users", answer="UserList",
    parameters=(_TEXT, _ROLE, _ACTIVE, _NEXT_AFTER, _LIMIT), errors=(403,),
)
def list_users(call: Call) -> Answer:
    """Users in the order of their ids with their last sign-in, for administrators. next is the value of `after` for the
    page that follows."""
    limit = call.whole("limit", 50, least=1, most=500)
    is_active = call.flag("is_active") if "is_active" in call.query else None
    found = identities.list_users(
        call.work.tx, call.ctx, after=call.whole("after", 0), limit=limit + 1, text=call.query.get("q", ""),
        role=call.query.get("role", ""), is_active=is_active,
    )  # fmt: skip
    following = found[limit - 1]["id"] if len(found) > limit else None
    return json_answer({"data": found[:limit], "next": following})


@route(
    "POST", "/api/v1/auth/users", tag="Access", summary="Add a user", mode="write", scope="users", status=201,
    body=Body("NewUser"), answer="User", errors=(403, 409, 422),
)
def create_user(call: Call) -> Answer:
    """Add a user, for administrators. Without a password the user can only be reached through keys and other logins."""
    user = identities.create_user(call.work.tx, call.ctx, call.object())
    return json_answer(user, 201, [("Location", f"/api/v1/auth/users/{user['id']}")])


@route("GET", "/api/v1/auth/users/{key}", tag="Access", summary="Get a user", answer="User", errors=(404,))
def get_user(call: Call) -> Answer:
    """A user: oneself, or anybody for administrators."""
    return json_answer(identities.get_user(call.work.tx, call.ctx, call.number("key", "user")))


@route(
    "PATCH", "/api/v1/auth/users/{key}", tag="Access", summary="Change a user", mode="write", scope="users",
    body=Body("UserChanges"), answer="User", errors=(403, 404, 409, 422),
)
def update_user(call: Call) -> Answer:
    """Change a user, for administrators. Whose password, roles, attributes or activity change is signed out."""
    return json_answer(identities.update_user(call.work.tx, call.ctx, call.number("key", "user"), call.object()))


@route(
    "POST", "/api/v1/auth/users/{key}/one-time-password", tag="Access", summary="Issue a one-time password",
    mode="write", scope="users", answer="OneTimePassword", errors=(403, 404),
)
def issue_password(call: Call) -> Answer:
    """A fresh password for a user, for administrators. It is shown this once, ends the user's sessions, and only serves
    to sign in and choose another one."""
    password = identities.issue_password(call.work.tx, call.ctx, call.number("key", "user"))
    return _showing_once({"password": password}, "password", 200)


@route(
    "GET", "/api/v1/auth/users/{key}/sessions", tag="Access", summary="List a user's sessions", scope="users",
    answer="SessionList", errors=(403, 404),
)
def list_sessions(call: Call) -> Answer:
    """Where a user is signed in now, the latest used first, for administrators."""
    return json_answer({"data": identities.sessions_of(call.work.tx, call.ctx, call.number("key", "user"))})


@route(
    "DELETE", "/api/v1/auth/users/{key}/sessions", tag="Access", summary="Sign a user out", mode="write",
    scope="users", status=204, errors=(403, 404),
)
def end_sessions(call: Call) -> Answer:
    """End every session of a user at once, for administrators."""
    identities.end_sessions(call.work.tx, call.ctx, call.number("key", "user"))
    return Answer(status=204)


@route(
    "GET", "/api/v1/auth/users/{key}/keys", tag="Access", summary="List a user's API keys", scope="users",
    answer="ApiKeyList", errors=(403, 404),
)
def list_keys_of(call: Call) -> Answer:
    """The API keys of a user with their last use, for administrators; revoked by DELETE /api/v1/auth/keys/{key}."""
    return json_answer({"data": identities.keys_of(call.work.tx, call.ctx, call.number("key", "user"))})


def _showing_once(body: dict[str, Json], secret: str, status: int) -> Answer:
    """An answer with a secret, which a repetition of the request does not show again."""
    answer = json_answer(body, status)
    answer.stored = dumps({**body, secret: ""})
    return answer


def _cookie(call: Call, token: str) -> str:
    """The Set-Cookie header of a session; an empty token removes it."""
    settings, request = call.runtime.settings, call.request
    parts = [f"{guard.cookie_name(settings, request)}={token}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if guard.is_secure(settings, request):
        parts.append("Secure")
    if not token:
        parts.append("Max-Age=0")
    return "; ".join(parts)
