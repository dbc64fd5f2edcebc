"""Approvals in the database: read as the core sees them, locked for a change, and written back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine import audit, sealing
from tessera.engine.approvals import core
from tessera.engine.approvals.frames import Frame, plan_of
from tessera.engine.approvals.people import People
from tessera.engine.approvals.state import Approval, Task
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.meta.model import Entity
from tessera.store.column_types import json_text
from tessera.store.system.approvals import actions, approvals, tasks

_SAME = ("number", "node", "round", "place", "parent", "side", "state", "opened_at", "decided_at", "final_at", "due_at",
         "fired", "target", "straight")  # fmt: skip
_NAMES = {"person_id": "person", "by_id": "by"}
_TEXTS = ("decision", "cause", "step")
_ACTION_COLUMNS = ("id", "approval_id", "task_id", "kind", "by_id", "for_id", "at", "opinion", "files", "detail")


@dataclass
class Case:
    """An approval of the database. row: as it was read. ids: of its tasks, by number. changes: what holders of tasks
    wrote into the record while deciding, by number, as long as that is not final. opinion: what is said just now."""

    work: Work
    row: dict[str, Any]
    frame: Frame
    state: Approval
    ids: dict[int, int] = field(default_factory=dict)
    changes: dict[int, Json] = field(default_factory=dict)
    opinion: str = ""
    _kept: dict[int, tuple[Task, Json]] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Of the approval."""
        return int(self.row["id"])

    @property
    def entity(self) -> Entity:
        """Of the record that is decided about. Raises: NotFound."""
        found = self.work.model.entities.get(self.row["entity"])
        if found is None:
            raise NotFound(what="approval")
        return found

    @property
    def people(self) -> People:
        """Where its people are found."""
        row = self.row
        return People(self.work, self.frame, row["entity"], row["record_id"], row["requester_id"])

    def number(self, task_id: int) -> int:
        """The number of a task by its id."""
        return next((number for number, each in self.ids.items() if each == task_id), 0)

    def node_uid(self, node: int) -> str:
        """The uid of a node, "requester" for the requester's."""
        return self.frame.options.nodes[node].plan.uid if node >= 0 else "requester"


def read(work: Work, row: dict[str, Any], frame: Frame) -> Case:
    """The case of a row of tsr_approval."""
    found = work.tx.rows(sa.select(tasks).where(tasks.c.approval_id == row["id"]).order_by(tasks.c.number))
    made = tuple(task_of(each) for each in found)
    state = Approval(
        plan=plan_of(frame.options, frozenset(frame.options.returns_to)), requester=row["requester_id"], tasks=made,
        node=row["node"], round=row["round"], fresh_round=row["fresh_round"], straight_to=row["straight_to"],
        outcome=row["outcome"] or "", reason=row["reason"] or "", step=row["back_to"] or "", urged_at=row["urged_at"],
    )  # fmt: skip
    case = Case(work, row, frame, state, {each["number"]: each["id"] for each in found})
    case.changes = {each["number"]: opened(work, row, each["changes"]) for each in found if each["changes"] is not None}
    case._kept = {each.number: (each, case.changes.get(each.number)) for each in made}
    return case


def task_of(row: Mapping[str, Any]) -> Task:
    """The task of a row of tsr_task."""
    values: dict[str, Any] = {name: row[name] for name in _SAME}
    values |= {name: row[column] for column, name in _NAMES.items()}
    values |= {name: row[name] or "" for name in _TEXTS}
    return Task(**values)


def locked_row(work: Work, approval_id: int) -> dict[str, Any]:
    """The row of an approval, locked until the end: whoever comes second sees what the first has done.

    Raises: NotFound("not_found").
    """
    statement = sa.select(approvals).where(approvals.c.id == approval_id).with_for_update()
    row = work.tx.row(statement) if 0 < approval_id < 2**63 else None
    if row is None:
        raise NotFound(what="approval")
    return row


def row_of(work: Work, approval_id: int) -> dict[str, Any]:
    """The row of an approval. Raises: NotFound("not_found")."""
    row = work.tx.row(sa.select(approvals).where(approvals.c.id == approval_id)) if 0 < approval_id < 2**63 else None
    if row is None:
        raise NotFound(what="approval")
    return row


def running_of(work: Work, run_id: int, path: str) -> list[int]:
    """The ids of the approvals that a run waits for at a place."""
    mine = (approvals.c.run_id == run_id) & (approvals.c.path == path) & approvals.c.outcome.is_(None)
    return list(work.tx.execute(sa.select(approvals.c.id).where(mine).order_by(approvals.c.id)).scalars())


def save(case: Case) -> None:
    """Write what changed since the case was read, and how it stands now."""
    work, state = case.work, case.state
    changed = [each for each in state.tasks if case._kept.get(each.number) != (each, case.changes.get(each.number))]
    fresh = [each for each in changed if each.number not in case.ids]
    case.ids |= dict(zip([each.number for each in fresh], work.tx.allocate(tasks.name, len(fresh)), strict=True))
    for each in fresh:
        work.tx.execute(sa.insert(tasks), [{"id": case.ids[each.number], "approval_id": case.id, **_row(case, each)}])
    for each in changed:
        if each not in fresh:
            mine = sa.update(tasks).where(tasks.c.id == case.ids[each.number])
            work.tx.execute(mine.values(_row(case, each)))
    ended = case.row["ended_at"] if state.is_running or case.row["ended_at"] else work.now
    values = {
        "outcome": state.outcome or None, "reason": state.reason or None, "back_to": state.step or None,
        "node": state.node, "round": state.round, "fresh_round": state.fresh_round, "straight_to": state.straight_to,
        "ended_at": ended, "urged_at": state.urged_at, "wake_at": core.wake_at(state),
        "version": case.row["version"] + 1,
    }  # fmt: skip
    work.tx.execute(sa.update(approvals).where(approvals.c.id == case.id).values(values))
    case.row |= values
    case._kept = {each.number: (each, case.changes.get(each.number)) for each in state.tasks}


def _row(case: Case, task: Task) -> dict[str, Any]:
    deadlines = case.frame.options.nodes[task.node].plan.deadlines if task.node >= 0 else ()
    late_at = task.opened_at + deadlines[0].after if deadlines and task.opened_at is not None else None
    changes = case.changes.get(task.number)
    return {
        **{name: getattr(task, name) for name in _SAME},
        **{column: getattr(task, name) for column, name in _NAMES.items()},
        **{name: getattr(task, name) or None for name in _TEXTS},
        "node_uid": case.node_uid(task.node),
        "late_at": late_at,
        "changes": None if changes is None else closed(case.work, case.row, changes),
    }


def insert(work: Work, values: Mapping[str, Any]) -> dict[str, Any]:
    """A new row of tsr_approval, from what is known of it before its first node."""
    (number,) = work.tx.allocate(approvals.name, 1)
    row: dict[str, Any] = {
        "id": number, "outcome": None, "reason": None, "back_to": None, "node": 0, "round": 0, "fresh_round": 0,
        "straight_to": None, "started_at": work.now, "ended_at": None, "urged_at": None, "wake_at": None, "version": 1,
        **values,
    }  # fmt: skip
    work.tx.execute(sa.insert(approvals), [row])
    return row


def note(
    case: Case, kind: str, *, task: int = 0, by: int = 0, for_id: int | None = None, opinion: str = "",
    files: Sequence[Json] = (), **detail: Json,
) -> int:  # fmt: skip
    """Keep for the history what was done; gives its id. task: its number."""
    (number,) = case.work.tx.allocate(actions.name, 1)
    values = (number, case.id, case.ids.get(task), kind, by, for_id, case.work.now, opinion or None,
              list(files) or None, detail)  # fmt: skip
    case.work.tx.insert_many(actions, _ACTION_COLUMNS, [values])
    if kind in _AUDITED:
        told = {"approval": case.id, "action": number, "for": for_id}
        audit.write(case.work, f"approval.{kind}", case.row["entity"], [audit.Entry(case.row["record_id"], told)])
    return number


def undo_note(case: Case, task: int, by: int) -> None:
    """Note that the latest decision of a task was taken back."""
    own = actions.c.task_id == case.ids[task]
    query = sa.select(sa.func.max(actions.c.id)).where(own, actions.c.by_id == by, actions.c.kind.in_(DECIDING))
    latest = case.work.tx.scalar(query)
    case.work.tx.execute(sa.update(actions).where(actions.c.id == latest).values(undone_at=case.work.now))
    told = {"approval": case.id, "action": latest}
    audit.write(case.work, "approval.undo", case.row["entity"], [audit.Entry(case.row["record_id"], told)])


DECIDING = ("agree", "reject", "return", "transfer", "resubmit")
"""Kinds of actions that can be taken back for a while."""

_AUDITED = frozenset({*DECIDING, "add_signer", "withdraw", "reassign", "cancel"})
"""Kinds of actions that the record's audit tells of."""


# What may hold personal values is sealed under the record's key, so that erasing the record erases it, too.


def closed(work: Work, row: Mapping[str, Any], value: Json) -> Json:
    """A value about a record as it is kept: sealed where the record's entity has personal values."""
    if not _is_personal(work, row["entity"]):
        return value
    key = sealing.keys_of(work, row["entity"], [row["record_id"]]).get(row["record_id"])
    return value if key is None else sealing.seal(key, _plain(value), "approval")


def opened(work: Work, row: Mapping[str, Any], value: Json) -> Json:
    """What was kept of a value; {"erased": true} when the record's personal values were erased since."""
    if not (isinstance(value, dict) and "sealed" in value):
        return value
    key = sealing.keys_of(work, row["entity"], [row["record_id"]], make=False).get(row["record_id"])
    return sealing.unseal(key, value, "approval")


def open_keys(work: Work, rows: Iterable[Mapping[str, Any]]) -> None:
    """Read the keys of many records at once, so that `opened` finds them."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        wanted.setdefault(row["entity"], set()).add(row["record_id"])
    for entity, ids in wanted.items():
        sealing.keys_of(work, entity, sorted(ids), make=False)


def _is_personal(work: Work, key: str) -> bool:
    entity = work.model.entities.get(key)
    if entity is None:
        return True
    every = (entity, *(lines for _, lines in work.model.lines_of(entity)))
    return any(each.personal for one in every for each in one.fields)


def _plain(value: Json) -> Json:
    return orjson.loads(json_text(value))

