"""System tables of ledgers: accounts, movements, entries, lots, allocations, holds and tallies.

Amounts are whole smallest units of the ledger. Movements, entries and allocations are only ever added; balances,
debts and what is left in a lot are caches of them, which `verify` proves and `rebuild` makes anew.
"""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, LocalDate, Text
from tessera.store.system.base import id_column, metadata

account = sa.Table(
    "tsr_account",
    metadata,
    id_column(),
    sa.Column("ledger", Text, nullable=False),
    sa.Column("holder", BigInt, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("balance", BigInt, nullable=False),
    sa.Column("debt", BigInt, nullable=False),
    sa.UniqueConstraint("ledger", "holder", "name"),
)
"""A holder in a ledger (key of its document). Counter-accounts have holder 0 and the total's name; nothing is cached
for them."""

movement = sa.Table(
    "tsr_movement",
    metadata,
    id_column(),
    sa.Column("account_id", BigInt, nullable=False),
    sa.Column("moment_id", BigInt, nullable=False),
    sa.Column("step", Text, nullable=False),
    sa.Column("round", Text, nullable=False),
    sa.Column("move", Text, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("amount", BigInt, nullable=False),
    sa.Column("effect", BigInt, nullable=False),
    sa.Column("business_at", Instant, nullable=False),
    sa.Column("business_on", LocalDate, nullable=False),
    sa.Column("posted_at", Instant, nullable=False),
    sa.Column("release", sa.Integer(), nullable=False),
    sa.Column("caused_by", BigInt, nullable=False),
    sa.Column("corrects", BigInt),
    sa.Column("of", Text),
    sa.Column("source_key", Text, nullable=False),
    sa.Column("hash", Text, nullable=False),
    sa.UniqueConstraint("source_key"),
    sa.Index("tsr_movement_account", "account_id", "business_at"),
    sa.Index("tsr_movement_moment", "moment_id"),
)
"""What people see. amount counts under the total `name`; effect is the change of the balance. caused_by: the moment
whose arrival made it (its own, or a late one). corrects: the movement of the same key that it corrects."""

entry = sa.Table(
    "tsr_entry",
    metadata,
    sa.Column("movement_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("account_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("amount", BigInt, nullable=False),
    sqlite_with_rowid=False,
)
"""The double-entry lines of a movement: the holder's account and a counter-account; they sum to zero."""

lot = sa.Table(
    "tsr_lot",
    metadata,
    id_column(),
    sa.Column("account_id", BigInt, nullable=False),
    sa.Column("moment_id", BigInt, nullable=False),
    sa.Column("seq", sa.Integer(), nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("source", Text, nullable=False),
    sa.Column("granted", BigInt, nullable=False),
    sa.Column("left", BigInt, nullable=False),
    sa.Column("lapsed", BigInt, nullable=False),
    sa.Column("waived", BigInt, nullable=False),
    sa.Column("granted_on", LocalDate, nullable=False),
    sa.Column("expires_on", LocalDate),
    sa.Column("available_from", LocalDate),
    sa.Column("is_present", Boolean, nullable=False),
    sa.Column("hash", Text, nullable=False, server_default=""),
    sa.UniqueConstraint("account_id", "source"),
    sa.Index("tsr_lot_moment", "moment_id"),
    sa.Index(
        "tsr_lot_later",
        "available_from",
        sqlite_where=sa.text("available_from IS NOT NULL"),
        postgresql_where=sa.text("available_from IS NOT NULL"),
    ),
)
"""Units granted together. source: the grant's place in the rules and the days for which it was good at first.
is_present: false once history has it that it was never granted. hash: over all but the sums, which the log proves."""

allocation = sa.Table(
    "tsr_allocation",
    metadata,
    sa.Column("movement_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("lot_id", BigInt, nullable=False),
    sa.Column("amount", BigInt, nullable=False),
    sa.Column("expires_on", LocalDate),
    sa.Column("business_at", Instant, nullable=False),
    sa.Index("tsr_allocation_lot", "lot_id", "business_at"),
    sqlite_with_rowid=False,
)
"""Which lots a movement touched, with the change of what is left. lot_id 0 stands for the debt (negative: owed more).
expires_on: the lot's later last day, of a movement that extends it."""

hold = sa.Table(
    "tsr_hold",
    metadata,
    id_column(),
    sa.Column("account_id", BigInt, nullable=False),
    sa.Column("key", Text, nullable=False),
    sa.Column("amount", BigInt, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("used", BigInt, nullable=False),
    sa.Column("posted_at", Instant),
    sa.Column("hash", Text, nullable=False, server_default=""),
    sa.UniqueConstraint("account_id", "key"),
)
"""A reservation: it lessens what is available, not the balance. state: open, used or released.
posted_at: when what was used of it happened. hash: over all of it."""

tally = sa.Table(
    "tsr_tally",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("rows", BigInt, nullable=False),
    sa.Column("sum", BigInt, nullable=False),
    sqlite_with_rowid=False,
)
"""How many rows of a sort there are, and the sum of their hashes, by which a row that was deleted is missed."""
