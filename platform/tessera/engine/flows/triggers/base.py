"""What a kind of trigger with a topic is to the engine: which changes of records are meant.

    class RecordCreated(Matcher):
        verbs = ("created",)                     # of the changes that it is asked about
        def matches(self, trigger, entity, change) -> dict[str, Any] | None:
            return {}                            # None: not meant; else what `event` holds besides

    MATCHERS.add("record.created", RecordCreated())

And what a kind that goes by the clock is (its options have a `timing`, see `meta/triggers/timing.py`):

    class DateReached(Clocked):
        def condition(self, work, doc, entity, slot) -> Condition | None:
            return …                             # for which records of the entity a slot is; None for all

    CLOCKED.add("date_reached", DateReached())
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, TypeAlias
from zoneinfo import ZoneInfo

from tessera.engine.records.hooks import Change
from tessera.engine.work import Work
from tessera.formula import Formula
from tessera.formula.binding import Bound
from tessera.meta.flows import FlowDoc, TriggerDoc
from tessera.meta.model import Entity
from tessera.registry import Registry


class Matcher:
    """Says of a change of a record whether a trigger means it. verbs: created, updated, deleted, restored."""

    verbs: ClassVar[tuple[str, ...]] = ()

    def matches(self, trigger: TriggerDoc, entity: Entity, change: Change) -> dict[str, Any] | None:
        """What the event holds besides; None for a change that is not meant. The trigger's `when` is asked later."""
        return {}

    def is_asked(self, work: Work, trigger: TriggerDoc) -> bool:
        """Whether changes of this transaction can be meant at all."""
        return True

    def edge(self, trigger: TriggerDoc) -> Formula | None:
        """What must have become true with a change: it is true after it, and was not before; None without such."""
        return None


MATCHERS: Registry[Matcher] = Registry("trigger matcher")
"""By the name of the trigger's kind; plugins add theirs."""


Condition: TypeAlias = Formula | Bound


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that is due. since_at: the first of the slots that it stands for, itself unless some were missed.

    zone: whose days are meant. missed: how many slots before it nobody was there for.
    """

    due_at: datetime
    since_at: datetime
    zone: ZoneInfo
    missed: int = 0

    @property
    def day(self) -> date:
        """The day of the slot."""
        return self.due_at.astimezone(self.zone).date()

    @property
    def first_day(self) -> date:
        """The day of the first slot that it stands for."""
        return self.since_at.astimezone(self.zone).date()


class Clocked:
    """Says for which records a slot of a trigger is that goes by the clock."""

    def condition(self, work: Work, doc: FlowDoc, entity: Entity, slot: Slot) -> Condition | None:
        """True for the records meant, besides the trigger's `where`; None for all. entity: as it is now."""
        return None


CLOCKED: Registry[Clocked] = Registry("clocked trigger")
"""By the name of the trigger's kind; plugins add theirs."""
