"""Lists, filters and figures over fields without a column give what reading the records gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import trade
from limits import limited
from tessera.context import Actor, Context, frozen_clock
from tessera.engine import records, timeline
from tessera.engine.records import Group, ListQuery, Measure
from tessera.errors import UnknownField
from tessera.meta import Package
from tessera.meta.documents import document_of, package_of
from tessera.runtime import Runtime
from tessera.store.query import SortNotSupported
from unit.engine_timeline.program import OWNER, gives, pack

from .conftest import NOON, label, opened
from .test_facts_and_faults import FACTS, GIVEN, SPENT, at, fact, rules

PART = {
    "kind": "role", "uid": "part", "name": "part", "label": label("part"),
    "grants": [
        {"uid": "tasks", "entity": "task", "actions": ["read", "create", "update"]},
        {"uid": "accounts", "entity": "account", "actions": ["read"], "where": "region = 'north'"},
    ],
}  # fmt: skip
ROLLUPS = ("tasks", "hours_open", "hours_max", "hours_avg", "last_day", "hours_30d")


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """Accounts with tasks of several days."""
    found = opened(database_url, PART)
    with found.writing(Context(clock=frozen_clock(NOON))) as work:
        for place, code in enumerate(("A1", "A2", "A3", "A4")):
            region = "north" if place % 2 else "south"
            records.create(work, "account", {"code": code, "name": f"Name {code}", "region": region})
        for place in range(9):
            hours, day = str(place % 4 + 1), date(2025, 3, 10) - timedelta(days=9 * place)
            body = {"subject": f"t{place}", "account": f"A{place % 3 + 1}", "day": day.isoformat(),
                    "items": [{"item": "i", "hours": hours}]}
            records.create(work, "task", body)
    yield found
    found.close()


def walked(runtime: Runtime, ctx: Context, entity: str, sort: str, limit: int = 2) -> list[dict[str, Any]]:
    """Every record, page by page, forwards; and the way back gives the same."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        with runtime.reading(ctx) as work:
            page = records.list_page(work, entity, ListQuery(sort=(sort,), limit=limit, cursor=cursor))
        rows += page.rows
        if not page.next:
            break
        cursor = page.next
    with runtime.reading(ctx) as work:
        if page.previous:
            before = records.list_page(work, entity, ListQuery(sort=(sort,), limit=limit, cursor=page.previous)).rows
            start = len(rows) - len(page.rows) - len(before)
            assert [each["id"] for each in before] == [each["id"] for each in rows[start : start + len(before)]]
    return rows


def in_order(rows: Sequence[dict[str, Any]], name: str, *, is_down: bool) -> list[int]:
    """Ids in the order that the rows' own values ask for: blanks last, then by id."""
    filled = sorted((each for each in rows if each[name] is not None), key=lambda each: each["id"])
    filled.sort(key=lambda each: each[name], reverse=is_down)
    return [each["id"] for each in (*filled, *sorted((e for e in rows if e[name] is None), key=lambda e: e["id"]))]


@pytest.mark.parametrize("days", [0, 25])
def test_rollups_sort_filter_and_add_up_as_they_read(runtime: Runtime, days: int) -> None:
    ctx = Context(clock=frozen_clock(NOON + timedelta(days=days)))
    for name in ROLLUPS:
        for sign in ("", "-"):
            rows = walked(runtime, ctx, "account", sign + name)
            assert [each["id"] for each in rows] == in_order(rows, name, is_down=bool(sign)), name
        if name in ("last_day", "hours_avg"):
            continue
        middle = sorted(each[name] or 0 for each in rows)[2]
        with runtime.reading(ctx) as work:
            found = records.matching_ids(work, "account", f"{name} >= {middle}")
            (figures,) = records.aggregate(work, "account", [Measure("x", "sum", name), Measure("y", "max", name)])
        assert found == sorted(each["id"] for each in rows if each[name] is not None and each[name] >= middle)
        filled = [each[name] for each in rows if each[name] is not None]
        assert (figures["x"], figures["y"]) == (sum(filled), max(filled))


def test_a_lookup_sorts_filters_and_groups_like_the_path_it_follows(runtime: Runtime) -> None:
    ctx = Context(clock=frozen_clock(NOON))
    rows = walked(runtime, ctx, "task", "-account_name", limit=4)
    assert [each["id"] for each in rows] == in_order(rows, "account_name", is_down=True)
    with runtime.reading(ctx) as work:
        assert records.count(work, "task", "account_name = 'Name A2'") == 3
        groups = records.aggregate(work, "task", [Measure("n", "count")], [Group("g", "account_name")])
    assert groups == [{"g": f"Name A{place}", "n": 3} for place in (1, 2, 3)]


def test_a_lookup_over_a_record_out_of_sight_is_blank_and_no_oracle(runtime: Runtime) -> None:
    part = Context(actor=Actor(7, "part", frozenset({"part"})), clock=frozen_clock(NOON))
    with runtime.reading(part) as work:
        rows = records.list_page(work, "task", ListQuery()).rows
        assert {each["account_name"] for each in rows} == {None, "Name A2"}
        hidden = next(each for each in rows if each["account_name"] is None)
        assert records.get(work, "task", hidden["id"])["account_name"] is None
    changed = runtime.write(part, lambda work: records.update(work, "task", hidden["id"], {"subject": "y"}))
    assert changed["account_name"] is None
    for asked in (ListQuery(filter="account_name = 'x'"), ListQuery(sort=("account_name",))):
        with runtime.reading(part) as work, pytest.raises(UnknownField):
            records.list_page(work, "task", asked)
    with runtime.reading(part) as work, pytest.raises(UnknownField):
        records.aggregate(work, "task", [Measure("n", "count")], [Group("g", "account_name")])


def test_what_cannot_be_sorted_by_is_refused_by_a_code(runtime: Runtime) -> None:
    with runtime.reading(Context()) as work, pytest.raises(SortNotSupported):
        records.list_page(work, "task", ListQuery(sort=("summary",)))


LATER = rules("later", {"uid": "give", "post": "units", "move": "grant", "amount": "units_given", "as": "given",
                        "available_from": "first"})
FIGURES = ("balance", "available", "debt", "pending")


def owners() -> Package:
    """The program of facts, whose holders show their figures."""
    facts = {"facts": [*FACTS["facts"], fact("later", ("units_given", "number"), ("first", "date"))]}
    found = pack([gives("nothing", "0")], more=facts, rules=[GIVEN, SPENT, LATER])
    fields = [{"uid": f"own_{name}", "name": f"own_{name}", "label": name, "type": "balance", "ledger": "units",
               "figure": name} for name in FIGURES]  # fmt: skip
    visit = {"kind": "entity", "uid": "visit", "name": "visit", "label": "Visit", "fields": [
        {"uid": "who", "name": "who", "label": "Who", "type": "reference", "to": "owner"},
        {"uid": "units", "name": "units", "label": "Units", "type": "lookup", "path": "who.own_balance"}]}
    body = {**OWNER, "fields": [*OWNER["fields"], *fields]}
    documents = [
        document_of("small", each.path, body) if each.kind == "entity" and each.name == "owner" else each
        for each in found.documents
    ]
    return package_of("small", [*documents, document_of("small", "visit.json", visit)])


def told(work: Any, holder: int, key: str, kind: str, day: int, **values: Any) -> None:
    """Record a fact of a holder."""
    moment = datetime(2024, 6, 1, 10, tzinfo=UTC) + timedelta(days=day)
    timeline.record_fact(work, "life", holder, kind, key=key, at=moment, values=values)


@pytest.fixture
def holders(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """Holders with units: some that end soon, some that begin later, one in debt, one without."""
    runtime = trade.opened(database_url, tmp_path, [owners()])
    with runtime.writing(at(2)) as work:
        for number in range(1, 8):
            records.create(work, "owner", {"code": f"H{number}"})
            records.create(work, "visit", {"who": f"H{number}"})
        told(work, 1, "a", "given", 0, units_given=100, until=date(2024, 6, 10))
        told(work, 2, "b", "given", 0, units_given=80, until=None)
        told(work, 3, "c", "later", 0, units_given=70, first=date(2024, 6, 6))
        told(work, 3, "d", "given", 0, units_given=5, until=None)
        told(work, 4, "e", "given", 0, units_given=60, until=date(2024, 6, 20))
        told(work, 5, "f", "given", 0, units_given=90, until=None)
        told(work, 5, "g", "spent", 1, units_spent=90)
        timeline.withdraw_fact(work, "life", 5, "given", key="f")
        told(work, 6, "h", "given", 0, units_given=10, until=None)
    yield runtime
    runtime.close()


@pytest.mark.parametrize("day", [2, 8, 12, 30])
def test_balances_sort_filter_and_add_up_as_they_read(holders: Runtime, day: int) -> None:
    for name in (f"own_{each}" for each in FIGURES):
        for sign in ("", "-"):
            rows = walked(holders, at(day), "owner", sign + name)
            assert [each["id"] for each in rows] == in_order(rows, name, is_down=bool(sign)), name
        with holders.reading(at(day)) as work:
            found = records.matching_ids(work, "owner", f"{name} > 5")
            (figures,) = records.aggregate(work, "owner", [Measure("x", "sum", name)])
        assert found == sorted(each["id"] for each in rows if each[name] > 5)
        assert figures["x"] == sum(each[name] for each in rows)
    with holders.reading(at(day)) as work:
        visits = records.list_page(work, "visit", ListQuery(sort=("-units",), filter="who.own_balance >= 0")).rows
        sums = {each["id"]: each["own_balance"] for each in records.list_page(work, "owner", ListQuery()).rows}
    assert [each["units"] for each in visits] == sorted((u for u in sums.values() if u >= 0), reverse=True)


def test_settling_what_is_due_changes_no_list(holders: Runtime) -> None:
    before = [each["own_balance"] for each in walked(holders, at(30), "owner", "-own_balance")]
    assert timeline.settle_due(holders, at(30)) == 2
    assert [each["own_balance"] for each in walked(holders, at(30), "owner", "-own_balance")] == before


def test_a_long_list_by_balance_is_no_statement_for_each_row(holders: Runtime) -> None:
    with holders.writing(at(2)) as work:
        rows = [{"code": f"N{number}"} for number in range(10_000)]
        records.import_documents(work, "owner", rows)
    asked = ListQuery(sort=("-own_balance",), limit=50)

    def listed() -> None:
        with holders.reading(at(12)) as work:
            assert [each["own_balance"] for each in records.list_page(work, "owner", asked).rows[:2]] == [80, 75]

    limited(listed, seconds=5)
