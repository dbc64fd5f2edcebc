"""The pure core of approvals: an approval and an action give the approval after it, and what others should know.

Decisions (agree, reject, return, transfer, resubmit) stay open to being taken back for a while; `next_due` says which
of them is final by now and `Action("finalise")` draws its consequences. Nothing here reads a clock or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tessera.engine.approvals.errors import (
    ApprovalEnded,
    CannotAsk,
    CannotReturn,
    NotOffered,
    NotYourTask,
    TaskDecided,
    TaskNotOpen,
    TooLateToUndo,
    TooManySigners,
    UrgedRecently,
)
from tessera.engine.approvals.state import PLATFORM, REQUESTER, Action, Approval, Directory, Effect, Plan, Task
from tessera.engine.approvals.turns import MOST_TASKS, Turn
from tessera.engine.approvals.verdicts import verdict
from tessera.errors import Invalid, NotFound, Problem


@dataclass(frozen=True, slots=True)
class Step:
    """What an action brings about: the approval after it, and what others should know, in order."""

    approval: Approval
    effects: tuple[Effect, ...]


def begin(plan: Plan, requester: int, now: datetime, people: Directory) -> Step:
    """A new approval at its first node; it may have passed, failed or skipped some already."""
    turn = Turn(Approval(plan, requester), now, people)
    turn.enter(0)
    return Step(turn.approval, tuple(turn.effects))


def act(approval: Approval, action: Action, now: datetime, people: Directory) -> Step:
    """The approval after an action. Raises: the errors of `approvals.errors`, Invalid, NotFound."""
    if not approval.is_running:
        raise ApprovalEnded(outcome=approval.outcome)
    turn = Turn(approval, now, people)
    VERBS[action.kind](turn, action)
    return Step(turn.approval, tuple(turn.effects))


def next_due(approval: Approval, now: datetime) -> tuple[str, int] | None:
    """What has come due: ("finalise" or "expire", number of a task); None when there is nothing.

    No deadline passes while a decision about the node can still be taken back.
    """
    if not approval.is_running:
        return None
    decided = [each for each in approval.at_work() if each.state == "decided" and _at(each.final_at) <= now]
    if decided:
        return "finalise", min(decided, key=lambda each: (_at(each.final_at), each.number)).number
    if verdict(approval, tentative=True):
        return None
    waiting = [each for each in approval.at_work() if each.state == "open"]
    due_at, number = min(((each.due_at, each.number) for each in waiting if each.due_at is not None), default=(now, 0))
    return ("expire", number) if number and due_at <= now else None


def wake_at(approval: Approval) -> datetime | None:
    """When something comes due next, None when nothing will by itself."""
    if not approval.is_running:
        return None
    moments = [_at(each.final_at) for each in approval.at_work() if each.state == "decided"]
    if not verdict(approval, tentative=True):
        moments += [each.due_at for each in approval.at_work() if each.state == "open" and each.due_at is not None]
    return min(moments, default=None)


def offered(approval: Approval, task: Task) -> frozenset[str]:
    """What the holder of a task can do with it now."""
    if not approval.is_running or task.round != approval.round:
        return frozenset()
    if task.state == "decided":
        return frozenset({"undo"})
    if task.state != "open" or verdict(approval, tentative=True):
        return frozenset()
    if approval.node == REQUESTER:
        return frozenset({"resubmit", "comment"})
    found = {str(each) for each in approval.plan.nodes[approval.node].offers} | {"comment"}
    return frozenset(found - ({"return"} if task.parent or not returns(approval) else set()))


def returns(approval: Approval) -> list[int]:
    """The nodes to which the one at work can be returned, the requester's first."""
    if approval.node == REQUESTER:
        return []
    return [*([REQUESTER] if approval.requester != PLATFORM else []), *range(approval.node)]


def may_withdraw(approval: Approval) -> bool:
    """Whether the requester can withdraw it now."""
    touched = any(each.decision and each.by != PLATFORM for each in approval.tasks)
    how = approval.plan.withdraw
    return approval.is_running and (how == "always" or (how == "untouched" and not touched))


def _at(instant: datetime | None) -> datetime:
    assert instant is not None
    return instant


# Verbs of whoever holds a task


def _held(turn: Turn, action: Action, needed: str) -> Task:
    """The task that an action is about, once it is sure that its actor may do this with it now."""
    task = turn.approval.task(action.task)
    if task is None:
        raise NotFound(what="task")
    at_node = turn.approval.plan.nodes[task.node] if task.node >= 0 else None
    excluded = at_node is not None and at_node.requester == "excluded" and action.hand.id == turn.approval.requester
    if not action.hand.is_for(task.person) or excluded:
        raise NotYourTask(action=action.kind)
    if not task.is_live or task.state == "decided" or verdict(turn.approval, tentative=True):
        raise TaskDecided()
    if task.state != "open":
        raise TaskNotOpen()
    if needed not in offered(turn.approval, task):
        raise NotOffered(action=action.kind)
    if at_node is not None and needed in at_node.opinions and not action.opinion.strip():
        raise Invalid([Problem("required", "/opinion", "This needs an opinion.", "Say why.")])
    return task


def _decide(turn: Turn, action: Action, task: Task, decision: str) -> None:
    """Note a decision, which is final after a while; at once where nothing can be taken back."""
    final_at = turn.now + turn.approval.plan.undo
    turn.put(
        replace(
            task, state="decided", decision=decision, by=action.hand.id, decided_at=turn.now, final_at=final_at,
            target=action.target, step=action.step, straight=action.straight,
        )
    )  # fmt: skip


def _agree(turn: Turn, action: Action) -> None:
    _decide(turn, action, _held(turn, action, "agree"), "agreed")


def _reject(turn: Turn, action: Action) -> None:
    _decide(turn, action, _held(turn, action, "reject"), "rejected")


def _resubmit(turn: Turn, action: Action) -> None:
    _decide(turn, action, _held(turn, action, "resubmit"), "resubmitted")


def _return(turn: Turn, action: Action) -> None:
    task = _held(turn, action, "return")
    if action.step:
        if action.step not in turn.approval.plan.returns_to:
            raise CannotReturn(pointer="/step")
    elif action.target not in returns(turn.approval):
        raise CannotReturn(pointer="/to")
    elif action.target == REQUESTER and not turn.people.is_active(turn.approval.requester):
        raise CannotReturn(pointer="/to")
    _decide(turn, action, task, "returned")


def _transfer(turn: Turn, action: Action) -> None:
    task = _held(turn, action, "transfer")
    _ensure_can_ask(turn, action.people[:1], "/to")
    _decide(turn, replace(action, target=action.people[0]), task, "transferred")


def _add_signers(turn: Turn, action: Action) -> None:
    task = _held(turn, action, "add_signer")
    _ensure_can_ask(turn, action.people, "/people")
    if len(turn.approval.at_work()) + len(action.people) > MOST_TASKS:
        raise TooManySigners(limit=MOST_TASKS)
    for place, person in enumerate(action.people):
        turn.new_task(person, place=place, parent=task.number, side=action.side)
    if action.side == "before":
        turn.put(replace(task, state="waiting", due_at=None))
    turn.progress()


def _ensure_can_ask(turn: Turn, people: tuple[int, ...], pointer: str) -> None:
    if not people or len(set(people)) != len(people) or not all(turn.may_be_asked(each) for each in people):
        raise CannotAsk(pointer=pointer)


def _undo(turn: Turn, action: Action) -> None:
    task = turn.approval.task(action.task)
    if task is None:
        raise NotFound(what="task")
    if task.by != action.hand.id or not task.decision:
        raise NotYourTask(action=action.kind)
    if task.state != "decided" or turn.now >= _at(task.final_at):
        raise TooLateToUndo()
    turn.put(_reopened(task))


def _reopened(task: Task) -> Task:
    return replace(
        task, state="open", decision="", by=PLATFORM, decided_at=None, final_at=None, target=None, step="",
        straight=False,
    )  # fmt: skip


# Verbs of the requester, of administrators and of the flow


def _withdraw(turn: Turn, action: Action) -> None:
    if not action.hand.is_for(turn.approval.requester):
        raise NotYourTask(action=action.kind)
    if not may_withdraw(turn.approval):
        raise NotOffered(action=action.kind)
    turn.end("withdrawn")


def _urge(turn: Turn, action: Action) -> None:
    """Remind whoever is asked now; who may do this is the caller's business."""
    last, every = turn.approval.urged_at, turn.approval.plan.urge_every
    if last is not None and turn.now < last + every:
        raise UrgedRecently(retry_after_s=int((last + every - turn.now).total_seconds()) + 1)
    waiting = [each for each in turn.approval.at_work() if each.state == "open"]
    if not waiting:
        raise TaskDecided()
    turn.change(urged_at=turn.now)
    for each in waiting:
        turn.tell("urged", each.number, (each.person,), by=action.hand.id)


def _reassign(turn: Turn, action: Action) -> None:
    """Give a task to somebody else at once; who may do this is the caller's business."""
    task = _live(turn, action)
    if turn.approval.node == REQUESTER:
        raise NotOffered(action=action.kind)
    _ensure_can_ask(turn, action.people[:1], "/to")
    turn.put_in_place(task, action.people[0], "replaced", by=action.hand.id, cause="reassigned")
    turn.progress()


def _cancel(turn: Turn, action: Action) -> None:
    turn.end("cancelled")


# Verbs of the platform itself


def _live(turn: Turn, action: Action) -> Task:
    task = turn.approval.task(action.task)
    if task is None:
        raise NotFound(what="task")
    if not task.is_live or task.state == "decided" or task.round != turn.approval.round:
        raise TaskDecided()
    return task


def _finalise(turn: Turn, action: Action) -> None:
    """Draw the consequences of a decision that can no longer be taken back."""
    task = turn.approval.task(action.task)
    assert task is not None and task.state == "decided" and turn.now >= _at(task.final_at)
    if task.decision == "transferred" and not turn.may_be_asked(_person(task)):
        turn.put(_reopened(task))
        turn.tell("reopened", task.number, (task.person,), cause="cannot_ask")
        return
    if task.decision == "transferred":
        turn.put_in_place(task, _person(task), "transferred", by=task.by)
    else:
        turn.close(task, task.decision, by=task.by)
    if task.decision == "returned":
        _give_back(turn, task)
    elif task.decision == "resubmitted":
        straight = turn.approval.straight_to
        turn.enter(0 if straight is None else straight)
    else:
        turn.progress()


def _person(task: Task) -> int:
    assert task.target is not None
    return task.target


def _give_back(turn: Turn, task: Task) -> None:
    if task.step:
        turn.end("returned", step=task.step)
    elif task.target == REQUESTER:
        turn.give_back(straight=task.straight)
    else:
        turn.go_back(_person(task), straight=task.straight)


def _reopen(turn: Turn, action: Action) -> None:
    """Take back a decision that could not be carried out, so that its holder decides again."""
    task = turn.approval.task(action.task)
    assert task is not None and task.state == "decided"
    turn.put(_reopened(task))
    turn.tell("reopened", task.number, (task.person,), cause="not_applied")


def _expire(turn: Turn, action: Action) -> None:
    """Let the deadline of an open task pass."""
    task = _live(turn, action)
    if task.state != "open" or task.due_at is None or turn.now < task.due_at or verdict(turn.approval, tentative=True):
        raise TaskDecided()
    deadline = turn.node.deadlines[task.fired]
    following = task.fired + 1
    due_at = None
    if following < len(turn.node.deadlines) and task.opened_at is not None:
        due_at = task.opened_at + turn.node.deadlines[following].after
    task = replace(task, fired=following, due_at=due_at)
    turn.put(task)
    turn.tell("expired", task.number, (task.person,), do=deadline.do)
    if deadline.do in {"agree", "reject"}:
        turn.close(task, "agreed" if deadline.do == "agree" else "rejected", cause="timeout")
        turn.progress()
    elif deadline.do == "urge":
        turn.tell("urged", task.number, (task.person,), by=PLATFORM)
    else:
        _hand_over(turn, task, deadline.do)


def _hand_over(turn: Turn, task: Task, do: str) -> None:
    """Let others have a task that was not decided in time; nobody gets the same one twice, so that this ends."""
    above = turn.people.manager(task.person) if do == "escalate" else None
    takers = turn.people.takers(turn.approval.node, task.fired - 1) if do == "transfer" else ()
    for person in (above,) if above is not None else takers:
        if turn.may_be_asked(person) and not turn.has_been_asked(person):
            turn.put_in_place(task, person, "replaced", cause="timeout")
            turn.progress()
            return
    turn.tell("urged", task.number, (task.person,), by=PLATFORM)


def _replace(turn: Turn, action: Action) -> None:
    """Find somebody for a task whose holder may not sign in any more: his manager, else as the node says."""
    task = _live(turn, action)
    if turn.people.is_active(task.person):
        return
    if turn.approval.node == REQUESTER:
        turn.end("failed", reason="no_requester")
        return
    above = turn.people.manager(task.person)
    others = turn.people.fallback(turn.approval.node) if turn.node.nobody == "ask" else ()
    for person in (*((above,) if above is not None else ()), *others):
        if turn.may_be_asked(person):
            turn.put_in_place(task, person, "replaced", cause="disabled")
            turn.progress()
            return
    if turn.node.nobody == "agree":
        turn.close(task, "agreed", cause="disabled")
        turn.progress()
    else:
        turn.end("failed", reason="no_approver")


VERBS: Mapping[str, Callable[[Turn, Action], None]] = {
    "agree": _agree,
    "reject": _reject,
    "return": _return,
    "transfer": _transfer,
    "add_signer": _add_signers,
    "resubmit": _resubmit,
    "undo": _undo,
    "withdraw": _withdraw,
    "urge": _urge,
    "reassign": _reassign,
    "cancel": _cancel,
    "finalise": _finalise,
    "reopen": _reopen,
    "expire": _expire,
    "replace": _replace,
}
"""Every kind of action, with what it does."""
