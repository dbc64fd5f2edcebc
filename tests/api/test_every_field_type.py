"""Every field type, through HTTP and on both databases: create, get, filter, update, blank."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from api.api_kit import FOR_TESTS, Api, api_of, filled, make_user, problem_of
from api.small_package import package
from databases import Templates
from tessera.meta.fields import FIELD_TYPES
from tessera.web.app import create_app

OPTIONS = [{"uid": f"o_{name}", "value": name, "label": name} for name in ("red", "green", "blue")]
LINES = [{"uid": "qty", "name": "qty", "label": "Qty", "type": "integer", "required": True}]
JSON = {"a": [1, "x", None, {"b": True}]}

WRITTEN: dict[str, tuple[dict[str, Any], Any, Any, str, Any, Any]] = {
    "text": ({}, "red & 红", "red & 红", "{} = 'red & 红'", "b", "b"),
    "long_text": ({}, "a\nb", "a\nb", "{} = 'a\nb'", "c", "c"),
    "integer": ({}, 7, 7, "{} = 7", -8, -8),
    "decimal": ({"scale": 3}, "1.5", "1.500", "{} = 1.5", 2, "2.000"),
    "money": ({"currency": "CNY"}, "12.3", "12.30", "{} > 12.29", 5, "5.00"),
    "percent": ({}, "0.125", "0.1250", "{} = 12.5%", "0.5", "0.5000"),
    "boolean": ({}, True, True, "{}", False, False),
    "date": ({}, "2024-02-29", "2024-02-29", "{} = DATE(2024, 2, 29)", "2025-03-01", "2025-03-01"),
    "datetime": ({}, "2025-02-01T00:30:00+08:00", "2025-01-31T16:30:00Z", "{} < NOW()",
                 "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"),
    "time": ({}, "16:30", "16:30:00", "NOT ISBLANK({})", "07:05:09", "07:05:09"),
    "select": ({"options": OPTIONS}, "red", "red", "{} = 'red'", "blue", "blue"),
    "multi_select": ({"options": OPTIONS}, ["blue", "red"], ["red", "blue"], "IN('red', {})", ["green"], ["green"]),
    "email": ({}, "Ada@Example.ORG", "Ada@example.org", "{} = 'Ada@example.org'", "b@x.cn", "b@x.cn"),
    "phone": ({}, "+86 (138) 0000-0000", "+8613800000000", "{} = '+8613800000000'", "+12025550123", "+12025550123"),
    "url": ({}, "https://a.cn/b?c#d", "https://a.cn/b?c#d", "STARTS({}, 'https:')", "http://x.cn", "http://x.cn"),
    "color": ({}, "#A0B1C2", "#a0b1c2", "{} = '#a0b1c2'", "#000000", "#000000"),
    "json": ({}, JSON, JSON, "NOT ISBLANK({})", [1, {"n": "2.50"}], [1, {"n": "2.50"}]),
    "file": ({}, "file 1", "file 1", "NOT ISBLANK({})", "file 2", "file 2"),
    "reference": ({"to": "site"}, "S1", "site 1", "{}.code = 'S1'", {"code": "S2"}, "site 2"),
    "multi_reference": ({"to": "site"}, ["S2", "S1"], ["site 2", "site 1"], "ANY({}, code = 'S1')",
                        ["S2"], ["site 2"]),
    "user": ({}, "Ann", "user ann", "{} = USER('id')", "user bob", "user bob"),
    "lines": ({"fields": LINES}, [{"qty": 2}], [{"place": 1, "qty": 2}], "SUM({}, qty) = 2",
              [{"qty": 3}, {"qty": 4}], [{"place": 1, "qty": 3}, {"place": 2, "qty": 4}]),
}  # fmt: skip
"""By type: its keys; what is given, what is answered, a filter that finds it; another value, and its answer."""

COMPUTED: dict[str, tuple[dict[str, Any], Any, str]] = {
    "sequence": ({"pattern": "T{000}"}, "T001", "{} = 'T001'"),
    "formula": ({"value": "code & '!'"}, "A!", "{} = 'A!'"),
    "lookup": ({"path": "home.title"}, "Site S1", "{} = 'Site S1'"),
    "rollup": ({"from": "thing", "via": "parent", "fold": "count"}, 0, "{} = 0"),
    "balance": ({"ledger": "units"}, 0, "{} = 0"),
}
"""By type: its keys, what a new record answers, and a filter that finds it."""


def _field(kind: str, keys: dict[str, Any]) -> dict[str, Any]:
    return {"uid": f"u_{kind}"[:24], "name": f"a_{kind}", "label": kind, "type": kind, **keys}


THING: dict[str, Any] = {
    "kind": "entity", "uid": "thing", "name": "thing", "label": "Thing", "business_key": ["code"],
    "fields": [
        {"uid": "code", "name": "code", "label": "Code", "type": "text", "required": True},
        {"uid": "home", "name": "home", "label": "Home", "type": "reference", "to": "site"},
        {"uid": "parent", "name": "parent", "label": "Parent", "type": "reference", "to": "thing"},
        *(_field(kind, entry[0]) for kind, entry in {**WRITTEN, **COMPUTED}.items()),
    ],
}  # fmt: skip
LEDGER = {"kind": "ledger", "uid": "units", "name": "units", "label": "Units", "per": "thing", "unit": "1"}
NOTE = {
    "kind": "entity", "uid": "note", "name": "note", "label": "Note", "business_key": ["number"],
    "fields": [{"uid": "number", "name": "number", "label": "Number", "type": "text", "required": True},
               {"uid": "who", "name": "who", "label": "Who", "type": "reference", "to": "thing"},
               {"uid": "when", "name": "at", "label": "At", "type": "datetime"}],
}  # fmt: skip
RULES = {"kind": "ruleset", "uid": "on_note", "name": "on_note", "label": "r", "for": "note",
         "steps": [{"uid": "one", "let": "one", "be": "1"}]}  # fmt: skip
LIFE = {"kind": "timeline", "uid": "life", "name": "life", "label": "Life", "per": "thing", "zone": "UTC",
        "moments": [{"uid": "note", "of": "note", "holder": "who", "at": "at", "run": "on_note"}]}  # fmt: skip


class World:
    """A client, and what the placeholders of the table stand for."""

    def __init__(self, api: Api, ids: dict[str, Any]) -> None:
        self.api, self.ids = api, ids

    def meant(self, value: Any) -> Any:
        """The value with "site 1", "file 2", "user ann" replaced by what they are."""
        if isinstance(value, list):
            return [self.meant(each) for each in value]
        return self.ids.get(value, value) if isinstance(value, str) else value

    def listed(self, text: str) -> list[str]:
        """Codes of the things that a filter finds."""
        answer = self.api("GET", f"/api/v1/thing?sort=code&filter={quote(text)}")
        assert answer.status_code == 200, answer.data
        return [each["code"] for each in json.loads(answer.data)["data"]]

    def shown(self, answer: Any, name: str) -> Any:
        """The field of the thing that was answered, lines without their ids."""
        assert answer.status_code in (200, 201), answer.data
        value = json.loads(answer.data)[name]
        if name == "a_lines":
            return [{key: each for key, each in line.items() if key != "id"} for line in value]
        return value


@pytest.fixture
def world(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[World]:
    """An entity with a field of every type; two sites, two files, two users."""
    fill = filled(lambda: [package(THING, LEDGER, NOTE, RULES, LIFE)])
    with templates.open(dialect, "every_type", fill, replace(FOR_TESTS, data_dir=tmp_path)) as made:
        number, key = make_user(made, "ann", is_admin=True)
        ids: dict[str, Any] = {"user ann": number, "user bob": make_user(made, "bob")[0]}
        api = api_of(create_app(made), key)
        for place in (1, 2):
            body = {"code": f"S{place}", "title": f"Site S{place}"}
            ids[f"site {place}"] = json.loads(api("POST", "/api/v1/site", body).data)["id"]
            form = {"file": (io.BytesIO(b"x"), "a.txt", "text/plain")}
            sent = api.client.post("/api/v1/files", data=form, headers={"Authorization": f"Bearer {key}"})
            ids[f"file {place}"] = json.loads(sent.data)
        yield World(api, ids)


def test_every_type_is_in_the_tables() -> None:
    assert set(WRITTEN) | set(COMPUTED) == set(FIELD_TYPES)


@pytest.mark.parametrize("kind", sorted(WRITTEN))
def test_a_value_comes_back_is_found_is_changed_and_is_blanked(world: World, kind: str) -> None:
    _, given, shown, text, other, other_shown = WRITTEN[kind]
    api, name = world.api, f"a_{kind}"
    made = api("POST", "/api/v1/thing", {"code": "A", name: world.meant(given)})
    assert world.shown(made, name) == world.meant(shown)
    assert world.shown(api("GET", "/api/v1/thing/A"), name) == world.meant(shown)
    empty = api("POST", "/api/v1/thing", {"code": "B"})
    nothing: Any = [] if kind in ("lines", "multi_reference") else None
    assert world.shown(empty, name) == nothing
    assert world.listed(text.format(name)) == ["A"]
    is_list = kind in ("lines", "multi_reference", "multi_select")
    is_blank = f"COUNT({name}) = 0" if is_list else f"ISBLANK({name})"
    if kind == "boolean":
        is_blank = f"NOT {name}"
    assert world.listed(is_blank) == ["B"]
    again = api("PATCH", "/api/v1/thing/A", {name: world.meant(shown) if kind != "lines" else given})
    if kind != "lines":
        assert json.loads(again.data)["version"] == 1
    changed = api("PATCH", "/api/v1/thing/A", {name: world.meant(other)})
    assert world.shown(changed, name) == world.meant(other_shown)
    assert world.shown(api("GET", "/api/v1/thing/A"), name) == world.meant(other_shown)
    assert world.shown(api("PATCH", "/api/v1/thing/A", {name: None}), name) == nothing
    assert world.listed(is_blank) == ["A", "B"]


@pytest.mark.parametrize("kind", sorted(COMPUTED))
def test_a_computed_value_is_read_and_found_but_not_written(world: World, kind: str) -> None:
    _, shown, text = COMPUTED[kind]
    api, name = world.api, f"a_{kind}"
    made = api("POST", "/api/v1/thing", {"code": "A", "home": "S1"})
    assert world.shown(made, name) == shown
    assert world.shown(api("GET", "/api/v1/thing/A"), name) == shown
    assert world.listed(text.format(name)) == ["A"]
    problem_of(api("POST", "/api/v1/thing", {"code": "B", name: shown}), 400, "invalid")


@pytest.mark.parametrize("given", ["nobody", 999_999, {"id": 999_999}, {"name": "ann"}, True, "x" * 300])
def test_an_unknown_user_is_refused(world: World, given: Any) -> None:
    body = problem_of(world.api("POST", "/api/v1/thing", {"code": "A", "a_user": given}), 422, "invalid")
    assert [each["pointer"] for each in body["problems"]] == ["/a_user"]


def test_a_user_who_left_stays_where_he_stands(world: World) -> None:
    api, bob = world.api, world.ids["user bob"]
    assert api("POST", "/api/v1/thing", {"code": "A", "a_user": "bob"}).status_code == 201
    assert api("PATCH", f"/api/v1/auth/users/{bob}", {"is_active": False}).status_code == 200
    assert api("PATCH", "/api/v1/thing/A", {"a_user": bob, "a_text": "x"}).status_code == 200
    problem_of(api("POST", "/api/v1/thing", {"code": "B", "a_user": bob}), 422, "invalid")
