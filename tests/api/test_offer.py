"""What a workspace offers to a user: only what he may see, in one answer that is not sent twice."""

from __future__ import annotations

from typing import Any

from flask import Flask

from api.api_kit import PASSWORD, Api, Shop, api_of, make_user
from api.small_package import package
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.meta.fields import FIELD_TYPES
from tessera.runtime import Runtime
from tessera.web.app import create_app


def offered(api: Api) -> dict[str, Any]:
    """The answer."""
    found: dict[str, Any] = api("GET", "/api/v1/meta/app").json
    return found


def test_an_administrator_is_offered_every_application(shop: Shop) -> None:
    found = offered(shop.admin)
    assert [app["name"] for app in found["apps"]] == ["retail", "loyalty"]
    loyalty = found["apps"][1]
    assert [menu["name"] for menu in loyalty["menus"]] == ["loyalty", "retail"], "its own menus come first"
    assert loyalty["label"] == {"zh": "会员忠诚度", "en": "Loyalty"}
    base = loyalty["menus"][1]["items"][-1]
    assert [(item["kind"], item["target"]) for item in base["items"]] == [
        ("entity", "store"), ("entity", "channel"), ("view", "category_list"),
    ]
    assert found["entities"]["order"]["states"]["initial"] == "paid"
    assert {each["name"] for each in found["ledgers"]} == {"points", "growth"}


def test_a_role_is_offered_what_it_may_see_and_do(shop: Shop) -> None:
    _, key = make_user(shop.runtime, "li", roles=["store_clerk"], attributes={"store": "S01"})
    found = offered(api_of(shop.app, key))
    assert "points_entry" not in found["entities"]
    assert found["entities"]["order"]["may"] == {"create": True, "update": True, "delete": False}
    targets = {item["target"] for app in found["apps"] for menu in app["menus"] for item in menu["items"]}
    assert "member_list" in targets and "points_entry" not in targets


def test_fields_that_are_shown_in_part_can_be_neither_changed_nor_sorted(shop: Shop) -> None:
    _, key = make_user(shop.runtime, "ana", roles=["analyst"])
    found = {each["name"]: each for each in offered(api_of(shop.app, key))["entities"]["member"]["fields"]}
    masked = {name for name, each in found.items() if each["masked"]}
    assert masked == {"name", "phone", "birthday"}
    assert all(found[name]["read_only"] and not found[name]["sortable"] for name in masked)
    assert found["number"]["sortable"]


def test_hidden_fields_are_nowhere(runtime: Runtime, app: Flask) -> None:
    grant = {"uid": "item", "entity": "item", "actions": ["read"], "hidden": ["weight", "parts.price"]}
    columns = [{"uid": name, "name": name, "value": name} for name in ("code", "weight")]
    items = [{"uid": name, "field": name} for name in ("code", "weight")]
    lines = {"uid": "parts", "field": "parts", "columns": [{"uid": n, "field": n} for n in ("qty", "price")]}
    more: list[dict[str, Any]] = [
        {"kind": "role", "uid": "looker", "name": "looker", "label": "L", "grants": [grant]},
        {"kind": "view", "uid": "v_item", "name": "items", "label": "I", "entity": "item", "columns": columns},
        {"kind": "form", "uid": "f_item", "name": "item", "label": "I", "entity": "item",
         "sections": [{"uid": "main", "items": [*items, lines]}]},
    ]
    packages.apply(runtime.database, runtime.settings, Context(actor=SYSTEM), [package(*more, version="1.1.0")])
    found = offered(api_of(app, make_user(runtime, "lou", roles=["looker"])[1]))
    fields = {each["name"]: each for each in found["entities"]["item"]["fields"]}
    assert "weight" not in fields and [each["name"] for each in fields["parts"]["fields"]] == ["qty"]
    assert [each["name"] for each in found["views"][0]["columns"]] == ["code"]
    shown = found["forms"][0]["sections"][0]["items"]
    assert [each["field"] for each in shown] == ["code", "parts"]
    assert [each["field"] for each in shown[1]["columns"]] == ["qty"]
    assert fields["code"]["read_only"] is False and found["entities"]["item"]["may"]["update"] is False


def test_nobody_in_particular_is_offered_nothing(runtime: Runtime, app: Flask) -> None:
    found = offered(api_of(app, make_user(runtime, "bob")[1]))
    assert (found["entities"], found["apps"], found["views"], found["forms"]) == ({}, [], [], [])
    assert found["user"]["name"] == "bob"


def test_every_field_type_is_named(admin: Api) -> None:
    found = {each["name"]: each["is_computed"] for each in offered(admin)["field_types"]}
    assert found == {name: each.computed for name, each in FIELD_TYPES.items()}


def test_it_is_not_sent_twice_and_brings_the_session_its_token(runtime: Runtime, app: Flask) -> None:
    make_user(runtime, "ada", is_admin=True)
    api = api_of(app)
    csrf = api("POST", "/api/v1/auth/login", {"name": "ada", "password": PASSWORD}).json["csrf_token"]
    first = api("GET", "/api/v1/meta/app")
    assert first.headers["X-CSRF-Token"] == csrf
    again = api("GET", "/api/v1/meta/app", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.headers["X-CSRF-Token"]) == (304, csrf)


def test_it_is_packed_for_who_takes_it(admin: Api) -> None:
    answer = admin("GET", "/api/v1/meta/app", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip" and answer.data[:2] == b"\x1f\x8b"


def test_columns_that_are_formulas_come_for_the_records_asked(either_runtime: Runtime) -> None:
    columns = [
        {"uid": "code", "name": "code", "value": "code"},
        {"uid": "double", "name": "double", "value": "count * 2"},
        {"uid": "site", "name": "place", "value": "site.title & '!'"},
    ]
    view = {"kind": "view", "uid": "v_item", "name": "items", "label": "I", "entity": "item", "columns": columns,
            "filter": "count > 1", "sort": [{"uid": "s_double", "by": "double"}]}
    settings, database = either_runtime.settings, either_runtime.database
    packages.apply(database, settings, Context(actor=SYSTEM), [package(view, version="1.1.0")])
    api = api_of(create_app(either_runtime), make_user(either_runtime, "ada", is_admin=True)[1])
    api("POST", "/api/v1/site", {"code": "S1", "title": "Here"})
    rows = [{"code": f"P-{n}", "title": "t", "count": n, "site": "S1"} for n in range(4)]
    ids = [each["id"] for each in api("POST", "/api/v1/item/bulk", {"data": rows}).json["data"]]
    found = api("POST", "/api/v1/views/items/values", {"ids": ids[:3]}).json["data"]
    assert found == {str(ids[2]): {"code": "P-2", "double": 4, "place": "Here!"}}, "only what is in the view"
    assert api("POST", "/api/v1/views/items/values", {"ids": []}).json["data"] == {}
    assert api("POST", "/api/v1/views/items/values", {"ids": ["1"]}).status_code == 400
