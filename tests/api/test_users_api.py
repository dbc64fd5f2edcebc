"""What administrators do for others: one-time passwords, sessions, keys; roles and rights as they are told."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from sqlalchemy import text

from api.api_kit import PASSWORD, Api, Shop, api_of, make_user, problem_of
from tessera.runtime import Runtime


def _signed_in(app: Flask, name: str, password: str = PASSWORD) -> Api:
    browser = api_of(app)
    answer = browser("POST", "/api/v1/auth/login", {"name": name, "password": password})
    assert answer.status_code == 200, answer.data
    browser.csrf = answer.json["csrf_token"]
    return browser


def test_a_one_time_password_only_serves_to_choose_another(runtime: Runtime, app: Flask, admin: Api) -> None:
    user_id, _ = make_user(runtime, "bob")
    old = _signed_in(app, "bob")
    issued = admin("POST", f"/api/v1/auth/users/{user_id}/one-time-password").json["password"]
    problem_of(old("GET", "/api/v1/auth/me"), 401, "not_signed_in")
    bob = _signed_in(app, "bob", issued)
    problem_of(bob("GET", "/api/v1/meta/app"), 403, "password_change_needed")
    problem_of(bob("POST", "/api/v1/item", {"code": "A", "title": "t"}), 403, "password_change_needed")
    problem_of(bob("GET", "/api/v1/auth/keys"), 403, "password_change_needed")
    assert bob("GET", "/api/v1/auth/me").json["user"]["name"] == "bob"
    change = {"old_password": issued, "new_password": "my own words 9"}
    assert bob("POST", "/api/v1/auth/password", change).status_code == 204
    assert bob("GET", "/api/v1/meta/app").status_code == 200
    assert _signed_in(app, "bob", "my own words 9")("GET", "/api/v1/meta/app").status_code == 200


def test_a_secret_is_shown_once_and_stored_nowhere(runtime: Runtime, admin: Api) -> None:
    user_id, _ = make_user(runtime, "bob")
    path = f"/api/v1/auth/users/{user_id}/one-time-password"
    first = admin("POST", path, Idempotency_Key="once").json["password"]
    again = admin("POST", path, Idempotency_Key="once")
    assert (again.json["password"], again.headers["Idempotency-Replayed"]) == ("", "true")
    body = {"label": "k", "scopes": ["read"]}
    key = admin("POST", "/api/v1/auth/keys", body, Idempotency_Key="key").json["key"]
    assert admin("POST", "/api/v1/auth/keys", body, Idempotency_Key="key").json["key"] == ""
    with runtime.database.read() as tx:
        stored = json.dumps([list(row) for row in tx.execute(text("SELECT body FROM tsr_idempotency"))])
    assert first not in stored and key not in stored


def test_sessions_and_keys_of_a_user_are_seen_and_ended(runtime: Runtime, app: Flask, admin: Api) -> None:
    user_id, key = make_user(runtime, "bob")
    browser, program = _signed_in(app, "bob"), api_of(app, key)
    path = f"/api/v1/auth/users/{user_id}"
    sessions = admin("GET", f"{path}/sessions").json["data"]
    assert [set(each) for each in sessions] == [{"created_at", "seen_at", "expires_at"}]
    assert admin("DELETE", f"{path}/sessions").status_code == 204
    problem_of(browser("GET", "/api/v1/auth/me"), 401, "not_signed_in")
    assert admin("GET", f"{path}/sessions").json["data"] == []
    (own,) = admin("GET", f"{path}/keys").json["data"]
    assert own["label"] == "test" and "key" not in own
    assert admin("DELETE", f"/api/v1/auth/keys/{own['id']}").status_code == 204
    problem_of(program("GET", "/api/v1/auth/me"), 401, "not_signed_in")
    problem_of(admin("GET", "/api/v1/auth/users/999/sessions"), 404, "not_found")


def test_users_are_found_by_name_role_and_activity(either: Api) -> None:
    for name, more in (("bob", {"roles": ["clerk"]}), ("bobby", {"is_active": False}), ("eve", {"roles": ["clerk_x"]})):
        either("POST", "/api/v1/auth/users", {"name": name, "display_name": f"Ms {name}", **more})

    def names(query: str) -> list[str]:
        return [each["name"] for each in either("GET", f"/api/v1/auth/users?{query}").json["data"]]

    assert names("q=MS%20BOB") == ["bob", "bobby"]
    assert names("role=clerk") == ["bob"]
    assert names("is_active=false") == ["bobby"]
    assert names("q=bob&limit=1") == ["bob"]
    assert either("GET", "/api/v1/auth/users?q=eve").json["data"][0]["signed_in_at"] is None


def test_roles_and_rights_are_told_as_they_add_up(shop: Shop) -> None:
    roles = {each["name"]: each for each in shop.admin("GET", "/api/v1/auth/roles").json["data"]}
    clerk = roles["store_clerk"]
    assert clerk["asks"] == ["store"] and clerk["label"]["en"] and clerk["users"] == 0
    grant = next(each for each in clerk["grants"] if each["entity"] == "order")
    assert (grant["actions"], grant["where"]) == (["read", "create", "update"], "store.code = USER('store')")
    body = {"name": "li", "roles": ["store_clerk", "gone"], "attributes": {"store": "S01"}}
    user = shop.admin("POST", "/api/v1/auth/users", body).json["id"]
    rights = shop.admin("GET", f"/api/v1/auth/users/{user}/rights").json
    assert (rights["is_admin"], rights["unknown"]) == (False, ["gone"])
    order = next(each for each in rights["entities"] if each["entity"] == "order")
    assert order["where"] == grant["where"]
    counted = {each["name"]: each["users"] for each in shop.admin("GET", "/api/v1/auth/roles").json["data"]}
    assert counted["store_clerk"] == 1


def test_a_refusal_is_explained(shop: Shop) -> None:
    body = {"name": "li", "roles": ["store_clerk"], "attributes": {"store": "S01"}}
    user = shop.admin("POST", "/api/v1/auth/users", body).json["id"]
    path = f"/api/v1/auth/users/{user}/rights/explain"

    def reason(query: str) -> Any:
        return shop.admin("GET", f"{path}?{query}").json["reason"]

    assert reason("entity=order") == "allowed"
    assert reason("entity=order&action=delete") == "no_right"
    for code in ("S01", "S02"):
        shop.admin("POST", "/api/v1/store", {"code": code, "name": code})
    problem_of(shop.admin("GET", path), 400, "bad_parameter")
    problem_of(shop.admin("GET", f"{path}?entity=order&action=fly"), 400, "bad_parameter")
    problem_of(shop.admin("GET", f"{path}?entity=nope"), 404, "not_found")


def test_others_see_none_of_it(runtime: Runtime, app: Flask) -> None:
    user_id, key = make_user(runtime, "bob")
    bob, path = api_of(app, key), f"/api/v1/auth/users/{user_id}"
    for method, where in (
        ("GET", "/api/v1/auth/roles"), ("GET", f"{path}/rights"), ("GET", f"{path}/rights/explain?entity=item"),
        ("GET", f"{path}/sessions"), ("DELETE", f"{path}/sessions"), ("GET", f"{path}/keys"),
        ("POST", f"{path}/one-time-password"), ("GET", "/api/v1/auth/users"),
    ):  # fmt: skip
        problem_of(bob(method, where), 403, "forbidden")
