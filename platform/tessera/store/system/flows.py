"""System tables of flows: runs, their steps, what they wait for, calls to the outside, and slots of schedules."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, Text
from tessera.store.system.base import id_column, metadata


def _partial(name: str, *columns: str, where: str, is_unique: bool = False) -> sa.Index:
    """An index over the rows for which a condition holds."""
    return sa.Index(name, *columns, unique=is_unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


run = sa.Table(
    "tsr_run",
    metadata,
    id_column(),
    sa.Column("flow", Text, nullable=False),
    sa.Column("release", BigInt, nullable=False),
    sa.Column("source", Text, nullable=False),
    sa.Column("event_id", BigInt),
    sa.Column("entity", Text),
    sa.Column("record_id", BigInt),
    sa.Column("lane", Text),
    sa.Column("occupies", Boolean, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("fence", BigInt, nullable=False, server_default="0"),
    sa.Column("worker", Text),
    sa.Column("lease_until", Instant),
    sa.Column("is_alone", Boolean, nullable=False, server_default=sa.false()),
    sa.Column("wake_at", Instant),
    sa.Column("given", Text, nullable=False),
    sa.Column("cursor", Text, nullable=False),
    sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("steps", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("depth", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("parent_id", BigInt),
    sa.Column("rerun_of", BigInt),
    sa.Column("actor_id", BigInt, nullable=False, server_default="0"),
    sa.Column("cause", Text, nullable=False, server_default=""),
    sa.Column("error", Text),
    sa.Column("result", Text),
    sa.Column("is_settled", Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("finished_at", Instant),
    sa.UniqueConstraint("flow", "source"),
    _partial("tsr_run_next", "wake_at", "id", where="state = 'ready'"),
    _partial("tsr_run_due", "wake_at", where="state = 'waiting' AND wake_at IS NOT NULL"),
    _partial("tsr_run_leased", "lease_until", where="state = 'running'"),
    _partial("tsr_run_lane", "lane", "id", where="occupies AND lane IS NOT NULL"),
    _partial("tsr_run_alone_in_lane", "lane", where="state = 'running' AND lane IS NOT NULL", is_unique=True),
    _partial("tsr_run_queued", "id", where="state = 'queued'"),
    _partial("tsr_run_dead", "id", where="state IN ('failed', 'review') AND NOT is_settled"),
    sa.Index("tsr_run_of_flow", "flow", "id"),
    sa.Index("tsr_run_of_record", "entity", "record_id", "id"),
    _partial("tsr_run_of_parent", "parent_id", where="parent_id IS NOT NULL"),
)
"""One execution of a flow. flow: its key; release: the one whose documents it follows. source: what began it, once for
each flow. lane: flow group and order key; of the runs that occupy a lane the earliest goes first. state: queued (behind
another of its lane), ready, running, waiting, done, failed, review, cancelled. fence: counts claims. wake_at: when one
that waits goes on, or since when one is ready. is_alone: claimed by itself, since a worker died that had claimed it.
given: the event and the inputs, as JSON. cursor: where it stands, and its values. deaths: of workers at the same step.
cause: request id of the event. is_settled: a failure that somebody has dealt with."""

step = sa.Table(
    "tsr_step",
    metadata,
    sa.Column("run_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("path", Text, primary_key=True),
    sa.Column("seq", sa.Integer(), nullable=False),
    sa.Column("do", Text, nullable=False),
    sa.Column("name", Text, nullable=False, server_default=""),
    sa.Column("state", Text, nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("repeated", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("input", Text),
    sa.Column("output", Text),
    sa.Column("note", Text),
    sa.Column("errors", Text),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sqlite_with_rowid=False,
)
"""A step that a run has taken. path: its place, with the round in loops. state: started (an outside call is under
way), waiting, done, skipped, failed, review. repeated: how often an outside call was begun again because its end is not
known. note: why it went as it did. errors: of attempts that failed, the latest last."""

wait = sa.Table(
    "tsr_wait",
    metadata,
    sa.Column("run_id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("path", Text, primary_key=True),
    sa.Column("key", Text, nullable=False),
    sa.Column("payload", Text),
    sa.Column("woken_at", Instant),
    sa.Index("tsr_wait_key", "key"),
    sqlite_with_rowid=False,
)
"""What a step of a run waits for by a key, and with what it was woken."""

call = sa.Table(
    "tsr_call",
    metadata,
    sa.Column("idem_key", Text, primary_key=True),
    sa.Column("run_id", BigInt, nullable=False),
    sa.Column("path", Text, nullable=False),
    sa.Column("state", Text, nullable=False),
    sa.Column("request", Text, nullable=False),
    sa.Column("answer", Text),
    sa.Column("begun", sa.Integer(), nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Index("tsr_call_of_run", "run_id"),
    sqlite_with_rowid=False,
)
"""A call to the outside under the key that every repetition of it carries. state: started, done, failed, review.
begun: how often it was."""

schedule = sa.Table(
    "tsr_schedule",
    metadata,
    sa.Column("flow", Text, primary_key=True),
    sa.Column("spec", Text, nullable=False),
    sa.Column("through_at", Instant, nullable=False),
    sa.Column("next_at", Instant),
    sa.Column("paused_at", Instant),
    sa.Column("paused_by", Text),
    _partial("tsr_schedule_due", "next_at", where="paused_at IS NULL AND next_at IS NOT NULL"),
    sqlite_with_rowid=False,
)
"""How far a flow that goes by the clock has come. spec: what decides its slots, "" when it is off. through_at: the
slots up to this instant are dealt with; it never goes back. next_at: the slot after that, None without one."""

slot = sa.Table(
    "tsr_slot",
    metadata,
    sa.Column("schedule", Text, primary_key=True),
    sa.Column("slot", Text, primary_key=True),
    sa.Column("run_id", BigInt),
    sa.Column("fired_at", Instant, nullable=False),
    sa.Column("state", Text, nullable=False, server_default="done"),
    sa.Column("due_at", Instant),
    sa.Column("since_at", Instant),
    sa.Column("missed", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("release", BigInt, nullable=False, server_default="0"),
    sa.Column("after_id", BigInt, nullable=False, server_default="0"),
    sa.Column("made", BigInt, nullable=False, server_default="0"),
    sa.Column("error", Text),
    sa.Index("tsr_slot_fired", "fired_at"),
    _partial("tsr_slot_open", "made", where="state = 'open'"),
    _partial("tsr_slot_failed", "state", where="state = 'failed'"),
    sqlite_with_rowid=False,
)
"""A time of a schedule that was fired: whoever inserts the row does it. schedule: key of the flow. slot: the time that
was due; "…/hand" when somebody asked for it. state: open while runs for records are being made, done, missed when the
policy lets it go, failed. since_at: the first of the slots that it stands for. missed: how many of them nobody was
there for. after_id: records up to this id have their runs; made: how many."""
