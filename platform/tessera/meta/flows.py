"""What a document of kind flow means, once compiled: a trigger and blocks of steps, frozen, with typed formulas.

Keys are stable: an entity is named by its key and a field by its key, so that a run which began under an older release
finds them again after a rename. Formulas keep the names of their own release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tessera.formula import Formula
from tessera.formula.shapes import Member, Type
from tessera.meta.model import EMPTY, Label

NO_LABEL = Label()

RunAs: TypeAlias = Literal["system", "actor"]
Then: TypeAlias = Literal["stop", "continue", "steps"]


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a failing step is tried again, and after how long: first_s, then by the factor up to longest_s."""

    times: int
    first_s: int = 10
    factor: int = 2
    longest_s: int = 3_600


@dataclass(frozen=True, slots=True)
class OnError:
    """What happens when a step fails. retry: None for what its kind does by itself. steps: for then = "steps"."""

    retry: Retry | None = None
    then: Then = "stop"
    steps: tuple[StepDoc, ...] = ()


NO_POLICY = OnError()


@dataclass(frozen=True, slots=True)
class StepDoc:
    """One step of a flow.

    do: name of its kind. path: its place in the flow by uids, such as "check.yes/tell". name: under which later
    formulas see its result, "" for none. result: type of that. when: skipped unless it is true. options: what the
    kind's compile gave, frozen. blocks: steps inside by the block's name. timeout_s: how long it may take.
    at_most_once: an outside call that was cut off is not repeated but waits for a person.
    """

    uid: str
    do: str
    path: str
    label: Label = NO_LABEL
    name: str = ""
    result: Type | None = None
    options: Any = None
    when: Formula | None = None
    on_error: OnError = NO_POLICY
    blocks: Mapping[str, tuple[StepDoc, ...]] = field(default_factory=lambda: EMPTY)
    timeout_s: int = 60
    at_most_once: bool = False


Block: TypeAlias = tuple[StepDoc, ...]


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value for a field of a record. field: its key. value: its formula; for lines the values of each line.

    each: of lines, the list from which they are made; item: name of its member in the formulas.
    """

    field: str
    value: Formula | tuple[FieldValue, ...]
    each: Formula | None = None
    item: str = ""


@dataclass(frozen=True, slots=True)
class TriggerDoc:
    """What begins a run. on: name of its kind. entity: key of the record's entity, "" for none.

    when: true for the events meant. options: what the kind's compile gave. inputs: values that the starter gives.
    """

    on: str
    entity: str = ""
    when: Formula | None = None
    options: Any = None
    inputs: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """A named value of a run that steps may set."""

    uid: str
    name: str
    type: Type
    initial: Formula | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A value that a run gives back to the flow that called it."""

    uid: str
    name: str
    type: Type
    value: Formula


@dataclass(frozen=True, slots=True)
class FlowDoc:
    """A flow.

    entity: key of the trigger record's entity, "" for none. order: gives the order key of a run at its event, None for
    the record itself. is_ordered: runs with the same key go one after the other. group: flows of a group share their
    keys. holds: a waiting run keeps its key. run_as: whose rights its steps have. reads: for "before" and "after" the
    keys of the record's fields that formulas read of them. per_minute: runs that may begin, 0 without limit.
    """

    key: str
    uid: str
    name: str
    label: Label
    trigger: TriggerDoc
    steps: Block
    entity: str = ""
    order: Formula | None = None
    is_ordered: bool = True
    group: str = ""
    holds: bool = False
    run_as: RunAs = "system"
    is_active: bool = True
    max_steps: int = 0
    per_minute: int = 0
    variables: tuple[Variable, ...] = ()
    returns: tuple[Returned, ...] = ()
    reads: Mapping[str, frozenset[str]] = field(default_factory=lambda: EMPTY)
    aliases: tuple[str, ...] = ()


UNIT_S: Mapping[str, int] = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def seconds(duration: str) -> int:
    """A duration of the metadata in seconds.

    >>> seconds("90s"), seconds("2h"), seconds("1w")
    (90, 7200, 604800)
    """
    return int(duration[:-1]) * UNIT_S[duration[-1]]


def steps_in(block: Block) -> list[StepDoc]:
    """Every step of a block, also those inside others, in the order of the document."""
    found: list[StepDoc] = []
    for step in block:
        found.append(step)
        for inner in (*step.blocks.values(), step.on_error.steps):
            found += steps_in(inner)
    return found
