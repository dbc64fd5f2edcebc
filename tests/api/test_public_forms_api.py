"""Forms that are open to people without an account: links, answers, limits, and what strangers may try."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from api.api_kit import Api, api_of, make_user, problem_of
from tessera.engine.public_forms import answering
from tessera.runtime import Runtime
from tessera.web.app import create_app
from tessera.web.handlers.public_forms import ANSWER_BYTES

_FORM: dict[str, Any] = {
    "kind": "form", "uid": "f_ask", "name": "ask", "label": {"zh": "登记", "en": "Ask"}, "entity": "item",
    "public": True,
    "sections": [{"uid": "one", "items": [{"uid": "title", "field": "title"}, {"uid": "code", "field": "code"}]}],
}  # fmt: skip


@pytest.fixture
def asked(either: Api) -> Api:
    """A workspace with a form for the outside."""
    _publish(either, _FORM)
    return either


def _publish(api: Api, *bodies: dict[str, Any]) -> None:
    draft = api("POST", "/api/v1/drafts", {"name": "forms"}).headers["Location"]
    for body in bodies:
        answer = api("POST", f"{draft}/documents", {"body": body})
        assert answer.status_code == 201, answer.text
    answer = api("POST", f"{draft}/publish")
    assert answer.status_code == 200, answer.text


def _link(api: Api, **more: Any) -> dict[str, Any]:
    answer = api("POST", "/api/v1/public-forms", {"form": "ask", "label": "Desk", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def _answer(api: Api, link: dict[str, Any], values: Any, key: str = "key-00000001", **more: Any) -> TestResponse:
    """As a stranger: without a key or session."""
    body = {"values": values, "key": key, **more}
    return api.client.post(f"/api/v1/open-forms/{link['token']}/answers", data=json.dumps(body),
                           content_type="application/json")  # fmt: skip


def _codes(api: Api) -> list[str]:
    return [each["code"] for each in api("GET", "/api/v1/item?sort=code").json["data"]]


def test_a_stranger_answers_and_the_record_says_where_it_came_from(asked: Api) -> None:
    assert asked("POST", "/api/v1/site", {"code": "S1", "title": "North"}).status_code == 201
    number = asked("GET", "/api/v1/site/S1").json["id"]
    link = _link(asked, given={"site": number, "note": "by the door"}, thanks="Thanks!")
    seen = asked.client.get(f"/api/v1/open-forms/{link['token']}").json
    assert (seen["title"], seen["state"], seen["thanks"]) == ("Desk", "open", "")
    assert [each["name"] for each in seen["fields"]] == ["code", "title"]
    assert [each["field"] for each in seen["sections"][0]["items"]] == ["title", "code"]
    answer = _answer(asked, link, {"title": "One", "code": "A"})
    assert (answer.status_code, answer.json) == (201, {"thanks": "Thanks!"})
    record = asked("GET", "/api/v1/item/A").json
    assert (record["title"], record["site"], record["note"], record["created_by"]) == ("One", number, "by the door", 0)
    history = asked("GET", "/api/v1/item/A/history").json["data"]
    assert history[0]["actor"] == f"public form {link['id']}"
    found = asked("GET", "/api/v1/public-forms?entity=item").json["data"]
    assert [(each["id"], each["answers"]) for each in found] == [(link["id"], 1)]


def test_an_answer_that_is_sent_again_counts_once(asked: Api) -> None:
    link = _link(asked)
    for _ in range(3):
        assert _answer(asked, link, {"title": "One", "code": "A"}).status_code == 201
    assert _codes(asked) == ["A"] and asked("GET", f"/api/v1/public-forms/{link['id']}").json["answers"] == 1
    problem_of(_answer(asked, link, {"title": "Other", "code": "B"}), 409, "idempotency_mismatch")
    other = problem_of(_answer(asked, link, {"title": "One", "code": "A"}, key="key-00000002"), 422, "invalid")
    assert [(each["code"], each["pointer"]) for each in other["problems"]] == [("not_unique", "/code")]


def test_what_is_not_on_the_form_is_refused(asked: Api) -> None:
    link = _link(asked, given={"note": "fixed"})
    for name in ("note", "state", "id", "created_by", "amount", "nothing", "__proto__", "ref", "version"):
        answer = _answer(asked, link, {"title": "x", "code": "X", name: "1"}, key=f"key-{name:>8}")
        assert [each["code"] for each in problem_of(answer, 400, "invalid")["problems"]] == ["unknown_field"]
    for empty in ({}, {"title": None}, {"title": "", "code": None}):
        found = problem_of(_answer(asked, link, empty, key="key-empty"), 422, "invalid")
        assert [(each["code"], each["pointer"]) for each in found["problems"]] == [("required", "/title")]
    long = _answer(asked, link, {"title": "", "code": "x" * 41})
    assert {each["pointer"] for each in problem_of(long, 422, "invalid")["problems"]} == {"/title", "/code"}
    assert _codes(asked) == [], "and nothing of it is counted"
    assert asked("GET", f"/api/v1/public-forms/{link['id']}").json["answers"] == 0


def test_markup_stays_text(asked: Api) -> None:
    link = _link(asked, label="<img src=x onerror=alert(1)>", thanks="<script>1</script>")
    text = "<script>alert(1)</script>{{7*7}}' OR 1=1 --"
    assert _answer(asked, link, {"title": text, "code": "A"}).status_code == 201
    assert asked("GET", "/api/v1/item/A").json["title"] == text
    seen = asked.client.get(f"/api/v1/open-forms/{link['token']}")
    assert seen.content_type == "application/json" and seen.headers["X-Content-Type-Options"] == "nosniff"


def test_bodies_that_are_none_and_too_large_ones_are_refused(asked: Api) -> None:
    link = _link(asked)
    problem_of(_answer(asked, link, {"title": "x" * ANSWER_BYTES, "code": "A"}), 413, "body_too_large")
    for values in (None, [], "text", 7):
        problem_of(_answer(asked, link, values), 400, "bad_body")
    problem_of(_answer(asked, link, {}, extra=1), 400, "bad_body")
    for key in ("", "short", "x" * 65, "schlüssel-1", None):
        problem_of(_answer(asked, link, {"code": "A"}, key=key), 400, "bad_parameter")  # type: ignore[arg-type]
    raw = asked.client.post(f"/api/v1/open-forms/{link['token']}/answers", data=b"{", content_type="application/json")
    problem_of(raw, 400, "bad_body")
    assert _codes(asked) == []


def test_a_machine_that_fills_the_hidden_field_makes_nothing(asked: Api) -> None:
    link = _link(asked, thanks="Fine")
    answer = _answer(asked, link, {"title": "One", "code": "A"}, website="https://spam.example")
    assert (answer.status_code, answer.json) == (201, {"thanks": "Fine"}) and _codes(asked) == []
    found = asked("GET", f"/api/v1/public-forms/{link['id']}").json
    assert (found["answers"], found["dropped"]) == (0, 1)


def test_a_link_closes_by_its_day_by_hand_and_when_it_is_full(asked: Api) -> None:
    full = _link(asked, most_answers=1)
    assert _answer(asked, full, {"title": "One", "code": "A"}).status_code == 201
    problem_of(_answer(asked, full, {"title": "Two", "code": "B"}, key="key-00000002"), 409, "form_full")
    assert asked.client.get(f"/api/v1/open-forms/{full['token']}").json["state"] == "full"
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    over = _link(asked, closes_at=past)
    problem_of(_answer(asked, over, {"title": "Two", "code": "B"}), 409, "form_closed")
    hand = _link(asked)
    assert asked("PATCH", f"/api/v1/public-forms/{hand['id']}", {"is_open": False}).status_code == 200
    problem_of(_answer(asked, hand, {"title": "Two", "code": "B"}), 409, "form_closed")
    seen = asked.client.get(f"/api/v1/open-forms/{hand['token']}").json
    assert (seen["state"], seen["fields"], seen["sections"]) == ("closed", [], [])
    assert asked("DELETE", f"/api/v1/public-forms/{hand['id']}").status_code == 204
    problem_of(_answer(asked, hand, {"title": "Two", "code": "B"}), 404, "not_found")
    problem_of(asked.client.get("/api/v1/open-forms/nothing"), 404, "not_found")
    assert _codes(asked) == ["A"]


def test_one_address_sends_only_so_many(asked: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "PER_ADDRESS", 2)
    link, other = _link(asked), _link(asked)
    problem_of(_answer(asked, link, {"title": ""}), 422, "invalid")
    assert _answer(asked, link, {"title": "One", "code": "A"}).status_code == 201
    third = _answer(asked, link, {"title": "Two", "code": "B"}, key="key-00000002")
    found = problem_of(third, 429, "too_many_attempts")
    assert found["problems"][0]["params"]["retry_after_s"] > 0
    assert _answer(asked, other, {"title": "Two", "code": "B"}).status_code == 201, "each link counts by itself"


def test_links_are_made_only_within_rights(asked: Api, either_runtime: Runtime) -> None:
    problem_of(asked("POST", "/api/v1/public-forms", {"form": "nothing"}), 404, "not_found")
    for part, value in (
        ("most_answers", 0), ("most_answers", 1.5), ("closes_at", "tomorrow"), ("closes_at", "2026-01-01T00:00:00"),
        ("label", "x" * 201), ("given", []), ("given", {"title": "x"}), ("given", {"lines": []}), ("thanks", 5),
    ):  # fmt: skip
        problem_of(asked("POST", "/api/v1/public-forms", {"form": "ask", part: value}), 422, "invalid")
    link = _link(asked)
    problem_of(asked("PATCH", f"/api/v1/public-forms/{link['id']}", {"is_open": "no"}), 422, "invalid")
    grants = {"opener": ["read", "create"], "reader": ["read"]}
    _publish(asked, *(
        {"kind": "role", "uid": name, "name": name, "permissions": ["public_forms"],
         "grants": [{"uid": "item", "entity": "item", "actions": actions}]}
        for name, actions in grants.items()
    ), {"kind": "role", "uid": "nobody", "name": "nobody",
        "grants": [{"uid": "item", "entity": "item", "actions": ["read", "create"]}]})  # fmt: skip
    app = create_app(either_runtime)
    users = {name: api_of(app, make_user(either_runtime, f"u_{name}", roles=[name])[1])
             for name in ("opener", "reader", "nobody")}  # fmt: skip
    problem_of(users["nobody"]("GET", "/api/v1/public-forms"), 403, "forbidden")
    problem_of(users["nobody"]("POST", "/api/v1/public-forms", {"form": "ask"}), 403, "forbidden")
    problem_of(users["reader"]("POST", "/api/v1/public-forms", {"form": "ask"}), 403, "forbidden")
    mine = _link(users["opener"])
    assert _answer(asked, mine, {"title": "One", "code": "A"}).status_code == 201
    user = next(each for each in asked("GET", "/api/v1/auth/users").json["data"] if each["name"] == "u_opener")
    assert asked("PATCH", f"/api/v1/auth/users/{user['id']}", {"is_active": False}).status_code == 200
    problem_of(_answer(asked, mine, {"title": "Two", "code": "B"}, key="key-00000002"), 409, "form_closed")


def test_a_form_asks_only_what_may_be_asked_outside(either: Api) -> None:
    draft = either("POST", "/api/v1/drafts", {"name": "forms"}).headers["Location"]
    items = [{"uid": "site", "field": "site"}]
    body = {**_FORM, "sections": [{"uid": "one", "items": items}]}
    either("POST", f"{draft}/documents", {"body": body})
    found = either("GET", f"{draft}/check").json["problems"]
    assert [each["code"] for each in found] == ["not_for_outside"]


def test_what_is_needed_must_be_asked_or_given(either: Api) -> None:
    items = [{"uid": "title", "field": "title"}]
    _publish(either, {**_FORM, "sections": [{"uid": "one", "items": items}]})
    found = problem_of(either("POST", "/api/v1/public-forms", {"form": "ask"}), 422, "invalid")
    assert [(each["code"], each["pointer"]) for each in found["problems"]] == [("required", "/given/code")]
