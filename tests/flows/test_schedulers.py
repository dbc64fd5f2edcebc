"""Three schedulers at once, through both changes of clocks and jumps of the clock: each slot once."""

from __future__ import annotations

import mmap
import os
import struct
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flows.kit import Works, flow, on
from flows.test_control import memo, memos
from flows.test_schedules import at, slots, ticking
from patience import until
from tessera.context import SYSTEM, Context
from tessera.engine.flows.draining import Drain
from tessera.meta.timetables import parse_cron

Begin = Callable[..., Works]
SCHEDULERS = 3
BERLIN = ZoneInfo("Europe/Berlin")
TENTHS = "*/10 * * * *"
SPRING, AUTUMN = at("2026-03-29 00:00"), at("2026-10-24 23:00")
EACH = flow(
    "each", on("schedule", "", cron=TENTHS, zone=BERLIN.key, missed="each", at_most=1000), memo("'e ' & event.slot")
)
ONCE = flow("once", on("schedule", "", cron=TENTHS, zone=BERLIN.key), memo("'o ' & event.slot"))
NIGHT = flow("night", on("schedule", "", every={"period": "day", "at": "02:30"}, zone=BERLIN.key),
             memo("'n ' & event.slot"))  # fmt: skip


class Clock:
    """A clock that processes share: what it shows, whether they are to end, and the step that each has come to."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8 * (2 + SCHEDULERS))

    def _get(self, place: int) -> float:
        found: float = struct.unpack_from("d", self._shared, 8 * place)[0]
        return found

    def _set(self, place: int, value: float) -> None:
        struct.pack_into("d", self._shared, 8 * place, value)

    def now(self) -> datetime:
        """What it shows."""
        return datetime.fromtimestamp(self._get(0), UTC)

    def show(self, instant: datetime) -> None:
        """Let every process see another instant."""
        self._set(0, instant.timestamp())

    def step(self) -> float:
        """The step that all are to come to; less than 0 when they are to end."""
        return self._get(1)

    def go_to(self, step: float) -> None:
        """Have all of them come to a step."""
        self._set(1, step)

    def come_to(self, scheduler: int, step: float) -> None:
        """A scheduler has done whatever was due at a step."""
        self._set(2 + scheduler, step)

    def all_at(self, step: float) -> bool:
        """Whether all have come to a step."""
        return all(self._get(2 + each) >= step for each in range(SCHEDULERS))


@contextmanager
def schedulers(works: Works, clock: Clock) -> Iterator[None]:
    """Processes that do what workers do, by that clock."""
    works.runtime.close()
    children = [_start(works, clock, number) for number in range(SCHEDULERS)]
    try:
        yield
    finally:
        clock.go_to(-1)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert codes == [0] * SCHEDULERS


def _start(works: Works, clock: Clock, number: int) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        drain = Drain(works.runtime, lambda: Context(actor=SYSTEM, clock=clock.now))
        while (step := clock.step()) >= 0:
            drain.rest()
            if not drain.once():
                clock.come_to(number, step)
                time.sleep(0.002)
        works.runtime.close()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def gone_through(works: Works, instants: Sequence[datetime]) -> None:
    """Let the clock show these instants, one after the other, with all schedulers at work at each of them."""
    clock = Clock()
    clock.show(works.now)
    with schedulers(works, clock):
        for step, instant in enumerate(instants, 1):
            clock.show(instant)
            clock.go_to(step)
            until(lambda step=step: clock.all_at(step), f"step {step}")  # type: ignore[misc]
    works.now = max(instants)
    works.settle()


def wanted(start: datetime, end: datetime) -> list[str]:
    """The slots of every ten minutes on Berlin's clocks."""
    found = parse_cron(TENTHS).slots(BERLIN, start, end)
    return [each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in found]


def problems(works: Works, start: datetime, end: datetime) -> Iterator[str]:
    """What is not as it should be: slots that were lost, and runs that are too many."""
    due = wanted(start, end)
    told = Counter(memos(works))
    for slot in due:
        if told[f"e {slot}"] != 1:
            yield f"{slot} has {told[f'e {slot}']} runs"
    if any(count > 1 for count in told.values()):
        yield f"twice: {[each for each, count in told.items() if count > 1]}"
    once = [each for each in slots(works) if each["schedule"].endswith(":once")]
    if sum(each["missed"] + 1 for each in once) != len(due):
        yield f"once: {[(each['slot'], each['missed']) for each in once]}"
    if len(told) != len(slots(works)):
        yield f"{len(told)} runs for {len(slots(works))} slots"


def moments(start: datetime, hours: float, **step: float) -> list[datetime]:
    """Instants from one on."""
    pace = timedelta(**step)
    return [start + pace * number for number in range(1, round(timedelta(hours=hours) / pace) + 1)]


@pytest.mark.parametrize(
    ("start", "nights"),
    [(SPRING, ["n 2026-03-29T01:00:00Z"]), (AUTUMN, ["n 2026-10-25T00:30:00Z"])],
    ids=["spring", "autumn"],
)
def test_three_schedulers_fire_each_slot_once_when_clocks_change(
    begin: Begin, start: datetime, nights: list[str]
) -> None:
    works = ticking(begin, start, EACH, ONCE, NIGHT)
    gone_through(works, moments(start, 3, minutes=18))
    assert list(problems(works, start, works.now)) == []
    assert [each for each in memos(works) if each.startswith("n ")] == nights
    assert len(wanted(start, works.now)) == (18 if start == SPRING else 12)


def test_three_schedulers_fire_each_slot_once_when_the_clock_jumps(begin: Begin) -> None:
    start = at("2026-06-01 00:00")
    works = ticking(begin, start, EACH, ONCE, NIGHT)
    day = timedelta(days=1)
    forward = [start + timedelta(minutes=15), start + day, start + day + timedelta(minutes=25)]
    back = [start + timedelta(minutes=40), start + timedelta(minutes=55), start + timedelta(hours=1)]
    gone_through(works, [*forward, *back, start + day + timedelta(minutes=30), start + day + timedelta(hours=2)])
    assert list(problems(works, start, works.now)) == []


@pytest.mark.long
def test_three_schedulers_run_an_hour_at_sixty_times_the_speed(begin: Begin) -> None:
    minutely = flow("each", on("schedule", "", cron="* * * * *", zone=BERLIN.key, missed="each", at_most=1000),
                    memo("'e ' & event.slot"))  # fmt: skip
    start = SPRING + timedelta(minutes=30)
    works = ticking(begin, start, minutely)
    clock, began = Clock(), time.monotonic()
    clock.show(start)
    jumps = {20: timedelta(minutes=7), 40: timedelta(minutes=-7)}
    jumped, ahead = timedelta(), 0.0
    with schedulers(works, clock):
        while ahead < 60:
            ahead = time.monotonic() - began
            for second in [each for each in jumps if each <= ahead]:
                jumped += jumps.pop(second)
            clock.show(start + 60 * timedelta(seconds=ahead) + jumped)
            time.sleep(0.01)
    works.now = start + timedelta(minutes=70)
    works.settle()
    due = list(parse_cron("* * * * *").slots(BERLIN, start, works.now))
    assert Counter(memos(works)) == Counter(f"e {each:%Y-%m-%dT%H:%M:%SZ}" for each in due)
    assert set(works.states()) == {"done"}
