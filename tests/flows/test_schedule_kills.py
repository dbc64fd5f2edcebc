"""A scheduler that is killed at any point of its work leaves each slot with its runs, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from crash.processes import KILLED, run
from flows.kit import Works, flow, on
from flows.test_control import memo, memos
from flows.test_schedules import at, slots, ticking
from tessera.context import SYSTEM, Context, frozen_clock
from tessera.engine.flows.draining import Drain
from tessera.runtime import Runtime
from tessera.store.system.flows import schedule

Begin = Callable[..., Works]

DAILY = {"period": "day", "at": "09:00"}
POINTS = ("schedules.after_plans", "schedules.after_slot", "schedules.after_fired", "schedules.after_spread")

KILLS = {"schedules.after_plans": 0, "schedules.after_fired": 1}
"""How often the slots of one instant come by; the other points once for each slot and portion."""


def working(now: datetime) -> Callable[[Runtime], object]:
    """What a worker does at an instant, three records at a time, from the beginning of its process."""

    def act(runtime: Runtime) -> Any:
        runtime.model().cache.clear()
        return Drain(runtime, lambda: Context(actor=SYSTEM, clock=frozen_clock(now))).all(3)

    return act


@pytest.mark.parametrize("point", POINTS)
def test_a_slot_has_its_runs_once_whenever_its_scheduler_is_killed(begin: Begin, point: str) -> None:
    works = ticking(
        begin, at("2025-03-10 00:00"),
        flow("one", on("schedule", "", every=DAILY, zone="UTC"), memo("'one'")),
        flow("each", on("schedule", "person", every=DAILY, zone="UTC"), memo("record.name")),
        flow("born", on("date_reached", "person", field="born", at="09:00", zone="UTC"), memo("'born ' & record.name")),
    )  # fmt: skip
    for number in range(8):
        works.create("person", name=str(number), born=f"2025-03-{10 + number % 2}")
    works.settle()
    if point == "schedules.after_plans":
        with works.runtime.database.write() as tx:
            tx.execute(sa.update(schedule).values(spec="", next_at=None))
        assert run(works.runtime, working(works.now), point) == KILLED
        works.runtime.model().cache.clear()
        works.settle()
    works.now = at("2025-03-10 09:00")
    for nth in range(1, KILLS.get(point, 2) + 1):
        assert run(works.runtime, working(works.now), f"{point}:{nth}") == KILLED
    works.settle()
    wanted = ["one", *map(str, range(8)), *(f"born {number}" for number in range(0, 8, 2))]
    assert sorted(memos(works)) == sorted(wanted)
    assert [each["made"] for each in slots(works)] == [4, 8, 1]
