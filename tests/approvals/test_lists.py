"""Lists, counts, the way, copies, comments, batches, and who may see what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from approvals.kit import Office, approve, deal, node, who
from tessera.engine.approvals import batches, deciding, lists
from tessera.engine.approvals.choosing import candidates
from tessera.engine.approvals.errors import CannotAsk, NotOffered, UrgedRecently
from tessera.errors import Forbidden, Invalid, NotFound
from tessera.store.cursors import BadCursor

Begin = Callable[..., Office]

LATE = [{"uid": "late", "after": "2h", "do": "urge"}]


def plain(begin: Begin, **more: Any) -> Office:
    """An office in which ann and then bob decide."""
    return begin(deal(approve(node("one", who("ann"), **more), node("two", who("bob")))))


def test_the_inbox_has_the_late_ones_first_then_the_longest_waiting_and_pages(begin: Begin) -> None:
    office = begin(
        deal(approve(node("one", who("ann"))), uid="slow", when="record.amount = 1"),
        deal(approve(node("one", who("ann"), deadlines=LATE)), when="record.amount <> 1"),
    )
    for place, amount in enumerate(("1", "2", "1", "2", "1")):
        office.claim(subject=f"c{place}", amount=amount)
        office.wait(minutes=50)
    wanted = ["c1", "c0", "c2", "c3", "c4"]
    assert [each["title"] for each in office.inbox("ann")] == wanted
    assert [each["is_late"] for each in office.inbox("ann")] == [True, False, False, False, False]
    with office.runtime.reading(office.context("ann")) as work:
        seen: list[str] = []
        page = lists.waiting(work, limit=2)
        seen += [str(each["title"]) for each in page.rows]
        while page.next:
            page = lists.waiting(work, limit=2, cursor=page.next)
            seen += [str(each["title"]) for each in page.rows]
        assert seen == wanted
        assert [each["title"] for each in lists.waiting(work, limit=9, flow="slow").rows] == ["c0", "c2", "c4"]
        counted = lists.counts(work)
        assert (counted["waiting"], counted["late"]) == (5, 1)
        assert [(each["name"], each["waiting"], each["late"]) for each in counted["by_flow"]] == [
            ("deal", 2, 1), ("slow", 3, 0)]  # fmt: skip
        for cursor in ("x", "e30", "MXwy", "💥"):
            with pytest.raises(BadCursor):
                lists.waiting(work, limit=2, cursor=cursor)


def test_what_was_decided_started_and_copied_is_listed(begin: Begin) -> None:
    office = plain(begin, copies=[{"uid": "eve", "users": ["eve"]}])
    office.claim(subject="a")
    office.claim(subject="b")
    office.final("ann", "agree")
    office.decide("ann", "reject", opinion="no")

    def titles(name: str, of: Callable[..., Any], **more: Any) -> list[Any]:
        with office.runtime.reading(office.context(name)) as work:
            return [each["title"] for each in of(work, limit=1, **more).rows]

    with office.runtime.reading(office.context("ann")) as work:
        first = lists.done(work, limit=1)
        second = lists.done(work, limit=1, cursor=first.next)
        assert [first.rows[0]["decision"], second.rows[0]["decision"], second.next] == ["rejected", "agreed", ""]
        assert first.rows[0]["final_at"] is not None
    assert titles("req", lists.started) == ["b"]
    assert titles("eve", lists.copied) == ["b"]
    office.wait(seconds=10)
    assert titles("req", lists.started, state="ended") == ["a"]
    assert titles("req", lists.started, state="running") == ["b"]
    with office.runtime.reading(office.context("eve")) as work:
        assert lists.counts(work)["copied"] == 1
    office.do("eve", deciding.mark_read, lists_row(office, "eve")["approval"])
    with office.runtime.reading(office.context("eve")) as work:
        assert lists.counts(work)["copied"] == 0


def lists_row(office: Office, name: str) -> dict[str, Any]:
    """The latest copy of somebody."""
    with office.runtime.reading(office.context(name)) as work:
        return lists.copied(work, limit=1).rows[0]


def test_the_way_has_names_and_times(begin: Begin) -> None:
    step = {**approve(node("last", who("eve"))), "uid": "later"}
    office = begin(deal(approve(node("one", who("ann")), node("two", who("bob", "cay"))), step))
    office.claim()
    office.wait(minutes=17)
    office.final("ann", "agree", opinion="good")
    office.decide("cay", "agree")
    office.works.later(hours=2)
    way = office.shown("bob")["approval"]["way"]
    assert [(each["kind"], each["uid"], each["state"]) for each in way] == [
        ("start", "start", "done"), ("node", "one", "done"), ("node", "two", "at_work"), ("node", "last", "to_come")]
    people = [each for stop in way[1:3] for each in stop["people"]]
    assert [(each["person"]["name"], each["decision"], each["waited_s"]) for each in people] == [
        ("ann", "agreed", 17 * 60), ("bob", "", 2 * 3600), ("cay", "agreed", 0)]  # fmt: skip
    office.final("bob", "reject", opinion="no")
    assert [each["state"] for each in office.shown("req")["approval"]["way"]] == [
        "done", "done", "done", "not_reached"]  # fmt: skip


def test_the_way_begins_with_earlier_approvals_of_the_run(begin: Begin) -> None:
    first = {**approve(node("one", who("ann"))), "uid": "first"}
    office = begin(deal(first, approve(node("two", who("bob")))))
    office.claim()
    office.final("ann", "agree")
    way = office.shown("bob")["approval"]["way"]
    assert [(each["uid"], each["state"]) for each in way] == [("start", "done"), ("one", "done"), ("two", "at_work")]
    assert [each["person"]["name"] for each in way[1]["people"]] == ["ann"]


def test_only_who_takes_part_sees_an_approval_and_roles_may_see_all_of_a_flow(begin: Begin) -> None:
    office = plain(begin)
    office.claim()
    for name in ("ann", "req"):
        assert office.shown(name)["approval"]["id"] == 1
    for name in ("bob", "cay"):
        with pytest.raises(NotFound):
            office.shown(name)

    def seen(name: str) -> int:
        with office.runtime.reading(office.context(name)) as work:
            return len(lists.every(work, limit=9).rows)

    assert [seen(name) for name in ("ann", "req", "cay")] == [1, 1, 0]
    office.change("cay", roles=["steward"])
    assert (seen("cay"), office.shown("cay")["approval"]["may"]["manage"]) == (1, True)
    office.do("cay", deciding.reassign, office.task("ann"), office.ids["dan"])
    assert office.asked() == ["dan"]
    office.change("eve", roles=["overseer"])
    assert seen("eve") == 1
    with pytest.raises(Forbidden):
        office.do("eve", deciding.reassign, office.task("dan"), office.ids["ann"])
    with pytest.raises(NotOffered):
        office.do("eve", deciding.urge, 1)


def test_comments_copies_and_reminders(begin: Begin) -> None:
    office = plain(begin)
    office.claim()
    office.do("ann", deciding.comment, 1, "is this right? @req")
    office.do("ann", deciding.send_copies, 1, [office.ids["eve"], office.ids["eve"]], "look")
    office.do("req", deciding.urge, 1)
    with pytest.raises(UrgedRecently):
        office.do("req", deciding.urge, 1)
    with pytest.raises(Invalid):
        office.do("ann", deciding.comment, 1, " ")
    with pytest.raises(NotOffered):
        office.do("ann", deciding.urge, 1)
    with pytest.raises(NotOffered):
        office.do("eve", deciding.send_copies, 1, [office.ids["cay"]])
    trail = office.shown("eve")["approval"]["trail"]
    assert [(each["kind"], each["by"]["name"]) for each in trail] == [
        ("start", "req"), ("comment", "ann"), ("copy", "ann"), ("urge", "req")]  # fmt: skip
    assert [each["name"] for each in trail[2]["people"]] == ["eve", "eve"]
    office.final("ann", "reject", opinion="no")
    office.do("req", deciding.comment, 1, "a pity")  # also afterwards


def test_people_to_ask_are_found_by_name_by_who_may_ask_somebody(begin: Begin) -> None:
    office = plain(begin)
    office.hire("zoe", display_name="Zoë Smith")
    office.hire("zac", is_active=False)
    office.claim()
    with office.runtime.reading(office.context("ann")) as work:
        task = office.task("ann")
        assert candidates(work, task, "smith") == [office.ids["zoe"]]
        assert candidates(work, task, "za") == []
        assert office.ids["ann"] not in candidates(work, task, "")
    with office.runtime.reading(office.context("req")) as work, pytest.raises(NotOffered):
        candidates(work, task, "a")
    with pytest.raises(CannotAsk):
        office.decide("ann", "transfer", people=(office.ids["zac"],))


def test_several_are_agreed_to_at_once_after_a_summary(begin: Begin) -> None:
    office = plain(begin)
    for name in ("a", "b", "c"):
        office.claim(subject=name)
    numbers = [each["task"] for each in office.inbox("ann")]
    office.decide("ann", "reject", opinion="no")  # the latest, c
    with office.runtime.reading(office.context("ann")) as work:
        told = batches.agree(work, [*numbers, 999], dry_run=True)
    (summary,) = told["summary"]
    assert (summary["count"], summary["titles"], summary["node"]["uid"]) == (2, ["a", "b"], "one")
    assert [(each["task"], each["code"]) for each in told["refused"]] == [
        (numbers[2], "task_decided"), (999, "not_found")]  # fmt: skip
    assert len(office.inbox("ann")) == 2
    told = office.do("ann", batches.agree, numbers, "fine")
    assert [each["task"] for each in told["agreed"]] == numbers[:2]
    office.wait(seconds=10)
    assert office.asked() == ["bob", "bob"]
