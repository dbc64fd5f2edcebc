"""New records loaded column by column are what they are row by row, and many need no more statements than few."""

from __future__ import annotations

import random
from typing import Any

import pytest

from statements import counted
from tessera.context import Context
from tessera.engine import audit, records
from tessera.engine.access import FULL, Rights
from tessera.engine.records.columns import load_many
from tessera.engine.records.drafts import Draft
from tessera.engine.records.load import load
from tessera.engine.records.plan import plan_of
from tessera.runtime import Runtime
from tessera.settings import Limits

_VALUES: dict[str, list[Any]] = {
    "subject": ["a", "b", "", None, "x" * 90, 5, "a\x00b", "会员", "\ud800"],
    "external": ["E1", "E2", None, True],
    "account": ["A1", 7, None, {"code": "A1"}, []],
    "watchers": [["A1"], [], None, "A1"],
    "day": ["2025-01-31", "2025-02-30", None, 1],
    "state": ["open", "busy", "gone", None],
    "effort": [1, -1, None, "1", True, 2**60],
    "items": [[], None, "lines", [{"item": "i", "hours": "1.50"}], [{"item": "i"}, {"hours": "x", "cost": 1}],
              [{"item": "i", "hours": "2", "rate": "1.5"}] * 2, [{"id": 4, "item": "i", "hours": "1"}], [7]],
    "nonsense": [1], "total": ["1"], "id": [1], "number": ["T1"],
}  # fmt: skip


def _row(chance: random.Random) -> Any:
    """A body, mostly in order."""
    if chance.random() < 0.03:
        return chance.choice(["text", None, [], 5])
    names = ["subject", "external", *(name for name in ("day", "effort", "items", "state") if chance.random() < 0.7)]
    if chance.random() < 0.2:
        names.append(chance.choice(list(_VALUES)))
    if chance.random() < 0.3:
        chance.shuffle(names)
    usual = chance.random() < 0.6
    return {name: _VALUES[name][0] if usual else chance.choice(_VALUES[name]) for name in names}


def _told(draft: Draft) -> Any:
    """Everything about a draft."""
    lines = {name: [_told(line) for line in each] for name, each in draft.lines.items()}
    return (draft.index, draft.pointer, draft.values, sorted(draft.given), lines, draft.problems, draft.names_are_bad,
            draft.env is draft.values, draft.dropped, draft.before)  # fmt: skip


@pytest.mark.parametrize("rights", [FULL, Rights(True, True, True, True, locked=frozenset({"effort", "items.rate"}))])
def test_loading_by_columns_is_loading_row_by_row(runtime: Runtime, rights: Rights) -> None:
    chance = random.Random(3)
    limits = Limits(lines_per_record=2)
    plan = plan_of(runtime.model(), runtime.model().entities["work:task"])
    for count in (1, 7, 60, 300):
        rows = [_row(chance) for _ in range(count)]
        places = sorted(chance.sample(range(1_000), count))
        found = load_many(plan, rows, rights, limits, places)
        wanted = [
            load(plan, row, None, rights, limits, index=index) for row, index in zip(rows, places, strict=True)
        ]
        assert [_told(draft) for draft in found] == [_told(draft) for draft in wanted]


def _bodies(first: int, count: int) -> list[dict[str, Any]]:
    lines = [{"item": "one", "hours": "1.50"}, {"item": "two", "hours": "2"}]
    return [{"subject": f"s{n}", "external": f"E{n}", "items": lines, "effort": n} for n in range(first, first + count)]


def test_a_thousand_records_need_no_more_statements_than_a_hundred(runtime: Runtime, ctx: Context) -> None:
    found = []
    for first, count in ((0, 100), (1_000, 100), (2_000, 1_000)):
        bodies = _bodies(first, count)
        with runtime.writing(ctx) as work, counted() as count_of:
            assert records.bulk_create(work, "task", bodies).created == count
        found.append(count_of.statements)
    assert found[1] == found[2] <= 16, found


def test_a_thousand_typed_documents_need_no_more_statements_than_a_hundred(runtime: Runtime, ctx: Context) -> None:
    found = []
    for first, count in ((0, 100), (1_000, 100), (2_000, 1_000)):
        rows = [{"subject": f"s{n}", "external": f"E{n}"} for n in range(first, first + count)]
        with runtime.writing(ctx) as work, counted() as count_of:
            assert records.import_documents(work, "task", rows).created == count
        found.append(count_of.statements)
    assert found[1] == found[2] <= 16, found


def test_keys_of_many_new_subjects_are_kept_as_they_are(runtime: Runtime, ctx: Context) -> None:
    rows = [{"code": f"A{n}", "name": f"Name {n}"} for n in range(120)]
    with runtime.writing(ctx) as work, counted() as count_of:
        found = records.bulk_create(work, "account", rows)
    assert count_of.statements <= 16
    with runtime.reading(ctx) as work:
        entity = work.entity("account")
        for place in (0, 7, 119):
            (row,) = audit.history(work, entity, found.ids[place])
            assert f"Name {place}" not in row.content
            assert audit.opened(work, entity, row)["set"]["name"] == f"Name {place}"


def test_many_and_few_records_leave_the_same_trail(runtime: Runtime, ctx: Context) -> None:
    bodies = _bodies(0, 60)
    with runtime.writing(ctx) as work:
        many = records.bulk_create(work, "task", bodies)
        one = records.create(work, "task", {**bodies[5], "external": "other", "subject": "s5"})
        entity = work.entity("task")
        (left,), (right,) = (audit.history(work, entity, number) for number in (many.ids[5], one["id"]))
        assert audit.is_intact(left)
        contents = [audit.opened(work, entity, row) for row in (left, right)]
    for content in contents:
        del content["record"], content["set"]["number"], content["set"]["external"]
        for line in content["lines"]["items"]["added"]:
            del line["id"]
    assert contents[0] == contents[1]
