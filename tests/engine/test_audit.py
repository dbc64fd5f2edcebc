"""What a change leaves behind: audit rows by uid with sealed personal values, and events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from tessera.context import Context
from tessera.engine import audit, outbox, records, sealing
from tessera.runtime import Runtime
from tessera.store.system.records import audit as audit_table
from tessera.store.system.records import outbox as outbox_table


def test_each_change_has_a_row_with_its_difference(runtime: Runtime, ctx: Context) -> None:
    body = {"subject": "a", "items": [{"item": "wall", "hours": "1"}, {"item": "door", "hours": "2"}]}
    task = runtime.write(ctx, lambda work: records.create(work, "task", body))
    wall, door = (line["id"] for line in task["items"])
    body = {"subject": "b", "items": [{"id": door, "hours": "3"}, {"item": "roof", "hours": "4"}]}
    after = runtime.write(ctx, lambda work: records.update(work, "task", task["id"], body))
    runtime.write(ctx, lambda work: records.delete(work, "task", task["id"]))
    with runtime.reading(ctx) as work:
        rows = audit.history(work, work.entity("task"), task["id"])
        content = [audit.opened(work, work.entity("task"), row) for row in rows]
    assert [row.verb for row in rows] == ["deleted", "updated", "created"]
    changed = content[1]
    assert changed["set"] == {"subject": ["a", "b"], "total": ["3.00", "7.00"]}
    lines = changed["lines"]["items"]
    assert [each["id"] for each in lines["removed"]] == [wall]
    assert [each["id"] for each in lines["added"]] == [after["items"][1]["id"]]
    assert lines["changed"] == {str(door): {"hours": ["2.00", "3.00"], "cost": ["2.00", "3.00"]}}


def test_a_row_that_was_tampered_with_is_found(runtime: Runtime, ctx: Context) -> None:
    for subject in "abc":
        runtime.write(ctx, lambda work, subject=subject: records.create(work, "task", {"subject": subject}))
    with runtime.writing(ctx) as work:
        last, bad = audit.verify(work)
        assert (last > 0, bad) == (True, [])
        work.tx.execute(sa.update(audit_table).where(audit_table.c.id == last).values(content="{}"))
        assert audit.verify(work)[1] == [last]


def test_personal_values_are_sealed_and_gone_with_their_key(runtime: Runtime, ctx: Context) -> None:
    account = runtime.write(ctx, lambda work: records.create(work, "account", {"code": "A1", "name": "Ann Other"}))
    with runtime.writing(ctx) as work:
        entity = work.entity("account")
        (row,) = audit.history(work, entity, account["id"])
        assert "Ann" not in row.content
        assert audit.opened(work, entity, row)["set"]["name"] == "Ann Other"
        sealing.destroy_key(work, entity.key, account["id"])
        assert audit.opened(work, entity, row)["set"] == {"code": "A1", "name": {"erased": True}}
        assert audit.is_intact(row)


def test_a_sealed_value_cannot_be_moved_to_another_place() -> None:
    key = b"k" * 32
    sealed = sealing.seal(key, "secret", "t:a.name")
    assert sealing.unseal(key, sealed, "t:a.name") == "secret"
    assert sealing.unseal(key, sealed, "t:a.other") == {"erased": True}


def test_events_are_committed_with_the_change_and_ring_afterwards(runtime: Runtime, ctx: Context) -> None:
    rung: list[int] = []
    bell: Callable[[], None] = lambda: rung.append(1)  # noqa: E731
    outbox.doorbells.append(bell)
    try:
        task = runtime.write(ctx, lambda work: records.create(work, "task", {"subject": "a"}))
        runtime.write(ctx, lambda work: records.update(work, "task", task["id"], {"effort": 3}))
        with pytest.raises(ZeroDivisionError), runtime.writing(ctx) as work:
            records.create(work, "task", {"subject": "b"})
            raise ZeroDivisionError
    finally:
        outbox.doorbells.remove(bell)
    assert len(rung) == 2
    with runtime.reading(ctx) as work:
        own = sa.select(outbox_table).where(outbox_table.c.entity == work.entity("task").key)
        events: list[dict[str, Any]] = work.tx.rows(own.order_by(outbox_table.c.id))
    assert [(each["topic"], orjson.loads(each["payload"])) for each in events] == [
        ("record.created", {}), ("record.updated", {"changed": ["effort"]})
    ]  # fmt: skip
