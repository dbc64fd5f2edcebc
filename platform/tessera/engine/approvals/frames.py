"""What an approval rests on: the step that asks for it, as the run's release says, and formulas in the run's scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from tessera.engine.approvals.state import Plan
from tessera.engine.records.related import find
from tessera.engine.work import Work
from tessera.formula import Formula, FormulaError
from tessera.meta.approvals import ApproveDoc, FieldRight, NodeDoc
from tessera.meta.flows import FlowDoc
from tessera.meta.model import Entity, Label, Model

See: TypeAlias = Callable[[Formula, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Frame:
    """The step of an approval. path: its place in the flow. model: of the release that the run follows.

    see: gives a formula's value in the run's scope, None once the run is over. before and after: nodes of other approve
    steps that are passed before and after this one, for showing the way.
    """

    flow: FlowDoc
    path: str
    label: Label
    options: ApproveDoc
    model: Model
    see: See | None = None
    before: tuple[NodeDoc, ...] = ()
    after: tuple[NodeDoc, ...] = ()

    def value(self, formula: Formula | None, requester: int, more: Mapping[str, Any] | None = None) -> Any:
        """The value of a formula of the step; None without one, when it fails, and when the run is over."""
        if formula is None or self.see is None:
            return None
        try:
            return self.see(formula, {"requester": requester or None, **(more or {})})
        except FormulaError:  # nobody is found then, which the node has a rule for
            return None

    def rights(self, node: int) -> tuple[FieldRight, ...]:
        """What may be done with fields at a node; -1 is the requester's."""
        return self.options.nodes[node].fields if node >= 0 else self.options.revise

    def label_of(self, node: int) -> Label:
        """What a node is called: by itself, else as its step."""
        own = self.options.nodes[node].label if node >= 0 else Label()
        return own if own.zh or own.en else self.label


def plan_of(options: ApproveDoc, returns_to: frozenset[str]) -> Plan:
    """The plan that the core follows. returns_to: uids of earlier steps to which it may be returned."""
    return Plan(
        nodes=tuple(each.plan for each in options.nodes),
        undo=timedelta(seconds=options.undo_s),
        withdraw=options.withdraw,
        urge_every=timedelta(minutes=options.urge_minutes),
        returns_to=returns_to,
    )


def names_of(model: Model, keys: tuple[str, ...]) -> tuple[str, ...] | None:
    """The names that fields have now, by their keys; None when one of them is no more."""
    names = []
    for key in keys:
        entity, _, uid = key.rpartition(".")
        holder = model.entities.get(entity)
        field = next((each for each in holder.fields if each.uid == uid), None) if holder is not None else None
        if field is None:
            return None
        names.append(field.name)
    return tuple(names)


def follow(work: Work, entity: Entity, record_id: int, names: tuple[str, ...]) -> Any:
    """What stands at the end of a path of fields from a record, whoever asks; None when any step is blank."""
    found = find(work, entity, [("id", record_id)], [names], seen=False).get(("id", record_id))
    here: Any = found
    for name in names:
        here = here.get(name) if isinstance(here, Mapping) else None
    return here
