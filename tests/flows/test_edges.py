"""Flows that begin when a formula becomes true of a record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.kit import Works, flow, on
from flows.test_control import memo, memos
from tessera.engine import records
from tessera.errors import Invalid

Begin = Callable[..., Works]
BIG = "record.effort >= 5 AND record.state = 'open'"


def test_a_formula_begins_a_run_when_it_becomes_true_and_not_while_it_stays_so(begin: Begin) -> None:
    works = begin(
        flow(
            "big",
            on("formula_true", formula=BIG, when="record.subject <> 'quiet'"),
            memo("record.subject & ' ' & after.effort"),
        )
    )
    task = works.create("task", subject="a", effort=1)["id"]
    for effort in (4, 5, 6, 2, 7):
        works.update("task", task, effort=effort)
    works.update("task", task, subject="b")
    works.create("task", subject="new", effort=9)
    works.create("task", subject="quiet", effort=9)
    works.create("task", subject="blank")
    works.settle()
    assert sorted(memos(works)) == ["b 5", "b 7", "new 9"]


def test_many_changes_at_once_are_asked_one_by_one_also_across_references(begin: Begin) -> None:
    works = begin(flow("north", on("formula_true", formula="record.account.region = 'north'"), memo("record.subject")))
    north = works.create("account", code="N", region="north")["id"]
    south = works.create("account", code="S", region="south")["id"]
    rows = [{"subject": f"s{number}", "account": north if number % 2 else south} for number in range(6)]
    works.runtime.write(works.context(), lambda work: records.bulk_create(work, "task", rows))
    with works.runtime.reading(works.context()) as work:
        moved = [{"id": number, "account": north} for number in records.matching_ids(work, "task", "id > 0")]
    works.runtime.write(works.context(), lambda work: records.bulk_update(work, "task", moved))
    works.settle()
    assert memos(works) == ["s1", "s3", "s5", "s0", "s2", "s4"]


def test_a_formula_that_fails_makes_one_failed_run(begin: Begin) -> None:
    works = begin(flow("odd", on("formula_true", formula="100 / record.effort > 30"), memo("record.subject")))
    task = works.create("task", subject="x", effort=0)["id"]
    works.update("task", task, subject="y")
    works.settle()
    assert works.states() == ["failed"]
    works.update("task", task, effort=2)
    works.settle()
    assert works.states() == ["failed", "done"]


@pytest.mark.parametrize(
    "formula",
    ["record.account.code = 'A' AND TODAY() > record.day", "event.by = 1", "record.account_name = 'x'"],
    ids=["today", "event", "lookup"],
)
def test_a_formula_that_changes_without_its_record_is_refused(begin: Begin, formula: str) -> None:
    with pytest.raises(Invalid) as failure:
        begin(flow("bad", on("formula_true", formula=formula), memo("'x'")))
    assert [each.code for each in failure.value.problems()] == ["not_kept"]
