"""What follows from a step of an approval: its history, events for flows and messages, copies, and the waking run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tessera.engine import outbox
from tessera.engine.approvals import cases, notifying
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.frames import follow
from tessera.engine.approvals.state import Effect
from tessera.engine.flows.waking import wake
from tessera.errors import Json
from tessera.store.system.approvals import actions, approvals, copies

EVENTS = {
    "asked": "approval.asked",
    "urged": "approval.urged",
    "reopened": "approval.reopened",
    "ended": "approval.ended",
}
"""Topics of the outbox: approval.asked and approval.urged name a person and a task, approval.ended the outcome."""

_NOTED = frozenset({"passed", "expired", "reopened", "moved"})
_MOST_CHARACTERS = 300


def tell(case: Case, told: Sequence[Effect]) -> None:
    """Keep what the platform did for the history, send copies, and leave events for whoever notifies people."""
    for each in told:
        if each.kind in _NOTED or (each.kind == "decided" and each.detail.get("cause")):
            detail = {name: value for name, value in each.detail.items() if value not in ("", None)}
            for_id = each.people[0] if each.people else None
            cases.note(case, each.kind, task=each.task, for_id=for_id, **detail)
        if each.kind == "left":
            node = each.detail["node"]
            people = case.people.copies(node) if case.frame.options.nodes[node].copies else ()
            copy_to(case, people, node, by=0)
        if each.kind in EVENTS:
            emit(case, EVENTS[each.kind], each)
    notifying.notify(case, told)


def emit(case: Case, topic: str, effect: Effect) -> None:
    """Leave an event about the approval, by ids only: whoever handles it reads the rest under its own rights."""
    payload: dict[str, Json] = {"approval": case.id, "flow": case.row["flow"], "step": case.row["step"]}
    if effect.task:
        payload["task"] = case.ids[effect.task]
    if effect.people:
        payload["person"] = effect.people[0]
    payload |= {name: value for name, value in effect.detail.items() if value not in ("", None)}
    outbox.emit(case.work, topic, case.row["entity"], [(case.row["record_id"], payload)])


def copy_to(case: Case, people: Sequence[int], node: int, *, by: int) -> None:
    """Let people see an approval with the fields of a node; who has a copy already keeps it."""
    if not people:
        return
    query = sa.select(copies.c.person_id).where(copies.c.approval_id == case.id)
    known = set(case.work.tx.execute(query).scalars())
    fresh = [each for each in dict.fromkeys(people) if each not in known]
    numbers = case.work.tx.allocate(copies.name, len(fresh))
    names = ("id", "approval_id", "person_id", "node", "by_id", "at")
    rows = [(number, case.id, each, node, by, case.work.now) for number, each in zip(numbers, fresh, strict=True)]
    case.work.tx.insert_many(copies, names, rows)
    payload = {"approval": case.id, "flow": case.row["flow"], "step": case.row["step"]}
    events = [(case.row["record_id"], {**payload, "person": each}) for each in fresh]
    outbox.emit(case.work, "approval.copied", case.row["entity"], events)
    notifying.notify_of_copy(case, fresh)


def put_heading(case: Case) -> None:
    """Work out what lists show of the approval, and keep it."""
    options, requester = case.frame.options, case.row["requester_id"]
    heading = {
        "title": _text(case.frame.value(options.title, requester)) or _title(case),
        "summary": _text(case.frame.value(options.summary, requester)),
    }
    kept = cases.closed(case.work, case.row, heading)
    case.work.tx.execute(sa.update(approvals).where(approvals.c.id == case.id).values(heading=kept))
    case.row["heading"] = kept


def _title(case: Case) -> str:
    entity = case.entity
    names = [entity.title] if entity.title else list(entity.business_key)
    number = case.row["record_id"]
    found = [follow(case.work, entity, number, (name,)) for name in names]
    text = " ".join(_text(each) for each in found if each is not None)
    return text or f"#{number}"


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:_MOST_CHARACTERS]


def wake_run(case: Case) -> None:
    """Let the run go on that waits for an approval which has ended."""
    wake(case.work, key_of(case.id), result_of(case))


def key_of(approval_id: int) -> str:
    """The key for which a run waits until an approval has ended."""
    return f"approval:{approval_id}"


def result_of(case: Case) -> dict[str, Json]:
    """What the run is told of an approval that has ended, as JSON.

    Keys: id, outcome, reason, step, requester, by, opinion (both of the latest decision), ended_at, and opinions: a
    list of {by, decision, opinion, node, at} in order.
    """
    mine = (actions.c.approval_id == case.id) & actions.c.undone_at.is_(None)
    query = sa.select(actions).where(mine, actions.c.kind.in_(cases.DECIDING)).order_by(actions.c.id)
    opinions: list[dict[str, Json]] = [
        {
            "by": row["by_id"],
            "decision": row["kind"],
            "opinion": row["opinion"],
            "node": case.node_uid(row["detail"].get("node", -1)),
            "at": row["at"].isoformat(),
        }
        for row in case.work.tx.rows(query)
    ]
    last = opinions[-1] if opinions else {}
    return {
        "id": case.id,
        "outcome": case.state.outcome,
        "reason": case.state.reason,
        "step": case.state.step,
        "requester": case.row["requester_id"],
        "by": last.get("by"),
        "opinion": last.get("opinion"),
        "ended_at": (case.row["ended_at"] or case.work.now).isoformat(),
        "opinions": opinions,
    }
