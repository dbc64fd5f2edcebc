"""Attacks on who somebody is: sessions, keys, other sites, spellings of paths, kept answers."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from api.api_kit import PASSWORD, Api, api_of, make_user, problem_of
from tessera.runtime import Runtime
from tessera.web.handlers import routes

PATH = "/api/v1/item"


@pytest.fixture
def filled(admin: Api) -> Api:
    """An administrator's client and three records."""
    admin("POST", f"{PATH}/bulk", {"data": [{"code": code, "title": "t", "count": 1} for code in "ABC"]})
    return admin


def _signed_in(app: Flask, name: str) -> Api:
    api = api_of(app)
    answer = api("POST", "/api/v1/auth/login", {"name": name, "password": PASSWORD})
    api.csrf = answer.json["csrf_token"]
    return api


def test_a_session_of_the_attackers_choice_is_not_taken_over(app: Flask, admin: Api) -> None:
    api = api_of(app)
    api.client.set_cookie("tessera_session", "chosen-by-somebody-else", domain="localhost")
    answer = api("POST", "/api/v1/auth/login", {"name": "ada", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "chosen-by-somebody-else" not in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    other = api_of(app)
    other.client.set_cookie("tessera_session", "chosen-by-somebody-else", domain="localhost")
    problem_of(other("GET", "/api/v1/auth/me"), 401, "not_signed_in")
    token = cookie.split(";")[0].partition("=")[2]
    problem_of(api_of(app)("GET", f"/api/v1/auth/me?tessera_session={token}"), 400, "bad_parameter")
    problem_of(api_of(app)("GET", "/api/v1/auth/me", Authorization=f"Bearer {token}"), 401, "not_signed_in")


def test_what_ends_a_session_ends_it_at_the_next_request(runtime: Runtime, app: Flask, admin: Api) -> None:
    user_id, _ = make_user(runtime, "eve")
    for change in ({"is_active": False}, {"roles": ["x"]}, {"password": "another horse 8"}):
        admin("PATCH", f"/api/v1/auth/users/{user_id}", {"is_active": True, "password": PASSWORD, "roles": []})
        session = _signed_in(app, "eve")
        assert session("GET", "/api/v1/auth/me").status_code == 200
        admin("PATCH", f"/api/v1/auth/users/{user_id}", change)
        problem_of(session("GET", "/api/v1/auth/me"), 401, "not_signed_in")


def test_a_key_dies_with_its_owner_and_never_outgrows_him(runtime: Runtime, app: Flask, admin: Api) -> None:
    user_id, key = make_user(runtime, "eve", is_admin=True)
    eve = api_of(app, key)
    assert eve("GET", "/api/v1/auth/users").status_code == 200
    admin("PATCH", f"/api/v1/auth/users/{user_id}", {"is_admin": False})
    problem_of(eve("GET", "/api/v1/auth/users"), 403, "forbidden")
    admin("PATCH", f"/api/v1/auth/users/{user_id}", {"is_active": False})
    problem_of(eve("GET", "/api/v1/auth/me"), 401, "not_signed_in")


CHANGES: list[tuple[str, str, Any]] = [
    ("POST", PATH, {"code": "D", "title": "d"}), ("DELETE", f"{PATH}/A", None), ("PATCH", f"{PATH}/A", {"title": "x"}),
    ("POST", f"{PATH}/bulk-delete", {"filter": "TRUE"}), ("POST", "/api/v1/packages/rollback", None),
    ("POST", "/api/v1/auth/keys", {"label": "k", "scopes": ["read"]}), ("POST", "/api/v1/auth/logout", None),
]  # fmt: skip


def test_a_foreign_page_changes_nothing_with_a_session(filled: Api, app: Flask) -> None:
    session = _signed_in(app, "ada")
    token, session.csrf = session.csrf, ""
    foreign: list[dict[str, str]] = [
        {}, {"X_CSRF_Token": "x"}, {"X_CSRF_Token": token, "Origin": "https://evil.example"},
        {"X_CSRF_Token": token, "Sec_Fetch_Site": "cross-site"}, {"X_CSRF_Token": token, "Origin": "null"},
    ]  # fmt: skip
    for method, path, body in CHANGES:
        for headers in foreign:
            problem_of(session(method, path, body, **headers), 403, "csrf_refused")
    assert filled("GET", f"{PATH}?count=true").json["count"] == 3


def test_reading_changes_nothing(app: Flask) -> None:
    assert not [each.name for each in routes() if each.method == "GET" and each.mode == "write"]


@pytest.mark.parametrize("scope", ["read", "write", "metadata", "users"])
def test_a_key_does_what_its_scopes_say(filled: Api, app: Flask, scope: str) -> None:
    key = filled("POST", "/api/v1/auth/keys", {"label": "k", "scopes": [scope]}).json["key"]
    api = api_of(app, key)
    tries = {
        "read": ("GET", PATH, None), "write": ("DELETE", f"{PATH}/A", None),
        "metadata": ("GET", "/api/v1/packages", None), "users": ("GET", "/api/v1/auth/users", None),
    }  # fmt: skip
    for needed, (method, path, body) in tries.items():
        answer = api(method, path, body)
        assert (answer.status_code < 300) == (needed == scope), (needed, answer.data)
        if needed != scope:
            problem_of(answer, 403, "missing_scope")


def test_a_key_comes_from_its_networks_only(filled: Api, app: Flask) -> None:
    body = {"label": "k", "scopes": ["read"], "addresses": ["10.1.0.0/16", "2001:db8::/32"]}
    made = filled("POST", "/api/v1/auth/keys", body).json
    assert made["addresses"] == ["10.1.0.0/16", "2001:db8::/32"]
    headers = {"Authorization": f"Bearer {made['key']}"}
    client = app.test_client()
    for address, status in (("10.1.2.3", 200), ("::ffff:10.1.2.3", 200), ("2001:db8::5", 200), ("10.2.0.1", 403),
                            ("127.0.0.1", 403), ("::1", 403), ("", 403), ("x", 403)):  # fmt: skip
        forged = {**headers, "X-Forwarded-For": "10.1.2.3", "Forwarded": "for=10.1.2.3"}
        answer = client.get(PATH, headers=forged, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == status, (address, answer.data)
    for bad in ([], ["x"], "10.0.0.1", [5], ["10.0.0.1"] * 51, ["10.0.0.0/33"], [None]):
        refused = filled("POST", "/api/v1/auth/keys", {**body, "addresses": bad})
        assert problem_of(refused, 422, "invalid")["problems"][0]["pointer"] == "/addresses"


def test_a_key_is_slowed_down_alone(filled: Api, app: Flask) -> None:
    made = filled("POST", "/api/v1/auth/keys", {"label": "k", "scopes": ["read"], "per_minute": 3}).json
    slow = api_of(app, made["key"])
    assert [slow("GET", PATH).status_code for _ in range(3)] == [200] * 3
    answer = slow("GET", PATH)
    problem_of(answer, 429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert api_of(app, filled.key)("GET", PATH).status_code == 200
    for bad in (0, -1, "5", 1.5, True, 10**7):
        body = {"label": "k", "scopes": ["read"], "per_minute": bad}
        problem_of(filled("POST", "/api/v1/auth/keys", body), 422, "invalid")


SPELLINGS = (
    "/api/v1/item?x=/health", "/api/v1/item/../../../health", "//health/../api/v1/item", "/api//v1/item",
    "/api/v1//item", "/health/%2e%2e/api/v1/item", "/api/v1/item/", "/API/V1/ITEM", "/api/v1/item;a=b",
    "/api/v1/item%2f", "/api/v1/item.",
    "/api/v1/item%20", "/api/v1/%69tem", "/api/v1/item#/health", "/health/..;/api/v1/item", "/api/v1/item%00", "\\api",
)  # fmt: skip


def test_no_spelling_of_a_path_goes_around_the_guard(filled: Api, app: Flask) -> None:
    for path in SPELLINGS:
        answer = api_of(app)("GET", path)
        assert answer.status_code in (400, 401, 404), (path, answer.status_code)
        assert '"code":"A"' not in answer.text and "Location" not in answer.headers


def test_every_endpoint_but_the_open_ones_asks_who_is_there(app: Flask) -> None:
    stranger, open_ones = api_of(app), set()
    for each in routes():
        path = each.path.replace("{entity}", "item").replace("{key}", "1").replace("{name}", "x").replace("{file}", "x")
        path = path.replace("{kind}", "entity").replace("{ledger}", "x").replace("{reject}", "1").replace("{ref}", "x")
        answer = stranger(each.method, path, {} if each.body is not None else None)
        if answer.status_code != 401:
            open_ones.add(each.path)
    by_link = {f"/api/v1/approvals/link{each}" for each in ("", "/agree", "/reject")}  # which is signed
    by_token = {f"/api/v1/open-forms/{{token}}{each}" for each in ("", "/answers")}  # which cannot be guessed
    assert open_ones == by_link | by_token | {
        "/health", "/ready", "/metrics", "/api/docs", "/api/docs/{file}", "/", "/api/v1/auth/login", "/icon.svg",
        "/assets/{file}",
    }  # fmt: skip
    assert stranger("GET", "/metrics").status_code == 403


def test_answers_are_kept_by_nobody(filled: Api) -> None:
    for path in (PATH, f"{PATH}/A", "/api/v1/auth/me", "/api/v1/nope", "/api/v1/imports", f"{PATH}?filter=nope"):
        assert filled("GET", path).headers["Cache-Control"] == "no-store", path
    document = filled("GET", "/api/v1/openapi.json")
    assert document.headers["Cache-Control"] == "private, no-cache"
    assert document.headers["Vary"] == "Authorization, Cookie"
