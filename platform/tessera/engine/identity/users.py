"""Users and what they may do to themselves and to each other: sign in, passwords, keys, roles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tessera.context import SYSTEM, Actor, Context
from tessera.engine.identity import bounds, credentials, passwords, throttle
from tessera.engine.identity.errors import BadCredentials, LastAdmin, MissingScope, NameTaken
from tessera.errors import Forbidden, Invalid, Json, NotFound, Problem
from tessera.store.system import access

if TYPE_CHECKING:
    from tessera.store import Database, Tx

_NAME = re.compile(r"[\w.@+\-]{2,64}\Z")
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,40}\Z")
_KNOWN_PLACE = timedelta(days=30)
_SHOWN_OF_KEY = ("id", "label", "scopes", "created_at", "expires_at", "used_at", "addresses", "per_minute")
_WATCHED = ("name", "display_name", "roles", "attributes", "is_admin", "is_active", "language")
_MAX_KEYS = 50
_LONGEST_KEY = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: its token (for the cookie) and the token against cross-site requests."""

    user_id: int
    token: str
    csrf_token: str


def name_key(name: str) -> str:
    """A sign-in name as it is compared: one form for every way of writing it.

    >>> name_key("Ａｄａ") == name_key("ada")
    True
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def sign_in(database: Database, ctx: Context, name: str, password: str, address: str, old_token: str) -> SignedIn:
    """Check a password and start a session; an old session of the same browser ends.

    Raises: TooManyAttempts, BadCredentials, Unavailable.
    """
    key = name_key(name)[:200]
    now = ctx.now()
    row = database.run(lambda tx: _admitted(tx, key, address, now))
    fits = passwords.verify_password(password[:1000], row["password_hash"] if row is not None else None)
    if row is None or not fits or not row["is_active"]:
        user_id = row["id"] if row is not None else None
        database.run(lambda tx: log_event(tx, ctx, "login_failed", user_id, address))
        raise BadCredentials()
    fresh = passwords.hash_password(password) if passwords.needs_rehash(row["password_hash"]) else None
    user_id = int(row["id"])

    def start(tx: Tx) -> str:
        throttle.forget_failures(tx, key, address, now)
        if old_token:
            access.delete_session(tx, credentials.digest(old_token))
        if fresh is not None:
            access.update_user(tx, user_id, {"password_hash": fresh})
        log_event(tx, ctx, "login", user_id, address)
        return credentials.open_session(tx, user_id, now)

    token = database.run(start)
    return SignedIn(user_id, token, credentials.csrf_token(token))


def starter_of(tx: Tx, name: str) -> Actor | None:
    """Who began something, by sign-in name, with the rights of today; None when such a user is not active."""
    row = access.user_by_name(tx, name_key(name))
    if row is None:
        return SYSTEM if name == SYSTEM.name else None
    return credentials.actor_of(row) if row["is_active"] else None


def sign_out(tx: Tx, ctx: Context, token: str) -> None:
    """End a session."""
    access.delete_session(tx, credentials.digest(token))
    log_event(tx, ctx, "logout", ctx.actor.id, "")


def create_user(tx: Tx, ctx: Context, body: Mapping[str, Json]) -> dict[str, Json]:
    """Add a user: name, password, display_name, roles, attributes, is_admin, language. For administrators.

    Raises: Forbidden, Invalid, WeakPassword, NameTaken.
    """
    ensure_admin(ctx, "create")
    values = _checked(body, required=("name",))
    name = values["name"]
    key = name_key(name)
    if access.user_by_name(tx, key) is not None:
        raise NameTaken(pointer="/name")
    password = values.pop("password", None)
    if password is not None:
        passwords.ensure_strong(password, name)
        values["password_hash"] = passwords.hash_password(password)
        values["password_at"] = ctx.now()
    defaults = {"roles": [], "attributes": {}, "is_admin": False, "is_active": True, "language": ctx.language}
    row = {**defaults, **values, "name_key": key, "created_at": ctx.now(), "version": 1}
    user_id = access.insert_user(tx, row)
    log_event(tx, ctx, "user_created", user_id, "", roles=row["roles"], is_admin=row["is_admin"])
    return get_user(tx, ctx, user_id)


def update_user(tx: Tx, ctx: Context, user_id: int, body: Mapping[str, Json]) -> dict[str, Json]:
    """Change a user. Whoever changes roles, password or activity ends that user's sessions. For administrators.

    Raises: Forbidden, NotFound, Invalid, WeakPassword, NameTaken, LastAdmin.
    """
    ensure_admin(ctx, "change")
    before = existing_user(tx, user_id)
    values = _checked(body, required=())
    password = values.pop("password", None)
    if "name" in values:
        values["name_key"] = name_key(values["name"])
        other = access.user_by_name(tx, values["name_key"])
        if other is not None and other["id"] != user_id:
            raise NameTaken(pointer="/name")
    if password is not None:
        passwords.ensure_strong(password, values.get("name", before["name"]))
        values |= {
            "password_hash": passwords.hash_password(password), "password_at": ctx.now(), "password_is_once": False,
        }  # fmt: skip
    loses_admin = values.get("is_admin") is False or values.get("is_active") is False
    if before["is_admin"] and before["is_active"] and loses_admin and access.count_admins(tx) <= 1:
        raise LastAdmin()
    access.update_user(tx, user_id, values)
    watched = {"roles", "is_admin", "is_active", "password_hash", "attributes"}
    if watched & values.keys():
        access.delete_sessions_of(tx, user_id)
    given = (name for name in _WATCHED if name in values and values[name] != before[name])
    changed: dict[str, Json] = {name: [before[name], values[name]] for name in given}
    log_event(tx, ctx, "user_changed", user_id, "", changes=changed, has_new_password=password is not None)
    return get_user(tx, ctx, user_id)


def change_password(tx: Tx, ctx: Context, old: str, new: str, *, keep_token: str) -> None:
    """Change one's own password; every other session of the user ends.

    Raises: BadCredentials, WeakPassword.
    """
    if not passwords.verify_password(old, access.password_of(tx, ctx.actor.id)):
        raise BadCredentials(pointer="/old_password")
    passwords.ensure_strong(new, ctx.actor.name)
    fresh = passwords.hash_password(new)
    access.update_user(
        tx, ctx.actor.id, {"password_hash": fresh, "password_at": ctx.now(), "password_is_once": False}
    )
    access.delete_sessions_of(tx, ctx.actor.id, but=credentials.digest(keep_token))
    log_event(tx, ctx, "password_changed", ctx.actor.id, "")


def get_user(tx: Tx, ctx: Context, user_id: int) -> dict[str, Json]:
    """A user as the API shows it: oneself, or anybody for administrators. Raises: NotFound."""
    if not ctx.actor.is_admin and ctx.actor.id != user_id:
        raise NotFound(what="user")
    return user_json(existing_user(tx, user_id))


def list_users(
    tx: Tx, ctx: Context, *, after: int, limit: int, text: str = "", role: str = "", is_active: bool | None = None
) -> list[dict[str, Json]]:
    """Users in the order of their ids, after the given one, with signed_in_at: when last. Raises: Forbidden."""
    ensure_admin(ctx, "list")
    rows = access.list_users(tx, after=after, limit=limit, text=text, role=role, is_active=is_active)
    last = access.signed_in_at(tx, [row["id"] for row in rows])
    return [{**user_json(row), "signed_in_at": last.get(row["id"])} for row in rows]


def people(
    tx: Tx, ctx: Context, *, text: str = "", ids: Sequence[int] | None = None, limit: int = 50
) -> list[dict[str, Json]]:
    """Id, name and display_name of users: those of the ids, else the active ones whose names contain the text.

    Who is no administrator and has no role finds nobody but himself: an outside person sees no list of others.
    """
    if not ctx.actor.is_admin and not ctx.actor.roles:
        ids = [ctx.actor.id] if ids is None or ctx.actor.id in ids else []
    names = ("id", "name", "display_name")
    return [{name: row[name] for name in names} for row in access.find_people(tx, text=text, ids=ids, limit=limit)]


def create_key(tx: Tx, ctx: Context, body: Mapping[str, Json], allowed: frozenset[str]) -> dict[str, Json]:
    """Make an API key of one's own: label, scopes, expires_at, addresses, per_minute. The answer shows it, this once.

    allowed: the scopes of whoever asks, which the new key cannot exceed. Raises: Invalid, MissingScope.
    """
    values = _checked_key(body, ctx.now())
    for scope in values["scopes"]:
        if scope not in allowed:
            raise MissingScope(scope=scope, pointer="/scopes")
    if len(access.list_keys(tx, ctx.actor.id)) >= _MAX_KEYS:
        raise _invalid("/", "too_many_keys", f"There are {_MAX_KEYS} keys already; revoke one that is not used.")
    key_id, secret = credentials.new_key()
    row = {"id": key_id, "user_id": ctx.actor.id, "created_at": ctx.now(), **values}
    access.insert_key(tx, {**row, "secret_hash": credentials.digest(secret)})
    log_event(tx, ctx, "key_created", ctx.actor.id, "", key=key_id, scopes=values["scopes"])
    return {**key_json({**row, "used_at": None}), "key": f"tsk_{key_id}_{secret}"}


def list_keys(tx: Tx, ctx: Context) -> list[dict[str, Json]]:
    """One's own API keys, without their secrets."""
    return [key_json(row) for row in access.list_keys(tx, ctx.actor.id)]


def revoke_key(tx: Tx, ctx: Context, key_id: str) -> None:
    """End an API key of one's own, or anybody's for administrators. Raises: NotFound."""
    owner = None if ctx.actor.is_admin else ctx.actor.id
    if not access.revoke_key(tx, key_id, owner, ctx.now()):
        raise NotFound(what="key")
    log_event(tx, ctx, "key_revoked", ctx.actor.id, "", key=key_id)


def user_json(row: Mapping[str, Any]) -> dict[str, Json]:
    """A user row as the API shows it."""
    names = ("id", "name", "display_name", "roles", "attributes", "is_admin", "is_active", "language", "created_at")
    return {name: row[name] for name in names}


def key_json(row: Mapping[str, Any]) -> dict[str, Json]:
    """A key as the API shows it, without its secret."""
    return {name: row[name] for name in _SHOWN_OF_KEY}


def _admitted(tx: Tx, key: str, address: str, now: datetime) -> Mapping[str, Any] | None:
    """The user of that name, once the attempt is counted."""
    row = access.user_by_name(tx, key)
    is_known = row is not None and access.signed_in_from(tx, row["id"], address, now - _KNOWN_PLACE)
    throttle.count_attempt(tx, key, address, now, is_known_place=is_known)
    return row


def log_event(tx: Tx, ctx: Context, event: str, user_id: int | None, address: str, **detail: Json) -> None:
    """Write down a sign-in or a change of rights: what happened to which user, and from where."""
    access.insert_event(
        tx,
        {
            "at": ctx.now(),
            "event": event,
            "user_id": user_id,
            "by_id": ctx.actor.id,
            "address": address,
            "request_id": ctx.request_id,
            "detail": detail,
        },
    )


def ensure_admin(ctx: Context, action: str) -> None:
    """Raises: Forbidden("forbidden") for who is no administrator."""
    if not ctx.actor.is_admin:
        raise Forbidden(action=action)


def existing_user(tx: Tx, user_id: int) -> Mapping[str, Any]:
    """A user's row. Raises: NotFound("not_found")."""
    row = access.user_by_id(tx, user_id) if 0 < user_id < 2**63 else None
    if row is None:
        raise NotFound(what="user")
    return row


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 1000 and "\x00" not in value


def _is_roles(value: Json) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 100
        and all(isinstance(role, str) and _ROLE.match(role) for role in value)
        and len(set(value)) == len(value)
    )


def _is_attributes(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= 100
        and all(_ROLE.match(name) for name in value)
        and all(each is None or isinstance(each, bool | int) or _is_text(each) for each in value.values())
    )


_USER_PARTS: dict[str, tuple[Callable[[Json], bool], str]] = {
    "name": (
        lambda value: isinstance(value, str) and _NAME.match(value) is not None,
        "2 to 64 letters, digits or any of . @ + - _",
    ),
    "password": (lambda value: _is_text(value), "a text"),
    "display_name": (lambda value: value is None or (_is_text(value) and len(value) <= 200), "a text or null"),
    "roles": (_is_roles, "a list of role names, each once"),
    "attributes": (_is_attributes, "an object of names with texts, whole numbers, true, false or null"),
    "is_admin": (lambda value: isinstance(value, bool), "true or false"),
    "is_active": (lambda value: isinstance(value, bool), "true or false"),
    "language": (lambda value: value in ("zh", "en"), '"zh" or "en"'),
}


def _checked(body: Mapping[str, Json], required: tuple[str, ...]) -> dict[str, Any]:
    """The body when each part is known and well formed. Raises: Invalid with every problem."""
    problems = [
        Problem("required", f"/{name}", f"{name} is needed.") for name in required if name not in body
    ]
    for name, value in body.items():
        part = _USER_PARTS.get(name)
        if part is None:
            problems.append(Problem("unknown_field", f"/{_pointer(name)}", "There is no such field here."))
        elif not part[0](value):
            problems.append(Problem("wrong_value", f"/{name}", f"This must be {part[1]}."))
    if problems:
        raise Invalid(problems)
    return dict(body)


def _checked_key(body: Mapping[str, Json], now: datetime) -> dict[str, Any]:
    problems = []
    label, scopes, expires = body.get("label"), body.get("scopes"), body.get("expires_at")
    if not isinstance(label, str) or not _is_text(label) or len(label) > 100:
        problems.append(Problem("wrong_value", "/label", "This must be a text of at most 100 characters."))
    if not isinstance(scopes, list) or not scopes or not all(scope in credentials.SCOPES for scope in scopes):
        listed = ", ".join(credentials.SCOPES)
        problems.append(Problem("wrong_value", "/scopes", f"This must be a list of some of: {listed}."))
    expires_at = _instant(expires) if expires is not None else None
    if expires is not None and (expires_at is None or not now < expires_at <= now + _LONGEST_KEY):
        problems.append(Problem("wrong_value", "/expires_at", "This must be an instant to come, within ten years."))
    addresses, most = body.get("addresses"), body.get("per_minute")
    networks = bounds.networks_of(addresses) if addresses is not None else None
    if addresses is not None and networks is None:
        message = f"This must be a list of 1 to {bounds.MOST_NETWORKS} addresses or networks, such as 10.2.0.0/16."
        problems.append(Problem("wrong_value", "/addresses", message))
    if most is not None and (type(most) is not int or not 1 <= most <= bounds.MOST_PER_MINUTE):
        problems.append(Problem("wrong_value", "/per_minute", "This must be a whole number from 1 to a million."))
    problems += [
        Problem("unknown_field", f"/{_pointer(name)}", "There is no such field here.")
        for name in body.keys() - {"label", "scopes", "expires_at", "addresses", "per_minute"}
    ]
    if problems:
        raise Invalid(problems)
    values = {"addresses": networks, "per_minute": most}
    return {"label": label, "scopes": sorted(set(scopes or ())), "expires_at": expires_at, **values}


def _instant(value: Json) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _invalid(pointer: str, code: str, message: str) -> Invalid:
    return Invalid([Problem(code, pointer, message)])
