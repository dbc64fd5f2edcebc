"""Sales and returns from outside: what an account shows at once, why, and who may know."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.meta.documents import document_of, package_of

NIGHT = "2024-03-31"


def _sale(number: str, day: str, *lines: tuple[str, str], **more: Any) -> dict[str, Any]:
    rows = [{"item": item, "units": 1, "amount": amount} for item, amount in lines]
    return {"number": number, "at": f"{day}T10:00:00+08:00", "member": "M1", "lines": rows, **more}


def _figures(api: Api, as_of: str = NIGHT, ledger: str = "points") -> dict[str, Any]:
    asked = {"ledger": ledger, "holder": "M1", "as_of": as_of}
    found: dict[str, Any] = api("GET", f"/api/v1/accounts?{urlencode(asked)}").json
    return found


def _fill(api: Api) -> None:
    assert api("POST", "/api/v1/member", {"number": "M1", "name": "林小满", "phone": "13900000001"}).status_code == 201
    sold = _sale("O1", "2024-03-05", ("A", "500.00"), ("B", "88.50"))
    assert api("POST", "/api/v1/order", sold).status_code == 201


def test_a_sale_counts_at_once_and_its_return_takes_back(shop: Shop) -> None:
    api = shop.admin
    _fill(api)
    found = _figures(api)
    assert (found["balance"], found["open_lots"], found["totals"]) == (688, 2, {"earned": 588, "first_bonus": 100})
    assert _figures(api, ledger="growth")["balance"] == "588.50"
    back = _sale("R1", "2024-03-07", ("A", "500.00"), order="O1")
    assert api("POST", "/api/v1/goods_return", back).status_code == 201
    assert (_figures(api)["balance"], _figures(api)["totals"]["clawed"]) == (188, 500)
    assert _figures(api, "2024-03-06")["balance"] == 688
    assert _figures(api, "2024-03-07T01:59:59Z")["balance"] == 688
    assert _figures(api, "2024-03-07T10:00:01+08:00")["balance"] == 188
    assert _figures(api, "2024-03-04")["totals"] == {}
    for bad in ("x", "2024-13-01", "2024-03-07T10:00:00", ""):
        problem_of(api("GET", f"/api/v1/accounts?ledger=points&holder=M1&as_of={bad}"), 400, "bad_parameter")


def test_a_sale_that_is_deleted_or_changed_leaves_the_right_account(shop: Shop) -> None:
    api = shop.admin
    _fill(api)
    api("PATCH", "/api/v1/order/O1", {"lines": [{"item": "A", "units": 1, "amount": "100.00"}]})
    assert _figures(api)["balance"] == 200
    assert api("DELETE", "/api/v1/order/O1").status_code == 204
    assert _figures(api)["balance"] == 0


def test_movements_are_paged_and_name_their_documents(shop: Shop) -> None:
    api = shop.admin
    _fill(api)
    path = "/api/v1/movements?ledger=points&holder=M1"
    every = api("GET", path).json
    assert every["next"] is None
    seen: list[dict[str, Any]] = []
    following = ""
    while following is not None:
        page = api("GET", f"{path}&limit=1{following and '&before=' + following}").json
        seen += page["data"]
        following = page["next"]
    assert seen == every["data"] and len(seen) == 4
    assert {row["name"]: row["entity"] for row in seen} == {"earned": "order", "first_bonus": "order", "expired": None}
    until = api("GET", f"{path}&as_of={NIGHT}").json["data"]
    assert sorted(row["name"] for row in until) == ["earned", "first_bonus"]
    lots = api("GET", "/api/v1/lots?ledger=points&holder=M1&with_closed=true&limit=1").json
    rest = api("GET", f"/api/v1/lots?ledger=points&holder=M1&with_closed=true&offset={lots['next']}").json
    assert [row["granted"] for row in lots["data"] + rest["data"]] == [588, 100] and rest["next"] is None


def test_accounts_of_a_ledger_are_listed_in_pages(shop: Shop) -> None:
    api = shop.admin
    api("POST", "/api/v1/member/bulk", {"data": [{"number": f"M{number}"} for number in range(1, 6)]})
    api("POST", "/api/v1/order", _sale("O1", "2024-03-05", ("A", "10.00")))
    path = f"/api/v1/ledgers/points/accounts?as_of={NIGHT}&limit=2"
    first = api("GET", path).json
    assert [row["balance"] for row in first["data"]] == [110, 0]
    count, following = 2, first["next"]
    while following:
        page = api("GET", f"{path}&cursor={following}").json
        count, following = count + len(page["data"]), page["next"]
    assert count == 5
    only = api("GET", f"{path}&filter=number = 'M3'").json
    assert [row["holder"] for row in only["data"]] == [3]
    problem_of(api("GET", "/api/v1/ledgers/nope/accounts"), 404, "not_found")
    problem_of(api("GET", f"{path}&filter=nope = 1"), 400, "unknown_field")


def test_a_movement_is_proved_step_by_step(shop: Shop) -> None:
    api = shop.admin
    _fill(api)
    rows = api("GET", f"/api/v1/movements?ledger=points&holder=M1&as_of={NIGHT}").json["data"]
    for row in rows:
        proof = api("GET", f"/api/v1/movements/{row['id']}/proof").json
        assert proof["agrees"] is True and proof["movement"] == row["id"] and proof["release"] == 1
        steps = {each["uid"]: each for each in proof["steps"]}
        assert steps["earned"]["value"] == "588"
        goods = {each["uid"]: each for each in steps["goods"]["rows"]}
        assert (goods["new"]["applies"], goods["new"]["why"]) == (False, "condition")
    for key in ("0", "999999", "x", "-1", "9" * 30, "1e3"):
        problem_of(api("GET", f"/api/v1/movements/{key}/proof"), 404, "not_found")


def test_a_decision_comes_with_its_revisions_and_proof(shop: Shop) -> None:
    api = shop.admin
    _fill(api)
    path = "/api/v1/decisions/order/O1"
    found = api("GET", path).json
    assert (found["values"]["earned"], found["parked"], found["moment"]["entity"]) == ("588", None, "order")
    assert "proof" not in found and "revisions" not in found
    api("PATCH", "/api/v1/order/O1", {"lines": [{"item": "A", "units": 1, "amount": "50.00"}]})
    full = api("GET", f"{path}?proof=true&revisions=true").json
    assert (full["values"]["earned"], full["proof"]["agrees"], len(full["revisions"])) == ("50", True, 2)
    problem_of(api("GET", "/api/v1/decisions/order/nope"), 404, "not_found")
    problem_of(api("GET", "/api/v1/decisions/member/M1"), 404, "not_found")
    problem_of(api("GET", "/api/v1/decisions/nope/1"), 404, "not_found")
    problem_of(api("GET", f"{path}?proof=1"), 400, "bad_parameter")


def test_spending_what_is_not_there_is_refused_and_leaves_nothing(shop: Shop) -> None:
    api = shop.admin
    _fill(api)
    spend = {"at": "2024-03-08T10:00:00+08:00", "member": "M1", "what": "spend", "amount": 100_000}
    problem_of(api("POST", "/api/v1/points_entry", spend), 422, "not_covered")
    assert api("GET", "/api/v1/points_entry?count=true").json["count"] == 0
    assert _figures(api)["balance"] == 688
    assert api("POST", "/api/v1/points_entry", {**spend, "amount": 688}).status_code == 201
    assert _figures(api)["balance"] == 0


_WITHOUT: dict[str, dict[str, Any]] = {
    "of the balance": {"entity": "member", "actions": ["read"], "hidden": ["points"]},
    "of the holders": {},
}


def _role(name: str, *grants: dict[str, Any], permissions: tuple[str, ...] = ()) -> dict[str, Any]:
    numbered = [{"uid": f"g{place:03}", **grant} for place, grant in enumerate(grants)]
    return {"kind": "role", "uid": name, "name": name, "label": {"zh": name, "en": name}, "grants": numbered,
            "permissions": list(permissions)}


def _clerk(shop: Shop, *grants: dict[str, Any]) -> Api:
    head = {"kind": "package", "uid": "desk", "name": "desk", "version": "1.0.0", "label": {"zh": "台", "en": "Desk"},
            "requires": [{"uid": "needs", "package": "loyalty", "version": "1.0.0"}]}
    bodies = [head, _role("desk_clerk", *grants)]
    documents = [document_of("desk", f"{body['kind']}.json", body) for body in bodies]
    tools = (shop.runtime.database, shop.runtime.settings, Context(actor=SYSTEM))
    packages.apply(*tools, [package_of("desk", documents)])
    return api_of(shop.app, make_user(shop.runtime, "bob", roles=["desk_clerk"])[1])


@pytest.mark.parametrize("what", sorted(_WITHOUT))
def test_accounts_are_not_for_who_may_not_see_the_balance(shop: Shop, what: str) -> None:
    _fill(shop.admin)
    grant = _WITHOUT[what]
    clerk = _clerk(shop, *([grant] if grant else []), {"entity": "order", "actions": ["read"]})
    number = shop.admin("GET", "/api/v1/movements?ledger=points&holder=M1").json["data"][0]["id"]
    asked = "ledger=points&holder=M1"
    for path in (f"accounts?{asked}", f"movements?{asked}", f"lots?{asked}", "ledgers/points/accounts",
                 f"movements/{number}/proof"):  # fmt: skip
        problem_of(clerk("GET", f"/api/v1/{path}"), 404, "not_found")
    names = [each["name"] for each in clerk("GET", "/api/v1/ledgers").json["data"]]
    assert "points" not in names


def test_who_sees_only_some_holders_sees_only_their_accounts(shop: Shop) -> None:
    _fill(shop.admin)
    shop.admin("POST", "/api/v1/member", {"number": "M2"})
    clerk = _clerk(shop, {"entity": "member", "actions": ["read"], "where": "number = 'M2'"})
    rows = clerk("GET", "/api/v1/ledgers/points/accounts").json["data"]
    assert [row["holder"] for row in rows] == [2]
    assert clerk("GET", "/api/v1/accounts?ledger=points&holder=M2").status_code == 200
    number = shop.admin("GET", "/api/v1/movements?ledger=points&holder=M1").json["data"][0]["id"]
    same = [clerk("GET", path) for path in ("/api/v1/accounts?ledger=points&holder=M1",
                                            "/api/v1/accounts?ledger=points&holder=M9")]  # fmt: skip
    details = {problem_of(answer, 404, "not_found")["detail"] for answer in same}
    assert len(details) == 1
    mine = problem_of(clerk("GET", f"/api/v1/movements/{number}/proof"), 404, "not_found")
    none = problem_of(clerk("GET", "/api/v1/movements/999999/proof"), 404, "not_found")
    assert mine["detail"] == none["detail"]


def test_a_decision_tells_nothing_to_who_may_not_read_what_it_read(shop: Shop) -> None:
    _fill(shop.admin)
    sees = {"entity": "member", "actions": ["read"]}
    clerk = _clerk(shop, sees, {"entity": "order", "actions": ["read"], "hidden": ["lines.amount", "total"]})
    found = clerk("GET", "/api/v1/decisions/order/O1").json
    assert set(found) == {"moment", "revision", "release", "decided_at", "is_current", "parked"}
    problem_of(clerk("GET", "/api/v1/decisions/order/O1?proof=true"), 403, "forbidden")
    rows = clerk("GET", f"/api/v1/movements?ledger=points&holder=M1&as_of={NIGHT}").json["data"]
    problem_of(clerk("GET", f"/api/v1/movements/{rows[0]['id']}/proof"), 403, "forbidden")


def test_movements_do_not_name_documents_that_may_not_be_seen(shop: Shop) -> None:
    _fill(shop.admin)
    clerk = _clerk(shop, {"entity": "member", "actions": ["read"]})
    rows = clerk("GET", "/api/v1/movements?ledger=points&holder=M1").json["data"]
    assert rows and all(row["entity"] is None and row["document_id"] is None for row in rows)
