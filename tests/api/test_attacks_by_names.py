"""Attacks by names: words of SQL and Python, other alphabets, and very many fields."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from api.api_kit import Api, api_of, make_user, opened
from api.small_package import ITEM, SITE, package
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.runtime import Runtime
from tessera.web.app import create_app

PATH = "/api/v1/item"


def _named(kind: str, name: str, fields: list[dict[str, Any]], key: str) -> dict[str, Any]:
    return {"kind": kind, "uid": f"e_{name}"[:24], "name": name, "label": {"zh": name, "en": name}, "title": key,
            "business_key": [key], "fields": fields}


WORDS = tuple(
    """select user items query group table column index values default filter sort limit data type key constraint
    trigger rowid oid next keys class self from where end begin union primary bulk aggregate metadata""".split()
)


@pytest.fixture
def runtime_of_words(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """A process on an empty database."""
    made = opened(database_url, tmp_path)
    yield made
    made.close()


def test_words_of_sql_and_python_are_good_names_everywhere(runtime_of_words: Runtime) -> None:
    runtime = runtime_of_words
    usable = list(WORDS)
    fields = [{"uid": f"f_{name}", "name": name, "label": {"zh": name, "en": name}, "type": "text"} for name in usable]
    fields[0] |= {"required": True}
    lines = {"uid": "l_order", "name": "order", "label": {"zh": "行", "en": "Order"}, "type": "lines",
             "fields": [{"uid": "f_order", "name": "order", "label": {"zh": "值", "en": "Order"}, "type": "integer"}]}
    names = ["select", "user", "items", "query", "group", "table", "order", "values"]
    bodies = [_named("entity", name, [*fields, lines], usable[0]) for name in names]
    tools = (runtime.database, runtime.settings, Context(actor=SYSTEM))
    packages.apply(*tools, [package(*bodies)])
    api = api_of(create_app(runtime), make_user(runtime, "ada", is_admin=True)[1])
    for name in names:
        path = f"/api/v1/{name}"
        made = api("POST", path, {**{word: f"v {word}" for word in usable}, "order": [{"order": 1}, {"order": 2}]})
        assert made.status_code == 201, made.data
        for word in usable:
            text = f"{word} = 'v {word}' AND SUM(order, order) = 3"
            asked = urlencode({"filter": text, "sort": f"-{word}", "fields": word})
            found = api("GET", f"{path}?{asked}")
            assert found.status_code == 200, (name, word, found.data)
            assert [row[word] for row in found.json["data"]] == [f"v {word}"], (name, word)
        grouped = api("GET", f"{path}/aggregate?measures=count:count,values:max:values&groups=where&filter=from <> ''")
        assert grouped.json["data"] == [{"where": "v where", "count": 1, "values": "v values"}]
        changed = api("POST", f"{path}/bulk-update", {"filter": "id > 0", "changes": {"group": "new"}})
        assert changed.json["updated"] == 1, changed.data
        assert api("GET", made.headers["Location"]).json["group"] == "new"
        assert api("DELETE", made.headers["Location"]).status_code == 204


BAD = ("__class__", "Item", "ITEM", "a" * 300, "a-b", "a b", 'a"b', "a'b", "a;b", "物件", "ітем", "😀", "1a", "", "_a",
       "x_old", "item\u200b", "İtem")  # fmt: skip


def test_other_names_are_refused_when_a_package_is_checked(admin: Api) -> None:
    head = {"kind": "package", "uid": "more", "name": "more", "version": "1.0.0", "label": {"zh": "x", "en": "x"}}
    field = {"uid": "code", "name": "code", "label": {"zh": "x", "en": "x"}, "type": "text"}
    good = _named("entity", "thing", [field], "code")

    def problems(body: dict[str, Any]) -> list[Any]:
        answer = admin("POST", "/api/v1/packages/check", {"packages": [{"documents": [head, body]}]})
        assert answer.status_code == 200, answer.data
        found: list[Any] = answer.json["problems"]
        return found

    assert problems(good) == []
    for name in (*BAD, "tsr_user", "tsr_x", "metadata"):
        assert problems({**good, "name": name}), name
    for name in (*BAD, "id", "ref", "version", "place", "and", "true", "code", "ctid", "xmin"):
        assert problems({**good, "fields": [field, {**field, "uid": "other", "name": name}]}), name


def test_an_entity_of_two_thousand_fields_works_or_is_refused(admin: Api) -> None:
    label = {"zh": "x", "en": "x"}
    fields = [{"uid": f"f{n:05}", "name": f"f{n}", "label": label, "type": "text"} for n in range(2000)]
    wide = _named("entity", "wide", fields, "f0")
    body = {"packages": [{"documents": [
        {"kind": "package", "uid": "small", "name": "small", "label": {"zh": "小", "en": "Small"}, "version": "1.1.0"},
        SITE, ITEM, wide]}]}  # fmt: skip
    answer = admin("POST", "/api/v1/packages/apply", body)
    assert answer.status_code in (200, 422), answer.data[:500]
    if answer.status_code == 200:
        made = admin("POST", "/api/v1/wide", {"f0": "a", "f1999": "z"})
        assert made.status_code == 201 and admin("GET", "/api/v1/wide/a").json["f1999"] == "z"
    assert admin("GET", PATH).status_code == 200
