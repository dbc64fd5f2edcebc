"""System table of uploaded files: what is known of each; the content lies in the data folder under a random name."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Instant, Text
from tessera.store.system.base import metadata

file_table = sa.Table(
    "tsr_file",
    metadata,
    sa.Column("ref", Text, primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("size", BigInt, nullable=False),
    sa.Column("media_type", Text, nullable=False),
    sa.Column("sha256", Text, nullable=False),
    sa.Column("content", Text, nullable=False),
    sa.Column("uploaded_at", Instant, nullable=False),
    sa.Column("uploaded_by", BigInt, nullable=False),
    sa.Column("entity", Text),
    sa.Column("record_id", BigInt),
    sa.Column("waiting_since", Instant),
    sa.UniqueConstraint("content"),
    sa.Index(
        "tsr_file_waiting",
        "waiting_since",
        sqlite_where=sa.text("waiting_since IS NOT NULL"),
        postgresql_where=sa.text("waiting_since IS NOT NULL"),
    ),
)
"""content: its name in the data folder. entity and record_id: the root record that holds it.
waiting_since: since when no record does, blank while one does."""
