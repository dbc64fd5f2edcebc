"""Flows that go by the clock: at times of a calendar, and on dates of records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.conftest import field, label
from flows.kit import Works, flow, on
from flows.test_control import memo, memos
from tessera.engine.flows.schedules.firing import fire_due
from tessera.store.system.flows import schedule, slot

Begin = Callable[..., Works]

PERSON: dict[str, Any] = {
    "kind": "entity", "uid": "person", "name": "person", "label": label("person"), "title": "name",
    "fields": [field("name"), field("born", "date"), field("until", "datetime")],
}  # fmt: skip
TELL = memo("record.name & ' ' & event.day")


def ticking(begin: Begin, now: datetime, *documents: dict[str, Any]) -> Works:
    """A runtime whose schedules begin at an instant."""
    works = begin(PERSON, *documents)
    works.now = now
    with works.runtime.database.write() as tx:
        fire_due(works.runtime, works.context(), 0)
        tx.execute(sa.update(schedule).where(schedule.c.spec != "").values(through_at=now, next_at=now))
    return works


def pass_time(works: Works, until: datetime, **step: float) -> None:
    """Let time go on to an instant by steps, with the workers at work after each."""
    while works.now < until:
        works.now = min(works.now + timedelta(**step), until)
        works.settle()


def slots(works: Works) -> list[dict[str, Any]]:
    """The slots, in their order."""
    with works.runtime.database.read() as tx:
        return tx.rows(sa.select(slot).order_by(slot.c.schedule, slot.c.slot))


def at(text: str) -> datetime:
    """An instant of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_schedule_begins_a_run_at_each_of_its_times_and_no_other(begin: Begin) -> None:
    works = ticking(
        begin, at("2025-03-10 00:00"),
        flow("cron", on("schedule", "", cron="30 9 * * mon-fri", zone="UTC"), memo("'cron ' & event.slot")),
        flow("month", on("schedule", "", every={"period": "month", "at": "08:00", "days": [31]}, zone="UTC"),
             memo("'month ' & event.day & ' ' & event.missed")),
    )  # fmt: skip
    pass_time(works, at("2025-03-17 12:00"), hours=5)
    assert memos(works) == [
        *(f"cron 2025-03-{day}T09:30:00Z" for day in (10, 11, 12, 13, 14, 17)),
    ]
    pass_time(works, at("2025-05-01 12:00"), days=1)
    assert [each for each in memos(works) if "month" in each] == ["month 2025-03-31 0", "month 2025-04-30 0"]
    assert set(works.states()) == {"done"}


def test_a_schedule_over_records_begins_a_run_for_each_that_matches_in_portions(begin: Begin) -> None:
    works = ticking(
        begin, at("2025-03-10 00:00"),
        flow("each", on("schedule", "person", every={"period": "day", "at": "09:00"}, zone="UTC",
                        where="born < event.day AND name <> 'no'"), TELL),
    )  # fmt: skip
    for name in ("a", "b", "no", "c"):
        works.create("person", name=name, born="2000-01-01")
    works.create("person", name="later", born="2030-01-01")
    works.now = at("2025-03-10 09:00")
    works.drain.rest()
    assert works.drain.all(2)
    assert memos(works) == [f"{name} 2025-03-10" for name in "abc"]
    assert [(each["state"], each["made"]) for each in slots(works)] == [("done", 3)]


def test_a_date_of_a_record_is_reached_on_its_day_as_the_record_is_then(begin: Begin) -> None:
    works = ticking(
        begin, at("2025-03-10 00:00"),
        flow("soon", on("date_reached", "person", field="born", offset={"days": -3}, at="09:00", zone="UTC"), TELL),
        flow("month", on("date_reached", "person", field="born", offset={"months": 1}, at="10:00", zone="UTC",
                         where="name <> 'no'"), memo("'a month after ' & record.name & ' ' & event.day")),
    )  # fmt: skip
    moved = works.create("person", name="moved", born="2025-03-14")["id"]
    gone = works.create("person", name="gone", born="2025-03-14")["id"]
    for name, born in (("stays", "2025-03-14"), ("no", "2025-03-14"), ("end", "2025-03-31"), ("day", "2025-03-30")):
        works.create("person", name=name, born=born)
    pass_time(works, at("2025-03-11 08:59"), hours=12)
    works.update("person", moved, born="2025-03-16")
    works.delete("person", gone)
    pass_time(works, at("2025-03-13 12:00"), hours=6)
    assert memos(works) == ["stays 2025-03-11", "no 2025-03-11", "moved 2025-03-13"]
    pass_time(works, at("2025-05-02 12:00"), days=1)
    after = [each for each in memos(works) if each.startswith("a month")]
    assert after == ["a month after stays 2025-04-14", "a month after moved 2025-04-16",
                     "a month after end 2025-04-30", "a month after day 2025-04-30"]  # fmt: skip


def test_a_date_comes_back_each_year_and_a_leap_day_is_the_28th_in_other_years(begin: Begin) -> None:
    works = ticking(
        begin, at("2025-02-20 00:00"),
        flow("birthday", on("date_reached", "person", field="born", yearly=True, at="09:00", zone="UTC"), TELL),
    )  # fmt: skip
    for name, born in (("leap", "2000-02-29"), ("plain", "1999-02-28"), ("unborn", "2026-02-28")):
        works.create("person", name=name, born=born)
    pass_time(works, at("2025-03-03 00:00"), days=1)
    assert memos(works) == ["leap 2025-02-28", "plain 2025-02-28"]
    works.now = at("2028-02-20 00:00")
    works.settle()
    before = len(memos(works))
    pass_time(works, at("2028-03-03 00:00"), days=1)
    assert memos(works)[before:] == ["plain 2028-02-28", "unborn 2028-02-28", "leap 2028-02-29"]


def test_an_instant_is_reached_on_its_day_in_the_zone(begin: Begin) -> None:
    works = ticking(
        begin, at("2025-03-10 00:00"),
        flow("ends", on("date_reached", "person", field="until", at="09:00", zone="Asia/Shanghai"), TELL),
    )  # fmt: skip
    works.create("person", name="late", until="2025-03-11T15:59:00Z")
    works.create("person", name="next", until="2025-03-11T16:00:00Z")
    pass_time(works, at("2025-03-13 00:00"), hours=4)
    assert memos(works) == ["late 2025-03-11", "next 2025-03-12"]


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ({}, ["2025-03-10T13:00:00Z 4"]),
        (
            {"missed": "each", "at_most": 3},
            ["2025-03-10T11:00:00Z 2", "2025-03-10T12:00:00Z 0", "2025-03-10T13:00:00Z 0"],
        ),
        ({"missed": "skip", "grace": "40m"}, ["2025-03-10T13:00:00Z 4"]),
        ({"missed": "skip", "grace": "1m"}, []),
    ],
)  # fmt: skip
def test_slots_that_were_missed_follow_the_policy(begin: Begin, policy: dict[str, Any], found: list[str]) -> None:
    trigger = on("schedule", "", cron="0 * * * *", zone="UTC", **policy)
    works = ticking(begin, at("2025-03-10 08:30"), flow("hourly", trigger, memo("event.slot & ' ' & event.missed")))
    works.now = at("2025-03-10 13:30")
    works.settle()
    assert memos(works) == found
    assert sum(each["missed"] + (each["state"] == "done") for each in slots(works)) == 5
    works.now = at("2025-03-10 14:00")
    works.settle()
    assert memos(works) == [*found, "2025-03-10T14:00:00Z 0"]
