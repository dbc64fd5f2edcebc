"""Approvals without a database: a directory of people in tables, and helpers that act and let time pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tessera.engine.approvals.core import Step, act, begin, next_due, wake_at
from tessera.engine.approvals.state import PLATFORM, Action, Approval, Effect, Hand, NodePlan, Plan

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
SYSTEM = Hand(PLATFORM)


@dataclass
class Tables:
    """A directory out of tables. away: who may not sign in."""

    asked: Mapping[int, tuple[int, ...]]
    spare: tuple[int, ...] = ()
    next_taker: tuple[int, ...] = ()
    above: Mapping[int, int] = field(default_factory=dict)
    away: set[int] = field(default_factory=set)

    def approvers(self, node: int) -> tuple[int, ...]:
        """Whom a node asks."""
        return tuple(each for each in self.asked.get(node, ()) if each not in self.away)

    def fallback(self, node: int) -> tuple[int, ...]:
        """Whom it asks when there is nobody else."""
        return tuple(each for each in self.spare if each not in self.away)

    def takers(self, node: int, deadline: int) -> tuple[int, ...]:
        """To whom a deadline transfers."""
        return tuple(each for each in self.next_taker if each not in self.away)

    def manager(self, person: int) -> int | None:
        """Who is above a person."""
        found = self.above.get(person)
        return None if found in self.away else found

    def is_active(self, person: int) -> bool:
        """Whether the person may sign in."""
        return person != PLATFORM and person not in self.away


class Walk:
    """An approval on its way, with its clock and all that it told."""

    def __init__(self, people: Tables, *nodes: NodePlan, requester: int = 9, **plan: Any) -> None:
        self.people = people
        self.now = NOON
        self.effects: list[Effect] = []
        self.approval: Approval = self._took(begin(Plan(nodes, **plan), requester, NOON, people))

    def _took(self, step: Step) -> Approval:
        self.effects += step.effects
        return step.approval

    def act(self, kind: str, by: int, **more: Any) -> Approval:
        """Do something as a person with the open task that is his, unless another is named."""
        stands_for = frozenset(more.pop("stands_for", ()))
        if "task" not in more:
            own = [each.number for each in self.approval.at_work() if each.person in {by, *stands_for} and each.is_live]
            more["task"] = own[-1] if own else 0
        hand = SYSTEM if by == PLATFORM else Hand(by, stands_for)
        self.approval = self._took(act(self.approval, Action(kind, hand, **more), self.now, self.people))
        return self.approval

    def settle(self) -> Approval:
        """Do what has come due by now."""
        while (due := next_due(self.approval, self.now)) is not None:
            self.act(due[0], PLATFORM, task=due[1])
        return self.approval

    def wait(self, **length: int) -> Approval:
        """Let time pass, stopping wherever something comes due."""
        until = self.now + timedelta(**length)
        while (moment := wake_at(self.approval)) is not None and moment <= until:
            self.now = max(self.now, moment)
            self.settle()
        self.now = until
        return self.approval

    def final(self, kind: str, by: int, **more: Any) -> Approval:
        """Do something and wait until it cannot be taken back."""
        self.act(kind, by, **more)
        return self.wait(seconds=10)

    def asked(self) -> list[int]:
        """Who is asked now, in the order of their tasks."""
        return [each.person for each in self.approval.at_work() if each.state == "open"]

    def told(self, kind: str) -> list[Effect]:
        """What was told of a sort."""
        return [each for each in self.effects if each.kind == kind]
