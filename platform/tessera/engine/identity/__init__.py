"""Users, passwords, API keys, sessions and the throttle of sign-ins."""

from __future__ import annotations

from tessera.engine.identity.administering import end_sessions, issue_password, keys_of, sessions_of
from tessera.engine.identity.bounds import Buckets, ensure_address
from tessera.engine.identity.credentials import (
    SCOPES,
    Credentials,
    Identity,
    csrf_token,
    identify,
    parse_key,
    parse_session,
    touch,
)
from tessera.engine.identity.users import (
    change_password,
    create_key,
    create_user,
    get_user,
    list_keys,
    list_users,
    people,
    revoke_key,
    sign_in,
    sign_out,
    starter_of,
    update_user,
)

__all__ = [
    "SCOPES",
    "Buckets",
    "Credentials",
    "Identity",
    "change_password",
    "create_key",
    "create_user",
    "csrf_token",
    "end_sessions",
    "ensure_address",
    "get_user",
    "identify",
    "issue_password",
    "keys_of",
    "list_keys",
    "list_users",
    "parse_key",
    "parse_session",
    "people",
    "revoke_key",
    "sessions_of",
    "sign_in",
    "sign_out",
    "starter_of",
    "touch",
    "update_user",
]
