"""Flows: how soon a change has its first step, runs a second, and very many timers and lots that are due at once.

"with Redis" and "Redis down" make a record every 50 ms and tell the milliseconds from the event to the first step, of
`tessera worker` with two processes on PostgreSQL. "three steps" lets them work off a backlog of runs that create a
record, update another one and set a variable. "timers" are runs that wait for the same instant; "beside" is what a
record's first step took meanwhile. "lots" end on the same day; the balance is asked for before anything is settled, and
must be right then already. `TESSERA_BENCH_SCALE=0.01` makes all of it that much smaller. Targets: p50 30 ms and p99
200 ms, 2.5 s with Redis down, 250 runs a second, 5 minutes for a million lots.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.bench.common import new_database, seconds, table

from engine.conftest import field, label, small_package
from flows.books import LEDGER, TIMELINE
from flows.kit import flow, on
from flows.redis_kit import Redis, own_redis
from tessera.context import SYSTEM, Context
from tessera.engine import packages, records, timeline
from tessera.engine.flows.draining import Drain
from tessera.relay import Relay
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store.system import flows as tables

SCALE = float(os.environ.get("TESSERA_BENCH_SCALE", "1"))
EVENTS, RUNS, TIMERS = (max(20, round(count * SCALE)) for count in (400, 5_000, 100_000))
HOLDERS, LOTS_OF_EACH = max(20, round(100_000 * SCALE)), 10
AT_ONCE = 500
SLOWEST_S = 3_600
CTX = Context(actor=SYSTEM)
DUE = datetime(2024, 1, 1, tzinfo=UTC)

MARK: dict[str, Any] = {"kind": "entity", "uid": "mark", "name": "mark", "label": label("mark"),
                        "fields": [field("note"), field("count", "integer")]}  # fmt: skip
NOTE: dict[str, Any] = {**MARK, "uid": "note", "name": "note", "label": label("note")}
FIRST = flow("first", on("record.created", "mark", when="record.note = 'first'"),
             {"do": "set", "values": {"seen": "record.count"}},
             variables=[{"uid": "see", "name": "seen", "type": "number"}])  # fmt: skip
THREE = flow("three", on("record.created", "mark", when="record.note = 'three'"),
             {"do": "create_record", "entity": "note", "values": {"note": "'of ' & record.count"}},
             {"do": "update_record", "values": {"count": "record.count + 1"}},
             {"do": "set", "values": {"seen": "record.count"}},
             variables=[{"uid": "see", "name": "seen", "type": "number"}])  # fmt: skip
TIMER = flow("timer", on("record.created", "mark", when="record.note = 'timer'"), {"do": "wait", "for": "1d"},
             {"do": "set", "values": {"seen": "record.count"}},
             variables=[{"uid": "see", "name": "seen", "type": "number"}])  # fmt: skip
LOTS = {"kind": "ruleset", "uid": "on_task", "name": "on_task", "label": label("on task"), "for": "task",
        "steps": [{"uid": f"lot{number}", "post": "hours", "move": "grant", "amount": "1", "as": f"given{number}",
                   "lot": f"l{number}", "expires_on": "day + 30"} for number in range(LOTS_OF_EACH)]}  # fmt: skip


@contextmanager
def prepared(dialect: str, *documents: dict[str, Any]) -> Iterator[Runtime]:
    """A process with these documents."""
    with new_database(dialect) as url, tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=url, data_dir=Path(folder), zone="UTC", secret_key="for the bench")
        runtime = open_runtime(settings)
        packages.apply(runtime.database, runtime.settings, CTX, [small_package(*documents)], consent=True)
        yield runtime
        runtime.close()


@contextmanager
def workers(settings: Settings) -> Iterator[None]:
    """`tessera worker` with two processes."""
    command = [sys.executable, "-m", "tessera.cli", "worker", "--processes", "2"]
    process = subprocess.Popen(command, env={**os.environ, **settings.to_environment()}, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def make(runtime: Runtime, note: str, count: int) -> None:
    """So many records at once."""
    for start in range(0, count, AT_ONCE):
        rows = [{"note": note, "count": number} for number in range(start, min(start + AT_ONCE, count))]
        runtime.write(CTX, lambda work, rows=rows: records.bulk_create(work, "mark", rows).ensure_all())  # type: ignore[misc]


def done(runtime: Runtime, name: str) -> int:
    """How many runs of a flow are done."""
    counted = sa.select(sa.func.count()).where(tables.run.c.flow == f"work:{name}", tables.run.c.state == "done")
    with runtime.database.read() as tx:
        return int(tx.scalar(counted) or 0)


def await_done(runtime: Runtime, name: str, count: int) -> None:
    """Until so many runs of a flow are done."""
    end = time.monotonic() + SLOWEST_S
    while done(runtime, name) < count:
        if time.monotonic() > end:
            raise RuntimeError(f"{count} runs of {name} are not done")
        time.sleep(0.05)


def delays(runtime: Runtime, name: str, after: int = 0) -> tuple[float, float]:
    """p50 and p99 of the milliseconds from an event to its run's first step, of runs beyond an id."""
    from tessera.store.system.records import outbox

    step, run = tables.step, tables.run
    asked = (
        sa.select(outbox.c.created_at.label("told"), sa.func.min(step.c.started_at).label("begun"))
        .join(run, run.c.event_id == outbox.c.id).join(step, step.c.run_id == run.c.id)
        .where(run.c.flow == f"work:{name}", run.c.id > after).group_by(run.c.id, outbox.c.created_at)
    )  # fmt: skip
    with runtime.database.read() as tx:
        took = sorted((row["begun"] - row["told"]).total_seconds() * 1000 for row in tx.rows(asked))
    return statistics.median(took), took[min(len(took) - 1, len(took) * 99 // 100)]


def one_by_one(runtime: Runtime, count: int) -> None:
    """A record every 50 ms, as people make them."""
    for number in range(count):
        runtime.write(CTX, lambda work, n=number: records.create(work, "mark", {"note": "first", "count": n}))  # type: ignore[misc]
        time.sleep(0.05)


def measured_delays(server: Redis) -> list[tuple[Any, ...]]:
    """From the event to the first step, with Redis and without."""
    rows: list[tuple[Any, ...]] = []
    with prepared("postgresql", MARK, NOTE, FIRST) as runtime:
        settings = replace(runtime.settings, redis_url=server.url)
        relay = Relay(settings)
        relay.attach()
        with workers(settings):
            one_by_one(runtime, 5)
            await_done(runtime, "first", 5)
            made = 5
            for what in ("with Redis", "Redis down"):
                if what == "Redis down":
                    server.kill()
                after = _last_run(runtime)
                one_by_one(runtime, EVENTS)
                made += EVENTS
                await_done(runtime, "first", made)
                p50, p99 = delays(runtime, "first", after)
                rows.append((what, "event to first step, ms", EVENTS, p50, p99))
        relay.detach()
    return rows


def _last_run(runtime: Runtime) -> int:
    with runtime.database.read() as tx:
        return int(tx.scalar(sa.select(sa.func.max(tables.run.c.id))) or 0)


def measured_runs(server: Redis) -> list[tuple[Any, ...]]:
    """A backlog of runs of three steps."""
    rates = []
    for _ in range(3):
        with prepared("postgresql", MARK, NOTE, THREE) as runtime:
            make(runtime, "three", RUNS)
            with workers(replace(runtime.settings, redis_url=server.url)):
                await_done(runtime, "three", RUNS // 10)
                begun, first = time.perf_counter(), done(runtime, "three")
                await_done(runtime, "three", RUNS)
                rates.append((RUNS - first) / (time.perf_counter() - begun))
    return [("three steps", "runs a second", RUNS, statistics.median(rates), "")]


def many_timers(runtime: Runtime) -> None:
    """Runs that wait for the same instant: one that came there by itself, and copies of it."""
    names = [each.name for each in tables.run.columns]
    copied = {"id": "run.id + place", "source": "run.source || ':' || place", "lane": "NULL", "wake_at": ":due"}
    chosen = ", ".join(copied.get(name, f"run.{name}") for name in names)
    places = "WITH RECURSIVE places(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < :most)"
    with runtime.database.write(statement_timeout_s=0) as tx:
        first = tx.allocate(tables.run.name, TIMERS)[0]
        last = _scalar(tx, "SELECT id FROM tsr_run WHERE flow = 'work:timer'")
        chosen = chosen.replace("run.id + place", f"{first - 1} + place")
        tx.execute(sa.text(f"{places} INSERT INTO tsr_run ({', '.join(names)}) SELECT {chosen} FROM tsr_run run, places"
                           f" WHERE run.id = {last}").bindparams(
            sa.bindparam("due", DUE, type_=tables.run.c.wake_at.type), most=TIMERS))  # fmt: skip


def _scalar(tx: Any, text: str) -> int:
    return int(tx.scalar(sa.text(text)))


def measured_timers(server: Redis) -> list[tuple[Any, ...]]:
    """Timers that are due at once, and what begins beside them."""
    with prepared("postgresql", MARK, NOTE, FIRST, TIMER) as runtime:
        make(runtime, "timer", 1)
        Drain(runtime).all()
        settings = replace(runtime.settings, redis_url=server.url)
        relay = Relay(settings)
        relay.attach()
        with workers(settings):
            one_by_one(runtime, 5)
            await_done(runtime, "first", 5)
            after, begun = _last_run(runtime), time.perf_counter()
            many_timers(runtime)
            one_by_one(runtime, min(EVENTS, 100))
            await_done(runtime, "first", 5 + min(EVENTS, 100))
            rest = TIMERS - done(runtime, "timer")
            p50, p99 = delays(runtime, "first", after)
            await_done(runtime, "timer", TIMERS)
            took = time.perf_counter() - begun
        relay.detach()
    return [("timers", "runs a second", TIMERS, TIMERS / took, ""),
            ("beside", f"event to first step, ms, {rest:,} timers left", min(EVENTS, 100), p50, p99)]  # fmt: skip


def measured_lots() -> list[tuple[Any, ...]]:
    """Lots that end on the same day."""
    day = datetime(2024, 3, 1, 12, tzinfo=UTC)
    later = Context(actor=SYSTEM, clock=lambda: day + timedelta(days=40))
    life = {key: each for key, each in TIMELINE.items() if key != "facts"}
    with prepared("postgresql", {**LEDGER, "lots": True}, LOTS, life) as runtime:
        then = Context(actor=SYSTEM, clock=lambda: day)
        for start in range(0, HOLDERS, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, HOLDERS))
            accounts = [{"code": f"K{number}"} for number in numbers]
            tasks = [{"subject": "t", "account": f"K{number}", "day": "2024-03-01"} for number in numbers]
            runtime.write(then, lambda work, rows=accounts: records.bulk_create(work, "account", rows).ensure_all())  # type: ignore[misc]
            runtime.write(then, lambda work, rows=tasks: records.bulk_create(work, "task", rows).ensure_all())  # type: ignore[misc]
        if _balances(runtime, then) != {LOTS_OF_EACH}:
            raise RuntimeError("the lots are not there")
        first = seconds(lambda: _expect_none(runtime, later))
        took = seconds(lambda: timeline.settle_due(runtime, later))
        _expect_none(runtime, later)
    return [("lots", "lots a second", HOLDERS * LOTS_OF_EACH, HOLDERS * LOTS_OF_EACH / took, ""),
            ("lots", "balances of 20 before they are settled, ms", 20, first * 1000, "")]  # fmt: skip


def _balances(runtime: Runtime, ctx: Context) -> set[Any]:
    with runtime.reading(ctx) as work:
        found = timeline.accounts(work, "hours", list(range(1, 21)))
    return {each["balance"] for each in found.values()}


def _expect_none(runtime: Runtime, ctx: Context) -> None:
    if _balances(runtime, ctx) != {0}:
        raise RuntimeError("lots that have ended count still")


def main() -> None:
    """Measure and print."""
    with own_redis() as server:
        rows = measured_runs(server) + measured_timers(server) + measured_delays(server)
    rows += measured_lots()
    print(table(("", "what", "of", "median", "p99"), rows))


if __name__ == "__main__":
    main()
