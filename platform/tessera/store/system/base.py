"""The MetaData of the system tables, and the columns that they share.

Each file beside this one declares the tables of one area (`tsr_…`) on `metadata`; `install` makes them.
"""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Text

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s__%(column_0_N_name)s",
        "uq": "uq_%(table_name)s__%(column_0_N_name)s",
        "ck": "ck_%(table_name)s__%(constraint_name)s",
        "fk": "fk_%(table_name)s__%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every system table."""

counter = sa.Table(
    "tsr_counter",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("last", BigInt, nullable=False),
)
"""Last primary key given out per table, on SQLite (PostgreSQL has sequences)."""


def id_column() -> sa.Column[int]:
    """A primary key that `Tx.allocate` fills; the database never makes one by itself."""
    return sa.Column("id", BigInt, primary_key=True, autoincrement=False)
