"""System tables of what people keep for themselves: saved views, settings, unfinished forms, what they saw last."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata

saved_view = sa.Table(
    "tsr_saved_view",
    metadata,
    id_column(),
    sa.Column("owner", BigInt, nullable=False),
    sa.Column("entity", Text, nullable=False),
    sa.Column("based_on", Text),
    sa.Column("label", Text, nullable=False),
    sa.Column("icon", Text),
    sa.Column("is_shared", Boolean, nullable=False),
    sa.Column("place", BigInt, nullable=False),
    sa.Column("body", JsonText, nullable=False),
    sa.Column("version", BigInt, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("updated_by", BigInt, nullable=False),
    sa.Index("tsr_saved_view_entity", "entity", "is_shared"),
    sa.Index("tsr_saved_view_owner", "owner"),
)
"""A list as somebody wants it. entity: key. based_on: key of the metadata's view that it began with. body: filter,
search, sorts, columns …"""

setting = sa.Table(
    "tsr_user_setting",
    metadata,
    sa.Column("user_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("name", Text, primary_key=True),
    sa.Column("value", JsonText, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)
"""What a user has set for himself, such as the theme or the width of a panel."""

form_draft = sa.Table(
    "tsr_form_draft",
    metadata,
    sa.Column("user_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("entity", Text, primary_key=True),
    sa.Column("record_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("form", Text),
    sa.Column("body", JsonText, nullable=False),
    sa.Column("record_version", BigInt),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Index("tsr_form_draft_age", "updated_at"),
)
"""A form that somebody has begun to fill in. record_id: 0 for a new record. record_version: that was read."""

recent = sa.Table(
    "tsr_recent",
    metadata,
    sa.Column("user_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("kind", Text, primary_key=True),
    sa.Column("target", Text, primary_key=True),
    sa.Column("record_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("tsr_recent_at", "user_id", "at"),
)
"""What a user looked at last. kind: record, view, dashboard or draft. target: key of the entity or document, or the
number of a draft. record_id: 0 where there is none."""
