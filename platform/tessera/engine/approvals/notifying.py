"""Telling people: the messages that a step names go to whoever is asked, urged, sent a copy or mentioned, and back.

They are sent in the transaction of what they tell of, and cancelled as far as they are not out when the round is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tessera.engine.approvals import cases, links
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.delegating import stand_ins
from tessera.engine.approvals.names import person_json
from tessera.engine.approvals.state import REQUESTER, Effect, Task
from tessera.errors import TesseraError
from tessera.meta.approval_messages import OFFERED
from tessera.meta.model import Label
from tessera.store.system.access import users
from tessera.store.system.approvals import actions

OUTCOMES: Mapping[str, Label] = {
    "agreed": Label("同意", "agreed"),
    "rejected": Label("驳回", "rejected"),
    "withdrawn": Label("撤回", "withdrawn"),
    "returned": Label("退回", "returned"),
    "cancelled": Label("取消", "cancelled"),
    "failed": Label("失败", "failed"),
}
"""What outcomes are called in messages."""


def notify(case: Case, told: Iterable[Effect]) -> None:
    """Send the messages of what a step of the core tells of, and cancel those whose round is over."""
    from tessera.engine.messages.sending import cancel  # messages are packed as values of flows are

    for each in told if case.frame.options.messages else ():
        if each.kind in ("left", "ended"):
            cancel(case.work, _source(case))
        task = case.state.task(each.task)
        if each.kind == "asked" and task is not None and task.node == REQUESTER:
            _to(case, "returned", task.person, f"task:{case.ids[task.number]}", task)
        elif each.kind in ("asked", "urged") and task is not None:
            mark = f"task:{case.ids[task.number]}"
            if each.kind == "urged":
                mark = f"{mark}:{case.work.now.isoformat()}"
            people = [task.person, *stand_ins(case.work, task.person, case.row["flow"])]
            for person in people:
                _to(case, each.kind, person, mark, task)
        elif each.kind == "ended" and case.row["requester_id"]:
            _to(case, "ended", case.row["requester_id"], "ended")


def notify_of_copy(case: Case, people: Iterable[int]) -> None:
    """Tell people of the copies that they are sent."""
    for person in people:
        _to(case, "copied", person, "copied")


def notify_of_mention(case: Case, people: Iterable[int], action: int) -> None:
    """Tell people that a comment mentions them. action: id of the comment."""
    for person in people:
        _to(case, "mentioned", person, f"action:{action}")


def _source(case: Case) -> str:
    return f"approval:{case.id}"


def _to(case: Case, occasion: str, person: int, mark: str, task: Task | None = None) -> None:
    """Send the message of an occasion to a person, once for each mark. That it fails must not undo a decision."""
    from tessera.engine.messages.recipients import ToUser  # as above
    from tessera.engine.messages.sending import message_doc, send

    name = case.frame.options.messages.get(occasion)
    if name is None:
        return
    try:
        with case.work.savepoint():
            doc = message_doc(case.work, name)
            known = {each.name for each in doc.values}
            values = {key: value for key, value in _values(case, occasion, person, task).items() if key in known}
            about = case.row["record_id"] if doc.entity else None
            key = f"approval:{case.id}:{occasion}:{mark}:{person}"
            source = _source(case) if occasion in ("asked", "urged") else ""
            send(case.work, name, ToUser(person), values, key, about=about, source=source)
    except TesseraError as error:
        cases.note(case, "not_told", task=task.number if task is not None else 0, for_id=person, code=error.code)


def _values(case: Case, occasion: str, person: int, task: Task | None) -> dict[str, Any]:
    language = case.work.tx.scalar(sa.select(users.c.language).where(users.c.id == person)) or "zh"
    heading = cases.opened(case.work, case.row, case.row["heading"])
    speaker, opinion = case.work.ctx.actor.id, case.opinion
    if occasion in ("ended", "returned"):
        speaker, opinion = _last_word(case)
    by = person_json(case.work, speaker)
    requester = person_json(case.work, case.row["requester_id"])
    outcome = OUTCOMES.get(case.state.outcome)
    node = case.frame.label_of(task.node) if task is not None and task.node >= 0 else None
    values = {
        "title": heading.get("title"),
        "summary": heading.get("summary"),
        "flow": case.frame.flow.label.get(language),
        "node": node.get(language) if node is not None else None,
        "requester": requester["name"] if requester else None,
        "by": by["name"] if by else None,
        "opinion": opinion or None,
        "outcome": outcome.get(language) if outcome is not None else None,
        "link": _link(case, person, task),
        "due_at": task.due_at if task is not None else None,
    }
    assert values.keys() == OFFERED.keys()
    return values


def _last_word(case: Case) -> tuple[int, str]:
    """Who decided last, and why."""
    mine = (actions.c.approval_id == case.id) & actions.c.undone_at.is_(None)
    query = sa.select(actions.c.by_id, actions.c.opinion).where(mine, actions.c.kind.in_((*cases.DECIDING, "withdraw")))
    row = case.work.tx.row(query.order_by(actions.c.id.desc()).limit(1))
    return (row["by_id"], row["opinion"] or "") if row is not None else (0, "")


def _link(case: Case, person: int, task: Task | None) -> str:
    """Where the approval is opened: by a signed link where the node has such, else after signing in."""
    base = case.work.settings.base_url.rstrip("/")
    if task is not None and task.person == person and task.node >= 0 and case.frame.options.nodes[task.node].link_hours:
        return f"{base}{links.made_for(case, task)['path']}"
    return f"{base}/approvals/{case.id}"
