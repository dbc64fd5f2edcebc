"""System tables of what is really there: tables, columns and indexes by stable key, tombstones too, and builds.

`ddl.sync` compares them with what a Model asks for, so it never guesses what a column once meant.
"""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata

table_table = sa.Table(
    "tsr_table",
    metadata,
    sa.Column("key", Text, primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("removed_at", Instant),
)
"""One row per table of an entity, its lines or links. removed_at: since when it is a tombstone."""

column_table = sa.Table(
    "tsr_column",
    metadata,
    sa.Column("table_key", Text, primary_key=True),
    sa.Column("key", Text, primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("precision", BigInt, nullable=False),
    sa.Column("scale", BigInt, nullable=False),
    sa.Column("removed_at", Instant),
)
"""One row per column. A tombstone left by a change of type has the key `<field key>~<kind>.<scale>`."""

index_table = sa.Table(
    "tsr_index",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("table_key", Text, nullable=False),
    sa.Column("columns", JsonText, nullable=False),
    sa.Column("is_unique", Boolean, nullable=False),
)
"""One row per index that exists. columns: the keys of its columns."""

build_table = sa.Table(
    "tsr_build",
    metadata,
    id_column(),
    sa.Column("release", BigInt, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("target", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("place", BigInt, nullable=False),
    sa.Column("details", JsonText, nullable=False),
    sa.Column("problems", JsonText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Index("tsr_build_open", "state", "id"),
)
"""What takes time after a release. kind: which builder; target: an index name or field key; state: waiting, done or
blocked; place: primary key up to which it is done; problems: ids of the rows that stand in its way."""
