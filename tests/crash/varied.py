"""A program with everything that the retailer's lacks: pinned history, facts, holds, reviews, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tessera.context import Context, frozen_clock
from tessera.engine import records, timeline
from tessera.engine.work import Work
from tessera.meta import Package
from tessera.runtime import Runtime
from unit.engine_timeline.program import gives, pack

T0 = datetime(2024, 6, 1, 10, tzinfo=UTC)
STEPS = [
    {"uid": "seven", "refuse": "Seven is refused.", "when": "SUM(lines, amount) = 7"},
    {**gives("earned", "FLOOR(SUM(lines, amount))"), "pin": True},
    {"uid": "grant", "post": "units", "move": "grant", "amount": "earned", "as": "earned",
     "expires_on": "EDATE(day, 12)"},
    {"uid": "much", "review": "It is much.", "when": "earned > 90"},
]


def varied() -> Sequence[Package]:
    """The program."""
    return [pack(STEPS, more={"history": "pinned"})]


def at(day: float) -> Context:
    """The system on a day."""
    return Context(clock=frozen_clock(T0 + timedelta(days=day)))


def fill(runtime: Runtime) -> None:
    """Documents in order, late, changed, refused and not settled; holds of every state; reviews that were decided."""
    with runtime.writing(at(0)) as work:
        for number in (1, 2, 3):
            records.create(work, "owner", {"code": f"O{number}"})
    for day in range(1, 7):
        with runtime.writing(at(day)) as work:
            _ticket(work, f"T{day}", day, "100", 1 + day % 2)
            _ticket(work, f"F{day}", day, "7", 1)  # refused: it waits
    for day in (7, 8, 9):
        with runtime.writing(at(day)) as work:
            _ticket(work, f"L{day}", day - 6.5, "20", 1)  # late
            records.update(work, "ticket", f"T{day - 6}", {"lines": [{"item": "a", "units": 1, "amount": "90.00"}]})
    with runtime.writing(at(10)) as work:
        for number in range(1, 7):
            timeline.hold(work, "units", 1, 5, key=f"h{number}")
        for number in (1, 2):
            timeline.post_hold(work, "units", 1, 3, key=f"h{number}")
        timeline.release_hold(work, "units", 1, key="h3")
    with runtime.writing(at(11)) as work:
        for each in timeline.reviews(work, "life"):
            timeline.decide_review(work, "life", each["id"], note="seen")
    with runtime.writing(at(12)) as work, timeline.deferred(work):
        for day in (3, 4, 5):
            _ticket(work, f"D{day}", 12, "10", 3)
            records.update(work, "ticket", f"T{day + 1}", {"lines": [{"item": "b", "units": 1, "amount": "50.00"}]})


def _ticket(work: Work, number: str, day: float, amount: str, owner: int) -> None:
    values: dict[str, Any] = {"number": number, "at": (T0 + timedelta(days=day)).isoformat(), "owner": owner,
                              "lines": [{"item": "a", "units": 1, "amount": amount}]}
    records.create(work, "ticket", values)
