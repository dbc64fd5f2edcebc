"""Timers and schedules that come due together in great numbers are done in portions, and others need not wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from flows.kit import Works, flow, on
from flows.test_schedules import at, slots, ticking
from tessera.engine import records
from tessera.engine.flows.driving import BATCH
from tessera.store.system.flows import run

Begin = Callable[..., Works]
NOTHING = {"do": "set", "values": {"seen": "1"}}
VARIABLES = [{"uid": "see", "name": "seen", "type": "number"}]
MANY = [200, pytest.param(100_000, marks=pytest.mark.long)]


def people(works: Works, count: int) -> None:
    """So many records of persons."""
    for start in range(0, count, 10_000):
        rows = [{"name": str(number)} for number in range(start, min(start + 10_000, count))]
        works.runtime.write(works.context(), lambda work, rows=rows: records.bulk_create(work, "person", rows))


def left(works: Works, name: str) -> int:
    """How many runs of a flow are not at their end."""
    with works.runtime.database.read() as tx:
        mine = (run.c.flow == f"work:{name}") & run.c.finished_at.is_(None)
        return int(tx.scalar(sa.select(sa.func.count()).where(mine)) or 0)


def one_round(works: Works) -> None:
    """What a worker does in one round, a moment later than the one before."""
    works.later(milliseconds=1)
    works.drain.once()


@pytest.mark.parametrize("count", MANY)
def test_timers_that_end_together_leave_room_for_others(begin: Begin, count: int) -> None:
    works = ticking(
        begin, at("2025-03-10 00:00"),
        flow("sleeps", on("record.created", "person"), {"do": "wait", "for": "1h"}, NOTHING, variables=VARIABLES),
        flow("quick", on("record.created", "account"), NOTHING, variables=VARIABLES),
    )  # fmt: skip
    people(works, count)
    works.settle()
    assert left(works, "sleeps") == count
    works.later(hours=1)
    one_round(works)
    works.create("account", code="A")
    rounds = 0
    while not works.runs("quick") or left(works, "quick"):
        one_round(works)
        rounds += 1
    assert rounds <= 2 + 2 * BATCH // (BATCH // 2)
    assert left(works, "sleeps") > count - (rounds + 2) * 2 * BATCH
    works.drain.all(rounds=10 * count)
    assert left(works, "sleeps") == 0 and set(works.states()) == {"done"}


@pytest.mark.parametrize("count", MANY)
def test_a_slot_for_many_records_leaves_room_for_others(begin: Begin, count: int) -> None:
    daily = {"period": "day", "at": "09:00"}
    works = ticking(
        begin, at("2025-03-10 00:00"),
        flow("each", on("schedule", "person", every=daily, zone="UTC"), NOTHING, variables=VARIABLES),
        flow("quick", on("record.created", "account"), NOTHING, variables=VARIABLES),
    )  # fmt: skip
    people(works, count)
    works.settle()
    works.now = at("2025-03-10 09:00")
    for _ in range(2):
        one_round(works)
    works.create("account", code="A")
    rounds = 0
    while not works.runs("quick") or left(works, "quick"):
        one_round(works)
        rounds += 1
    assert rounds <= 2 + 2 * BATCH // (BATCH // 2)
    assert [each["state"] for each in slots(works)] == ["open"]
    works.drain.all(rounds=10 * count)
    assert [(each["state"], each["made"]) for each in slots(works)] == [("done", count)]
    assert left(works, "each") == 0 and len(works.runs("each")) == count
