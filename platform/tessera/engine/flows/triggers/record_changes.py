"""Triggers about records that were created, changed or deleted."""

from __future__ import annotations

from typing import Any, ClassVar

from tessera.engine.flows.triggers.base import MATCHERS, Matcher
from tessera.engine.records.hooks import Change
from tessera.meta.flows import TriggerDoc
from tessera.meta.model import Entity


class RecordCreated(Matcher):
    """Every new record."""

    verbs: ClassVar[tuple[str, ...]] = ("created",)


class RecordDeleted(Matcher):
    """Every record that is deleted."""

    verbs: ClassVar[tuple[str, ...]] = ("deleted",)


class RecordUpdated(Matcher):
    """Every change, or those of certain fields."""

    verbs: ClassVar[tuple[str, ...]] = ("updated",)

    def matches(self, trigger: TriggerDoc, entity: Entity, change: Change) -> dict[str, Any] | None:
        """Whether one of the fields has changed."""
        wanted: frozenset[str] = trigger.options.fields
        if not wanted:
            return {}
        before, after = change.before or {}, change.after or {}
        names = [each.name for each in entity.fields if each.key in wanted]
        return {} if any(before.get(name) != after.get(name) for name in names) else None


MATCHERS.add("record.created", RecordCreated())
MATCHERS.add("record.updated", RecordUpdated())
MATCHERS.add("record.deleted", RecordDeleted())
