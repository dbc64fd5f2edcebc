"""Steps for work in portions: repeating, lots that end, and settling what has fallen due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from engine.conftest import label
from flows.books import GIFT_RULES, TASK_RULES, TIMELINE
from flows.kit import NOON, Works, flow, on
from flows.test_control import memo, memos
from tessera.engine import timeline
from tessera.engine.scenarios import run_all

Begin = Callable[..., Works]

LEDGER: dict[str, Any] = {
    "kind": "ledger", "uid": "hours", "name": "hours", "label": label("hours"), "per": "account", "unit": "1",
    "lots": True, "queue": ["expires_on", "created"],
}  # fmt: skip
MANUAL = {"on": "manual"}


def begun(works: Works, name: str) -> None:
    """Begin a flow by hand and let it run."""
    from tessera.engine.flows.beginning import begin_run

    works.runtime.write(works.context(), lambda work: begin_run(work, name))
    works.settle()


def test_steps_are_repeated_while_a_condition_holds_and_not_for_ever(begin: Begin) -> None:
    number = {"uid": "num", "name": "number", "type": "number", "initial": "0"}
    up = {"do": "set", "values": {"number": "number + 1"}}
    works = begin(
        flow("count", MANUAL, {"do": "repeat", "while": "number < 3", "steps": [up, {"do": "wait", "for": "1h"}],
                               "as": "counted"},
             memo("number & ' ' & counted.count & ' ' & TEXT(counted.is_cut)"), variables=[number]),
        flow("cut", MANUAL, {"do": "repeat", "while": "TRUE", "at_most": 4, "steps": [up], "as": "counted"},
             memo("'cut ' & number & ' ' & TEXT(counted.is_cut)"), variables=[number]),
        flow("never", MANUAL, {"do": "repeat", "while": "number > 3", "steps": [up], "as": "counted"},
             memo("'never ' & counted.count"), variables=[number]),
    )  # fmt: skip
    for name in ("cut", "never", "count"):
        begun(works, name)
    for _ in range(3):
        works.later(hours=1)
        works.settle()
    found = memos(works)
    assert found[0].startswith("cut 4 ") and found[1] == "never 0" and found[2].startswith("3 3 ")
    assert found[0].removeprefix("cut 4 ") != found[2].removeprefix("3 3 ")


def test_lots_are_found_by_their_last_day_in_portions_and_settled(begin: Begin) -> None:
    find = {"do": "find_lots", "ledger": "hours", "from": "TODAY() + 9", "until": "TODAY() + 10", "at_least": "2",
            "limit": 2, "as": "ending"}  # fmt: skip
    tell = {"do": "for_each", "in": "ending.rows", "each": "row",
            "steps": [memo("row.holder.code & ' ' & row.amount & ' ' & TEXT(row.on, 'yyyy-MM-dd')")]}  # fmt: skip
    variables = [{"uid": "aft", "name": "behind", "type": "number", "initial": "0"},
                 {"uid": "more", "name": "is_more", "type": "boolean", "initial": "TRUE"},
                 {"uid": "done", "name": "done", "type": "number", "initial": "0"}]  # fmt: skip
    works = begin(
        LEDGER, GIFT_RULES, TASK_RULES, TIMELINE,
        flow("tell", MANUAL, {"do": "repeat", "while": "is_more", "steps": [
            {**find, "after": "INTEGER(behind)"}, tell,
            {"do": "set", "values": {"behind": "ending.last", "is_more": "ending.more"}}]}, variables=variables),
        flow("settle", MANUAL, {"do": "set", "values": {"done": "0"}}, {"do": "repeat", "while": "is_more", "steps": [
            {"do": "settle_due", "timeline": "account_life", "limit": 2, "as": "settled"},
            {"do": "set", "values": {"is_more": "settled.count > 0", "done": "done + settled.count"}}]},
            memo("'settled ' & done"), variables=variables),
    )  # fmt: skip
    accounts = [works.create("account", code=code)["id"] for code in "ABCD"]
    for account, effort, day in ((0, 3, 10), (0, 4, 10), (0, 5, 9), (1, 1, 10), (2, 6, 11), (3, 7, 9), (2, 8, 10)):
        post = partial(timeline.post, ledger="hours", holder=accounts[account], move="grant", amount=effort,
                       key=f"{account} {effort}", name="given", lot="given", expires_on=date(2025, 3, 10 + day))
        works.runtime.write(works.context(), post)
    begun(works, "tell")
    assert memos(works) == ["A 5 2025-03-19", "A 7 2025-03-20", "C 8 2025-03-20", "D 7 2025-03-19"]
    works.later(days=11)
    begun(works, "settle")
    assert memos(works)[-1] == "settled 4"
    with works.runtime.reading(works.context()) as work:
        assert timeline.verify(work) == []
        assert timeline.accounts(work, "hours", accounts)[accounts[2]]["balance"] == 6


def test_scenarios_fire_what_goes_by_the_clock(begin: Begin) -> None:
    steps = [
        {"uid": "make", "at": "2026-03-01T12:00:00Z", "do": "create", "entity": "task", "as": "a",
         "values": {"subject": "x", "day": "2026-03-05"}},
        {"uid": "week", "do": "settle", "at": "2026-03-03T12:00:00Z"},
        {"uid": "away", "at": "2026-03-07T12:00:00Z", "do": "wait"},
        {"uid": "back", "do": "settle"},
    ]  # fmt: skip
    memo_at = "TEXT(event.slot, 'yyyy-MM-dd HH:mm')"
    looks = [
        {"uid": "two", "after": "week", "runs": "daily", "rows": [{"uid": "one", "state": "done"}, {"uid": "two"}]},
        {"uid": "once", "runs": "daily", "rows": [{"uid": "one"}, {"uid": "two"}, {"uid": "late"}]},
        {"uid": "day_", "runs": "dated", "rows": [{"uid": "one", "record": "a", "state": "done"}]},
        {"uid": "told", "entity": "receipt", "where": "memo = 'daily 2026-03-07 09:00'", "count": 1},
    ]
    scenario = {"kind": "scenario", "uid": "one", "name": "one", "label": label("one"), "steps": steps, "expect": looks}
    works = begin(
        flow("daily", {"on": "schedule", "every": {"period": "day", "at": "09:00"}, "missed": "once", "zone": "UTC"},
             memo(f"'daily ' & {memo_at}")),
        flow("dated", on("date_reached", field="day", at="10:00", zone="UTC"), memo("'dated ' & record.subject")),
        scenario,
    )  # fmt: skip
    works.now = NOON
    with works.runtime.database.read() as tx:
        release = works.runtime.releases.bind(tx)
    [outcome] = run_all(works.runtime.database, works.runtime.settings, release, lambda document: True)
    assert outcome.failures == ()
    assert works.runs() == []
