"""Packages, releases and metadata over HTTP."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Flask

from api.api_kit import Api, api_of, make_user, problem_of
from api.small_package import ITEM, PACKAGE, SITE
from tessera.context import Context
from tessera.engine import outstanding, packages
from tessera.meta.documents import document_of, package_of
from tessera.runtime import Runtime
from tessera.web.app import create_app

_SIZE = {"uid": "size", "name": "size", "label": {"zh": "大小", "en": "Size"}, "type": "integer"}
_BIGGER = {**ITEM, "fields": [*ITEM["fields"], _SIZE]}


def _body(*documents: dict[str, Any], version: str = "1.1.0") -> dict[str, Any]:
    return {"packages": [{"documents": [{**PACKAGE, "version": version}, *documents]}]}


def test_a_package_is_checked_planned_applied_and_rolled_back(either: Api) -> None:
    body = _body(SITE, _BIGGER)
    assert either("POST", "/api/v1/packages/check", body).json == {"problems": []}
    plan = either("POST", "/api/v1/packages/plan", body).json
    assert any(change["key"] == "small:item.size" and change["action"] == "add" for change in plan["changes"])
    applied = either("POST", "/api/v1/packages/apply?parent=1&reason=bigger", body).json
    assert (applied["release"], applied["is_new"]) == (2, True)
    assert either("POST", "/api/v1/item", {"code": "A", "title": "t", "size": 4}).json["size"] == 4
    late = either("POST", "/api/v1/packages/apply?parent=1", _body(SITE, ITEM, version="1.2.0"))
    problem_of(late, 409, "release_moved")
    back = either("POST", "/api/v1/packages/rollback?consent=true").json
    assert back["release"] == 3
    assert "size" not in either("GET", "/api/v1/item/A").json
    numbers = [row["number"] for row in either("GET", "/api/v1/releases").json["data"]]
    assert numbers == [3, 2, 1]


def test_going_back_is_planned_before_it_is_done(either: Api) -> None:
    either("POST", "/api/v1/packages/apply", _body(SITE, _BIGGER))
    either("POST", "/api/v1/item", {"code": "A", "title": "t", "size": 4})
    plan = either("GET", "/api/v1/releases/1/rollback").json
    assert (plan["base"], plan["to"], plan["needs_consent"], plan["inline_rows"]) == (2, 1, True, 50_000)
    gone = next(change for change in plan["changes"] if change["key"] == "small:item.size")
    assert (gone["action"], gone["rows"], gone["risk"]) == ("remove", 1, "hides_data")
    assert (gone["of"]["key"], gone["of"]["kind"], gone["of"]["label"]["en"]) == ("small:item", "entity", "Item")
    assert either("GET", "/api/v1/releases").json["head"] == 2, "a plan changes nothing"
    problem_of(either("POST", "/api/v1/packages/rollback?to=1&parent=2"), 409, "consent_needed")
    assert either("POST", "/api/v1/packages/rollback?to=1&parent=2&consent=true").json["release"] == 3
    problem_of(either("GET", "/api/v1/releases/99/rollback"), 409, "nothing_to_roll_back")


def test_a_repeated_apply_changes_nothing(admin: Api) -> None:
    body = _body(SITE, ITEM, version="1.0.0")
    assert admin("POST", "/api/v1/packages/apply", body).json["is_new"] is False


def test_an_export_is_taken_back_as_a_zip(admin: Api) -> None:
    data = admin("GET", "/api/v1/packages/small/export").data
    assert "small/tessera.json" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    plan = admin("POST", "/api/v1/packages/plan", data, Content_Type="application/zip")
    assert plan.json["is_empty"] is True
    form = {"file": (io.BytesIO(data), "small.zip")}
    headers = {"Authorization": f"Bearer {admin.key}"}
    assert admin.client.post("/api/v1/packages/plan", data=form, headers=headers).json["is_empty"] is True


def test_every_problem_of_a_package_is_reported(admin: Api) -> None:
    bad = {**SITE, "fields": [{**SITE["fields"][0], "type": "nope"}], "color": 1}
    problems = admin("POST", "/api/v1/packages/check", _body(bad, ITEM)).json["problems"]
    assert len(problems) >= 2 and all("site.json" in each["pointer"] for each in problems)


def test_what_is_no_package_is_refused(admin: Api) -> None:
    headless = {"packages": [{"documents": [SITE]}]}
    for body in ({}, {"packages": []}, {"packages": [1]}, headless, [1], {"packages": [{}], "x": 1}):
        problem_of(admin("POST", "/api/v1/packages/check", body), 400, "bad_body")
    answer = admin("POST", "/api/v1/packages/check", b"PK\x03\x04 no zip", Content_Type="application/zip")
    assert answer.status_code in (400, 422), answer.data
    problem_of(admin("POST", "/api/v1/packages/check", b"x", Content_Type="text/plain"), 415, "wrong_content_type")


def test_documents_and_schemas_are_there_to_read(admin: Api) -> None:
    listed = admin("GET", "/api/v1/metadata?kind=entity").json["data"]
    assert [each["name"] for each in listed] == ["item", "site"]
    fields = admin("GET", "/api/v1/metadata/entity/item").json["fields"]
    assert [each["uid"] for each in fields] == [each["uid"] for each in ITEM["fields"]]
    problem_of(admin("GET", "/api/v1/metadata/entity/nope"), 404, "not_found")
    assert {"entity", "table"} <= {each["kind"] for each in admin("GET", "/api/v1/schemas").json["data"]}
    assert admin("GET", "/api/v1/schemas/entity").json["title"]
    problem_of(admin("GET", "/api/v1/schemas/nope"), 404, "not_found")


def test_metadata_is_for_administrators(runtime: Runtime, app: Flask) -> None:
    bob = api_of(app, make_user(runtime, "bob")[1])
    for method, path in (
        ("GET", "/api/v1/metadata"), ("GET", "/api/v1/metadata/entity/item"), ("GET", "/api/v1/packages"),
        ("GET", "/api/v1/releases"), ("GET", "/api/v1/releases/1/rollback"),
        ("GET", "/api/v1/packages/small/export"), ("POST", "/api/v1/packages/rollback"),
    ):  # fmt: skip
        problem_of(bob(method, path), 403, "forbidden")
    problem_of(bob("POST", "/api/v1/packages/apply", _body(SITE, ITEM)), 403, "forbidden")


def test_fields_that_are_being_filled_say_so(either_runtime: Runtime) -> None:
    api = api_of(create_app(either_runtime), make_user(either_runtime, "ada", is_admin=True)[1])
    api("POST", "/api/v1/item", {"code": "A", "title": "t"})
    loud = {"uid": "loud", "name": "loud", "label": {"zh": "响", "en": "Loud"}, "type": "formula",
            "value": "code & '!'", "stored": True}  # fmt: skip
    bodies = [{**PACKAGE, "version": "1.1.0"}, SITE, {**ITEM, "fields": [*ITEM["fields"], loud]}]
    large = replace(either_runtime.settings, limits=replace(either_runtime.settings.limits, build_inline_rows=0))
    made = package_of("small", [document_of("small", f"{place}.json", body) for place, body in enumerate(bodies)])
    packages.apply(either_runtime.database, large, Context(), [made])
    found = api("GET", "/api/v1/item/A")
    assert (found.json["loud"], found.headers["Tessera-Building"]) == ("A!", "loud")
    listed = api("GET", "/api/v1/item?fields=loud")
    assert (listed.json["data"][0]["loud"], listed.headers["Tessera-Building"]) == ("A!", "loud")
    query = "/api/v1/item?filter=" + quote("loud = 'A!'")
    problem_of(api("GET", query), 409, "field_building")
    problem_of(api("GET", "/api/v1/item?sort=loud"), 409, "field_building")
    (build,) = api("GET", "/api/v1/releases/outstanding").json["builds"]
    assert (build["kind"], build["fields"], build["state"], build["done"]) == ("formula", ["item.loud"], "waiting", 0)
    assert build["total"] >= 1
    outstanding.finish(either_runtime, Context())
    assert api("GET", "/api/v1/releases/outstanding").json == {"builds": [], "holders": 0}
    assert [each["loud"] for each in api("GET", query).json["data"]] == ["A!"]
    assert "Tessera-Building" not in api("GET", "/api/v1/item/A").headers
