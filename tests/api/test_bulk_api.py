"""Many records at once over HTTP: all or none, each for itself, by filter; and figures over them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from api.small_package import package
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.meta import load_folder
from tessera.runtime import Runtime
from tessera.settings import Limits
from tessera.web.app import create_app

PATH = "/api/v1/item"


def _items(*codes: str, **more: Any) -> dict[str, Any]:
    return {"data": [{"code": code, "title": code.lower(), **more} for code in codes]}


def _codes(api: Api, filter_text: str = "id > 0") -> list[str]:
    asked = urlencode({"filter": filter_text, "sort": "code"})
    return [row["code"] for row in api("GET", f"{PATH}?{asked}").json["data"]]


def test_a_partial_batch_keeps_its_sound_rows(either: Api) -> None:
    body = {"data": [*_items("A", "B")["data"], {"code": "A", "title": "again"}, {"title": 5}], "partial": True}
    answer = either("POST", f"{PATH}/bulk", body).json
    assert (answer["created"], [row["row"] for row in answer["data"]]) == (2, [0, 1])
    assert {each["pointer"] for each in answer["problems"]} == {"/data/2/code", "/data/3/code", "/data/3/title"}
    assert _codes(either) == ["A", "B"]
    assert all(either("GET", f"{PATH}/{row['ref']}").json["id"] == row["id"] for row in answer["data"])


def test_rows_change_by_id_ref_or_key_all_or_none(either: Api) -> None:
    made = either("POST", f"{PATH}/bulk", _items("A", "B", "C")).json["data"]
    rows = [{"id": made[0]["id"], "count": 1}, {"ref": made[1]["ref"], "count": 2}, {"code": "C", "count": 3}]
    answer = either("POST", f"{PATH}/bulk-update", {"data": rows}).json
    assert (answer["updated"], answer["unchanged"]) == (3, 0)
    assert [either("GET", f"{PATH}/{code}").json["count"] for code in "ABC"] == [1, 2, 3]
    mixed = {"data": [{"code": "A", "count": 9}, {"code": "B", "count": "x"}, {"code": "Z", "count": 1},
                      {"code": "C", "count": 9, "version": 1}]}  # fmt: skip
    problem = problem_of(either("POST", f"{PATH}/bulk-update", mixed), 422, "invalid")
    assert {each["pointer"] for each in problem["problems"]} == {"/data/1/count", "/data/2", "/data/3/version"}
    assert either("GET", f"{PATH}/A").json["count"] == 1
    partial = either("POST", f"{PATH}/bulk-update", {**mixed, "partial": True}).json
    assert partial["updated"] == 1 and either("GET", f"{PATH}/A").json["count"] == 9


def test_what_a_filter_finds_is_changed_and_deleted(either: Api) -> None:
    rows = [{"code": code, "title": "t", "count": number} for number, code in enumerate("ABCD")]
    either("POST", f"{PATH}/bulk", {"data": rows})
    body = {"filter": "count >= 2", "changes": {"title": "late"}}
    assert either("POST", f"{PATH}/bulk-update", body).json["updated"] == 2
    assert _codes(either, "title = 'late'") == ["C", "D"]
    assert either("POST", f"{PATH}/bulk-update", body).json["unchanged"] == 2
    gone = either("POST", f"{PATH}/bulk-delete", {"filter": "title = 'late'"}).json
    assert gone["deleted"] == 2 and _codes(either) == ["A", "B"]
    assert either("POST", f"{PATH}/bulk-delete", {"keys": ["A"]}).json["deleted"] == 1
    problem = problem_of(either("POST", f"{PATH}/bulk-delete", {"keys": ["B", "A"]}), 422, "invalid")
    assert [each["pointer"] for each in problem["problems"]] == ["/keys/1"] and _codes(either) == ["B"]
    assert either("POST", f"{PATH}/bulk-delete", {"filter": "TRUE"}).json["deleted"] == 1


@pytest.mark.parametrize("text", ["", " ", "\t\n", "=", " = "])
def test_a_filter_that_says_nothing_changes_nothing(admin: Api, text: str) -> None:
    admin("POST", f"{PATH}/bulk", _items("A", "B"))
    problem_of(admin("POST", f"{PATH}/bulk-delete", {"filter": text}), 400, "filter_required")
    changes = {"filter": text, "changes": {"title": "x"}}
    problem_of(admin("POST", f"{PATH}/bulk-update", changes), 400, "filter_required")
    assert _codes(admin) == ["A", "B"]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("bulk-delete", {}),
        ("bulk-update", {"changes": {"title": "x"}}),
        ("bulk-delete", {"filter": None}),
        ("bulk-delete", {"filter": 1}),
        ("bulk-delete", {"keys": []}),
        ("bulk-delete", {"keys": "A"}),
        ("bulk-delete", {"keys": ["A"], "filter": "TRUE"}),
        ("bulk-update", {"filter": "TRUE"}),
        ("bulk-update", {"filter": "TRUE", "changes": {}}),
        ("bulk-update", {"filter": "TRUE", "changes": {"id": 5}}),
        ("bulk-update", {"filter": "TRUE", "changes": {"version": 1}}),
        ("bulk-update", {"filter": "TRUE", "changes": {"title": "x"}, "data": [{"code": "A"}]}),
        ("bulk-update", {"filter": "nope = 1", "changes": {"title": "x"}}),
        ("bulk-update", {"filter": "count +", "changes": {"title": "x"}}),
        ("bulk-update", {"filter": "title", "changes": {"title": "x"}}),
        ("bulk-delete", {"filter": "TRUE", "partial": "yes"}),
        ("bulk-delete", {"filter": "TRUE", "where": "1"}),
    ],
)
def test_what_is_unclear_changes_nothing(admin: Api, verb: str, body: dict[str, Any]) -> None:
    admin("POST", f"{PATH}/bulk", _items("A", "B"))
    answer = admin("POST", f"{PATH}/{verb}", body)
    assert answer.status_code == 400, answer.data
    assert _codes(admin) == ["A", "B"] and admin("GET", f"{PATH}/A").json["title"] == "a"


def test_more_than_the_limit_is_refused(runtime: Runtime) -> None:
    few = replace(runtime.settings, limits=Limits(bulk_rows=2))
    app = create_app(Runtime(few, runtime.database, runtime.releases))
    api = api_of(app, make_user(runtime, "ada", is_admin=True)[1])
    problem_of(api("POST", f"{PATH}/bulk", _items("A", "B", "C")), 413, "too_many_rows")
    for code in "ABC":
        api("POST", PATH, {"code": code, "title": "t"})
    problem_of(api("POST", f"{PATH}/bulk-delete", {"filter": "TRUE"}), 413, "too_many_rows")
    assert _codes(api) == ["A", "B", "C"]


def test_rows_that_may_not_be_seen_are_not_touched(runtime: Runtime, admin: Api) -> None:
    role = {"kind": "role", "uid": "half", "name": "half", "label": {"zh": "半", "en": "Half"}, "grants": [
        {"uid": "own", "entity": "item", "actions": ["read", "update", "delete"], "where": "count = 1",
         "hidden": ["weight"], "read_only": ["amount"]}]}
    tools = (runtime.database, runtime.settings, Context(actor=SYSTEM))
    packages.apply(*tools, [package(role, version="1.1.0")])
    rows = [{"code": "A", "title": "a", "count": 1, "weight": 1}, {"code": "B", "title": "b", "count": 2, "weight": 1}]
    made = admin("POST", f"{PATH}/bulk", {"data": rows}).json["data"]
    app = create_app(runtime)
    half = api_of(app, make_user(runtime, "bob", roles=["half"])[1])
    own = api_of(app, admin.key)
    changed = half("POST", f"{PATH}/bulk-update", {"filter": "TRUE", "changes": {"title": "x"}}).json
    assert changed["updated"] == 1 and own("GET", f"{PATH}/B").json["title"] == "b"
    for named in ({"code": "B"}, {"id": made[1]["id"]}, {"ref": made[1]["ref"]}):
        rows = [{"code": "A", "title": "y"}, {**named, "title": "x"}]
        problem = problem_of(half("POST", f"{PATH}/bulk-update", {"data": rows}), 422, "invalid")
        assert problem["problems"][0]["code"] == "not_found"
    assert own("GET", f"{PATH}/A").json["title"] == "x"
    for changes in ({"weight": 2}, {"amount": "1"}, {"count": 2}):
        refused = half("POST", f"{PATH}/bulk-update", {"filter": "TRUE", "changes": changes})
        assert refused.status_code in (400, 403, 422), refused.data
    problem_of(half("POST", f"{PATH}/bulk-update", {"filter": "weight > 0", "changes": {"title": "x"}}), 400,
               "unknown_field")  # fmt: skip
    problem_of(half("POST", f"{PATH}/bulk", _items("C")), 403, "forbidden")
    assert half("POST", f"{PATH}/bulk-delete", {"filter": "TRUE"}).json["deleted"] == 1
    assert _codes(own) == ["B"]


def test_a_repeated_bulk_request_writes_once(either: Api) -> None:
    body = {**_items("A"), "partial": True}
    first = either("POST", f"{PATH}/bulk", body, Idempotency_Key="k-1")
    assert either("POST", f"{PATH}/bulk", body, Idempotency_Key="k-1").data == first.data
    problem_of(either("POST", f"{PATH}/bulk", _items("B"), Idempotency_Key="k-1"), 409, "idempotency_mismatch")
    assert _codes(either) == ["A"]


def test_groups_are_kept_by_their_figures(either: Api) -> None:
    rows = [{"code": f"C{n}", "title": "t", "count": n % 3, "amount": f"{n}.10"} for n in range(7)]
    either("POST", f"{PATH}/bulk", {"data": rows})
    path = f"{PATH}/aggregate?measures=n:count,total:sum:amount&groups=count"
    every = [(0, 3, "9.30"), (1, 2, "5.20"), (2, 2, "7.20")]
    rules = {"n>2": [0], "total>=7.2": [0, 2], "n=2": [1, 2], "n<>2": [0], "n>=2,total<9.3": [1, 2]}
    for having, kept in rules.items():
        found = either("GET", f"{path}&{urlencode({'having': having})}").json["data"]
        assert [(row["count"], row["n"], row["total"]) for row in found] == [every[place] for place in kept], having
    for bad in ("n", "nope>1", "n>x", "n>", ">1", "n~1", "n>1e99", "n>NaN"):
        answer = either("GET", f"{path}&{urlencode({'having': bad})}")
        assert answer.status_code == 400, bad
    body = {"measures": "n:count", "groups": "count", "having": "n>2"}
    assert either("POST", f"{PATH}/aggregate", body).json["data"] == [{"count": 0, "n": 3}]


def test_an_overlay_renames_and_the_older_name_still_works(shop: Shop) -> None:
    api = shop.admin
    api("POST", "/api/v1/store", {"code": "S1", "name": "N", "city": "上海"})
    body = api("GET", "/api/v1/metadata/entity/store").json
    held = load_folder_bodies("retail")
    field = next(each for each in body["fields"] if each["uid"] == "city")
    for each in held:
        if each.get("kind") == "package":
            each["version"] = "1.0.1"
        if each.get("uid") == body["uid"] and each["kind"] == "entity":
            next(one for one in each["fields"] if one["uid"] == field["uid"])["name"] = "town"
    package_body = {"packages": [{"documents": held}]}
    plan = api("POST", "/api/v1/packages/plan", package_body).json
    assert any(each["action"] == "rename" for each in plan["changes"]), plan["changes"]
    assert api("POST", "/api/v1/packages/apply?consent=true", package_body).json["is_new"] is True
    answer = api("PATCH", "/api/v1/store/S1", {"city": "杭州"})
    assert (answer.json["town"], answer.headers["Tessera-Renamed"]) == ("杭州", "city=town")
    listed = api("GET", "/api/v1/store?fields=code,city&filter=city = '杭州'")
    assert listed.status_code == 200, listed.data
    assert [row["town"] for row in listed.json["data"]] == ["杭州"] and listed.headers["Deprecation"] == "true"
    back = api("POST", "/api/v1/packages/rollback?consent=true").json
    assert back["is_new"] is True and api("GET", "/api/v1/store/S1").json["city"] == "杭州"


def load_folder_bodies(name: str) -> list[dict[str, Any]]:
    """The documents of a package as they stand in their files."""
    from api.conftest import METADATA

    return [dict(each.body) for each in load_folder(METADATA / name).documents]
