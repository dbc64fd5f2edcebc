"""Steps about ledgers: what a flow posts stands in the books once, and they agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows.books import BOOKS
from flows.kit import Works, flow, on
from tessera.engine import timeline

Begin = Callable[..., Works]
HOLDER = {"ledger": "hours", "holder": "record.account"}


def figures(works: Works, account: int) -> dict[str, Any]:
    """Balance and what is available of an account; the books must agree."""
    with works.runtime.reading(works.context()) as work:
        assert timeline.verify(work) == []
        found = timeline.accounts(work, "hours", [account])[account]
        return {"balance": found["balance"], "available": found["available"]}


def test_a_run_posts_holds_uses_releases_transfers_and_reverses(begin: Begin) -> None:
    works = begin(*BOOKS, flow(
        "book", on("record.created", when="record.subject = 'book'"),
        {"do": "post", **HOLDER, "move": "grant", "amount": "record.effort", "total": "worked", "as": "posted"},
        {"do": "hold", **HOLDER, "amount": "30", "as": "held"},
        {"do": "wait", "for": "1m"},
        {"do": "use_hold", **HOLDER, "key": "held.key", "amount": "10"},
        {"do": "hold", **HOLDER, "amount": "5", "key": "'second'"},
        {"do": "release", **HOLDER, "key": "'second'"},
        {"do": "wait", "for": "1m"},
        {"do": "find_records", "entity": "account", "where": "code = 'B'", "first": True, "as": "other"},
        {"do": "transfer", **HOLDER, "to": "other", "amount": "7", "as": "moved"},
        {"do": "record_fact", "timeline": "account_life", "fact": "gift", "holder": "other",
         "values": {"amount": "100"}},
        {"do": "run_ruleset", "ruleset": "on_task", "as": "decided"},
        {"do": "post", **HOLDER, "move": "take", "amount": "decided.worth", "total": "cost", "may_owe": True,
         "as": "taken"},
        {"do": "reverse", **HOLDER, "key": "taken.key"},
    ))  # fmt: skip
    a, b = (works.create("account", code=code)["id"] for code in "AB")
    works.create("task", subject="book", effort=50, account=a, day="2025-03-01")
    works.settle()
    assert figures(works, a) == {"balance": 50, "available": 20}
    works.later(minutes=1)
    works.settle()
    assert figures(works, a) == {"balance": 40, "available": 40}
    works.later(minutes=1)
    works.settle()
    [run] = works.runs()
    assert (run["state"], run["error"]) == ("done", None)
    assert figures(works, a)["balance"] == 33 and figures(works, b)["balance"] == 107
    rows = {row["path"]: row for row in works.steps(run["id"])}
    assert rows["s11"]["output"] == {"worth": 100}
    assert rows["s01"]["input"]["amount"] == 50


def test_what_the_books_refuse_fails_the_step_and_leaves_nothing(begin: Begin) -> None:
    works = begin(*BOOKS, flow(
        "take", on("record.created"),
        {"do": "post", **HOLDER, "move": "take", "amount": "5", "total": "cost"},
    ))  # fmt: skip
    a = works.create("account", code="A")["id"]
    works.create("task", subject="x", account=a)
    works.create("task", subject="without account")
    works.settle()
    assert [run["error"]["code"] for run in works.runs()] == ["not_covered", "step_failed"]
    assert figures(works, a)["balance"] == 0
