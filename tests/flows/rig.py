"""Workers that are killed at random while they make records and drive the runs that these begin.

Each worker makes a record now and then and does the chores; it lives for 5 to 120 ms. Nothing is told to anybody when
it dies. In the end one worker that is left alone brings everything to its end, and the books are looked at.
"""

from __future__ import annotations

import os
import random
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from flows.books import BOOKS
from flows.kit import flow, on
from flows.probe import ProbeRunner
from patience import until
from tessera.context import SYSTEM, Context
from tessera.engine import records, timeline
from tessera.engine.flows.draining import Drain
from tessera.engine.flows.running import idem_key
from tessera.errors import Unavailable
from tessera.runtime import Runtime
from tessera.store.system import flows as tables
from tessera.store.system.records import outbox

WORKERS = 4
LIFE_MS = (5, 120)
ACCOUNTS = 5

CHAIN = flow(
    "chain", on("record.created"),
    {"do": "post", "ledger": "hours", "holder": "record.account", "move": "grant", "amount": "3", "total": "one"},
    {"do": "probe", "text": "record.subject", "on_error": {"retry": {"times": 5, "first": "1s"}}},
    {"do": "post", "ledger": "hours", "holder": "record.account", "move": "grant", "amount": "4", "total": "two"},
)  # fmt: skip
IN_ORDER = flow(
    "in_order", on("record.created"),
    {"do": "for_each", "in": "record.items", "each": "line", "steps": [
        {"do": "create_record", "entity": "receipt", "values": {"memo": "record.subject & ' ' & line.item"}}]},
    {"do": "create_record", "entity": "receipt",
     "values": {"memo": "COALESCE(record.account.region, '') & '>' & record.subject"}},
    {"do": "update_record", "record": "record.account", "values": {"region": "record.subject"}},
    order_by="record.account",
)  # fmt: skip
CALLER = flow(
    "caller", on("record.created"),
    {"do": "wait", "until": "record.created_at"},
    {"do": "call_flow", "flow": "called", "record": "record", "as": "got"},
    {"do": "update_record", "values": {"effort": "FLOOR(got.twice)"}},
)  # fmt: skip
CALLED = flow(
    "called", on("call"),
    {"do": "set", "values": {"half": "LEN(record.subject)"}},
    variables=[{"uid": "hal", "name": "half", "type": "number"}],
    returns=[{"uid": "twi", "name": "twice", "type": "number", "value": "half * 2"}],
)  # fmt: skip
PROGRAM = (*BOOKS, CHAIN, IN_ORDER, CALLER, CALLED)


@dataclass
class Rig:
    """One storm. seed: of everything that is left to chance."""

    runtime: Runtime
    probe: ProbeRunner
    seed: int
    kills: int = 0
    _children: dict[int, float] = field(default_factory=dict)

    def prepare(self) -> None:
        """The accounts, and all that the workers would else have to work out anew each time."""
        for number in range(ACCOUNTS):
            self.runtime.write(context(), lambda work, n=number: records.create(work, "account", {"code": f"A{n}"}))
        # Whole runs, so that the workers find every statement and formula compiled.
        chance = random.Random(self.seed)
        for _ in range(3):
            make_task(self.runtime, chance)
            self.calm()
        self.runtime.close()

    def storm(self, kills: int) -> None:
        """Kill that many workers, each at a time of its own."""
        chance = random.Random(self.seed)
        while self.kills < kills:
            now = time.monotonic()
            for child, end in list(self._children.items()):
                if end <= now:
                    self._end(child)
            while len(self._children) < WORKERS:
                child = self._start(chance.randrange(2**32))
                self._children[child] = time.monotonic() + chance.uniform(*LIFE_MS) / 1000
            time.sleep(0.002)
        for child in list(self._children):
            self._end(child)

    def _end(self, child: int) -> None:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        del self._children[child]
        assert os.WIFSIGNALED(status), f"a worker ended by itself: {os.waitstatus_to_exitcode(status)}"
        self.kills += 1

    def _start(self, seed: int) -> int:
        child = os.fork()
        if child:
            return child
        try:
            self._work(random.Random(seed))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)

    def _work(self, chance: random.Random) -> None:
        drain = Drain(self.runtime)
        while True:
            if chance.random() < 0.5:
                make_task(self.runtime, chance)
            drain.once()

    def calm(self) -> None:
        """Bring everything to its end, with nobody to kill."""
        drain = Drain(self.runtime)
        until(lambda: drain.all() == 0 and not self._open(), lambda: f"the end of {self._open()}")

    def _open(self) -> dict[str, int]:
        with self.runtime.database.read() as tx:
            rows = tx.rows(sa.select(tables.run.c.state).where(tables.run.c.finished_at.is_(None)))
            undispatched = tx.scalar(sa.select(sa.func.count()).where(outbox.c.dispatched_at.is_(None)))
        found = Counter(row["state"] for row in rows)
        return dict(found + Counter(events=undispatched))

    def problems(self) -> Iterator[str]:
        """Whatever is not as if nobody had ever been killed."""
        with self.runtime.reading(context()) as work:
            tasks = work.tx.rows(sa.select(*_columns(work, "task", "id", "subject", "account", "effort")))
            regions = list(work.tx.execute(sa.select(*_columns(work, "account", "id"))).scalars())
            receipts = Counter(work.tx.execute(sa.select(*_columns(work, "receipt", "memo"))).scalars())
            runs = work.tx.rows(sa.select(tables.run).order_by(tables.run.c.id))
            yield from (str(each) for each in timeline.verify(work))
            accounts = timeline.accounts(work, "hours", regions)
        yield from _run_problems(runs, tasks)
        for number, found in accounts.items():
            mine = sum(1 for task in tasks if task["account"] == number)
            if found["balance"] != 7 * mine:
                yield f"account {number} has {found['balance']} instead of {7 * mine}"
        subjects = {task["id"]: task["subject"] for task in tasks}
        wanted_receipts = Counter(f"{task['subject']} {item}" for task in tasks for item in "ab")
        for number in regions:
            lane = [run for run in runs if run["flow"] == "work:in_order" and run["lane"].endswith(f":{number}")]
            in_lane = [subjects[run["record_id"]] for run in lane]
            # Each receipt names the subject before its own, so they tell in which order the runs were taken.
            wanted_receipts.update(f"{before}>{each}" for before, each in pairwise(["", *in_lane]))
        if receipts != wanted_receipts:
            yield f"receipts: {receipts - wanted_receipts} too many, {wanted_receipts - receipts} missing"
        yield from (f"task {task['id']} has effort {task['effort']}" for task in tasks
                    if task["effort"] != 2 * len(task["subject"]))  # fmt: skip
        called = {key for key, _ in self.probe.lines()}
        keys = {idem_key(run["id"], "s02") for run in runs if run["flow"] == "work:chain"}
        if called != keys:
            yield f"{len(keys - called)} calls are missing, {len(called - keys)} have another key"


def _columns(work: Any, entity: str, *names: str) -> list[Any]:
    columns = work.tables.columns(work.entity(entity))
    return [columns[name].label(name) for name in names]


def _run_problems(runs: list[dict[str, Any]], tasks: list[dict[str, Any]]) -> Iterator[str]:
    for flow_name in ("chain", "in_order", "caller", "called"):
        mine = Counter(run["record_id"] for run in runs if run["flow"] == f"work:{flow_name}")
        wanted = Counter(task["id"] for task in tasks)
        if mine != wanted:
            yield f"{flow_name}: {wanted - mine} have no run, {mine - wanted} have too many"
    for run in runs:
        if run["state"] != "done":
            yield f"run {run['id']} of {run['flow']} is {run['state']}: {run['error']}"


def context() -> Context:
    """The system."""
    return Context(actor=SYSTEM)


def make_task(runtime: Runtime, chance: random.Random) -> None:
    """A record that begins runs of three flows."""
    body = {"subject": f"{chance.randrange(10**8):x}", "account": f"A{chance.randrange(ACCOUNTS)}",
            "items": [{"item": item, "hours": "1"} for item in "ab"]}  # fmt: skip
    try:
        runtime.write(context(), lambda work: records.create(work, "task", body))
    except Unavailable:
        return  # too busy just now, and nothing was written
