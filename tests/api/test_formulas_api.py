"""Formula services over HTTP: check with samples and fixes, completions, names, uses; in the head and in drafts."""

from __future__ import annotations

from typing import Any

import pytest

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from tessera.runtime import Runtime
from tessera.web.app import create_app

_ROLE = {
    "kind": "role", "uid": "builder", "name": "builder", "permissions": ["design"], "grants": [
        {"uid": "item", "entity": "item", "actions": ["read"], "hidden": ["amount"]},
        {"uid": "site", "entity": "site", "actions": ["read"], "where": "code = 'S1'"}]}  # fmt: skip


@pytest.fixture
def filled(either: Api) -> Api:
    """Two sites and two items."""
    either("POST", "/api/v1/site", {"code": "S1", "title": "North"})
    either("POST", "/api/v1/site", {"code": "S2", "title": "South"})
    for code, amount, site in (("A", "2.50", "S1"), ("B", "4.00", "S2")):
        parts = [{"qty": 2, "price": "1.25"}, {"qty": 1, "price": "3.00"}]
        body = {"code": code, "title": f"item {code}", "amount": amount, "site": site, "parts": parts}
        assert either("POST", "/api/v1/item", body).status_code == 201
    return either


def _check(api: Api, text: str, slot: dict[str, Any], samples: Any = 3) -> dict[str, Any]:
    answer = api("POST", "/api/v1/formulas/check", {"text": text, "slot": slot, "samples": samples})
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def _values(found: dict[str, Any]) -> list[Any]:
    return [each.get("value", each.get("is_hidden")) for each in found["samples"]]


_ITEM = {"entity": "item"}


def test_a_formula_is_typed_and_tried_on_real_records(filled: Api) -> None:
    found = _check(filled, "amount * 2 + SUM(parts, qty * price)", {**_ITEM, "expect": "number"})
    assert (found["is_sound"], found["type"]["kind"], found["problems"]) == (True, "number", [])
    assert found["samples"][0]["title"] == "item B" and _values(found) == ["13.50", "10.50"]
    assert _values(_check(filled, "site.title & '-' & code", _ITEM, ["A"])) == ["North-A"]
    assert _values(_check(filled, "total > 5", {**_ITEM, "expect": "boolean"})) == [True, True]
    assert _values(_check(filled, "total", _ITEM)) == ["5.50", "5.50"]
    failing = _check(filled, "1 / (amount - amount)", _ITEM, ["A"])
    assert failing["samples"][0]["problem"]["kind"] == "divide_by_zero"


def test_a_mistake_has_its_place_and_what_could_stand_there(filled: Api) -> None:
    [problem] = _check(filled, "amout * 2", _ITEM)["problems"]
    assert (problem["kind"], problem["position"], problem["length"]) == ("unknown_name", 0, 5)
    assert problem["fixes"][0]["text"] == "amount * 2"
    [problem] = _check(filled, "SUMM(parts, qty)", _ITEM)["problems"]
    assert problem["fixes"][0]["text"] == "SUM(parts, qty)"
    [problem] = _check(filled, "title + 1", _ITEM)["problems"]
    assert "DECIMAL(title) + 1" in [each["text"] for each in problem["fixes"]]
    [problem] = _check(filled, "title", {**_ITEM, "expect": "number"})["problems"]
    assert problem["kind"] == "wrong_type" and problem["fixes"][0]["text"] == "DECIMAL(title)"
    [problem] = _check(filled, "site = 'x'", _ITEM)["problems"]
    assert "site.code = 'x'" in [each["text"] for each in problem["fixes"]]
    [problem] = _check(filled, "TODAY > day", _ITEM)["problems"]
    assert problem["fixes"][0]["text"] == "TODAY() > day"


def test_formulas_of_a_draft_see_its_fields_and_the_records_of_today(filled: Api) -> None:
    draft = filled("POST", "/api/v1/drafts", {"name": "new"}).json["id"]
    base = f"/api/v1/drafts/{draft}/documents/small:item"
    filled("POST", f"{base}/rename", {"element": "weight", "name": "mass"})
    body = filled("GET", base).json
    fields = [*body["body"]["fields"], {"uid": "twice", "name": "twice", "label": {"zh": "双", "en": "Twice"},
              "type": "formula", "value": "amount * 2", "scale": 2, "rounding": "half_up", "stored": True},
              {"uid": "size", "name": "size", "label": {"zh": "大小", "en": "Size"}, "type": "integer"},
              {"uid": "bad", "name": "bad", "label": {"zh": "坏", "en": "Bad"}, "type": "formula", "value": "nope"}]
    filled("PUT", base, {"body": {**body["body"], "fields": fields}, "version": body["version"]})
    slot = {**_ITEM, "draft": draft}
    assert _values(_check(filled, "twice + 1", slot)) == ["9.00", "6.00"]
    assert _values(_check(filled, "COALESCE(size, 7) + COALESCE(mass, 1)", slot)) == [8, 8]
    assert _check(filled, "weight", slot)["is_sound"] is True, "the older name is an alias"
    assert _check(filled, "bad + 1", slot)["problems"][0]["kind"] == "unusable"
    placed = {"draft": draft, "document": "small:item", "pointer": "/fields/twice/value"}
    found = _check(filled, "amount * 3", placed, ["A"])
    assert _values(found) == ["7.50"] and found["type"]["kind"] == "number"
    names = filled("POST", "/api/v1/formulas/names", {"slot": placed}).json
    assert {"mass", "twice", "size"} <= {each["name"] for each in names["members"]}


def test_samples_show_no_more_than_their_reader_may_see(filled: Api, either_runtime: Runtime) -> None:
    draft = filled("POST", "/api/v1/drafts", {"name": "roles"}).json["id"]
    filled("POST", f"/api/v1/drafts/{draft}/documents", {"body": _ROLE})
    filled("POST", f"/api/v1/drafts/{draft}/publish")
    builder = api_of(create_app(either_runtime), make_user(either_runtime, "eve", roles=["builder"])[1])
    assert _values(_check(builder, "amount * 2", _ITEM)) == [True, True], "hidden"
    assert _values(_check(builder, "total", _ITEM)) == ["5.50", "5.50"]
    assert _values(_check(builder, "site.title", _ITEM)) == [True, True], "sites are seen only in part"
    assert [each["title"] for each in _check(builder, "code", {"entity": "site"})["samples"]] == ["North"]
    uses = builder("GET", "/api/v1/metadata/uses?key=small:item.amount").json
    assert (uses["records"], uses["filled"]) == (None, None)
    nobody = api_of(create_app(either_runtime), make_user(either_runtime, "bob")[1])
    problem_of(nobody("POST", "/api/v1/formulas/check", {"text": "1", "slot": _ITEM}), 403, "forbidden")


def _items(api: Api, text: str, slot: dict[str, Any], position: int | None = None) -> dict[str, Any]:
    body = {"text": text, "position": len(text) if position is None else position, "slot": slot}
    return dict(api("POST", "/api/v1/formulas/complete", body).json)


def test_completions_are_fields_functions_and_what_stands_behind_a_dot(filled: Api) -> None:
    found = _items(filled, "am", _ITEM)
    assert (found["from"], found["to"], found["items"][0]["text"]) == (0, 2, "amount")
    assert _items(filled, "1 + 金", _ITEM)["items"][0]["text"] == "amount"
    assert [each["text"] for each in _items(filled, "site.ti", _ITEM)["items"]] == ["title"]
    summed = next(each for each in _items(filled, "SU", _ITEM)["items"] if each["label"]["en"] == "SUM")
    assert summed["text"] == "SUM(list, value)" and summed["holes"] == [[4, 8], [10, 15]] and summed["doc"]["zh"]
    assert "TODAY()" in [each["text"] for each in _items(filled, "今天", _ITEM)["items"]]
    assert _items(filled, "SUM(parts, pr", _ITEM)["items"][0]["text"] == "price"
    assert _items(filled, "SUM(parts, qty) + pr", _ITEM)["items"][0]["kind"] != "field"
    assert _items(filled, "IF(is_open, 'a', 'b') & ti", _ITEM, 27)["items"][0]["text"] == "title"


def test_the_names_of_a_slot_are_a_tree(filled: Api) -> None:
    names = filled("POST", "/api/v1/formulas/names", {"slot": _ITEM}).json["members"]
    site = next(each for each in names if each["name"] == "site")
    assert site["has_members"] and site["type"]["entity"] == "small:site" and site["label"]["zh"] == "地点"
    inner = filled("POST", "/api/v1/formulas/names", {"slot": _ITEM, "path": "site"}).json["members"]
    assert "title" in [each["name"] for each in inner]
    lines = filled("POST", "/api/v1/formulas/names", {"slot": {**_ITEM, "lines": "parts"}}).json["members"]
    assert {"qty", "title"} <= {each["name"] for each in lines}


def test_uses_are_told_from_both_ends_with_counts(filled: Api) -> None:
    found = filled("GET", "/api/v1/metadata/uses?key=small:item.parts.qty").json
    assert [(each["key"], each["pointer"]) for each in found["used_by"]] == [("small:item.total", "/fields/12/value")]
    assert (found["records"], found["filled"]) == (4, 4)
    total = filled("GET", "/api/v1/metadata/uses?key=small:item.total").json
    assert {each["key"] for each in total["uses"]} >= {"small:item.parts", "small:item.parts.qty"}
    site = filled("GET", "/api/v1/metadata/uses?key=small:site").json
    assert [each["key"] for each in site["used_by"]] == ["small:item.site"] and site["records"] == 2
    weight = filled("GET", "/api/v1/metadata/uses?key=small:item.weight").json
    assert (weight["used_by"], weight["records"], weight["filled"]) == ([], 2, 0)


def test_what_is_asked_wrongly_is_refused(admin: Api) -> None:
    bodies: list[dict[str, Any]] = [
        {"text": "1"}, {"text": 1, "slot": _ITEM}, {"text": "1", "slot": {"x": 1}}, {"text": "1", "slot": [1]},
        {"text": "1", "slot": _ITEM, "samples": "3"}, {"text": "1", "slot": {**_ITEM, "draft": "x"}},
    ]  # fmt: skip
    for body in bodies:
        problem_of(admin("POST", "/api/v1/formulas/check", body), 400, "bad_body")
    for slot in ({"entity": "nope"}, {"document": "small:item", "pointer": "/nope"}, {"document": "small:x"}, {}):
        problem_of(admin("POST", "/api/v1/formulas/check", {"text": "1", "slot": slot}), 404, "not_found")
    assert len(admin("GET", "/api/v1/formulas/functions").json["data"]) > 60


def test_formulas_of_rules_are_checked_in_their_own_scope(shop: Shop) -> None:
    documents = shop.admin("GET", "/api/v1/metadata?kind=ruleset").json["data"]
    key = next(each["key"] for each in documents if each["name"] == "on_order")
    names = shop.admin("GET", "/api/v1/metadata/ruleset/on_order").json
    step = next(each for each in names["steps"] if "let" in each)
    slot = {"document": key, "pointer": f"/steps/{step['uid']}/be"}
    found = _check(shop.admin, step["be"], slot)
    assert found["is_sound"] and found["samples"] == []
    assert _check(shop.admin, "NOW()", slot)["problems"][0]["kind"] == "not_offered"
