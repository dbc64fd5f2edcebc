"""Saved views, settings, unfinished forms and recent things over HTTP, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from api.api_kit import Api, api_of, make_user, problem_of
from tessera.runtime import Runtime
from tessera.web.app import create_app

_LOCKED = {
    "kind": "view", "uid": "open_ones", "name": "open_ones", "label": {"zh": "开放的", "en": "Open ones"},
    "entity": "item", "filter": "is_open", "sort": [{"uid": "s_code", "by": "code"}],
    "columns": [{"uid": "c_code", "name": "code", "value": "code", "width": 90},
                {"uid": "c_sum", "name": "amount", "value": "amount"}]}  # fmt: skip
_ROLES = [
    {"kind": "role", "uid": "clerk", "name": "clerk", "grants": [
        {"uid": "item", "entity": "item", "actions": ["read", "update", "create"], "hidden": ["amount"]}]},
    {"kind": "role", "uid": "drawer", "name": "drawer", "permissions": ["design"], "grants": [
        {"uid": "item", "entity": "item", "actions": ["read"]}]},
]  # fmt: skip
_BODY: dict[str, Any] = {
    "filter": "amount > 3", "sorts": [{"by": "code", "direction": "desc"}],
    "columns": [{"name": "code", "width": 120}, {"name": "site.title", "is_hidden": True}], "freeze": 1,
    "groups": ["state"], "folds": {"amount": "sum"}, "height": "compact", "search": "north",
}  # fmt: skip


@pytest.fixture
def people(either_runtime: Runtime) -> dict[str, Api]:
    """An administrator, a clerk who may not read amounts, and somebody who may design."""
    app = create_app(either_runtime)
    admin = api_of(app, make_user(either_runtime, "ada", is_admin=True)[1])
    draft = admin("POST", "/api/v1/drafts", {"name": "roles"}).headers["Location"]
    for each in (_LOCKED, *_ROLES):
        assert admin("POST", f"{draft}/documents", {"body": each}).status_code == 201
    assert admin("POST", f"{draft}/publish").status_code == 200
    made = {name: api_of(app, make_user(either_runtime, name, roles=[name])[1]) for name in ("clerk", "drawer")}
    return {"ada": admin, **made}


def _listed(api: Api) -> list[tuple[str, Any]]:
    rows = api("GET", "/api/v1/my/views?entity=item").json["data"]
    return [(each["sharing"], each["label"]) for each in rows]


def test_views_are_locked_shared_or_personal(people: dict[str, Api]) -> None:
    ada, clerk, drawer = people["ada"], people["clerk"], people["drawer"]
    locked = ada("GET", "/api/v1/my/views?entity=item").json["data"][0]
    assert (locked["sharing"], locked["based_on"], locked["may_change"]) == ("locked", "open_ones", False)
    assert locked["body"]["columns"][0] == {"name": "code", "value": "code", "width": 90}
    mine = ada("POST", "/api/v1/my/views", {"entity": "item", "label": "Mine", "body": _BODY, "based_on": "open_ones"})
    assert mine.status_code == 201 and mine.json["body"]["columns"][1]["is_hidden"] is True, mine.text
    ours = ada("POST", "/api/v1/my/views", {"entity": "item", "label": "Ours", "sharing": "shared",
                                            "body": {"filter": "is_open"}}).json  # fmt: skip
    label = {"zh": "开放的", "en": "Open ones"}
    assert _listed(ada) == [("locked", label), ("personal", "Mine"), ("shared", "Ours")]
    assert _listed(clerk) == _listed(drawer) == [("locked", label), ("shared", "Ours")]
    problem_of(clerk("GET", mine.headers["Location"]), 404, "not_found")
    problem_of(clerk("PATCH", f"/api/v1/my/views/{ours['id']}", {"label": "x"}), 403, "forbidden")
    changed = drawer("PATCH", f"/api/v1/my/views/{ours['id']}", {"label": "Everybody's", "version": 1}).json
    assert (changed["label"], changed["version"], changed["is_mine"]) == ("Everybody's", 2, False)
    late = ada("PATCH", f"/api/v1/my/views/{ours['id']}", {"label": "y", "version": 1})
    problem_of(late, 409, "stale_version")
    assert ada("DELETE", f"/api/v1/my/views/{ours['id']}").status_code == 204
    assert _listed(clerk) == [("locked", label)]


def test_a_shared_view_over_a_hidden_field_is_not_there(people: dict[str, Api]) -> None:
    ada, clerk = people["ada"], people["clerk"]
    for body in ({"filter": "amount > 3"}, {"sorts": [{"by": "amount"}]}, {"columns": [{"name": "amount"}]}):
        ada("POST", "/api/v1/my/views", {"entity": "item", "label": "x", "sharing": "shared", "body": body})
    assert len(_listed(ada)) == 4 and len(_listed(clerk)) == 1
    locked = clerk("GET", "/api/v1/my/views?entity=item").json["data"][0]
    assert [each["name"] for each in locked["body"]["columns"]] == ["code"]
    answer = clerk("POST", "/api/v1/my/views", {"entity": "item", "label": "x", "body": {"filter": "amount > 3"}})
    problem_of(answer, 400, "unknown_field")
    problem_of(clerk("GET", "/api/v1/my/views?entity=site"), 404, "not_found")


def test_what_no_view_can_be_is_refused(people: dict[str, Api]) -> None:
    for body in (
        {"filter": "code >"}, {"sorts": [{"by": "code", "direction": "up"}]}, {"sorts": {}}, {"columns": [{}]},
        {"columns": [{"name": "code", "width": 1}]}, {"freeze": -1}, {"height": "tall"}, {"folds": {"code": "x"}},
        {"search": 5}, {"groups": "code"}, [],
    ):  # fmt: skip
        answer = people["ada"]("POST", "/api/v1/my/views", {"entity": "item", "label": "x", "body": body})
        problem_of(answer, 422, "invalid")
    for body in ({"nope": 1}, {"groups": ["nope"]}):
        answer = people["ada"]("POST", "/api/v1/my/views", {"entity": "item", "label": "x", "body": body})
        problem_of(answer, 400, "unknown_field")
    for wrong in ({"label": " "}, {"label": "x", "sharing": "all"}, {"label": "x", "place": "1"}):
        problem_of(people["ada"]("POST", "/api/v1/my/views", {"entity": "item", **wrong}), 422, "invalid")


def test_settings_are_everybodys_own(people: dict[str, Api]) -> None:
    ada, clerk = people["ada"], people["clerk"]
    given = {"theme": "dark", "panel.list.width": 420, "keys_off": True, "language": "zh"}
    assert ada("PATCH", "/api/v1/my/settings", given).json == given
    assert ada("PATCH", "/api/v1/my/settings", {"keys_off": None}).json == {
        "theme": "dark", "panel.list.width": 420, "language": "zh"}  # fmt: skip
    assert ada("GET", "/api/v1/auth/me").json["user"]["language"] == "zh"
    assert "theme" not in clerk("GET", "/api/v1/my/settings").json
    for wrong in ({"theme": "pink"}, {"No": 1}, {"keys_off": 1}, {"panel.x": "y" * 30_000}, {"language": "fr"}):
        problem_of(ada("PATCH", "/api/v1/my/settings", wrong), 422, "invalid")


def test_an_unfinished_form_is_kept_for_its_writer(people: dict[str, Api]) -> None:
    ada, clerk, drawer = people["ada"], people["clerk"], people["drawer"]
    made = ada("POST", "/api/v1/item", {"code": "A", "title": "first"}).json
    for key, values in (("new", {"title": "half"}), ("A", {"title": "changed"})):
        body = {"body": values, "form": "item_form", "record_version": 1 if key == "A" else None}
        assert clerk("PUT", f"/api/v1/my/form-drafts/item/{key}", body).json["body"] == values
    clerk("PUT", "/api/v1/my/form-drafts/item/new", {"body": {"title": "half done"}})
    assert clerk("GET", "/api/v1/my/form-drafts/item/new").json["body"] == {"title": "half done"}
    rows = clerk("GET", "/api/v1/my/form-drafts?entity=item").json["data"]
    assert sorted(str(each["record"]) for each in rows) == sorted([str(made["id"]), "None"])
    problem_of(ada("GET", "/api/v1/my/form-drafts/item/new"), 404, "not_found")
    problem_of(drawer("PUT", "/api/v1/my/form-drafts/item/new", {"body": {}}), 403, "forbidden")
    problem_of(clerk("PUT", "/api/v1/my/form-drafts/item/new", {"body": [1]}), 422, "invalid")
    problem_of(clerk("PUT", "/api/v1/my/form-drafts/site/new", {"body": {}}), 404, "not_found")
    assert clerk("DELETE", "/api/v1/my/form-drafts/item/new").status_code == 204
    assert clerk("DELETE", "/api/v1/my/form-drafts/item/new").status_code == 204
    assert len(clerk("GET", "/api/v1/my/form-drafts").json["data"]) == 1


def test_recent_things_are_those_that_may_still_be_seen(people: dict[str, Api]) -> None:
    ada, clerk = people["ada"], people["clerk"]
    ada("POST", "/api/v1/item", {"code": "A", "title": "first"})
    draft = ada("POST", "/api/v1/drafts", {"name": "next"}).json["id"]
    for body in ({"kind": "record", "target": "item", "record": "A"}, {"kind": "view", "target": "open_ones"},
                 {"kind": "draft", "target": draft}, {"kind": "record", "target": "item", "record": "A"}):  # fmt: skip
        assert ada("POST", "/api/v1/my/recent", body).status_code == 204
    rows = ada("GET", "/api/v1/my/recent").json["data"]
    assert [(each["kind"], each["title"]) for each in rows] == [
        ("record", "first"), ("draft", "next"), ("view", {"zh": "开放的", "en": "Open ones"})]  # fmt: skip
    assert len(ada("GET", "/api/v1/my/recent?kinds=record").json["data"]) == 1
    ada("DELETE", "/api/v1/item/A")
    assert [each["kind"] for each in ada("GET", "/api/v1/my/recent").json["data"]] == ["draft", "view"]
    for body in ({"kind": "x", "target": "item"}, {"kind": "record", "target": None}):
        problem_of(clerk("POST", "/api/v1/my/recent", body), 422, "invalid")
    problem_of(clerk("POST", "/api/v1/my/recent", {"kind": "view", "target": "nope"}), 404, "not_found")
    problem_of(clerk("POST", "/api/v1/my/recent", {"kind": "draft", "target": "x"}), 404, "not_found")
    problem_of(clerk("GET", "/api/v1/my/recent?kinds=x"), 400, "bad_parameter")
