"""Deliveries survive failures and dead workers: repeated under the same key, or left to a person; none is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from databases import Templates
from tessera import faults
from tessera.engine import messages
from tessera.engine.messages import Delivery, DeliveryFailed, NotReplayable, Receipt, delivering
from tessera.engine.outside import CallFailed, HostResting

from .message_kit import News, news


@pytest.fixture
def app(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[News]:
    """A process with messages, on each database."""
    with news(templates, dialect, tmp_path) as found:
        yield found


class Killed(BaseException):
    """What a worker that is killed leaves: nothing."""


def killing() -> None:
    """Stands for a SIGKILL at a fault point."""
    raise Killed


def failing(*errors: BaseException | None) -> Callable[[Delivery], Receipt]:
    """Fails as often as there are errors, then works."""
    left = list(errors)

    def behave(_request: Delivery) -> Receipt:
        error = left.pop(0) if left else None
        if error is not None:
            raise error
        return Receipt(id="ok")

    return behave


def test_a_failure_is_repeated_later_with_the_same_key(app: News) -> None:
    app.probe.behave = failing(DeliveryFailed("it answered 500."), CallFailed("host:1", "it broke."))
    app.send("hello", app.person())
    app.deliver()
    (row,) = app.rows()
    assert (row["state"], row["error"], row["attempts"]) == ("waiting", "it answered 500.", 1)
    assert 24 <= (row["due_at"] - app.now).total_seconds() <= 36
    app.later(seconds=40)
    app.deliver()
    assert app.rows()[0]["attempts"] == 2 and app.rows()[0]["due_at"] - app.now >= timedelta(seconds=48)
    app.later(seconds=80)
    app.deliver()
    assert app.states() == [("sent", None)] and app.rows()[0]["error"] is None
    assert len({each.key for each in app.probe.handed}) == 1
    assert [each.attempt for each in app.probe.handed] == [1, 2, 3]


def test_the_other_side_may_ask_to_wait(app: News) -> None:
    app.probe.behave = failing(DeliveryFailed("busy", after_s=600))
    app.send("hello", app.person())
    app.deliver()
    assert app.rows()[0]["due_at"] - app.now == timedelta(seconds=600)


def test_a_host_that_is_left_alone_costs_no_attempt(app: News) -> None:
    app.probe.behave = failing(*[HostResting("host:1", "", retry_after_s=30)] * 20)
    app.send("hello", app.person())
    for _ in range(21):
        app.deliver()
        app.later(seconds=31)
    assert app.states() == [("sent", None)]


def test_a_channel_that_breaks_hurts_only_its_own_delivery(app: News) -> None:
    app.probe.behave = failing(ZeroDivisionError("secret 13800001234"))
    to = app.person()
    app.send("hello", to)
    app.send("slow", to)
    app.deliver()
    assert [each["state"] for each in app.rows()] == ["waiting", "sent"]
    assert app.rows()[0]["error"] == "the channel broke (ZeroDivisionError)."


def test_what_fails_for_good_is_dead_until_somebody_sends_it_again(app: News) -> None:
    app.probe.behave = failing(DeliveryFailed("no such address.", retry=False))
    app.send("hello", app.person())
    app.deliver()
    app.later(days=2)
    assert app.deliver() == 0 and app.states() == [("dead", "failed")]
    number = app.rows()[0]["id"]
    with app.runtime.writing(app.ctx()) as work:
        assert messages.deliveries.replay(work, number)["state"] == "waiting"
    app.deliver()
    assert app.states()[0][0] == "sent"
    with app.runtime.writing(app.ctx()) as work, pytest.raises(NotReplayable):
        messages.deliveries.replay(work, number)


def test_attempts_have_an_end(app: News) -> None:
    app.probe.behave = failing(*[DeliveryFailed("no.")] * 50)
    app.send("hello", app.person())
    for _ in range(20):
        app.deliver()
        app.later(hours=9)
    assert app.states() == [("dead", "failed")] and len(app.probe.handed) == delivering.MOST_ATTEMPTS


@pytest.mark.parametrize("point", [delivering.AFTER_CLAIM, delivering.AFTER_DELIVERY, delivering.AFTER_SETTLE])
def test_a_dead_worker_leaves_a_delivery_that_is_repeated_under_its_key(app: News, point: str) -> None:
    app.send("hello", app.person())
    with faults.armed(point, killing), pytest.raises(Killed):
        app.deliver()
    assert app.deliver() == 0, "its lease is not over"
    app.later(minutes=2)
    app.deliver()
    assert app.states() == [("sent", None)] and len({each.key for each in app.probe.handed}) == 1
    assert len(app.probe.handed) == (2 if point == delivering.AFTER_DELIVERY else 1)


@pytest.mark.parametrize("point", [delivering.AFTER_CLAIM, delivering.AFTER_DELIVERY])
def test_what_may_go_once_at_most_waits_for_a_person(app: News, point: str) -> None:
    app.send("careful", app.person())
    with faults.armed(point, killing), pytest.raises(Killed):
        app.deliver()
    app.later(minutes=2)
    app.deliver()
    assert app.states() == [("review", "interrupted")]
    assert len(app.probe.handed) == (1 if point == delivering.AFTER_DELIVERY else 0)
    number = app.rows()[0]["id"]
    with app.runtime.writing(app.ctx()) as work:
        if point == delivering.AFTER_DELIVERY:
            assert messages.deliveries.settle(work, number, was_sent=True)["state"] == "sent"
        else:
            messages.deliveries.replay(work, number)
    app.deliver()
    assert app.states()[0][0] == "sent" and len(app.probe.handed) == 1


def test_what_may_go_once_at_most_is_claimed_alone(app: News) -> None:
    to = app.person()
    for name in ("hello", "careful", "hello", "careful"):
        app.send(name, to)
    with faults.armed(delivering.AFTER_CLAIM, killing), pytest.raises(Killed):
        app.deliver()
    assert Counter(each["state"] for each in app.rows()) == {"sending": 2, "waiting": 2}
    app.later(minutes=5)
    app.deliver()
    assert [each["state"] for each in app.rows()] == ["sent"] * 4


def test_a_message_that_kills_its_workers_is_put_aside(app: News) -> None:
    to = app.person()
    app.send("hello", to)
    for _ in range(delivering.MOST_DEATHS):
        with faults.armed(delivering.AFTER_CLAIM, killing), pytest.raises(Killed):
            app.deliver()
        app.later(minutes=2)
    app.send("slow", to)
    app.deliver()
    assert [each["state"] for each in app.rows()] == ["dead", "sent"]


def test_a_stale_worker_changes_nothing_any_more(app: News) -> None:
    app.send("hello", app.person())

    def slow(_request: Delivery) -> Receipt:
        app.probe.behave = lambda request: Receipt(id="second")
        app.later(minutes=5)
        app.deliver()
        return Receipt(id="first")

    app.probe.behave = slow
    app.deliver()
    assert app.rows()[0]["receipt"]["id"] == "second" and len(app.probe.handed) == 2


def test_what_was_claimed_with_a_slow_one_goes_back_unharmed(app: News, monkeypatch: pytest.MonkeyPatch) -> None:
    to = app.person()
    for _ in range(3):
        app.send("hello", to)
    monkeypatch.setattr(delivering, "_MARGIN_S", 1e9)
    assert delivering._claimed(app.runtime, app.ctx(), 8)[0] == 3
    app.later(minutes=5)
    for _ in range(3):
        looked, claims = delivering._claimed(app.runtime, app.ctx(), 8)
        assert (looked, len(claims)) == (1, 1), "what a worker died over is claimed alone"
        delivering._given_back(app.runtime, app.ctx(), claims[0])
        app.later(minutes=5)
    assert {each["state"] for each in app.rows()} <= {"waiting", "sending"} and app.probe.handed == []


def test_those_beside_a_message_that_kills_are_not_put_aside(app: News) -> None:
    to = app.person()
    for amount in range(6):
        app.send("hello", to, values={"amount": amount})

    def behave(request: Delivery) -> Receipt:
        if "3.00" in request.text:
            raise Killed
        return Receipt()

    app.probe.behave = behave
    for _ in range(20):
        try:
            app.deliver()
        except Killed:
            pass
        app.later(minutes=6)
    assert Counter(each["state"] for each in app.rows()) == {"sent": 5, "dead": 1}


def test_many_workers_deliver_each_message_once(app: News) -> None:
    people = [app.person(f"P{number}") for number in range(6)]
    for each in people * 4:
        app.send("hello", each)

    def work() -> None:
        while app.deliver(8):
            pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert Counter(each.id for each in app.probe.handed) == dict.fromkeys([row["id"] for row in app.rows()], 1)
    assert {each["state"] for each in app.rows()} == {"sent"}


def test_a_cap_holds_against_many_workers(app: News) -> None:
    to = app.person(agrees=True)
    for _ in range(12):
        app.send("ads", to)
    threads = [threading.Thread(target=app.deliver) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    app.deliver()
    assert Counter(app.states()) == {("sent", None): 2, ("suppressed", "cap"): 10}


def test_senders_at_the_same_moment_merge_and_repeat_nothing(app: News) -> None:
    to = app.person()
    failures: list[BaseException] = []

    def send(number: int) -> None:
        try:
            app.send("lots", to, f"k{number % 4}", values={"amount": number % 4})
            app.send("once", to)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    app.later(minutes=11)
    app.deliver()
    lots = [each for each in app.probe.texts if "lots" in each]
    assert sorted(int(each.split()[0]) for each in lots) == [1, 3]
    assert sum(each.startswith("once") for each in app.probe.texts) == 1


def test_more_than_fit_into_one_claim_are_delivered(app: News) -> None:
    to = app.person()
    app.runtime.settings = replace(app.runtime.settings)
    for _ in range(20):
        app.send("hello", to)
    assert app.deliver(15) == 15 and app.deliver() == 5
