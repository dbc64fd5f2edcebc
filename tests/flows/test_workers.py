"""Worker processes: with RQ and without, killed, with a Redis that loses everything; and the thread of a server."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.kit import Works, flow, on, works_with
from flows.postgres_kit import Cluster
from flows.redis_kit import own_redis
from flows.test_control import memo, memos
from flows.test_kills import seed_of_storm
from patience import until
from tessera.relay import Relay
from tessera.settings import Limits, Settings
from tessera.store.system import flows as tables
from tessera.web.background import Flows

Begin = Callable[..., Works]
KEYS = 10
CHAIN = flow(
    "chain", on("record.created"),
    memo("COALESCE(record.account.region, '') & '>' & record.subject"),
    {"do": "update_record", "record": "record.account", "values": {"region": "record.subject"}},
    memo("'b ' & record.subject"),
    order_by="record.account",
)  # fmt: skip


def settings_of(works: Works, redis_url: str = "") -> Settings:
    """Settings of workers on the database of a test: short leases, and no run is taken for what kills its workers."""
    limits = replace(Limits(), flow_lease_s=2, flow_deaths=0)
    return replace(works.runtime.settings, redis_url=redis_url, limits=limits)


@contextmanager
def crew(settings: Settings, processes: int = 2) -> Iterator[subprocess.Popen[bytes]]:
    """`tessera worker`, ended by SIGTERM, upon which it must come to its end by itself."""
    environment = {**os.environ, **settings.to_environment(), "PYTHONPATH": "platform"}
    command = [sys.executable, "-m", "tessera.cli", "worker", "--processes", str(processes)]
    process = subprocess.Popen(command, env=environment)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def children_of(parent: int) -> list[int]:
    """The processes that a process has begun, themselves with theirs."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            child = int(path.parent.name)
            found += [child, *children_of(child)]
    return found


def wait_for(works: Works, runs: int, seconds: float = 120) -> None:
    """Until so many runs are done; none may fail."""
    state = tables.run.c.state
    counted = sa.select(state, sa.func.count().label("count")).group_by(state)
    found: dict[str, int] = {}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and "failed" not in found:
        with works.runtime.database.read() as tx:
            found = {row["state"]: row["count"] for row in tx.rows(counted)}
        if found.get("done", 0) >= runs:
            return
        time.sleep(0.05)
    errors = [run["error"] for run in works.runs() if run["error"]]
    raise AssertionError(f"{found} instead of {runs} that are done: {errors}")


def ensure_once(works: Works, account: int, subjects: list[str]) -> None:
    """Every effect is there once, in the order of the events: each receipt names the subject before its own."""
    assert works.get("account", account)["region"] == subjects[-1]
    links = [f"{before}>{each}" for before, each in pairwise(["", *subjects])]
    assert sorted(memos(works)) == sorted([*links, *(f"b {each}" for each in subjects)])


def test_workers_of_rq_do_what_was_left_and_are_rung_for(begin: Begin) -> None:
    works = begin(CHAIN)
    account = works.create("account", code="A")["id"]
    works.create("task", subject="before", account=account)
    with own_redis() as server:
        settings = settings_of(works, server.url)
        relay = Relay(settings)
        relay.attach()
        try:
            with crew(settings):
                wait_for(works, 1)
                for number in range(5):
                    works.create("task", subject=str(number), account=account)
                wait_for(works, 6)
        finally:
            relay.detach()
    ensure_once(works, account, ["before", *map(str, range(5))])


def test_workers_without_redis_look_by_themselves(begin: Begin) -> None:
    works = begin(CHAIN)
    account = works.create("account", code="A")["id"]
    works.create("task", subject="one", account=account)
    with crew(settings_of(works), 1):
        wait_for(works, 1)
        works.create("task", subject="two", account=account)
        wait_for(works, 2)
    ensure_once(works, account, ["one", "two"])


def test_a_server_without_redis_does_the_work_in_a_thread(begin: Begin) -> None:
    works = begin(CHAIN)
    account = works.create("account", code="A")["id"]
    thread = Flows(works.runtime.settings)
    thread.start()
    try:
        works.create("task", subject="one", account=account)
        wait_for(works, 1)
    finally:
        thread.stop()
    ensure_once(works, account, ["one"])


def test_a_missing_redis_harms_nobody(begin: Begin) -> None:
    works = begin(CHAIN)
    relay = Relay(settings_of(works, "redis://127.0.0.1:1/0"))
    assert not relay.ring() and not relay.ring(again=True) and not relay.is_there()
    assert not relay.await_ring(0.1) and not relay.leave()
    relay.call_help()
    account = works.create("account", code="A")["id"]
    relay.attach()
    try:
        works.create("task", subject="one", account=account)
    finally:
        relay.detach()
    works.settle()
    assert works.states() == ["done"]


def killed_one_of(victims: list[int], chance: random.Random) -> int:
    """1 when one of the processes was there to be killed, else 0."""
    try:
        os.kill(chance.choice(victims), signal.SIGKILL)
    except (ProcessLookupError, IndexError):
        return 0
    return 1


@dataclass(frozen=True)
class Weather:
    """What befalls workers, Redis and PostgreSQL, in random order, and how many runs there are meanwhile."""

    kills: int
    redis_kills: int
    flushes: int
    restarts: int = 0
    runs: int = 40

    def blows(self, chance: random.Random) -> list[str]:
        """One after the other."""
        found = ["worker"] * self.kills + ["redis"] * self.redis_kills + ["flush"] * self.flushes
        found += ["database"] * self.restarts
        chance.shuffle(found)
        return found


def storm(works: Works, weather: Weather, seed: int, cluster: Cluster | None = None) -> None:
    """Records are made while workers are killed, Redis is killed and emptied, and PostgreSQL restarts."""
    chance = random.Random(seed)
    subjects: dict[int, list[str]] = {works.create("account", code=f"K{each}")["id"]: [] for each in range(KEYS)}
    made = 0
    with own_redis() as server:
        settings = settings_of(works, server.url)
        relay = Relay(settings)
        relay.attach()
        try:
            with crew(settings) as process:
                blows = weather.blows(chance)
                for place, blow in enumerate(blows, 1):
                    while made < weather.runs * place // len(blows):
                        account = chance.choice(list(subjects))
                        subjects[account].append(f"s{made}")
                        works.create("task", subject=f"s{made}", account=account)
                        made += 1
                    if blow == "worker":
                        until(lambda: killed_one_of(children_of(process.pid), chance), "somebody to kill")
                    elif blow == "flush":
                        server.flush()
                    elif blow == "redis":
                        server.kill()
                        server.begin()
                    elif cluster is not None:
                        cluster.stop(chance.choice(["fast", "immediate"]))
                        cluster.begin()
                    time.sleep(chance.uniform(0.05, 0.5))
                wait_for(works, made, 900)
        finally:
            relay.detach()
    ensure_each_once(works, subjects)
    tell_delays(works)


def ensure_each_once(works: Works, subjects: dict[int, list[str]]) -> None:
    """As `ensure_once`, of several accounts."""
    wanted = []
    for account, mine in subjects.items():
        assert works.get("account", account)["region"] == (mine[-1] if mine else None)
        wanted += [f"{before}>{each}" for before, each in pairwise(["", *mine])] + [f"b {each}" for each in mine]
    assert sorted(memos(works)) == sorted(wanted)


def tell_delays(works: Works) -> None:
    """Print how long runs took from their event to their end, those apart that a dead worker had claimed."""
    for name, is_meant in (("all runs", lambda run: True), ("taken over", lambda run: run["fence"] > 1)):
        took = sorted((run["finished_at"] - run["created_at"]).total_seconds() for run in works.runs() if is_meant(run))
        if took:
            print(f"{name}: {len(took)}, p50 {took[len(took) // 2]:.2f} s, p99 {took[len(took) * 99 // 100]:.2f} s")


@pytest.mark.full
def test_killed_workers_and_a_redis_that_forgets_lose_nothing(begin: Begin) -> None:
    seed = seed_of_storm()
    print(f"\nto see the same again: TESSERA_SEED={seed}")
    storm(begin(CHAIN), Weather(kills=15, redis_kills=2, flushes=4), seed)


@pytest.mark.long
def test_hundreds_of_killed_workers_and_restarts_of_all_they_need_lose_nothing(cluster: Cluster) -> None:
    seed = seed_of_storm()
    print(f"\nto see the same again: TESSERA_SEED={seed}")
    works = works_with(cluster.url(cluster.create()), CHAIN)
    storm(works, Weather(kills=300, redis_kills=20, flushes=10, restarts=3, runs=3_000), seed, cluster)
    works.runtime.close()
