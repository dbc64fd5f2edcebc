"""Flows that begin by postings on ledgers, and by balances that come past a threshold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flows.books import BOOKS
from flows.kit import Works, flow, on
from flows.test_control import memo, memos
from tessera.engine import records, timeline
from tessera.errors import Invalid

Begin = Callable[..., Works]


def given(works: Works, account: int, amount: int, name: str = "") -> None:
    """A gift of hours."""
    values = {"amount": amount}
    key = name or f"g{amount}"
    works.runtime.write(
        works.context(),
        lambda work: timeline.record_fact(work, "account_life", account, "gift", key=key, values=values),
    )


def test_postings_begin_runs_about_the_holder_with_what_was_posted(begin: Begin) -> None:
    told = "record.code & ' ' & event.move & ' ' & event.amount & ' ' & event.total & ' ' & event.ledger"
    works = begin(
        *BOOKS,
        flow("all", on("ledger_posted", "account", ledger="hours"), memo(told)),
        flow("large", on("ledger_posted", "account", ledger="hours", moves=["grant"],
                         when="event.amount >= 100 AND record.region = 'north'"), memo("'large ' & record.code")),
        flow("taken", on("ledger_posted", "account", ledger="hours", moves=["take"]), memo("'taken'")),
        flow("other", on("ledger_posted", "account", ledger="hours", totals=["nothing"]), memo("'other'")),
    )  # fmt: skip
    north = works.create("account", code="N", region="north")["id"]
    south = works.create("account", code="S", region="south")["id"]
    for account, amount in ((north, 5), (north, 100), (south, 200)):
        given(works, account, amount)
    works.settle()
    wanted = ["N grant 100 given hours", "N grant 5 given hours", "S grant 200 given hours", "large N"]
    assert sorted(memos(works)) == wanted
    assert {run["record_id"] for run in works.runs("all")} == {north, south}


def test_a_balance_crosses_once_each_way(begin: Begin) -> None:
    step = {"do": "post", "ledger": "hours", "holder": "record.account", "move": "take", "amount": "record.effort",
            "total": "cost"}  # fmt: skip
    told = "event.direction & ' ' & event.before & ' ' & event.after & ' ' & event.threshold"
    crosses = on("balance_crosses", "account", ledger="hours", threshold="COALESCE(record.rate, 10)")
    works = begin(*BOOKS, flow("use", on("record.created"), step), flow("both", crosses, memo(told)),
                  flow("down", {**crosses, "direction": "down"}, memo("'low'")))  # fmt: skip
    account = works.create("account", code="A")["id"]
    for number, amount in enumerate((4, 6, 50)):
        given(works, account, amount, str(number))
    works.settle()
    assert memos(works) == ["up 4 10 10"]
    for effort in (50, 1, 1):
        works.later(minutes=1)
        works.create("task", subject="x", account=account, effort=effort, day="2025-03-01")
        works.settle()
        assert [run["error"] for run in works.runs("use")][-1] is None
    assert memos(works) == ["up 4 10 10", "down 10 9 10", "low"]


def test_what_goes_there_and_back_within_a_transaction_crosses_nothing(begin: Begin) -> None:
    trigger = on("balance_crosses", "account", ledger="hours", threshold="10")
    works = begin(*BOOKS, flow("cross", trigger, memo("'crossed'")))
    account = works.create("account", code="A")["id"]
    given(works, account, 5)
    works.settle()

    def there_and_back(work: Any) -> None:
        timeline.record_fact(work, "account_life", account, "gift", key="more", values={"amount": 20})
        timeline.withdraw_fact(work, "account_life", account, "gift", key="more")

    works.runtime.write(works.context(), there_and_back)
    works.settle()
    assert memos(works) == []
    given(works, account, 5, "last")
    works.settle()
    assert memos(works) == ["crossed"]


def test_nothing_is_left_of_postings_that_are_rolled_back(begin: Begin) -> None:
    works = begin(*BOOKS, flow("all", on("ledger_posted", "account", ledger="hours"), memo("'posted'")))
    account = works.create("account", code="A")["id"]

    def failing(work: Any) -> None:
        timeline.record_fact(work, "account_life", account, "gift", key="k", values={"amount": 20})
        work.finish()
        records.create(work, "task", {"subject": None, "nothing": 1})

    with pytest.raises(Exception, match="nothing"):
        works.runtime.write(works.context(), failing)
    works.settle()
    assert memos(works) == []


def test_a_threshold_that_fails_makes_a_failed_run(begin: Begin) -> None:
    works = begin(*BOOKS, flow("odd", on("balance_crosses", "account", ledger="hours", threshold="1 / record.rate"),
                               memo("'x'")))  # fmt: skip
    account = works.create("account", code="A", rate="0")["id"]
    given(works, account, 5)
    works.settle()
    assert [(run["state"], run["error"]["code"]) for run in works.runs()] == [("failed", "formula_error")]


@pytest.mark.parametrize(
    ("trigger", "code", "pointer"),
    [
        (on("ledger_posted", "task", ledger="hours"), "wrong_type", "/trigger/entity"),
        (on("ledger_posted", "account", ledger="hour"), "unknown_ledger", "/trigger/ledger"),
        (on("balance_crosses", "account", ledger="hours", threshold="'x'"), "wrong_type", "/trigger/threshold"),
    ],
)
def test_what_is_wrong_with_a_trigger_about_a_ledger_is_told(
    begin: Begin, trigger: dict[str, Any], code: str, pointer: str
) -> None:
    with pytest.raises(Invalid) as failure:
        begin(*BOOKS, flow("bad", trigger, memo("'x'")))
    assert [(each.code, each.pointer.partition("#")[2]) for each in failure.value.problems()] == [(code, pointer)]
