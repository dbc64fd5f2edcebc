"""Who is asking: API keys and server-side sessions, looked up in the transaction of the request."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from tessera.context import Actor
from tessera.engine.identity.errors import NotSignedIn
from tessera.store.system import access

if TYPE_CHECKING:
    from tessera.store import Tx

SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
SCOPES = ("read", "write", "metadata", "users")
"""What an API key may be allowed: read and write records, change metadata, manage users and keys."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows to say who it is. kind: sort of it. id: key id, or hash of the session token.

    secret_hash: SHA-256 of the key's secret ("" for a session).
    """

    kind: Literal["key", "session"]
    id: str
    secret_hash: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """A user who has shown valid credentials.

    scopes: what the key allows; a session allows everything. is_stale: whether its last use wants noting.
    addresses: networks that the key may come from, () for all. per_minute: its requests, None for the default.
    must_change_password: signed in with a password that only serves to choose another one.
    """

    actor: Actor
    credentials: Credentials
    scopes: frozenset[str]
    language: str
    is_stale: bool
    addresses: tuple[str, ...] = ()
    per_minute: int | None = None
    must_change_password: bool = False


def digest(secret: str) -> str:
    """The SHA-256 of a secret of 256 random bits, which needs no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def parse_key(text: str) -> Credentials:
    """The credentials of `tsk_<id>_<secret>`. Raises: NotSignedIn("not_signed_in")."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "tsk" or not 1 <= len(parts[1]) <= 32 or not 1 <= len(parts[2]) <= 128:
        raise NotSignedIn()
    if not text.isascii() or not text.isprintable():
        raise NotSignedIn()
    return Credentials("key", parts[1], digest(parts[2]))


def parse_session(token: str) -> Credentials:
    """The credentials of a session cookie."""
    return Credentials("session", digest(token[:200]))


def csrf_token(session_token: str) -> str:
    """The token that a browser must send along with a session; only who has the session can compute it."""
    return hmac.new(session_token.encode("utf-8", "surrogatepass"), b"tessera csrf", hashlib.sha256).hexdigest()[:40]


def identify(tx: Tx, credentials: Credentials, now: datetime) -> Identity:
    """Who shows these credentials, by one statement. Raises: NotSignedIn("not_signed_in")."""
    if credentials.kind == "key":
        return _by_key(tx, credentials, now)
    row = access.session_owner(tx, credentials.id)
    is_good = (
        row is not None and row["is_active"] and now < row["expires_at"] and now - row["seen_at"] < SESSION_IDLE
    )
    if row is None or not is_good:
        raise NotSignedIn()
    is_stale = now - row["seen_at"] > TOUCH_EVERY
    is_once = bool(row["password_is_once"])
    return Identity(actor_of(row), credentials, _ALL, row["language"], is_stale, must_change_password=is_once)


def touch(tx: Tx, identity: Identity, now: datetime) -> None:
    """Note the use of a key or session; called at most once a minute for each."""
    if identity.credentials.kind == "key":
        access.touch_key(tx, identity.credentials.id, now)
    else:
        access.touch_session(tx, identity.credentials.id, now)


def actor_of(row: Mapping[str, Any]) -> Actor:
    """The actor that a user row stands for."""
    return Actor(
        id=row["id"],
        name=row["name"],
        roles=frozenset(row["roles"]),
        attributes=MappingProxyType(row["attributes"]),
        is_admin=row["is_admin"],
    )


def new_key() -> tuple[str, str]:
    """A fresh key id and secret."""
    return secrets.token_hex(6), secrets.token_urlsafe(32)


def open_session(tx: Tx, user_id: int, now: datetime) -> str:
    """Start a session; gives its token, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    access.insert_session(
        tx,
        {
            "token_hash": digest(token),
            "user_id": user_id,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + SESSION_LIFE,
        },
    )
    return token


_ALL = frozenset(SCOPES)


def _by_key(tx: Tx, credentials: Credentials, now: datetime) -> Identity:
    row = access.key_owner(tx, credentials.id)
    expected = row["secret_hash"] if row is not None else "0" * 64
    fits = hmac.compare_digest(expected, credentials.secret_hash)
    if row is None or not fits or not row["is_active"] or row["revoked_at"] is not None:
        raise NotSignedIn()
    if row["expires_at"] is not None and row["expires_at"] <= now:
        raise NotSignedIn()
    is_stale = row["used_at"] is None or now - row["used_at"] > TOUCH_EVERY
    return Identity(
        actor_of(row), credentials, frozenset(row["scopes"]), row["language"], is_stale,
        tuple(row["addresses"] or ()), row["per_minute"],
    )  # fmt: skip
