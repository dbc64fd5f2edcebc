"""Creating, changing, deleting and restoring single records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tessera import faults
from tessera.context import Context
from tessera.engine import records
from tessera.engine.records import write
from tessera.errors import Invalid, NotFound
from tessera.runtime import Runtime

ITEMS = [{"item": "wall", "hours": "1.50"}, {"item": "door", "hours": 2}]


def create(runtime: Runtime, ctx: Context, entity: str, **data: Any) -> dict[str, Any]:
    """A record, committed."""
    return runtime.write(ctx, lambda work: records.create(work, entity, data))


def codes(error: Invalid) -> dict[str, str]:
    """Problem codes by pointer."""
    return {each.pointer: each.code for each in error.problems()}


def test_a_record_is_stored_with_its_lines_and_computed_values(runtime: Runtime, ctx: Context) -> None:
    account = create(runtime, ctx, "account", code="A1", name="Ann", region="north")
    task = create(runtime, ctx, "task", subject="paint", account="A1", items=ITEMS)
    assert task["account"] == account["id"]
    assert (task["region"], task["day"], task["state"]) == ("north", date(2025, 3, 10), "open")
    assert task["number"] == "T2025-0001"
    assert task["total"] == Decimal("3.50")
    assert task["summary"] == "paint A1"
    lines = [(line["item"], line["cost"], line["place"]) for line in task["items"]]
    assert lines == [("wall", Decimal("1.50"), 1), ("door", Decimal("2.00"), 2)]
    with runtime.reading(ctx) as work:
        again = records.get(work, "task", task["ref"])
    assert {name: again[name] for name in task if name != "items"} == {n: v for n, v in task.items() if n != "items"}
    assert again["account_name"] == "Ann"


def test_all_problems_are_told_at_once_with_their_places(runtime: Runtime, ctx: Context) -> None:
    body = {
        "effort": -1, "account": "nobody", "state": "gone",
        "items": [{"item": "wall", "hours": "-1"}, {"hours": "1.234"}],
    }  # fmt: skip
    with pytest.raises(Invalid) as caught:
        create(runtime, ctx, "task", **body)
    assert codes(caught.value) == {
        "/subject": "required",
        "/effort": "check_failed",
        "/account": "unknown_reference",
        "/state": "not_an_option",
        "/items/0/hours": "out_of_range",
        "/items/1/item": "required",
        "/items/1/hours": "too_many_decimals",
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [("id", "read_only_field"), ("version", "read_only_field"), ("created_by", "read_only_field"),
     ("total", "read_only_field"), ("number", "read_only_field"), ("region", "read_only_field"),
     ("__proto__", "unknown_field"), ("nonsense", "unknown_field")],
)  # fmt: skip
def test_names_that_cannot_be_written_are_refused_by_name(
    runtime: Runtime, ctx: Context, name: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        create(runtime, ctx, "task", subject="x", **{name: 1})
    assert caught.value.status == 400
    assert codes(caught.value) == {f"/{name}": code}


def test_lines_with_an_id_stay_others_are_new_and_missing_ones_go(runtime: Runtime, ctx: Context) -> None:
    task = create(runtime, ctx, "task", subject="x", items=[*ITEMS, {"item": "roof", "hours": "1"}])
    wall, door, roof = (line["id"] for line in task["items"])
    body = {"items": [{"id": roof}, {"item": "new", "hours": 4}, {"id": wall, "hours": "9"}]}
    after = runtime.write(ctx, lambda work: records.update(work, "task", task["id"], body))
    assert [(line["item"], line["hours"], line["place"]) for line in after["items"]] == [
        ("roof", Decimal("1.00"), 1), ("new", Decimal("4.00"), 2), ("wall", Decimal("9.00"), 3)
    ]  # fmt: skip
    assert [after["items"][0]["id"], after["items"][2]["id"]] == [roof, wall]
    assert door not in {line["id"] for line in after["items"]}
    assert (after["total"], after["version"]) == (Decimal("14.00"), 2)


def test_a_line_of_another_record_is_unknown(runtime: Runtime, ctx: Context) -> None:
    other = create(runtime, ctx, "task", subject="other", items=ITEMS)
    task = create(runtime, ctx, "task", subject="x", items=ITEMS)
    body = {"items": [{"id": other["items"][0]["id"], "item": "mine", "hours": 1}]}
    with pytest.raises(Invalid) as caught:
        runtime.write(ctx, lambda work: records.update(work, "task", task["id"], body))
    assert codes(caught.value) == {"/items/0/id": "unknown_line"}


def test_a_change_that_changes_nothing_leaves_no_trace(runtime: Runtime, ctx: Context) -> None:
    task = create(runtime, ctx, "task", subject="x", items=ITEMS)
    body = {"subject": "x", "items": [{"id": line["id"]} for line in task["items"]]}
    after = runtime.write(ctx, lambda work: records.update(work, "task", task["id"], body))
    assert after["version"] == 1


def test_a_stale_version_is_refused(runtime: Runtime, ctx: Context) -> None:
    task = create(runtime, ctx, "task", subject="x")
    runtime.write(ctx, lambda work: records.update(work, "task", task["id"], {"subject": "y"}, version=1))
    with pytest.raises(records.StaleVersion) as caught:
        runtime.write(ctx, lambda work: records.update(work, "task", task["id"], {"subject": "z"}, version=1))
    assert (caught.value.code, caught.value.params) == ("stale_version", {"version": 2})


def test_a_state_moves_only_along_its_transitions(runtime: Runtime, ctx: Context) -> None:
    task = create(runtime, ctx, "task", subject="x")

    def move(state: str) -> dict[str, Any]:
        return runtime.write(ctx, lambda work: records.update(work, "task", task["id"], {"state": state}))

    with pytest.raises(records.IllegalTransition) as caught:
        move("done")
    assert caught.value.params == {"state": "open", "wanted": "done"}
    move("busy")
    with pytest.raises(records.IllegalTransition):
        move("done")  # its guard wants hours
    runtime.write(ctx, lambda work: records.update(work, "task", task["id"], {"items": ITEMS}))
    assert move("done")["state"] == "done"


def test_a_new_record_begins_in_the_first_state(runtime: Runtime, ctx: Context) -> None:
    with pytest.raises(records.IllegalTransition):
        create(runtime, ctx, "task", subject="x", state="done")


def test_unique_values_are_refused_without_showing_who_has_them(runtime: Runtime, ctx: Context) -> None:
    create(runtime, ctx, "task", subject="secret", external="E1")
    other = create(runtime, ctx, "task", subject="b", external="E2")
    with pytest.raises(Invalid) as caught:
        create(runtime, ctx, "task", subject="c", external="E1")
    assert codes(caught.value) == {"/external": "not_unique"}
    assert "secret" not in str(caught.value.problems())
    with pytest.raises(Invalid):
        runtime.write(ctx, lambda work: records.update(work, "task", other["id"], {"external": "E1"}))
    runtime.write(ctx, lambda work: records.update(work, "task", other["id"], {"external": "E2", "subject": "d"}))


def test_a_deleted_record_frees_its_unique_values_and_comes_back_only_while_they_are_free(
    runtime: Runtime, ctx: Context
) -> None:
    first = create(runtime, ctx, "task", subject="a", external="E1")
    runtime.write(ctx, lambda work: records.delete(work, "task", first["id"]))
    with runtime.reading(ctx) as work, pytest.raises(NotFound):
        records.get(work, "task", first["id"])
    second = create(runtime, ctx, "task", subject="b", external="E1")
    with pytest.raises(Invalid):
        runtime.write(ctx, lambda work: records.restore(work, "task", first["id"]))
    runtime.write(ctx, lambda work: records.delete(work, "task", second["id"]))
    back = runtime.write(ctx, lambda work: records.restore(work, "task", first["id"]))
    assert (back["subject"], back["deleted_at"], back["version"]) == ("a", None, 3)


def test_a_captured_value_follows_its_reference_only_when_that_changes(runtime: Runtime, ctx: Context) -> None:
    create(runtime, ctx, "account", code="A1", region="north")
    create(runtime, ctx, "account", code="A2", region="south")
    task = create(runtime, ctx, "task", subject="x", account="A1")
    runtime.write(ctx, lambda work: records.update(work, "account", "A1", {"region": "east"}))
    after = runtime.write(ctx, lambda work: records.update(work, "task", task["id"], {"subject": "y"}))
    assert after["region"] == "north"
    after = runtime.write(ctx, lambda work: records.update(work, "task", task["id"], {"account": {"code": "A2"}}))
    assert after["region"] == "south"


def test_references_are_named_by_id_ref_or_business_key(runtime: Runtime, ctx: Context) -> None:
    account = create(runtime, ctx, "account", code="7")
    for name in (account["id"], account["ref"], "7", {"id": account["id"]}, {"code": "7"}, {"ref": account["ref"]}):
        task = create(runtime, ctx, "task", subject="x", account=name, watchers=[name])
        assert (task["account"], task["watchers"]) == (account["id"], [account["id"]])
    with pytest.raises(Invalid):
        create(runtime, ctx, "task", subject="x", account=str(account["id"] + 1000))


def test_deleting_follows_what_each_reference_says(runtime: Runtime, ctx: Context) -> None:
    account = create(runtime, ctx, "account", code="A1")
    parent = create(runtime, ctx, "task", subject="parent")
    child = create(runtime, ctx, "task", subject="child", part_of=parent["id"])
    waiting = create(runtime, ctx, "task", subject="waiting", blocked_by=parent["id"], account="A1")
    with pytest.raises(records.InUse):
        runtime.write(ctx, lambda work: records.delete(work, "account", account["id"]))
    runtime.write(ctx, lambda work: records.delete(work, "task", parent["id"]))
    with runtime.reading(ctx) as work:
        with pytest.raises(NotFound):
            records.get(work, "task", child["id"])
        left = records.get(work, "task", waiting["id"])
    assert (left["blocked_by"], left["version"]) == (None, 2)
    runtime.write(ctx, lambda work: records.restore(work, "task", parent["id"]))
    with runtime.reading(ctx) as work:
        assert records.get(work, "task", child["id"])["part_of"] == parent["id"]


def test_a_failing_validation_names_its_field(runtime: Runtime, ctx: Context) -> None:
    with pytest.raises(Invalid) as caught:
        create(runtime, ctx, "task", subject="x", items=[{"item": "much", "hours": "1001"}])
    assert codes(caught.value) == {"/items": "validation_failed"}


def test_gapless_numbers_have_no_gap_when_a_transaction_is_undone(runtime: Runtime, ctx: Context) -> None:
    create(runtime, ctx, "receipt", memo="a")
    with pytest.raises(RuntimeError), runtime.writing(ctx) as work:
        records.create(work, "receipt", {"memo": "b"})
        raise RuntimeError
    assert create(runtime, ctx, "receipt", memo="c")["number"] == "000002"


def test_hooks_are_told_of_each_change_with_before_and_after(runtime: Runtime, ctx: Context) -> None:
    told: list[tuple[str, bool, bool]] = []

    def hook(work: Any, entity: Any, changes: Any) -> None:
        told.extend((entity.name, each.before is not None, each.after is not None) for each in changes)

    records.on_change.append(hook)
    try:
        task = create(runtime, ctx, "task", subject="x", items=ITEMS)
        runtime.write(ctx, lambda work: records.update(work, "task", task["id"], {"subject": "y"}))
        runtime.write(ctx, lambda work: records.delete(work, "task", task["id"]))
    finally:
        records.on_change.remove(hook)
    assert told == [("task", False, True), ("task", True, True), ("task", True, False)]


def test_finishers_run_once_before_commit_in_the_order_of_their_first_mention(runtime: Runtime, ctx: Context) -> None:
    ran: list[str] = []
    with runtime.writing(ctx) as work:
        work.defer("b", lambda work: ran.append("b"))
        work.defer("a", lambda work: (ran.append("a"), work.defer("c", lambda work: ran.append("c")))[0])
        work.defer("b", lambda work: ran.append("twice"))
    assert ran == ["b", "a", "c"]


@pytest.mark.parametrize(
    "point",
    [write.BEFORE_ROWS, write.AFTER_ROWS, "records.after_audit", write.AFTER_EVENTS, write.AFTER_DERIVED,
     write.AFTER_HOOKS, "work.before_finishers", "work.before_commit"],
)  # fmt: skip
def test_nothing_of_a_write_that_breaks_off_is_left(runtime: Runtime, ctx: Context, point: str) -> None:
    class BrokenOff(Exception):
        pass

    def break_off() -> None:
        raise BrokenOff

    create(runtime, ctx, "account", code="A1")
    with faults.armed(point, break_off), pytest.raises(BrokenOff):
        create(runtime, ctx, "task", subject="x", account="A1", items=ITEMS)
    with runtime.reading(ctx) as work:
        assert records.count(work, "task") == 0
        assert records.get(work, "account", "A1")["tasks"] == 0
