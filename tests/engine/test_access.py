"""Rights: row conditions, hidden, locked and masked fields, the same on every way to the data."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tessera.context import Actor, Context
from tessera.engine import records
from tessera.engine.access import explain_denial
from tessera.errors import Forbidden, Invalid, NotFound, UnknownField
from tessera.runtime import Runtime

from .conftest import label, opened

ROLE = {
    "kind": "role", "uid": "clerk", "name": "clerk", "label": label("clerk"),
    "grants": [
        {"uid": "own_tasks", "entity": "task", "actions": ["read", "create", "update"],
         "where": "region = USER('region')", "hidden": ["effort", "items.rate"], "read_only": ["external"]},
        {"uid": "accounts", "entity": "account", "actions": ["read"], "hidden": ["rate"],
         "masks": [{"uid": "name_mask", "field": "name", "mask": "first_letter"}]},
    ],
}  # fmt: skip


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """The small package with a role, and some records of two regions."""
    found = opened(database_url, ROLE)
    with found.writing(Context()) as work:
        for code, region in (("A1", "north"), ("A2", "south")):
            records.create(work, "account", {"code": code, "name": f"Name {code}", "region": region, "rate": "2.50"})
            records.create(work, "task", {"subject": f"of {code}", "account": code, "effort": 5, "external": code})
    yield found
    found.close()


def clerk(region: str) -> Context:
    """A clerk of that region."""
    return Context(actor=Actor(7, "clerk", frozenset({"clerk"}), {"region": region}))


def test_records_outside_the_row_condition_do_not_exist(runtime: Runtime) -> None:
    with runtime.reading(clerk("north")) as work:
        assert [each["subject"] for each in records.list_page(work, "task", records.ListQuery()).rows] == ["of A1"]
        assert records.count(work, "task") == 1
        (number,) = records.matching_ids(work, "task", "")
        with pytest.raises(NotFound):
            records.get(work, "task", number + 1)
    with pytest.raises(NotFound):
        runtime.write(clerk("north"), lambda work: records.update(work, "task", number + 1, {"subject": "x"}))
    with pytest.raises(NotFound), runtime.reading(clerk("north")) as work:
        records.list_page(work, "receipt", records.ListQuery())


def test_a_record_may_not_be_written_out_of_sight(runtime: Runtime) -> None:
    with pytest.raises(Forbidden):
        runtime.write(clerk("north"), lambda work: records.create(work, "task", {"subject": "x", "account": "A2"}))
    with runtime.reading(clerk("north")) as work:
        (number,) = records.matching_ids(work, "task", "")
    with pytest.raises(Forbidden):
        runtime.write(clerk("north"), lambda work: records.update(work, "task", number, {"account": "A2"}))
    with pytest.raises(Forbidden):
        runtime.write(clerk("north"), lambda work: records.delete(work, "task", number))


@pytest.mark.parametrize("name", ["effort", "nonsense"])
def test_a_hidden_field_answers_like_an_unknown_one(runtime: Runtime, name: str) -> None:
    asked = [
        records.ListQuery(filter=f"{name} > 1"), records.ListQuery(sort=(name,)), records.ListQuery(fields=(name,)),
        records.ListQuery(expand=(name,)),
    ]  # fmt: skip
    for each in asked:
        with runtime.reading(clerk("north")) as work, pytest.raises(UnknownField) as caught:
            records.list_page(work, "task", each)
        assert caught.value.params == {"name": name}
    with pytest.raises(Invalid) as refused:
        runtime.write(clerk("north"), lambda work: records.create(work, "task", {"subject": "x", name: 1}))
    (problem,) = refused.value.problems()
    assert (refused.value.status, problem.code, problem.pointer) == (400, "unknown_field", f"/{name}")


def test_figures_are_taken_over_visible_records_and_fields_only(runtime: Runtime) -> None:
    with runtime.reading(clerk("north")) as work:
        figures = records.aggregate(work, "task", [records.Measure("n", "count")], [records.Group("region", "region")])
        assert figures == [{"region": "north", "n": 1}]
        for path in ("effort", "nonsense", "account.rate"):
            with pytest.raises(UnknownField):
                records.aggregate(work, "task", [records.Measure("x", "max", path)])
            with pytest.raises(UnknownField):
                records.aggregate(work, "task", [records.Measure("n", "count")], [records.Group("g", path)])


def test_a_hidden_field_behind_a_reference_is_unknown_too(runtime: Runtime) -> None:
    for text in ("account.rate > 1", "account.name = 'x'", "blocked_by.subject = 'x'", "COUNT(items, rate > 1) > 0"):
        with runtime.reading(clerk("north")) as work, pytest.raises(UnknownField):
            records.list_page(work, "task", records.ListQuery(filter=text))


def test_hidden_fields_are_left_out_and_masked_ones_shortened(runtime: Runtime) -> None:
    with runtime.reading(clerk("north")) as work:
        asked = records.ListQuery(expand=("account",))
        (task,) = records.list_page(work, "task", asked).rows
        account = records.get(work, "account", "A2")
    assert "effort" not in task
    assert "account_name" not in task  # it leads to a masked field
    assert ("rate" in account, account["name"]) == (False, "N•••")
    assert ("rate" in task["account"], task["account"]["name"]) == (False, "N•••")


def test_a_locked_field_is_read_only(runtime: Runtime) -> None:
    with pytest.raises(Invalid) as caught:
        runtime.write(clerk("north"), lambda work: records.create(work, "task", {"subject": "x", "external": "Z"}))
    assert [each.code for each in caught.value.problems()] == ["read_only_field"]


def test_a_denial_is_explained_to_an_administrator_only(runtime: Runtime) -> None:
    actor = clerk("north").actor
    with runtime.reading(Context()) as work:
        numbers = records.matching_ids(work, "task", "")

        def reason(action: str, **more: Any) -> str:
            return explain_denial(work, actor, "task", action, **more).reason

        assert reason("read", record_id=numbers[0]) == "allowed"
        assert reason("read", record_id=numbers[1]) == "outside"
        assert reason("delete") == "no_right"
        assert reason("update", fields=("external",)) == "field_locked"
        assert reason("read", fields=("effort",)) == "field_hidden"
        assert explain_denial(work, replace(actor, roles=frozenset()), "task", "read").reason == "no_role"
    with runtime.reading(clerk("north")) as work, pytest.raises(Forbidden):
        explain_denial(work, actor, "task", "read")


def test_random_queries_find_what_a_filter_in_python_finds(runtime: Runtime) -> None:
    chance = random.Random(7)
    regions = ["north", "south", None]
    with runtime.writing(Context()) as work:
        made = [
            records.create(work, "account", {"code": f"R{place}", "region": chance.choice(regions)})
            for place in range(30)
        ]
        tasks = [
            records.create(work, "task", {"subject": f"s{chance.randrange(4)}", "account": chance.choice(made)["id"]})
            for _ in range(60)
        ]
    for _ in range(60):
        region, wanted = chance.choice(["north", "south"]), f"s{chance.randrange(4)}"
        with runtime.reading(clerk(region)) as work:
            asked = records.ListQuery(filter=f"subject = '{wanted}'", limit=100, with_total=True)
            page = records.list_page(work, "task", asked)
        expected = [each["id"] for each in tasks if each["region"] == region and each["subject"] == wanted]
        assert ([each["id"] for each in page.rows], page.total) == (expected, len(expected))
