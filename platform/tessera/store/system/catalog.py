"""System tables of the catalogue: releases, their documents, and the head; and the lock that guards the head.

A release never changes once it is written. Document texts are stored once per content, by their hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

from tessera.store.bulk import driver
from tessera.store.column_types import BigInt, Boolean, Instant, Text
from tessera.store.reconnecting import drop_prepared
from tessera.store.system.base import metadata

if TYPE_CHECKING:
    from tessera.store import Tx

HEAD_LOCK = 7_402_017_301_245_233
"""Key of the PostgreSQL advisory lock: shared by every transaction, exclusive while a release is applied."""

release_table = sa.Table(
    "tsr_release",
    metadata,
    sa.Column("number", BigInt, primary_key=True, autoincrement=False),
    sa.Column("parent", BigInt, nullable=False),
    sa.Column("hash", Text, nullable=False),
    sa.Column("effective_from", Instant, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", Text, nullable=False),
    sa.Column("reason", Text, nullable=False),
    sa.Column("rolled_back_to", BigInt),
    sa.UniqueConstraint("parent"),
)
"""One row per applied release. parent: the release before it (0: none). rolled_back_to: whose documents it repeats."""

document_table = sa.Table(
    "tsr_document",
    metadata,
    sa.Column("hash", Text, primary_key=True),
    sa.Column("content", Text, nullable=False),
)
"""Canonical JSON texts of documents, and other files in base 64, by the SHA-256 of the text."""

contents_table = sa.Table(
    "tsr_release_document",
    metadata,
    sa.Column("release", BigInt, sa.ForeignKey("tsr_release.number"), primary_key=True, autoincrement=False),
    sa.Column("package", Text, primary_key=True),
    sa.Column("path", Text, primary_key=True),
    sa.Column("hash", Text, sa.ForeignKey("tsr_document.hash"), nullable=False),
    sa.Column("is_file", Boolean, nullable=False),
)
"""Which documents and other files a release holds, and where each stands in its package."""

head_table = sa.Table(
    "tsr_head",
    metadata,
    sa.Column("id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("number", BigInt, nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)
"""One row at most: the number of the release that the data schema follows."""


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """What is known of a release besides its documents."""

    number: int
    parent: int
    hash: str
    effective_from: datetime
    created_at: datetime
    created_by: str
    reason: str = ""
    rolled_back_to: int | None = None


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One document of a release: its package, its path within the package, the hash of its text, and the text.

    is_file: it is another file than a document, and content is its bytes in base 64.
    """

    package: str
    path: str
    hash: str
    content: str
    is_file: bool = False


_HEAD = sa.select(head_table.c.number)


def enter(tx: Tx) -> int:
    """The head release's number (0: nothing applied), which stays the head until this transaction ends."""
    if tx.dialect == "postgresql":
        return _enter_at_once(tx)
    return int(tx.scalar(_HEAD) or 0)


_ENTER = f"SELECT pg_advisory_xact_lock_shared({HEAD_LOCK}); SELECT number FROM tsr_head".encode()


def _enter_at_once(tx: Tx) -> int:
    """Begin, lock and read in one trip; as two statements, so that the reading sees what was committed meanwhile."""
    result = tx.at_first(lambda: _entered(driver(tx.connection)))
    found = result.get_value(0, 0) if result.ntuples else None
    number = int(found) if found is not None else 0
    kept = tx.connection.info
    if kept.setdefault("head", number) != number:
        # Another process has published: what this connection has prepared may be over tables that are no longer so.
        kept["head"] = number
        drop_prepared(tx.connection)
    return number


def _entered(raw: Any) -> Any:
    is_idle = raw.info.transaction_status == TransactionStatus.IDLE
    result = raw.pgconn.exec_(b"BEGIN; " + _ENTER if is_idle else _ENTER)
    if result.status != ExecStatus.TUPLES_OK:
        raise error_from_result(result)
    return result


def enter_exclusively(tx: Tx) -> int:
    """The head release's number; no other transaction runs beside this one (on SQLite: no other writer)."""
    if tx.dialect == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(HEAD_LOCK)))
    return int(tx.scalar(_HEAD) or 0)


def release(tx: Tx, number: int) -> ReleaseRow | None:
    """The release of that number."""
    found = tx.row(sa.select(release_table).where(release_table.c.number == number))
    return ReleaseRow(**found) if found else None


def releases(tx: Tx) -> list[ReleaseRow]:
    """Every release, oldest first."""
    return [ReleaseRow(**row) for row in tx.rows(sa.select(release_table).order_by(release_table.c.number))]


def in_force(rows: Sequence[ReleaseRow], instant: datetime) -> int:
    """The number of the release that decides what happened at that instant; 0 when nothing is applied.

    It is the latest of those that were effective by then, else the first release.
    """
    effective = [row.number for row in rows if row.effective_from <= instant]
    return max(effective) if effective else min((row.number for row in rows), default=0)


def documents(tx: Tx, number: int) -> list[StoredDocument]:
    """The documents of a release, by package and path."""
    place, text = contents_table.c, document_table.c
    columns = (place.package, place.path, text.hash, text.content, place.is_file)
    query = (
        sa.select(*columns)
        .join(document_table, document_table.c.hash == contents_table.c.hash)
        .where(contents_table.c.release == number)
        .order_by(contents_table.c.package, contents_table.c.path)
    )
    return [StoredDocument(**row) for row in tx.rows(query)]


def insert_release(tx: Tx, row: ReleaseRow, content: Iterable[StoredDocument]) -> None:
    """Write a release with its documents; the head stays where it is."""
    every = list(content)
    texts = {each.hash: each.content for each in every}
    known = set(tx.execute(sa.select(document_table.c.hash)).scalars()) if texts else set()
    fresh = [{"hash": key, "content": text} for key, text in sorted(texts.items()) if key not in known]
    if fresh:
        tx.execute(sa.insert(document_table), fresh)
    tx.execute(sa.insert(release_table), [{name: getattr(row, name) for name in ReleaseRow.__slots__}])
    if every:
        names = ("package", "path", "hash", "is_file")
        rows = [{"release": row.number, **{name: getattr(each, name) for name in names}} for each in every]
        tx.execute(sa.insert(contents_table), rows)


def move_head(tx: Tx, number: int) -> None:
    """Make a release the head."""
    if tx.execute(sa.update(head_table).values(number=number)).rowcount == 0:
        tx.execute(sa.insert(head_table), [{"id": 1, "number": number}])
