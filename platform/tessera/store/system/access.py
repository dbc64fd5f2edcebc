"""Tables and statements of users, API keys, sessions, the login throttle and stored answers.

Secrets are never in these tables: passwords as Argon2 text, keys and session tokens as SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tessera.store.column_types import Boolean, Instant, JsonText, Text
from tessera.store.prepared import Prepared
from tessera.store.system.base import metadata

if TYPE_CHECKING:
    from tessera.store import Tx

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

users = sa.Table(
    "tsr_user",
    metadata,
    sa.Column("id", _KEY, sa.Identity(), primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("name_key", Text, nullable=False),  # how it is looked up: NFKC, case folded
    sa.Column("display_name", Text),
    sa.Column("password_hash", Text),  # none: cannot sign in with a password
    sa.Column("roles", JsonText, nullable=False),
    sa.Column("attributes", JsonText, nullable=False),
    sa.Column("is_admin", Boolean, nullable=False),
    sa.Column("is_active", Boolean, nullable=False),
    sa.Column("language", Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("password_at", Instant),
    sa.Column("password_is_once", Boolean),  # given by an administrator: it only serves to choose another one
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("name_key", name="tsr_user_name_key"),
)

api_keys = sa.Table(
    "tsr_api_key",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("tsr_user.id", name="tsr_api_key_user_fk"), nullable=False),
    sa.Column("label", Text, nullable=False),
    sa.Column("secret_hash", Text, nullable=False),
    sa.Column("scopes", JsonText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("used_at", Instant),
    sa.Column("addresses", JsonText),  # networks that it may come from; none: from anywhere
    sa.Column("per_minute", sa.BigInteger),  # requests; none: as the settings say
    sa.Index("tsr_api_key_user", "user_id"),
)

sessions = sa.Table(
    "tsr_session",
    metadata,
    sa.Column("token_hash", Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("tsr_user.id", name="tsr_session_user_fk"), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("tsr_session_user", "user_id"),
    sa.Index("tsr_session_expires", "expires_at"),
)

throttles = sa.Table(
    "tsr_login_throttle",
    metadata,
    sa.Column("scope", Text, primary_key=True),
    sa.Column("attempts", sa.BigInteger, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("blocked_until", Instant),
)

auth_events = sa.Table(
    "tsr_auth_event",
    metadata,
    sa.Column("id", _KEY, sa.Identity(), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("event", Text, nullable=False),
    sa.Column("user_id", sa.BigInteger),
    sa.Column("by_id", sa.BigInteger, nullable=False),
    sa.Column("address", Text),
    sa.Column("request_id", Text, nullable=False),
    sa.Column("detail", JsonText, nullable=False),
    sa.Index("tsr_auth_event_user", "user_id", "event", "at"),
)

answers = sa.Table(
    "tsr_idempotency",
    metadata,
    sa.Column("actor_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", Text, primary_key=True),
    sa.Column("fingerprint", Text, nullable=False),
    sa.Column("status", sa.Integer),  # none while the first request is still at work
    sa.Column("headers", JsonText),
    sa.Column("body", Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("tsr_idempotency_created", "created_at"),
)

_USER_COLUMNS = [users.c[name] for name in (
    "id", "name", "display_name", "roles", "attributes", "is_admin", "is_active", "language", "version", "created_at",
)]
_ACTOR_COLUMNS = [users.c[name] for name in ("id", "name", "roles", "attributes", "is_admin", "is_active", "language")]

_KEY_OWNER = (
    sa.select(
        api_keys.c.secret_hash, api_keys.c.scopes, api_keys.c.expires_at, api_keys.c.revoked_at, api_keys.c.used_at,
        api_keys.c.addresses, api_keys.c.per_minute, *_ACTOR_COLUMNS,
    )
    .join(users, users.c.id == api_keys.c.user_id)
    .where(api_keys.c.id == sa.bindparam("q_id"))
)
_SESSION_OWNER = (
    sa.select(sessions.c.seen_at, sessions.c.expires_at, users.c.password_is_once, *_ACTOR_COLUMNS)
    .join(users, users.c.id == sessions.c.user_id)
    .where(sessions.c.token_hash == sa.bindparam("q_id"))
)


def key_owner(tx: Tx, key_id: str) -> Mapping[str, Any] | None:
    """An API key with its owner, in one statement; None when there is no such key."""
    return _first(tx, _KEY_OWNER, key_id)


def session_owner(tx: Tx, token_hash: str) -> Mapping[str, Any] | None:
    """A session with its user, in one statement; None when there is no such session."""
    return _first(tx, _SESSION_OWNER, token_hash)


def user_by_name(tx: Tx, name_key: str) -> Mapping[str, Any] | None:
    """A user with the password hash, by the folded sign-in name."""
    statement = sa.select(users.c.password_hash, *_USER_COLUMNS).where(users.c.name_key == name_key)
    return tx.row(statement)


def user_by_id(tx: Tx, user_id: int) -> Mapping[str, Any] | None:
    """A user without the password hash."""
    return tx.row(sa.select(*_USER_COLUMNS).where(users.c.id == user_id))


def password_of(tx: Tx, user_id: int) -> str | None:
    """The password hash of a user, None without a password."""
    found: str | None = tx.execute(sa.select(users.c.password_hash).where(users.c.id == user_id)).scalar()
    return found


def list_users(
    tx: Tx, *, after: int, limit: int, text: str = "", role: str = "", is_active: bool | None = None
) -> list[Mapping[str, Any]]:
    """Users in the order of their ids, those after the given one.

    text: only those whose names contain it. role: only those with this role.
    """
    statement = sa.select(*_USER_COLUMNS).where(users.c.id > after)
    if text:
        statement = statement.where(_name_contains(text))
    if role:
        statement = statement.where(sa.type_coerce(users.c.roles, Text).contains(f'"{role}"', autoescape=True))
    if is_active is not None:
        statement = statement.where(users.c.is_active == is_active)
    return [*tx.rows(statement.order_by(users.c.id).limit(limit))]


def signed_in_at(tx: Tx, user_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these users signed in last; without those who never did."""
    event = auth_events.c
    statement = sa.select(event.user_id, sa.func.max(event.at).label("at"))
    statement = statement.where(event.user_id.in_(list(user_ids)), event.event == "login").group_by(event.user_id)
    return {row["user_id"]: row["at"] for row in tx.rows(statement)}


def count_roles(tx: Tx) -> dict[str, int]:
    """How many active users have each role."""
    found: dict[str, int] = {}
    for row in tx.rows(sa.select(users.c.roles).where(users.c.is_active)):
        for name in row["roles"]:
            found[name] = found.get(name, 0) + 1
    return found


def find_people(tx: Tx, *, text: str, ids: Sequence[int] | None, limit: int) -> list[Mapping[str, Any]]:
    """Id and names of users: those of the ids, else active ones whose names contain the text, by name."""
    statement = sa.select(users.c.id, users.c.name, users.c.display_name)
    if ids is not None:
        statement = statement.where(users.c.id.in_(ids))
    else:
        statement = statement.where(users.c.is_active)
    if text:
        statement = statement.where(_name_contains(text))
    return [*tx.rows(statement.order_by(users.c.name_key).limit(limit))]


def _name_contains(text: str) -> sa.ColumnElement[bool]:
    shown = sa.func.lower(sa.func.coalesce(users.c.display_name, ""))
    inside = (column.contains(text.lower(), autoescape=True) for column in (sa.func.lower(users.c.name), shown))
    return sa.or_(*inside)


def count_admins(tx: Tx) -> int:
    """How many active administrators there are, with their rows locked on PostgreSQL."""
    statement = sa.select(users.c.id).where(users.c.is_admin, users.c.is_active).order_by(users.c.id)
    return len(tx.execute(statement.with_for_update()).all())


def insert_user(tx: Tx, values: Mapping[str, Any]) -> int:
    """Add a user; gives the id."""
    return int(tx.execute(sa.insert(users).values(**values).returning(users.c.id)).scalar_one())


def update_user(tx: Tx, user_id: int, values: Mapping[str, Any]) -> None:
    """Change columns of a user and count the version up."""
    statement = sa.update(users).where(users.c.id == user_id)
    tx.execute(statement.values(version=users.c.version + 1, **values))


def insert_key(tx: Tx, values: Mapping[str, Any]) -> None:
    """Add an API key."""
    tx.execute(sa.insert(api_keys).values(**values))


def list_keys(tx: Tx, user_id: int) -> list[Mapping[str, Any]]:
    """The API keys of a user that are not revoked, oldest first, without their hashes."""
    columns = [each for each in api_keys.c if each.name not in {"secret_hash", "revoked_at"}]
    statement = sa.select(*columns).where(api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None))
    return [*tx.rows(statement.order_by(api_keys.c.created_at, api_keys.c.id))]


def revoke_key(tx: Tx, key_id: str, user_id: int | None, now: datetime) -> bool:
    """End an API key (of that user, when one is given); whether there was one."""
    statement = sa.update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    if user_id is not None:
        statement = statement.where(api_keys.c.user_id == user_id)
    return tx.execute(statement.values(revoked_at=now)).rowcount == 1


def touch_key(tx: Tx, key_id: str, now: datetime) -> None:
    """Note when an API key was last used."""
    tx.execute(sa.update(api_keys).where(api_keys.c.id == key_id).values(used_at=now))


def insert_session(tx: Tx, values: Mapping[str, Any]) -> None:
    """Add a session."""
    tx.execute(sa.insert(sessions).values(**values))


def touch_session(tx: Tx, token_hash: str, now: datetime) -> None:
    """Note when a session was last seen."""
    tx.execute(sa.update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now))


def delete_session(tx: Tx, token_hash: str) -> None:
    """End one session."""
    tx.execute(sa.delete(sessions).where(sessions.c.token_hash == token_hash))


def delete_sessions_of(tx: Tx, user_id: int, *, but: str = "") -> None:
    """End every session of a user, except the one with that token hash."""
    tx.execute(
        sa.delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash != but)
    )


def list_sessions(tx: Tx, user_id: int, now: datetime) -> list[Mapping[str, Any]]:
    """The sessions of a user that have not run out, the latest used first, without what they are known by."""
    columns = (sessions.c.created_at, sessions.c.seen_at, sessions.c.expires_at)
    statement = sa.select(*columns).where(sessions.c.user_id == user_id, sessions.c.expires_at > now)
    return [*tx.rows(statement.order_by(sessions.c.seen_at.desc()))]


def lock_throttles(tx: Tx, scopes: Sequence[str], now: datetime) -> dict[str, Mapping[str, Any]]:
    """The throttle rows of these scopes, made when missing and locked in order."""
    for scope in sorted(scopes):
        _insert_missing(tx, throttles, {"scope": scope, "attempts": 0, "since": now, "blocked_until": None})
    statement = sa.select(throttles).where(throttles.c.scope.in_(list(scopes))).order_by(throttles.c.scope)
    return {row["scope"]: row for row in tx.rows(statement.with_for_update())}


def set_throttle(tx: Tx, scope: str, values: Mapping[str, Any]) -> None:
    """Change one throttle row."""
    tx.execute(sa.update(throttles).where(throttles.c.scope == scope).values(**values))


def insert_event(tx: Tx, values: Mapping[str, Any]) -> None:
    """Add to the log of sign-ins and changes of rights."""
    tx.execute(sa.insert(auth_events).values(**values))


def signed_in_from(tx: Tx, user_id: int, address: str, since: datetime) -> bool:
    """Whether the user has signed in from that address since then."""
    event = auth_events.c
    statement = sa.select(event.id).where(
        event.user_id == user_id, event.event == "login", event.at >= since, event.address == address
    )
    return tx.execute(statement.limit(1)).first() is not None


def claim_answer(tx: Tx, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Claim an idempotency key: None when it is ours now, else the row of the earlier request.

    On PostgreSQL this waits for a request with the same key that is still at work.
    """
    if _insert_missing(tx, answers, values):
        return None
    return tx.row(_answer(values["actor_id"], values["key"]))


def store_answer(tx: Tx, actor_id: int, key: str, values: Mapping[str, Any]) -> None:
    """Keep the answer of the request that claimed the key."""
    mine = sa.update(answers).where(answers.c.actor_id == actor_id, answers.c.key == key)
    tx.execute(mine.values(**values))


def purge(tx: Tx, *, sessions_before: datetime, answers_before: datetime, throttles_before: datetime) -> None:
    """Remove sessions, stored answers and throttle rows whose time has passed."""
    tx.execute(sa.delete(sessions).where(sessions.c.expires_at < sessions_before))
    tx.execute(sa.delete(answers).where(answers.c.created_at < answers_before))
    tx.execute(sa.delete(throttles).where(throttles.c.since < throttles_before))


_compiled: dict[tuple[str, int], Prepared] = {}


def _first(tx: Tx, statement: sa.Select[Any], wanted: str) -> Mapping[str, Any] | None:
    """The row of a statement that every request runs, without SQLAlchemy's way to it."""
    key = (tx.dialect, id(statement))
    found = _compiled.get(key)
    if found is None:
        names = [column.name for column in statement.selected_columns]
        found = _compiled[key] = Prepared(statement, names, tx.connection.dialect)
    rows = found.dicts(tx, {"q_id": wanted})
    return rows[0] if rows else None


def _answer(actor_id: int, key: str) -> sa.Select[Any]:
    return sa.select(answers).where(answers.c.actor_id == actor_id, answers.c.key == key)


def _insert_missing(tx: Tx, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert unless the key is there; whether it was inserted."""
    if tx.dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return tx.execute(statement).first() is not None
