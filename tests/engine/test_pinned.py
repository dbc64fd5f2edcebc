"""The pinned reading: decided once, with the state found on arrival; changes are differences where they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import trade
from tessera.context import Context, frozen_clock
from tessera.engine import records, timeline
from tessera.engine.work import Work
from tessera.meta import check
from tessera.runtime import Runtime
from tessera.store.system.timeline import moment
from unit.engine_timeline.program import gives, pack

T0 = datetime(2024, 6, 1, 10, tzinfo=UTC)
STATE = [{"uid": "count", "name": "count_", "initial": "0"},
         {"uid": "step", "name": "grade", "initial": "FIRST(grades)"}]
GRADES = {"kind": "table", "uid": "grades", "name": "grades", "label": "Grades",
          "columns": [{"uid": "code", "name": "code", "label": "Code", "type": "text"},
                      {"uid": "least", "name": "least", "label": "Least", "type": "integer"},
                      {"uid": "factor", "name": "factor", "label": "Factor", "type": "integer"}],
          "rows": [{"uid": "low", "values": {"code": "low", "least": 0, "factor": 1}},
                   {"uid": "high", "values": {"code": "high", "least": 100, "factor": 2}}]}
STEPS = [
    {"uid": "count", "set": "count_", "to": "count_ + 1"},
    gives("nth", "count_"),
    {"uid": "ratio", "refuse": "Seven is refused.", "when": "SUM(lines, amount) = 7"},
    gives("found", "grade.code"),
    {"uid": "share", "spread": "FLOOR(SUM(lines, amount)) * grade.factor", "unit": "1", "over": "lines", "by": "amount",
     "method": "cumulative_floor", "into": "units_share"},
    {"uid": "grant", "post": "units", "move": "grant", "amount": "SUM(lines, units_share)", "as": "earned",
     "lot": "own", "expires_on": "EDATE(day, 12)"},
    {"uid": "gain", "post": "gain", "move": "grant", "amount": "SUM(lines, amount)", "as": "paid"},
    {"uid": "grade", "set": "grade", "to": "LAST(grades, least <= gain.balance)"},
]
BACK = [
    {"uid": "match", "match": "units", "of": "lines", "with": "ticket.lines", "capacity": "units", "on": ["item"],
     "prefer": "latest", "into": "pairs", "filled": "matched"},
    {"uid": "each", "each": "p", "in": "pairs", "do": [
        {"uid": "claw", "post": "units", "move": "take", "as": "clawed", "origin": "p.to", "lot": "own",
         "amount": "SHARE(p.to.units_share, p.before, p.after, p.to.units, 1)", "from": ["origin", "queue", "debt"]}]},
]
SPENT = {"kind": "ruleset", "uid": "spent", "name": "spent", "label": "spent", "on_error": "reject", "steps": [
    {"uid": "spend", "post": "units", "move": "take", "amount": "n", "as": "spent", "from": ["queue"]}]}
FACT = {"uid": "spent", "name": "spent", "run": "spent", "fields": [{"uid": "f_n", "name": "n", "type": "number"}]}


def package(**more: Any) -> Any:
    """The program, with keys of its timeline."""
    return pack(STEPS, BACK, state=STATE, tables=[GRADES], rules=[SPENT], more={"facts": [FACT], **more})


def start(url: str, folder: Path, **more: Any) -> Runtime:
    """A database with the program and one holder."""
    runtime = trade.opened(url, folder, [package(**more)])
    with runtime.writing(at(0)) as work:
        records.create(work, "owner", {"code": "O1"})
    return runtime


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The program with pinned history."""
    runtime = start(database_url, tmp_path, history="pinned")
    yield runtime
    runtime.close()


def at(day: float) -> Context:
    return Context(clock=frozen_clock(T0 + timedelta(days=day)))


def add(runtime: Runtime, number: str, day: float, *lines: tuple[str, int, str], seen: float | None = None) -> None:
    """A document of a day, that arrives on another one when seen is given."""
    entity = "reversal" if number.startswith("R") else "ticket"
    body = {"number": number, "at": (T0 + timedelta(days=day)).isoformat(), "owner": "O1",
            "lines": [{"item": item, "units": units, "amount": amount} for item, units, amount in lines]}
    with runtime.writing(at(day if seen is None else seen)) as work:
        records.create(work, entity, body)


def edit(runtime: Runtime, number: str, day: float, *lines: tuple[str, int, str]) -> None:
    """Give a document other lines on a day."""
    entity = "reversal" if number.startswith("R") else "ticket"
    with runtime.writing(at(day)) as work:
        found = records.get(work, entity, number)
        body = {"lines": [{"item": item, "units": units, "amount": amount} for item, units, amount in lines]}
        records.update(work, entity, found["id"], body)


def remove(runtime: Runtime, number: str, day: float) -> None:
    with runtime.writing(at(day)) as work:
        records.delete(work, "ticket", number)


def balance(runtime: Runtime, day: float, as_of: date | datetime | None = None, ledger: str = "units") -> Any:
    with runtime.reading(at(day)) as work:
        return timeline.accounts(work, ledger, [1], as_of)[1]["balance"]


def state(runtime: Runtime, day: float, as_of: date | None = None) -> dict[str, Any]:
    with runtime.reading(at(day)) as work:
        found = next(iter(timeline.holder_figures(work, "life", as_of)))
        return {"count_": found.state["count_"], "grade": found.state["grade"]["code"]}


def decision(work: Work, number: str) -> dict[str, Any]:
    entity = "reversal" if number.startswith("R") else "ticket"
    found = timeline.decision_of(work, entity, records.get(work, entity, number)["id"])
    assert found is not None
    return found


def proved(runtime: Runtime, day: float = 900) -> None:
    """Everything agrees: rows, and each proof with what is posted."""
    with runtime.reading(at(day)) as work:
        assert timeline.verify(work) == []
        for number in work.tx.execute(sa.select(moment.c.id).where(moment.c.is_present)).scalars():
            proof = timeline.explain(work, number)
            assert proof["agrees"], proof


def day_of(day: int) -> date:
    return (T0 + timedelta(days=day)).date()


def test_check_accepts_both_readings() -> None:
    assert check([package(history="pinned")]) == []
    assert check([package(replay_within="P60D")]) == []


def test_a_late_document_is_decided_with_the_state_found_on_arrival(runtime: Runtime) -> None:
    add(runtime, "T1", 0, ("a", 1, "60.00"))
    add(runtime, "T3", 20, ("a", 1, "60.00"))
    add(runtime, "T2", 10, ("b", 1, "10.00"), seen=30)
    with runtime.reading(at(31)) as work:
        assert decision(work, "T2")["values"] == {"nth": "3", "found": "high"}
        assert decision(work, "T3")["values"] == {"nth": "2", "found": "low"}
        assert {each["expires_on"] for each in timeline.lots(work, "units", 1)} == {
            date(2025, 6, 1), date(2025, 6, 21), date(2025, 6, 11)}
    assert balance(runtime, 31) == 140
    assert [balance(runtime, 31, day_of(day)) for day in (9, 10, 20, 29, 30)] == [60, 60, 120, 120, 140]
    assert state(runtime, 31) == {"count_": 3, "grade": "high"}
    proved(runtime)


def test_a_change_is_decided_again_with_its_stored_inputs_and_others_keep_theirs(runtime: Runtime) -> None:
    add(runtime, "T1", 0, ("a", 1, "120.00"))
    add(runtime, "T2", 10, ("b", 2, "10.00"))
    edit(runtime, "T1", 20, ("a", 1, "30.00"))
    with runtime.reading(at(21)) as work:
        assert decision(work, "T1")["values"] == {"nth": "1", "found": "low"}
        assert decision(work, "T1")["revision"] == 2
        assert decision(work, "T2")["values"] == {"nth": "2", "found": "high"}
        assert decision(work, "T2")["revision"] == 1
    assert balance(runtime, 21) == 30 + 20
    assert [balance(runtime, 21, day_of(day)) for day in (0, 10, 19, 20)] == [120, 140, 140, 50]
    assert balance(runtime, 21, ledger="gain") == 40
    edit(runtime, "T2", 22, ("b", 2, "15.00"))
    assert balance(runtime, 23) == 30 + 30  # found "high" when it came, and so it is still
    proved(runtime)


def test_a_deleted_document_is_posted_against_and_comes_back(runtime: Runtime) -> None:
    add(runtime, "T1", 0, ("a", 1, "50.00"))
    add(runtime, "T2", 10, ("b", 1, "20.00"))
    remove(runtime, "T1", 20)
    assert balance(runtime, 21) == 20
    assert balance(runtime, 21, day_of(19)) == 70
    assert state(runtime, 21) == {"count_": 1, "grade": "low"}
    assert state(runtime, 21, day_of(15)) == {"count_": 2, "grade": "low"}
    proved(runtime)
    with runtime.writing(at(22)) as work:
        number = work.tx.scalar(sa.select(moment.c.document_id).where(sa.not_(moment.c.is_present)))
        records.restore(work, "ticket", number)
    assert balance(runtime, 23) == 70
    assert state(runtime, 23)["count_"] == 2
    proved(runtime)


def test_what_was_used_since_is_owed_when_its_grant_shrinks(runtime: Runtime) -> None:
    add(runtime, "T1", 0, ("a", 1, "50.00"))
    with runtime.writing(at(1)) as work:
        timeline.record_fact(work, "life", 1, "spent", key="s", at=T0 + timedelta(days=1), values={"n": 40})
    edit(runtime, "T1", 2, ("a", 1, "15.00"))
    assert balance(runtime, 3) == -25
    with runtime.reading(at(3)) as work:
        assert [each["left"] for each in timeline.lots(work, "units", 1, open_only=False)] == [0]
    edit(runtime, "T1", 4, ("a", 1, "60.00"))
    assert balance(runtime, 5) == 20
    with runtime.writing(at(6)) as work:
        timeline.withdraw_fact(work, "life", 1, "spent", key="s")
    assert balance(runtime, 7) == 60
    proved(runtime)


def test_returns_use_the_shares_that_were_stored(runtime: Runtime) -> None:
    add(runtime, "T1", 0, ("a", 4, "100.00"))
    add(runtime, "R1", 5, ("a", 1, "25.00"))
    assert balance(runtime, 6) == 75
    edit(runtime, "T1", 7, ("a", 4, "60.00"))
    assert balance(runtime, 8) == 35
    add(runtime, "R2", 9, ("a", 1, "15.00"))
    assert balance(runtime, 10) == 20  # a quarter of 60
    edit(runtime, "R1", 11, ("a", 2, "50.00"))
    assert balance(runtime, 12) == -5  # two quarters of 100, the shares that it found
    edit(runtime, "R1", 13, ("a", 4, "50.00"))
    assert balance(runtime, 14) == -30  # one unit went to R2, so three are left
    proved(runtime)


def test_a_late_return_finds_its_sale_and_a_late_sale_finds_no_return(runtime: Runtime) -> None:
    add(runtime, "R1", 5, ("a", 1, "25.00"))
    add(runtime, "T1", 0, ("a", 1, "25.00"), seen=6)
    assert balance(runtime, 7) == 25
    add(runtime, "T2", 8, ("b", 1, "10.00"))
    add(runtime, "R2", 2, ("b", 1, "10.00"), seen=9)
    assert balance(runtime, 10) == 25
    proved(runtime)


def test_what_is_over_when_it_comes_ends_at_once(runtime: Runtime) -> None:
    add(runtime, "T2", 500, ("b", 1, "10.00"))
    add(runtime, "T1", 0, ("a", 1, "25.00"), seen=501)
    assert balance(runtime, 502) == 10
    with runtime.reading(at(502)) as work:
        assert timeline.accounts(work, "units", [1])[1].total("expired") == 25
    proved(runtime)


def test_a_failing_change_counts_as_absent_until_it_works(runtime: Runtime) -> None:
    add(runtime, "T1", 0, ("a", 1, "25.00"))
    edit(runtime, "T1", 1, ("a", 1, "7.00"))
    assert balance(runtime, 2) == 0
    with runtime.reading(at(2)) as work:
        assert [each["code"] for each in timeline.waiting(work, "life")] == ["refused"]
    add(runtime, "T2", 2, ("a", 1, "7.00"))
    edit(runtime, "T1", 3, ("a", 1, "20.00"))
    edit(runtime, "T2", 4, ("a", 1, "5.00"))
    assert balance(runtime, 5) == 25
    with runtime.reading(at(5)) as work:
        assert timeline.waiting(work, "life") == []
        assert decision(work, "T2")["moment"]["at"] == T0 + timedelta(days=4)  # its retry is a late arrival
    proved(runtime)


def test_arrival_within_one_transaction_is_in_order(runtime: Runtime) -> None:
    with runtime.writing(at(9)) as work:
        for number, day in (("T3", 3), ("T1", 1), ("T2", 2)):
            line = {"item": "a", "units": 1, "amount": "60.00"}
            records.create(work, "ticket", {"number": number, "at": (T0 + timedelta(days=day)).isoformat(),
                                            "owner": "O1", "lines": [line]})
    with runtime.reading(at(9)) as work:
        assert [decision(work, number)["values"]["nth"] for number in ("T1", "T2", "T3")] == ["1", "2", "3"]
    proved(runtime)


# replay_within


@pytest.fixture
def bounded(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The program that is replayed within sixty days."""
    runtime = start(database_url, tmp_path, replay_within="P60D")
    yield runtime
    runtime.close()


def review_kinds(runtime: Runtime, day: float) -> list[tuple[str, str]]:
    with runtime.reading(at(day)) as work:
        return [(each["kind"], each["reviews"][0]["en"][:22]) for each in timeline.reviews(work, "life")]


def test_a_change_within_the_days_is_replayed(bounded: Runtime) -> None:
    add(bounded, "T1", 0, ("a", 1, "60.00"))
    add(bounded, "T3", 20, ("a", 1, "60.00"))
    add(bounded, "T2", 10, ("b", 1, "50.00"), seen=30)
    with bounded.reading(at(31)) as work:
        assert [decision(work, number)["values"]["nth"] for number in ("T1", "T2", "T3")] == ["1", "2", "3"]
    assert balance(bounded, 31, day_of(10)) == 110
    assert balance(bounded, 31) == 60 + 50 + 120
    assert review_kinds(bounded, 31) == []
    proved(bounded)


def test_an_older_change_is_pinned_posted_in_the_open_period_and_listed(bounded: Runtime) -> None:
    add(bounded, "T1", 0, ("a", 1, "60.00"))
    add(bounded, "T3", 20, ("a", 1, "60.00"))
    add(bounded, "T2", 10, ("b", 1, "50.00"), seen=100)
    assert balance(bounded, 101) == 60 + 60 + 100
    assert [balance(bounded, 101, day_of(day)) for day in (20, 99, 100)] == [120, 120, 220]
    assert review_kinds(bounded, 101) == [("document", "Its period was closed:")]
    edit(bounded, "T1", 102, ("a", 1, "20.00"))
    assert balance(bounded, 103) == 180
    assert balance(bounded, 103, day_of(101)) == 220
    assert [kind for kind, _ in review_kinds(bounded, 103)] == ["change", "document"]
    proved(bounded)
    add(bounded, "T4", 90, ("b", 1, "10.00"), seen=104)  # replayed: what came in between is folded again
    assert balance(bounded, 105) == 200
    assert balance(bounded, 105, day_of(90)) == 140
    remove(bounded, "T3", 106)
    assert balance(bounded, 107) == 140
    proved(bounded)


TOLD = {"kind": "ruleset", "uid": "told", "name": "told", "label": "told", "steps": [
    {"uid": "told", "let": "told", "be": "count_", "pin": True},
    {"uid": "gift", "post": "units", "move": "grant", "amount": "told", "as": "gift"}]}
NOTICE = {"uid": "notice", "name": "notice", "at": "IF(count_ > 0, DATE(2024, 6, 20))", "run": "told"}


def test_what_a_due_moment_told_stays_when_it_is_folded_again(database_url: str, tmp_path: Path) -> None:
    program = pack(STEPS, BACK, state=STATE, tables=[GRADES], rules=[SPENT, TOLD], more={
        "facts": [FACT], "due": [NOTICE]})  # fmt: skip
    runtime = trade.opened(database_url, tmp_path, [program])
    with runtime.writing(at(0)) as work:
        records.create(work, "owner", {"code": "O1"})
    add(runtime, "T1", 1, ("a", 1, "10"))
    assert timeline.settle_due(runtime, at(30)) == 1
    add(runtime, "T2", 2, ("a", 1, "20"), seen=31)
    with runtime.reading(at(32)) as work:
        gifts = [str(each["amount"]) for each in timeline.movements(work, "units", 1) if each["name"] == "gift"]
        assert gifts == ["1"]
        assert timeline.verify(work) == []
        for number in work.tx.execute(sa.select(moment.c.id).where(moment.c.is_present)).scalars():
            assert timeline.explain(work, number)["agrees"]
    runtime.close()


def test_a_changed_document_keeps_what_was_told_of_it(database_url: str, tmp_path: Path) -> None:
    steps = [{"uid": "told", "let": "told", "be": "SUM(lines, amount)", "pin": True},
             {"uid": "gain", "post": "gain", "move": "grant", "amount": "told", "as": "paid"}]
    runtime = trade.opened(database_url, tmp_path, [pack(steps, more={"history": "pinned"})])
    with runtime.writing(at(0)) as work:
        records.create(work, "owner", {"code": "O1"})
    add(runtime, "T1", 1, ("a", 1, "10"))
    with runtime.writing(at(2)) as work:
        records.update(work, "ticket", "T1", {"lines": [{"item": "a", "units": 1, "amount": "30.00"}]})
    with runtime.reading(at(3)) as work:
        assert str(timeline.accounts(work, "gain", [1])[1]["balance"]) == "10.00"
        assert timeline.verify(work) == []
    runtime.close()
