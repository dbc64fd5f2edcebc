"""Drafts over HTTP: documents, versions, steps, check, plan and publish, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from api.small_package import ITEM
from tessera.runtime import Runtime
from tessera.web.app import create_app

_VIEW = {
    "kind": "view", "uid": "open_ones", "name": "open_ones", "label": {"zh": "开放的", "en": "Open ones"},
    "entity": "item", "columns": [{"uid": "code", "name": "code", "value": "code"}], "filter": "is_open",
}  # fmt: skip
_SIZE = {"uid": "size", "name": "size", "label": {"zh": "大小", "en": "Size"}, "type": "integer"}


def _open(api: Api, name: str = "first") -> str:
    made = api("POST", "/api/v1/drafts", {"name": name})
    assert made.status_code == 201, made.text
    return str(made.headers["Location"])


def _get(api: Api, draft: str, key: str) -> dict[str, Any]:
    answer = api("GET", f"{draft}/documents/{key}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def _put(api: Api, draft: str, key: str, body: dict[str, Any], version: int, **more: Any) -> Any:
    return api("PUT", f"{draft}/documents/{key}", {"body": body, "version": version, **more})


def _with_label(body: dict[str, Any], text: str) -> dict[str, Any]:
    return {**body, "label": {"zh": text, "en": text}}


def test_a_draft_is_opened_edited_checked_planned_and_published(either: Api) -> None:
    draft = _open(either)
    assert {name: either("GET", draft).json[name] for name in ("base", "head", "is_behind", "package")} == {
        "base": 1, "head": 1, "is_behind": False, "package": "local"}  # fmt: skip
    item = _get(either, draft, "small:item")
    assert (item["state"], item["version"], item["body"]["label"]) == ("same", 0, ITEM["label"])
    bigger = {**item["body"], "fields": [*item["body"]["fields"], _SIZE]}
    saved = _put(either, draft, "small:item", bigger, 0, label={"zh": "加字段 大小", "en": "Add the field Size"}).json
    assert saved["state"] == "changed" and saved["differences"][0]["pointer"] == "/fields/size"
    made = either("POST", f"{draft}/documents", {"body": _VIEW})
    assert made.status_code == 201 and made.json["key"] == "local:open_ones", made.text
    checked = either("GET", f"{draft}/check").json
    assert checked["is_sound"] and checked["documents"] == {"local:open_ones": "sound", "small:item": "sound"}
    plan = either("GET", f"{draft}/plan").json
    assert {"small:item.size", "local:open_ones"} <= {each["key"] for each in plan["changes"]}
    done = either("POST", f"{draft}/publish?reason=sizes")
    assert (done.status_code, done.json["release"]) == (200, 2), done.text
    assert either("GET", draft).json["state"] == "published"
    assert either("POST", "/api/v1/item", {"code": "A", "title": "t", "size": 4, "is_open": True}).json["size"] == 4
    assert either("GET", "/api/v1/views/open_ones").json["data"] == [{"code": "A"}]
    listed = {each["name"]: each for each in either("GET", "/api/v1/packages").json["data"]}
    assert listed["local"]["requires"] == [{"package": "small", "version": ""}]
    assert listed["small"]["version"] == "1.0.0"
    kinds = {each["kind"] for each in either("GET", "/api/v1/metadata?package=local").json["data"]}
    assert kinds == {"package", "overlay", "view"}
    problem_of(_put(either, draft, "small:item", ITEM, 0), 409, "draft_closed")


def test_a_second_release_changes_the_overlay_and_raises_the_version(either: Api) -> None:
    for name, text in (("first", "一"), ("second", "二")):
        draft = _open(either, name)
        version = _get(either, draft, "small:site")["version"]
        body = _get(either, draft, "small:site")["body"]
        assert _put(either, draft, "small:site", _with_label(body, text), version).status_code == 200
        assert either("POST", f"{draft}/publish").json["is_new"] is True
    listed = {each["name"]: each for each in either("GET", "/api/v1/packages").json["data"]}
    assert (listed["local"]["version"], listed["local"]["documents"]) == ("1.0.1", 2)
    draft = _open(either, "back")
    site = _get(either, draft, "small:site")["body"]
    assert site["label"] == {"zh": "二", "en": "二"}
    _put(either, draft, "small:site", {**site, "label": {"zh": "地点", "en": "Site"}}, 0)
    assert either("POST", f"{draft}/publish").status_code == 200
    assert {each["kind"] for each in either("GET", "/api/v1/metadata?package=local").json["data"]} == {"package"}


def test_two_editors_of_one_document_lose_nothing(either: Api) -> None:
    draft = _open(either)
    site = _get(either, draft, "small:site")["body"]
    title = {**site, "fields": [site["fields"][0], _with_label(site["fields"][1], "名字")]}
    first = _put(either, draft, "small:site", title, 0).json
    late = _put(either, draft, "small:site", _with_label(site, "站点"), 0)
    problem = problem_of(late, 409, "draft_moved")["problems"][0]["params"]
    assert problem["version"] == first["version"] and problem["clashes"] == []
    assert problem["merged"]["label"]["zh"] == "站点" and problem["merged"]["fields"][1]["label"]["zh"] == "名字"
    assert _get(either, draft, "small:site")["body"] == first["body"]
    again = _put(either, draft, "small:site", _with_label(site, "站点"), 0, is_merging=True).json
    assert again["body"] == problem["merged"]
    clash = _put(either, draft, "small:site", _with_label(site, "第三"), first["version"], is_merging=True)
    told = problem_of(clash, 409, "draft_moved")["problems"][0]["params"]["clashes"]
    assert [(each["pointer"], each["ours"], each["theirs"]) for each in told] == [
        ("/label/zh", "第三", "站点"), ("/label/en", "第三", "站点")]  # fmt: skip


def test_steps_are_named_survive_and_go_back_and_forth(either: Api) -> None:
    draft = _open(either)
    site = _get(either, draft, "small:site")["body"]
    version = 0
    for number in range(1, 121):
        saved = _put(either, draft, "small:site", _with_label(site, f"名 {number}"), version, label=f"改名 {number}")
        version = saved.json["version"]
    steps = either("GET", f"{draft}/steps").json["data"]
    assert len(steps) == 120 and steps[0]["label"] == {"zh": "改名 120", "en": "改名 120"} and steps[0]["is_done"]
    moved = either("POST", f"{draft}/undo").json
    assert moved["documents"] == ["small:site"] and moved["draft"]["redo"]["label"]["zh"] == "改名 120"
    assert _get(either, draft, "small:site")["body"]["label"]["zh"] == "名 119"
    assert either("POST", f"{draft}/undo?to=5").json["draft"]["undo"]["label"]["zh"] == "改名 5"
    assert _get(either, draft, "small:site")["body"]["label"]["zh"] == "名 5"
    assert either("POST", f"{draft}/undo?to=0").json["draft"]["undo"] is None
    assert _get(either, draft, "small:site")["state"] == "same"
    problem_of(either("POST", f"{draft}/undo"), 409, "nothing_to_undo")
    assert either("POST", f"{draft}/redo?to=120").json["draft"]["redo"] is None
    now = _get(either, draft, "small:site")
    assert now["body"]["label"]["zh"] == "名 120"
    either("POST", f"{draft}/undo?to=100")
    fresh = _get(either, draft, "small:site")["version"]
    assert _put(either, draft, "small:site", _with_label(site, "另"), fresh).status_code == 200
    problem_of(either("POST", f"{draft}/redo"), 409, "nothing_to_undo")
    assert either("GET", f"{draft}/steps").json["data"][0]["number"] == 101


def test_saves_of_one_gesture_are_one_step(admin: Api) -> None:
    draft = _open(admin)
    site = _get(admin, draft, "small:site")["body"]
    version = 0
    for text in ("名", "名字", "名字好"):
        saved = _put(admin, draft, "small:site", _with_label(site, text), version, gesture="g1", label="改名")
        version = saved.json["version"]
    assert len(admin("GET", f"{draft}/steps").json["data"]) == 1
    admin("POST", f"{draft}/undo")
    assert _get(admin, draft, "small:site")["state"] == "same"
    admin("POST", f"{draft}/redo")
    assert _get(admin, draft, "small:site")["body"]["label"]["zh"] == "名字好"


def test_renaming_rewrites_every_use_as_one_step(either: Api) -> None:
    draft = _open(either)
    either("POST", f"{draft}/documents", {"body": {**_VIEW, "filter": "is_open AND weight > 2"}})
    answer = either("POST", f"{draft}/documents/small:item/rename", {"element": "weight", "name": "mass"})
    assert {each["key"] for each in answer.json["data"]} == {"small:item", "local:open_ones"}, answer.text
    assert _get(either, draft, "local:open_ones")["body"]["filter"] == "is_open AND mass > 2"
    assert either("GET", f"{draft}/check").json["is_sound"]
    assert either("POST", f"{draft}/undo").json["documents"] == ["local:open_ones", "small:item"]
    assert _get(either, draft, "local:open_ones")["body"]["filter"] == "is_open AND weight > 2"
    bad = either("POST", f"{draft}/documents/small:item/rename", {"element": "weight", "name": "code"})
    problem_of(bad, 422, "bad_new_name")


def test_own_documents_are_taken_away_and_shipped_ones_stay(admin: Api) -> None:
    draft = _open(admin)
    made = admin("POST", f"{draft}/documents", {"body": _VIEW}).json
    problem_of(admin("DELETE", f"{draft}/documents/small:site?version=0"), 409, "shipped_document")
    problem_of(admin("DELETE", f"{draft}/documents/{made['key']}?version=0"), 409, "draft_moved")
    gone = admin("DELETE", f"{draft}/documents/{made['key']}?version={made['version']}")
    assert gone.status_code == 200
    problem_of(admin("GET", f"{draft}/documents/{made['key']}"), 404, "not_found")
    admin("POST", f"{draft}/undo")
    assert _get(admin, draft, made["key"])["body"]["name"] == "open_ones"
    assert admin("POST", f"{draft}/documents/{made['key']}/revert").json["state"] == "same"


def test_a_broken_draft_tells_every_problem_and_what_is_sound(admin: Api) -> None:
    draft = _open(admin)
    admin("POST", f"{draft}/documents", {"body": {**_VIEW, "filter": "nope > 1", "columns": []}})
    admin("POST", f"{draft}/documents", {"body": {**_VIEW, "uid": "fine", "name": "fine"}})
    item = _get(admin, draft, "small:item")["body"]
    broken = {**item, "fields": [*item["fields"], {**_SIZE, "type": "formula", "value": "codes & 1"}]}
    assert _put(admin, draft, "small:item", broken, 0).status_code == 200
    found = admin("GET", f"{draft}/check").json
    assert found["documents"] == {"local:open_ones": "broken", "local:fine": "sound", "small:item": "broken"}
    places = {(each["document"], each["pointer"], each["code"]) for each in found["problems"]}
    assert ("small:item", "/fields/13/value", "unknown_name") in places
    assert ("local:open_ones", "/columns", "too_few") in places
    answer = problem_of(admin("GET", f"{draft}/plan"), 422, "invalid")
    assert {each["pointer"] for each in answer["problems"]} >= {"small:item#/fields/13/value"}
    problem_of(admin("POST", f"{draft}/publish"), 422, "invalid")


def test_a_draft_behind_the_head_is_merged_and_published(either: Api) -> None:
    slow, quick = _open(either, "slow"), _open(either, "quick")
    site = _get(either, slow, "small:site")["body"]
    _put(either, slow, "small:site", _with_label(site, "慢"), 0)
    named = {**site, "fields": [site["fields"][0], _with_label(site["fields"][1], "标题")]}
    named["label"] = {"zh": "快", "en": "Q"}
    _put(either, quick, "small:site", named, 0)
    assert either("POST", f"{quick}/publish").status_code == 200
    assert either("GET", slow).json["is_behind"] is True
    problem_of(either("POST", f"{slow}/publish"), 409, "draft_behind")
    merge = either("GET", f"{slow}/merge").json
    assert [each["pointer"] for each in merge["documents"][0]["clashes"]] == ["/label/zh", "/label/en"]
    refused = problem_of(either("POST", f"{slow}/rebase"), 409, "merge_needed")
    clashes = refused["problems"][0]["params"]["clashes"]
    choices = [{"key": each["key"], "pointer": each["pointer"], "take": take}
               for each, take in zip(clashes, ("ours", "theirs"), strict=True)]  # fmt: skip
    moved = either("POST", f"{slow}/rebase", {"choices": choices})
    assert (moved.status_code, moved.json["base"], moved.json["is_behind"]) == (200, 2, False), moved.text
    body = _get(either, slow, "small:site")["body"]
    assert body["label"] == {"zh": "慢", "en": "Q"} and body["fields"][1]["label"]["zh"] == "标题"
    assert either("POST", f"{slow}/undo").json["draft"]["base"] == 1
    assert either("POST", f"{slow}/redo").json["draft"]["base"] == 2
    assert either("POST", f"{slow}/publish").json["release"] == 3


def test_a_draft_that_moved_since_it_was_looked_at_is_not_published(admin: Api) -> None:
    draft = _open(admin)
    admin("POST", f"{draft}/documents", {"body": _VIEW})
    seen = admin("GET", draft).json["version"]
    admin("POST", f"{draft}/documents", {"body": {**_VIEW, "uid": "fine", "name": "fine"}})
    problem_of(admin("POST", f"{draft}/publish?version={seen}"), 409, "draft_moved")
    assert admin("GET", draft).json["state"] == "open"


def test_what_cannot_be_put_is_refused(admin: Api) -> None:
    draft = _open(admin)
    for key, body in (
        ("small:other", {**_VIEW, "uid": "other"}),
        ("local:open_ones", {**_VIEW, "uid": "another"}),
        ("local:small", {"kind": "package", "uid": "small", "name": "small", "version": "1.0.0"}),
        ("small:site", {**_VIEW, "uid": "site"}),
        ("local:x", {**_VIEW, "uid": "x"}),
        ("local:open_ones", {**_VIEW, "kind": "nope"}),
    ):
        problem_of(_put(admin, draft, key, body, 0), 422, "wrong_document")
    problem_of(admin("PUT", f"{draft}/documents/small:site", {"version": 0}), 422, "wrong_document")
    problem_of(admin("PUT", f"{draft}/documents/small:site", {"body": {}, "version": "0"}), 400, "bad_body")
    problem_of(admin("POST", "/api/v1/drafts", {"name": " "}), 422, "invalid")
    problem_of(admin("GET", "/api/v1/drafts/77"), 404, "not_found")


def test_a_discarded_draft_is_kept_and_opened_again(admin: Api) -> None:
    draft = _open(admin)
    admin("POST", f"{draft}/documents", {"body": _VIEW})
    assert admin("DELETE", draft).status_code == 204
    assert admin("GET", "/api/v1/drafts").json["data"] == []
    assert len(admin("GET", "/api/v1/drafts?with_closed=true").json["data"]) == 1
    problem_of(admin("POST", f"{draft}/documents", {"body": _VIEW}), 409, "draft_closed")
    assert admin("POST", f"{draft}/reopen").json["state"] == "open"
    assert admin("PATCH", draft, {"name": "again", "note": "why"}).json["note"] == "why"
    assert _get(admin, draft, "local:open_ones")["state"] == "added"


_ROLES = [
    {"kind": "role", "uid": "builder", "name": "builder", "permissions": ["design", "publish"], "grants": [
        {"uid": "item", "entity": "item", "actions": ["read", "create", "update"], "hidden": ["amount"]},
        {"uid": "site", "entity": "site", "actions": ["read"], "where": "code = 'S1'"}]},
    {"kind": "role", "uid": "drawer", "name": "drawer", "permissions": ["design"], "grants": []},
]  # fmt: skip


@pytest.fixture
def builders(either_runtime: Runtime) -> dict[str, Api]:
    """An administrator, somebody who may design and publish, and somebody who may only design."""
    app = create_app(either_runtime)
    admin = api_of(app, make_user(either_runtime, "ada", is_admin=True)[1])
    draft = _open(admin, "roles")
    for each in _ROLES:
        assert admin("POST", f"{draft}/documents", {"body": each}).status_code == 201
    assert admin("POST", f"{draft}/publish").status_code == 200
    return {"ada": admin, **{name: api_of(app, make_user(either_runtime, name, roles=[name])[1])
                             for name in ("builder", "drawer")}}  # fmt: skip


def test_designing_and_publishing_need_their_permissions(builders: dict[str, Api], either_runtime: Runtime) -> None:
    bob = api_of(create_app(either_runtime), make_user(either_runtime, "bob")[1])
    problem_of(bob("GET", "/api/v1/drafts"), 403, "forbidden")
    problem_of(bob("POST", "/api/v1/drafts", {"name": "x"}), 403, "forbidden")
    draft = _open(builders["drawer"])
    problem_of(bob("GET", draft), 403, "forbidden")
    problem_of(builders["drawer"]("POST", f"{draft}/publish"), 403, "forbidden")


def test_nobody_grants_or_shows_more_than_he_may_himself(builders: dict[str, Api]) -> None:
    builder = builders["builder"]
    draft = _open(builder, "raise")
    own = _get(builder, draft, "local:builder")["body"]
    copy = {"uid": "copy", "name": "copy", "label": {"zh": "抄", "en": "Copy"}, "type": "formula",
            "value": "amount * 1", "scale": 2, "rounding": "half_up"}  # fmt: skip
    item = _get(builder, draft, "small:item")["body"]
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("local:builder", {**own, "permissions": ["design", "publish", "users"]}),
        ("local:builder", {**own, "grants": [{"uid": "item", "entity": "item", "actions": ["read"]}]}),
        ("local:builder", {**own, "grants": [{**own["grants"][0], "actions": ["read", "delete"]}]}),
        ("local:builder", {**own, "grants": [{"uid": "site", "entity": "site", "actions": ["read"]}]}),
        ("local:builder", {**own, "approvals": [{"uid": "all", "may": ["see"]}]}),
        ("small:item", {**item, "fields": [*item["fields"], copy]}),
    ]
    for key, body in attempts:
        version = _get(builder, draft, key)["version"]
        assert _put(builder, draft, key, body, version).status_code == 200
        problem_of(builder("POST", f"{draft}/publish"), 403, "beyond_rights")
        assert builder("POST", f"{draft}/documents/{key}/revert").status_code == 200
    less = {**own, "grants": own["grants"][:1]}
    _put(builder, draft, "local:builder", less, _get(builder, draft, "local:builder")["version"])
    assert builder("POST", f"{draft}/publish").status_code == 200
    assert builders["ada"]("GET", "/api/v1/releases").json["head"] == 3


def test_a_shipped_program_is_changed_by_overlays_only(shop: Shop) -> None:
    draft = _open(shop.admin)
    keys = {each["key"] for each in shop.admin("GET", f"{draft}/documents").json["data"]}
    assert "loyalty:program" in keys and not any(key.endswith("tessera.json") for key in keys)
    member = _get(shop.admin, draft, "loyalty:member")
    changed = {**member["body"], "label": {"zh": "顾客", "en": "Person"}}
    assert _put(shop.admin, draft, "loyalty:member", changed, 0).json["is_own"] is False
    assert shop.admin("GET", f"{draft}/check").json["is_sound"]
    assert shop.admin("POST", f"{draft}/publish").status_code == 200
    assert {each["name"] for each in shop.admin("GET", "/api/v1/packages").json["data"]} == {
        "retail", "loyalty", "demo", "local"}  # fmt: skip
    back = shop.admin("POST", "/api/v1/packages/rollback")
    assert back.status_code == 200 and shop.admin("GET", "/api/v1/releases").json["head"] == 3


def test_two_releases_are_compared(admin: Api) -> None:
    draft = _open(admin)
    _put(admin, draft, "small:site", _with_label(_get(admin, draft, "small:site")["body"], "站"), 0)
    admin("POST", f"{draft}/publish")
    found = admin("GET", "/api/v1/releases/2/diff").json
    assert (found["from"], found["to"]) == (1, 2)
    assert [each["key"] for each in found["documents"]] == ["small:site"]
    assert [each["pointer"] for each in found["documents"][0]["differences"]] == ["/label/zh", "/label/en"]
    assert any(each["key"] == "small:site" and each["part"] == "label" for each in found["changes"])
    back = admin("GET", "/api/v1/releases/1/diff?with=2").json
    assert back["documents"][0]["differences"][0]["after"] == "地点"
    problem_of(admin("GET", "/api/v1/releases/9/diff"), 404, "not_found")
