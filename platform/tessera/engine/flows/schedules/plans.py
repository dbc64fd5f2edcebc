"""Plans: for each flow that goes by the clock, how far it has come and when it is next due.

The clock is that of the database, so that workers on several hosts agree; a Context with a clock of its own (tests, dry
runs) goes by that. A plan never goes back: when the clock does, slots that were dealt with stay so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tessera.context import utc_now
from tessera.engine.flows.claiming import database_now
from tessera.engine.flows.triggers import CLOCKED
from tessera.engine.work import Work
from tessera.meta.flows import FlowDoc
from tessera.meta.model import Model
from tessera.meta.triggers.timing import Timing
from tessera.store.system.catalog import release_table
from tessera.store.system.flows import schedule

LONGEST_AWAY = timedelta(days=400)
"""Slots that were missed longer ago than this are not even counted."""

_CLOCKED = "flows.clocked"
_SETTLED = "flows.plans_settled"


@dataclass(frozen=True, slots=True)
class Due:
    """A slot that is to be fired, or let go. since_at: the first slot that it stands for; missed: those before it."""

    at: datetime
    since_at: datetime
    missed: int = 0
    is_fired: bool = True


def now_of(work: Work) -> datetime:
    """The instant that schedules go by."""
    found: datetime = database_now(work.tx) if work.ctx.clock is utc_now else work.now
    return found


def clocked_flows(model: Model) -> dict[str, FlowDoc]:
    """The flows of a Model that go by the clock, by key; those that are off, too."""
    found: dict[str, FlowDoc] | None = model.cache.get(_CLOCKED)
    if found is None:
        found = model.cache[_CLOCKED] = {doc.key: doc for doc in model.all("flow") if doc.trigger.on in CLOCKED}
    return found


def timing_of(doc: FlowDoc) -> Timing:
    """When a flow is due that goes by the clock."""
    found: Timing = doc.trigger.options.timing
    return found


def zone_of(work: Work, doc: FlowDoc) -> ZoneInfo:
    """Whose clocks a flow goes by: the program's, unless it says."""
    return ZoneInfo(timing_of(doc).zone or work.settings.zone)


def spec_of(work: Work, doc: FlowDoc | None) -> str:
    """What decides the slots of a flow; "" for one that is off or gone."""
    if doc is None or not doc.is_active:
        return ""
    return f"{zone_of(work, doc).key} {timing_of(doc).text}"


def next_slot(work: Work, doc: FlowDoc, after: datetime) -> datetime | None:
    """The first slot of a flow after an instant."""
    return next(timing_of(doc).timetable.slots(zone_of(work, doc), after), None)


def due_slots(timing: Timing, zone: ZoneInfo, through: datetime, now: datetime) -> list[Due]:
    """What is to be done about the slots after one instant up to another, by the policy for missed ones."""
    start = max(through, now - LONGEST_AWAY)
    slots = list(timing.timetable.slots(zone, start, now))
    if not slots:
        return []
    if timing.missed == "once":
        kept = slots[-timing.at_most :]
        return [Due(slots[-1], kept[0], len(slots) - 1)]
    if timing.missed == "each":
        kept = slots[-timing.at_most :]
    else:
        kept = [each for each in slots if now - each <= timedelta(seconds=timing.grace_s)]
    lost = len(slots) - len(kept)
    if not kept:
        return [Due(slots[-1], slots[0], lost, is_fired=False)]
    return [Due(each, each, lost if place == 0 else 0) for place, each in enumerate(kept)]


def plans_are_settled(work: Work) -> bool:
    """Whether every plan is as the head release has it; asked of the database once for each release and process."""
    cache = work.model.cache
    if _SETTLED not in cache:
        specs = {key: spec_of(work, doc) for key, doc in clocked_flows(work.model).items()}
        known = {row["flow"]: row["spec"] for row in work.tx.rows(sa.select(schedule.c.flow, schedule.c.spec))}
        if any(known.get(key) != spec for key, spec in specs.items()) or any(
            known[key] for key in known.keys() - specs
        ):
            return False
        cache[_SETTLED] = True
    return True


def forget_settled(work: Work) -> None:
    """Have it asked again."""
    work.model.cache.pop(_SETTLED, None)


def settle_plans(work: Work) -> None:
    """Bring the plans in line with the flows of the head release; safe to repeat.

    A flow that is new, or is due at other times than before, begins with its release: no slot before it counts.
    """
    flows = clocked_flows(work.model)
    known = {row["flow"]: row for row in work.tx.rows(sa.select(schedule).order_by(schedule.c.flow))}
    begun = work.tx.scalar(sa.select(release_table.c.created_at).where(release_table.c.number == work.model.number))
    since = min(begun or now_of(work), now_of(work))
    for key in sorted({*flows, *known}):
        doc, row = flows.get(key), known.get(key)
        spec = spec_of(work, doc)
        if row is not None and row["spec"] == spec:
            continue
        through = since if row is None else max(since, row["through_at"])
        following = next_slot(work, doc, through) if doc is not None and spec else None
        if row is None:
            add_if_new(work, schedule, flow=key, spec=spec, through_at=through, next_at=following)
        else:
            mine = sa.update(schedule).where(schedule.c.flow == key, schedule.c.spec == row["spec"])
            work.tx.execute(mine.values(spec=spec, through_at=through, next_at=following))


def add_if_new(work: Work, table: sa.Table, **values: object) -> bool:
    """Insert a row unless there is one of its key; whether there was none."""
    from sqlalchemy.dialects import postgresql, sqlite

    make = postgresql.insert if work.tx.dialect == "postgresql" else sqlite.insert
    statement = make(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return work.tx.execute(statement).first() is not None


def slots_ahead(work: Work, doc: FlowDoc, count: int, after: datetime) -> Iterator[datetime]:
    """The next so many slots of a flow."""
    slots = timing_of(doc).timetable.slots(zone_of(work, doc), after)
    for _, each in zip(range(count), slots, strict=False):
        yield each
