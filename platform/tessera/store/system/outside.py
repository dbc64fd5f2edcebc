"""System tables of calls to the outside: hosts that failed, and secrets that calls show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Instant, Text
from tessera.store.system.base import metadata

if TYPE_CHECKING:
    from tessera.store import Tx

circuit = sa.Table(
    "tsr_circuit",
    metadata,
    sa.Column("place", Text, primary_key=True),
    sa.Column("failures", BigInt, nullable=False),
    sa.Column("rests_until", Instant),
    sa.Column("failed_at", Instant, nullable=False),
    sa.Column("reason", Text, nullable=False),
)
"""One row for each host and port whose last call failed. failures: in a row. rests_until: no calls before that."""

secret = sa.Table(
    "tsr_secret",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("sealed", Text, nullable=False),
    sa.Column("key_id", Text, nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    sa.Column("set_by", BigInt, nullable=False),
)
"""Secrets by name, each sealed under the key of the settings that key_id names."""


def circuit_of(tx: Tx, place: str) -> Mapping[str, Any] | None:
    """What is known of a host that failed."""
    return tx.row(sa.select(circuit).where(circuit.c.place == place))


def try_again(tx: Tx, place: str, now: datetime, until: datetime) -> bool:
    """Take the one call that tries a rested host again; False when somebody else has it, or it still rests."""
    mine = sa.update(circuit).where(circuit.c.place == place, circuit.c.rests_until <= now)
    return tx.execute(mine.values(rests_until=until)).rowcount == 1


def note_failure(tx: Tx, place: str, now: datetime, reason: str) -> int:
    """Count a failure; how many there were in a row."""
    values = {"place": place, "failures": 0, "failed_at": now, "reason": reason}
    insert_missing(tx, circuit, values)
    mine = sa.update(circuit).where(circuit.c.place == place)
    counted = mine.values(failures=circuit.c.failures + 1, failed_at=now, reason=reason)
    return int(tx.execute(counted.returning(circuit.c.failures)).scalar_one())


def let_rest(tx: Tx, place: str, until: datetime) -> None:
    """Leave a host alone until then."""
    tx.execute(sa.update(circuit).where(circuit.c.place == place).values(rests_until=until))


def forget_failures(tx: Tx, place: str) -> None:
    """A call to the host went well."""
    tx.execute(sa.delete(circuit).where(circuit.c.place == place))


def circuits(tx: Tx, limit: int) -> list[dict[str, Any]]:
    """Hosts whose last call failed, the latest first."""
    return tx.rows(sa.select(circuit).order_by(circuit.c.failed_at.desc(), circuit.c.place).limit(limit))


def put_secret(tx: Tx, values: Mapping[str, Any]) -> None:
    """Add a secret, or take another value for it."""
    names = ("name", "sealed", "key_id", "set_at", "set_by")
    tx.upsert_many(secret, names, [tuple(values[name] for name in names)], key="name")


def secret_row(tx: Tx, name: str) -> Mapping[str, Any] | None:
    """A secret as it is stored."""
    return tx.row(sa.select(secret).where(secret.c.name == name))


def secret_rows(tx: Tx) -> list[dict[str, Any]]:
    """Every secret, by name."""
    return tx.rows(sa.select(secret).order_by(secret.c.name))


def delete_secret(tx: Tx, name: str) -> bool:
    """Take a secret away; whether there was one."""
    return tx.execute(sa.delete(secret).where(secret.c.name == name)).rowcount == 1


def insert_missing(tx: Tx, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Insert unless something unique of it is there already; whether it was inserted.

    On PostgreSQL this waits for whoever is inserting the same.
    """
    if tx.dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    statement = insert(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return tx.execute(statement, values).first() is not None
