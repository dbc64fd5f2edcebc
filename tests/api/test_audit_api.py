"""The audit list: what it tells, to whom, page by page."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from api.api_kit import PASSWORD, Api, Shop, api_of, make_user, problem_of
from api.small_package import ITEM, PACKAGE, SITE
from tessera.runtime import Runtime
from tessera.web.app import create_app


def _page(api: Api, query: str = "") -> Any:
    answer = api("GET", f"/api/v1/audit?{query}")
    assert answer.status_code == 200, answer.data
    return answer.json


def _all(api: Api, query: str = "", limit: int = 2) -> list[dict[str, Any]]:
    """Every entry, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = _page(api, f"limit={limit}&cursor={cursor}&{query}")
        found += page["data"]
        if page["next"] is None:
            return found
        cursor = page["next"]


def _busy(api: Api) -> None:
    """A morning: a site, two items, one of them changed and deleted, a user with a role, a release, a sign-in."""
    api("POST", "/api/v1/site", {"code": "S1", "title": "North"})
    api("POST", "/api/v1/item", {"code": "A", "title": "first"})
    api("POST", "/api/v1/item", {"code": "B", "title": "second"})
    api("PATCH", "/api/v1/item/A", {"title": "changed", "count": 3})
    api("DELETE", "/api/v1/item/B")
    api("POST", "/api/v1/auth/users", {"name": "bob", "password": PASSWORD, "roles": ["clerk"]})
    api_of(api.client.application)("POST", "/api/v1/auth/login", {"name": "bob", "password": PASSWORD})
    body = {"packages": [{"documents": [{**PACKAGE, "version": "1.1.0"}, SITE, {**ITEM, "icon": "tag"}]}]}
    assert api("POST", "/api/v1/packages/apply?reason=icons", body).status_code == 200


def test_it_tells_records_releases_sign_ins_and_rights(either: Api) -> None:
    _busy(either)
    entries = _page(either)["data"]
    times = [each["at"] for each in entries]
    assert times == sorted(times, reverse=True)
    release = entries[0]
    assert (release["kind"], release["verb"], release["reason"]) == ("metadata", "release.applied", "icons")
    changed = next(each for each in entries if each["verb"] == "updated")
    assert (changed["entity"], changed["title"], changed["is_there"]) == ("item", "changed", True)
    assert {each["name"] for each in changed["fields"]} == {"title", "count"}
    assert changed["actor"]["name"] == "ada"
    gone = next(each for each in entries if each["verb"] == "deleted")
    assert (gone["is_there"], gone["title"]) == (False, None)
    login = next(each for each in entries if each["verb"] == "login")
    assert (login["kind"], login["actor"]["name"]) == ("access", "bob")
    made = next(each for each in entries if each["verb"] == "user_created" and each["about"]["name"] == "bob")
    assert made["detail"]["roles"] == ["clerk"] and made["actor"]["name"] == "ada"


def test_pages_tile_the_list(either: Api) -> None:
    _busy(either)
    whole = [each["id"] for each in _page(either, "limit=200")["data"]]
    assert [each["id"] for each in _all(either)] == whole
    assert [each["id"] for each in _all(either, limit=3)] == whole and len(set(whole)) == len(whole)


def test_filters_narrow_it(either: Api) -> None:
    _busy(either)
    kinds = {each["kind"] for each in _all(either, "kind=records")}
    assert kinds == {"records"}
    assert {each["kind"] for each in _all(either, "kind=metadata,access")} == {"metadata", "access"}
    item = either("GET", "/api/v1/item/A").json["id"]
    verbs = [each["verb"] for each in _all(either, f"entity=item&record={item}")]
    assert verbs == ["updated", "created"]
    bob = next(each["id"] for each in either("GET", "/api/v1/people?q=bob").json["data"])
    assert {each["verb"] for each in _all(either, f"person={bob}")} == {"login", "user_created"}


def test_a_period_is_found_without_reading_all(either: Api) -> None:
    _busy(either)
    entries = _all(either, limit=50)
    newest, oldest = entries[0]["at"], entries[-1]["at"]
    assert [each["id"] for each in _all(either, f"since={quote(oldest)}")] == [each["id"] for each in entries]
    later = {each["id"] for each in _all(either, f"since={quote(newest)}")}
    assert later == {each["id"] for each in entries if each["at"] >= newest}
    assert {each["id"] for each in _all(either, f"until={quote(newest)}")} == {each["id"] for each in entries} - later
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert _all(either, f"since={quote(tomorrow)}") == []


def test_an_entry_says_what_stood_there_before(either: Api) -> None:
    _busy(either)
    changed = next(each for each in _page(either, "entity=item")["data"] if each["verb"] == "updated")
    told = either("GET", f"/api/v1/audit/{changed['id']}").json
    titles = next(each for each in told["changes"] if each["field"] == "title")
    assert (titles["before"], titles["after"], told["is_intact"]) == ("first", "changed", True)
    release = _page(either, "kind=metadata")["data"][0]
    assert either("GET", f"/api/v1/audit/{release['id']}").json["detail"]["release"] == 2
    for bad in ("e1", "c999999", "x", "c"):
        problem_of(either("GET", f"/api/v1/audit/{bad}"), 404, "not_found")


def test_it_comes_as_a_file(either: Api) -> None:
    either("POST", "/api/v1/item", {"code": "F", "title": "=HYPERLINK(1)"})
    answer = either("GET", "/api/v1/audit.csv?entity=item")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [(row["verb"], row["title"], row["who"]) for row in rows] == [("created", "'=HYPERLINK(1)", "ada")]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_what_is_asked_wrongly_is_refused(admin: Api) -> None:
    for query in ("kind=nope", "record=1", "since=yesterday", "until=2026-01-01T00:00:00", "cursor=5", "cursor=a-b"):
        problem_of(admin("GET", f"/api/v1/audit?{query}"), 400, "bad_parameter")
    problem_of(admin("GET", "/api/v1/audit?entity=nope"), 404, "not_found")


def test_it_is_for_those_who_have_the_permission(runtime: Runtime, admin: Api) -> None:
    app = create_app(runtime)
    bob = api_of(app, make_user(runtime, "bob")[1])
    for path in ("/api/v1/audit", "/api/v1/audit.csv", "/api/v1/audit/c1"):
        problem_of(bob("GET", path), 403, "forbidden")


def test_an_auditor_sees_what_he_may_see_of_the_records(shop: Shop) -> None:
    role = {
        "kind": "role", "uid": "auditor", "name": "auditor", "label": {"zh": "审计", "en": "Auditor"},
        "permissions": ["audit"],
        "grants": [{"uid": "stores", "entity": "store", "actions": ["read"], "where": "code = USER('store')",
                    "hidden": ["name"]}],
    }  # fmt: skip
    head = {"kind": "package", "uid": "audit", "name": "audit", "label": {"zh": "审计", "en": "Audit"},
            "version": "1.0.0", "requires": [{"uid": "retail", "package": "retail"}]}  # fmt: skip
    applied = shop.admin("POST", "/api/v1/packages/apply", {"packages": [{"documents": [head, role]}]})
    assert applied.status_code == 200, applied.data
    for code in ("S01", "S02"):
        shop.admin("POST", "/api/v1/store", {"code": code, "name": f"store {code}"})
    shop.admin("POST", "/api/v1/channel", {"code": "web", "name": "Web"})
    _, key = make_user(shop.runtime, "eve", roles=["auditor"], attributes={"store": "S01"})
    eve = api_of(shop.app, key)
    entries = [each for each in _all(eve, "kind=records")]
    assert [each["entity"] for each in entries] == ["store"], "one store is hers, and channels are not"
    assert "name" not in {each["name"] for each in entries[0]["fields"]}
    told = eve("GET", f"/api/v1/audit/{entries[0]['id']}").json
    assert "name" not in {each["field"] for each in told["changes"]}
    hers = {each["id"] for each in entries}
    others = [each["id"] for each in _all(shop.admin, "kind=records", limit=50) if each["id"] not in hers]
    assert len(others) >= 2
    for each in others:
        problem_of(eve("GET", f"/api/v1/audit/{each}"), 404, "not_found")
