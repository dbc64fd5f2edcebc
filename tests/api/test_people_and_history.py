"""People by name, the history of a record, and restoring many."""

from __future__ import annotations

from typing import Any

from flask import Flask

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from tessera.runtime import Runtime


def names(api: Api, query: str = "") -> list[str]:
    """The sign-in names found."""
    return [each["name"] for each in api("GET", f"/api/v1/people{query}").json["data"]]


def test_people_are_found_by_any_of_their_names(either_runtime: Runtime, either: Api) -> None:
    for name, shown in (("lin", "Lin Wanqing"), ("zhou", None), ("old_lin", None)):
        make_user(either_runtime, name, display_name=shown)
    gone = next(each for each in either("GET", "/api/v1/auth/users").json["data"] if each["name"] == "old_lin")
    either("PATCH", f"/api/v1/auth/users/{gone['id']}", {"is_active": False})
    assert names(either, "?q=WANQ") == ["lin"]
    assert names(either, "?q=lin") == ["lin"], "who is not active cannot be chosen"
    assert names(either, f"?ids={gone['id']}") == ["old_lin"], "and still has a name"
    assert names(either, "?q=%25") == [], "a percent sign is a percent sign"
    assert names(either, "?limit=2") == ["ada", "lin"]


def test_only_names_are_told_and_outsiders_see_nobody(runtime: Runtime, app: Flask) -> None:
    make_user(runtime, "lin", display_name="Lin", attributes={"branch": "B1"})
    bob = api_of(app, make_user(runtime, "bob")[1])
    assert names(bob) == ["bob"] and names(bob, "?q=lin") == [] and names(bob, "?ids=1") == []
    clerk = api_of(app, make_user(runtime, "clerk", roles=["some_role"])[1])
    assert clerk("GET", "/api/v1/people?q=lin").json["data"][0].keys() == {"id", "name", "display_name"}
    problem_of(clerk("GET", "/api/v1/people?ids=1,x"), 400, "bad_parameter")


def test_the_history_says_who_changed_what(either: Api) -> None:
    parts = [{"qty": 1, "price": "2.00"}]
    made = either("POST", "/api/v1/item", {"code": "P-1", "title": "Pump", "weight": "1.5", "parts": parts}).json
    either("PATCH", f"/api/v1/item/{made['ref']}", {"title": "Big pump", "parts": []})
    page = either("GET", f"/api/v1/item/{made['ref']}/history").json
    latest, first = page["data"]
    assert (latest["verb"], latest["actor"], first["verb"]) == ("updated", "ada", "created")
    assert latest["changes"]["title"] == ["Pump", "Big pump"]
    assert latest["lines"] == {"parts": {"added": 0, "removed": 1, "changed": 0}}
    assert first["changes"]["weight"] == [None, "1.500"]
    assert page["next"] is None


def test_the_history_comes_in_pages(admin: Api) -> None:
    made = admin("POST", "/api/v1/item", {"code": "P-1", "title": "1"}).json
    for title in ("2", "3"):
        admin("PATCH", f"/api/v1/item/{made['ref']}", {"title": title})
    first = admin("GET", f"/api/v1/item/{made['ref']}/history?limit=2").json
    rest = admin("GET", f"/api/v1/item/{made['ref']}/history?limit=2&before={first['next']}").json
    titles = [each["changes"]["title"][1] for each in (*first["data"], *rest["data"])]
    assert titles == ["3", "2", "1"] and rest["next"] is None


def test_the_history_shows_no_more_than_the_record_does(shop: Shop) -> None:
    made: dict[str, Any] = shop.admin("POST", "/api/v1/member", {"name": "Lin", "phone": "13800001234"}).json
    analyst = api_of(shop.app, make_user(shop.runtime, "ana", roles=["analyst"])[1])
    entry = analyst("GET", f"/api/v1/member/{made['ref']}/history").json["data"][0]
    assert entry["changes"]["phone"][1].endswith("1234") and "13800001234" not in str(entry)
    clerk = api_of(shop.app, make_user(shop.runtime, "li", roles=["store_clerk"], attributes={"store": "S1"})[1])
    hidden = shop.admin("POST", "/api/v1/store", {"code": "S2", "name": "S2"}).json
    order = shop.admin(
        "POST", "/api/v1/order", {"number": "O-1", "at": "2026-01-01T00:00:00Z", "store": hidden["id"]}
    ).json
    problem_of(clerk("GET", f"/api/v1/order/{order['ref']}/history"), 404, "not_found")


def test_many_deleted_records_come_back_together(either: Api) -> None:
    rows = [{"code": f"P-{n}", "title": "t"} for n in range(3)]
    ids = [each["id"] for each in either("POST", "/api/v1/item/bulk", {"data": rows}).json["data"]]
    either("POST", "/api/v1/item/bulk-delete", {"keys": ids})
    answer = either("POST", "/api/v1/item/bulk-restore", {"keys": ids})
    assert (answer.status_code, answer.json["updated"]) == (200, 3), answer.json
    assert either("GET", "/api/v1/item?count=true").json["count"] == 3


def test_restoring_many_is_all_or_none(either: Api) -> None:
    rows = [{"code": f"P-{n}", "title": "t"} for n in range(2)]
    ids = [each["id"] for each in either("POST", "/api/v1/item/bulk", {"data": rows}).json["data"]]
    either("POST", "/api/v1/item/bulk-delete", {"keys": ids})
    either("POST", "/api/v1/item", {"code": "P-1", "title": "in the way"})
    assert either("POST", "/api/v1/item/bulk-restore", {"keys": ids}).status_code == 422
    assert either("GET", "/api/v1/item?count=true").json["count"] == 1
