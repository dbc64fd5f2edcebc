"""What the triggers that go by the clock share: when they are due, and what becomes of slots that were missed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from zoneinfo import available_timezones

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, DATE, DATETIME, INTEGER, Member
from tessera.meta.drafts import EntityDraft
from tessera.meta.flows import seconds
from tessera.meta.timetables import (
    WEEKDAY_NAMES,
    BadTimetable,
    Timetable,
    calendar_table,
    keys_of_period,
    minute_of,
    parse_cron,
)

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

Missed: TypeAlias = Literal["once", "each", "skip"]

COMMON = "urn:tessera:schema:common#/$defs/"
TIME: Mapping[str, Json] = {
    "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "description": "A time of the clock: 09:30.",
}  # fmt: skip
ZONE: Mapping[str, Json] = {
    "$ref": f"{COMMON}zone",
    "description": "Whose clocks are meant; left out: those of the program.",
}
GRACE: Mapping[str, Json] = {
    "$ref": f"{COMMON}duration",
    "description": 'Of "skip": a slot that is later than this was missed; left out: 5m.',
}
WHERE: Mapping[str, Json] = {
    "$ref": f"{COMMON}formula",
    "description": "True for the records meant; names of their fields come first, and `event.day` is the slot's day.",
}
TIME_EVENT = (
    Member("slot", DATETIME, title=("应执行时刻", "When it was due")),
    Member("day", DATE, title=("应执行日期", "The day of that")),
    Member("missed", INTEGER, title=("错过次数", "Slots missed before it")),
)  # fmt: skip
"""What `event` holds of a slot. day: of the zone meant."""

MOST_EACH = 1_000
"""Slots that "each" makes up for at most, however long nobody was there."""

_DEFAULT_EACH = 24
_DEFAULT_GRACE_S = 300

TIMING_SCHEMA: Mapping[str, Any] = {
    "cron": {
        "type": "string", "minLength": 9, "maxLength": 200,
        "description": "Five fields: minute, hour, day of the month (L: the last), month, day of the week.",
    },
    "every": {
        "type": "object", "additionalProperties": False, "required": ["period", "at"],
        "description": "The same in the words of a calendar.",
        "properties": {
            "period": {"enum": ["day", "week", "month", "year"]},
            "at": TIME,
            "weekdays": {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": [*WEEKDAY_NAMES]}},
            "days": {
                "type": "array", "minItems": 1, "maxItems": 31, "uniqueItems": True,
                "items": {"enum": [*range(1, 32), "last"]},
                "description": "Of the month; a day that a month lacks falls on its last one.",
            },
            "months": {
                "type": "array", "minItems": 1, "maxItems": 12, "uniqueItems": True,
                "items": {"type": "integer", "minimum": 1, "maximum": 12},
            },
        },
    },
    "zone": ZONE,
    "missed": {
        "enum": ["once", "each", "skip"], "default": "once",
        "description": "Slots for which nobody was there: once for all of them, each of them, or none.",
    },
    "at_most": {
        "type": "integer", "minimum": 1, "maximum": MOST_EACH, "default": _DEFAULT_EACH,
        "description": 'Of "each": how many at most, the latest ones.',
    },
    "grace": GRACE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timing:
    """When a trigger is due. zone: "" for the program's. at_most and grace_s belong to policies for missed slots.

    text: what decides the slots; when it changes, those of the old text that were missed are let go.
    """

    timetable: Timetable
    zone: str
    missed: Missed
    at_most: int
    grace_s: int
    text: str


def timing_of(item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Timing | None:
    """When a trigger with the keys cron or every is due; None when that is wrong, which is reported."""
    is_good = zone_is_good(item, at, into)
    if ("cron" in item) == ("every" in item):
        into.problem("missing_key", at, 'It needs one of "cron" and "every".')
        return None
    table = _cron(item["cron"], at, into) if "cron" in item else _calendar(item["every"], (*at, "every"), into)
    if table is None or not is_good:
        return None
    if "at_most" in item and item.get("missed", "once") != "each":
        into.problem("unknown_key", (*at, "at_most"), 'This belongs to "missed": "each".')
        return None
    return made_timing(item, table, {key: item[key] for key in ("cron", "every") if key in item})


def made_timing(item: Mapping[str, Json], table: Timetable, told: Mapping[str, Json], at_most: int = 0) -> Timing:
    """The timing of a timetable. told: the keys that decide it."""
    zone = str(item.get("zone", ""))
    grace = seconds(item["grace"]) if "grace" in item else _DEFAULT_GRACE_S
    text = json.dumps({**told, "zone": zone}, sort_keys=True, ensure_ascii=False)
    most = at_most or item.get("at_most", _DEFAULT_EACH)
    return Timing(table, zone, item.get("missed", "once"), most, grace, text)


def zone_is_good(item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> bool:
    """Whether there is such a zone; reports another one, and a grace period of which nothing is made."""
    is_good = True
    name = item.get("zone", "")
    if name and name not in available_timezones():
        into.problem("unknown_zone", (*at, "zone"), f'There is no time zone "{name}".', name=name)
        is_good = False
    if "grace" in item and item.get("missed", "once") != "skip":
        into.problem("unknown_key", (*at, "grace"), 'This belongs to "missed": "skip".')
        is_good = False
    return is_good


def _cron(text: str, at: tuple[object, ...], into: FlowCompiler) -> Timetable | None:
    try:
        found = parse_cron(text)
    except BadTimetable as error:
        hint = "minute hour day month weekday, such as 30 9 * * mon-fri."
        into.problem("bad_cron", (*at, "cron"), str(error), hint, field=error.field)
        return None
    possible = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
    longest = max(possible[each] for each in found.months)
    if not found.is_either and min(found.days) > longest:
        into.problem("never_due", (*at, "cron"), "There is no such day: this is never due.")
        return None
    return found


def _calendar(item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Timetable | None:
    period, known = item["period"], {"weekdays", "days", "months"}
    needed = keys_of_period(period)
    lacking = sorted(needed - item.keys())
    foreign = sorted((item.keys() & known) - needed)
    for key in lacking:
        into.problem("missing_key", at, f'The key "{key}" is missing: which {key} of the {period}?', key=key)
    for key in foreign:
        into.problem("unknown_key", (*at, key), f'This does not belong to the period "{period}".')
    if lacking or foreign:
        return None
    return calendar_table(
        period, item["at"], weekdays=item.get("weekdays", ()), days=item.get("days", ()),
        months=item.get("months", ()),
    )  # fmt: skip


def row_condition(
    item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler, entity: EntityDraft
) -> Formula | None:
    """The condition under "where", asked of every record before there is a run; reports one that reads of a run."""
    found = into.row_formula(item, "where", at, entity.shape, BOOLEAN)
    if found is None:
        return None
    if any(path[0] == "record" for path in found.reads):
        message = "The records are only being looked for: write the names of their fields without `record.`."
        into.problem("not_known_yet", (*at, "where"), message)
        return None
    return found


__all__ = [
    "GRACE",
    "TIME",
    "TIME_EVENT",
    "TIMING_SCHEMA",
    "WHERE",
    "ZONE",
    "Missed",
    "Timing",
    "made_timing",
    "minute_of",
    "row_condition",
    "timing_of",
    "zone_is_good",
]  # fmt: skip
