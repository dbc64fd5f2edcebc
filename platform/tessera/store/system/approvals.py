"""System tables of approvals: what is to be decided, who is asked, what was done, and who stands for whom."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata

approvals = sa.Table(
    "tsr_approval",
    metadata,
    id_column(),
    sa.Column("flow", Text, nullable=False),
    sa.Column("release", BigInt, nullable=False),
    sa.Column("run_id", BigInt, nullable=False),
    sa.Column("path", Text, nullable=False),
    sa.Column("step", Text, nullable=False),
    sa.Column("entity", Text, nullable=False),
    sa.Column("record_id", BigInt, nullable=False),
    sa.Column("heading", JsonText, nullable=False),
    sa.Column("requester_id", BigInt, nullable=False),
    sa.Column("outcome", Text),
    sa.Column("reason", Text),
    sa.Column("back_to", Text),
    sa.Column("node", sa.Integer(), nullable=False),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("fresh_round", sa.Integer(), nullable=False),
    sa.Column("straight_to", sa.Integer()),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("urged_at", Instant),
    sa.Column("wake_at", Instant),
    sa.Column("version", BigInt, nullable=False),
    sa.Index("tsr_approval_run", "run_id", "id"),
    sa.Index("tsr_approval_record", "entity", "record_id", "id"),
    sa.Index("tsr_approval_requester", "requester_id", "id"),
    sa.Index("tsr_approval_flow", "flow", "id"),
    sa.Index(
        "tsr_approval_running",
        "run_id",
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    ),
    sa.Index(
        "tsr_approval_due",
        "wake_at",
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    ),
)
"""flow: its key; release: the one whose documents its run follows. path: where the run waits; step: place in the flow
of the step whose nodes these are. entity and record_id: what it is about. heading: title and summary for lists, sealed
where the entity has personal values. outcome: blank while it runs. back_to: step of the flow to which it was returned.
node: the one at work, -1 while it is with the requester; round counts how often nodes were entered. wake_at: when
something comes due by itself.
"""

tasks = sa.Table(
    "tsr_task",
    metadata,
    id_column(),
    sa.Column("approval_id", BigInt, sa.ForeignKey("tsr_approval.id", name="tsr_task_approval_fk"), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("node", sa.Integer(), nullable=False),
    sa.Column("node_uid", Text, nullable=False),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("person_id", BigInt, nullable=False),
    sa.Column("place", sa.Integer(), nullable=False),
    sa.Column("parent", sa.Integer(), nullable=False),
    sa.Column("side", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("decision", Text),
    sa.Column("cause", Text),
    sa.Column("by_id", BigInt, nullable=False),
    sa.Column("opened_at", Instant),
    sa.Column("decided_at", Instant),
    sa.Column("final_at", Instant),
    sa.Column("due_at", Instant),
    sa.Column("late_at", Instant),
    sa.Column("fired", sa.Integer(), nullable=False),
    sa.Column("target", BigInt),
    sa.Column("step", Text),
    sa.Column("straight", Boolean, nullable=False),
    sa.Column("changes", JsonText),
    sa.UniqueConstraint("approval_id", "number", name="tsr_task_number"),
    sa.Index("tsr_task_person", "person_id", "state", "opened_at"),
    sa.Index("tsr_task_decided", "by_id", "decided_at", "id"),
    sa.Index(
        "tsr_task_live",
        "person_id",
        sqlite_where=sa.text("state IN ('waiting', 'open')"),
        postgresql_where=sa.text("state IN ('waiting', 'open')"),
    ),
)
"""What one person is asked; the columns are those of `engine.approvals.state.Task`. late_at: when its first deadline
passes. changes: what its holder wrote into the record while deciding, until that is final; sealed like heading.
"""

actions = sa.Table(
    "tsr_task_action",
    metadata,
    id_column(),
    sa.Column("approval_id", BigInt, sa.ForeignKey("tsr_approval.id", name="tsr_action_approval_fk"), nullable=False),
    sa.Column("task_id", BigInt),
    sa.Column("kind", Text, nullable=False),
    sa.Column("by_id", BigInt, nullable=False),
    sa.Column("for_id", BigInt),
    sa.Column("at", Instant, nullable=False),
    sa.Column("opinion", Text),
    sa.Column("files", JsonText),
    sa.Column("detail", JsonText, nullable=False),
    sa.Column("undone_at", Instant),
    sa.Index("tsr_task_action_approval", "approval_id", "id"),
)
"""What was done, by people (by_id) and by the platform (0). for_id: in whose place. undone_at: when it was taken
back."""

copies = sa.Table(
    "tsr_approval_copy",
    metadata,
    id_column(),
    sa.Column("approval_id", BigInt, sa.ForeignKey("tsr_approval.id", name="tsr_copy_approval_fk"), nullable=False),
    sa.Column("person_id", BigInt, nullable=False),
    sa.Column("node", sa.Integer(), nullable=False),
    sa.Column("by_id", BigInt, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("read_at", Instant),
    sa.UniqueConstraint("approval_id", "person_id", name="tsr_approval_copy_person"),
    sa.Index("tsr_approval_copy_of", "person_id", "id"),
)
"""Who was sent a copy, and when he read it. node: whose fields he sees."""

delegates = sa.Table(
    "tsr_delegate",
    metadata,
    id_column(),
    sa.Column("person_id", BigInt, nullable=False),
    sa.Column("delegate_id", BigInt, nullable=False),
    sa.Column("from_at", Instant, nullable=False),
    sa.Column("until_at", Instant, nullable=False),
    sa.Column("flows", JsonText),
    sa.Column("reason", Text),
    sa.Column("made_by", BigInt, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Index("tsr_delegate_person", "person_id", "until_at"),
    sa.Index("tsr_delegate_delegate", "delegate_id", "until_at"),
)
"""Who may decide in somebody's place for a time. flows: keys of the flows meant, blank for all."""

links = sa.Table(
    "tsr_approval_link",
    metadata,
    id_column(),
    sa.Column("task_id", BigInt, sa.ForeignKey("tsr_task.id", name="tsr_link_task_fk"), nullable=False),
    sa.Column("person_id", BigInt, nullable=False),
    sa.Column("made_by", BigInt, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("used_at", Instant),
    sa.Index("tsr_approval_link_task", "task_id", "id"),
)
"""Links by which one person opens one task. The link itself is not kept: it is signed, and this row may revoke it."""
