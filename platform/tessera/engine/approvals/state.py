"""An approval as the pure core sees it: a frozen plan of nodes, its tasks, and what an action brings about.

People are ids of users, 0 is the platform itself. Nodes and tasks are numbered within their approval.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from tessera.meta.approvals import Deadline, NodePlan

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Action", "Approval", "Deadline", "Directory", "Effect", "Hand", "NodePlan", "Outcome", "Plan", "Task",
]  # fmt: skip

Verdict: TypeAlias = Literal["", "agreed", "rejected", "returned"]
Outcome: TypeAlias = Literal["", "agreed", "rejected", "withdrawn", "returned", "cancelled", "failed"]
TaskState: TypeAlias = Literal["waiting", "open", "decided", "closed"]

PLATFORM = 0
"""Who acts when nobody does: deadlines, rules for skipping, the flow itself."""

REQUESTER = -1
"""The place of a node at which the requester revises what was returned to him."""

MOVED = frozenset({"transferred", "replaced"})
"""Decisions of tasks in whose place another task stands."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The nodes in order. undo: how long a decision can be taken back. withdraw: until when the requester may.

    returns_to: uids of earlier steps of the flow to which it may be returned.
    """

    nodes: tuple[NodePlan, ...]
    undo: timedelta = timedelta(seconds=10)
    withdraw: Literal["always", "untouched", "never"] = "always"
    urge_every: timedelta = timedelta(minutes=30)
    returns_to: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Task:
    """What one person is asked at one node.

    round: counts how often nodes were entered. place: its turn where they go one after the other. parent and side:
    the task whose holder added this signer, and whether he is asked before or after him. state: "waiting" for its
    turn, "open", "decided" as long as that can be taken back, "closed". decision: agreed, rejected, returned,
    resubmitted, transferred, replaced, or "" when it was closed without one. cause: why the platform did it.
    by: who decided. fired: how many deadlines have passed. target: of a transfer a person, of a return a node;
    step: of a return an earlier step of the flow. straight: after a return it comes straight back here.
    """

    number: int
    node: int
    round: int
    person: int
    place: int = 0
    parent: int = 0
    side: Literal["", "before", "after"] = ""
    state: TaskState = "waiting"
    decision: str = ""
    cause: str = ""
    by: int = PLATFORM
    opened_at: datetime | None = None
    decided_at: datetime | None = None
    final_at: datetime | None = None
    due_at: datetime | None = None
    fired: int = 0
    target: int | None = None
    step: str = ""
    straight: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it may still be decided, or its decision be taken back."""
        return self.state != "closed"


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval. node: the one at work, REQUESTER while it is with the requester. round: of that node.

    fresh_round: agreements of earlier rounds count no more for skipping. straight_to: the node that follows the one
    at work, None for the next. outcome: "" while it runs. reason: why it failed. step: to which step of the flow it
    was returned.
    """

    plan: Plan
    requester: int
    tasks: tuple[Task, ...] = ()
    node: int = 0
    round: int = 0
    fresh_round: int = 0
    straight_to: int | None = None
    outcome: Outcome = ""
    reason: str = ""
    step: str = ""
    urged_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has no outcome yet."""
        return self.outcome == ""

    def task(self, number: int) -> Task | None:
        """The task of that number."""
        return next((each for each in self.tasks if each.number == number), None)

    def at_work(self) -> tuple[Task, ...]:
        """The tasks of the node at work, but those in whose place others stand."""
        return tuple(each for each in self.tasks if each.round == self.round and not _has_moved(each))

    def with_task(self, task: Task) -> Approval:
        """The same approval with another form of a task, or one more."""
        if self.task(task.number) is None:
            return replace(self, tasks=(*self.tasks, task))
        return replace(self, tasks=tuple(task if each.number == task.number else each for each in self.tasks))


def _has_moved(task: Task) -> bool:
    return task.state == "closed" and task.decision in MOVED


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts. stands_for: himself and those who have delegated to him."""

    id: int
    stands_for: frozenset[int] = frozenset()
    is_admin: bool = False

    def is_for(self, person: int) -> bool:
        """Whether he may act in the place of that person."""
        return person == self.id or person in self.stands_for


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that somebody, or the platform, does. kind: see `core.VERBS`. task: its number, 0 for none."""

    kind: str
    hand: Hand
    task: int = 0
    people: tuple[int, ...] = ()
    side: Literal["before", "after"] = "before"
    target: int | None = None
    step: str = ""
    straight: bool = False
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What others should know of. kind: asked, decided, moved, urged, passed, left, ended. task: its number, or 0."""

    kind: str
    task: int = 0
    people: tuple[int, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class Directory(Protocol):
    """Where the people of a plan are found. It names only people who may sign in, each once, in order."""

    def approvers(self, node: int) -> tuple[int, ...]:
        """Whom a node asks."""
        ...

    def fallback(self, node: int) -> tuple[int, ...]:
        """Whom it asks when there is nobody else."""
        ...

    def takers(self, node: int, deadline: int) -> tuple[int, ...]:
        """To whom a deadline of the node transfers."""
        ...

    def manager(self, person: int) -> int | None:
        """Who is above a person."""
        ...

    def is_active(self, person: int) -> bool:
        """Whether the person may sign in."""
        ...
