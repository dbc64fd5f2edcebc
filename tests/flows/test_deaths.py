"""A run that kills its workers is taken out after a few of them; those that were only near it are not."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crash.processes import KILLED, run
from flows.kit import Works, flow, on
from flows.probe import ProbeRunner, probing
from flows.test_hands import do
from tessera.engine.flows import controlling
from tessera.engine.flows.draining import Drain
from tessera.runtime import Runtime

Begin = Callable[..., Works]


@pytest.fixture
def probe(tmp_path: Path) -> Iterator[ProbeRunner]:
    """The outside, which kills those who speak of poison."""

    def act(request: Any, _key: str) -> Any:
        if request["text"] == "poison":
            os.kill(os.getpid(), signal.SIGKILL)
        return {"echo": request["text"]}

    with probing(tmp_path / "calls.txt") as runner:
        runner.act = act
        yield runner


def working(runtime: Runtime) -> None:
    """A worker."""
    Drain(runtime).all()


def test_a_run_at_which_workers_die_has_failed_after_three_of_them(begin: Begin, probe: ProbeRunner) -> None:
    works = begin(flow("ask", on("record.created"), {"do": "probe", "text": "record.subject"}), flow_lease_s=0)
    for subject in ("one", "poison", "two", "three"):
        works.create("task", subject=subject)
    codes = [run(works.runtime, working) for _ in range(5)]
    # It dies once with others in its batch, then three times alone; the last worker finds all else to do.
    assert codes == [KILLED] * 4 + [0]
    states = {run_["given"]["event"]["topic"] + str(run_["record_id"]): run_["state"] for run_ in works.runs()}
    assert sorted(states.values()) == ["done", "done", "done", "failed"]
    [dead] = [run_ for run_ in works.runs() if run_["state"] == "failed"]
    assert dead["error"]["code"] == "poison_run" and dead["error"]["step"] == "s01" and dead["deaths"] == 3
    probe.act = None
    do(works, controlling.retry_run, dead["id"])
    works.settle()
    assert works.states() == ["done"] * 4


def test_deaths_are_forgotten_with_the_next_step_that_is_taken(begin: Begin, probe: ProbeRunner) -> None:
    works = begin(flow("ask", on("record.created"), {"do": "probe", "text": "record.subject"},
                       {"do": "wait", "for": "1h"}), flow_lease_s=0)
    works.create("task", subject="poison")
    assert [run(works.runtime, working) for _ in range(2)] == [KILLED, KILLED]
    assert works.runs()[0]["deaths"] == 0
    works.drain.rest()
    probe.act = None
    works.settle()
    [run_] = works.runs()
    assert (run_["state"], run_["deaths"], run_["is_alone"]) == ("waiting", 0, False)
