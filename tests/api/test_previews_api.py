"""Forms, views and rules of a draft tried on real records, and kept as scenarios."""

from __future__ import annotations

from typing import Any

import pytest

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from tessera.runtime import Runtime
from tessera.web.app import create_app

_FORM = {
    "kind": "form", "uid": "item_form", "name": "item_form", "entity": "item", "label": {"zh": "物件", "en": "Item"},
    "when": "amount > 1",
    "sections": [{"uid": "main", "visible": "is_open", "items": [
        {"uid": "i_title", "field": "title", "required": "amount > 3"},
        {"uid": "i_amount", "field": "amount", "read_only": "state = 'done'"},
        {"uid": "i_note", "field": "note", "visible": "size > 2"}]}]}  # fmt: skip
_VIEW = {
    "kind": "view", "uid": "big", "name": "big", "label": {"zh": "大", "en": "Big"}, "entity": "item",
    "filter": "amount > 3", "sort": [{"uid": "s_code", "by": "code", "direction": "desc"}],
    "columns": [{"uid": "c_code", "name": "code", "value": "code"},
                {"uid": "c_amount", "name": "amount", "value": "amount", "format": "decimal"}]}  # fmt: skip
_SIZE = {"uid": "size", "name": "size", "label": {"zh": "大小", "en": "Size"}, "type": "integer"}
_ROLES = [
    {"kind": "role", "uid": "builder", "name": "builder", "permissions": ["design"], "grants": [
        {"uid": "item", "entity": "item", "actions": ["read"], "hidden": ["amount"]}]},
    {"kind": "role", "uid": "blind", "name": "blind", "grants": [
        {"uid": "item", "entity": "item", "actions": ["read"], "hidden": ["title"]}]},
]  # fmt: skip


@pytest.fixture
def draft(either: Api) -> str:
    """A draft with a further field, a form and a view; and two items."""
    for code, amount, is_open in (("A", "2.50", True), ("B", "4.00", False)):
        either("POST", "/api/v1/item", {"code": code, "title": f"item {code}", "amount": amount, "is_open": is_open})
    found = str(either("POST", "/api/v1/drafts", {"name": "d"}).headers["Location"])
    item = either("GET", f"{found}/documents/small:item").json["body"]
    body = {**item, "fields": [*item["fields"], _SIZE]}
    either("PUT", f"{found}/documents/small:item", {"body": body, "version": 0})
    for each in (_FORM, _VIEW):
        assert either("POST", f"{found}/documents", {"body": each}).status_code == 201
    return found


def test_a_form_shows_a_record_and_its_conditions(either: Api, draft: str) -> None:
    found = either("POST", f"{draft}/preview/form", {"document": "local:item_form", "record": "A"}).json
    assert (found["entity"], found["record"]["title"], found["is_used"]) == ("item", "item A", True)
    assert found["sections"] == {"main": {"visible": True}}
    assert found["items"]["i_title"] == {
        "field": "title", "value": "item A", "visible": None, "required": False, "read_only": None}  # fmt: skip
    assert found["items"]["i_note"]["visible"] is False, "a field of the draft is blank"
    latest = either("POST", f"{draft}/preview/form", {"document": "local:item_form"}).json
    assert latest["record"]["title"] == "item B" and latest["items"]["i_title"]["required"] is True
    for body in ({"document": "local:nope"}, {"document": "local:item_form", "record": "X"}):
        problem_of(either("POST", f"{draft}/preview/form", body), 404, "not_found")


def test_a_view_of_the_draft_has_the_rows_of_the_head_or_of_samples(either: Api, draft: str) -> None:
    found = either("POST", f"{draft}/preview/view", {"document": "local:big"}).json
    assert (found["rows"], found["is_partial"]) == ([["B", "4.00"]], False)
    version = either("GET", f"{draft}/documents/local:big").json["version"]
    sized = {**_VIEW, "filter": "COALESCE(size, 1) = 1 AND amount > 2"}
    either("PUT", f"{draft}/documents/local:big", {"body": sized, "version": version})
    found = either("POST", f"{draft}/preview/view", {"document": "local:big", "filter": "code <> 'B'"}).json
    assert (found["rows"], found["is_partial"]) == ([["A", "2.50"]], True)
    problem_of(either("POST", f"{draft}/preview/view", {"document": "local:big", "filter": "nope"}), 400, "bad_filter")
    version = either("GET", f"{draft}/documents/local:big").json["version"]
    either("PUT", f"{draft}/documents/local:big", {"body": {**_VIEW, "filter": "nope"}, "version": version})
    broken = problem_of(either("POST", f"{draft}/preview/view", {"document": "local:big"}), 422, "broken_document")
    assert broken["problems"][0]["params"]["problems"][0]["pointer"] == "/filter"


def test_previews_stay_within_the_rights_of_who_looks(either: Api, draft: str, either_runtime: Runtime) -> None:
    roles = either("POST", "/api/v1/drafts", {"name": "roles"}).headers["Location"]
    for each in _ROLES:
        either("POST", f"{roles}/documents", {"body": each})
    assert either("POST", f"{roles}/publish").status_code == 200
    builder = api_of(create_app(either_runtime), make_user(either_runtime, "eve", roles=["builder"])[1])
    body = {"document": "local:item_form", "record": "A"}
    found = builder("POST", f"{draft}/preview/form", body).json
    assert found["items"]["i_amount"]["value"] == {"is_hidden": True}
    assert found["is_used"] == {"is_hidden": True} and found["items"]["i_title"]["value"] == "item A"
    view = builder("POST", f"{draft}/preview/view", {"document": "local:big"})
    assert view.status_code in (400, 403), view.text
    problem_of(builder("POST", f"{draft}/preview/form", {**body, "role": "blind"}), 403, "forbidden")
    blind = either("POST", f"{draft}/preview/form", {**body, "role": "blind"}).json
    assert blind["items"]["i_title"]["value"] == {"is_hidden": True} and blind["record"]["title"] is None


@pytest.fixture
def bought(shop: Shop) -> Shop:
    """A person who bought twice."""
    api = shop.admin
    assert api("POST", "/api/v1/member", {"number": "M1", "name": "林小满", "phone": "13800000001"}).status_code == 201
    for number, day in (("O1", "05"), ("O2", "07")):
        body = {"number": number, "at": f"2024-03-{day}T10:00:00+08:00", "member": "M1",
                "lines": [{"item": "A", "units": 1, "amount": "500.00"}]}  # fmt: skip
        answer = api("POST", "/api/v1/order", body)
        assert answer.status_code == 201 and "_parked" not in answer.json, answer.text
    return shop


def _doubled(shop: Shop) -> str:
    """A draft whose rules give twice as much."""
    draft = str(shop.admin("POST", "/api/v1/drafts", {"name": "double"}).headers["Location"])
    key = "loyalty:program"
    body = shop.admin("GET", f"{draft}/documents/{key}").json["body"]
    row = body["rows"][0]
    changed = {**body, "rows": [{**row, "values": {**row["values"], "money_per_point": "0.50"}}]}
    answer = shop.admin("PUT", f"{draft}/documents/{key}", {"body": changed, "version": 0})
    assert answer.status_code == 200, answer.text
    assert shop.admin("GET", f"{draft}/check").json["is_sound"]
    return draft


def test_rules_are_tried_on_a_real_document_and_compared(bought: Shop) -> None:
    draft = _doubled(bought)
    found = bought.admin("POST", f"{draft}/preview/rules", {"entity": "order", "record": "O2"}).json
    assert found["timeline"] and found["live"]["error"] is None, found
    stored = bought.admin("GET", "/api/v1/decisions/order/O2?proof=true").json["proof"]
    assert found["live"]["steps"] == stored["steps"] and found["live"]["postings"] == stored["postings"]
    by = {(each["ledger"], each["as"]): (each["live"], each["draft"]) for each in found["differences"]["postings"]}
    assert by and all(after > before for before, after in by.values() if before), by
    assert found["differences"]["values"]
    later = {"entity": "order", "record": "O1", "at": "2024-03-09T10:00:00+08:00"}
    moved = bought.admin("POST", f"{draft}/preview/rules", later).json
    assert moved["at"].startswith("2024-03-09") and moved["live"]["error"] is None
    none = bought.admin("POST", f"{draft}/preview/rules", {"entity": "member", "record": "M1"})
    problem_of(none, 422, "nothing_to_try")


def test_a_trial_is_kept_as_a_scenario_that_passes(bought: Shop) -> None:
    draft = _doubled(bought)
    body = {"entity": "order", "record": "O2", "name": "twice_as_much", "label": "两倍"}
    made = bought.admin("POST", f"{draft}/preview/scenario", body)
    assert made.status_code == 201, made.text
    text = made.text
    assert "林小满" not in text and "13800000001" not in text, "personal values are made up"
    assert bought.admin("GET", f"{draft}/check").json["is_sound"]
    tested = bought.admin("POST", f"{draft}/test", {"documents": [made.json["key"]]}).json
    assert tested == {"passed": True, "outcomes": [
        {"package": "local", "name": "twice_as_much", "passed": True, "failures": []}]}, tested  # fmt: skip
    assert _steps(made.json["body"]) == ["O1", "O2"]


def _steps(body: dict[str, Any]) -> list[str]:
    return [each["values"]["number"] for each in body["steps"] if each["do"] == "create"]
