"""What a step of kind approve and a document of kind organisation mean, once compiled: frozen, with typed formulas.

Entities and fields are named by their keys, so that an approval which began under an older release finds them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from tessera.formula import Formula
from tessera.meta.model import EMPTY, Label

Mode: TypeAlias = Literal["any", "all", "sequential", "vote"]
Verb: TypeAlias = Literal["agree", "reject", "return", "transfer", "add_signer", "copy"]
May: TypeAlias = Literal["see", "edit", "require"]
SourceKind: TypeAlias = Literal["users", "role", "field", "manager", "requester", "formula", "table"]

ALL_VERBS: tuple[Verb, ...] = ("agree", "reject", "return", "transfer", "add_signer", "copy")

OCCASIONS = ("asked", "urged", "copied", "mentioned", "returned", "ended")
"""When people are told: whoever is asked, urged, sent a copy or mentioned, and the requester when it is returned to him
or has ended."""

NO_LABEL = Label()


@dataclass(frozen=True, slots=True)
class Source:
    """A way to find people.

    users: sign-in names. role: name of the role; attribute: only those whose account has there what value gives.
    path: keys of the fields that lead from the approval's record to a user. value: formula that gives a person (or of
    whom the manager is meant). levels: how far up; each: every manager on the way. organisation: key of the document
    that says who is above whom. table: its key; when: true for the rows meant, given each as `row`; column: which of
    their values names a person or, with is_role, a role; first: only the first such row counts.
    """

    kind: SourceKind
    uid: str = ""
    users: tuple[str, ...] = ()
    role: str = ""
    attribute: str = ""
    path: tuple[str, ...] = ()
    value: Formula | None = None
    levels: int = 1
    each: bool = False
    organisation: str = ""
    table: str = ""
    when: Formula | None = None
    column: str = ""
    is_role: bool = False
    first: bool = True


@dataclass(frozen=True, slots=True)
class Deadline:
    """What happens to a task that stays open for so long."""

    after: timedelta
    do: Literal["urge", "agree", "reject", "transfer", "escalate"]
    to: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldRight:
    """What an approver may do with a field. path: keys of fields; the first is of the record, the others lead on, into
    its lines or over references (of which one may only see)."""

    path: tuple[str, ...]
    may: May = "see"


@dataclass(frozen=True, slots=True)
class NodePlan:
    """A node as the core of approvals needs it. share: per cent of its approvers who must agree, for votes.

    offers: what approvers may do. skips_agreed: who agreed before need not again. requester: what becomes of the
    requester among the approvers: he "decides", "agrees" without being asked, or is "excluded". nobody: without
    approvers it fails, counts as agreed, or asks the fallback. opinions: decisions that need an opinion.
    """

    uid: str
    mode: Mode = "any"
    share: int = 100
    offers: frozenset[Verb] = frozenset(ALL_VERBS)
    skips_agreed: bool = False
    requester: Literal["decides", "agrees", "excluded"] = "decides"
    nobody: Literal["fail", "agree", "ask"] = "fail"
    deadlines: tuple[Deadline, ...] = ()
    opinions: frozenset[str] = frozenset({"reject", "return"})


@dataclass(frozen=True, slots=True)
class NodeDoc:
    """A node: its plan, and where its people and fields are found.

    fallback: whom it asks when there is nobody else. copies: who is sent a copy once it is left. link_hours: how long
    links to its tasks work, 0: there are none. link_decides: whether one may decide by the link alone.
    """

    plan: NodePlan
    label: Label = NO_LABEL
    approvers: tuple[Source, ...] = ()
    fallback: tuple[Source, ...] = ()
    fields: tuple[FieldRight, ...] = ()
    copies: tuple[Source, ...] = ()
    link_hours: int = 0
    link_decides: bool = False


@dataclass(frozen=True, slots=True)
class EffectDoc:
    """A line about what agreeing brings about, for those who decide."""

    uid: str
    label: Label
    value: Formula


@dataclass(frozen=True, slots=True)
class ApproveDoc:
    """The options of a step of kind approve.

    entity: key of the entity whose record is decided about; record: gives it. requester: gives who asks, None for
    whoever caused the event. title and summary: for lists. undo_s: how long a decision can be taken back. withdraw:
    until when the requester may. urge_minutes: between two reminders. revise: what the requester may do with the fields
    of what was returned to him. returns_to: uids of earlier steps to which it may be returned, the latest first.
    stops: whether the run ends when it was not agreed to. organisation: key of the document that says who is above
    whom, for escalations and for tasks of those who left, "" for none. messages: for each occasion (see OCCASIONS) the
    key of the message that is sent.
    """

    entity: str
    record: Formula
    nodes: tuple[NodeDoc, ...]
    requester: Formula | None = None
    title: Formula | None = None
    summary: Formula | None = None
    effects: tuple[EffectDoc, ...] = ()
    undo_s: int = 10
    withdraw: Literal["always", "untouched", "never"] = "always"
    urge_minutes: int = 30
    revise: tuple[FieldRight, ...] = ()
    returns_to: tuple[str, ...] = ()
    stops: bool = True
    organisation: str = ""
    messages: Mapping[str, str] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class OrganisationDoc:
    """Who is above whom. entity: key of the entity whose records are places of people; user: name of its user field.

    managers: paths from such a record, tried in order, each to a record of the same entity (is_place) or to a user.
    """

    key: str
    name: str
    label: Label
    entity: str
    user: str
    managers: tuple[ManagerPath, ...] = ()


@dataclass(frozen=True, slots=True)
class ManagerPath:
    """A way up. names: of the fields. is_place: it leads to a record of the same entity, whose user is meant."""

    names: tuple[str, ...]
    is_place: bool
