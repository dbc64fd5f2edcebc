"""Holds, transfers between holders, and lots whose clock stands still."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import trade
from engine.test_facts_and_faults import fact, rules
from tessera.context import Context, frozen_clock
from tessera.engine import timeline
from tessera.engine.ledger.amounts import NotWhole
from tessera.engine.rules.failures import NotCovered
from tessera.engine.work import Work
from tessera.errors import Conflict, Invalid, NotFound
from tessera.runtime import Runtime
from tessera.store.system.timeline import moment
from unit.engine_timeline.program import gives, pack

T0 = datetime(2024, 6, 1, 10, tzinfo=UTC)


def package() -> Any:
    """Facts that give, take, move and freeze."""
    moves = [rules("take", {"uid": "out", "post": "tokens", "move": "take", "amount": "amount", "as": "moved_out",
                            "from": ["queue", "debt"]}),
             rules("give", {"uid": "move_in", "post": "tokens", "move": "grant", "amount": "amount", "as": "moved_in",
                            "expires_on": "until", "available_from": "available_from"}),
             rules("spent", {"uid": "spend", "post": "tokens", "move": "take", "amount": "amount", "as": "spent",
                             "from": ["queue"]}, on_error="reject")]
    facts = [fact("take", ("amount", "number")),
             fact("give", ("amount", "number"), ("until", "date"), ("available_from", "date")),
             fact("spent", ("amount", "number")), fact("freeze", ("why", "text")), fact("thaw", ("why", "text"))]
    tokens = {"kind": "ledger", "uid": "tokens", "name": "tokens", "label": "Tokens", "per": "owner", "unit": "1",
              "lots": True, "holds": {"fact": "spent"},
              "transfers": {"take": "take", "give": "give", "undo_within": "2d"}}
    plain = {"kind": "ledger", "uid": "plain", "name": "plain", "label": "Plain", "per": "owner", "unit": "0.01",
             "lots": True, "holds": {"longest": "15m"}}
    freeze = rules("freeze", {"uid": "freeze", "post": "tokens", "move": "freeze"},
                   {"uid": "since", "set": "frozen_on", "to": "day"})
    thaw = rules("thaw", {"uid": "thaw", "post": "tokens", "move": "unfreeze", "days": "DAYS(frozen_on, day)"})
    return pack([gives("nothing", "0")], more={"facts": facts}, rules=[*moves, freeze, thaw], tables=[tokens, plain],
                state=[{"uid": "since", "name": "frozen_on", "type": "date"}])


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """A timeline to which facts give and from which facts take."""
    runtime = trade.opened(database_url, tmp_path, [package()])
    yield runtime
    runtime.close()


def at(minutes: float) -> Context:
    return Context(clock=frozen_clock(T0 + timedelta(minutes=minutes)))


DAY = 24 * 60


def note(work: Work, name: str, key: str, minutes: float, *, holder: int = 1, **values: Any) -> int:
    return timeline.record_fact(work, "life", holder, name, key=key, at=T0 + timedelta(minutes=minutes), values=values)


def figures(work: Work, holder: int = 1) -> tuple[Any, Any]:
    found = timeline.accounts(work, "tokens", [holder])[holder]
    return found["balance"], found["available"]


def hold(work: Work, key: str, amount: int, minutes: float) -> Any:
    return timeline.hold(work, "tokens", 1, amount, key=key, until=T0 + timedelta(minutes=minutes))


def post(work: Work, key: str, amount: int) -> int:
    return timeline.post_hold(work, "tokens", 1, amount, key=key)


def test_a_hold_lessens_what_is_available_and_resolves_once(runtime: Runtime) -> None:
    with runtime.writing(at(0)) as work:
        note(work, "give", "a", 0, amount=100)
        hold(work, "h1", 80, 15)
        assert hold(work, "h1", 80, 15).state == "open"
        with pytest.raises(Conflict):
            hold(work, "h1", 70, 15)
        with pytest.raises(NotCovered, match="10"):
            hold(work, "h2", 30, 15)
        assert figures(work) == (100, 20)
    with pytest.raises(NotCovered), runtime.writing(at(1)) as work:
        note(work, "spent", "s", 1, amount=30)
    with runtime.writing(at(2)) as work:
        with pytest.raises(NotCovered, match="1"):
            post(work, "h1", 81)
        first = post(work, "h1", 60)
        assert post(work, "h1", 60) == first
        assert figures(work) == (40, 40)
        with pytest.raises(timeline.HoldOver):
            timeline.release_hold(work, "tokens", 1, key="h1")
        with pytest.raises(timeline.HoldOver):
            post(work, "h1", 10)
        assert timeline.verify(work) == []


def test_a_hold_ends_by_itself_or_is_released(runtime: Runtime) -> None:
    with runtime.writing(at(0)) as work:
        note(work, "give", "a", 0, amount=100)
        hold(work, "h1", 80, 15)
        hold(work, "h2", 20, 60)
    with runtime.writing(at(15)) as work:
        assert figures(work) == (100, 80)
        assert timeline.hold_of(work, "tokens", 1, key="h1").state == "over"
        with pytest.raises(timeline.HoldOver):
            post(work, "h1", 80)
        assert timeline.release_hold(work, "tokens", 1, key="h2").state == "released"
        assert timeline.release_hold(work, "tokens", 1, key="h2").state == "released"
        assert figures(work) == (100, 100)
        note(work, "spent", "s", 15, amount=100)
        with pytest.raises(NotFound):
            timeline.release_hold(work, "tokens", 1, key="h3")
        assert timeline.verify(work) == []


def test_of_parallel_holds_exactly_those_that_are_covered_succeed(runtime: Runtime) -> None:
    with runtime.writing(at(0)) as work:
        note(work, "give", "a", 0, amount=100)
    answers: list[str] = []

    def one(number: int) -> None:
        try:
            if number % 2:
                runtime.write(at(1), lambda work: hold(work, f"h{number}", 20, 30))
            else:
                runtime.write(at(1), lambda work: note(work, "spent", f"s{number}", 1, amount=20))
            answers.append("yes")
        except NotCovered:
            answers.append("no")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers.count("yes") == 5
    with runtime.reading(at(1)) as work:
        assert figures(work)[1] == 0
        assert timeline.verify(work) == []


def test_a_merge_moves_lots_and_debts_and_is_undone(runtime: Runtime) -> None:
    with runtime.writing(at(0)) as work:
        note(work, "give", "a", 0, amount=120, until=date(2024, 8, 1))
        note(work, "take", "b", 0, amount=20, holder=2)
        note(work, "give", "c", 0, amount=60, until=date(2024, 7, 1), holder=3)
    with runtime.writing(at(5)) as work:
        assert timeline.transfer(work, "tokens", 2, 1, key="m1").moved == -20
        assert [figures(work, each)[0] for each in (1, 2)] == [100, 0]
        first = timeline.transfer(work, "tokens", 3, 1, key="m2")
        assert first.moved == 60 and timeline.transfer(work, "tokens", 3, 1, key="m2") == first
        with pytest.raises(Conflict):
            timeline.transfer(work, "tokens", 3, 2, key="m2")
        with pytest.raises(Conflict):
            timeline.transfer(work, "tokens", 3, 1, key="m2", amount=50)
        assert [figures(work, each)[0] for each in (1, 3)] == [160, 0]
        assert [each["expires_on"] for each in timeline.lots(work, "tokens", 1)] == [date(2024, 8, 1), date(2024, 7, 1)]
        assert timeline.verify(work) == []
    with runtime.writing(at(DAY)) as work:
        assert timeline.undo_transfer(work, "tokens", 2, key="m1").is_undone
        undone = timeline.undo_transfer(work, "tokens", 3, key="m2")
        assert undone.is_undone and timeline.undo_transfer(work, "tokens", 3, key="m2") == undone
        with pytest.raises(NotFound):
            timeline.undo_transfer(work, "tokens", 1, key="m2")  # it is the target, not the source
        assert [(each.key, each.moved, each.is_undone) for each in timeline.transfers_of(work, "tokens", 1)] == [
            ("m2", 60, True), ("m1", -20, True)]
        assert [figures(work, each)[0] for each in (1, 2, 3)] == [120, -20, 60]
        assert timeline.verify(work) == []


def test_a_transfer_moves_what_is_asked_for_or_nothing(runtime: Runtime) -> None:
    with runtime.writing(at(0)) as work:
        note(work, "give", "a", 0, amount=30, until=date(2024, 8, 1))
        note(work, "give", "b", 1, amount=30, until=date(2024, 9, 1))
    with runtime.writing(at(5)) as work:
        with pytest.raises(NotCovered, match="40"):
            timeline.transfer(work, "tokens", 1, 2, key="t", amount=100)
        assert timeline.transfer(work, "tokens", 1, 2, key="t", amount=40).moved == 40
        assert [(each["left"], each["expires_on"]) for each in timeline.lots(work, "tokens", 2)] == [
            (30, date(2024, 8, 1)), (10, date(2024, 9, 1))]
        assert [figures(work, each)[0] for each in (1, 2)] == [20, 40]
    with runtime.writing(at(5 + 2 * DAY + 1)) as work:
        with pytest.raises(timeline.TooLateToUndo):
            timeline.undo_transfer(work, "tokens", 1, key="t")
        assert [figures(work, each)[0] for each in (1, 2)] == [20, 40]
        for bad in ({"amount": 0}, {"amount": -5}):
            with pytest.raises(Invalid):
                timeline.transfer(work, "tokens", 1, 2, key="u", **bad)
        with pytest.raises(Invalid):
            timeline.transfer(work, "tokens", 1, 1, key="u")
        with pytest.raises(NotCovered):
            timeline.transfer(work, "tokens", 3, 1, key="u")


def grant(work: Work, key: str, amount: Any, *, holder: int = 1, **more: Any) -> int:
    return timeline.post(work, "plain", holder, "grant", Decimal(amount), key=key, name="given", **more)


def take(work: Work, key: str, amount: Any, *, holder: int = 1, **more: Any) -> int:
    return timeline.post(work, "plain", holder, "take", Decimal(amount), key=key, name="used", **more)


def plain(work: Work, holder: int = 1) -> tuple[str, str]:
    found = timeline.accounts(work, "plain", [holder])[holder]
    return str(found["balance"]), str(found["available"])


def test_a_posting_from_outside_counts_once_and_is_taken_back(runtime: Runtime) -> None:
    with runtime.writing(at(0)) as work:
        first = grant(work, "a", "10.50", expires_on=date(2024, 7, 1), lot="gift")
        assert grant(work, "a", "10.50", expires_on=date(2024, 7, 1), lot="gift") == first
        take(work, "b", "4.25")
        assert plain(work) == ("6.25", "6.25")
        with pytest.raises(Conflict):
            take(work, "b", "4.00")
    with runtime.writing(at(1)) as work:
        assert take(work, "b", "4.25") == take(work, "b", "4.25", at=T0)  # the same, whenever it is repeated
        with pytest.raises(Conflict):
            take(work, "b", "4.25", at=T0 + timedelta(minutes=1))
        for amount in ("0", "-1"):
            with pytest.raises(Invalid):
                take(work, "c", amount)
        with pytest.raises(NotWhole):
            take(work, "c", "0.001")
        timeline.take_back(work, "plain", 1, key="b")
        timeline.take_back(work, "plain", 1, key="b")
        assert plain(work) == ("10.50", "10.50")
        with pytest.raises(NotFound):
            timeline.take_back(work, "plain", 1, key="z")
        assert timeline.verify(work) == []
    with pytest.raises(NotCovered, match=r"0\.50"), runtime.writing(at(2)) as work:
        take(work, "d", "11.00")
    with runtime.writing(at(3)) as work:
        take(work, "e", "11.00", may_owe=True)
        assert plain(work)[0] == "-0.50"
        assert [(each["name"], str(each["amount"])) for each in timeline.movements(work, "plain", 1)] == [
            ("used", "11.00"), ("used", "-4.25"), ("used", "4.25"), ("given", "10.50")]
        for number in work.tx.execute(sa.select(moment.c.id).where(moment.c.is_present)).scalars():
            assert timeline.explain(work, number)["agrees"]


def test_a_late_posting_is_replayed_and_what_was_promised_stays(runtime: Runtime) -> None:
    with runtime.writing(at(DAY)) as work:
        grant(work, "a", "5.00", at=T0, expires_on=date(2024, 6, 1))
        grant(work, "b", "5.00", at=T0)
    with runtime.writing(at(3 * DAY)) as work:
        assert plain(work)[0] == "5.00"
        take(work, "c", "3.00", at=T0 + timedelta(minutes=5))
        assert [str(each["left"]) for each in timeline.lots(work, "plain", 1)] == ["5.00"]
        timeline.take_back(work, "plain", 1, key="b")
        timeline.take_back(work, "plain", 1, key="a")
        assert plain(work)[0] == "-3.00"
        assert [each["reviews"][0]["missing"] for each in timeline.reviews(work, "life")] == ["3.00"]
        assert timeline.verify(work) == []


def test_holds_and_transfers_of_a_ledger_without_facts(runtime: Runtime) -> None:
    with runtime.writing(at(0)) as work:
        grant(work, "a", "10.00", expires_on=date(2024, 7, 1))
        take(work, "b", "2.00", holder=2, may_owe=True)
        held = timeline.hold(work, "plain", 1, Decimal("8.00"), key="h")
        assert held.until == T0 + timedelta(minutes=15)
        assert timeline.hold(work, "plain", 1, Decimal("8.00"), key="h") == held
        for until in (T0, T0 + timedelta(minutes=16)):
            with pytest.raises(Invalid):
                timeline.hold(work, "plain", 1, Decimal("1.00"), key="i", until=until)
        with pytest.raises(Invalid):
            timeline.hold(work, "plain", 1, Decimal(0), key="i")
        assert plain(work) == ("10.00", "2.00")
        assert timeline.holds_of(work, "plain", 1) == [held]
        timeline.post_hold(work, "plain", 1, Decimal("3.00"), key="h")
        assert plain(work) == ("7.00", "7.00")
        assert timeline.holds_of(work, "plain", 1) == []
        assert [each.state for each in timeline.holds_of(work, "plain", 1, open_only=False)] == ["used"]
        assert timeline.transfer(work, "plain", 2, 1, key="m").moved == -2
        assert (plain(work)[0], plain(work, 2)[0]) == ("5.00", "0.00")
        assert timeline.transfer(work, "plain", 1, 3, key="m", amount=Decimal("1.00")).moved == 1
        assert [each["expires_on"] for each in timeline.lots(work, "plain", 3)] == [date(2024, 7, 1)]
        assert [each.target for each in timeline.transfers_of(work, "plain", 1)] == [3, 1]
        timeline.undo_transfer(work, "plain", 2, key="m")
        timeline.undo_transfer(work, "plain", 1, key="m")
        assert [plain(work, each)[0] for each in (1, 2, 3)] == ["7.00", "-2.00", "0.00"]
        assert timeline.verify(work) == []


def test_a_frozen_lot_does_not_end_and_gets_its_days_back(runtime: Runtime) -> None:
    with runtime.writing(at(0)) as work:
        note(work, "give", "a", 0, amount=50, until=date(2024, 6, 20))
    with runtime.writing(at(10 * DAY)) as work:
        note(work, "freeze", "f", 10 * DAY, why="x")
    with runtime.writing(at(60 * DAY)) as work:
        assert figures(work) == (50, 50)
        assert [(each["is_frozen"], each["expires_on"]) for each in timeline.lots(work, "tokens", 1)] == [(True, None)]
        note(work, "thaw", "t", 60 * DAY, why="y")
        assert [each["expires_on"] for each in timeline.lots(work, "tokens", 1)] == [date(2024, 8, 9)]
    for day, wanted in ((69, 50), (70, 0)):
        with runtime.reading(at(day * DAY)) as work:
            assert figures(work)[0] == wanted
    with runtime.writing(at(71 * DAY)) as work:
        timeline.withdraw_fact(work, "life", 1, "thaw", key="t")
        assert figures(work)[0] == 50
        assert timeline.verify(work) == []
        for number in work.tx.execute(sa.select(moment.c.id).where(moment.c.is_present)).scalars():
            assert timeline.explain(work, number)["agrees"]
