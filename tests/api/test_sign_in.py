"""Sessions, keys, users and the throttle, as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from api.api_kit import PASSWORD, Api, api_of, make_user, problem_of
from tessera.context import SYSTEM, Actor, Context, frozen_clock
from tessera.engine import identity
from tessera.engine.identity import passwords, throttle, users
from tessera.engine.identity.errors import BadCredentials, NotSignedIn, TooManyAttempts, WeakPassword
from tessera.runtime import Runtime

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _login(api: Api, name: str = "ada", password: str = PASSWORD, **headers: str) -> Any:
    answer = api("POST", "/api/v1/auth/login", {"name": name, "password": password}, **headers)
    if answer.status_code == 200:
        api.csrf = answer.json["csrf_token"]
    return answer


def test_a_session_is_a_cookie_that_scripts_cannot_read(runtime: Runtime, stranger: Api) -> None:
    make_user(runtime, "ada")
    answer = _login(stranger)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert stranger("GET", "/api/v1/auth/me").json["user"]["name"] == "ada"
    assert answer.headers["Cache-Control"] == "no-store"


def test_behind_https_the_cookie_is_bound_to_the_host(runtime: Runtime, stranger: Api) -> None:
    make_user(runtime, "ada")
    stranger.base_url = "https://localhost"
    cookie = _login(stranger).headers["Set-Cookie"]
    assert cookie.startswith("__Host-tessera_session=") and "Secure" in cookie


def test_the_session_changes_at_each_login_and_ends_at_logout(runtime: Runtime, stranger: Api) -> None:
    make_user(runtime, "ada")
    _login(stranger)
    first = stranger.client.get_cookie("tessera_session").value
    _login(stranger)
    second = stranger.client.get_cookie("tessera_session").value
    assert first != second
    with runtime.database.read() as tx, pytest.raises(NotSignedIn):
        identity.identify(tx, identity.parse_session(first), datetime.now(UTC))
    assert stranger("POST", "/api/v1/auth/logout").status_code == 204
    stranger.client.set_cookie("tessera_session", second)
    problem_of(stranger("GET", "/api/v1/auth/me"), 401, "not_signed_in")


def test_a_session_ends_after_idling_and_after_its_life(runtime: Runtime) -> None:
    make_user(runtime, "ada")
    ctx = Context(actor=SYSTEM, clock=frozen_clock(NOON))
    session = identity.sign_in(runtime.database, ctx, "ada", PASSWORD, "10.0.0.1", "")
    shown = identity.parse_session(session.token)
    with runtime.database.read() as tx:
        assert identity.identify(tx, shown, NOON + timedelta(minutes=29)).actor.name == "ada"
        for later in (timedelta(minutes=30), timedelta(hours=13)):
            with pytest.raises(NotSignedIn):
                identity.identify(tx, shown, NOON + later)


def test_a_change_of_roles_or_activity_acts_at_the_next_request(runtime: Runtime, app: Flask, admin: Api) -> None:
    user_id, key = make_user(runtime, "bob")
    bob, browser = api_of(app, key), api_of(app)
    _login(browser, "bob")
    assert bob("GET", "/api/v1/auth/me").status_code == browser("GET", "/api/v1/auth/me").status_code == 200
    admin("PATCH", f"/api/v1/auth/users/{user_id}", {"roles": ["clerk"]})
    problem_of(browser("GET", "/api/v1/auth/me"), 401, "not_signed_in")
    assert bob("GET", "/api/v1/auth/me").json["user"]["roles"] == ["clerk"]
    admin("PATCH", f"/api/v1/auth/users/{user_id}", {"is_active": False})
    problem_of(bob("GET", "/api/v1/auth/me"), 401, "not_signed_in")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"X_CSRF_Token": "0" * 40},
        {"X_CSRF_Token": ""},
    ],
)
def test_a_session_changes_nothing_for_another_site(runtime: Runtime, stranger: Api, headers: dict[str, str]) -> None:
    make_user(runtime, "ada")
    _login(stranger)
    problem_of(stranger("POST", "/api/v1/auth/logout", **headers), 403, "csrf_refused")
    assert stranger("GET", "/api/v1/auth/me").status_code == 200


def test_the_token_of_another_session_does_not_count(runtime: Runtime, app: Flask) -> None:
    make_user(runtime, "ada")
    one, other = api_of(app), api_of(app)
    _login(one)
    _login(other)
    one.csrf = other.csrf
    problem_of(one("POST", "/api/v1/auth/logout"), 403, "csrf_refused")


def test_login_from_another_site_is_refused(runtime: Runtime, stranger: Api) -> None:
    make_user(runtime, "ada")
    problem_of(_login(stranger, Origin="https://evil.example"), 403, "csrf_refused")


def test_wrong_name_and_wrong_password_answer_alike(runtime: Runtime, stranger: Api) -> None:
    make_user(runtime, "ada")
    wrong = problem_of(_login(stranger, password="wrong"), 401, "bad_credentials")
    unknown = problem_of(_login(stranger, name="nobody"), 401, "bad_credentials")
    assert {**wrong, "request_id": ""} == {**unknown, "request_id": ""}


@pytest.mark.parametrize("name", ["ADA", "Ａｄａ", " ada "])
def test_a_name_in_another_writing_is_the_same_account(runtime: Runtime, stranger: Api, name: str) -> None:
    make_user(runtime, "ada")
    assert _login(stranger, name=name).status_code == 200


def test_an_unknown_account_costs_a_hash_like_a_known_one(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(runtime, "ada")
    seen = []
    real = passwords.verify_password
    monkeypatch.setattr(passwords, "verify_password", lambda word, stored: (seen.append(stored), real(word, stored))[1])
    for name in ("ada", "nobody"):
        with pytest.raises(BadCredentials):
            identity.sign_in(runtime.database, Context(), name, "wrong", "10.0.0.1", "")
    assert len(seen) == 2 and seen[0] is not None and seen[1] is None


def test_failures_delay_more_and_more_but_never_for_good(runtime: Runtime) -> None:
    make_user(runtime, "ada")
    waits = []
    now = NOON
    for _ in range(throttle.FREE_ATTEMPTS + 6):
        try:
            _count(runtime, "ada", "10.0.0.1", now)
            now += timedelta(seconds=1)
        except TooManyAttempts as error:
            waits.append(error.params["retry_after_s"])
            now += timedelta(seconds=waits[-1])
    assert waits[0] <= throttle.FIRST_DELAY_S
    assert waits == sorted(waits)
    assert max(waits) <= throttle.LONGEST_DELAY_S


def test_ten_thousand_guesses_reach_few_hashes(runtime: Runtime) -> None:
    reached = 0
    for guess in range(200):
        try:
            _count(runtime, "ada", f"10.0.{guess}.1", NOON + timedelta(seconds=guess))
            reached += 1
        except TooManyAttempts:
            pass
    assert reached == throttle.PER_ACCOUNT


def test_a_whole_office_signs_in_behind_one_address(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(runtime, "ada")
    monkeypatch.setattr(throttle, "PER_ADDRESS", 3)
    at_noon = Context(actor=SYSTEM, clock=frozen_clock(NOON))
    for _ in range(5):
        assert identity.sign_in(runtime.database, at_noon, "ada", PASSWORD, "192.0.2.7", "").user_id


def test_guesses_from_elsewhere_do_not_lock_out_where_the_user_works(runtime: Runtime) -> None:
    make_user(runtime, "ada")
    at_noon = Context(actor=SYSTEM, clock=frozen_clock(NOON))
    identity.sign_in(runtime.database, at_noon, "ada", PASSWORD, "192.0.2.7", "")
    for guess in range(throttle.PER_ACCOUNT + 5):
        try:
            _count(runtime, "ada", f"10.0.{guess}.1", NOON)
        except TooManyAttempts:
            pass
    assert identity.sign_in(runtime.database, at_noon, "ada", PASSWORD, "192.0.2.7", "").user_id
    with pytest.raises(TooManyAttempts):
        identity.sign_in(runtime.database, at_noon, "ada", PASSWORD, "203.0.113.9", "")


def test_the_api_says_how_long_to_wait(runtime: Runtime, stranger: Api) -> None:
    make_user(runtime, "ada")
    answers = [_login(stranger, password="wrong") for _ in range(throttle.FREE_ATTEMPTS + 1)]
    refused = problem_of(answers[-1], 429, "too_many_attempts")
    assert int(answers[-1].headers["Retry-After"]) == refused["problems"][0]["params"]["retry_after_s"] > 0


def _count(runtime: Runtime, name: str, address: str, now: datetime) -> None:
    with runtime.database.write() as tx:
        throttle.count_attempt(tx, name, address, now, is_known_place=False)


@pytest.mark.parametrize(
    "password", ["short7!", "password", "Password123!", "12345678", "aaaaaaaabb", "ada-2026", "x" * 129, "qwertyuiop"]
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.ensure_strong(password, "ada-")


def test_a_password_change_needs_the_old_one_and_ends_other_sessions(runtime: Runtime, app: Flask) -> None:
    make_user(runtime, "ada")
    one, other = api_of(app), api_of(app)
    _login(one)
    _login(other)
    path, fresh = "/api/v1/auth/password", "another horse 8"
    refused = one("POST", path, {"old_password": "wrong", "new_password": fresh})
    problem_of(refused, 401, "bad_credentials")
    assert one("POST", path, {"old_password": PASSWORD, "new_password": fresh}).status_code == 204
    assert one("GET", "/api/v1/auth/me").status_code == 200
    assert other("GET", "/api/v1/auth/me").status_code == 401
    assert _login(api_of(app), password=fresh).status_code == 200


def test_a_key_is_shown_once_and_stored_as_a_hash(runtime: Runtime, admin: Api) -> None:
    made = admin("POST", "/api/v1/auth/keys", {"label": "till", "scopes": ["read"]})
    assert made.status_code == 201 and made.json["key"].startswith(f"tsk_{made.json['id']}_")
    secret = made.json["key"].split("_", 2)[2]
    listed = admin("GET", "/api/v1/auth/keys")
    assert secret not in listed.text and "hash" not in listed.text
    with runtime.database.read() as tx:
        from tessera.store.system import access

        row = access.key_owner(tx, made.json["id"])
    assert row is not None and secret not in str(dict(row))


def test_a_key_cannot_do_more_than_its_scopes_nor_make_keys_that_can(app: Flask, admin: Api) -> None:
    reader = api_of(app, admin("POST", "/api/v1/auth/keys", {"label": "r", "scopes": ["read"]}).json["key"])
    assert reader("GET", "/api/v1/auth/me").json["scopes"] == ["read"]
    problem_of(reader("GET", "/api/v1/auth/keys"), 403, "missing_scope")
    maker = api_of(app, admin("POST", "/api/v1/auth/keys", {"label": "u", "scopes": ["users"]}).json["key"])
    problem_of(maker("POST", "/api/v1/auth/keys", {"label": "w", "scopes": ["write"]}), 403, "missing_scope")


def test_a_revoked_or_expired_key_is_refused_at_the_next_request(runtime: Runtime, app: Flask, admin: Api) -> None:
    made = admin("POST", "/api/v1/auth/keys", {"label": "r", "scopes": ["read"]}).json
    reader = api_of(app, made["key"])
    assert reader("GET", "/api/v1/auth/me").status_code == 200
    assert admin("DELETE", f"/api/v1/auth/keys/{made['id']}").status_code == 204
    problem_of(reader("GET", "/api/v1/auth/me"), 401, "not_signed_in")
    user_id, _ = make_user(runtime, "bob")
    ctx = Context(actor=Actor(user_id, "bob"), clock=frozen_clock(NOON))
    with runtime.database.write() as tx:
        body = {"label": "x", "scopes": ["read"], "expires_at": "2026-03-01T13:00:00Z"}
        key = identity.create_key(tx, ctx, body, frozenset(identity.SCOPES))["key"]
        assert identity.identify(tx, identity.parse_key(key), NOON)
        with pytest.raises(NotSignedIn):
            identity.identify(tx, identity.parse_key(key), NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer tsk_", "Bearer tsk_a_", "Bearer tsk__b", "Basic dTpw",
     "Bearer tsk_000000000000_wrong", "Bearer tsk_a_" + "b" * 5000, "tsk_a_b"],
)
def test_a_header_that_is_no_key_signs_nobody_in(admin: Api, stranger: Api, header: str) -> None:
    answer = stranger("GET", "/api/v1/auth/me", Authorization=header)
    problem_of(answer, 401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_in_the_query_is_refused(admin: Api, stranger: Api) -> None:
    problem_of(stranger("GET", f"/api/v1/auth/me?api_key={admin.key}"), 400, "bad_parameter")


def test_a_stolen_key_id_with_another_secret_is_refused(admin: Api, stranger: Api) -> None:
    stranger.key = admin.key[:-4] + "AAAA"
    problem_of(stranger("GET", "/api/v1/auth/me"), 401, "not_signed_in")


def test_only_administrators_manage_users(runtime: Runtime, app: Flask, admin: Api) -> None:
    user_id, key = make_user(runtime, "bob")
    bob = api_of(app, key)
    problem_of(bob("GET", "/api/v1/auth/users"), 403, "forbidden")
    problem_of(bob("POST", "/api/v1/auth/users", {"name": "eve"}), 403, "forbidden")
    problem_of(bob("PATCH", f"/api/v1/auth/users/{user_id}", {"is_admin": True}), 403, "forbidden")
    problem_of(bob("GET", "/api/v1/auth/users/1"), 404, "not_found") if user_id != 1 else None
    assert bob("GET", f"/api/v1/auth/users/{user_id}").json["name"] == "bob"
    assert [each["name"] for each in admin("GET", "/api/v1/auth/users").json["data"]] == ["ada", "bob"]


def test_every_problem_of_a_new_user_is_reported_at_once(admin: Api) -> None:
    body = {"name": "a b", "roles": ["X"], "attributes": {"a": 1.5}, "is_admin": 1, "id": 5}
    problem = problem_of(admin("POST", "/api/v1/auth/users", body), 422, "invalid")
    pointers = {each["pointer"] for each in problem["problems"]}
    assert pointers == {"/name", "/roles", "/attributes", "/is_admin", "/id"}


def test_names_are_unique_in_every_writing(admin: Api) -> None:
    assert admin("POST", "/api/v1/auth/users", {"name": "Zoë"}).status_code == 201
    problem_of(admin("POST", "/api/v1/auth/users", {"name": "ZOË"}), 409, "name_taken")


def test_the_last_administrator_stays(admin: Api) -> None:
    user_id = admin("GET", "/api/v1/auth/me").json["user"]["id"]
    problem_of(admin("PATCH", f"/api/v1/auth/users/{user_id}", {"is_admin": False}), 409, "last_admin")
    problem_of(admin("PATCH", f"/api/v1/auth/users/{user_id}", {"is_active": False}), 409, "last_admin")


def test_users_are_paged(admin: Api) -> None:
    for number in range(3):
        admin("POST", "/api/v1/auth/users", {"name": f"user{number}"})
    first = admin("GET", "/api/v1/auth/users?limit=3").json
    rest = admin("GET", f"/api/v1/auth/users?limit=3&after={first['next']}").json
    assert [each["name"] for each in first["data"] + rest["data"]] == ["ada", "user0", "user1", "user2"]
    assert rest["next"] is None


def test_a_name_is_folded_the_same_way_twice() -> None:
    for name in ("ﬀ", "İ", "ß", "Ǆ", "㎏", "ada"):
        assert users.name_key(users.name_key(name)) == users.name_key(name)
