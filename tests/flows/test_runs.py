"""Runs: begun by events, taken step by step, each effect once."""

from __future__ import annotations

from collections.abc import Callable

from flows.kit import Works, flow, on

Begin = Callable[..., Works]


def test_a_change_of_a_record_begins_a_run_that_changes_it(begin: Begin) -> None:
    works = begin(flow(
        "finish", on("record.updated", changed=["effort"], when="record.effort > 5 AND before.effort < 5"),
        {"do": "decide", "as": "way",
         "branches": [{"uid": "big", "when": "record.effort > 100", "steps": [{"do": "stop"}]}],
         "otherwise": [{"do": "update_record", "values": {"external": "'north ' & record.account.code"}}]},
        {"do": "create_record", "entity": "receipt", "values": {"memo": "way & ' ' & record.external"}, "as": "made"},
    ))  # fmt: skip
    account = works.create("account", code="A1")
    task = works.create("task", subject="one", effort=1, account=account["id"])
    works.update("task", task["id"], effort=3)
    works.settle()
    assert works.runs() == []
    works.update("task", task["id"], effort=9)
    works.settle()
    [run] = works.runs()
    assert (run["state"], run["error"]) == ("done", None)
    assert works.get("task", task["id"])["external"] == "north A1"
    assert works.count("receipt", "memo = 'otherwise north A1'") == 1
    rows = works.steps(run["id"])
    assert [(row["path"], row["state"]) for row in rows] == [
        ("s01", "done"), ("s01.otherwise/s01", "done"), ("s02", "done")]
    assert rows[0]["note"]["asked"] == {"big": False}
    assert works.settle() == 0
