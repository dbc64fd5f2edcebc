"""A date of a record is reached, or is so far away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import Member
from tessera.meta.model import Label
from tessera.meta.timetables import Timetable
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType
from tessera.meta.triggers.timing import (
    COMMON,
    GRACE,
    TIME,
    TIME_EVENT,
    WHERE,
    ZONE,
    Timing,
    made_timing,
    minute_of,
    row_condition,
    zone_is_good,
)

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

MOST_DAYS = 31
"""Days that are made up for at most, when nobody was there."""

_MOST_DAYS_AWAY = 3_660
_MOST_MONTHS_AWAY = 120


@dataclass(frozen=True, slots=True)
class DateReached:
    """field: key of the date. days and months: from the date to the day that is due, less than 0 for before.

    is_yearly: each year on that day. is_instant: the field holds instants.
    """

    timing: Timing
    field: str
    days: int = 0
    months: int = 0
    is_yearly: bool = False
    is_instant: bool = False
    where: Formula | None = None


class DateReachedTrigger(TriggerType):
    """A run for each record on the day that its date names, or so many days or months before or after it."""

    name: ClassVar[str] = "date_reached"
    label: ClassVar[Label] = Label("到达记录日期时", "A date of a record is reached")
    help: ClassVar[Label] = Label(
        "在记录的日期当天，或之前、之后若干天或月的某一时刻，对每条符合条件的记录各开始一次。以届时记录的值为准："
        "日期改了就按新日期，删除了就不再开始。",
        "A run for each record that matches, on the day of its date or so many days or months before or after it. What "
        "counts are its values at that time: a changed date is due on its new day, a deleted record never.",
    )
    schema: ClassVar[Mapping[str, Any]] = {
        "field": {"$ref": f"{COMMON}name", "description": "A field of the record with a day or an instant."},
        "offset": {
            "type": "object", "additionalProperties": False, "minProperties": 1, "maxProperties": 1,
            "description": "How long after the date; less than 0: before it. Months end like those of EDATE.",
            "properties": {
                "days": {"type": "integer", "minimum": -_MOST_DAYS_AWAY, "maximum": _MOST_DAYS_AWAY},
                "months": {"type": "integer", "minimum": -_MOST_MONTHS_AWAY, "maximum": _MOST_MONTHS_AWAY},
            },
        },
        "at": TIME,
        "zone": ZONE,
        "yearly": {
            "type": "boolean", "default": False,
            "description": "Each year: the 29th of February is the 28th in years without it.",
        },
        "missed": {
            "enum": ["once", "skip"], "default": "once",
            "description": f"Days on which nobody was there: made up for, up to {MOST_DAYS} of them, or passed over.",
        },
        "grace": GRACE,
        "where": WHERE,
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("field", "at")
    has_record: ClassVar[bool] = True
    event: ClassVar[tuple[Member, ...]] = TIME_EVENT
    example: ClassVar[Mapping[str, Json]] = {
        "entity": "task",
        "field": "day",
        "offset": {"days": -3},
        "at": "09:00",
        "where": "state <> 'done'",
    }

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> DateReached | None:
        """The field, the distance and the condition."""
        assert into.entity is not None, "the schema demands one"
        is_good = zone_is_good(item, at, into)
        field = into.field(into.entity, item["field"], (*at, "field"))
        where = row_condition(item, at, into, into.entity)
        if field is None or into.is_lacking(item, {"where": where}) or not is_good:
            return None
        if field.type.name not in ("date", "datetime"):
            message = f'"{field.name}" is no day or instant that is entered.'
            into.problem("wrong_type", (*at, "field"), message)
            return None
        is_instant, is_yearly = field.type.name == "datetime", bool(item.get("yearly", False))
        if is_instant and is_yearly:
            message = f'"{field.name}" is an instant; what comes back each year is a day.'
            into.problem("wrong_type", (*at, "yearly"), message)
            return None
        timing = made_timing(item, Timetable((minute_of(item["at"]),)), {"at": item["at"]}, MOST_DAYS)
        offset = item.get("offset", {})
        return DateReached(
            timing, field.key, offset.get("days", 0), offset.get("months", 0), is_yearly, is_instant, where
        )


TRIGGER_TYPES.add("date_reached", DateReachedTrigger())
