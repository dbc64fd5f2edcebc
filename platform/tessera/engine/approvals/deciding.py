"""What is done with approvals: begun, decided, taken back, withdrawn; each in the transaction of whoever does it.

Every verb locks the approval, first carries out what has come due, and then lets the core decide: of two people who
act at once the second finds what the first has done, and a deadline has passed for everybody at the same instant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from tessera import faults
from tessera.context import SYSTEM
from tessera.engine.approvals import cases, core, effects, fields, notifying
from tessera.engine.approvals.attached import hold_files
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.delegating import hand_of
from tessera.engine.approvals.errors import NotOffered
from tessera.engine.approvals.frames import Frame, plan_of
from tessera.engine.approvals.opening import open_case
from tessera.engine.approvals.people import active_among
from tessera.engine.approvals.sight import copying_node, ensure_manages, ensure_participates, may_manage
from tessera.engine.approvals.state import PLATFORM, Action, Approval, Effect, Hand
from tessera.engine.identity.credentials import actor_of
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Problem, TesseraError
from tessera.store.system.access import users
from tessera.store.system.approvals import copies, tasks

BEFORE_SAVE = faults.point("approvals.before_save")
AFTER_SAVE = faults.point("approvals.after_save")

PLATFORM_HAND = Hand(PLATFORM)
WITH_CHANGES = frozenset({"agree", "resubmit"})
"""Decisions with which the record may be changed."""

_MOST_COPIES = 100
_MOST_CHARACTERS = 4_000


def start(
    work: Work, frame: Frame, *, run_id: int, path: str, record_id: int, requester: int, returns_to: frozenset[str]
) -> Case:
    """Begin an approval for a step of a run; it may be over at once. returns_to: uids of earlier steps."""
    entity = frame.options.entity
    row = {
        "flow": frame.flow.key, "release": frame.model.number, "run_id": run_id, "path": path, "step": frame.path,
        "entity": entity, "record_id": record_id, "requester_id": requester,
    }  # fmt: skip
    inserted = cases.insert(work, {**row, "heading": {}})
    case = Case(work, inserted, frame, Approval(plan_of(frame.options, returns_to), requester))
    effects.put_heading(case)
    cases.note(case, "start", by=requester)
    step = core.begin(case.state.plan, requester, work.now, case.people)
    case.state = step.approval
    _finish(case, step.effects, wakes=False)
    return case


def task_case(work: Work, task_id: int) -> tuple[Case, int]:
    """The approval of a task, locked, with what was due carried out, and the number of the task in it.

    Raises: NotFound("not_found"), also for an actor who takes no part in it.
    """
    found = work.tx.scalar(sa.select(tasks.c.approval_id).where(tasks.c.id == task_id)) if _is_id(task_id) else None
    if found is None:
        raise NotFound(what="task")
    case = _opened(work, found)
    return case, case.number(task_id)


def seen_task(work: Work, task_id: int) -> tuple[Case, int]:
    """The approval of a task as it stands, and the number of the task in it, for reading. Raises: as `task_case`."""
    found = work.tx.scalar(sa.select(tasks.c.approval_id).where(tasks.c.id == task_id)) if _is_id(task_id) else None
    if found is None:
        raise NotFound(what="task")
    case = seen_approval(work, found)
    return case, case.number(task_id)


def seen_approval(work: Work, approval_id: int) -> Case:
    """An approval as it stands, for reading. Raises: NotFound, also for who takes no part in it."""
    case = open_case(work, approval_id, lock=False)
    ensure_participates(case)
    return case


def approval_case(work: Work, approval_id: int) -> Case:
    """An approval, locked, with what was due carried out. Raises: NotFound, also for who takes no part in it."""
    return _opened(work, approval_id)


def _opened(work: Work, approval_id: int) -> Case:
    case = open_case(work, approval_id, lock=True)
    ensure_participates(case)
    told = settle(case)
    if told:
        _store(case, told)
    return case


def decide(
    work: Work, task_id: int, kind: str, *, opinion: str = "", files: Sequence[str] = (),
    record: Mapping[str, Json] | None = None, version: int | None = None, **more: Any,
) -> Case:  # fmt: skip
    """Agree, reject, return, transfer or resubmit, as the transaction's actor. record: what to write into the record.

    version: of the record that was read. more: people, target, step, straight, as in `state.Action`.
    Raises: NotFound, NotYourTask, NotOffered, TaskDecided, TaskNotOpen, ApprovalEnded, Invalid, CannotAsk,
    CannotReturn, RecordMoved.
    """
    case, number = task_case(work, task_id)
    _say(case, opinion)
    hand = hand_of(work, case.row["flow"])
    before = case.state
    step = core.act(before, Action(kind, hand, number, opinion=opinion, **more), work.now, case.people)
    changes = dict(record or {})
    task = before.task(number)
    assert task is not None
    if changes and kind not in WITH_CHANGES:
        raise Invalid([Problem("wrong_value", "/record", "The record is changed together with agreeing only.")])
    fields.ensure_version(case, version)
    if kind in WITH_CHANGES:
        fields.ensure_fits(case, task.node, changes)
    case.state = step.approval
    if changes:
        case.changes[number] = changes
    for_id = task.person if task.person != hand.id else None
    detail = {name: value for name, value in more.items() if value not in (None, "", False, ())}
    if changes:
        detail["fields"] = sorted(changes)
    cases.note(
        case, kind, task=number, by=hand.id, for_id=for_id, opinion=opinion, files=hold_files(case, files),
        node=task.node, round=task.round, **detail,
    )  # fmt: skip
    _finish(case, step.effects)
    return case


def undo(work: Work, task_id: int) -> Case:
    """Take back one's latest decision, as long as it is not final. Raises: NotYourTask, TooLateToUndo …"""
    case, number = task_case(work, task_id)
    hand = hand_of(work, case.row["flow"])
    _act(case, Action("undo", hand, number))
    case.changes.pop(number, None)
    cases.undo_note(case, number, hand.id)
    _finish(case, ())
    return case


def add_signers(work: Work, task_id: int, people: Sequence[int], *, side: str, opinion: str = "") -> Case:
    """Ask further people before or after oneself. Raises: as `decide`."""
    case, number = task_case(work, task_id)
    _say(case, opinion)
    hand = hand_of(work, case.row["flow"])
    node = case.state.node
    where: Literal["before", "after"] = "after" if side == "after" else "before"
    done = _act(case, Action("add_signer", hand, number, people=tuple(people), side=where))
    cases.note(case, "add_signer", task=number, by=hand.id, opinion=opinion, people=list(people), side=side, node=node)
    _finish(case, done)
    return case


def withdraw(work: Work, approval_id: int, opinion: str = "") -> Case:
    """Withdraw what one asked for. Raises: NotFound, NotYourTask, NotOffered, ApprovalEnded."""
    case = approval_case(work, approval_id)
    _say(case, opinion)
    hand = hand_of(work, case.row["flow"])
    done = _act(case, Action("withdraw", hand))
    cases.note(case, "withdraw", by=hand.id, opinion=opinion)
    _finish(case, done)
    return case


def urge(work: Work, approval_id: int, opinion: str = "") -> Case:
    """Remind whoever is asked now. Raises: NotFound, UrgedRecently, TaskDecided, ApprovalEnded."""
    case = approval_case(work, approval_id)
    _say(case, opinion)
    hand = hand_of(work, case.row["flow"])
    if not hand.is_for(case.state.requester) and not may_manage(work, case.row["flow"]):
        raise NotOffered(action="urge")
    done = _act(case, Action("urge", hand))
    cases.note(case, "urge", by=hand.id, opinion=opinion)
    _finish(case, done)
    return case


def comment(
    work: Work, approval_id: int, opinion: str, files: Sequence[str] = (), mentions: Sequence[int] = ()
) -> Case:
    """Say something about an approval, also when it has ended. mentions: people who take part, and are told of it.

    Raises: NotFound, Invalid.
    """
    case = approval_case(work, approval_id)
    _say(case, opinion)
    if not opinion.strip() and not files:
        raise Invalid([Problem("required", "/opinion", "There is nothing to say.")])
    _ensure_take_part(case, mentions)
    held, people = hold_files(case, files), list(dict.fromkeys(mentions))
    number = cases.note(case, "comment", by=work.ctx.actor.id, opinion=opinion, files=held, people=people)
    notifying.notify_of_mention(case, people, number)
    _finish(case, ())
    return case


def _ensure_take_part(case: Case, people: Sequence[int]) -> None:
    sent = case.work.tx.execute(sa.select(copies.c.person_id).where(copies.c.approval_id == case.id)).scalars()
    known = {case.state.requester, *(each.person for each in case.state.tasks), *sent}
    known |= {each.by for each in case.state.tasks}
    wrong = [place for place, each in enumerate(people) if each not in known]
    if wrong:
        hint = "Send a copy first."
        raise Invalid(
            Problem("not_taking_part", f"/mentions/{place}", "This person takes no part in it.", hint)
            for place in wrong
        )


def send_copies(work: Work, approval_id: int, people: Sequence[int], opinion: str = "") -> Case:
    """Let further people see an approval. Raises: NotFound, NotOffered, Invalid."""
    case = approval_case(work, approval_id)
    _say(case, opinion)
    hand = hand_of(work, case.row["flow"])
    node = copying_node(case)
    if node is None:
        raise NotOffered(action="copy")
    active = active_among(work, people)
    wrong = [place for place, each in enumerate(people) if each not in active]
    if wrong or not 1 <= len(people) <= _MOST_COPIES:
        places = wrong or [0]
        raise Invalid(Problem("unknown_user", f"/people/{place}", "There is no such person.") for place in places)
    effects.copy_to(case, people, node, by=hand.id)
    cases.note(case, "copy", by=hand.id, opinion=opinion, people=list(people))
    _finish(case, ())
    return case


def mark_read(work: Work, approval_id: int) -> None:
    """Note that the actor has read the copy that he was sent."""
    mine = (copies.c.approval_id == approval_id) & (copies.c.person_id == work.ctx.actor.id)
    work.tx.execute(sa.update(copies).where(mine, copies.c.read_at.is_(None)).values(read_at=work.now))


def reassign(work: Work, task_id: int, to: int, opinion: str = "") -> Case:
    """Give a task to somebody else at once; for who may manage the flow's approvals. Raises: NotFound, Forbidden …"""
    case, number = task_case(work, task_id)
    _say(case, opinion)
    ensure_manages(case)
    done = _act(case, Action("reassign", Hand(work.ctx.actor.id), number, people=(to,)))
    cases.note(case, "reassign", task=number, by=work.ctx.actor.id, opinion=opinion, people=[to])
    _finish(case, done)
    return case


def cancel(work: Work, run_id: int, path: str) -> None:
    """Close the approvals for which a run waits at a place: it is cancelled, or failed elsewhere."""
    for approval_id in cases.running_of(work, run_id, path):
        case = open_case(work, approval_id, lock=True)
        if case.state.is_running:
            done = _act(case, Action("cancel", PLATFORM_HAND))
            cases.note(case, "cancel", by=work.ctx.actor.id)
            _finish(case, done, wakes=False)


# Time


def settle(case: Case) -> list[Effect]:
    """Carry out what has come due: decisions that are final by now, and deadlines. What others should know of it."""
    told: list[Effect] = []
    while (due := core.next_due(case.state, case.work.now)) is not None:
        kind, number = due
        if kind == "finalise" and not _apply(case, number):
            kind = "reopen"
        told += _act(case, Action(kind, PLATFORM_HAND, number))
        case.changes.pop(number, None)
    return told


def replace_absent(case: Case) -> list[Effect]:
    """Give the tasks of those who may not sign in any more to others, as the nodes say."""
    live = [each for each in case.state.at_work() if each.state in {"waiting", "open"}]
    active = active_among(case.work, [each.person for each in live])
    told: list[Effect] = []
    for each in live:
        now = case.state.task(each.number)
        if each.person not in active and case.state.is_running and now is not None and now.state in {"waiting", "open"}:
            told += _act(case, Action("replace", PLATFORM_HAND, each.number))
    return told


def tend(work: Work, approval_id: int) -> bool:
    """Carry out what has come due of an approval, and find others for those who left. Whether there was anything."""
    case = open_case(work, approval_id, lock=True)
    if not case.state.is_running:
        return False
    told = settle(case)
    if case.state.is_running:
        told += replace_absent(case)
    if told:
        _finish(case, told)
    return bool(told)


def _apply(case: Case, number: int) -> bool:
    """Write into the record what was entered with a decision that is final now; whether that was possible."""
    changes, task = case.changes.get(number), case.state.task(number)
    if not changes or task is None:
        return True
    row = case.work.tx.row(sa.select(users).where(users.c.id == task.by))
    try:
        with fields.acting(case.work, actor_of(row) if row is not None else SYSTEM, f"approval {case.id}"):
            with case.work.savepoint():
                fields.apply(case, task.node, changes)
    except TesseraError as error:
        cases.note(case, "not_applied", task=number, code=error.code, problems=[p.to_json() for p in error.problems()])
        return False
    effects.put_heading(case)
    return True


def _act(case: Case, action: Action) -> tuple[Effect, ...]:
    step = core.act(case.state, action, case.work.now, case.people)
    case.state = step.approval
    return step.effects


def _finish(case: Case, told: Sequence[Effect], *, wakes: bool = True) -> None:
    """Carry out what needs no waiting, store the case, and tell others."""
    faults.reach(BEFORE_SAVE)
    _store(case, [*told, *settle(case)], wakes=wakes)
    faults.reach(AFTER_SAVE)


def _store(case: Case, told: Sequence[Effect], *, wakes: bool = True) -> None:
    cases.save(case)
    effects.tell(case, told)
    if wakes and any(each.kind == "ended" for each in told):
        effects.wake_run(case)


def _say(case: Case, text: str) -> None:
    """Take over what is said along with an action. Raises: Invalid when it is too long."""
    if len(text) > _MOST_CHARACTERS or "\x00" in text:
        message = f"This must be a text of at most {_MOST_CHARACTERS} characters."
        raise Invalid([Problem("too_long", "/opinion", message)])
    case.opinion = text


def _is_id(number: int) -> bool:
    return 0 < number < 2**63

