"""System table of exports: files of records and views that are made in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata

if TYPE_CHECKING:
    from tessera.store import Tx

OPEN = ("waiting", "running")

exports = sa.Table(
    "tsr_export",
    metadata,
    id_column(),
    sa.Column("owner", BigInt, nullable=False),
    sa.Column("owner_name", Text, nullable=False),
    sa.Column("label", Text, nullable=False),
    sa.Column("body", JsonText, nullable=False),
    sa.Column("format", Text, nullable=False),
    sa.Column("language", Text, nullable=False),
    sa.Column("is_raw", Boolean, nullable=False),
    sa.Column("status", Text, nullable=False),  # waiting, running, complete, failed, cancelled
    sa.Column("runner", Text),
    sa.Column("lease_until", Instant),
    sa.Column("tries", BigInt, nullable=False),
    sa.Column("rows", BigInt, nullable=False),
    sa.Column("total", BigInt),
    sa.Column("size_bytes", BigInt),
    sa.Column("problem", JsonText),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Index("tsr_export_owner", "owner", "id"),
    sa.Index("tsr_export_status", "status", "updated_at"),
)
"""A file on its way. body: what it holds. runner: a token of who makes it, until lease_until unless it is renewed.
tries: how often it was begun. rows: written so far; total: None as long as it is not known."""


def insert(tx: Tx, values: Mapping[str, Any]) -> int:
    """Add an export; gives its id."""
    number = tx.allocate(exports.name, 1)[0]
    tx.execute(sa.insert(exports), [{"id": number, **values}])
    return number


def row_of(tx: Tx, number: int) -> dict[str, Any] | None:
    """One export."""
    return tx.row(sa.select(exports).where(exports.c.id == number))


def rows_of(tx: Tx, *, owner: int | None, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Exports, the latest first; of one user, or of all for None."""
    query = sa.select(exports).order_by(exports.c.id.desc()).limit(limit)
    if owner is not None:
        query = query.where(exports.c.owner == owner)
    if before is not None:
        query = query.where(exports.c.id < before)
    return tx.rows(query)


def open_count(tx: Tx, owner: int) -> int:
    """How many exports of that user are not at their end."""
    e = exports.c
    return int(tx.scalar(sa.select(sa.func.count()).where(e.owner == owner, e.status.in_(OPEN))))


def ready(tx: Tx, now: datetime) -> list[int]:
    """The ids of exports that nobody is making, the oldest first."""
    return list(tx.execute(sa.select(exports.c.id).where(_is_free(now)).order_by(exports.c.id)).scalars())


def claim(tx: Tx, number: int, runner: str, now: datetime, until: datetime) -> dict[str, Any] | None:
    """Take an export that nobody is making, from its beginning; None when it is none of those."""
    values = {
        "status": "running", "runner": runner, "lease_until": until, "tries": exports.c.tries + 1, "rows": 0,
        "total": None, "started_at": now, "updated_at": now,
    }  # fmt: skip
    taken = tx.execute(sa.update(exports).where(exports.c.id == number, _is_free(now)).values(**values))
    return row_of(tx, number) if taken.rowcount else None


def go_on(tx: Tx, number: int, runner: str, values: Mapping[str, Any]) -> bool:
    """Change an export that this runner is making; False when it is not, or not any more."""
    e = exports.c
    mine = sa.and_(e.id == number, e.runner == runner, e.status == "running")
    return tx.execute(sa.update(exports).where(mine).values(**values)).rowcount == 1


def end(tx: Tx, number: int, values: Mapping[str, Any]) -> bool:
    """End an export that is not at its end, whoever makes it."""
    mine = sa.and_(exports.c.id == number, exports.c.status.in_(OPEN))
    return tx.execute(sa.update(exports).where(mine).values(**values)).rowcount == 1


def delete(tx: Tx, numbers: Sequence[int]) -> None:
    """Forget exports."""
    tx.delete_many(exports, numbers)


def outlived(tx: Tx, before: datetime) -> list[dict[str, Any]]:
    """Exports that came to their end before that instant."""
    e = exports.c
    return tx.rows(sa.select(exports).where(e.finished_at < before).order_by(e.id).limit(1_000))


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    e = exports.c
    return sa.or_(e.status == "waiting", sa.and_(e.status == "running", e.lease_until < now))
