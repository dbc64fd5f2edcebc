"""Rollups follow the records they fold, and never touch the owner's version."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tessera.context import Context, frozen_clock
from tessera.engine import packages, records
from tessera.engine.derived import rollups
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings

from .conftest import ACCOUNT, NOON, small_package

FIGURES = ("tasks", "hours_open", "hours_max", "hours_avg", "last_day", "hours_30d")


def figures(runtime: Runtime, ctx: Context, code: str) -> tuple[Any, ...]:
    """The rollups of an account."""
    with runtime.reading(ctx) as work:
        found = records.get(work, "account", code)
    assert found["version"] == 1
    return tuple(found[name] for name in FIGURES)


def task(runtime: Runtime, ctx: Context, account: str, hours: str, day: str) -> int:
    """A task of the account with one item."""
    body = {"subject": "x", "account": account, "day": day, "items": [{"item": "i", "hours": hours}]}
    return int(runtime.write(ctx, lambda work: records.create(work, "task", body))["id"])


def test_rollups_follow_every_kind_of_change(runtime: Runtime, ctx: Context) -> None:
    for code in ("A1", "A2"):
        runtime.write(ctx, lambda work, code=code: records.create(work, "account", {"code": code}))
    assert figures(runtime, ctx, "A1") == (0, Decimal("0.00"), None, None, None, Decimal("0.00"))
    first = task(runtime, ctx, "A1", "2", "2025-03-10")
    second = task(runtime, ctx, "A1", "5", "2025-01-01")
    assert figures(runtime, ctx, "A1") == (
        2, Decimal("7.00"), Decimal("5.00"), Decimal("3.50"), date(2025, 3, 10), Decimal("2.00")
    )  # fmt: skip
    runtime.write(ctx, lambda work: records.update(work, "task", first, {"state": "busy"}))
    runtime.write(ctx, lambda work: records.update(work, "task", first, {"state": "done"}))
    assert figures(runtime, ctx, "A1")[1] == Decimal("5.00")
    runtime.write(ctx, lambda work: records.update(work, "task", first, {"account": "A2"}))
    assert figures(runtime, ctx, "A1")[:3] == (1, Decimal("5.00"), Decimal("5.00"))
    assert figures(runtime, ctx, "A2") == (
        1, Decimal("0.00"), Decimal("2.00"), Decimal("2.00"), date(2025, 3, 10), Decimal("2.00")
    )  # fmt: skip
    runtime.write(ctx, lambda work: records.delete(work, "task", second))
    assert figures(runtime, ctx, "A1") == (0, Decimal("0.00"), None, None, None, Decimal("0.00"))
    runtime.write(ctx, lambda work: records.restore(work, "task", second))
    assert figures(runtime, ctx, "A1")[:2] == (1, Decimal("5.00"))


def test_a_moving_window_moves_without_a_write(runtime: Runtime, ctx: Context) -> None:
    runtime.write(ctx, lambda work: records.create(work, "account", {"code": "A1"}))
    task(runtime, ctx, "A1", "2", "2025-03-10")
    task(runtime, ctx, "A1", "3", "2025-03-20")
    by_day = {}
    for days in (0, 9, 10, 29, 30, 39, 40):
        later = Context(clock=frozen_clock(NOON + timedelta(days=days)))
        by_day[days] = figures(runtime, later, "A1")[5]
    two, three = Decimal("2.00"), Decimal("3.00")
    assert by_day == {0: two, 9: two, 10: 2 + three, 29: 2 + three, 30: three, 39: three, 40: Decimal("0.00")}


def test_a_rebuilt_rollup_equals_the_kept_one(runtime: Runtime, ctx: Context) -> None:
    for code in ("A1", "A2"):
        runtime.write(ctx, lambda work, code=code: records.create(work, "account", {"code": code}))
    for place, hours in enumerate(("1", "2.5", "4", "8")):
        task(runtime, ctx, f"A{place % 2 + 1}", hours, f"2025-03-0{place + 1}")
    kept = [figures(runtime, ctx, code) for code in ("A1", "A2")]
    with runtime.writing(ctx) as work:
        for field in work.entity("account").fields:
            if field.type == "rollup":
                rollups.rebuild(work, field)
    assert [figures(runtime, ctx, code) for code in ("A1", "A2")] == kept


def test_rollups_can_be_filtered_by(runtime: Runtime, ctx: Context) -> None:
    for code in ("A1", "A2", "A3"):
        runtime.write(ctx, lambda work, code=code: records.create(work, "account", {"code": code}))
    task(runtime, ctx, "A1", "2", "2025-03-10")
    task(runtime, ctx, "A2", "5", "2025-03-10")
    with runtime.reading(ctx) as work:
        asked = records.ListQuery(filter="hours_open >= 2 AND tasks = 1", sort=("code",))
        assert [each["code"] for each in records.list_page(work, "account", asked).rows] == ["A1", "A2"]
        asked = records.ListQuery(filter="hours_open < 2.5", sort=("code",))
        assert [each["code"] for each in records.list_page(work, "account", asked).rows] == ["A1", "A3"]


def test_a_rollup_that_a_release_brings_is_filled(database_url: str, ctx: Context) -> None:
    before = {**ACCOUNT, "fields": [each for each in ACCOUNT["fields"] if each["uid"] not in {"tasks", "hours_max"}]}
    runtime = open_runtime(Settings(database_url=database_url, zone="UTC", secret_key="for tests"))

    def apply(account: dict[str, Any]) -> None:
        packages.apply(runtime.database, runtime.settings, ctx, [small_package(account=account)], consent=True)

    apply(before)
    runtime.write(ctx, lambda work: records.create(work, "account", {"code": "A1"}))
    task(runtime, ctx, "A1", "2", "2025-03-10")
    apply(ACCOUNT)
    assert figures(runtime, ctx, "A1")[:3] == (1, Decimal("2.00"), Decimal("2.00"))
    runtime.close()
