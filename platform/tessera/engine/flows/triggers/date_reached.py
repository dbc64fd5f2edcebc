"""Triggers about dates of records: on a day, the records are looked for whose date leads to it.

Nothing is planned for a record beforehand, so there is nothing to plan again when its date changes, and a million
records cost one statement a day. Which dates lead to a day is the question of EDATE turned round: the last day of a
month is reached from several days of a longer one.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from tessera.engine.flows.errors import FieldGone
from tessera.engine.flows.triggers.base import CLOCKED, Clocked, Condition, Slot
from tessera.engine.work import Work
from tessera.formula import check_formula
from tessera.formula.library.dates import edate
from tessera.formula.shapes import BOOLEAN, Scope
from tessera.meta.flows import FlowDoc
from tessera.meta.model import Entity
from tessera.meta.timetables import instant_of
from tessera.meta.triggers.date_reached_trigger import DateReached


def dates_leading_to(day: date, days: int, months: int) -> tuple[date, date]:
    """The first and the last date from which it is so many days and months to a day; none when first > last.

    >>> dates_leading_to(date(2026, 2, 28), 0, 1)
    (datetime.date(2026, 1, 28), datetime.date(2026, 1, 31))
    """
    if not months:
        found = day - timedelta(days=days)
        return found, found
    first = edate(day, -months)
    if first.day != day.day:
        # That month has no such day, so no date of it leads there: (31st of March, 1 month) is no 31st of February.
        return first + timedelta(days=1), first
    is_last = day.day == monthrange(day.year, day.month)[1]
    return first, first.replace(day=monthrange(first.year, first.month)[1]) if is_last else first


def days_of_year(first: date, last: date) -> Iterator[tuple[int, int, int]]:
    """Month, first and last day of the dates whose anniversaries these are; the 29th of February has one each year."""
    day = first
    while day <= last:
        end = min(last, day.replace(day=monthrange(day.year, day.month)[1]))
        is_short = end.month == 2 and end.day == 28 and not isleap(end.year)
        yield day.month, day.day, 29 if is_short else end.day
        day = end + timedelta(days=1)


class DateReachedOnDay(Clocked):
    """The records whose date leads to the day of the slot, or to one of those that were missed before it."""

    def condition(self, work: Work, doc: FlowDoc, entity: Entity, slot: Slot) -> Condition | None:
        """A comparison of the field with the dates that are meant."""
        options: DateReached = doc.trigger.options
        field = next((each for each in entity.fields if each.key == options.field), None)
        if field is None:
            raise FieldGone(field=options.field)
        every = [slot.first_day + timedelta(days=ahead) for ahead in range((slot.day - slot.first_day).days + 1)]
        spans = joined(dates_leading_to(day, options.days, options.months) for day in every)
        if options.is_yearly:
            parts = [_yearly(field.name, *each) for span in spans for each in days_of_year(*span)]
            parts = [f"({' OR '.join(parts)}) AND {field.name} < {_day(slot.day + timedelta(days=1))}"] if parts else []
        elif options.is_instant:
            parts = [_instants(field.name, span, slot) for span in spans]
        else:
            parts = [f"({field.name} >= {_day(first)} AND {field.name} <= {_day(last)})" for first, last in spans]
        return check_formula(" OR ".join(parts) or "1 = 0", Scope(entity), BOOLEAN)


def joined(spans: Iterator[tuple[date, date]]) -> list[tuple[date, date]]:
    """The same days as few spans, in order; what is no span is left out.

    >>> joined(iter([(date(2026, 1, 1), date(2026, 1, 1)), (date(2026, 1, 2), date(2026, 1, 2))]))
    [(datetime.date(2026, 1, 1), datetime.date(2026, 1, 2))]
    """
    found: list[tuple[date, date]] = []
    for first, last in sorted(each for each in spans if each[0] <= each[1]):
        if found and first <= found[-1][1] + timedelta(days=1):
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _day(day: date) -> str:
    return f"DATE({day.year}, {day.month}, {day.day})"


def _yearly(name: str, month: int, first: int, last: int) -> str:
    return f"(MONTH({name}) = {month} AND DAY({name}) >= {first} AND DAY({name}) <= {last})"


def _instants(name: str, span: tuple[date, date], slot: Slot) -> str:
    start = instant_of(datetime.combine(span[0], time()), slot.zone)
    end = instant_of(datetime.combine(span[1] + timedelta(days=1), time()), slot.zone)
    return f"({name} >= {_instant(start)} AND {name} < {_instant(end)})"


def _instant(at: datetime) -> str:
    return f'DATETIME("{at.isoformat()}")'


CLOCKED.add("date_reached", DateReachedOnDay())
