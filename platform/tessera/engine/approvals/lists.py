"""Lists of approvals: what waits for me, what I decided, started and was sent, and all that I may see."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tessera.engine.approvals import cases
from tessera.engine.approvals.delegating import standings
from tessera.engine.approvals.names import label_json, person_json, remember
from tessera.engine.approvals.showing import BACK
from tessera.engine.approvals.sight import seen_flows
from tessera.engine.flows.programs import model_of, steps_of
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.meta.approvals import ApproveDoc
from tessera.meta.model import Label
from tessera.store.cursors import BadCursor
from tessera.store.system.approvals import approvals, copies, tasks

_APPROVAL = [approvals.c[name] for name in (
    "flow", "release", "step", "entity", "record_id", "heading", "requester_id", "outcome", "reason", "node",
    "started_at", "ended_at",
)]  # fmt: skip
_TASK = [tasks.c[name] for name in (
    "id", "person_id", "state", "decision", "cause", "opened_at", "decided_at", "final_at", "due_at", "late_at",
)]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows in order, and the cursor of the page that follows, "" on the last one."""

    rows: list[dict[str, Json]]
    next: str = ""


def waiting(work: Work, *, limit: int, cursor: str = "", flow: str = "") -> Page:
    """Tasks that wait for the actor, or for whom he stands in: the late ones first, then the longest waiting."""
    as_of, after = work.now, None
    if cursor:
        told = _parsed(cursor, 4)
        as_of, after = _instant(told[0]), (_number(told[1]), _instant(told[2]), _number(told[3]))
    is_late = tasks.c.late_at.is_not(None) & (tasks.c.late_at <= as_of)
    rank = sa.case((is_late, 0), else_=1)
    query = _tasks(work, flow).where(_is_mine(work), tasks.c.state == "open", approvals.c.outcome.is_(None))
    if after is not None:
        place, opened_at, number = after
        later = (tasks.c.opened_at > opened_at) | ((tasks.c.opened_at == opened_at) & (tasks.c.id > number))
        query = query.where((rank > place) | ((rank == place) & later))
    query = query.add_columns(rank.label("rank")).order_by(rank, tasks.c.opened_at, tasks.c.id)
    found = work.tx.rows(query.limit(limit + 1))
    last = found[limit - 1] if len(found) > limit else None
    following = "" if last is None else _cursor(as_of, last["rank"], last["opened_at"], last["id"])
    return Page(_shown(work, found[:limit]), following)


def done(work: Work, *, limit: int, cursor: str = "", flow: str = "") -> Page:
    """Tasks that the actor decided, the latest first."""
    query = _tasks(work, flow).where(tasks.c.by_id == work.ctx.actor.id, tasks.c.decided_at.is_not(None))
    if cursor:
        told = _parsed(cursor, 2)
        at, number = _instant(told[0]), _number(told[1])
        earlier = (tasks.c.decided_at < at) | ((tasks.c.decided_at == at) & (tasks.c.id < number))
        query = query.where(earlier)
    found = work.tx.rows(query.order_by(tasks.c.decided_at.desc(), tasks.c.id.desc()).limit(limit + 1))
    last = found[limit - 1] if len(found) > limit else None
    return Page(_shown(work, found[:limit]), "" if last is None else _cursor(last["decided_at"], last["id"]))


def started(work: Work, *, limit: int, cursor: str = "", flow: str = "", state: str = "") -> Page:
    """Approvals that the actor asked for, the latest first."""
    return _approvals(work, approvals.c.requester_id == work.ctx.actor.id, limit, cursor, flow, state)


def every(
    work: Work, *, limit: int, cursor: str = "", flow: str = "", state: str = "", entity: str = "",
    record_id: int | None = None,
) -> Page:  # fmt: skip
    """Approvals that the actor may see, of an entity or record if one is named, the latest first. Raises: NotFound."""
    where = _is_seen(work)
    if entity:
        where &= approvals.c.entity == work.entity(entity).key
    if record_id is not None:
        where &= approvals.c.record_id == record_id
    return _approvals(work, where, limit, cursor, flow, state)


def copied(work: Work, *, limit: int, cursor: str = "") -> Page:
    """Approvals of which the actor was sent a copy, the latest first."""
    query = (
        sa.select(approvals.c.id.label("approval_id"), *_APPROVAL, copies.c.id.label("copy_id"),
                  copies.c.at, copies.c.read_at, copies.c.by_id)
        .join(approvals, approvals.c.id == copies.c.approval_id)
        .where(copies.c.person_id == work.ctx.actor.id)
    )  # fmt: skip
    if cursor:
        query = query.where(copies.c.id < _number(_parsed(cursor, 1)[0]))
    found = work.tx.rows(query.order_by(copies.c.id.desc()).limit(limit + 1))
    following = _cursor(found[limit - 1]["copy_id"]) if len(found) > limit else ""
    return Page(_shown(work, found[:limit]), following)


def counts(work: Work) -> dict[str, Json]:
    """How many tasks wait for the actor, how many of them are late, by flow; what he asked for that is not over; copies
    that he has not read."""
    is_late = sa.case(((tasks.c.late_at.is_not(None)) & (tasks.c.late_at <= work.now), 1), else_=0)
    query = (
        sa.select(approvals.c.flow, sa.func.count().label("waiting"), sa.func.sum(is_late).label("late"))
        .join(approvals, approvals.c.id == tasks.c.approval_id)
        .where(_is_mine(work), tasks.c.state == "open", approvals.c.outcome.is_(None)).group_by(approvals.c.flow)
    )  # fmt: skip
    rows = work.tx.rows(query)
    me = work.ctx.actor.id
    own = sa.select(sa.func.count()).where(approvals.c.requester_id == me, approvals.c.outcome.is_(None))
    unread = sa.select(sa.func.count()).where(copies.c.person_id == me, copies.c.read_at.is_(None))
    by_flow = [
        {**_flow_json(work, row["flow"]), "waiting": int(row["waiting"]), "late": int(row["late"])} for row in rows
    ]
    return {
        "waiting": sum(int(row["waiting"]) for row in rows),
        "late": sum(int(row["late"]) for row in rows),
        "started": int(work.tx.scalar(own)),
        "copied": int(work.tx.scalar(unread)),
        "by_flow": sorted(by_flow, key=lambda each: str(each["name"])),
    }


# Conditions


def _tasks(work: Work, flow: str) -> sa.Select[Any]:
    query = (
        sa.select(approvals.c.id.label("approval_id"), *_APPROVAL, *_TASK, tasks.c.node.label("task_node"))
        .join(approvals, approvals.c.id == tasks.c.approval_id)
    )  # fmt: skip
    return query.where(approvals.c.flow == _flow_key(work, flow)) if flow else query


def _is_mine(work: Work) -> sa.ColumnElement[bool]:
    """Tasks of the actor, and of those for whom he stands in."""
    me = work.ctx.actor.id
    found: sa.ColumnElement[bool] = tasks.c.person_id == me
    for each in standings(work, me):
        of_him = tasks.c.person_id == each.person
        found = found | (of_him if each.flows is None else of_him & approvals.c.flow.in_(sorted(each.flows)))
    return found


def _is_seen(work: Work) -> sa.ColumnElement[bool]:
    flows, me = seen_flows(work), work.ctx.actor.id
    if flows is None:
        return sa.true()
    asked = sa.select(tasks.c.approval_id).where((tasks.c.person_id == me) | (tasks.c.by_id == me))
    sent = sa.select(copies.c.approval_id).where(copies.c.person_id == me)
    return sa.or_(
        approvals.c.flow.in_(sorted(flows)), approvals.c.requester_id == me, approvals.c.id.in_(asked),
        approvals.c.id.in_(sent),
    )  # fmt: skip


def _approvals(
    work: Work, where: sa.ColumnElement[bool], limit: int, cursor: str, flow: str, state: str
) -> Page:
    query = sa.select(approvals.c.id.label("approval_id"), *_APPROVAL).where(where)
    if flow:
        query = query.where(approvals.c.flow == _flow_key(work, flow))
    if state:
        is_over = approvals.c.outcome.is_not(None)
        query = query.where(is_over if state == "ended" else ~is_over)
    if cursor:
        query = query.where(approvals.c.id < _number(_parsed(cursor, 1)[0]))
    found = work.tx.rows(query.order_by(approvals.c.id.desc()).limit(limit + 1))
    following = _cursor(found[limit - 1]["approval_id"]) if len(found) > limit else ""
    return Page(_shown(work, found[:limit]), following)


# Rows


def _shown(work: Work, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Json]]:
    cases.open_keys(work, rows)
    remember(work, [row["requester_id"] for row in rows] + [row[name] for row in rows for name in ("person_id", "by_id")
                                                            if name in row])  # fmt: skip
    return [_row(work, row) for row in rows]


def _row(work: Work, row: Mapping[str, Any]) -> dict[str, Json]:
    heading = cases.opened(work, row, row["heading"])
    entity = work.model.entities.get(row["entity"])
    found: dict[str, Json] = {
        "approval": row["approval_id"],
        "flow": _flow_json(work, row["flow"]),
        "entity": entity.name if entity is not None else "",
        "record_id": row["record_id"],
        "title": heading.get("title", ""),
        "summary": heading.get("summary", ""),
        "requester": person_json(work, row["requester_id"]),
        "state": "ended" if row["outcome"] else "returned" if row["node"] < 0 else "running",
        "outcome": row["outcome"] or "",
        "started_at": row["started_at"],
        "ended_at": row["ended_at"],
        "node": _node_label(work, row, row.get("task_node", row["node"])),
    }
    if "opened_at" in row:
        late_at = row["late_at"]
        is_late = row["state"] == "open" and late_at is not None and late_at <= work.now
        found |= {
            "task": row["id"], "person": person_json(work, row["person_id"]),
            "is_own": row["person_id"] == work.ctx.actor.id, "task_state": row["state"],
            "decision": row["decision"] or "", "cause": row["cause"] or "", "is_late": is_late,
            **{name: row[name] for name in ("opened_at", "decided_at", "final_at", "due_at", "late_at")},
        }  # fmt: skip
    if "copy_id" in row:
        found |= {"copied_at": row["at"], "read_at": row["read_at"], "by": person_json(work, row["by_id"])}
    return found


def _node_label(work: Work, row: Mapping[str, Any], node: int) -> Json:
    flow = model_of(work, row["release"]).parts.get("flow", {}).get(row["flow"])
    step = steps_of(model_of(work, row["release"]), flow).get(row["step"]) if flow is not None else None
    if node < 0 or step is None:
        return label_json(BACK)
    options: ApproveDoc = step.options
    own = options.nodes[node].label
    return label_json(own if own.zh or own.en else step.label, options.nodes[node].plan.uid)


def _flow_json(work: Work, key: str) -> dict[str, Json]:
    flow = work.model.parts.get("flow", {}).get(key)
    if flow is None:
        return {"name": "", "label": label_json(Label(), key)}
    return {"name": flow.name, "label": label_json(flow.label, flow.name)}


def _flow_key(work: Work, name: str) -> str:
    found = work.model.names.get(("flow", name))
    if found is None:
        raise NotFound(what="flow")
    return found


# Cursors: nothing in them gives a right, so they need no signature


def _cursor(*parts: Any) -> str:
    texts = (each.isoformat() if isinstance(each, datetime) else str(each) for each in parts)
    return base64.urlsafe_b64encode("|".join(texts).encode()).decode().rstrip("=")


def _parsed(cursor: str, count: int) -> list[str]:
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise BadCursor() from error
    parts = text.split("|")
    if len(parts) != count:
        raise BadCursor()
    return parts


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadCursor()
    return int(text)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadCursor() from error
    if found.tzinfo is None:
        raise BadCursor()
    return found
