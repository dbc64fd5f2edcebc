"""What administrators do for the sign-in of others: one-time passwords, open sessions, API keys."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tessera.context import Context
from tessera.engine.identity import passwords
from tessera.engine.identity.credentials import SESSION_IDLE
from tessera.engine.identity.users import ensure_admin, existing_user, key_json, log_event
from tessera.errors import Json
from tessera.store.system import access

if TYPE_CHECKING:
    from tessera.store import Tx

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What is easily told apart when it is read out or written down."""
_GROUPS, _GROUP = 4, 4


def issue_password(tx: Tx, ctx: Context, user_id: int) -> str:
    """A fresh password for a user, which only serves to sign in and choose another; the user's sessions end.

    Shown this once, and stored as a hash only. For administrators. Raises: Forbidden, NotFound.
    """
    ensure_admin(ctx, "change")
    existing_user(tx, user_id)
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    password = "-".join(groups)
    fresh = passwords.hash_password(password)
    access.update_user(tx, user_id, {"password_hash": fresh, "password_at": ctx.now(), "password_is_once": True})
    access.delete_sessions_of(tx, user_id)
    log_event(tx, ctx, "password_issued", user_id, "")
    return password


def sessions_of(tx: Tx, ctx: Context, user_id: int) -> list[dict[str, Json]]:
    """The sessions of a user that are open now, the latest used first. For administrators. Raises: Forbidden, NotFound.

    Each: {"created_at", "seen_at", "expires_at"}.
    """
    ensure_admin(ctx, "list")
    existing_user(tx, user_id)
    now = ctx.now()
    rows = access.list_sessions(tx, user_id, now)
    return [dict(row) for row in rows if now - row["seen_at"] < SESSION_IDLE]


def end_sessions(tx: Tx, ctx: Context, user_id: int) -> None:
    """Sign a user out everywhere. For administrators. Raises: Forbidden, NotFound."""
    ensure_admin(ctx, "change")
    existing_user(tx, user_id)
    access.delete_sessions_of(tx, user_id)
    log_event(tx, ctx, "sessions_ended", user_id, "")


def keys_of(tx: Tx, ctx: Context, user_id: int) -> list[dict[str, Json]]:
    """The API keys of a user, without their secrets. For administrators. Raises: Forbidden, NotFound."""
    ensure_admin(ctx, "list")
    existing_user(tx, user_id)
    return [key_json(row) for row in access.list_keys(tx, user_id)]
