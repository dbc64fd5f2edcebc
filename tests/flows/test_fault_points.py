"""A worker that is killed at any named point of its work leaves what another one brings to its end."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crash.processes import KILLED, count_points, run
from engine.conftest import opened
from flows.probe import probing
from flows.rig import PROGRAM, Rig, make_task
from tessera import faults
from tessera.engine.flows.draining import Drain
from tessera.engine.flows.steps.base import OutsideFailed
from tessera.runtime import Runtime
from tessera.settings import Limits

ELSEWHERE = frozenset({"flows.after_recovery", "flows.after_timers"})
"""Reached only when another worker has died, or when time has passed; killed in the tests of their own."""


@contextmanager
def rigged(url: str, folder: Path) -> Iterator[Rig]:
    """Flows with accounts; leases end at once, and no run is taken for what kills its workers."""
    with probing(folder / "calls.txt") as probe:
        runtime = opened(url, *PROGRAM)
        limits = replace(Limits(), flow_lease_s=0, flow_deaths=0)
        runtime.settings = replace(runtime.settings, limits=limits)
        rig = Rig(runtime, probe, 1)
        rig.prepare()
        yield rig
        runtime.close()


def drained(runtime: Runtime) -> None:
    """What a worker does."""
    Drain(runtime).all()


def survived(rig: Rig, nth: int | None) -> None:
    """Kill a worker at each point that it reaches: the first time, or at that share of the times."""
    chance = random.Random(7)
    make_task(rig.runtime, chance)
    reached = count_points(rig.runtime, drained)
    assert set(reached) >= {each for each in faults.known() if each.startswith("flows.")} - ELSEWHERE
    for name, count in sorted(reached.items()):
        make_task(rig.runtime, chance)
        at = 1 if nth is None else max(1, count * nth // 4)
        assert run(rig.runtime, drained, f"{name}:{at}") == KILLED, name
        rig.calm()
        assert list(rig.problems()) == [], f"killed at {name}:{at}"


@pytest.mark.full
def test_a_kill_at_every_point_is_survived(database_url: str, tmp_path: Path) -> None:
    with rigged(database_url, tmp_path) as rig:
        survived(rig, None)


@pytest.mark.long
@pytest.mark.parametrize("share", [2, 3, 4])
def test_a_kill_at_every_point_later_on_is_survived(database_url: str, tmp_path: Path, share: int) -> None:
    with rigged(database_url, tmp_path) as rig:
        survived(rig, share)


@pytest.mark.parametrize("point", sorted(ELSEWHERE))
def test_a_kill_while_runs_are_taken_over_or_woken_is_survived(database_url: str, tmp_path: Path, point: str) -> None:
    with rigged(database_url, tmp_path) as rig:
        make_task(rig.runtime, random.Random(3))
        # One run belongs to a worker that died; another one has failed an attempt and waits for the next.
        assert run(rig.runtime, drained, "flows.after_step:2") == KILLED
        rig.probe.act = partial(failed_once, tmp_path / "failed")
        assert run(rig.runtime, looking, point) == KILLED
        rig.calm()
        assert list(rig.problems()) == []


def failed_once(mark: Path, request: Any, _key: str) -> Any:
    """A call that fails the first time that any process makes it."""
    if not mark.exists():
        mark.touch()
        raise OutsideFailed(why="the first time")
    return request


def looking(runtime: Runtime) -> None:
    """What a worker does that looks for work again and again, until it is killed."""
    drain = Drain(runtime)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        drain.rest()
        drain.all()
        time.sleep(0.02)
