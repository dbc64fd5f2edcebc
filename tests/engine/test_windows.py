"""Rollups over a moving window: every fold, with a filter, on any day, as values and within lists and figures."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from databases import Templates
from tessera.context import Context, frozen_clock
from tessera.engine import packages, records
from tessera.engine.derived import rollups
from tessera.engine.derived.windows import quotient
from tessera.engine.records import ListQuery, Measure
from tessera.meta.fields.exact import ROUNDINGS, rounded
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store.query import SortNotSupported
from tessera.store.system.records import bucket

from .conftest import ACCOUNT, NOON, field, small_package

DAYS = 10
TODAY = NOON.date()
OPEN = "state <> 'done'"


def window(name: str, fold: str, **options: Any) -> dict[str, Any]:
    """A rollup over the tasks of the last ten days."""
    return field(name, "rollup", **{
        "from": "task", "via": "account", "fold": fold, "at": "day", "window": f"{DAYS}d", **options})  # fmt: skip


ROUNDED = {"scale": 1, "rounding": "half_even", "value": "total"}
WINDOWS = (
    window("w_count", "count", where=OPEN),
    window("w_sum", "sum", value="total", where=OPEN),
    window("w_avg", "avg", where=OPEN, **ROUNDED),
    window("w_rough", "sum", **ROUNDED),
    window("w_min", "min", value="total", where=OPEN),
    window("w_max", "max", value="total", where=OPEN),
    window("w_least_word", "min", value="subject", where=OPEN),
    window("w_latest", "max", value="day"),
    window("w_first", "first", value="total", where=OPEN),
    window("w_last", "last", value="subject", where=OPEN),
    window("w_any", "any", value="total > 4"),
    window("w_all", "all", value="total > 1"),
    window("w_different", "distinct", value="total", where=OPEN),
)
NAMES = tuple(each["name"] for each in WINDOWS)
SORTED = tuple(each for each in NAMES if each != "w_different")


def opened(url: str) -> Runtime:
    """The small package, whose accounts have every window."""
    runtime = open_runtime(Settings(database_url=url, zone="UTC", secret_key="for tests"))
    account = {**ACCOUNT, "fields": [*ACCOUNT["fields"], *WINDOWS]}
    packages.apply(runtime.database, runtime.settings, Context(), [small_package(account=account)], consent=True)
    with runtime.writing(Context(clock=frozen_clock(NOON))) as work:
        for code in ("A1", "A2", "A3", "A4"):
            records.create(work, "account", {"code": code})
    return runtime


@pytest.fixture
def runtime(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[Runtime]:
    """Four accounts without tasks."""
    settings = Settings(data_dir=tmp_path, zone="UTC", secret_key="for tests")
    with templates.open(dialect, "windows", lambda url: opened(url).close(), settings) as found:
        yield found


def expected(tasks: Sequence[Mapping[str, Any]], today: date) -> dict[str, Any]:
    """What every window of an account says of its tasks, worked out anew."""
    inside = [each for each in tasks if today - timedelta(days=DAYS) < each["day"] <= today]
    counted = sorted((each for each in inside if each["state"] != "done"), key=lambda each: (each["day"], each["id"]))
    hours = [each["total"] for each in counted]
    mean = rounded(Fraction(sum(hours)) / len(hours), 1, "half_even") if hours else None
    return {
        "w_rough": rounded(sum((each["total"] for each in inside), Decimal(0)), 1, "half_even"),
        "w_count": len(counted), "w_sum": sum(hours, Decimal("0.00")), "w_avg": mean,
        "w_min": min(hours, default=None), "w_max": max(hours, default=None),
        "w_least_word": min((each["subject"] for each in counted), default=None),
        "w_latest": max((each["day"] for each in inside), default=None),
        "w_first": hours[0] if hours else None, "w_last": counted[-1]["subject"] if counted else None,
        "w_any": any(each["total"] > 4 for each in inside), "w_all": all(each["total"] > 1 for each in inside),
        "w_different": len(set(hours)),
    }  # fmt: skip


def on(days: int) -> Context:
    """So many days later."""
    return Context(clock=frozen_clock(NOON + timedelta(days=days)))


def compared(runtime: Runtime, days: int) -> list[dict[str, Any]]:
    """The accounts on a day; every window of theirs is what their tasks say."""
    with runtime.reading(on(days)) as work:
        tasks = records.list_page(work, "task", ListQuery(limit=500)).rows
        accounts = records.list_page(work, "account", ListQuery(sort=("code",))).rows
    for account in accounts:
        own = [each for each in tasks if each["account"] == account["id"]]
        found = {name: account[name] for name in NAMES}
        assert found == expected(own, TODAY + timedelta(days=days)), (account["code"], days)
    return accounts


def task(chance: random.Random, account: int) -> dict[str, Any]:
    """A task of any day around today."""
    day = TODAY + timedelta(days=chance.randint(-DAYS - 3, 4))
    hours = Decimal(chance.randint(0, 24)) / 4
    return {"subject": f"{chance.choice('abcäé中')}{chance.randint(1, 9)}", "account": account,
            "day": day.isoformat(), "items": [{"item": "i", "hours": str(hours)}]}  # fmt: skip


def changed(runtime: Runtime, chance: random.Random, accounts: Sequence[int], made: list[int]) -> None:
    """One change of any kind."""
    ctx, what = on(0), chance.choice(("new", "new", "new", "hours", "move", "finish", "delete"))
    if what == "new" or not made:
        body = task(chance, chance.choice(accounts[:3]))
        made.append(runtime.write(ctx, lambda work: records.create(work, "task", body))["id"])
        return
    number = chance.choice(made)
    if what == "delete":
        made.remove(number)
        runtime.write(ctx, lambda work: records.delete(work, "task", number))
        if chance.random() < 0.5:
            made.append(number)
            runtime.write(ctx, lambda work: records.restore(work, "task", number))
        return
    other = task(chance, chance.choice(accounts[:3]))
    names = {"hours": ("items",), "move": ("account", "day"), "finish": ()}[what]
    values = {name: other[name] for name in names}
    if what == "finish":
        with runtime.reading(ctx) as work:
            before = records.get(work, "task", number)
        values = {"state": "busy"} if before["state"] == "open" else {"subject": other["subject"]}
        if before["state"] == "busy" and before["total"] > 0:
            values = {"state": "done"}
    runtime.write(ctx, lambda work: records.update(work, "task", number, values))


def test_windows_follow_every_change_and_move_with_the_days(runtime: Runtime) -> None:
    chance, made = random.Random(2), []
    accounts = [each["id"] for each in compared(runtime, 0)]
    for place in range(60):
        changed(runtime, chance, accounts, made)
        if place % 12 == 11:
            compared(runtime, 0)
    kept = [compared(runtime, days) for days in (0, 1, 5, 9, 14)]
    with runtime.writing(on(0)) as work:
        for each in work.entity("account").fields:
            if each.name in NAMES:
                rollups.rebuild(work, each)
    assert [compared(runtime, days) for days in (0, 1, 5, 9, 14)] == kept


def in_order(rows: Sequence[dict[str, Any]], name: str, *, is_down: bool) -> list[str]:
    """Codes in the order that the values ask for: blanks last, then by id."""
    filled = sorted((each for each in rows if each[name] is not None), key=lambda each: each["id"])
    filled.sort(key=lambda each: each[name], reverse=is_down)
    return [each["code"] for each in (*filled, *(each for each in rows if each[name] is None))]


def literal(value: Any) -> str:
    """A value within a formula."""
    if isinstance(value, date):
        return f"DATE({value.year}, {value.month}, {value.day})"
    return f"'{value}'" if isinstance(value, str) else str(value).upper()


def test_lists_filter_sort_and_add_up_windows_as_they_read(runtime: Runtime) -> None:
    chance, made = random.Random(3), []
    accounts = [each["id"] for each in compared(runtime, 0)]
    for _ in range(30):
        changed(runtime, chance, accounts, made)
    for days in (0, 4):
        rows = compared(runtime, days)
        with runtime.reading(on(days)) as work:
            for name in SORTED:
                for sign in ("", "-"):
                    page = records.list_page(work, "account", ListQuery(sort=(sign + name,)))
                    assert [each["code"] for each in page.rows] == in_order(rows, name, is_down=bool(sign)), name
                for value in {each[name] for each in rows} - {None}:
                    sign = "=" if isinstance(value, bool) else ">="
                    found = records.matching_ids(work, "account", f"{name} {sign} {literal(value)}")
                    same = [each["id"] for each in rows if each[name] == value]
                    more = [each["id"] for each in rows if each[name] is not None and each[name] > value]
                    assert found == (same if sign == "=" else sorted(same + more))
            for name in ("w_avg", "w_min", "w_max", "w_first"):
                (figures,) = records.aggregate(work, "account", [Measure("x", "sum", name), Measure("y", "min", name)])
                filled = [each[name] for each in rows if each[name] is not None]
                assert (figures["x"], figures["y"]) == (sum(filled), min(filled, default=None))
            with pytest.raises(SortNotSupported):
                records.list_page(work, "account", ListQuery(sort=("w_different",)))


def test_a_quotient_in_sql_is_rounded_as_in_python(runtime: Runtime) -> None:
    pairs = [(total, count) for total in (*range(-13, 14), 9_007_199_254_740_993) for count in (1, 2, 3, 4, 6)]
    rows = [
        {"field": "x", "record_id": place, "day": TODAY, "total": total, "folded": count}
        for place, (total, count) in enumerate(pairs)
    ]
    total, count = bucket.c.total, bucket.c.folded
    results = [quotient(total, count, each).label(each) for each in ROUNDINGS]
    with runtime.writing(Context()) as work:
        work.tx.execute(sa.insert(bucket), rows)
        found = work.tx.rows(sa.select(total, count, *results).where(bucket.c.field == "x"))
    assert len(found) == len(pairs)
    for row in found:
        exact = Fraction(row["total"], row["folded"])
        assert {each: int(row[each]) for each in ROUNDINGS} == {
            each: int(rounded(exact, 0, each)) for each in ROUNDINGS
        }


def test_writers_at_the_same_time_lose_no_day_of_a_window(runtime: Runtime) -> None:
    accounts = [each["id"] for each in compared(runtime, 0)]
    failed: list[BaseException] = []

    def run(seed: int) -> None:
        chance, made = random.Random(seed), []
        try:
            for _ in range(12):
                changed(runtime, chance, accounts, made)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=run, args=(seed,)) for seed in (11, 12, 13)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failed
    compared(runtime, 0)
    with runtime.reading(Context()) as work:
        assert work.tx.scalar(sa.select(bucket.c.day).where(bucket.c.folded < 0).limit(1)) is None
