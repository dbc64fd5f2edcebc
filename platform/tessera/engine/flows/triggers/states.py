"""Triggers about the state of a record."""

from __future__ import annotations

from typing import Any, ClassVar

from tessera.engine.flows.triggers.base import MATCHERS, Matcher
from tessera.engine.records.hooks import Change
from tessera.meta.flows import TriggerDoc
from tessera.meta.model import Entity


def _states(trigger: TriggerDoc, entity: Entity, change: Change) -> tuple[Any, Any]:
    """The state before and after a change; None where there is no record."""
    key = trigger.options.field
    name = next((each.name for each in entity.fields if each.key == key), "")
    return (change.before or {}).get(name), (change.after or {}).get(name)


class StateEntered(Matcher):
    """A record has come into one of the states; being created in it counts."""

    verbs: ClassVar[tuple[str, ...]] = ("created", "updated")

    def matches(self, trigger: TriggerDoc, entity: Entity, change: Change) -> dict[str, Any] | None:
        """The states before and after, when the record has come into one that is meant."""
        old, new = _states(trigger, entity, change)
        return {"old_state": old, "new_state": new} if old != new and new in trigger.options.states else None


class StateLeft(Matcher):
    """A record has left one of the states for another."""

    verbs: ClassVar[tuple[str, ...]] = ("updated",)

    def matches(self, trigger: TriggerDoc, entity: Entity, change: Change) -> dict[str, Any] | None:
        """The states before and after, when the record has left one that is meant."""
        old, new = _states(trigger, entity, change)
        return {"old_state": old, "new_state": new} if old != new and old in trigger.options.states else None


MATCHERS.add("state.entered", StateEntered())
MATCHERS.add("state.left", StateLeft())
