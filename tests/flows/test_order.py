"""The order of each key: no inversion however many workers are killed, and a key that is blocked delays no other."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.conftest import field, label, opened
from flows.kit import Works, flow, on
from flows.probe import probing
from flows.rig import Rig, context
from flows.test_hands import do
from flows.test_kills import seed_of_storm
from tessera.engine import records
from tessera.engine.flows import controlling
from tessera.engine.flows.claiming import claim
from tessera.engine.flows.draining import Drain
from tessera.engine.flows.steps.base import OutsideFailed
from tessera.runtime import Runtime
from tessera.settings import Limits
from tessera.store.system import flows as tables

Begin = Callable[..., Works]
MARK: dict[str, Any] = {
    "kind": "entity", "uid": "mark", "name": "mark", "label": label("mark"), "fields": [field("link")]}  # fmt: skip
IN_LINE = flow(
    "in_line", on("record.created"),
    {"do": "create_record", "entity": "mark",
     "values": {"link": "COALESCE(record.account.region, '') & '>' & record.subject"}},
    {"do": "update_record", "record": "record.account", "values": {"region": "record.subject"}},
    order_by="record.account",
)  # fmt: skip
"""Each mark names the subject before its own, so they tell in which order the runs were taken."""
AT_ONCE = 250


class OrderRig(Rig):
    """A storm over a backlog of events. events and keys: how many; workers only work, they make nothing."""

    events = 0
    keys = 0

    def fill(self) -> None:
        """Leave all events at once, the keys in random order."""
        chance = random.Random(self.seed)
        accounts = [{"code": f"K{number}"} for number in range(self.keys)]
        self.runtime.write(context(), lambda work: records.bulk_create(work, "account", accounts).ensure_all())
        for start in range(0, self.events, AT_ONCE):
            body = [{"subject": f"{number}", "account": f"K{chance.randrange(self.keys)}"}
                    for number in range(start, min(start + AT_ONCE, self.events))]  # fmt: skip
            self.runtime.write(context(), lambda work, b=body: records.bulk_create(work, "task", b).ensure_all())
        self.runtime.close()

    def _work(self, chance: random.Random) -> None:
        drain = Drain(self.runtime)
        while True:
            drain.once()


def inversions(runtime: Runtime) -> list[str]:
    """The links that the order of the events does not give, and those that are missing."""
    with runtime.reading(context()) as work:
        task, mark = (work.tables.columns(work.entity(name)) for name in ("task", "mark"))
        rows = work.tx.rows(sa.select(task["account"].label("key"), task["subject"].label("what"))
                            .where(task["account"].is_not(None)).order_by(task["id"]))  # fmt: skip
        found = sorted(work.tx.execute(sa.select(mark["link"])).scalars())
    by_key: dict[int, list[str]] = {}
    for row in rows:
        by_key.setdefault(row["key"], [""]).append(row["what"])
    wanted = sorted(f"{before}>{each}" for subjects in by_key.values() for before, each in pairwise(subjects))
    return [] if found == wanted else sorted(set(found) ^ set(wanted)) or ["a link is there twice"]


def storm(url: str, folder: Path, events: int, keys: int, kills: int) -> None:
    """Events of many keys while their workers are killed."""
    seed = seed_of_storm()
    print(f"\nto see the same again: TESSERA_SEED={seed}")
    with probing(folder / "calls.txt") as probe:
        runtime = opened(url, MARK, IN_LINE)
        try:
            runtime.settings = replace(
                runtime.settings, limits=replace(Limits(), flow_lease_s=1, flow_deaths=0, flow_steps=100)
            )
            rig = OrderRig(runtime, probe, seed)
            rig.events, rig.keys = events, keys
            rig.fill()
            rig.storm(kills)
            rig.calm()
            print(f"{events} events, {keys} keys, {rig.kills} kills")
            assert inversions(runtime) == [], f"seed {seed}"
        finally:
            runtime.close()


def test_f24_no_key_is_served_out_of_order_while_workers_are_killed(database_url: str, tmp_path: Path) -> None:
    storm(database_url, tmp_path, events=150, keys=15, kills=24)


@pytest.mark.long
def test_f24_twenty_thousand_events_of_two_hundred_keys_keep_their_order(database_url: str, tmp_path: Path) -> None:
    storm(database_url, tmp_path, events=20_000, keys=200, kills=1_000)


def test_f24_a_key_that_is_blocked_delays_no_other(begin: Begin, tmp_path: Path) -> None:
    with probing(tmp_path / "calls.txt") as probe:
        retry = {"retry": {"times": 3, "first": "1h"}}
        ask = {"do": "probe", "text": "record.subject", "on_error": retry}
        works = begin(MARK, {**IN_LINE, "steps": [{"uid": "ask", **ask}, *IN_LINE["steps"]]})
        probe.act = only_others
        accounts = [works.create("account", code=code)["id"] for code in ("blocked", "free", "held")]
        for number in range(60):
            subject = "stuck" if number == 0 else f"{number}"
            works.create("task", subject=subject, account=accounts[number % 3])
        # The first of one key fails until tomorrow; of another one the first belongs to a worker that hangs.
        claim_first_of(works, accounts[2])
        works.settle()
        states = {key: [run["state"] for run in works.runs() if run["lane"].endswith(f":{key}")] for key in accounts}
        assert states[accounts[1]] == ["done"] * 20
        assert states[accounts[0]] == ["waiting", *["queued"] * 19]
        assert states[accounts[2]] == ["running", *["queued"] * 19]
        hanging = next(run for run in works.runs() if run["state"] == "running")
        do(works, controlling.cancel_run, hanging["id"])
        probe.act = None
        works.later(hours=2)
        works.settle()
    assert sorted(works.states()) == ["cancelled", *["done"] * 59]
    marks = [each for each in marks_of(works) if each.startswith((">stuck", "stuck>"))]
    assert marks == [">stuck", "stuck>3"]


def only_others(request: Any, _key: str) -> Any:
    """The outside, which refuses one of them."""
    if request["text"] == "stuck":
        raise OutsideFailed(why="not today")
    return request


def claim_first_of(works: Works, account: int) -> None:
    """Have a worker claim the first run of a key, and never be heard of again while its lease lasts."""
    from tessera.engine.flows import dispatching

    dispatching.dispatch(works.runtime, works.context(), 1_000)
    mine = [run["id"] for run in works.runs() if run["lane"].endswith(f":{account}")]
    with works.runtime.database.write() as tx:
        others = (tables.run.c.state == "ready") & (tables.run.c.id != mine[0])
        tx.execute(sa.update(tables.run).where(others).values(state="waiting"))
    assert [run.id for run in claim(works.runtime, works.context(), "hangs", 10)] == mine[:1]
    with works.runtime.database.write() as tx:
        tx.execute(sa.update(tables.run).where(tables.run.c.state == "waiting").values(state="ready"))


def marks_of(works: Works) -> list[str]:
    """The links in the order in which they were made."""
    with works.runtime.reading(works.context()) as work:
        columns = work.tables.columns(work.entity("mark"))
        return list(work.tx.execute(sa.select(columns["link"]).order_by(columns["id"])).scalars())
