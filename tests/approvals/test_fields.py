"""What approvers see of a record and may change: the fields of their node, whatever their other rights are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from approvals.kit import Office, approve, deal, node, who
from tessera.engine import records, sealing
from tessera.engine.approvals import deciding
from tessera.engine.approvals.errors import NotYourTask
from tessera.engine.approvals.fields import RecordMoved
from tessera.errors import Invalid, NotFound
from tessera.store.system.approvals import approvals, tasks
from tessera.store.system.records import audit

Begin = Callable[..., Office]

FIELDS = [
    {"uid": "sub", "field": "subject"},
    {"uid": "gra", "field": "granted", "may": "require"},
    {"uid": "mem", "field": "memo", "may": "edit"},
    {"uid": "acc", "field": "account"},
    {"uid": "cod", "field": "account.code"},
    {"uid": "ite", "field": "items.item"},
    {"uid": "pri", "field": "items.price", "may": "edit"},
]


def started(begin: Begin, **values: Any) -> tuple[Office, dict[str, Any]]:
    """An office with a claim about which ann decides, with the fields above."""
    office = begin(deal(approve(node("one", who("ann"), fields=FIELDS))))
    account = office.works.create("account", code="A1", name="North")
    lines = [{"item": "pen", "price": "1", "cost": "0.5"}, {"item": "ink", "price": "2", "cost": "1"}]
    return office, office.claim(account=account["id"], secret="s", amount="7", items=lines, **values)


def test_an_approver_sees_the_fields_of_his_node_and_nothing_else(begin: Begin) -> None:
    office, claim = started(begin)
    with office.runtime.reading(office.context("ann")) as work, pytest.raises(NotFound):
        records.get(work, "claim", claim["id"])
    record = office.shown("ann")["approval"]["record"]
    assert (record["id"], record["can_open"], record["version"]) == (claim["id"], False, 1)
    seen = {each["path"]: (each["may"], each["value"]) for each in record["fields"]}
    ids = [each["id"] for each in claim["items"]]
    assert seen == {
        "subject": ("see", "one"), "granted": ("require", None), "memo": ("edit", None),
        "account": ("see", {"id": claim["account"], "title": "North"}), "account.code": ("see", "A1"),
        "items.item": ("see", [{"id": ids[0], "value": "pen"}, {"id": ids[1], "value": "ink"}]),
        "items.price": ("edit", [{"id": ids[0], "value": "1.00"}, {"id": ids[1], "value": "2.00"}]),
    }  # fmt: skip
    with pytest.raises(NotFound):
        office.shown("bob")


def test_whoever_may_read_the_record_is_told_that_he_can_open_it(quick: Begin) -> None:
    office, _ = started(quick)
    office.change("ann", roles=["reader"])
    assert office.shown("ann")["approval"]["record"]["can_open"] is True


def test_what_an_approver_writes_is_stored_once_it_is_final_and_in_his_name(begin: Begin) -> None:
    office, claim = started(begin)
    lines = [{"id": each["id"], "price": "9"} for each in claim["items"]]
    office.decide("ann", "agree", record={"granted": "5.5", "memo": "ok", "items": lines})
    assert office.works.get("claim", claim["id"])["version"] == 1
    office.wait(seconds=10)
    found = office.works.get("claim", claim["id"])
    assert (str(found["granted"]), found["memo"], found["updated_by"]) == ("5.50", "ok", office.ids["ann"])
    assert [(each["item"], str(each["price"]), str(each["cost"])) for each in found["items"]] == [
        ("pen", "9.00", "0.50"), ("ink", "9.00", "1.00")]  # fmt: skip
    with office.runtime.database.read() as tx:
        rows = tx.rows(sa.select(audit).where(audit.c.entity == "work:claim").order_by(audit.c.id))
    assert [(row["actor"], row["verb"]) for row in rows] == [
        ("req", "created"), ("ann", "approval.agree"), ("ann", "updated")]  # fmt: skip


def test_what_is_taken_back_was_never_written(begin: Begin) -> None:
    office, claim = started(begin)
    office.decide("ann", "agree", record={"granted": "5"})
    office.do("ann", deciding.undo, office.task("ann", state="decided"))
    office.wait(hours=1)
    assert office.works.get("claim", claim["id"])["version"] == 1
    with office.runtime.database.read() as tx:
        assert tx.scalar(sa.select(tasks.c.changes)) is None


@pytest.mark.parametrize(
    ("record", "pointer", "code"),
    [
        ({}, "/record/granted", "required"),
        ({"granted": "-1"}, "/record/granted", "out_of_range"),
        ({"granted": "1", "subject": "x"}, "/record/subject", "read_only_field"),
        ({"granted": "1", "secret": "x"}, "/record/secret", "unknown_field"),
        ({"granted": "1", "amount": "3"}, "/record/amount", "unknown_field"),
        ({"granted": "1", "items": [{"item": "more", "price": "1"}]}, "/record/items/0/item", "read_only_field"),
        ({"granted": "1", "items": []}, "/record/items", "lines_are_fixed"),
    ],
)  # fmt: skip
def test_what_may_not_be_written_is_refused_at_once(
    quick: Begin, record: dict[str, Any], pointer: str, code: str
) -> None:
    office, _ = started(quick)
    with pytest.raises(Invalid) as caught:
        office.decide("ann", "agree", record=record)
    assert (pointer, code) in [(each.pointer, each.code) for each in caught.value.problems()]


def test_the_record_is_changed_with_agreeing_only(quick: Begin) -> None:
    office, _ = started(quick)
    with pytest.raises(Invalid):
        office.decide("ann", "reject", opinion="no", record={"memo": "x"})


def test_what_cannot_be_written_any_more_opens_the_task_again(begin: Begin) -> None:
    office, claim = started(begin)
    lines = [{"id": each["id"], "price": "2"} for each in claim["items"]]
    office.decide("ann", "agree", record={"granted": "5", "items": lines})
    office.works.update("claim", claim["id"], items=[{"item": "other"}])
    office.wait(seconds=10)
    assert office.asked() == ["ann"]
    trail = [each for each in office.shown("ann")["approval"]["trail"] if each["kind"] in ("not_applied", "reopened")]
    assert [each["kind"] for each in trail] == ["not_applied", "reopened"]
    assert trail[0]["detail"]["problems"][0]["code"] == "unknown_line"


def test_a_record_that_moved_on_is_not_decided_about_unseen(quick: Begin) -> None:
    office, claim = started(quick)
    office.works.update("claim", claim["id"], amount="1000000")
    with pytest.raises(RecordMoved):
        office.decide("ann", "agree", record={"granted": "5"}, version=1)
    office.decide("ann", "agree", record={"granted": "5"}, version=2)


def test_a_reader_without_a_task_cannot_decide(quick: Begin) -> None:
    office, _ = started(quick)
    office.change("bob", roles=["overseer"])
    assert office.shown("bob")["approval"]["record"] is None
    with pytest.raises(NotYourTask):
        office.decide("bob", "agree", holder="ann")


def test_effects_are_worked_out_from_the_record(quick: Begin) -> None:
    effect = {"uid": "lef", "label": {"zh": "剩余", "en": "Left"}, "value": "record.amount - 3"}
    office = quick(deal(approve(node("one", who("ann")), effects=[effect])))
    office.claim(amount="7.5")
    (shown,) = office.shown("ann")["approval"]["effects"]
    assert (shown["label"], shown["value"]) == ({"zh": "剩余", "en": "Left"}, "4.50")


def test_headings_are_sealed_and_erased_with_the_record(begin: Begin) -> None:
    office = begin(deal(approve(node("one", who("ann")), title="record.secret", summary="'of ' & record.subject")))
    claim = office.claim(secret="hidden words")
    assert [(each["title"], each["summary"]) for each in office.inbox("ann")] == [("hidden words", "of one")]
    with office.runtime.database.read() as tx:
        assert "hidden" not in tx.scalar(sa.select(sa.type_coerce(approvals.c.heading, sa.Text())))
    office.do("", sealing.destroy_key, "work:claim", claim["id"])
    assert [each["title"] for each in office.inbox("ann")] == [""]
