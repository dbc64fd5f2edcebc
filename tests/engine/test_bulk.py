"""Many records at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.context import Context
from tessera.engine import records
from tessera.runtime import Runtime
from tessera.store.system.records import audit, outbox

from .conftest import NOON


def test_sound_rows_are_stored_and_the_others_reported(runtime: Runtime, ctx: Context) -> None:
    rows: list[Any] = [
        {"subject": "a", "external": "E1"}, {"subject": "b", "external": "E1"}, {"effort": 1}, "text",
        {"subject": "c", "nonsense": 1}, {"subject": "d"},
    ]  # fmt: skip
    result = runtime.write(ctx, lambda work: records.bulk_create(work, "task", rows))
    assert result.created == 2
    assert {place: result.records[place]["subject"] for place in result.records} == {0: "a", 5: "d"}
    found = {place: [each.code for each in problems] for place, problems in result.problems.items()}
    assert found == {1: ["not_unique"], 2: ["required"], 3: ["wrong_type", "required"], 4: ["unknown_field"]}


def test_a_row_that_a_hook_refuses_stands_alone(runtime: Runtime, ctx: Context) -> None:
    def hook(work: Any, entity: Any, changes: Any) -> None:
        if any(each.after["subject"] == "bad" for each in changes):
            raise records.InUse(entity="x", field="y")

    records.on_change.append(hook)
    try:
        rows = [{"subject": "bad" if place == 3 else f"t{place}", "items": []} for place in range(8)]
        result = runtime.write(ctx, lambda work: records.bulk_create(work, "task", rows))
    finally:
        records.on_change.remove(hook)
    assert (result.created, list(result.problems)) == (7, [3])
    with runtime.reading(ctx) as work:
        assert records.count(work, "task") == 7
        own = sa.select(sa.func.count()).where(audit.c.entity == work.entity("task").key)
        assert work.tx.scalar(own) == 7


def test_rows_are_changed_by_any_key_and_in_order(runtime: Runtime, ctx: Context) -> None:
    for code in ("A1", "A2"):
        runtime.write(ctx, lambda work, code=code: records.create(work, "account", {"code": code}))
    rows = [
        {"code": "A1", "region": "one"}, {"code": "A1", "region": "two"}, {"code": "A2", "region": "x", "version": 7},
        {"code": "A9", "region": "x"},
    ]  # fmt: skip
    result = runtime.write(ctx, lambda work: records.bulk_update(work, "account", rows))
    found = {place: problems[0].code for place, problems in result.problems.items()}
    assert (result.updated, found) == (2, {2: "stale_version", 3: "not_found"})
    with runtime.reading(ctx) as work:
        assert records.get(work, "account", "A1")["region"] == "two"


def test_upsert_creates_revises_ignores_or_reviews(runtime: Runtime, ctx: Context) -> None:
    def upsert(on_repeat: records.OnRepeat, *rows: dict[str, Any]) -> records.BulkResult:
        return runtime.write(ctx, lambda work: records.upsert(work, "account", rows, on_repeat=on_repeat))

    first = upsert("revise", {"code": "A1", "region": "n"}, {"code": "A2"}, {"code": "A1", "region": "s"})
    assert (first.created, first.updated, first.ids[0]) == (2, 1, first.ids[2])
    again = upsert("revise", {"code": "A1", "region": "s"})
    assert (again.unchanged, again.updated) == (1, 0)
    assert upsert("ignore", {"code": "A1", "region": "x"}).unchanged == 1
    assert [each.code for each in upsert("review", {"code": "A1"}).problems[0]] == ["repeated"]
    with runtime.reading(ctx) as work:
        assert records.get(work, "account", "A1")["region"] == "s"


def test_many_are_deleted_each_for_itself(runtime: Runtime, ctx: Context) -> None:
    for code in ("A1", "A2"):
        runtime.write(ctx, lambda work, code=code: records.create(work, "account", {"code": code}))
    runtime.write(ctx, lambda work: records.create(work, "task", {"subject": "x", "account": "A2"}))
    result = runtime.write(ctx, lambda work: records.bulk_delete(work, "account", ["A1", "A2", "A3"]))
    found = {place: problems[0].code for place, problems in result.problems.items()}
    assert (result.deleted, found) == (1, {1: "in_use", 2: "not_found"})


def document(code: str, *hours: str, **more: Any) -> dict[str, Any]:
    """A task as a mapping makes it."""
    items = [{"item": f"i{place}", "hours": Decimal(each)} for place, each in enumerate(hours)]
    return {"subject": code, "external": code, "day": NOON.date(), "items": items, **more}


def test_documents_of_typed_values_are_imported_with_one_audit_row(runtime: Runtime, ctx: Context) -> None:
    runtime.write(ctx, lambda work: records.create(work, "account", {"code": "A1", "region": "north"}))
    rows = [
        document("T1", "1.50", "2.00", account="A1", state="done"),
        document("T2", "1.555", account="A1"), document("T3", "1", account="A7"), document("T4", effort=-1),
        document("T5", region="given"),
    ]  # fmt: skip
    result = runtime.write(ctx, lambda work: records.import_documents(work, "task", rows))
    found = {place: [(each.pointer, each.code) for each in problems] for place, problems in result.problems.items()}
    assert found == {
        1: [("/items/0/hours", "too_many_decimals")],
        2: [("/account", "unknown_reference")],
        3: [("/effort", "check_failed")],
    }
    with runtime.reading(ctx) as work:
        first = records.get(work, "task", result.ids[0])
        assert (first["region"], first["total"], first["state"]) == ("north", Decimal("3.50"), "done")
        assert records.get(work, "task", result.ids[4])["region"] == "given"
        assert records.get(work, "account", "A1")["tasks"] == 1
        of_batch = sa.and_(audit.c.record_id.is_(None), audit.c.entity == work.entity("task").key)
        rows_of = work.tx.rows(sa.select(audit.c.records).where(of_batch))
        assert [each["records"] for each in rows_of] == [2]
        of_batch = sa.and_(outbox.c.record_id.is_(None), outbox.c.entity == work.entity("task").key)
        events = work.tx.rows(sa.select(outbox.c.payload).where(of_batch))
        assert [orjson.loads(each["payload"])["ids"] for each in events] == [[result.ids[0], result.ids[4]]]


def test_known_documents_are_left_alone_revised_or_reviewed(runtime: Runtime, ctx: Context) -> None:
    def imported(on_repeat: records.OnRepeat, region: str) -> records.BulkResult:
        rows = [{"code": "A1", "region": region}]
        return runtime.write(ctx, lambda work: records.import_documents(work, "account", rows, on_repeat=on_repeat))

    assert imported("ignore", "one").created == 1
    assert (imported("ignore", "two").created, imported("ignore", "two").unchanged) == (0, 1)
    assert imported("review", "two").problems[0][0].code == "repeated"
    assert imported("revise", "two").updated == 1
    assert imported("revise", "two").unchanged == 1
