"""What people do: press buttons, cancel, retry, repeat, look at the history, try a flow out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.conftest import label
from flows.kit import Works, flow, on
from flows.probe import probing
from flows.test_control import memo, memos
from tessera.context import Actor
from tessera.engine.flows import beginning, controlling, history
from tessera.engine.flows.errors import FlowInactive, NothingBegun, NotStartable, RunNotOpen
from tessera.engine.flows.rehearsing import dry_run
from tessera.errors import Forbidden, Invalid, NotFound

Begin = Callable[..., Works]
ROLE = {"kind": "role", "uid": "clerk", "name": "clerk", "label": label("clerk"),
        "grants": [{"uid": "tas", "entity": "task", "actions": ["read", "update"], "where": "region <> 'secret'"}]}
READER = {"kind": "role", "uid": "reader", "name": "reader", "label": label("reader"),
          "grants": [{"uid": "tas", "entity": "task", "actions": ["read"]}]}
BUTTON = flow(
    "press", on("button", input=[
        {"uid": "why", "name": "why", "type": "text", "required": True},
        {"uid": "oth", "name": "other", "type": "record", "of": "task"},
        {"uid": "due", "name": "due", "type": "date"}]),
    memo("input.why & ' ' & record.subject & ' ' & COALESCE(input.other.subject, '-') & ' ' & event.by"),
    run_as="actor",
)  # fmt: skip


def somebody(role: str, number: int = 7) -> Actor:
    """A user with a role."""
    return Actor(number, role, frozenset({role}))


def do(works: Works, action: Callable[..., Any], *arguments: Any, actor: Actor | None = None, **more: Any) -> Any:
    """Something within a transaction of somebody."""
    ctx = works.context(actor) if actor is not None else works.context()
    return works.runtime.write(ctx, lambda work: action(work, *arguments, **more))


def test_a_button_begins_a_run_with_what_was_asked_for(begin: Begin) -> None:
    works = begin(ROLE, READER, BUTTON | {"run_as": "system"}, flow("off", on("button"), memo("'x'"), active=False),
                  flow("hand", on("manual", ""), memo("'by hand'")), flow("auto", on("record.deleted"), memo("'x'")))
    task, other = (works.create("task", subject=each)["id"] for each in ("one", "two"))
    clerk = somebody("clerk")
    first = do(works, beginning.begin_run, "press", record=task, values={"why": "so", "other": other}, key="k1",
               actor=clerk)  # fmt: skip
    again = do(works, beginning.begin_run, "press", record=task, values={"why": "so"}, key="k1", actor=clerk)
    assert first == again
    works.settle()
    assert memos(works) == ["so one two 7"]
    for wrong in ({}, {"why": 5}, {"why": "x", "due": "soon"}, {"why": "x", "nope": 1}):
        with pytest.raises(Invalid):
            do(works, beginning.begin_run, "press", record=task, values=wrong, actor=clerk)
    with pytest.raises(Forbidden):
        do(works, beginning.begin_run, "press", record=task, values={"why": "x"}, actor=somebody("reader"))
    with pytest.raises(Forbidden):
        do(works, beginning.begin_run, "hand", actor=clerk)
    with pytest.raises(NotFound):
        do(works, beginning.begin_run, "press", record=999, values={"why": "x"}, actor=clerk)
    with pytest.raises(FlowInactive):
        do(works, beginning.begin_run, "off", record=task)
    with pytest.raises(NotStartable):
        do(works, beginning.begin_run, "auto", record=task)
    do(works, beginning.begin_run, "hand")
    works.settle()
    assert memos(works)[-1] == "by hand"


def test_a_flow_that_acts_for_a_user_may_do_what_he_may(begin: Begin) -> None:
    works = begin(READER, BUTTON)
    task = works.create("task", subject="one")["id"]
    with works.runtime.database.write() as tx:
        from tessera.engine import identity

        user = identity.create_user(tx, works.context(), {"name": "rita", "roles": ["reader"]})
    do(works, beginning.begin_run, "press", record=task, values={"why": "x"},
       actor=Actor(user["id"], "rita", frozenset({"reader"}), is_admin=True))  # fmt: skip
    works.settle()
    [run] = works.runs()
    assert run["error"]["code"] == "not_found"  # receipts do not exist for her
    with works.runtime.database.write() as tx:
        identity.update_user(tx, works.context(), user["id"], {"is_active": False})
    do(works, controlling.retry_run, run["id"])
    works.settle()
    assert works.runs()[0]["error"]["code"] == "actor_gone"


def test_a_run_is_cancelled_where_it_stands_and_takes_back_if_wanted(begin: Begin) -> None:
    steps = ({"do": "call_flow", "flow": "sub", "record": "record"}, memo("'never'"))
    undo = {"do": "compensate", "steps": [memo("'undo ' & record.subject")]}
    works = begin(flow("slow", on("record.created"), memo("record.subject"), undo, *steps),
                  flow("sub", on("call"), {"do": "wait", "for": "1h"}))
    works.create("task", subject="a")
    works.create("task", subject="b")
    works.settle()
    plain, undone = works.runs("slow")
    do(works, controlling.cancel_run, plain["id"])
    do(works, controlling.cancel_run, undone["id"], undo=True)
    works.settle()
    works.later(hours=2)
    works.settle()
    assert memos(works) == ["a", "b", "undo b"]
    assert works.states() == ["cancelled"] * 4
    with pytest.raises(RunNotOpen):
        do(works, controlling.cancel_run, plain["id"])


def test_a_failed_run_is_retried_where_it_failed_or_repeated_by_the_flow_as_it_is_now(begin: Begin) -> None:
    body = flow("needy", on("record.created", when="record.subject = 'x'"), memo("'first ' & run.id"),
                {"do": "find_records", "entity": "task", "where": "subject = 'needed'", "first": True, "as": "needed"},
                {"do": "update_record", "record": "needed", "values": {"effort": "5"}})
    works = begin(body)
    works.create("task", subject="x")
    works.settle()
    [run] = works.runs()
    assert run["state"] == "failed"
    with works.runtime.reading(works.context()) as work:
        assert [each["id"] for each in history.list_runs(work, history.RunQuery(dead=True))] == [run["id"]]
    do(works, controlling.retry_run, run["id"])
    works.settle()
    assert works.states() == ["failed"]  # what was found is kept: nothing
    needed = works.create("task", subject="needed")
    fresh = do(works, controlling.repeat_run, run["id"])
    works.settle()
    assert works.states() == ["failed", "done"]
    assert memos(works) == [f"first {run['id']}", f"first {fresh}"] and works.get("task", needed["id"])["effort"] == 5
    with works.runtime.reading(works.context()) as work:
        assert history.list_runs(work, history.RunQuery(dead=True)) == []
        assert history.get_run(work, fresh)["rerun_of"] == run["id"]
    with pytest.raises(RunNotOpen):
        do(works, controlling.retry_run, fresh)


def test_the_history_tells_what_went_in_what_came_out_and_why(begin: Begin) -> None:
    works = begin(flow(
        "told", on("record.updated", changed=["effort"]),
        {"do": "decide", "label": label("big or small"), "branches": [
            {"uid": "big", "when": "record.effort > before.effort", "steps": [
                {"do": "update_record", "values": {"external": "'more'"}, "as": "changed"}]}]},
        {"do": "wait", "for": "1d"},
    ))  # fmt: skip
    task = works.create("task", subject="x", effort=1)
    works.update("task", task["id"], effort=2)
    works.settle()
    with works.runtime.reading(works.context()) as work:
        found = history.get_run(work, works.runs()[0]["id"])
    assert found["flow"] == "told" and found["at"] == ["s02"] and found["order_key"] == f"work:task:{task['id']}"
    assert found["given"]["event"]["changed"] == ["effort"]
    decide, update, wait = found["steps_taken"]
    assert decide["note"]["branch"] == "big" and decide["note"]["because"] == "record.effort > before.effort"
    assert decide["label"]["en"] == "big or small" and decide["output"] == "big"
    assert update["input"] == {"record": task["id"]} and update["output"] == {"id": task["id"]}
    assert wait["state"] == "waiting" and wait["note"]["until"].startswith("2025-03-11T12:00")


def test_a_dry_run_shows_everything_and_leaves_nothing(begin: Begin, tmp_path: Path) -> None:
    with probing(tmp_path / "calls.txt") as probe:
        tried = flow(
            "tried", on("record.updated", changed=["effort"], when="record.effort > 5"),
            memo("'saw ' & record.effort"), {"do": "wait", "for": "30d"},
            {"do": "probe", "text": "'ask ' & record.subject", "as": "answer"},
            {"do": "decide", "branches": [{"uid": "yes", "when": "answer.ok = TRUE", "steps": [
                {"do": "update_record", "values": {"external": "'ok'"}}]}]},
        )  # fmt: skip
        works = begin(tried, flow("other", on("record.updated", changed=["external"]), memo("'other'")))
        task = works.create("task", subject="x", effort=1)["id"]
        ctx = works.context()
        report = dry_run(works.runtime, ctx, "tried", {
            "record": task, "changes": {"effort": 9}, "answers": {"s03": {"ok": True}}})  # fmt: skip
        run = report["run"]
        assert (run["state"], run["error"]) == ("done", None)
        assert [each["state"] for each in run["steps_taken"]] == ["done"] * 5
        assert report["calls"][0]["request"] == {"text": "ask x"} and report["begins"] == ["other"]
        assert (report["ended_at"] - works.now).days == 30
        failing = dry_run(works.runtime, ctx, "tried", {
            "record": task, "changes": {"effort": 9}, "answers": {"s03": {"fail": "no line"}}})  # fmt: skip
        assert failing["run"]["error"]["code"] == "outside_failed"
        with pytest.raises(NothingBegun):
            dry_run(works.runtime, ctx, "tried", {"record": task, "changes": {"effort": 3}})
        draft = flow("tried", on("manual", ""), memo("'drafted'"), {"do": "stop"}) | {"package": "work"}
        drafted = dry_run(works.runtime, ctx, draft, {})
        assert [each["do"] for each in drafted["run"]["steps_taken"]] == ["create_record", "stop"]
        broken = flow("tried", on("manual", ""), {"do": "stop", "reason": "nope"}) | {"package": "work"}
        with pytest.raises(Invalid):
            dry_run(works.runtime, ctx, broken, {})
        assert works.runs() == [] and memos(works) == [] and probe.lines() == []
        assert works.get("task", task)["effort"] == 1


def test_a_dry_run_drives_called_flows_and_fails_step_by_step(begin: Begin) -> None:
    works = begin(
        flow("sub", on("call", input=[{"uid": "num", "name": "number", "type": "number"}]),
             {"do": "update_record", "values": {"effort": "0 - 5"}, "on_error": {"then": "continue"}},
             returns=[{"uid": "two", "name": "two", "type": "number", "value": "input.number * 2"}]),
        flow("top", on("button"), {"do": "call_flow", "flow": "sub", "record": "record", "input": {"number": "4"},
                                   "as": "got"}, memo("'got ' & got.two"),
             {"do": "wait", "event": {"on": "record.updated", "entity": "task", "record": "record"}, "as": "seen"},
             memo("IF(seen.timed_out, 'no', 'yes')")),
    )  # fmt: skip
    task = works.create("task", subject="x")["id"]
    wakes = {"s03": {"event": 1, "topic": "record.updated", "record": task}}
    report = dry_run(works.runtime, works.context(), "top", {"record": task, "wakes": wakes})
    assert report["run"]["state"] == "done" and len(report["run"]["called"]) == 1
    assert works.runs() == []
