"""What a kind of trigger with a topic is to the engine: which changes of records are meant.

    class RecordCreated(Matcher):
        verbs = ("created",)                     # of the changes that it is asked about
        def matches(self, trigger, entity, change) -> dict[str, Any] | None:
            return {}                            # None: not meant; else what `event` holds besides

    MATCHERS.add("record.created", RecordCreated())
"""

from __future__ import annotations

from typing import Any, ClassVar

from tessera.engine.records.hooks import Change
from tessera.meta.flows import TriggerDoc
from tessera.meta.model import Entity
from tessera.registry import Registry


class Matcher:
    """Says of a change of a record whether a trigger means it. verbs: created, updated, deleted, restored."""

    verbs: ClassVar[tuple[str, ...]] = ()

    def matches(self, trigger: TriggerDoc, entity: Entity, change: Change) -> dict[str, Any] | None:
        """What the event holds besides; None for a change that is not meant. The trigger's `when` is asked later."""
        return {}


MATCHERS: Registry[Matcher] = Registry("trigger matcher")
"""By the name of the trigger's kind; plugins add theirs."""
