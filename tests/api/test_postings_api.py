"""Postings of other programs, units that are held, transfers between holders, and reviews, through the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.api_kit import Api, api_of, make_user, opened, problem_of
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.meta import Package
from tessera.meta.documents import document_of, package_of
from tessera.runtime import Runtime
from tessera.web.app import create_app
from unit.engine_timeline.program import gives, pack

_SPENT = {"kind": "ruleset", "uid": "spent", "name": "spent", "label": "spent", "on_error": "reject", "steps": [
    {"uid": "take", "post": "seats", "move": "take", "amount": "amount", "as": "spent", "from": ["queue"]}]}
_BACK = {"kind": "ruleset", "uid": "back", "name": "back", "label": "back", "steps": [
    {"uid": "take", "post": "units", "move": "take", "amount": "amount", "as": "clawed", "from": ["queue"],
     "rest": "review"},
    {"uid": "ask", "review": {"zh": "金额很大", "en": "It is much"}, "when": "amount > 1000"}]}  # fmt: skip
_FACTS = {"facts": [
    {"uid": "spent", "name": "spent", "run": "spent", "fields": [
        {"uid": "f_amount", "name": "amount", "type": "number"}, {"uid": "f_place", "name": "place", "type": "text"}]},
    {"uid": "back", "name": "back", "run": "back", "fields": [
        {"uid": "f_amount", "name": "amount", "type": "number"}]}]}  # fmt: skip
_SEATS = {"kind": "ledger", "uid": "seats", "name": "seats", "label": "Seats", "per": "owner", "unit": "0.1",
          "lots": True, "holds": {"fact": "spent", "longest": "2h"}, "transfers": {"undo_within": "1s"}}  # fmt: skip


def _roles() -> Package:
    def role(name: str, *permissions: str, where: str = "") -> dict[str, Any]:
        own = {"uid": "own", "entity": "owner", "actions": ["read"], **({"where": where} if where else {})}
        return {"kind": "role", "uid": name, "name": name, "label": name, "permissions": list(permissions),
                "grants": [own]}  # fmt: skip

    head = {"kind": "package", "uid": "roles", "name": "roles", "version": "1.0.0", "label": "Roles",
            "requires": [{"uid": "needs", "package": "small", "version": "1.0.0"}]}  # fmt: skip
    bodies = [head, role("teller", "facts", where="code <> 'O3'"), role("reader")]
    return package_of("roles", [document_of("roles", f"{body['uid']}.json", body) for body in bodies])


@pytest.fixture
def runtime_of(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """Two ledgers, one whose holds are a fact with rules, and a fact whose rules ask for reviews."""
    runtime = opened(database_url, tmp_path)
    program = pack([gives("nothing", "0")], more=_FACTS, rules=[_SPENT, _BACK],
                   tables=[_SEATS])  # fmt: skip
    packages.apply(runtime.database, runtime.settings, Context(actor=SYSTEM), [program, _roles()])
    yield runtime
    runtime.close()


@pytest.fixture
def api(runtime_of: Runtime) -> Api:
    """An administrator's client; there are three holders."""
    made = api_of(create_app(runtime_of), make_user(runtime_of, "ada", is_admin=True)[1])
    for code in ("O1", "O2", "O3"):
        assert made("POST", "/api/v1/owner", {"code": code}).status_code == 201
    return made


def _post(api: Api, key: str, amount: Any, *, ledger: str = "units", **more: Any) -> Any:
    body = {"holder": "O1", "key": key, "move": "grant", "amount": amount, "as": "given", **more}
    return api("POST", f"/api/v1/ledgers/{ledger}/postings", body)


def _account(api: Api, holder: str = "O1", ledger: str = "units") -> tuple[Any, Any]:
    found = api("GET", f"/api/v1/accounts?ledger={ledger}&holder={holder}").json
    return found["balance"], found["available"]


def test_a_posting_counts_once_and_is_withdrawn(api: Api) -> None:
    first = _post(api, "a", 100, expires_on="2099-01-31", lot="gift")
    assert (first.status_code, first.json["ledger"], first.json["key"]) == (200, "units", "a")
    assert _post(api, "a", "100", expires_on="2099-01-31", lot="gift").json == first.json
    problem_of(_post(api, "a", 120), 409, "conflict")
    assert _post(api, "b", 30, move="take").status_code == 200
    assert _account(api) == (70, 70)
    problem_of(_post(api, "c", 71, move="take"), 422, "not_covered")
    assert _post(api, "c", 71, move="take", may_owe=True).status_code == 200
    lots = api("GET", "/api/v1/lots?ledger=units&holder=O1&with_closed=true").json["data"]
    assert [(each["name"], each["expires_on"], each["left"]) for each in lots] == [("gift", "2099-01-31", 0)]
    for _ in range(2):
        key = {"holder": "O1", "key": "c"}
        assert api("POST", "/api/v1/ledgers/units/postings/withdraw", key).status_code == 204
    assert _account(api) == (70, 70)
    problem_of(api("POST", "/api/v1/ledgers/units/postings/withdraw", {"holder": "O1", "key": "z"}), 404, "not_found")


def test_an_idempotency_key_gives_the_first_answer_of_a_posting(api: Api) -> None:
    first = api("POST", "/api/v1/ledgers/units/postings", {
        "holder": "O1", "key": "a", "move": "grant", "amount": 5, "as": "given"}, Idempotency_Key="k1")  # fmt: skip
    again = api("POST", "/api/v1/ledgers/units/postings", {
        "holder": "O1", "key": "a", "move": "grant", "amount": 5, "as": "given"}, Idempotency_Key="k1")  # fmt: skip
    assert again.data == first.data and again.headers["Idempotency-Replayed"] == "true"


def test_every_problem_of_a_posting_is_named(api: Api) -> None:
    body = {"holder": "O1", "key": "", "move": "burn", "amount": "x", "as": "No Name", "at": "2024-06-01T10:00:00",
            "lot": 5, "expires_on": "2024-02-30", "available_from": "x", "may_owe": "yes"}  # fmt: skip
    found = problem_of(api("POST", "/api/v1/ledgers/units/postings", body), 422, "invalid")["problems"]
    assert {each["pointer"] for each in found} == {f"/{name}" for name in body if name != "holder"}
    problem_of(_post(api, "a", 0), 422, "invalid")
    problem_of(_post(api, "a", "0.5"), 422, "amount_not_whole")
    problem_of(_post(api, "a", 1, nope=1), 400, "unknown_field")
    problem_of(_post(api, "a", 1, ledger="nope"), 404, "not_found")
    problem_of(_post(api, "a", 1, holder="O9"), 404, "not_found")
    problem_of(_post(api, "a", 1, holder=None), 422, "invalid")


def test_a_hold_is_used_in_part_once(api: Api) -> None:
    _post(api, "a", "10.0", ledger="seats")
    body = {"holder": "O1", "key": "h1", "amount": "8.0"}
    held = api("POST", "/api/v1/ledgers/seats/holds", body)
    assert held.status_code == 200 and api("POST", "/api/v1/ledgers/seats/holds", body).json == held.json
    assert (held.json["state"], held.json["amount"], held.json["used"]) == ("open", "8.0", "0.0")
    assert _account(api, ledger="seats") == ("10.0", "2.0")
    problem_of(api("POST", "/api/v1/ledgers/seats/holds", {**body, "key": "h2", "amount": 3}), 422, "not_covered")
    problem_of(api("POST", "/api/v1/ledgers/seats/holds", {**body, "amount": 3}), 409, "conflict")
    listed = api("GET", "/api/v1/ledgers/seats/holds?holder=O1").json
    assert [each["key"] for each in listed["data"]] == ["h1"] and listed["next"] is None
    use = {"holder": "O1", "key": "h1", "amount": "6.5", "values": {"place": "till 7"}}
    problem_of(api("POST", "/api/v1/ledgers/seats/holds/post", {**use, "values": {"nope": 1}}), 422, "invalid")
    problem_of(api("POST", "/api/v1/ledgers/seats/holds/post", {**use, "amount": 9}), 422, "not_covered")
    used = api("POST", "/api/v1/ledgers/seats/holds/post", use)
    assert (used.json["state"], used.json["used"]) == ("used", "6.5")
    assert api("POST", "/api/v1/ledgers/seats/holds/post", use).json == used.json
    assert _account(api, ledger="seats") == ("3.5", "3.5")
    problem_of(api("POST", "/api/v1/ledgers/seats/holds/release", {"holder": "O1", "key": "h1"}), 409, "hold_over")
    assert api("GET", "/api/v1/ledgers/seats/holds?holder=O1").json["data"] == []
    closed = api("GET", "/api/v1/ledgers/seats/holds?holder=O1&with_closed=true&limit=1").json
    assert [each["state"] for each in closed["data"]] == ["used"]
    movement = api("GET", "/api/v1/movements?ledger=seats&holder=O1&limit=1").json["data"][0]
    assert (movement["name"], movement["amount"]) == ("spent", "6.5")


def test_a_hold_is_released_and_must_end_in_time(api: Api) -> None:
    _post(api, "a", 100)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"holder": "O1", "key": "h1", "amount": 40, "until": soon}
    assert api("POST", "/api/v1/ledgers/units/holds", body).status_code == 200
    for until in ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"):
        problem_of(api("POST", "/api/v1/ledgers/units/holds", {**body, "key": "h2", "until": until}), 422, "invalid")
    for _ in range(2):
        key = {"holder": "O1", "key": "h1"}
        assert api("POST", "/api/v1/ledgers/units/holds/release", key).json["state"] == "released"
    assert _account(api) == (100, 100)
    problem_of(api("POST", "/api/v1/ledgers/units/holds/post", {"holder": "O1", "key": "h1"}), 409, "hold_over")
    problem_of(api("POST", "/api/v1/ledgers/units/holds/release", {"holder": "O1", "key": "h9"}), 404, "not_found")
    problem_of(api("POST", "/api/v1/ledgers/units/holds/post", {
        "holder": "O1", "key": "h1", "values": {"place": "x"}}), 422, "invalid")  # fmt: skip


def test_a_transfer_moves_lots_and_is_undone(api: Api) -> None:
    _post(api, "a", 60, expires_on="2099-07-01")
    _post(api, "b", 60, expires_on="2099-08-01")
    _post(api, "c", 20, move="take", may_owe=True, holder="O2")
    body = {"source": "O1", "target": "O3", "key": "t", "amount": 70}
    first = api("POST", "/api/v1/ledgers/units/transfers", body)
    assert (first.status_code, first.json["moved"], first.json["is_undone"]) == (200, 70, False)
    assert api("POST", "/api/v1/ledgers/units/transfers", body).json == first.json
    lots = api("GET", "/api/v1/lots?ledger=units&holder=O3").json["data"]
    assert [(each["left"], each["expires_on"]) for each in lots] == [(60, "2099-07-01"), (10, "2099-08-01")]
    merge = {"source": "O2", "target": "O1", "key": "m"}
    assert api("POST", "/api/v1/ledgers/units/transfers", merge).json["moved"] == -20
    assert [_account(api, each)[0] for each in ("O1", "O2", "O3")] == [30, 0, 70]
    listed = api("GET", "/api/v1/ledgers/units/transfers?holder=O1").json["data"]
    assert [(each["key"], each["source"], each["target"]) for each in listed] == [("m", 2, 1), ("t", 1, 3)]
    for _ in range(2):
        undone = api("POST", "/api/v1/ledgers/units/transfers/undo", {"source": "O2", "key": "m"})
        assert undone.json["is_undone"] is True
    assert [_account(api, each)[0] for each in ("O1", "O2", "O3")] == [50, -20, 70]
    problem_of(api("POST", "/api/v1/ledgers/units/transfers", merge), 409, "conflict")
    problem_of(api("POST", "/api/v1/ledgers/units/transfers/undo", {"source": "O2", "key": "z"}), 404, "not_found")
    problem_of(api("POST", "/api/v1/ledgers/units/transfers", {**body, "key": "u", "amount": 999}), 422, "not_covered")
    problem_of(api("POST", "/api/v1/ledgers/units/transfers", {**body, "target": "O1"}), 422, "invalid")
    problem_of(api("POST", "/api/v1/ledgers/units/transfers", {**body, "target": "O9"}), 404, "not_found")


def test_postings_are_for_who_has_the_permission_and_sees_the_holder(runtime_of: Runtime, api: Api) -> None:
    app = create_app(runtime_of)
    teller = api_of(app, make_user(runtime_of, "tess", roles=["teller"])[1])
    reader = api_of(app, make_user(runtime_of, "rea", roles=["reader"])[1])
    nobody = api_of(app, make_user(runtime_of, "noa")[1])
    key = {"holder": "O1", "key": "a"}
    ends = {"source": "O1", "target": "O2", "key": "t", "amount": 5}
    writes = {"postings": {**key, "move": "grant", "amount": 9, "as": "given"}, "postings/withdraw": key,
              "holds": {**key, "amount": 1}, "holds/post": key, "holds/release": key, "transfers": ends,
              "transfers/undo": {"source": "O1", "key": "t"}}  # fmt: skip
    for path, body in writes.items():
        problem_of(reader("POST", f"/api/v1/ledgers/units/{path}", body), 403, "forbidden")
        problem_of(nobody("POST", f"/api/v1/ledgers/units/{path}", body), 404, "not_found")
    assert teller("POST", "/api/v1/ledgers/units/postings", writes["postings"]).status_code == 200
    assert teller("POST", "/api/v1/ledgers/units/transfers", ends).status_code == 200
    other = {**ends, "target": "O3", "key": "u", "amount": 1}
    problem_of(teller("POST", "/api/v1/ledgers/units/transfers", other), 404, "not_found")
    assert api("POST", "/api/v1/ledgers/units/transfers", other).json["moved"] == 1
    told = teller("GET", "/api/v1/ledgers/units/transfers?holder=O1").json["data"]
    assert [each["target"] for each in told] == [None, 2]
    assert _account(reader) == (3, 3)


def _take_back(api: Api, key: str, amount: int, holder: str = "O1") -> None:
    made = api("POST", "/api/v1/facts", {"timeline": "life", "fact": "back", "holder": holder, "key": key,
                                         "at": "2024-06-02T10:00:00Z", "values": {"amount": amount}})  # fmt: skip
    assert made.status_code == 200


_REVIEWS = "/api/v1/timelines/life/reviews"


def test_reviews_are_listed_and_decided_once(api: Api) -> None:
    _post(api, "a", 100, at="2024-06-01T10:00:00Z")
    _take_back(api, "r1", 150)
    _take_back(api, "r2", 1200, holder="O2")
    found = api("GET", _REVIEWS).json
    assert found["next"] is None
    second, first = found["data"]
    assert [each["missing"] for each in first["reviews"]] == ["50"] and first["holder"] == 1
    assert [each.get("en") for each in second["reviews"]] == [None, "It is much"]
    page = api("GET", f"{_REVIEWS}?limit=1").json
    assert [each["id"] for each in page["data"]] == [second["id"]] and page["next"] == str(second["id"])
    assert [each["id"] for each in api("GET", f"{_REVIEWS}?before={page['next']}").json["data"]] == [first["id"]]
    path = f"{_REVIEWS}/{first['id']}/decide"
    posting = {"ledger": "units", "move": "take", "amount": 50, "as": "charged", "may_owe": True}
    problem_of(api("POST", path, {"verdict": "corrected"}), 422, "invalid")
    problem_of(api("POST", path, {"verdict": "accepted", "posting": posting}), 422, "invalid")
    problem_of(api("POST", path, {"verdict": "corrected", "posting": {**posting, "x": 1, "as": ""}}), 422, "invalid")
    decided = api("POST", path, {"verdict": "corrected", "note": "It was a mistake.", "posting": posting})
    assert decided.status_code == 200 and _account(api) == (-50, -50)
    problem_of(api("POST", path, {"verdict": "accepted"}), 409, "review_over")
    assert api("POST", f"{_REVIEWS}/{second['id']}/decide", {"verdict": "accepted"}).status_code == 200
    assert api("GET", _REVIEWS).json["data"] == []
    kept = api("GET", f"{_REVIEWS}?state=decided").json["data"]
    assert [(each["verdict"], each["note"]) for each in kept] == [
        ("accepted", None), ("corrected", "It was a mistake.")]  # fmt: skip
    problem_of(api("POST", f"{_REVIEWS}/999/decide", {"verdict": "accepted"}), 404, "not_found")
    problem_of(api("GET", f"{_REVIEWS}?state=x"), 400, "bad_parameter")


def test_a_review_is_open_again_when_history_comes_to_something_else(api: Api) -> None:
    _post(api, "a", 100, at="2024-06-01T10:00:00Z")
    _take_back(api, "r1", 150)
    first = api("GET", _REVIEWS).json["data"][0]
    api("POST", f"{_REVIEWS}/{first['id']}/decide", {"verdict": "accepted"})
    _post(api, "b", 20, at="2024-06-01T11:00:00Z")
    again = api("GET", _REVIEWS).json["data"]
    assert [each["reviews"][0]["missing"] for each in again] == ["30"]
    api("POST", "/api/v1/ledgers/units/postings/withdraw", {"holder": "O1", "key": "b"})
    assert api("GET", _REVIEWS).json["data"] == []  # what it asks now was decided


def test_reviews_are_seen_and_decided_within_rights(runtime_of: Runtime, api: Api) -> None:
    app = create_app(runtime_of)
    teller = api_of(app, make_user(runtime_of, "tess", roles=["teller"])[1])
    reader = api_of(app, make_user(runtime_of, "rea", roles=["reader"])[1])
    _take_back(api, "r1", 10)
    _take_back(api, "r3", 10, holder="O3")
    rows = api("GET", _REVIEWS).json["data"]
    assert [each["holder"] for each in rows] == [3, 1]
    assert [each["holder"] for each in teller("GET", _REVIEWS).json["data"]] == [1]
    problem_of(teller("POST", f"{_REVIEWS}/{rows[0]['id']}/decide", {"verdict": "accepted"}), 404, "not_found")
    problem_of(reader("POST", f"{_REVIEWS}/{rows[1]['id']}/decide", {"verdict": "accepted"}), 403, "forbidden")
    assert teller("POST", f"{_REVIEWS}/{rows[1]['id']}/decide", {"verdict": "accepted"}).status_code == 200
