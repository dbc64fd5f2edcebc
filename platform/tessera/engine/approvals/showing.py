"""Approvals as they go over the wire: a task with its record, the way with names and times, what was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tessera.engine.approvals import cases, core, fields
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.delegating import hand_of
from tessera.engine.approvals.names import label_json, person_json, remember
from tessera.engine.approvals.opening import earlier_steps, frame_of
from tessera.engine.approvals.sight import copying_node, may_manage, node_seen
from tessera.engine.approvals.state import REQUESTER, Task
from tessera.errors import Json
from tessera.meta.approvals import NodeDoc
from tessera.meta.flows import StepDoc, steps_in
from tessera.meta.model import Label
from tessera.store.system.approvals import actions, approvals

BACK = Label("发起人", "Requester")
_MOST_ACTIONS = 1_000


def answer(case: Case, number: int = 0) -> dict[str, Json]:
    """What somebody who takes part in an approval is shown: {"task", "approval"}.

    number: of the task that is meant; 0 for the actor's own that waits for him, if there is one.
    """
    remember(case.work, _everybody(case))
    task = case.state.task(number) or _own(case)
    return {"task": None if task is None else task_json(case, task), "approval": approval_json(case, task)}


def _own(case: Case) -> Task | None:
    hand = hand_of(case.work, case.row["flow"])
    live = [each for each in case.state.at_work() if each.is_live and hand.is_for(each.person)]
    ready = [each for each in live if each.state in {"open", "decided"}]
    return next(iter(ready or live), None)


def _everybody(case: Case) -> Iterator[int]:
    yield case.row["requester_id"]
    for each in case.state.tasks:
        yield from (each.person, each.by)


def task_json(case: Case, task: Task) -> dict[str, Json]:
    """A task: whose it is, since when and until when, and what its holder can do with it now."""
    hand = hand_of(case.work, case.row["flow"])
    is_mine = hand.is_for(task.person)
    offered = core.offered(case.state, task) if is_mine else frozenset()
    if task.state == "decided" and (task.by != hand.id or task.final_at is None or case.work.now >= task.final_at):
        offered = frozenset()
    node = case.frame.options.nodes[task.node] if task.node >= 0 else None
    deadlines = node.plan.deadlines if node is not None else ()
    late_at = task.opened_at + deadlines[0].after if deadlines and task.opened_at is not None else None
    return {
        "id": case.ids[task.number],
        "approval": case.id,
        "kind": "revise" if task.node == REQUESTER else "decide",
        "node": node_json(case, task.node),
        "person": person_json(case.work, task.person),
        "is_mine": is_mine,
        "is_own": task.person == hand.id,
        "side": task.side,
        "state": task.state,
        "decision": task.decision,
        "cause": task.cause,
        "by": person_json(case.work, task.by),
        "opened_at": task.opened_at,
        "decided_at": task.decided_at,
        "final_at": task.final_at if task.state == "decided" else None,
        "due_at": task.due_at,
        "due_do": deadlines[task.fired].do if task.due_at is not None and task.fired < len(deadlines) else "",
        "late_at": late_at,
        "is_late": task.state == "open" and late_at is not None and late_at <= case.work.now,
        "actions": sorted(offered),
        "needs_opinion": sorted(node.plan.opinions) if node is not None else [],
        "returns": _returns(case) if "return" in offered else [],
        "link_hours": node.link_hours if node is not None else 0,
        "changes": case.changes.get(task.number) if is_mine else None,
    }


def node_json(case: Case, node: int) -> dict[str, Json]:
    """A node: {"uid", "label", "mode", "share"}."""
    if node == REQUESTER:
        return {"uid": "requester", "label": label_json(BACK), "mode": "any", "share": None}
    plan = case.frame.options.nodes[node].plan
    label = label_json(case.frame.label_of(node), plan.uid)
    return {"uid": plan.uid, "label": label, "mode": plan.mode, "share": plan.share if plan.mode == "vote" else None}


def _returns(case: Case) -> list[Json]:
    """To where it can be returned: {"to": uid of a node or "requester", "step": uid of an earlier step, "label"}."""
    found: list[Json] = [
        {"to": case.node_uid(each), "step": "", "label": node_json(case, each)["label"]}
        for each in core.returns(case.state)
    ]
    own = next(each for each in steps_in(case.frame.flow.steps) if each.path == case.frame.path)
    for step in earlier_steps(case.frame.flow, own):
        if step.uid in case.state.plan.returns_to:
            found.append({"to": "", "step": step.uid, "label": label_json(_step_label(step), step.uid)})
    return found


def _step_label(step: StepDoc) -> Label:
    nodes: tuple[NodeDoc, ...] = step.options.nodes
    return step.label if step.label.zh or step.label.en else nodes[0].label


def approval_json(case: Case, task: Task | None) -> dict[str, Json]:
    """An approval with its way, its history and, for who takes part, its record with the fields of his node."""
    work, row, state = case.work, case.row, case.state
    seen = task.node if task is not None else node_seen(case)
    heading = cases.opened(work, row, row["heading"])
    manages, hand = may_manage(work, row["flow"]), hand_of(work, row["flow"])
    is_own = hand.is_for(row["requester_id"]) and hand.id != 0
    urge_at = None if state.urged_at is None else state.urged_at + state.plan.urge_every
    return {
        "id": case.id,
        "flow": {"name": case.frame.flow.name, "label": label_json(case.frame.flow.label, case.frame.flow.name)},
        "run": row["run_id"],
        "title": heading.get("title", ""),
        "summary": heading.get("summary", ""),
        "requester": person_json(work, row["requester_id"]),
        "state": "ended" if not state.is_running else "returned" if state.node == REQUESTER else "running",
        "outcome": state.outcome,
        "reason": state.reason,
        "started_at": row["started_at"],
        "ended_at": row["ended_at"],
        "may": {
            "withdraw": is_own and core.may_withdraw(state),
            "copy": copying_node(case) is not None,
            "urge": (is_own or manages) and state.is_running and (urge_at is None or urge_at <= work.now),
            "manage": manages,
        },
        "urge_at": urge_at,
        "way": way_of(case),
        "trail": trail_of(case),
        "effects": effects_of(case),
        "entity": {"name": case.entity.name, "label": label_json(case.entity.label, case.entity.name)},
        "record": fields.seen_record(case, seen) if seen is not None else None,
    }


def effects_of(case: Case) -> list[Json]:
    """What agreeing brings about: {"uid", "label", "value"}; nothing once it has ended."""
    if not case.state.is_running:
        return []
    found: list[Json] = []
    for each in case.frame.options.effects:
        value = case.frame.value(each.value, case.row["requester_id"])
        found.append({"uid": each.uid, "label": label_json(each.label, each.uid), "value": _plain(value)})
    return found


def _plain(value: Any) -> Json:
    if isinstance(value, Mapping):
        return value.get("id")
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


# The way: who was asked, who is, and what is to come


def way_of(case: Case) -> list[Json]:
    """The stops on the way, in order: who asked, earlier approvals of the run, the nodes, and those to come.

    Each: {"kind": start, node or requester, "approval", "uid", "label", "mode", "state", "people"}; state: done,
    passed, at_work, to_come, not_reached.
    """
    asked = {"person": person_json(case.work, case.row["requester_id"]), "at": case.row["started_at"]}
    start = {
        "kind": "start", "approval": None, "uid": "start", "label": label_json(BACK), "mode": "any", "share": None,
        "state": "done", "people": [asked],
    }  # fmt: skip
    found: list[Json] = [start]
    for each in _earlier(case):
        found += [_stop(each, place) for place in range(len(each.state.plan.nodes))]
    found += [_stop(case, place) for place in range(len(case.state.plan.nodes))]
    if case.state.node == REQUESTER and case.state.is_running:
        found.insert(1, {**_stop(case, REQUESTER), "kind": "requester"})
    later = "to_come" if case.state.is_running or case.state.outcome == "agreed" else "not_reached"
    for node in case.frame.after:
        label = label_json(node.label if node.label.zh or node.label.en else Label(), node.plan.uid)
        found.append({"kind": "node", "approval": None, "uid": node.plan.uid, "label": label, "mode": node.plan.mode,
                      "share": None, "state": later, "people": []})  # fmt: skip
    return found


def _earlier(case: Case) -> list[Case]:
    """The approvals that the run has passed before this one."""
    mine = approvals.c
    query = sa.select(approvals).where(mine.run_id == case.row["run_id"], mine.id < case.id, mine.outcome == "agreed")
    latest = {row["step"]: row for row in case.work.tx.rows(query.order_by(mine.id)) if row["step"] != case.row["step"]}
    found = [cases.read(case.work, row, frame_of(case.work, row)) for row in sorted(latest.values(), key=_by_id)]
    remember(case.work, [person for each in found for person in _everybody(each)])
    return found


def _by_id(row: Mapping[str, Any]) -> int:
    return int(row["id"])


def _stop(case: Case, node: int) -> dict[str, Json]:
    own = [each for each in case.state.tasks if each.node == node]
    last = max((each.round for each in own), default=0)
    state = _stop_state(case, node, is_empty=not own)
    people = [_asked(case, each) for each in own if each.round == last] if state in {"done", "at_work"} else []
    return {"kind": "node", "approval": case.id, **node_json(case, node), "state": state, "people": people}


def _stop_state(case: Case, node: int, *, is_empty: bool) -> str:
    at = case.state.node
    if case.state.is_running:
        if node == at:
            return "at_work"
        return ("passed" if is_empty else "done") if 0 <= node < at else "to_come"
    if node > at or (case.state.outcome == "withdrawn" and is_empty):
        return "not_reached"
    return "passed" if is_empty else "done"


def _asked(case: Case, task: Task) -> dict[str, Json]:
    """Somebody at a stop: what he decided and how long that took, or since when he is asked."""
    waited = None
    if task.opened_at is not None:
        waited = (task.decided_at or case.work.now) - task.opened_at
    return {
        "task": case.ids[task.number],
        "person": person_json(case.work, task.person),
        "state": task.state,
        "decision": task.decision,
        "cause": task.cause,
        "by": person_json(case.work, task.by),
        "side": task.side,
        "added_by": case.ids.get(task.parent),
        "opened_at": task.opened_at,
        "at": task.decided_at,
        "waited_s": None if waited is None else max(0, int(waited / timedelta(seconds=1))),
    }


def trail_of(case: Case) -> list[Json]:
    """Everything that was done, in order: {"id", "task", "kind", "by", "for", "at", "opinion", "files", …}."""
    query = sa.select(actions).where(actions.c.approval_id == case.id).order_by(actions.c.id).limit(_MOST_ACTIONS)
    rows = case.work.tx.rows(query)
    people = {row["by_id"] for row in rows} | {row["for_id"] for row in rows if row["for_id"]}
    asked = {person for row in rows for person in _people_of(row["detail"])}
    remember(case.work, people | asked)
    return [
        {
            "id": row["id"],
            "task": row["task_id"],
            "kind": row["kind"],
            "by": person_json(case.work, row["by_id"]),
            "for": person_json(case.work, row["for_id"]),
            "at": row["at"],
            "opinion": row["opinion"] or "",
            "files": row["files"] or [],
            "undone_at": row["undone_at"],
            "people": [person_json(case.work, each) for each in _people_of(row["detail"])],
            "detail": {name: value for name, value in row["detail"].items() if name not in {"people", "round"}},
        }
        for row in rows
    ]


def _people_of(detail: Mapping[str, Json]) -> list[int]:
    found = detail.get("people") or ()
    return [each for each in found if isinstance(each, int)]
