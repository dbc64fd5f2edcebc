"""The endpoints of flows and runs: who may see, begin, cancel, retry and try out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from api.api_kit import Api, api_of, make_user
from engine.conftest import label
from flows.kit import Works, flow, on
from flows.test_control import memo
from flows.test_hands import BUTTON, READER, ROLE
from tessera.web.app import create_app

Begin = Callable[..., Works]
PATH = "/api/v1"
KEEPER = {"kind": "role", "uid": "keeper", "name": "keeper", "label": label("keeper"), "permissions": ["flows"]}
WATCHER = {"kind": "role", "uid": "watcher", "name": "watcher", "label": label("watcher"), "permissions": ["runs"]}
FAILS = flow("fails", on("record.created"), {"do": "fail", "message": "'bad ' & record.subject"})
SLOW = flow("slow", on("manual", ""), {"do": "wait", "for": "1d"}, memo("'x'"))


@pytest.fixture
def served(begin: Begin) -> tuple[Works, Callable[..., Api]]:
    """Flows, and clients of users with a role."""
    works = begin(ROLE, READER, KEEPER, WATCHER, BUTTON | {"run_as": "system"}, FAILS, SLOW)
    app = create_app(works.runtime)

    def client(name: str, **more: Any) -> Api:
        return api_of(app, make_user(works.runtime, name, **more)[1])

    return works, client


def test_who_sees_and_begins_which_flows(served: tuple[Works, Callable[..., Api]]) -> None:
    works, client = served
    task = works.create("task", subject="one")["id"]
    admin, clerk = client("ada", is_admin=True), client("cleo", roles=["clerk"])
    reader = client("rita", roles=["reader"])
    names = [each["name"] for each in admin("GET", f"{PATH}/flows").json["data"]]
    assert names == ["fails", "press", "slow"]
    [seen] = clerk("GET", f"{PATH}/flows").json["data"]
    assert seen["name"] == "press" and seen["can_begin"] and seen["input"][0]["name"] == "why"
    assert reader("GET", f"{PATH}/flows").json["data"] == []
    body = {"record": task, "input": {"why": "so"}}
    made = clerk("POST", f"{PATH}/flows/press/runs", body, Idempotency_Key="k1")
    assert made.status_code == 201
    assert clerk("POST", f"{PATH}/flows/press/runs", body, Idempotency_Key="k1").json == made.json
    assert reader("POST", f"{PATH}/flows/press/runs", body).status_code == 404
    assert clerk("POST", f"{PATH}/flows/fails/runs", {}).status_code == 404
    assert admin("POST", f"{PATH}/flows/fails/runs", {}).json["code"] == "not_startable"
    bad = clerk("POST", f"{PATH}/flows/press/runs", {"record": task, "input": {"why": 1, "no": 2}})
    assert bad.status_code == 422 and {each["pointer"] for each in bad.json["problems"]} == {"/input/why", "/input/no"}
    works.settle()
    assert [each["id"] for each in works.runs("press")] == [made.json["id"]]


def test_runs_are_listed_looked_at_and_dealt_with(served: tuple[Works, Callable[..., Api]]) -> None:
    works, client = served
    task = works.create("task", subject="one")["id"]
    works.create("task", subject="two")
    works.settle()
    keeper, watcher, reader = (client(name, roles=[name]) for name in ("keeper", "watcher", "reader"))
    assert reader("GET", f"{PATH}/runs").status_code == 403
    page = watcher("GET", f"{PATH}/runs?dead=true&limit=1").json
    assert page["data"][0]["error"]["message"] == "bad two" and page["next"]
    assert watcher("GET", f"{PATH}/runs?before={page['next']}").json["data"][0]["error"]["message"] == "bad one"
    [mine] = watcher("GET", f"{PATH}/runs?flow=fails&state=failed&entity=task&record={task}").json["data"]
    found = watcher("GET", f"{PATH}/runs/{mine['id']}").json
    assert found["steps_taken"][0]["note"]["message"] == "bad one" and found["entity"] == "task"
    at = mine["created_at"].replace("+", "%2B")
    assert [each["id"] for each in watcher("GET", f"{PATH}/runs?flow=fails&since={at}").json["data"]][-1] == mine["id"]
    assert watcher("GET", f"{PATH}/runs?since=2100-01-01T00:00:00Z").json["data"] == []
    assert mine["flow_key"].endswith(":fails")
    wrongs = ("since=yesterday", "since=2025-01-01T00:00:00", "state=odd", "flow=nope", f"record={task}", "limit=0")
    for wrong in wrongs:
        assert watcher("GET", f"{PATH}/runs?{wrong}").status_code in (400, 404)
    assert watcher("POST", f"{PATH}/runs/{mine['id']}/retry").status_code == 403
    assert keeper("POST", f"{PATH}/runs/{mine['id']}/retry").status_code == 204
    assert keeper("POST", f"{PATH}/runs/{mine['id']}/retry").json["code"] == "run_not_open"
    works.settle()
    assert keeper("POST", f"{PATH}/runs/replay", {"flow": "fails", "code": "failed_by_flow"}).json == {"retried": 2}
    works.settle()
    assert keeper("POST", f"{PATH}/runs/{mine['id']}/settle").status_code == 204
    fresh = keeper("POST", f"{PATH}/runs/{mine['id']}/repeat", {"as_it_was": True}).json["id"]
    works.settle()
    assert watcher("GET", f"{PATH}/runs/{fresh}").json["rerun_of"] == mine["id"]
    slow = keeper("POST", f"{PATH}/flows/slow/runs").json["id"]
    works.settle()
    figures = watcher("GET", f"{PATH}/runs/figures").json
    assert figures["runs"]["waiting"] == 1 and figures["dead"] == 2 and figures["events_waiting"] == 0
    assert keeper("POST", f"{PATH}/runs/{slow}/cancel", {"undo": True}).status_code == 204
    assert keeper("POST", f"{PATH}/runs/{slow}/answer", {"answer": 1}).json["code"] == "run_not_open"
    assert keeper("GET", f"{PATH}/runs/999999").status_code == 404


def test_a_flow_and_a_draft_of_it_are_tried_out(served: tuple[Works, Callable[..., Api]]) -> None:
    works, client = served
    keeper, watcher = client("keeper", roles=["keeper"]), client("watcher", roles=["watcher"])
    assert watcher("POST", f"{PATH}/flows/slow/try", {}).status_code == 403
    tried = keeper("POST", f"{PATH}/flows/slow/try").json
    assert tried["run"]["state"] == "done" and len(tried["run"]["steps_taken"]) == 2
    draft = {**SLOW, "package": "work", "steps": [{"uid": "end", "do": "stop", "reason": "nope"}]}
    refused = keeper("POST", f"{PATH}/flows/slow/try", {"document": draft})
    assert refused.status_code == 422 and refused.json["problems"][0]["pointer"].endswith("/steps/0/reason")
    draft["steps"] = [{"uid": "end", "do": "stop", "reason": "'well'"}]
    assert keeper("POST", f"{PATH}/flows/slow/try", {"document": draft}).json["run"]["steps_taken"][0]["do"] == "stop"
    assert works.runs() == []


def test_metrics_tell_how_flows_are_doing(served: tuple[Works, Callable[..., Api]]) -> None:
    works, client = served
    works.settle()
    works.create("task", subject="one")
    admin = client("ada", is_admin=True)
    text = admin("GET", "/metrics").text
    assert "tessera_events_waiting 1.0" in text
    works.settle()
    text = admin("GET", "/metrics").text
    assert "tessera_events_waiting 0.0" in text and "tessera_dead_runs 1.0" in text
    assert 'tessera_runs{state="waiting"} 0.0' in text and 'tessera_flow_lag_seconds{kind="event"} 0.0' in text
