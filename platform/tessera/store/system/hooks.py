"""System tables of webhooks that come in: the hooks, and every event that was sent to one, as it came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata
from tessera.store.system.outside import insert_missing

if TYPE_CHECKING:
    from tessera.store import Tx

_IS_ACCEPTED = sa.text("state = 'accepted'")

hook = sa.Table(
    "tsr_hook",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("is_active", Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", BigInt, nullable=False),
    sa.Column("accepted", BigInt, nullable=False),
    sa.Column("repeated", BigInt, nullable=False),
    sa.Column("rejected", BigInt, nullable=False),
    sa.Column("last_at", Instant),
)
"""An address to which somebody outside sends events. accepted, repeated, rejected: how many. Its secret is a secret."""

hook_event = sa.Table(
    "tsr_hook_event",
    metadata,
    id_column(),
    sa.Column("hook", Text, nullable=False),
    sa.Column("event_id", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("reason", Text),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("address", Text),
    sa.Column("headers", JsonText, nullable=False),
    sa.Column("body", sa.LargeBinary(), nullable=False),
    sa.Index("tsr_hook_event_once", "hook", "event_id", unique=True, sqlite_where=_IS_ACCEPTED,
             postgresql_where=_IS_ACCEPTED),
    sa.Index("tsr_hook_event_hook", "hook", "state", "id"),
    sa.Index("tsr_hook_event_received", "received_at"),
)  # fmt: skip
"""What came, as it came. state: accepted or rejected, and why. event_id: as its sender calls it, once for each hook."""

_COUNTERS = ("accepted", "repeated", "rejected")


def hook_row(tx: Tx, name: str) -> Mapping[str, Any] | None:
    """One hook."""
    return tx.row(sa.select(hook).where(hook.c.name == name))


def hook_rows(tx: Tx) -> list[dict[str, Any]]:
    """Every hook, by name."""
    return tx.rows(sa.select(hook).order_by(hook.c.name))


def insert_hook(tx: Tx, values: Mapping[str, Any]) -> bool:
    """Add a hook; False when there is one of that name."""
    return insert_missing(tx, hook, {**dict.fromkeys(_COUNTERS, 0), **values})


def update_hook(tx: Tx, name: str, values: Mapping[str, Any]) -> None:
    """Change a hook."""
    tx.execute(sa.update(hook).where(hook.c.name == name).values(**values))


def delete_hook(tx: Tx, name: str) -> bool:
    """Take a hook away with its events; whether there was one."""
    tx.execute(sa.delete(hook_event).where(hook_event.c.hook == name))
    return tx.execute(sa.delete(hook).where(hook.c.name == name)).rowcount == 1


def count(tx: Tx, name: str, counter: str, now: datetime) -> None:
    """Count an event of a hook."""
    column = hook.c[counter]
    tx.execute(sa.update(hook).where(hook.c.name == name).values({column: column + 1, hook.c.last_at: now}))


def keep_event(tx: Tx, values: Mapping[str, Any]) -> int | None:
    """Keep an event; its id, None when it was accepted before."""
    number = tx.allocate(hook_event.name, 1)[0]
    return number if insert_missing(tx, hook_event, {"id": number, **values}) else None


def event_row(tx: Tx, name: str, number: int) -> dict[str, Any] | None:
    """One event of a hook."""
    return tx.row(sa.select(hook_event).where(hook_event.c.hook == name, hook_event.c.id == number))


def event_rows(tx: Tx, name: str, *, state: str, before: int, limit: int) -> list[dict[str, Any]]:
    """Events of a hook without their bodies, the latest first. before: id of the last one seen, 0 for none."""
    columns = [each for each in hook_event.c if each.name != "body"]
    statement = sa.select(*columns).where(hook_event.c.hook == name)
    statement = statement.where(hook_event.c.state == state) if state else statement
    statement = statement.where(hook_event.c.id < before) if before else statement
    return tx.rows(statement.order_by(hook_event.c.id.desc()).limit(limit))


def drop_rejected(tx: Tx, name: str, kept: int) -> None:
    """Forget rejected events of a hook but for the latest ones."""
    mine = (hook_event.c.hook == name) & (hook_event.c.state == "rejected")
    oldest = sa.select(hook_event.c.id).where(mine).order_by(hook_event.c.id.desc()).offset(kept).limit(1)
    tx.execute(sa.delete(hook_event).where(mine, hook_event.c.id <= oldest.scalar_subquery()))


def drop_older(tx: Tx, before: datetime, limit: int) -> int:
    """Forget events that came before then, up to so many; how many."""
    old = sa.select(hook_event.c.id).where(hook_event.c.received_at < before).limit(limit)
    return tx.execute(sa.delete(hook_event).where(hook_event.c.id.in_(old))).rowcount
