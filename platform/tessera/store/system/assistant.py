"""System tables around imports: files that were sent to look at, mappings that are used once, and batches undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata
from tessera.store.system.imports import batches, documents, keys
from tessera.store.system.records import audit

if TYPE_CHECKING:
    from tessera.store import Tx

UNDONE = "undone"
"""Status of a batch that was complete and then taken back."""

uploads = sa.Table(
    "tsr_import_upload",
    metadata,
    id_column(),
    sa.Column("owner", BigInt, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("path", Text, nullable=False),
    sa.Column("size_bytes", BigInt, nullable=False),
    sa.Column("facts", JsonText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("tsr_import_upload_owner", "owner", "id"),
)
"""A file that somebody looks at before it is imported. facts: how it seems to be written."""

ad_hoc = sa.Table(
    "tsr_import_adhoc",
    metadata,
    id_column(),
    sa.Column("body", JsonText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", Text, nullable=False),
)
"""A mapping that stands in no package: that of one batch and its corrections."""

undoing = sa.Table(
    "tsr_import_undo",
    metadata,
    sa.Column("batch", BigInt, primary_key=True, autoincrement=False),
    sa.Column("status", Text, nullable=False),  # running, complete
    sa.Column("cursor", BigInt),  # id of the audit row that was taken back last, None at the beginning
    sa.Column("offset", BigInt, nullable=False),  # records of the next row that were taken back already
    sa.Column("deleted", BigInt, nullable=False),
    sa.Column("reverted", BigInt, nullable=False),
    sa.Column("kept", BigInt, nullable=False),
    sa.Column("problems", JsonText, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("started_by", Text, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Index("tsr_import_undo_status", "status"),
)
"""How far the taking back of a batch is. kept: records that were left alone, the first of them with why in problems."""


def insert_upload(tx: Tx, values: Mapping[str, Any]) -> int:
    """Note a file; gives its id."""
    number = tx.allocate(uploads.name, 1)[0]
    tx.execute(sa.insert(uploads), [{"id": number, **values}])
    return number


def upload_row(tx: Tx, number: int) -> dict[str, Any] | None:
    """One file."""
    return tx.row(sa.select(uploads).where(uploads.c.id == number))


def upload_rows(tx: Tx, owner: int) -> list[dict[str, Any]]:
    """The files of a user, the latest first."""
    return tx.rows(sa.select(uploads).where(uploads.c.owner == owner).order_by(uploads.c.id.desc()).limit(100))


def old_uploads(tx: Tx, before: datetime) -> list[dict[str, Any]]:
    """Files that came before that instant."""
    return tx.rows(sa.select(uploads).where(uploads.c.created_at < before).limit(1_000))


def delete_upload(tx: Tx, number: int) -> None:
    """Forget a file."""
    tx.execute(sa.delete(uploads).where(uploads.c.id == number))


def insert_ad_hoc(tx: Tx, values: Mapping[str, Any]) -> int:
    """Keep a mapping that is used once; gives its id."""
    number = tx.allocate(ad_hoc.name, 1)[0]
    tx.execute(sa.insert(ad_hoc), [{"id": number, **values}])
    return number


def ad_hoc_body(tx: Tx, number: int) -> dict[str, Any] | None:
    """The document of such a mapping."""
    found: dict[str, Any] | None = tx.scalar(sa.select(ad_hoc.c.body).where(ad_hoc.c.id == number))
    return found


def undo_row(tx: Tx, batch: int) -> dict[str, Any] | None:
    """How far the taking back of a batch is."""
    return tx.row(sa.select(undoing).where(undoing.c.batch == batch))


def open_undoings(tx: Tx) -> list[dict[str, Any]]:
    """Those that are not at their end."""
    return tx.rows(sa.select(undoing).where(undoing.c.status == "running").order_by(undoing.c.batch))


def begin_undo(tx: Tx, batch: int, values: Mapping[str, Any]) -> None:
    """Note that a batch is being taken back."""
    nothing: dict[str, Any] = {"cursor": None, "offset": 0, "deleted": 0, "reverted": 0, "kept": 0, "problems": []}
    tx.execute(sa.insert(undoing), [{"batch": batch, "status": "running", **nothing, **values}])


def set_undo(tx: Tx, batch: int, values: Mapping[str, Any]) -> None:
    """Note how far it is."""
    tx.execute(sa.update(undoing).where(undoing.c.batch == batch).values(**values))


def latest_audit(tx: Tx) -> int:
    """The id of the last audit row."""
    return int(tx.scalar(sa.select(sa.func.max(audit.c.id))) or 0)


def audit_before(
    tx: Tx, request: str, *, before: int | None, after: int, until: int | None, limit: int
) -> list[dict[str, Any]]:
    """Audit rows of a request, the last one first: those with ids below `before`, above `after`, up to `until`."""
    columns = audit.c
    where = [columns.request_id == request, columns.id > after, columns.verb.in_(("created", "updated", "deleted"))]
    if before is not None:
        where.append(columns.id < before)
    if until is not None:
        where.append(columns.id <= until)
    return tx.rows(sa.select(audit).where(*where).order_by(columns.id.desc()).limit(limit))


def audit_since(tx: Tx, entity: str, ids: list[int], after: int) -> list[dict[str, Any]]:
    """(id, record_id, request_id) of the audit rows about these records that came after the row of that id."""
    columns = audit.c
    query = sa.select(columns.id, columns.record_id, columns.request_id).where(
        columns.entity == entity, columns.record_id.in_(ids), columns.id > after
    )
    return tx.rows(query)


def undone_batches(tx: Tx) -> set[int]:
    """The ids of the batches that were taken back."""
    return set(tx.execute(sa.select(batches.c.id).where(batches.c.status == UNDONE)).scalars())


def forget_batch(tx: Tx, batch: int) -> None:
    """Let the keys and documents of a batch be unknown again, so that its file can come anew."""
    for table in (documents, keys):
        tx.execute(sa.delete(table).where(table.c.batch == batch))
