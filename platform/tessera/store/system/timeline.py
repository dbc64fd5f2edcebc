"""System tables of timelines: moments, decisions, pairs, the head state of each holder, and what waits."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, LocalDate, Text
from tessera.store.system.base import id_column, metadata

moment = sa.Table(
    "tsr_moment",
    metadata,
    id_column(),
    sa.Column("timeline", Text, nullable=False),
    sa.Column("holder", BigInt, nullable=False),
    sa.Column("source", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("rank", sa.Integer(), nullable=False),
    sa.Column("key", Text, nullable=False),
    sa.Column("business_on", LocalDate, nullable=False),
    sa.Column("entity", Text),
    sa.Column("document_id", BigInt),
    sa.Column("content", Text, nullable=False),
    sa.Column("is_present", Boolean, nullable=False),
    sa.Column("payload", Text),
    sa.Column("pins", Text),
    sa.Column("hash", Text, nullable=False, server_default=""),
    sa.Column("happened_at", Instant),
    sa.Column("changes", BigInt),
    sa.UniqueConstraint("timeline", "holder", "source"),
    sa.Index("tsr_moment_place", "timeline", "holder", "at", "rank", "key"),
    sa.Index("tsr_moment_order", "timeline", "at", "rank", "key"),
    sa.Index("tsr_moment_document", "entity", "document_id"),
    sa.Index("tsr_moment_changes", "changes", sqlite_where=sa.text("changes IS NOT NULL"),
             postgresql_where=sa.text("changes IS NOT NULL")),
)
"""A place in a holder's life. source: what identifies it for good. at, rank, key: its place. content: hash of the
document as it was last decided. is_present: false once the document is deleted, moved to another holder or left out.
payload: the values of a fact, or what a change posts. pins: values that were told to the outside. happened_at: its own
instant, of one that was pinned at another place. changes: the moment whose decision a moment of kind change alters."""

decision = sa.Table(
    "tsr_decision",
    metadata,
    id_column(),
    sa.Column("moment_id", BigInt, nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("is_current", Boolean, nullable=False),
    sa.Column("release", sa.Integer(), nullable=False),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Column("inputs", Text, nullable=False),
    sa.Column("values", Text, nullable=False),
    sa.Column("lines", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("figures", Text, nullable=False),
    sa.Column("reviews", Text),
    sa.Column("mix", BigInt, nullable=False),
    sa.Column("state_hash", Text, nullable=False),
    sa.Column("hash", Text, nullable=False),
    sa.UniqueConstraint("moment_id", "revision"),
)
"""What the rules concluded, as compact JSON. inputs: state and accounts before; values: what was named; lines: the
columns of line values by lines field; state and figures: after it. state_hash: of all that later moments can see."""

pair = sa.Table(
    "tsr_pair",
    metadata,
    sa.Column("decision_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("step", Text, nullable=False),
    sa.Column("from_index", sa.Integer(), nullable=False),
    sa.Column("to_moment_id", BigInt, nullable=False),
    sa.Column("to_index", sa.Integer(), nullable=False),
    sa.Column("before", Text, nullable=False),
    sa.Column("after", Text, nullable=False),
    sa.Index("tsr_pair_to", "to_moment_id"),
    sqlite_with_rowid=False,
)
"""Units of a line that a decision paired with an earlier one: units of that used before and after it."""

state = sa.Table(
    "tsr_state",
    metadata,
    sa.Column("timeline", Text, primary_key=True),
    sa.Column("holder", BigInt, primary_key=True, autoincrement=False),
    sa.Column("at", Instant),
    sa.Column("rank", sa.Integer()),
    sa.Column("key", Text),
    sa.Column("state", Text, nullable=False),
    sa.Column("totals", Text, nullable=False),
    sa.Column("fired", Text, nullable=False),
    sa.Column("mix", BigInt, nullable=False),
    sa.Column("state_hash", Text, nullable=False),
    sa.Column("next_due_at", Instant),
    sa.Column("hash", Text, nullable=False, server_default=""),
    sa.Index("tsr_state_due", "timeline", "next_due_at"),
    sqlite_with_rowid=False,
)
"""The head of each holder's life: all that is needed to append to it, besides its open lots."""

pending = sa.Table(
    "tsr_pending",
    metadata,
    id_column(),
    sa.Column("timeline", Text, nullable=False),
    sa.Column("holder", BigInt, nullable=False),
    sa.Column("entity", Text, nullable=False),
    sa.Column("document_id", BigInt, nullable=False),
    sa.Column("is_of_release", Boolean, nullable=False, server_default=sa.false()),
    sa.Column("hash", Text, nullable=False, server_default=""),
    sa.Index("tsr_pending_holder", "timeline", "holder"),
)
"""Documents whose effect on a holder is not settled yet. is_of_release: a release left it, so anybody settles it; else
whoever noted it does. hash: over all of it."""

parked = sa.Table(
    "tsr_parked",
    metadata,
    sa.Column("moment_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("timeline", Text, nullable=False),
    sa.Column("holder", BigInt, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("code", Text, nullable=False),
    sa.Column("message", Text, nullable=False),
    sa.Column("params", Text, nullable=False),
    sa.Column("hash", Text, nullable=False, server_default=""),
    sa.Index("tsr_parked_holder", "timeline", "holder"),
)
"""Moments whose rules fail: they count as absent until they work. hash: over all of it."""

review = sa.Table(
    "tsr_review",
    metadata,
    id_column(),
    sa.Column("timeline", Text, nullable=False),
    sa.Column("moment_id", BigInt, nullable=False),
    sa.Column("reviews", Text, nullable=False),
    sa.Column("verdict", Text, nullable=False),
    sa.Column("note", Text),
    sa.Column("answer_id", BigInt),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Column("decided_by", BigInt, nullable=False),
    sa.Column("hash", Text, nullable=False),
    sa.Index("tsr_review_moment", "moment_id"),
    sa.Index("tsr_review_timeline", "timeline", "id"),
)
"""What somebody decided about a decision that asked to be looked at. reviews: what it asked, as it stands in the
decision: when rules come to ask something else, it is open again. verdict: accepted or corrected. answer_id: the moment
of the posting that corrects it. decided_by: id of the user, 0 for the system. hash: over all of it."""
