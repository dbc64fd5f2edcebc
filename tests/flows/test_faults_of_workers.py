"""Workers that are late, hang or are cut off: what they still write is refused, what they call is known by its key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from crash.processes import KILLED, run
from flows.kit import Works, flow, on
from flows.probe import probing
from flows.test_control import memo, memos
from patience import until
from tessera.context import Context
from tessera.engine.flows import dispatching
from tessera.engine.flows.claiming import claim
from tessera.engine.flows.draining import Drain
from tessera.engine.flows.driving import Driver
from tessera.engine.flows.keeping import take_over
from tessera.runtime import Runtime

Begin = Callable[..., Works]
ASK = flow("ask", on("record.created"), memo("'first ' & record.subject"), {"do": "probe", "text": "record.subject"},
           memo("'last ' & record.subject"))  # fmt: skip


def working(runtime: Runtime) -> None:
    """A worker."""
    Drain(runtime).all()


def test_f04_a_worker_whose_run_was_given_to_another_cannot_write_any_more(begin: Begin, tmp_path: Path) -> None:
    with probing(tmp_path / "calls.txt") as probe:
        works = begin(ASK, flow_lease_s=0)
        works.create("task", subject="x")
        dispatching.dispatch(works.runtime, works.context(), 10)
        late = Driver(works.runtime, works.context())
        [mine] = claim(works.runtime, works.context(), late.worker, 10)

        def meanwhile(request: object, _key: str) -> object:
            """While the late worker is outside, its lease is over, and another one brings the run to its end."""
            probe.act = None
            until(lambda: take_over(works.runtime, works.context(), 10), "the end of the lease")
            works.settle()
            assert works.states() == ["done"]
            return request

        probe.act = meanwhile
        late.drive(mine)
        late.drive(mine)
    assert works.states() == ["done"] and memos(works) == ["first x", "last x"]
    assert len({key for key, _ in probe.lines()}) == 1


def test_f06_a_call_whose_end_is_unknown_is_repeated_under_its_key_and_shown_as_repeated(
    begin: Begin, tmp_path: Path
) -> None:
    with probing(tmp_path / "calls.txt") as probe:
        works = begin(ASK, flow_lease_s=0)
        works.create("task", subject="x")
        assert run(works.runtime, working, "flows.after_call") == KILLED
        works.settle()
        [first, second] = probe.lines()
        assert first == second
    [run_] = works.runs()
    assert (run_["state"], memos(works)) == ("done", ["first x", "last x"])
    assert [(row["path"], row["repeated"]) for row in works.steps(run_["id"])] == [("s01", 0), ("s02", 1), ("s03", 0)]


def test_f19_a_call_that_hangs_is_over_at_its_deadline_and_its_late_answer_is_thrown_away(
    begin: Begin, tmp_path: Path
) -> None:
    go_on = threading.Event()

    def hang(request: object, _key: str) -> object:
        """Waits for longer than it may, whatever is raised meanwhile."""
        try:
            go_on.wait(60)
        except Exception:
            pass
        return request

    step = {"do": "probe", "text": "record.subject", "timeout": "1s", "on_error": {"retry": {"times": 0}}}
    with probing(tmp_path / "calls.txt") as probe:
        probe.act = hang
        works = begin(flow("ask", on("record.created"), step, memo("'never'")))
        works.create("task", subject="x")
        works.settle()
        go_on.set()
        works.later(hours=1)
        works.settle()
    [run_] = works.runs()
    assert (run_["state"], run_["error"]["step"], memos(works)) == ("failed", "s01", [])
    [row] = works.steps(run_["id"])
    assert (row["state"], row["output"]) == ("failed", None)


@pytest.mark.parametrize("days", [1, -1])
def test_f20_leases_go_by_the_clock_of_the_database(begin: Begin, days: int) -> None:
    works = begin(flow("long", on("record.created"), memo("record.subject")))
    works.create("task", subject="x")
    dispatching.dispatch(works.runtime, works.context(), 10)
    [mine] = claim(works.runtime, works.context(), "one", 10)
    works.now += timedelta(days=days)
    # The clock of this process jumps; the lease that another one has just been given is as long as ever.
    assert take_over(works.runtime, works.context(), 10) == 0 and works.settle() == 0
    Driver(works.runtime, works.context()).drive(mine)
    assert works.states() == ["done"] and memos(works) == ["x"]


def test_f20_a_clock_that_goes_back_lets_no_timer_go_twice(begin: Begin) -> None:
    works = begin(flow("wait", on("record.created"), {"do": "wait", "for": "1h"}, memo("record.subject")))
    works.create("task", subject="x")
    works.settle()
    works.later(days=1)
    works.settle()
    works.later(days=-1)
    works.settle()
    works.later(days=2)
    assert works.settle() == 0 and memos(works) == ["x"] and works.states() == ["done"]


def test_f38_timers_due_at_once_go_in_order_and_share_with_what_begins_meanwhile(begin: Begin) -> None:
    works = begin(
        flow("timer", on("record.created", when="record.effort > 0"),
             {"do": "wait", "until": "DATETIME('2025-03-11T00:' & record.subject & ':00Z')"},
             memo("'timer ' & record.subject")),
        flow("event", on("record.created", when="NOT record.effort > 0"), memo("'event ' & record.subject")),
    )  # fmt: skip
    # The later ones were made first; so their order is that of their times and not that of their ids.
    for number in range(59, 0, -1):
        works.create("task", subject=f"{number:02}", effort=number)
    works.settle()
    works.later(days=2)
    ticks = count()
    works.drain.context = lambda: Context(clock=lambda: works.now + timedelta(milliseconds=next(ticks)))
    works.drain.once()
    for number in range(5):
        works.create("task", subject=f"{number}")
    works.settle()
    found = memos(works)
    assert [each for each in found if each.startswith("timer")] == [f"timer {number:02}" for number in range(1, 60)]
    # What began when all timers were due is done before the last of them.
    assert found[-1] == "timer 59" and max(found.index(f"event {number}") for number in range(5)) < len(found) - 1
    assert works.states("timer") == ["done"] * 59
