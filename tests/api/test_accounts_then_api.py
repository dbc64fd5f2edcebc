"""Accounts as of a day, an instant and what was shown then; and ledgers in which a holder has several accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.api_kit import Api, api_of, make_user, opened, problem_of
from engine.test_several_accounts import package
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.meta import Package
from tessera.meta.documents import document_of, package_of
from tessera.runtime import Runtime
from tessera.web.app import create_app


def _roles() -> Package:
    grants = [{"uid": "own", "entity": "owner", "actions": ["read"]},
              {"uid": "site", "entity": "site", "actions": ["read"], "where": "code <> 'P2'"}]  # fmt: skip
    role = {"kind": "role", "uid": "clerk", "name": "clerk", "label": "Clerk", "permissions": ["facts"],
            "grants": grants}  # fmt: skip
    head = {"kind": "package", "uid": "roles", "name": "roles", "version": "1.0.0", "label": "Roles",
            "requires": [{"uid": "needs", "package": "small", "version": "1.0.0"}]}  # fmt: skip
    return package_of("roles", [document_of("roles", f"{body['uid']}.json", body) for body in (head, role)])


@pytest.fixture
def several(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """A ledger whose accounts are kept by owner and site."""
    runtime = opened(database_url, tmp_path)
    packages.apply(runtime.database, runtime.settings, Context(actor=SYSTEM), [package(), _roles()])
    yield runtime
    runtime.close()


@pytest.fixture
def api(several: Runtime) -> Api:
    """An administrator's client; there are two owners and two sites."""
    made = api_of(create_app(several), make_user(several, "ada", is_admin=True)[1])
    for code in ("P1", "P2"):
        assert made("POST", "/api/v1/site", {"code": code}).status_code == 201
    for code in ("O1", "O2"):
        assert made("POST", "/api/v1/owner", {"code": code}).status_code == 201
    return made


def _post(api: Api, key: str, amount: int, site: str = "P1", **more: Any) -> None:
    body = {"holder": "O1", "beside": [site], "key": key, "move": "grant", "amount": amount, "as": "given", **more}
    answer = api("POST", "/api/v1/ledgers/units/postings", body)
    assert answer.status_code == 200, answer.json


def _get(api: Api, what: str, **query: str) -> Any:
    text = "&".join(f"{name}={value}" for name, value in {"ledger": "units", "holder": "O1", **query}.items())
    return api("GET", f"/api/v1/{what}?{text}")


def test_accounts_lots_and_movements_as_of_a_day_an_instant_and_what_was_shown(api: Api) -> None:
    _post(api, "a", 100, at="2024-06-01T10:00:00Z", expires_on="2024-06-20")
    before = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    _post(api, "b", 30, at="2024-06-01T12:00:00Z", expires_on="2024-07-20", move="take", may_owe=True)
    for as_of, balance, lots in (
        ("2024-05-31", 0, []), ("2024-06-01", 70, [70]), ("2024-06-01T10:00:00Z", 100, [100]),
        ("2024-06-01T09:59:59.999999Z", 0, []), ("2024-06-19", 70, [70]), ("2024-06-20", 0, []),
    ):  # fmt: skip
        assert _get(api, "accounts", as_of=as_of).json["balance"] == balance, as_of
        assert [each["left"] for each in _get(api, "lots", as_of=as_of).json["data"]] == lots, as_of
        assert sum(each["effect"] for each in _get(api, "movements", as_of=as_of).json["data"]) == balance, as_of
    shown = _get(api, "accounts", as_of="2024-06-19", posted_by=before).json
    assert (shown["balance"], shown["totals"]) == (100, {"given": 100})
    assert [each["left"] for each in _get(api, "lots", as_of="2024-06-19", posted_by=before).json["data"]] == [100]
    names = [each["name"] for each in _get(api, "movements", posted_by=before).json["data"]]
    assert names == ["expired", "given"] and len(_get(api, "movements").json["data"]) > 2
    for name in ("as_of", "posted_by"):
        for text in ("2024-06-01T10:00:00", "2024-13-01", "soon"):
            for what in ("accounts", "lots", "movements"):
                problem_of(_get(api, what, **{name: text}), 400, "bad_parameter")
    problem_of(_get(api, "lots", posted_by="2024-06-01"), 400, "bad_parameter")


def test_one_of_several_accounts_is_named(api: Api) -> None:
    _post(api, "a", 100)
    _post(api, "b", 40, "P2")
    every = _get(api, "accounts").json
    assert every["balance"] == 140
    assert [(each["beside"], each["balance"]) for each in every["accounts"]] == [([1], 100), ([2], 40)]
    one = _get(api, "accounts", beside="P2").json
    assert one["balance"] == 40 and "accounts" not in one
    assert [each["beside"] for each in _get(api, "movements").json["data"]] == [[2], [1]]
    assert [each["left"] for each in _get(api, "lots", beside="P2").json["data"]] == [40]
    assert api("GET", "/api/v1/ledgers").json["data"][1]["beside"] == ["site"]
    for beside in ("P9", "P1,P2"):
        problem_of(_get(api, "accounts", beside=beside), 404, "not_found")
    problem_of(api("GET", "/api/v1/accounts?ledger=gain&holder=O1&beside=P1"), 404, "not_found")
    held = api("POST", "/api/v1/ledgers/units/holds", {"holder": "O1", "beside": ["P2"], "key": "h", "amount": 30})
    assert held.json["beside"] == [2]
    assert _get(api, "accounts", beside="P2").json["available"] == 10
    use = {"holder": "O1", "beside": ["P2"], "key": "h", "amount": 25}
    assert api("POST", "/api/v1/ledgers/units/holds/post", use).json["used"] == 25
    problem_of(api("POST", "/api/v1/ledgers/units/holds/release", {"holder": "O1", "key": "h"}), 422, "invalid")
    moved = {"source": "O1", "target": "O2", "beside": ["P1"], "key": "t", "amount": 60}
    assert api("POST", "/api/v1/ledgers/units/transfers", moved).json["moved"] == 60
    assert [each["balance"] for each in _get(api, "accounts").json["accounts"]] == [40, 15]
    fact = {"timeline": "life", "fact": "spent", "holder": "O1", "key": "f", "at": "2999-01-01T00:00:00Z",
            "values": {"amount": 5, "site": "P2"}}  # fmt: skip
    assert api("POST", "/api/v1/facts", {**fact, "at": "2024-01-01T00:00:00Z"}).status_code == 422
    problem_of(api("POST", "/api/v1/facts", {**fact, "values": {"amount": 5, "site": "P9"}}), 422, "invalid")


def test_what_a_user_does_not_see_is_not_named(several: Runtime, api: Api) -> None:
    _post(api, "a", 100)
    _post(api, "b", 40, "P2")
    clerk = api_of(create_app(several), make_user(several, "cleo", roles=["clerk"])[1])
    found = _get(clerk, "accounts").json
    assert [each["beside"] for each in found["accounts"]] == [[1], [None]]
    assert [each["beside"] for each in _get(clerk, "movements").json["data"]] == [[None], [1]]
    problem_of(_get(clerk, "accounts", beside="P2"), 404, "not_found")
    body = {"holder": "O1", "beside": ["P2"], "key": "c", "move": "take", "amount": 1, "as": "used"}
    problem_of(clerk("POST", "/api/v1/ledgers/units/postings", body), 404, "not_found")
