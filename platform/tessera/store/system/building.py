"""System tables of drafts: changed documents on their way to a release, every version of them, and named steps."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata

draft = sa.Table(
    "tsr_draft",
    metadata,
    id_column(),
    sa.Column("name", Text, nullable=False),
    sa.Column("note", Text),
    sa.Column("state", Text, nullable=False),
    sa.Column("base", BigInt, nullable=False),
    sa.Column("package", Text, nullable=False),
    sa.Column("version", BigInt, nullable=False),
    sa.Column("place", BigInt, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", Text, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("updated_by", Text, nullable=False),
    sa.Column("release", BigInt),
    sa.Index("tsr_draft_state", "state", "updated_at"),
)
"""A named set of changed documents over release `base`. state: open, published or discarded. package: where new
documents and overlays go. version: counts every change. place: number of the last step that is in force. release: what
it was published as."""

document = sa.Table(
    "tsr_draft_document",
    metadata,
    sa.Column("draft", BigInt, primary_key=True, autoincrement=False),
    sa.Column("key", Text, primary_key=True),
    sa.Column("version", BigInt, nullable=False),
    sa.Column("hash", Text),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("updated_by", Text, nullable=False),
)
"""The documents that a draft changes, by key. version: of the draft when it was changed. hash: of its text, blank when
the draft takes it away."""

version = sa.Table(
    "tsr_draft_version",
    metadata,
    sa.Column("draft", BigInt, primary_key=True, autoincrement=False),
    sa.Column("key", Text, primary_key=True),
    sa.Column("version", BigInt, primary_key=True, autoincrement=False),
    sa.Column("hash", Text),
    sa.Column("is_base", sa.Integer(), nullable=False),
)
"""Every version of a document in a draft. is_base: 1 when the draft left it as the base has it from then on."""

text = sa.Table(
    "tsr_draft_text",
    metadata,
    sa.Column("draft", BigInt, primary_key=True, autoincrement=False),
    sa.Column("hash", Text, primary_key=True),
    sa.Column("content", Text, nullable=False),
)
"""JSON texts of documents as they were put, by the SHA-256 of the text."""

step = sa.Table(
    "tsr_draft_step",
    metadata,
    sa.Column("draft", BigInt, primary_key=True, autoincrement=False),
    sa.Column("number", BigInt, primary_key=True, autoincrement=False),
    sa.Column("label", JsonText, nullable=False),
    sa.Column("gesture", Text),
    sa.Column("changes", JsonText, nullable=False),
    sa.Column("base_before", BigInt, nullable=False),
    sa.Column("base_after", BigInt, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", Text, nullable=False),
)
"""What can be undone. label: {"zh", "en"}. changes: [{"key", "before", "after"}], versions of documents, 0: as the base
has it. gesture: further changes of the same gesture join the step."""
