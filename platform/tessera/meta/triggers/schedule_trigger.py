"""A time has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import Member
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType
from tessera.meta.triggers.timing import TIME_EVENT, TIMING_SCHEMA, WHERE, Timing, row_condition, timing_of

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


@dataclass(frozen=True, slots=True)
class Schedule:
    """timing: when. where: of the trigger's entity, for which records; None for all."""

    timing: Timing
    where: Formula | None = None


class ScheduleTrigger(TriggerType):
    """A run at certain times; with an entity one for each of its records that match, made in portions."""

    name: ClassVar[str] = "schedule"
    label: ClassVar[Label] = Label("定时", "At certain times")
    help: ClassVar[Label] = Label(
        "按日历或 cron 表达式定时开始一次；指定数据表时，对每条符合条件的记录各开始一次。event.slot 是应执行时刻，"
        "event.day 是其日期。",
        "A run at times of a calendar or a cron expression; with an entity one for each record that matches. "
        "event.slot is the time that was due, event.day its day.",
    )
    schema: ClassVar[Mapping[str, Any]] = {**TIMING_SCHEMA, "where": WHERE}
    event: ClassVar[tuple[Member, ...]] = TIME_EVENT
    example: ClassVar[Mapping[str, Json]] = {
        "entity": "task", "every": {"period": "month", "at": "09:00", "days": [1, "last"]},
        "where": "state = 'open' AND day <= event.day", "missed": "once",
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Schedule | None:
        """The times and the condition."""
        timing = timing_of(item, at, into)
        if "where" in item and into.entity is None:
            into.problem("missing_key", at, 'The key "entity" is missing: of which records?', key="entity")
            return None
        where = row_condition(item, at, into, into.entity) if into.entity is not None else None
        return None if timing is None or into.is_lacking(item, {"where": where}) else Schedule(timing, where)


TRIGGER_TYPES.add("schedule", ScheduleTrigger())
