"""Steps that steer a run: loops, variables, waits, branches side by side, calls, failure and what is taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from engine.conftest import label
from flows.kit import Works, flow, on
from tessera.meta import check

Begin = Callable[..., Works]
MEMO = "create_record"


def memo(text: str, **more: Any) -> dict[str, Any]:
    """A step that leaves a receipt with that memo (a formula)."""
    return {"do": "create_record", "entity": "receipt", "values": {"memo": text}, **more}


def memos(works: Works) -> list[str]:
    """The memos of all receipts, in the order in which they were made."""
    with works.runtime.reading(works.context()) as work:
        columns = work.tables.columns(work.entity("receipt"))
        return list(work.tx.execute(sa.select(columns["memo"]).order_by(columns["id"])).scalars())


def test_a_loop_goes_over_lines_and_sums_into_a_variable(begin: Begin) -> None:
    works = begin(flow(
        "loop", on("record.created"),
        {"do": "for_each", "in": "record.items", "each": "line", "as": "done", "steps": [
            {"do": "set", "values": {"total": "total + line.hours * line.rate", "seen": "seen & line.item"}},
            memo("run.id & ' ' & line.item & ' ' & total"),
        ]},
        memo("'end ' & seen & ' ' & done.count & ' ' & total"),
        variables=[{"uid": "tot", "name": "total", "type": "number", "initial": "0"},
                   {"uid": "see", "name": "seen", "type": "text"}],
    ))  # fmt: skip
    lines = [{"item": name, "hours": hours, "rate": "2"} for name, hours in (("a", "1.5"), ("b", "2"), ("c", "1"))]
    works.create("task", subject="x", items=lines)
    works.settle()
    [run] = works.runs()
    assert (run["state"], run["error"]) == ("done", None)
    number = run["id"]
    assert memos(works) == [f"{number} a 3", f"{number} b 7", f"{number} c 9", "end abc 3 9"]
    paths = [row["path"] for row in works.steps(number)]
    assert paths == ["s01", "s01.do[0]/s01", "s01.do[0]/s02", "s01.do[1]/s01", "s01.do[1]/s02", "s01.do[2]/s01",
                     "s01.do[2]/s02", "s02"]  # fmt: skip


def test_an_empty_loop_is_done_at_once(begin: Begin) -> None:
    works = begin(flow("loop", on("record.created"), {"do": "for_each", "in": "record.items", "steps": [memo("'x'")]}))
    works.create("task", subject="x")
    works.settle()
    assert works.states() == ["done"] and memos(works) == []


def test_records_are_found_by_a_condition_that_knows_the_run(begin: Begin) -> None:
    works = begin(flow(
        "find", on("record.updated", changed=["state"]),
        {"do": "find_records", "entity": "task", "where": "account = record.account AND effort > record.effort - 3",
         "sort": [{"uid": "eff", "by": "effort", "direction": "desc"}], "limit": 2, "as": "found"},
        {"do": "for_each", "in": "found", "each": "one", "steps": [
            memo("one.subject & ' of ' & one.account.code"),
            {"do": "update_record", "record": "one", "values": {"effort": "one.effort + 100"}}]},
        {"do": "find_records", "entity": "task", "where": "subject = 'none'", "first": True, "as": "none"},
        memo("COUNT(found) & IF(none = BLANK, ' none', ' some')"),
    ))  # fmt: skip
    a, b = (works.create("account", code=code)["id"] for code in ("A", "B"))
    for subject, effort, account in (("one", 1, a), ("two", 5, a), ("three", 9, a), ("four", 7, b)):
        works.create("task", subject=subject, effort=effort, account=account)
    task = works.create("task", subject="five", effort=6, account=a)
    works.update("task", task["id"], state="busy")
    works.settle()
    assert works.runs()[0]["error"] is None
    assert memos(works) == ["three of A", "five of A", "2 none"]
    assert sorted(works.get("task", each)["effort"] for each in (task["id"], 3)) == [106, 109]
    assert works.steps(works.runs()[0]["id"])[0]["note"] == {"found": 2, "more": True}


TABLE = {"kind": "table", "uid": "grades", "name": "grades", "label": label("grades"),
         "columns": [{"uid": "cod", "name": "code", "type": "text"},
                     {"uid": "lea", "name": "least", "type": "integer"}],
         "rows": [{"uid": "top", "values": {"code": "A", "least": 50}},
                  {"uid": "low", "values": {"code": "B", "least": 10}}]}  # fmt: skip


def test_a_table_decides(begin: Begin) -> None:
    works = begin(TABLE, flow(
        "grade", on("record.created"),
        {"do": "decide_table", "table": "grades", "where": "least <= record.effort", "as": "grade"},
        memo("COALESCE(grade.code, 'none')"),
    ))  # fmt: skip
    for effort in (60, 20, 1):
        works.create("task", subject="x", effort=effort)
    works.settle()
    assert memos(works) == ["A", "B", "none"]
    assert works.steps(works.runs()[1]["id"])[0]["note"]["row"] == "low"


def test_a_wait_ends_at_its_time_and_not_before(begin: Begin) -> None:
    works = begin(flow(
        "slow", on("record.created"), {"do": "wait", "for": "2h"}, memo("'after'"),
        {"do": "wait", "until": "record.day + 3"}, memo("'third day'"),
    ))  # fmt: skip
    works.create("task", subject="x", day="2025-03-10")
    works.settle()
    assert works.states() == ["waiting"]
    works.later(hours=1, minutes=59)
    assert works.settle() == 0
    works.later(minutes=1)
    works.settle()
    assert memos(works) == ["after"] and works.states() == ["waiting"]
    works.later(days=3)
    works.settle()
    assert memos(works) == ["after", "third day"] and works.states() == ["done"]


def test_a_wait_for_an_event_ends_with_it_or_with_its_time(begin: Begin) -> None:
    works = begin(flow(
        "await", on("record.created", when="record.subject = 'x'"),
        {"do": "wait", "event": {"on": "record.updated", "entity": "task", "record": "record",
                                 "where": "found.effort > 5"}, "at_most": "1d", "as": "came"},
        memo("IF(came.timed_out, 'late', 'effort ' & came.found.effort)"),
    ))  # fmt: skip
    first = works.create("task", subject="x", effort=1)
    second = works.create("task", subject="x", effort=1)
    works.settle()
    works.update("task", first["id"], effort=2)
    works.settle()
    assert works.states() == ["waiting", "waiting"]
    works.update("task", first["id"], effort=8)
    works.settle()
    assert memos(works) == ["effort 8"]
    works.later(days=2)
    works.settle()
    assert memos(works) == ["effort 8", "late"]
    assert works.get("task", second["id"])["effort"] == 1


def test_branches_in_parallel_wait_together(begin: Begin) -> None:
    works = begin(flow(
        "side", on("record.created"),
        {"do": "parallel", "branches": [
            {"uid": "one", "steps": [{"do": "wait", "for": "1h"}, memo("'one'")]},
            {"uid": "two", "steps": [memo("'two'"), {"do": "wait", "for": "1h"}, memo("'two later'")]}]},
        memo("'both'"),
    ))  # fmt: skip
    works.create("task", subject="x")
    works.settle()
    assert memos(works) == ["two"]
    works.later(hours=1)
    works.settle()
    assert memos(works) == ["two", "one", "two later", "both"]
    assert works.states() == ["done"]


CALLED = flow(
    "helper", on("call", input=[{"uid": "amo", "name": "amount", "type": "number", "required": True}]),
    {"do": "decide", "branches": [{"uid": "neg", "when": "input.amount < 0",
                                   "steps": [{"do": "fail", "message": "'negative'"}]}]},
    memo("'called with ' & input.amount & ' for ' & record.subject"),
    returns=[{"uid": "dou", "name": "double", "type": "number", "value": "input.amount * 2"}],
)  # fmt: skip


def test_a_flow_calls_another_and_gets_its_values(begin: Begin) -> None:
    works = begin(CALLED, flow(
        "caller", on("record.created"),
        {"do": "call_flow", "flow": "helper", "record": "record", "input": {"amount": "record.effort"}, "as": "got"},
        memo("'got ' & got.double"),
    ))  # fmt: skip
    works.create("task", subject="x", effort=21)
    works.settle()
    assert memos(works) == ["called with 21 for x", "got 42"]
    caller, helper = works.runs("caller")[0], works.runs("helper")[0]
    assert (helper["parent_id"], helper["state"], helper["depth"]) == (caller["id"], "done", caller["depth"] + 1)


def test_a_failing_call_fails_its_caller_unless_that_goes_on(begin: Begin) -> None:
    call = {"do": "call_flow", "flow": "helper", "record": "record", "input": {"amount": "0 - record.effort"}}
    works = begin(
        CALLED, flow("strict", on("record.created"), call, memo("'strict'")),
        flow("mild", on("record.created"), {**call, "on_error": {"then": "continue"}}, memo("'mild'")),
    )  # fmt: skip
    works.create("task", subject="x", effort=1)
    works.settle()
    assert memos(works) == ["mild"]
    assert works.states("strict") == ["failed"] and works.states("mild") == ["done"]
    error = works.runs("strict")[0]["error"]
    assert error["code"] == "step_failed" and "negative" in error["message"]


def test_a_failure_takes_back_what_was_noted_the_latest_first(begin: Begin) -> None:
    works = begin(flow(
        "undo", on("record.created"),
        memo("'first'"), {"do": "compensate", "steps": [memo("'undo first'")]},
        {"do": "for_each", "in": "record.items", "each": "line", "steps": [
            memo("line.item", **{"as": "made"}),
            {"do": "compensate", "steps": [memo("'undo ' & line.item & ' ' & made.memo")]}]},
        {"do": "fail", "message": "'too bad'"}, memo("'never'"),
    ))  # fmt: skip
    works.create("task", subject="x", items=[{"item": "a", "hours": 1}, {"item": "b", "hours": 1}])
    works.settle()
    assert memos(works) == ["first", "a", "b", "undo b b", "undo a a", "undo first"]
    [run] = works.runs()
    assert run["state"] == "failed" and run["error"]["message"] == "too bad"


def test_steps_that_deal_with_a_failure_see_it_and_the_run_goes_on(begin: Begin) -> None:
    works = begin(flow(
        "deal", on("record.created"),
        {"do": "create_record", "entity": "task", "values": {"subject": "'y'", "effort": "-5"}, "as": "made",
         "on_error": {"then": {"steps": [memo("error.code & ' at ' & error.step")]}}},
        memo("IF(made = BLANK, 'nothing made', 'made')"),
    ))  # fmt: skip
    works.create("task", subject="x")
    works.settle()
    assert memos(works) == ["invalid at s01", "nothing made"]
    assert [row["state"] for row in works.steps(works.runs()[0]["id"])] == ["failed", "done", "done"]


def test_a_failing_step_is_tried_again_with_growing_pauses(begin: Begin) -> None:
    works = begin(flow(
        "again", on("record.created", when="record.subject = 'x'"),
        {"do": "find_records", "entity": "task", "where": "subject = 'needed'", "first": True, "as": "needed"},
        {"do": "update_record", "record": "needed", "values": {"effort": "7"},
         "on_error": {"retry": {"times": 3, "first": "10s", "factor": 3}}},
    ))  # fmt: skip
    works.create("task", subject="x")
    works.settle()
    [run] = works.runs()
    assert run["state"] == "waiting" and 10 <= (run["wake_at"] - works.now).total_seconds() <= 11
    works.later(seconds=11)
    works.settle()
    [run] = works.runs()
    assert run["state"] == "waiting" and 30 <= (run["wake_at"] - works.now).total_seconds() <= 33
    works.later(seconds=33)
    works.settle()
    works.later(seconds=99)
    works.settle()
    [run] = works.runs()
    assert run["state"] == "failed" and run["error"]["code"] == "step_failed"
    [_, row] = works.steps(run["id"])
    assert row["attempts"] == 4 and len(row["errors"]) == 4


def test_a_run_that_takes_too_many_steps_is_cut_off(begin: Begin) -> None:
    works = begin(flow(
        "long", on("record.created"),
        {"do": "for_each", "in": "record.items", "steps": [memo("'one ' & item.item"), memo("'two ' & item.item")]},
    ), flow_steps=4)  # fmt: skip
    works.create("task", subject="x", items=[{"item": name, "hours": 1} for name in "abc"])
    works.settle()
    assert works.runs()[0]["error"]["code"] == "too_many_steps"
    assert len(works.steps(works.runs()[0]["id"])) == 4


def test_a_flow_that_fires_itself_is_cut_at_the_limit(begin: Begin) -> None:
    works = begin(flow(
        "self", on("record.updated", changed=["effort"]),
        {"do": "update_record", "values": {"effort": "record.effort + 1"}},
    ), flow_depth=5)  # fmt: skip
    task = works.create("task", subject="x", effort=0)
    works.update("task", task["id"], effort=1)
    works.settle()
    assert works.states() == ["done"] * 6 + ["failed"]
    last = works.runs()[-1]
    assert last["error"]["code"] == "flow_loop" and last["cause"] == f"run-{works.runs()[-2]['id']}"
    assert works.get("task", task["id"])["effort"] == 7


@pytest.mark.parametrize(("steps", "code", "pointer"), [
    ([{"uid": "a01", "do": "set", "values": {"nope": "1"}}], "unknown_variable", "/steps/0/values/nope"),
    ([{"uid": "a01", "do": "stop", "reason": "later"}], "unknown_name", "/steps/0/reason"),
    ([{"uid": "a01", "do": "stop", "as": "gone"}], "no_result", "/steps/0/as"),
    ([{"uid": "a01", "do": "for_each", "in": "record.effort", "steps": [{"uid": "b01", "do": "stop"}]}],
     "wrong_type", "/steps/0/in"),
    ([{"uid": "a01", "do": "update_record", "values": {"efort": "1"}}], "unknown_field", "/steps/0/values/efort"),
    ([{"uid": "a01", "do": "update_record", "values": {"effort": "'x'"}}], "wrong_type", "/steps/0/values/effort"),
    ([{"uid": "a01", "do": "update_record", "values": {"account": "record"}}], "wrong_type",
     "/steps/0/values/account"),
    ([{"uid": "a01", "do": "wait"}], "missing_key", "/steps/0"),
    ([{"uid": "a01", "do": "call_flow", "flow": "flo"}], "not_callable", "/steps/0/flow"),
    ([{"uid": "a01", "do": "create_record", "entity": "receipt", "values": {"memo": "'a'"}, "as": "record"}],
     "repeated_name", "/steps/0/as"),
])  # fmt: skip
def test_what_is_wrong_with_a_step_is_told_with_its_place(steps: Any, code: str, pointer: str) -> None:
    from engine.conftest import small_package

    body = {"kind": "flow", "uid": "flo", "name": "flo", "label": label("flo"), "trigger": on("record.created"),
            "steps": steps}  # fmt: skip
    found = check([small_package(body)])
    assert [(each.code, each.pointer.partition("#")[2]) for each in found] == [(code, pointer)]
