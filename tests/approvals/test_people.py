"""Who is asked: users, roles, fields, managers, formulas and tables; and who stands in for whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from approvals.kit import Office, approve, deal, node, who
from flows.kit import NOON
from tessera.engine import records
from tessera.engine.approvals import deciding, delegating
from tessera.engine.approvals.errors import ApprovalEnded, NotYourTask
from tessera.errors import Forbidden, Invalid, NotFound

Begin = Callable[..., Office]


def asks(begin: Begin, *sources: dict[str, Any], mode: str = "all", **more: Any) -> Office:
    """An office whose claims ask the people of some sources."""
    found = [{"uid": f"who{place}", **each} for place, each in enumerate(sources)]
    return begin(deal(approve(node("one", found, mode, **more))))


def seat(office: Office, name: str, boss: int | None = None, **values: Any) -> int:
    """A place in the organisation: its id."""
    body = {"job": name, "who_": name, "boss": boss, **values}
    return int(office.runtime.write(office.context(), lambda work: records.create(work, "staff", body))["id"])


def test_a_field_of_the_record_names_an_approver(begin: Begin) -> None:
    office = asks(begin, {"field": "keeper"}, nobody="ask", fallback=who("eve"))
    office.claim(keeper="bob")
    assert office.asked() == ["bob"]
    office.claim()
    assert office.asked() == ["bob", "eve"]


def test_a_formula_names_approvers_by_id_or_name(quick: Begin) -> None:
    office = asks(quick, {"formula": "IF(record.amount > 100, 'ann, bob', 'cay')"}, {"formula": "record.keeper"})
    office.claim(amount="500", keeper="dan")
    assert office.asked() == ["ann", "bob", "dan"]


def test_a_role_is_narrowed_by_an_attribute_of_the_account(begin: Begin) -> None:
    office = asks(begin, {"role": "helper", "attribute": "region", "equals": "record.region"})
    for name in ("ann", "bob", "dan"):
        office.change(name, roles=["helper"])
    office.claim(region="north")
    assert office.asked() == ["bob", "dan"]


def test_a_table_says_who_decides_by_amount_and_place(quick: Begin) -> None:
    when = "row.least <= record.amount AND (ISBLANK(row.region) OR row.region = record.region)"
    office = asks(quick, {"table": "matrix", "when": when, "column": "who"})
    wanted = (("2000", "north", ["dan", "eve"]), ("10", "north", ["bob"]), ("10", "south", ["cay"]))
    for amount, region, asked in wanted:
        claim = office.claim(amount=amount, region=region)
        assert [each["person"]["name"] for each in office.shown("req")["approval"]["way"][1]["people"]] == asked
        assert claim["id"] == office.approval()["record_id"]


def test_a_table_names_roles_and_all_rows_count_when_it_says_so(quick: Begin) -> None:
    office = asks(quick, {"table": "matrix", "when": "row.least <= record.amount", "column": "role", "names": "role",
                          "take": "all"})  # fmt: skip
    office.change("eve", roles=["chief"])
    office.change("cay", roles=["helper"])
    office.claim(amount="2000")
    assert office.asked() == ["eve", "cay"]


def test_managers_are_found_over_the_organisation(begin: Begin) -> None:
    every = {"manager": "requester", "levels": 3, "each": True}
    office = asks(begin, {"manager": "requester"}, every, mode="sequential")
    top = seat(office, "eve")
    middle = seat(office, "dan", top)
    seat(office, "req", middle)
    office.claim()
    people = office.shown("req")["approval"]["way"][1]["people"]
    assert [each["person"]["name"] for each in people] == ["dan", "eve"]


def test_a_manager_who_left_is_passed_over_and_other_ways_up_are_tried(quick: Begin) -> None:
    office = asks(quick, {"manager": "requester"})
    seat(office, "req", seat(office, "dan", seat(office, "eve")))
    office.change("dan", is_active=False)
    office.claim()
    assert office.asked() == ["eve"]
    seat(office, "ann", None, deputy="cay")
    office.claim(by="ann")
    assert office.asked() == ["eve", "cay"]


def test_those_who_may_not_sign_in_are_not_asked(quick: Begin) -> None:
    office = asks(quick, {"users": ["ann", "bob"]})
    office.change("ann", is_active=False)
    office.claim()
    assert office.asked() == ["bob"]


def test_the_task_of_somebody_who_left_goes_to_his_manager(begin: Begin) -> None:
    office = asks(begin, {"users": ["ann"]})
    seat(office, "ann", seat(office, "dan"))
    office.claim()
    office.change("ann", is_active=False)
    office.works.settle()
    assert office.asked() == ["dan"]
    trail = office.shown("dan")["approval"]["trail"]
    assert [each["detail"].get("cause") for each in trail if each["kind"] == "moved"] == ["disabled"]


def test_without_anybody_in_the_place_of_who_left_it_fails(quick: Begin) -> None:
    office = asks(quick, {"users": ["ann"]})
    office.claim()
    office.change("ann", is_active=False)
    office.works.settle()
    assert (office.approval()["outcome"], office.approval()["reason"]) == ("failed", "no_approver")
    assert office.run()["state"] == "failed"


def test_deadlines_urge_and_then_escalate_to_the_manager(quick: Begin) -> None:
    late = [{"uid": "urge", "after": "24h", "do": "urge"}, {"uid": "up_", "after": "2d", "do": "escalate"}]
    office = asks(quick, {"users": ["ann"]}, deadlines=late)
    seat(office, "ann", seat(office, "dan"))
    office.claim()
    assert office.inbox("ann")[0]["is_late"] is False
    office.wait(hours=24)
    assert (office.asked(), office.inbox("ann")[0]["is_late"]) == (["ann"], True)
    office.wait(hours=24)
    assert office.asked() == ["dan"]


def test_a_decision_after_the_deadline_is_refused_even_before_a_worker_came_by(begin: Begin) -> None:
    office = asks(begin, {"users": ["ann"]}, deadlines=[{"uid": "end", "after": "1h", "do": "reject"}])
    office.claim()
    task = office.task("ann")
    office.works.later(hours=1)  # nothing has fired it yet
    with pytest.raises(ApprovalEnded):
        office.do("ann", deciding.decide, task, "agree")
    assert office.approval()["outcome"] is None
    office.works.settle()
    assert (office.approval()["outcome"], office.run()["state"]) == ("rejected", "done")


# Standing in


def delegated(office: Office, by: str, to: str, **more: Any) -> dict[str, Any]:
    """A delegation for the next day."""
    given = {"from_at": office.works.now, "until_at": office.works.now + timedelta(days=1), **more}
    return dict(office.do(by, delegating.delegate, to=office.ids[to], **given))


def test_a_delegate_decides_in_the_place_of_another_for_a_time(begin: Begin) -> None:
    office = asks(begin, {"users": ["ann"]})
    office.claim()
    with pytest.raises(NotFound):
        office.decide("bob", "agree", holder="ann")
    delegated(office, "ann", "bob")
    (row,) = office.inbox("bob")
    assert (row["person"]["name"], row["is_own"]) == ("ann", False)
    office.decide("bob", "agree", holder="ann", opinion="for her")
    (done,) = [each for each in office.shown("ann")["approval"]["trail"] if each["kind"] == "agree"]
    assert (done["by"]["name"], done["for"]["name"]) == ("bob", "ann")
    office.wait(seconds=10)
    assert office.approval()["outcome"] == "agreed"
    office.claim()
    office.works.later(days=1)
    assert office.inbox("bob") == []


def test_a_delegation_may_be_for_some_flows_and_ended(quick: Begin) -> None:
    office = asks(quick, {"users": ["ann"]})
    office.claim()
    with pytest.raises(Invalid):
        delegated(office, "ann", "bob", flows=["nonsense"])
    made = delegated(office, "ann", "bob", flows=["deal"])
    assert made["flows"] == ["deal"] and len(office.inbox("bob")) == 1
    with pytest.raises(NotFound):
        office.do("bob", delegating.end, made["id"])
    office.do("ann", delegating.end, made["id"])
    assert office.inbox("bob") == []


def test_delegations_are_checked(quick: Begin) -> None:
    office = asks(quick, {"users": ["ann"]})
    for more in ({"until_at": NOON}, {"until_at": NOON + timedelta(days=500)}):
        with pytest.raises(Invalid):
            delegated(office, "ann", "bob", **more)
    with pytest.raises(Invalid):
        delegated(office, "ann", "ann")
    with pytest.raises(Forbidden):
        delegated(office, "ann", "bob", person=office.ids["cay"])


def test_four_eyes_hold_for_delegates_too(quick: Begin) -> None:
    office = asks(quick, {"users": ["ann", "req"]}, requester="excluded")
    office.claim()
    assert office.asked() == ["ann"]
    delegated(office, "ann", "req")
    with pytest.raises(NotYourTask):
        office.decide("req", "agree", holder="ann")
