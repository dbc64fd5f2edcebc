"""Scenarios drive flows: workers work as time passes, nothing leaves, and runs, messages and tasks are expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from flows.kit import flow
from packages.building import apply, field, fresh_runtime, work_package
from tessera.engine.scenarios import Outcome, run_all
from tessera.meta import check
from tessera.runtime import Runtime
from tessera.store.system.access import users
from tessera.store.system.flows import run
from tessera.store.system.messages import message

LABEL = {"zh": "试", "en": "Try"}
TASK = {
    "kind": "entity", "uid": "task", "name": "task", "label": LABEL, "title": "code", "business_key": ["code"],
    "contact": {"phone": "phone"},
    "fields": [
        field("code", "code", required=True, unique=True), field("effort", "effort", "integer"),
        field("phone", "phone", "phone"), field("remark", "remark"),
    ],
}  # fmt: skip
TOLD = {
    "kind": "message", "uid": "told", "name": "told", "label": LABEL, "entity": "task", "channels": ["sms"],
    "quiet": {"from": "21:00", "to": "09:00"},
    "texts": [{"uid": "zh_", "language": "zh", "text": "{record.code} 完成"},
              {"uid": "en_", "language": "en", "text": "{record.code} is done"}],
}  # fmt: skip
REMIND = flow(
    "remind", {"on": "record.created", "entity": "task", "when": "record.effort > 0"},
    {"do": "wait", "for": "2d"},
    {"do": "decide", "branches": [
        {"uid": "big", "when": "record.effort > 5", "steps": [{"do": "send_message", "message": "told"}]},
    ]},
)  # fmt: skip
ASK = flow(
    "ask", {"on": "button", "entity": "task", "input": [{"uid": "why", "name": "why", "type": "text"}]},
    {"do": "approve", "nodes": [
        {"uid": "head", "label": LABEL, "approvers": [{"uid": "who", "users": ["boss"]}]}]},
    {"do": "update_record", "values": {"remark": "input.why"}},
)  # fmt: skip
FETCH = flow(
    "fetch", {"on": "manual", "roles": []},
    {"do": "call_http", "url": "'https://example.com/rates'", "as": "reply"},
    {"do": "create_record", "entity": "task", "values": {"code": "'fetched'", "effort": "reply.status"}},
)  # fmt: skip


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """A runtime on an empty database."""
    made = fresh_runtime(database_url)
    yield made
    made.close()


def package(**body: Any) -> Any:
    """The package with its flows and one scenario."""
    scenario = {"kind": "scenario", "uid": "one", "name": "one", "label": LABEL, **body}
    made = work_package(None, TOLD, REMIND, ASK, FETCH, scenario)
    entity = next(each for each in made.documents if each.uid == "task")
    entity.body.update(TASK)
    return made


def played(runtime: Runtime, **body: Any) -> Outcome:
    """Apply the package with one scenario and run it."""
    apply(runtime, package(**body))
    with runtime.database.read() as tx:
        release = runtime.releases.bind(tx)
    (outcome,) = run_all(runtime.database, runtime.settings, release, lambda document: True)
    return outcome


def task(uid: str, code: str, effort: int, at: str = "2026-03-01T12:00:00Z") -> dict[str, Any]:
    """A step that makes a task."""
    values = {"code": code, "effort": effort, "phone": "+86 138 0000 0000"}
    return {"uid": uid, "at": at, "do": "create", "entity": "task", "as": code.lower(), "values": values}


def test_time_passes_and_each_thing_happens_at_its_instant(runtime: Runtime) -> None:
    steps = [
        task("make", "A", 8), task("small", "B", 1), task("none", "C", 0),
        {"uid": "soon", "do": "settle"},
        {"uid": "late", "do": "settle", "at": "2026-03-10T00:00:00Z"},
    ]  # fmt: skip
    looks = [
        {"uid": "waits", "after": "soon", "runs": "remind", "record": "a",
         "rows": [{"uid": "one", "state": "waiting", "wake_at": "2026-03-03T12:00:00Z"}]},
        {"uid": "none_yet", "after": "soon", "messages": "told", "rows": []},
        {"uid": "ends", "runs": "remind", "rows": [
            {"uid": "one", "record": "a", "state": "done", "branch": {"s02": "big"}, "passed": ["s01", "s02.big/s01"]},
            {"uid": "two", "record": "b", "state": "done", "branch": {"s02": "otherwise"}}]},
        {"uid": "told", "messages": "told", "rows": [
            {"uid": "one", "to": "a", "channel": "sms", "state": "sent", "text": "A 完成",
             "at": "2026-03-03T12:00:00Z"}]},
    ]  # fmt: skip
    assert played(runtime, steps=steps, expect=looks).failures == ()


def test_quiet_hours_shift_what_is_sent(runtime: Runtime) -> None:
    steps = [task("make", "A", 8, "2026-03-01T22:30:00+08:00"),
             {"uid": "late", "do": "settle", "at": "2026-03-10T00:00:00Z"}]  # fmt: skip
    told = [{"uid": "one", "state": "sent", "at": "2026-03-04T09:00:00+08:00"}]
    looks = [{"uid": "told", "messages": "told", "to": "a", "rows": told}]
    assert played(runtime, steps=steps, expect=looks).failures == ()


def test_buttons_approvals_and_found_records(runtime: Runtime) -> None:
    steps = [
        task("make", "A", 0),
        {"uid": "press", "do": "press", "flow": "ask", "record": "a", "values": {"why": "so"}},
        {"uid": "asked", "do": "settle"},
        {"uid": "nobody", "do": "agree", "who": "clerk", "expect_error": "not_found"},
        {"uid": "agree", "do": "agree", "who": "boss", "flow": "ask", "record": "a", "opinion": "fine"},
        {"uid": "later", "do": "settle", "at": "2026-03-01T12:01:00Z"},
        {"uid": "find", "do": "find", "entity": "task", "where": "remark = 'so'", "as": "found"},
    ]
    looks = [
        {"uid": "open", "after": "asked", "tasks": "ask",
         "rows": [{"uid": "one", "who": "boss", "node": "head", "state": "open", "record": "a"}]},
        {"uid": "done", "runs": "ask", "rows": [{"uid": "one", "state": "done"}]},
        {"uid": "said", "record": "found", "values": {"code": "A", "remark": "so"}},
    ]
    people = [{"uid": "boss", "as": "boss"}, {"uid": "clerk", "as": "clerk"}]
    assert played(runtime, users=people, steps=steps, expect=looks).failures == ()


def test_the_outside_is_answered_by_the_scenario(runtime: Runtime) -> None:
    steps = [{"uid": "begin", "do": "begin", "flow": "fetch"}, {"uid": "run", "do": "settle"}]
    looks = [
        {"uid": "asked", "calls": "s01", "rows": [{"uid": "one", "request": {"url": "https://example.com/rates"}}]},
        {"uid": "kept", "entity": "task", "where": "effort = 203", "count": 1},
    ]
    answers = [{"uid": "rates", "step": "s01", "answer": {"status": 203, "headers": {}, "body": None}}]
    assert played(runtime, answers=answers, steps=steps, expect=looks).failures == ()
    failing = [{"uid": "down", "step": "s01", "fail": "nobody is there"}]
    looks = [{"uid": "fails", "runs": "fetch", "rows": [{"uid": "one", "state": "failed", "error": "outside_failed"}]}]
    assert played(runtime, answers=failing, steps=steps, expect=looks).failures == ()


def test_what_is_given_begins_no_flow_and_nothing_stays(runtime: Runtime) -> None:
    given = [{"uid": "given", "entity": "task", "as": "a", "values": {"code": "A", "effort": 9}}]
    looks = [{"uid": "none", "runs": "remind", "rows": []}]
    people = [{"uid": "boss", "as": "boss"}]
    steps = [{"uid": "run", "do": "settle", "at": "2026-06-01T00:00:00Z"}, task("make", "B", 9)]
    assert played(runtime, users=people, given=given, steps=steps, expect=looks).failures == ()
    with runtime.database.read() as tx:
        counts = [tx.scalar(sa.select(sa.func.count()).select_from(each)) for each in (run, message, users)]
    assert counts == [0, 0, 0]


def test_differences_are_told_in_words(runtime: Runtime) -> None:
    looks = [
        {"uid": "runs", "runs": "remind", "rows": [{"uid": "one", "state": "failed"}]},
        {"uid": "none", "messages": "told", "rows": []},
    ]
    steps = [task("make", "A", 8), {"uid": "run", "do": "settle", "at": "2026-04-01T00:00:00Z"}]
    told = played(runtime, steps=steps, expect=looks).failures
    assert len(told) == 3
    assert told[0].startswith("expect runs: remind: there is no run state 'failed'; found record")
    assert "there is also the run" in told[1] and "there is also the message" in told[2] and "'A 完成'" in told[2]


def test_flows_may_be_of_the_scenario_alone(runtime: Runtime) -> None:
    own = flow("own", {"on": "record.created", "entity": "task"},
               {"do": "update_record", "values": {"remark": "'seen'"}})  # fmt: skip
    looks = [{"uid": "seen", "record": "a", "values": {"remark": "seen"}}]
    steps = [task("make", "A", 0), {"uid": "run", "do": "settle"}]
    assert played(runtime, documents=[own], steps=steps, expect=looks).failures == ()


def test_schedules_come_due_while_time_passes(runtime: Runtime) -> None:
    at_night = {"on": "schedule", "every": {"period": "day", "at": "02:00"}, "entity": "task", "where": "effort > 5"}
    values = {"remark": "TEXT(event.day, 'yyyy-MM-dd')", "effort": "record.effort + 1"}
    own = flow("night", at_night, {"do": "update_record", "values": values})
    steps = [task("make", "A", 8), task("small", "B", 1), {"uid": "soon", "do": "settle"},
             {"uid": "later", "do": "settle", "at": "2026-03-03T12:00:00Z"}]  # fmt: skip
    looks = [{"uid": "none", "after": "soon", "record": "a", "values": {"effort": 8}},
             {"uid": "last", "record": "a", "values": {"remark": "2026-03-03", "effort": 10}},
             {"uid": "small", "record": "b", "values": {"effort": 1}}]  # fmt: skip
    assert played(runtime, documents=[own], steps=steps, expect=looks).failures == ()


def test_names_in_flow_steps_are_checked() -> None:
    steps = [
        {"uid": "press", "do": "press", "flow": "nope", "record": "x"},
        {"uid": "agree", "do": "agree", "who": "x"},
        {"uid": "find", "do": "find", "entity": "task", "where": "nope = 1", "as": "f"},
        {"uid": "begin", "do": "begin"},
    ]
    looks = [{"uid": "runs", "runs": "nope", "rows": [{"uid": "one", "record": "x"}]},
             {"uid": "tasks", "tasks": "ask", "rows": [{"uid": "one", "who": "x"}]},
             {"uid": "told", "messages": "nope", "rows": []}]  # fmt: skip
    found = {(each.code, each.pointer.partition("#")[2]) for each in check([package(steps=steps, expect=looks)])}
    assert ("unknown_alias", "/steps/0/record") in found and ("unknown_alias", "/steps/1/who") in found
    assert ("missing_key", "/steps/3") in found and ("unknown_alias", "/expect/1/rows/0/who") in found
    pointers = {pointer for _, pointer in found}
    assert {"/steps/0/flow", "/steps/2/where", "/expect/0/runs", "/expect/2/messages"} <= pointers
