"""Approvals in flows: a run asks, waits, and takes the branch of the outcome."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from approvals.kit import CLAIM, MATRIX, ORGANISATION, ROLES, STAFF, Office, approve, deal, node, who
from engine.conftest import small_package
from tessera.engine import packages
from tessera.engine.approvals import deciding
from tessera.engine.approvals.errors import ApprovalEnded
from tessera.engine.flows.controlling import cancel_run
from tessera.engine.flows.rehearsing import dry_run
from tessera.store.system.approvals import approvals, tasks
from tessera.store.system.flows import run as run_table
from tessera.store.system.records import outbox

Begin = Callable[..., Office]

GRANT = {"uid": "grant", "do": "update_record", "values": {"memo": "asked.outcome & ' ' & asked.opinion"}}
REFUSE = {"uid": "refuse", "do": "update_record", "values": {"memo": "'branch'"}}


def test_a_run_waits_for_its_approval_and_goes_on_with_the_outcome(begin: Begin) -> None:
    office = begin(deal(
        approve(node("one", who("ann")), node("two", who("bob", "cay")), **{"as": "asked"}), GRANT,
    ))  # fmt: skip
    claim = office.claim()
    assert (office.run()["state"], office.asked()) == ("waiting", ["ann"])
    office.final("ann", "agree")
    assert office.asked() == ["bob", "cay"]
    office.final("bob", "agree")
    office.final("cay", "agree", opinion="fine")
    assert (office.run()["state"], office.run()["error"]) == ("done", None)
    assert office.works.get("claim", claim["id"])["memo"] == "agreed fine"
    row = office.approval()
    assert (row["outcome"], row["requester_id"], row["wake_at"]) == ("agreed", office.ids["req"], None)


@pytest.mark.parametrize(("kind", "branch"), [("reject", "rejected"), ("withdraw", "withdrawn")])
@pytest.mark.parametrize("unless", ["stop", "continue"])
def test_each_outcome_has_its_branch_and_the_run_stops_unless_it_shall_go_on(
    quick: Begin, kind: str, branch: str, unless: str
) -> None:
    end = {"uid": "end", "do": "create_record", "entity": "receipt", "values": {"memo": "asked.outcome"}}
    step = approve(node("one", who("ann")), unless_agreed=unless, **{branch: [REFUSE], "as": "asked"})
    office = quick(deal(step, end))
    claim = office.claim()
    if kind == "reject":
        office.final("ann", "reject", opinion="no")
    else:
        office.do("req", deciding.withdraw, office.approval()["id"])
        office.works.settle()
    assert (office.run()["state"], office.run()["error"]) == ("done", None)
    assert office.works.get("claim", claim["id"])["memo"] == "branch"
    assert office.works.count("receipt", f"memo = '{branch}'") == (1 if unless == "continue" else 0)


def test_the_branch_of_agreement_is_taken_before_what_follows(quick: Begin) -> None:
    first = {"uid": "first", "do": "update_record", "values": {"memo": "'first'"}}
    then = {"uid": "then", "do": "update_record", "values": {"memo": "record.memo & ' then'"}}
    office = quick(deal(approve(node("one", who("ann")), agreed=[first]), then))
    claim = office.claim()
    office.final("ann", "agree")
    assert office.works.get("claim", claim["id"])["memo"] == "first then"


def test_without_anybody_to_ask_the_run_fails_and_says_so(quick: Begin) -> None:
    office = quick(deal(approve(node("one", who("nobody_of_that_name")))))
    office.claim()
    assert (office.run()["state"], office.run()["error"]["code"]) == ("failed", "step_failed")


def test_an_approval_that_nobody_needs_to_make_is_over_at_once(begin: Begin) -> None:
    office = begin(deal(approve(node("one", who("req"), requester="agrees"), **{"as": "asked"}), GRANT))
    claim = office.claim()
    assert office.run()["state"] == "done"
    assert office.works.get("claim", claim["id"])["memo"] == "agreed "
    assert office.approval()["outcome"] == "agreed"


def test_nothing_has_happened_while_a_decision_can_be_taken_back(begin: Begin) -> None:
    office = begin(deal(approve(node("one", who("ann")), **{"as": "asked"}), GRANT))
    office.claim()
    office.decide("ann", "agree")
    office.wait(seconds=9)
    assert office.run()["state"] == "waiting"
    office.do("ann", deciding.undo, office.task("ann", state="decided"))
    office.wait(minutes=5)
    assert (office.run()["state"], office.asked()) == ("waiting", ["ann"])
    trail = office.shown("ann")["approval"]["trail"]
    assert [(each["kind"], each["undone_at"] is not None) for each in trail] == [("start", False), ("agree", True)]
    office.final("ann", "agree")
    assert office.run()["state"] == "done"


def test_cancelling_the_run_closes_its_approval(begin: Begin) -> None:
    office = begin(deal(approve(node("one", who("ann")))))
    office.claim()
    task = office.task("ann")
    office.do("", cancel_run, office.run()["id"])
    office.works.settle()
    assert (office.run()["state"], office.approval()["outcome"], office.asked()) == ("cancelled", "cancelled", [])
    with pytest.raises(ApprovalEnded):
        office.do("ann", deciding.decide, task, "agree")


def test_an_approval_that_no_run_waits_for_is_closed(quick: Begin) -> None:
    office = quick(deal(approve(node("one", who("ann")))))
    office.claim()
    with office.runtime.database.write() as tx:  # as when a run is ended that cannot be opened any more
        tx.execute(sa.update(run_table).values(state="cancelled"))
    office.works.settle()
    assert (office.approval()["outcome"], office.asked()) == ("cancelled", [])


def test_it_returns_to_an_earlier_step_and_goes_through_again(begin: Begin) -> None:
    between = {"uid": "between", "do": "create_record", "entity": "receipt", "values": {"memo": "'between'"}}
    first = {**approve(node("one", who("ann"))), "uid": "first"}
    second = {**approve(node("two", who("bob"))), "uid": "second"}
    third = {**approve(node("three", who("cay"))), "uid": "third", "as": "asked"}
    office = begin(deal(first, between, second, third, GRANT))
    claim = office.claim()
    office.final("ann", "agree")
    office.final("bob", "agree")
    returns = office.shown("cay")["task"]["returns"]
    assert [(each["to"], each["step"]) for each in returns] == [("requester", ""), ("", "first"), ("", "second")]
    office.final("cay", "return", step="first", opinion="look again")
    assert office.asked() == ["ann"]
    office.final("ann", "agree")
    assert office.asked() == ["bob"]
    office.final("bob", "agree")
    assert office.asked() == ["cay"]
    office.final("cay", "agree")
    assert (office.run()["state"], office.run()["error"]) == ("done", None)
    assert office.works.count("receipt") == 1  # what stands between the steps has had its effect
    assert office.works.get("claim", claim["id"])["memo"] == "agreed "
    with office.runtime.database.read() as tx:
        outcomes = tx.execute(sa.select(approvals.c.step, approvals.c.outcome).order_by(approvals.c.id)).all()
    assert [tuple(each) for each in outcomes] == [
        ("first", "agreed"), ("second", "agreed"), ("third", "returned"), ("first", "agreed"), ("second", "agreed"),
        ("third", "agreed"),
    ]  # fmt: skip


def test_what_is_rejected_after_a_return_is_rejected(quick: Begin) -> None:
    first = {**approve(node("one", who("ann"))), "uid": "first"}
    second = {**approve(node("two", who("bob")), rejected=[REFUSE]), "uid": "second"}
    office = quick(deal(first, second))
    claim = office.claim()
    office.final("ann", "agree")
    office.final("bob", "return", step="first", opinion="look again")
    office.final("ann", "reject", opinion="no")
    assert office.run()["state"] == "done"
    assert office.works.get("claim", claim["id"])["memo"] == "branch"


def test_it_returns_to_the_requester_who_changes_the_record_and_sends_it_again(begin: Begin) -> None:
    revise = [{"uid": "amo", "field": "amount", "may": "require"}]
    step = approve(node("one", who("ann")), revise=revise, title="record.subject & ' ' & record.amount")
    office = begin(deal(step))
    claim = office.claim(amount="12.50")
    office.final("ann", "return", target=-1, opinion="too much")
    assert office.asked() == ["req"]
    seen = office.shown("req")
    assert (seen["task"]["kind"], seen["task"]["actions"], seen["approval"]["state"]) == (
        "revise", ["comment", "resubmit"], "returned")  # fmt: skip
    office.decide("req", "resubmit", record={"amount": "10.25"})
    assert office.works.get("claim", claim["id"])["version"] == 1
    office.wait(seconds=10)
    assert str(office.works.get("claim", claim["id"])["amount"]) == "10.25"
    assert (office.asked(), office.shown("ann")["approval"]["title"]) == (["ann"], "one 10.25")


def test_flows_hear_of_approvals_through_the_outbox(begin: Begin) -> None:
    office = begin(deal(approve(node("one", who("ann"), copies=[{"uid": "cop", "users": ["eve"]}]))))
    claim = office.claim()
    office.final("ann", "agree")
    with office.runtime.database.read() as tx:
        rows = tx.rows(sa.select(outbox).where(outbox.c.topic.like("approval.%")).order_by(outbox.c.id))
    assert [(row["topic"], row["record_id"]) for row in rows] == [
        ("approval.asked", claim["id"]), ("approval.copied", claim["id"]), ("approval.ended", claim["id"]),
    ]  # fmt: skip


def test_a_loop_has_an_approval_for_each_round(begin: Begin) -> None:
    office = begin(deal(
        {"uid": "each", "do": "for_each", "in": "record.items", "as": "item",
         "steps": [approve(node("one", [{"uid": "who", "formula": "item.item"}]))]},
    ))  # fmt: skip
    office.claim(items=[{"item": "ann"}, {"item": "bob"}])
    assert office.asked() == ["ann"]
    office.final("ann", "agree")
    assert office.asked() == ["bob"]
    office.final("bob", "agree")
    assert office.run()["state"] == "done"
    with office.runtime.database.read() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(tasks)) == 2


@pytest.mark.parametrize(("outcome", "then"), [("agreed", "grant"), ("rejected", "ask.rejected/refuse")])
def test_a_dry_run_is_told_what_comes_of_the_approval_and_leaves_no_trace(
    quick: Begin, outcome: str, then: str
) -> None:
    office = quick(deal(approve(node("one", who("ann")), rejected=[REFUSE], **{"as": "asked"}), GRANT))
    wakes = {"ask": {"outcome": outcome, "opinion": "well"}}
    given = {"create": {"subject": "one"}, "wakes": wakes}
    report = dry_run(office.runtime, office.context(), "deal", given)
    assert (report["run"]["state"], report["run"]["error"]) == ("done", None)
    assert then in [each["path"] for each in report["run"]["steps_taken"]]
    assert office.works.count("claim") == 0
    with office.runtime.database.read() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(approvals)) == 0


def test_an_approval_that_waits_outlives_a_release_that_renames_and_changes_everything(begin: Begin) -> None:
    fields = [{"uid": "amo", "field": "amount", "may": "edit"}]
    first = node("one", [{"uid": "kee", "field": "keeper"}], fields=fields)
    step = approve(first, node("two", [{"uid": "for", "formula": "IF(record.amount > 5, 'bob', 'cay')"}]))
    office = begin(deal(step))
    office.claim(amount="7", keeper="ann")
    names = {"amount": "sum_asked", "keeper": "guardian"}
    fields = [{**each, "name": names.get(each["name"], each["name"])} for each in CLAIM["fields"]]
    other = deal(approve(node("new", who("eve"))))
    documents = ({**CLAIM, "fields": fields}, STAFF, ORGANISATION, MATRIX, *ROLES, other)
    runtime = office.runtime
    packages.apply(runtime.database, runtime.settings, office.context(), [small_package(*documents)], consent=True)
    (field,) = office.shown("ann")["approval"]["record"]["fields"]
    assert (field["path"], field["value"]) == ("sum_asked", "7.00")
    office.final("ann", "agree", record={"sum_asked": "9"})
    assert office.asked() == ["bob"]
    office.final("bob", "agree")
    assert office.run()["state"] == "done"
    assert str(office.works.get("claim", office.approval()["record_id"])["sum_asked"]) == "9.00"
