"""What the triggers about states share: which state of the record's life cycle is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Member
from tessera.meta.schema import did_you_mean
from tessera.meta.triggers.base import TriggerType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

OPTION = "urn:tessera:schema:common#/$defs/option"


@dataclass(frozen=True, slots=True)
class States:
    """field: key of the field that holds the state. states: those that are meant."""

    field: str
    states: frozenset[str]


class StateTrigger(TriggerType):
    """A trigger about a change of the record's state."""

    schema: ClassVar[Mapping[str, Any]] = {
        "states": {
            "type": "array", "minItems": 1, "maxItems": 100, "uniqueItems": True, "items": {"$ref": OPTION},
            "description": "Which states are meant.",
        },
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("states",)
    has_record: ClassVar[bool] = True
    has_before: ClassVar[bool] = True
    has_after: ClassVar[bool] = True
    event: ClassVar[tuple[Member, ...]] = (Member("old_state", TEXT), Member("new_state", TEXT))

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> States | None:
        """The field of the life cycle and the states."""
        assert into.entity is not None, "the schema demands one"
        cycle = into.entity.document.body.get("states")
        field = into.entity.field(cycle["field"]) if cycle is not None else None
        if field is None:
            message = f'"{into.entity.name}" has no states.'
            into.problem("no_states", (*at, "entity"), message, "Give the entity a life cycle, or watch a field.")
            return None
        known = [str(each["value"]) for each in field.body.get("options", ())]
        wrong = [(place, each) for place, each in enumerate(item["states"]) if each not in known]
        for place, each in wrong:
            message = f'"{into.entity.name}" has no state "{each}".'
            into.problem("unknown_state", (*at, "states", place), message, did_you_mean(each, known))
        return None if wrong else States(field.key, frozenset(item["states"]))
