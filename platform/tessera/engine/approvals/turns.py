"""How an approval goes on: nodes are entered and left, tasks opened and closed, until it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from tessera.engine.approvals.state import (
    MOVED,
    PLATFORM,
    REQUESTER,
    Approval,
    Directory,
    Effect,
    NodePlan,
    Outcome,
    Task,
)
from tessera.engine.approvals.verdicts import decision_of, first_signers, verdict

MOST_TASKS = 200
"""Tasks of one round of a node, those that others stand in for counted along."""


class Turn:
    """One step of an approval on its way: what it has become so far, and what others should know of it."""

    def __init__(self, approval: Approval, now: datetime, people: Directory) -> None:
        self.approval = approval
        self.now = now
        self.people = people
        self.effects: list[Effect] = []

    @property
    def node(self) -> NodePlan:
        """The node at work."""
        return self.approval.plan.nodes[self.approval.node]

    def put(self, task: Task) -> None:
        """Take over another form of a task, or one more."""
        self.approval = self.approval.with_task(task)

    def tell(self, kind: str, task: int = 0, people: tuple[int, ...] = (), **detail: Any) -> None:
        """Let others know of something."""
        self.effects.append(Effect(kind, task, people, detail))

    def change(self, **values: Any) -> None:
        """Set parts of the approval."""
        self.approval = replace(self.approval, **values)

    # Tasks

    def new_task(self, person: int, **values: Any) -> Task:
        """One more task of the round at work, waiting."""
        number = len(self.approval.tasks) + 1
        task = Task(number, self.approval.node, self.approval.round, person, **values)
        self.put(task)
        return task

    def open(self, task: Task) -> None:
        """Ask the holder of a task, from now on."""
        self.put(replace(task, state="open", opened_at=self.now, due_at=self._due_at(0), fired=0))
        self.tell("asked", task.number, (task.person,))

    def _due_at(self, fired: int) -> datetime | None:
        deadlines = self.node.deadlines if self.approval.node >= 0 else ()
        return self.now + deadlines[fired].after if fired < len(deadlines) else None

    def close(self, task: Task, decision: str, *, by: int = PLATFORM, cause: str = "") -> None:
        """Make a decision final."""
        decided_at = task.decided_at if task.state == "decided" else self.now
        self.put(
            replace(task, state="closed", decision=decision, by=by, cause=cause, decided_at=decided_at, due_at=None)
        )
        self.tell("decided", task.number, (task.person,), decision=decision, cause=cause, by=by)

    def close_live(self, cause: str) -> None:
        """Close without a decision what of the round at work is live."""
        for each in self.approval.at_work():
            if each.is_live:
                self.put(replace(each, state="closed", decision="", by=PLATFORM, cause=cause, due_at=None))

    def put_in_place(self, task: Task, person: int, decision: str, *, by: int = PLATFORM, cause: str = "") -> None:
        """Have another person in the place of a task's holder: what is waiting waits on, what was open is asked."""
        was_waiting = task.state == "waiting"
        self.close(task, decision, by=by, cause=cause)
        fresh = self.new_task(person, place=task.place, parent=task.parent, side=task.side)
        for each in self.approval.at_work():
            if each.parent == task.number:
                self.put(replace(each, parent=fresh.number))
        self.tell("moved", fresh.number, (person,), was=task.person, cause=cause)
        if not was_waiting:
            self.open(fresh)

    def has_been_asked(self, person: int) -> bool:
        """Whether the person has, or had, a task in the round at work."""
        return any(each.person == person for each in self.approval.tasks if each.round == self.approval.round)

    def may_be_asked(self, person: int) -> bool:
        """Whether the person can get a task in the round at work."""
        excluded = self.node.requester == "excluded" and person == self.approval.requester
        busy = any(each.person == person and each.decision not in MOVED for each in self.approval.at_work())
        return not excluded and not busy and self.people.is_active(person)

    # Nodes

    def enter(self, node: int) -> None:
        """Begin a node: find whom it asks, and go on until somebody is asked or all is over."""
        straight = self.approval.straight_to
        self.change(node=node, round=self.approval.round + 1, straight_to=None if straight == node else straight)
        asked = self._admitted(self.people.approvers(node))
        cause = ""
        if not asked and self.node.nobody == "ask":
            asked, cause = self._admitted(self.people.fallback(node)), "fallback"
        if not asked and self.node.nobody == "agree":
            self.tell("passed", cause="nobody", node=node)
            self.leave()
        elif not asked:
            self.end("failed", reason="no_approver")
        else:
            for place, person in enumerate(asked):
                task = self.new_task(person, place=place)
                why = self._skipped(person)
                if why:
                    self.close(task, "agreed", cause=why)
                elif cause:
                    self.put(replace(task, cause=cause))
            self.progress()

    def _admitted(self, people: tuple[int, ...]) -> list[int]:
        left_out = {self.approval.requester} if self.node.requester == "excluded" else set()
        return [each for each in dict.fromkeys(people) if each not in left_out][:MOST_TASKS]

    def _skipped(self, person: int) -> str:
        """Why a person need not be asked, "" when he must."""
        if self.node.requester == "agrees" and person == self.approval.requester:
            return "requester"
        if self.node.skips_agreed and self._has_agreed(person):
            return "agreed_before"
        return ""

    def _has_agreed(self, person: int) -> bool:
        return any(
            each.state == "closed" and each.decision == "agreed" and each.by == person
            for each in self.approval.tasks
            if self.approval.fresh_round <= each.round < self.approval.round
        )

    def leave(self) -> None:
        """Go on to the node that follows, or end."""
        self.close_live("moved_on")
        self.tell("left", node=self.approval.node)
        straight = self.approval.straight_to
        following = straight if straight is not None else self.approval.node + 1
        if following >= len(self.approval.plan.nodes):
            self.end("agreed")
        else:
            self.enter(following)

    def progress(self) -> None:
        """Draw the consequences of what is final."""
        if not self.approval.is_running or self.approval.node == REQUESTER:
            return
        found = verdict(self.approval, tentative=False)
        if found == "rejected":
            self.end("rejected")
        elif found == "agreed":
            self.leave()
        else:
            self._open_turns()

    def _open_turns(self) -> None:
        tops = first_signers(self.approval.at_work())
        if self.node.mode == "sequential":
            tasks = self.approval.at_work()
            tops = [each for each in tops if decision_of(each, tasks, False) == ""][:1]
        for each in tops:
            self._open_turn(each)

    def _open_turn(self, task: Task) -> None:
        """Ask those of a task and its added signers whose turn it is."""
        tasks = self.approval.at_work()
        signers = [each for each in tasks if each.parent == task.number]
        before = [each for each in signers if each.side == "before"]
        for each in before:
            self._open_turn(each)
        if task.state == "waiting" and all(decision_of(each, tasks, False) == "agreed" for each in before):
            self.open(task)
        if task.state == "closed" and task.decision == "agreed":
            for each in signers:
                if each.side == "after":
                    self._open_turn(each)

    def give_back(self, *, straight: bool) -> None:
        """Return it to the requester, who may revise it."""
        back_to = self.approval.node
        self.close_live("returned")
        self.change(
            node=REQUESTER, round=self.approval.round + 1, straight_to=back_to if straight else None,
            fresh_round=self.approval.round + 1,
        )  # fmt: skip
        self.open(self.new_task(self.approval.requester))

    def go_back(self, node: int, *, straight: bool) -> None:
        """Return it to an earlier node."""
        back_to = self.approval.node
        self.close_live("returned")
        self.change(straight_to=back_to if straight else None, fresh_round=self.approval.round + 1)
        self.enter(node)

    def end(self, outcome: Outcome, *, reason: str = "", step: str = "") -> None:
        """End it: whoever was still asked is not any more."""
        self.close_live("ended")
        self.change(outcome=outcome, reason=reason, step=step)
        self.tell("ended", outcome=outcome, reason=reason)
