"""System tables of the write path: audit, outbox, sequences, side values of rollups, and the keys of sealed values."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Instant, LocalDate, Text
from tessera.store.system.base import metadata

_OWN_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

audit = sa.Table(
    "tsr_audit",
    metadata,
    sa.Column("id", _OWN_KEY, sa.Identity(), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor_id", BigInt, nullable=False),
    sa.Column("actor", Text, nullable=False),
    sa.Column("request_id", Text, nullable=False),
    sa.Column("release", sa.Integer(), nullable=False),
    sa.Column("verb", Text, nullable=False),
    sa.Column("entity", Text, nullable=False),
    sa.Column("record_id", BigInt),
    sa.Column("records", sa.Integer(), nullable=False),
    sa.Column("content", Text, nullable=False),
    sa.Column("hash", Text, nullable=False),
    sa.Index("tsr_audit_record", "entity", "record_id", "id"),
    sa.Index("tsr_audit_actor", "actor_id", "id"),
    sqlite_autoincrement=True,
)
"""One row per changed root record, or per batch (record_id blank). content: the JSON text over which hash stands."""

outbox = sa.Table(
    "tsr_outbox",
    metadata,
    sa.Column("id", _OWN_KEY, sa.Identity(), primary_key=True),
    sa.Column("topic", Text, nullable=False),
    sa.Column("entity", Text, nullable=False),
    sa.Column("record_id", BigInt),
    sa.Column("payload", Text, nullable=False),
    sa.Column("depth", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("release", sa.Integer(), nullable=False),
    sa.Column("request_id", Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("dispatched_at", Instant),
    sa.Index(
        "tsr_outbox_waiting",
        "id",
        sqlite_where=sa.text("dispatched_at IS NULL"),
        postgresql_where=sa.text("dispatched_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)
"""Facts that flows react to. record_id: blank for a batch, whose payload names the records. depth: of the chain."""

sequence = sa.Table(
    "tsr_sequence",
    metadata,
    sa.Column("field", Text, primary_key=True),
    sa.Column("period", Text, primary_key=True),
    sa.Column("value", BigInt, nullable=False),
)
"""The last number given out for a sequence field (by its key) in a period ("" when it never starts again)."""

side = sa.Table(
    "tsr_side",
    metadata,
    sa.Column("field", Text, primary_key=True),
    sa.Column("record_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("whole", BigInt),
    sa.Column("total", BigInt, nullable=False, server_default="0"),
    sa.Column("folded", BigInt, nullable=False, server_default="0"),
    sa.Column("words", Text),
    sa.Column("valid_through", LocalDate),
)
"""The value of a rollup field (by its key) of a record, kept away from the record's own row and version.

whole: a number in units of the field's last decimal place, or 1 and 0. words: a text, or a date or instant in ISO
form. total and folded: sum and number of what was folded, where the value is worked out from them.
valid_through: the last day on which the value holds, blank when it does not age.
"""

bucket = sa.Table(
    "tsr_bucket",
    metadata,
    sa.Column("field", Text, primary_key=True),
    sa.Column("record_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("day", LocalDate, primary_key=True),
    sa.Column("total", BigInt, nullable=False, server_default="0"),
    sa.Column("folded", BigInt, nullable=False, server_default="0"),
    sa.Column("words", Text),
)
"""The share of one day in a rollup over a moving window: a total, or the day's own value as in `tsr_side`."""

seal_key = sa.Table(
    "tsr_seal_key",
    metadata,
    sa.Column("entity", Text, primary_key=True),
    sa.Column("record_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("key", sa.LargeBinary(32), nullable=False),
    sa.Column("made_at", Instant, nullable=False),
)
"""The key under which a subject's personal values are sealed. Deleting the row makes them unreadable for good."""
