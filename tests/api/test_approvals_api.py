"""Approvals through the API: lists, decisions, taking back, files, delegation and links."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.api_kit import FOR_TESTS, Api, api_of, filled, make_user, problem_of
from api.small_package import package
from databases import Templates
from tessera.engine.flows.draining import Drain
from tessera.runtime import Runtime
from tessera.web.app import create_app

PEOPLE = ("req", "ann", "bob", "eve")
SEEN = [{"uid": "tit", "field": "title"}, {"uid": "not", "field": "note", "may": "edit"}]


def flow(name: str, when: str, **step: Any) -> dict[str, Any]:
    """A flow that asks ann about a new item."""
    nodes = step.pop("nodes", None) or [asks("one", "ann")]
    return {
        "kind": "flow", "uid": name, "name": name, "label": name.title(),
        "trigger": {"on": "record.created", "entity": "item", "when": when},
        "steps": [{"uid": "ask", "do": "approve", "nodes": nodes, **step}],
    }  # fmt: skip


def asks(uid: str, *names: str, **more: Any) -> dict[str, Any]:
    """A node at which all of these must agree."""
    return {"uid": uid, "label": uid.title(), "mode": "all", "fields": SEEN,
            "approvers": [{"uid": "who", "users": list(names)}], **more}  # fmt: skip


FLOWS = (
    flow("instant", "record.count = 1", undo_s=0, nodes=[asks("one", "ann"), asks("two", "bob")]),
    flow("slow", "record.count = 2", undo_s=600),
    flow("linked", "record.count = 3", undo_s=0, nodes=[asks("one", "ann", link={"hours": 1, "decides": True})]),
    flow("locked", "record.count = 4", undo_s=0, nodes=[asks("one", "ann", link={"hours": 1})]),
)
ROLES = (
    {"kind": "role", "uid": "maker", "name": "maker", "label": "Maker",
     "grants": [{"uid": "all", "entity": "item", "actions": ["read", "create"]}]},
)  # fmt: skip


@dataclass
class Desk:
    """An application with people, their clients, and a drain."""

    runtime: Runtime
    app: Flask
    drain: Drain
    apis: dict[str, Api]
    ids: dict[str, int]

    def item(self, count: int, **values: Any) -> int:
        """A new item of req's, for which a flow asks."""
        body = {"code": f"I{datetime.now(UTC).timestamp()}", "title": "Thing", "count": count, **values}
        made = self.apis["req"]("POST", "/api/v1/item", body)
        assert made.status_code == 201, made.data
        self.settle()
        return int(json.loads(made.data)["id"])

    def settle(self) -> None:
        """Do what there is to do."""
        self.drain.rest()
        self.drain.all()

    def ok(self, name: str, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """The body of a request that succeeds."""
        answer = self.apis[name](method, f"/api/v1/approvals{path}", body, **headers)
        assert answer.status_code == status, answer.data
        return json.loads(answer.data) if answer.data else None

    def refused(self, name: str, method: str, path: str, status: int, code: str, body: Any = None) -> dict[str, Any]:
        """The problem of a request that is refused."""
        return problem_of(self.apis[name](method, f"/api/v1/approvals{path}", body), status, code)

    def task(self, name: str) -> int:
        """The id of the first task in somebody's inbox."""
        return int(self.ok(name, "GET", "/inbox")["data"][0]["task"])


@pytest.fixture
def desk(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[Desk]:
    """The program on both databases."""
    fill = filled(lambda: [package(*ROLES, *FLOWS)])
    with templates.open(dialect, "approvals", fill, replace(FOR_TESTS, data_dir=tmp_path)) as runtime:
        app = create_app(runtime)
        keys = {name: make_user(runtime, name, roles=["maker"] if name == "req" else []) for name in PEOPLE}
        keys["ada"] = make_user(runtime, "ada", is_admin=True)
        apis = {name: api_of(app, key) for name, (_, key) in keys.items()}
        ids = {name: each[0] for name, each in keys.items()}
        yield Desk(runtime, app, Drain(runtime), {**apis, "": api_of(app)}, ids)


def test_a_task_goes_from_the_inbox_to_the_outcome(desk: Desk) -> None:
    item = desk.item(1)
    page = desk.ok("ann", "GET", "/inbox")
    (row,) = page["data"]
    assert (row["title"], row["flow"]["name"], row["node"]["en"], row["requester"]["name"]) == (
        "Thing", "instant", "One", "req")  # fmt: skip
    shown = desk.ok("ann", "GET", f"/tasks/{row['task']}")
    assert shown["task"]["actions"] == sorted(
        ["add_signer", "agree", "comment", "copy", "reject", "return", "transfer"]
    )
    record = shown["approval"]["record"]
    assert (record["entity"], record["id"], record["can_open"]) == ("item", item, False)
    assert [(each["path"], each["may"], each["field"]["type"], each["value"]) for each in record["fields"]] == [
        ("title", "see", "text", "Thing"), ("note", "edit", "long_text", None)]  # fmt: skip
    desk.ok("ann", "POST", f"/tasks/{row['task']}/agree", {"opinion": "fine", "record": {"note": "seen"}})
    assert json.loads(desk.apis["req"]("GET", f"/api/v1/item/{record['ref']}").data)["note"] == "seen"
    assert desk.ok("ann", "GET", "/counts")["waiting"] == 0
    shown = desk.ok("bob", "POST", f"/tasks/{desk.task('bob')}/agree")
    assert (shown["approval"]["state"], shown["approval"]["outcome"]) == ("ended", "agreed")
    assert [each["title"] for each in desk.ok("req", "GET", "/started?state=ended")["data"]] == ["Thing"]
    assert [each["decision"] for each in desk.ok("ann", "GET", "/done")["data"]] == ["agreed"]
    assert len(desk.ok("ada", "GET", f"?entity=item&record={item}")["data"]) == 1
    assert desk.ok("eve", "GET", "")["data"] == []


def test_a_repeated_decision_is_one_and_a_second_one_is_refused(desk: Desk) -> None:
    desk.item(1)
    path = f"/tasks/{desk.task('ann')}/agree"
    first = desk.ok("ann", "POST", path, {}, Idempotency_Key="k1")
    assert desk.ok("ann", "POST", path, {}, Idempotency_Key="k1") == first
    desk.refused("ann", "POST", path, 409, "task_decided", {})
    assert [each["kind"] for each in first["approval"]["trail"]] == ["start", "agree"]


def test_what_a_decision_needs_is_said(desk: Desk) -> None:
    desk.item(2)
    task = desk.task("ann")
    found = desk.refused("ann", "POST", f"/tasks/{task}/reject", 422, "invalid")
    assert [(each["code"], each["pointer"]) for each in found["problems"]] == [("required", "/opinion")]
    desk.refused("ann", "POST", f"/tasks/{task}/return", 422, "invalid", {"opinion": "x"})
    desk.refused("ann", "POST", f"/tasks/{task}/return", 422, "cannot_return", {"opinion": "x", "to": "two"})
    desk.refused("ann", "POST", f"/tasks/{task}/return", 422, "cannot_return", {"opinion": "x", "step": "ask"})
    desk.refused("ann", "POST", f"/tasks/{task}/transfer", 422, "cannot_ask", {"to": 10**9})
    desk.refused("ann", "POST", f"/tasks/{task}/transfer", 422, "invalid", {"to": "bob"})
    desk.refused("ann", "POST", f"/tasks/{task}/agree", 400, "unknown_field", {"nonsense": 1})
    desk.refused("ann", "POST", f"/tasks/{task}/agree", 400, "invalid", {"record": {"count": 2}})
    desk.refused("ann", "POST", f"/tasks/{task}/agree", 409, "record_moved", {"version": 7})
    desk.refused("ann", "POST", f"/tasks/{task}/resubmit", 403, "action_not_offered")
    desk.refused("req", "POST", f"/tasks/{task}/agree", 403, "not_your_task")
    for name in ("eve", "bob"):
        desk.refused(name, "GET", f"/tasks/{task}", 404, "not_found")
        desk.refused(name, "POST", f"/tasks/{task}/agree", 404, "not_found")
    for path in ("/tasks/999", "/tasks/x", f"/tasks/{2**62}", "/999"):
        desk.refused("ann", "GET", path, 404, "not_found")
    desk.refused("ann", "GET", "/inbox?cursor=x", 400, "bad_cursor")
    desk.refused("ann", "GET", "?record=1", 400, "bad_parameter")
    desk.refused("", "GET", "/inbox", 401, "not_signed_in")


def test_taking_back_returning_and_sending_again(desk: Desk) -> None:
    desk.item(2)
    task = desk.task("ann")
    shown = desk.ok("ann", "POST", f"/tasks/{task}/agree")
    assert (shown["task"]["state"], shown["task"]["actions"]) == ("decided", ["undo"])
    assert shown["task"]["final_at"] > shown["task"]["decided_at"]
    assert desk.ok("ann", "GET", "/inbox")["data"] == []
    shown = desk.ok("ann", "POST", f"/tasks/{task}/undo")
    assert (shown["task"]["state"], shown["approval"]["trail"][-1]["undone_at"] is not None) == ("open", True)
    desk.refused("ann", "POST", f"/tasks/{task}/undo", 403, "not_your_task")
    desk.item(1)
    other = next(each["task"] for each in desk.ok("ann", "GET", "/inbox")["data"] if each["flow"]["name"] == "instant")
    returns = desk.ok("ann", "GET", f"/tasks/{other}")["task"]["returns"]
    assert [each["to"] for each in returns] == ["requester"]
    desk.ok("ann", "POST", f"/tasks/{other}/return", {"to": "requester", "straight": True, "opinion": "why?"})
    revise = desk.task("req")
    assert desk.ok("req", "GET", f"/tasks/{revise}")["task"]["kind"] == "revise"
    desk.ok("req", "POST", f"/tasks/{revise}/resubmit", {"opinion": "because"})
    assert len(desk.ok("ann", "GET", "/inbox?flow=instant")["data"]) == 1


def test_signers_transfers_and_the_people_to_choose_from(desk: Desk) -> None:
    desk.item(1)
    task = desk.task("ann")
    found = desk.ok("ann", "GET", f"/tasks/{task}/people?text=ev")["data"]
    assert [each["id"] for each in found] == [desk.ids["eve"]]
    desk.refused("req", "GET", f"/tasks/{task}/people?text=ev", 403, "action_not_offered")
    desk.ok("ann", "POST", f"/tasks/{task}/signers", {"people": [desk.ids["eve"]], "side": "before", "opinion": "you?"})
    desk.refused("ann", "POST", f"/tasks/{task}/agree", 409, "task_not_open")
    desk.ok("eve", "POST", f"/tasks/{desk.task('eve')}/agree")
    desk.ok("ann", "POST", f"/tasks/{task}/transfer", {"to": desk.ids["bob"], "opinion": "yours"})
    desk.refused("ann", "POST", f"/tasks/{task}/agree", 409, "task_decided")
    bob = desk.task("bob")
    desk.refused("ada", "POST", f"/tasks/{bob}/reassign", 422, "cannot_ask", {"to": desk.ids["eve"]})
    desk.ok("ada", "POST", f"/tasks/{bob}/reassign", {"to": desk.ids["req"]})
    desk.refused("bob", "POST", f"/tasks/{bob}/reassign", 403, "forbidden", {"to": desk.ids["ann"]})
    assert desk.ok("req", "GET", "/counts")["waiting"] == 1


def test_urging_withdrawing_copies_and_comments_with_files(desk: Desk) -> None:
    desk.item(2)
    number = desk.ok("req", "GET", "/started")["data"][0]["approval"]
    desk.ok("req", "POST", f"/{number}/urge")
    answer = desk.apis["req"]("POST", f"/api/v1/approvals/{number}/urge")
    assert problem_of(answer, 429, "urged_recently") and int(answer.headers["Retry-After"]) > 1700
    upload = desk.apis["ann"].client.post(
        "/api/v1/files", data={"file": (io.BytesIO(b"hello"), "note.txt")}, headers={
            "Authorization": f"Bearer {desk.apis['ann'].key}"})  # fmt: skip
    file = json.loads(upload.data)["id"]
    shown = desk.ok("ann", "POST", f"/{number}/comment", {"opinion": "see this", "files": [file]})
    assert [each["name"] for each in shown["approval"]["trail"][-1]["files"]] == ["note.txt"]
    assert desk.apis["req"]("GET", f"/api/v1/files/{file}").data == b"hello"
    assert desk.apis["eve"]("GET", f"/api/v1/files/{file}").status_code == 404
    desk.refused("ann", "POST", f"/{number}/comment", 422, "invalid", {"opinion": "again", "files": [file]})
    desk.ok("ann", "POST", f"/{number}/copies", {"people": [desk.ids["eve"]]})
    (copy,) = desk.ok("eve", "GET", "/copied")["data"]
    assert (copy["approval"], copy["read_at"], copy["by"]["name"]) == (number, None, "ann")
    desk.ok("eve", "POST", f"/{number}/read", status=204)
    assert desk.ok("eve", "GET", "/counts")["copied"] == 0
    assert desk.apis["eve"]("GET", f"/api/v1/files/{file}").data == b"hello"
    desk.refused("ann", "POST", f"/{number}/withdraw", 403, "not_your_task")
    assert desk.ok("req", "POST", f"/{number}/withdraw")["approval"]["outcome"] == "withdrawn"
    desk.refused("req", "POST", f"/{number}/withdraw", 409, "approval_ended")


def test_several_are_agreed_to_at_once(desk: Desk) -> None:
    for _ in range(3):
        desk.item(1)
    tasks = [each["task"] for each in desk.ok("ann", "GET", "/inbox")["data"]]
    told = desk.ok("ann", "POST", "/tasks/agree", {"tasks": [*tasks, 999], "dry_run": True})
    assert ([each["count"] for each in told["summary"]], [each["task"] for each in told["refused"]]) == ([3], [999])
    told = desk.ok("ann", "POST", "/tasks/agree", {"tasks": tasks, "opinion": "all fine"})
    assert [each["task"] for each in told["agreed"]] == tasks
    assert len(desk.ok("bob", "GET", "/inbox")["data"]) == 3
    desk.refused("ann", "POST", "/tasks/agree", 422, "invalid", {"tasks": []})


def test_delegation_for_a_time(desk: Desk) -> None:
    desk.item(1)
    now = datetime.now(UTC)
    span = {"from_at": now.isoformat(), "until_at": (now + timedelta(days=1)).isoformat()}
    made = desk.ok("ann", "POST", "/delegations", {"to": desk.ids["eve"], "reason": "away", **span}, status=201)
    assert (made["person"]["name"], made["to"]["name"], made["is_active"]) == ("ann", "eve", True)
    assert [each["person"]["name"] for each in desk.ok("eve", "GET", "/inbox")["data"]] == ["ann"]
    assert len(desk.ok("eve", "GET", "/delegations")["data"]) == 1
    desk.ok("eve", "POST", f"/tasks/{desk.task('eve')}/agree")
    desk.refused("bob", "DELETE", f"/delegations/{made['id']}", 404, "not_found")
    desk.ok("ann", "DELETE", f"/delegations/{made['id']}", status=204)
    assert desk.ok("eve", "GET", "/delegations")["data"] == []
    desk.refused("ann", "POST", "/delegations", 422, "invalid", {"to": desk.ids["eve"], "from_at": "now"})
    wish = {"to": desk.ids["eve"], **span, "person": desk.ids["bob"]}
    desk.refused("ann", "POST", "/delegations", 403, "forbidden", wish)


def test_a_link_is_enough_where_the_node_says_so(desk: Desk) -> None:
    desk.item(3)
    made = desk.ok("ann", "POST", f"/tasks/{desk.task('ann')}/link", status=201)
    assert made["path"] == f"/approve#{made['token']}"
    shown = desk.ok("", "POST", "/link", {"token": made["token"]})
    assert [each["value"] for each in shown["approval"]["record"]["fields"]] == ["Thing", None]
    desk.refused("bob", "POST", "/link", 404, "link_refused", {"token": made["token"]})
    desk.refused("", "POST", "/link", 404, "link_refused", {"token": made["token"] + "x"})
    desk.refused("", "POST", "/link/reject", 422, "invalid", {"token": made["token"]})
    made_key = desk.apis["ann"]("POST", "/api/v1/auth/keys", {"label": "r", "scopes": ["read"]})
    reader = api_of(desk.app, json.loads(made_key.data)["key"])
    answer = reader("POST", "/api/v1/approvals/link/agree", {"token": made["token"]})
    problem_of(answer, 403, "missing_scope")
    shown = desk.ok("", "POST", "/link/agree", {"token": made["token"], "opinion": "by phone"})
    assert (shown["approval"]["outcome"], shown["approval"]["trail"][-1]["by"]["name"]) == ("agreed", "ann")
    desk.refused("", "POST", "/link/agree", 409, "approval_ended", {"token": made["token"]})


def test_other_links_need_their_person_to_be_signed_in(desk: Desk) -> None:
    desk.item(4)
    made = desk.ok("ann", "POST", f"/tasks/{desk.task('ann')}/link", status=201)
    desk.refused("", "POST", "/link", 401, "sign_in_needed", {"token": made["token"]})
    desk.refused("", "POST", "/link/agree", 401, "sign_in_needed", {"token": made["token"]})
    desk.ok("ann", "POST", "/link", {"token": made["token"]})
    desk.ok("ann", "DELETE", f"/links/{made['id']}", status=204)
    desk.refused("ann", "POST", "/link", 404, "link_refused", {"token": made["token"]})
