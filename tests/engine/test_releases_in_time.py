"""The release in force at a moment's business time decides it; releases that reach back alter history, visibly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import trade
from engine.test_pinned import BACK
from packages.test_policies import LEVEL_STATE, LEVELS, RISE
from tessera.context import Context, frozen_clock
from tessera.engine import packages, records, timeline
from tessera.engine.timeline import history
from tessera.meta import Package
from tessera.meta.documents import package_of
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from unit.engine_timeline.program import pack

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)


def program(factor: int, back: Any = BACK) -> Package:
    """A program that gives so many units for each whole amount."""
    return pack([
        {"uid": "share", "spread": f"FLOOR(SUM(lines, amount)) * {factor}", "unit": "1", "over": "lines",
         "by": "amount", "method": "cumulative_floor", "into": "units_share"},
        {"uid": "grant", "post": "units", "move": "grant", "amount": "SUM(lines, units_share)", "as": "earned",
         "lot": "own"},
    ], back)


def at(minutes: float) -> Context:
    return Context(clock=frozen_clock(NOON + timedelta(minutes=minutes)))


WEEK = 7 * 24 * 60


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """Rules of factor 1 in force long before noon, and of factor 3 from noon on."""
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    runtime = open_runtime(settings)
    packages.apply(runtime.database, settings, at(-WEEK), [program(1)])
    apply(runtime, program(3), 0)
    with runtime.writing(at(1)) as work:
        for code in ("O1", "O2"):
            records.create(work, "owner", {"code": code})
    yield runtime
    runtime.close()


def apply(runtime: Runtime, package: Package, now: float, since: float | None = None) -> Any:
    instant = None if since is None else NOON + timedelta(minutes=since)
    return packages.apply(runtime.database, runtime.settings, at(now), [package], consent=True, effective_from=instant)


def add(runtime: Runtime, number: str, minutes: float, amount: str = "10.00", *, seen: float | None = None,
        units: int = 2, owner: str = "O1") -> None:
    entity = "reversal" if number.startswith("R") else "ticket"
    body = {"number": number, "at": (NOON + timedelta(minutes=minutes)).isoformat(), "owner": owner,
            "lines": [{"item": "a", "units": units, "amount": amount}]}
    with runtime.writing(at(minutes if seen is None else seen)) as work:
        records.create(work, entity, body)


def balances(runtime: Runtime, now: float = 2 * WEEK) -> list[Any]:
    with runtime.reading(at(now)) as work:
        assert timeline.verify(work) == []
        found = timeline.accounts(work, "units", [1, 2])
        return [found[1]["balance"], found[2]["balance"]]


def releases_of(runtime: Runtime) -> dict[str, int]:
    with runtime.reading(at(2 * WEEK)) as work:
        return {each["moment"]["key"]: each["release"] for each in timeline.decisions_in_order(work, "life")}


def test_a_late_document_is_decided_by_the_rules_of_its_own_time_and_reversed_by_their_shares(runtime: Runtime) -> None:
    add(runtime, "T2", 2)
    add(runtime, "T1", -1, seen=5, owner="O2")
    assert balances(runtime) == [30, 10]
    add(runtime, "R1", WEEK, units=1, owner="O2")
    assert balances(runtime) == [30, 5]
    assert releases_of(runtime) == {"T1": 1, "T2": 2, "R1": 2}


def test_what_was_before_every_release_is_decided_by_the_first(runtime: Runtime) -> None:
    add(runtime, "T0", -5 * WEEK, seen=6)
    assert balances(runtime) == [10, 0]
    assert releases_of(runtime) == {"T0": 1}


@pytest.mark.parametrize("inside", [200, 1])
def test_a_release_that_reaches_back_says_whose_history_it_alters_and_does(
    runtime: Runtime, inside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "INSIDE", inside)
    for number, minutes, owner in (("T1", -60, "O1"), ("T2", -10, "O1"), ("T3", 10, "O2"), ("T4", 20, "O2")):
        add(runtime, number, minutes, seen=30, owner=owner)
    assert balances(runtime) == [20, 60]
    since = NOON - timedelta(minutes=30)
    with runtime.database.read() as tx:
        plan = packages.propose(tx, 2, [program(5)], effective_from=since)
        assert packages.propose(tx, 2, [program(5)]).history == ()
    assert plan.history == (packages.History("life", since, 2, 3),)
    assert plan.to_json()["history"] == [{"timeline": "life", "since": since.isoformat(), "holders": 2, "moments": 3}]
    applied = apply(runtime, program(5), 60, since=-30)
    assert applied.proposal.history == plan.history
    if inside == 1:
        assert balances(runtime) == [20, 60]
        with runtime.reading(at(61)) as work:
            assert timeline.pending_holders(work) == 2
        assert timeline.settle_pending(runtime, at(61)) == 2
    assert balances(runtime) == [10 + 50, 100]
    assert releases_of(runtime) == {"T1": 1, "T2": 3, "T3": 3, "T4": 3}
    packages.rollback(runtime.database, runtime.settings, at(70), effective_from=since)
    timeline.settle_pending(runtime, at(71))
    assert balances(runtime) == [10 + 30, 60]


def test_rules_in_force_from_now_on_alter_nothing(runtime: Runtime) -> None:
    add(runtime, "T3", 10)
    assert apply(runtime, program(7), 30).proposal.history == ()
    assert balances(runtime) == [30, 0]
    add(runtime, "T5", 40)
    assert balances(runtime) == [100, 0]


def without(package: Package, *kinds: str) -> Package:
    """The package without documents of these kinds."""
    kept = [each for each in package.documents if each.kind not in kinds]
    return package_of(package.name, kept)


@pytest.mark.parametrize("inside", [200, 1])
def test_a_timeline_takes_in_the_records_that_were_there_before(
    database_url: str, tmp_path: Path, inside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "INSIDE", inside)
    runtime = trade.opened(database_url, tmp_path, [without(program(2), "timeline", "ruleset", "ledger")])
    with runtime.writing(at(1)) as work:
        for code in ("O1", "O2"):
            records.create(work, "owner", {"code": code})
    for number, minutes, owner in (("T1", 1, "O1"), ("T2", 2, "O2"), ("R1", 3, "O2")):
        add(runtime, number, minutes, owner=owner, units=1)
    apply(runtime, program(2, ()), 10)
    timeline.settle_pending(runtime, at(11))
    assert balances(runtime) == [20, 20]
    apply(runtime, program(2), 20)  # reversals are moments from now on, too
    timeline.settle_pending(runtime, at(21))
    assert balances(runtime) == [20, 0]
    runtime.close()


def raised(least: int) -> Package:
    """Levels that only rise, with the amount that the third one needs."""
    rows = [{**row, "values": {**row["values"], "least": least if row["uid"] == "lv3" else row["values"]["least"]}}
            for row in LEVELS["rows"]]
    return pack(RISE, state=LEVEL_STATE, tables=[{**LEVELS, "rows": rows}])


def test_t40_a_raised_threshold_leaves_those_who_are_above_it(database_url: str, tmp_path: Path) -> None:
    runtime = trade.opened(database_url, tmp_path, [raised(5000)])
    with runtime.writing(at(0)) as work:
        for code in ("O1", "O2"):
            records.create(work, "owner", {"code": code})
    start = 60 * 24 * 365 * 20  # later than the clock of the first release
    add(runtime, "T1", start, "5200.00")
    apply(runtime, raised(6000), start + 10)
    add(runtime, "T2", start + 20, "10.00")
    add(runtime, "T3", start + 20, "5200.00", owner="O2")
    with runtime.reading(at(start + 30)) as work:
        found = {each.holder: each.state["level"]["rank"] for each in timeline.holder_figures(work, "life")}
        assert timeline.verify(work) == []
    assert found == {1: 3, 2: 2}
    runtime.close()


@pytest.mark.parametrize("inside", [200, 1])
@pytest.mark.parametrize("reading", ["replay", "pinned"])
def test_a_moment_that_is_removed_takes_its_postings_back(
    database_url: str, tmp_path: Path, inside: int, reading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "INSIDE", inside)
    gift = {"kind": "ruleset", "uid": "gift", "name": "gift", "label": "gift", "steps": [
        {"uid": "give", "post": "units", "move": "grant", "amount": "n", "as": "gift"}]}
    fact = {"uid": "gift", "name": "gift", "run": "gift", "fields": [{"uid": "f_n", "name": "n", "type": "number"}]}

    def made(*, with_back: bool, with_fact: bool) -> Package:
        steps = [{"uid": "grant", "post": "units", "move": "grant", "amount": "SUM(lines, amount)", "as": "earned"}]
        back = [{"uid": "take", "post": "units", "move": "take", "amount": "SUM(lines, amount)", "as": "back",
                 "from": ["queue", "debt"]}]
        more: dict[str, Any] = {"history": reading, **({"facts": [fact]} if with_fact else {})}
        return pack(steps, back if with_back else (), rules=[gift] if with_fact else [], more=more)

    runtime = trade.opened(database_url, tmp_path, [made(with_back=True, with_fact=True)])
    with runtime.writing(at(0)) as work:
        for code in ("O1", "O2"):
            records.create(work, "owner", {"code": code})
    for number, minutes, owner in (("T1", 1, "O1"), ("R1", 2, "O1"), ("T2", 3, "O1"), ("T3", 1, "O2"), ("R2", 2, "O2")):
        add(runtime, number, minutes, "30.00" if number[0] == "T" else "10.00", owner=owner)
    with runtime.writing(at(4)) as work:
        for holder in (1, 2):
            timeline.record_fact(work, "life", holder, "gift", key="g", values={"n": 5})
    assert balances(runtime) == [55, 25]
    apply(runtime, made(with_back=False, with_fact=True), 10)
    timeline.settle_pending(runtime, at(11))
    assert balances(runtime) == [65, 35]
    apply(runtime, made(with_back=False, with_fact=False), 20)
    timeline.settle_pending(runtime, at(21))
    assert balances(runtime) == [60, 30]
    with runtime.reading(at(22)) as work:
        corrections = [each["amount"] for each in timeline.movements(work, "units", 1) if each["corrects"]]
        assert (corrections != []) is (reading == "replay")
        kinds = {each["name"] for each in timeline.movements(work, "units", 1, posted_by=NOON + timedelta(minutes=5))}
        assert kinds == {"earned", "back", "gift"}  # what was shown then is still told
    packages.rollback(runtime.database, runtime.settings, at(30), to=1, consent=True)
    timeline.settle_pending(runtime, at(31))
    assert balances(runtime) == [55, 25]
    runtime.close()
