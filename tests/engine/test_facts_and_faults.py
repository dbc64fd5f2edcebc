"""Facts from outside, races for what is there, and transactions that end half-way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import trade
from tessera import faults
from tessera.context import Context, frozen_clock
from tessera.engine import timeline
from tessera.engine.rules.failures import NotCovered
from tessera.engine.timeline import watching
from tessera.engine.work import Work
from tessera.errors import Conflict
from tessera.runtime import Runtime
from tessera.store.system.ledger import movement
from tessera.store.system.timeline import moment
from unit.engine_timeline.program import gives, pack

T0 = datetime(2024, 6, 1, 10, tzinfo=UTC)


def rules(name: str, *steps: dict[str, Any], on_error: str = "park") -> dict[str, Any]:
    return {"kind": "ruleset", "uid": name, "name": name, "label": name, "on_error": on_error, "steps": list(steps)}


def fact(name: str, *fields: tuple[str, str]) -> dict[str, Any]:
    return {"uid": name, "name": name, "run": name,
            "fields": [{"uid": f"f_{field}", "name": field, "type": kind} for field, kind in fields]}


GIVEN = rules("given", {"uid": "give", "post": "units", "move": "grant", "amount": "units_given", "as": "given",
                        "expires_on": "until"})
SPENT = rules("spent", {"uid": "take", "post": "units", "move": "take", "amount": "units_spent", "as": "spent",
                        "from": ["queue"]}, on_error="reject")
FACTS = {"facts": [fact("given", ("units_given", "number"), ("until", "date")),
                   fact("spent", ("units_spent", "number"))]}


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """A timeline to which facts give and from which facts take."""
    package = pack([gives("nothing", "0")], more=FACTS, rules=[GIVEN, SPENT])
    runtime = trade.opened(database_url, tmp_path, [package])
    yield runtime
    runtime.close()


def at(day: int) -> Context:
    return Context(clock=frozen_clock(T0 + timedelta(days=day)))


def give(work: Work, key: str, units: int, *, day: int = 0, until: date | None = None, holder: int = 1) -> None:
    timeline.record_fact(work, "life", holder, "given", key=key, at=T0 + timedelta(days=day),
                         values={"units_given": units, "until": until})


def spend(work: Work, key: str, units: int, *, day: int = 1, holder: int = 1) -> None:
    timeline.record_fact(work, "life", holder, "spent", key=key, at=T0 + timedelta(days=day),
                         values={"units_spent": units})


def balance(work: Work, holder: int = 1, as_of: date | None = None) -> Any:
    return timeline.accounts(work, "units", [holder], as_of)[holder]["balance"]


def test_a_fact_counts_once_and_may_be_withdrawn(runtime: Runtime) -> None:
    with runtime.writing(at(2)) as work:
        give(work, "a", 100)
        give(work, "a", 100)
        assert balance(work) == 100
        with pytest.raises(Conflict):
            give(work, "a", 120)
        timeline.withdraw_fact(work, "life", 1, "given", key="a")
        assert balance(work) == 0
        assert timeline.verify(work) == []


def test_what_was_spent_stays_spent_when_history_no_longer_covers_it(runtime: Runtime) -> None:
    with runtime.writing(at(2)) as work:
        give(work, "a", 100)
        spend(work, "s", 80)
        timeline.withdraw_fact(work, "life", 1, "given", key="a")
        assert balance(work) == -80
        give(work, "b", 100, day=2)
        assert balance(work) == 20
        assert timeline.verify(work) == []


def test_a_balance_is_right_whether_what_ended_was_settled_or_not(runtime: Runtime) -> None:
    with runtime.writing(at(1)) as work:
        give(work, "a", 100, until=date(2024, 6, 10))
    for context, wanted in ((at(8), 100), (at(9), 100), (at(10), 0)):
        with runtime.reading(context) as work:
            assert balance(work) == wanted
    assert timeline.settle_due(runtime, at(40)) == 1
    assert timeline.settle_due(runtime, at(40)) == 0
    with runtime.reading(at(40)) as work:
        assert [balance(work, as_of=day) for day in (None, date(2024, 6, 9), date(2024, 6, 10))] == [0, 100, 0]


def test_holders_merge_by_facts_with_their_last_days(runtime: Runtime) -> None:
    with runtime.writing(at(3)) as work:
        give(work, "a", 120, until=date(2024, 8, 1))
        give(work, "b", 60, until=date(2024, 7, 1), holder=2)
        for each in timeline.lots(work, "units", 2):
            give(work, f"merge:{each['id']}", each["left"], day=2, until=each["expires_on"])
        spend(work, "merge", 60, day=2, holder=2)
        assert (balance(work), balance(work, 2)) == (180, 0)
        assert [each["expires_on"] for each in timeline.lots(work, "units", 1)] == [date(2024, 8, 1), date(2024, 7, 1)]
        timeline.withdraw_fact(work, "life", 2, "spent", key="merge")
        for each in timeline.movements(work, "units", 1):
            if each["amount"] == 60:
                source = work.tx.scalar(sa.select(moment.c.source).where(moment.c.id == each["moment_id"]))
                timeline.withdraw_fact(work, "life", 1, "given", key=source.split(":", 2)[2])
        assert (balance(work), balance(work, 2)) == (120, 60)


def test_of_parallel_spends_exactly_those_that_are_covered_succeed(runtime: Runtime) -> None:
    with runtime.writing(at(0)) as work:
        give(work, "a", 100)
    answers: list[str] = []

    def one(number: int) -> None:
        try:
            runtime.write(at(2), lambda work: spend(work, f"s{number % 16}", 10))
            answers.append("yes")
        except NotCovered:
            answers.append("no")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(32)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with runtime.reading(at(2)) as work:
        assert balance(work) == 0
        spent = sa.select(sa.func.count()).select_from(movement).where(movement.c.name == "spent")
        assert work.tx.scalar(spent) == 10
        assert timeline.verify(work) == []
    assert answers.count("yes") == 20


class Stop(Exception):
    """Ends a transaction in a test."""


def stop() -> None:
    raise Stop


POINTS = ("timeline.before_post", "timeline.after_decisions", "ledger.after_lots", "ledger.after_movements",
          "ledger.after_entries", "timeline.after_state")


@pytest.mark.parametrize("point", POINTS)
def test_a_transaction_that_ends_half_way_leaves_nothing_and_may_be_repeated(runtime: Runtime, point: str) -> None:
    assert point in faults.known()
    with runtime.writing(at(0)) as work:
        give(work, "a", 100)
    with faults.armed(point, stop), pytest.raises(Stop), runtime.writing(at(2)) as work:
        spend(work, "s", 30)
    with runtime.writing(at(2)) as work:
        assert balance(work) == 100
        spend(work, "s", 30)
    with runtime.reading(at(2)) as work:
        assert balance(work) == 70
        assert timeline.verify(work) == []




def test_what_falls_due_is_settled_in_portions_and_counts_at_once(runtime: Runtime) -> None:
    for holder in (1, 2, 3):
        with runtime.writing(at(1)) as work:
            give(work, f"a{holder}", 100, until=date(2024, 6, 10), holder=holder)
    with runtime.reading(at(30)) as work:
        assert [balance(work, holder) for holder in (1, 2, 3)] == [0, 0, 0]
    assert [watching.settle_some_due(runtime, at(30), 2) for _ in range(3)] == [2, 1, 0]
    with runtime.reading(at(30)) as work:
        assert [balance(work, holder) for holder in (1, 2, 3)] == [0, 0, 0] and timeline.verify(work) == []
