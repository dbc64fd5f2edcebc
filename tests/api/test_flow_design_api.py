"""What a designer of flows asks for: the kinds there are, and names at places where no formula stands yet."""

from __future__ import annotations

from typing import Any

import pytest

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from tessera.meta.steps import STEP_TYPES
from tessera.meta.steps.base import CATEGORIES
from tessera.meta.triggers import TRIGGER_TYPES
from tessera.web.app import create_app

_FLOW: dict[str, Any] = {
    "kind": "flow", "uid": "after_item", "name": "after_item", "label": {"zh": "之后", "en": "After"},
    "trigger": {"on": "record.updated", "entity": "item"},
    "steps": [
        {"uid": "find", "do": "find_records", "entity": "site", "as": "sites"},
        {"uid": "each", "do": "for_each", "in": "sites", "each": "place",
         "steps": [{"uid": "write", "do": "update_record", "record": "record", "values": {"title": "place.title"}}]},
        {"uid": "new", "do": "send_message", "message": "not_chosen_yet"},
    ],
}  # fmt: skip


@pytest.fixture
def draft(either: Api) -> str:
    """A draft with a flow."""
    found = str(either("POST", "/api/v1/drafts", {"name": "d"}).headers["Location"])
    assert either("POST", f"{found}/documents", {"body": _FLOW}).status_code == 201
    return found


def _names(api: Api, draft: str, pointer: str) -> set[str]:
    slot = {"draft": int(draft.rsplit("/", 1)[1]), "document": "local:after_item", "pointer": pointer}
    answer = api("POST", "/api/v1/formulas/names", {"slot": slot})
    return {each["name"] for each in answer.json["members"]} if answer.status_code == 200 else set()


def _save(api: Api, draft: str, **changes: Any) -> None:
    known = api("GET", f"{draft}/documents/local:after_item").json
    body = {"body": {**known["body"], **changes}, "version": known["version"]}
    assert api("PUT", f"{draft}/documents/local:after_item", body).status_code == 200


def test_every_kind_of_trigger_and_step_is_described(either: Api) -> None:
    found = either("GET", "/api/v1/flows/kinds").json
    assert {each["name"] for each in found["steps"]} == set(STEP_TYPES)
    assert {each["name"] for each in found["triggers"]} == set(TRIGGER_TYPES)
    assert [each["name"] for each in found["categories"]] == list(CATEGORIES)
    [wait] = [each for each in found["steps"] if each["name"] == "wait"]
    assert wait["label"] == {"zh": "等待", "en": "Wait"} and wait["category"] == "time"
    assert wait["schema"]["event"]["properties"]["on"]["enum"][0] == "record.created"
    for each in (*found["steps"], *found["triggers"]):
        assert set(each["required"]) <= set(each["schema"]) and each["help"]["zh"] and each["help"]["en"]


def test_only_who_may_design_is_told(shop: Shop) -> None:
    clerk = api_of(create_app(shop.runtime), make_user(shop.runtime, "cleo")[1])
    problem_of(clerk("GET", "/api/v1/flows/kinds"), 403, "forbidden")


def test_a_place_without_a_formula_has_the_names_of_its_step(either: Api, draft: str) -> None:
    assert {"record", "before", "after", "event", "run"} <= _names(either, draft, "/steps/find/when")
    assert "sites" in _names(either, draft, "/steps/each/when")
    assert {"place", "record"} <= _names(either, draft, "/steps/each/steps/write/values/amount")
    assert {"code", "title"} <= _names(either, draft, "/steps/find/where"), "of the rows that are looked for"
    assert "record" in _names(either, draft, "/trigger/when") and "run" not in _names(either, draft, "/trigger/when")
    assert "record" in _names(either, draft, "/steps/new/to"), "also where the step names what is not there"


def test_a_flow_that_is_not_whole_yet_still_offers_names(either: Api, draft: str) -> None:
    new = [{"uid": "made", "do": "update_record"}, {"uid": "odd", "do": "no_such_kind"}]
    _save(either, draft, steps=[*_FLOW["steps"], *new])
    assert {"record", "sites"} <= _names(either, draft, "/steps/made/values/title")
    assert "sites" in _names(either, draft, "/steps/each/in"), "what is written and sound, too"
    assert _names(either, draft, "/steps/nope/when") == set()
    _save(either, draft, trigger={"on": "record.updated"})
    assert _names(either, draft, "/steps/made/values/title") == set(), "without its entity there is no record"


def test_a_field_without_a_default_has_the_names_of_its_entity(either: Api, draft: str) -> None:
    slot = {"draft": int(draft.rsplit("/", 1)[1]), "document": "small:item", "pointer": "/fields/title/default"}
    found = either("POST", "/api/v1/formulas/check", {"slot": slot, "text": "code & '!'"}).json
    assert found["is_sound"] and found["type"]["kind"] == "text"
