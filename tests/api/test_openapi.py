"""The OpenAPI document is valid, complete, and as the snapshot has it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.api_kit import Api, api_of, make_user
from tessera.runtime import Runtime
from tessera.web.handlers import routes

_SNAPSHOT = Path(__file__).with_name("openapi_snapshot.json")


def _document(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api("GET", "/api/v1/openapi.json").json
    return found


def test_the_document_is_valid(admin: Api) -> None:
    problems = [error.message for error in OpenAPIV31SpecValidator(_document(admin)).iter_errors()]
    assert problems == []


def test_the_document_is_the_snapshot(admin: Api) -> None:
    """Write it anew with TESSERA_SNAPSHOT=1, and read the difference before it is committed."""
    text = json.dumps(_document(admin), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("TESSERA_SNAPSHOT") == "1":
        _SNAPSHOT.write_text(text, "utf-8")
    assert text == _SNAPSHOT.read_text("utf-8")


def test_every_endpoint_stands_in_the_document_and_explains_itself(app: Flask, admin: Api) -> None:
    paths = _document(admin)["paths"]
    for each in routes():
        path = each.path.replace("/api/v1/{entity}", "/api/v1/item")
        operation = paths[path][each.method.lower()]
        assert operation["summary"] and len(operation["description"]) > 20, each.name
    served = {str(rule) for rule in app.url_map.iter_rules()}
    assert len(served) == len({each.path for each in routes()})


def test_operation_ids_are_unique(admin: Api) -> None:
    ids = [one["operationId"] for methods in _document(admin)["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))


def test_only_what_the_user_may_see_is_told(runtime: Runtime, app: Flask, stranger: Api) -> None:
    bob = api_of(app, make_user(runtime, "bob")[1])
    text = bob("GET", "/api/v1/openapi.json").text
    assert "/api/v1/item" not in text and "weight" not in text
    assert stranger("GET", "/api/v1/openapi.json").status_code == 401


def test_an_unchanged_document_is_not_sent_again(admin: Api) -> None:
    tag = admin("GET", "/api/v1/openapi.json").headers["ETag"]
    assert admin("GET", "/api/v1/openapi.json", If_None_Match=tag).status_code == 304


@pytest.mark.parametrize("name", ["item_new", "item", "site_changes", "Problem"])
def test_examples_of_the_docs_page_have_what_they_need(admin: Api, name: str) -> None:
    schema = _document(admin)["components"]["schemas"][name]
    assert set(schema.get("required", ())) <= set(schema["properties"])
