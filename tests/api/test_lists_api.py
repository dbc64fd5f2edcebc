"""Lists over HTTP: search, counts, groups, jumps, search everywhere, activity of a record, undoing an act."""

from __future__ import annotations

from typing import Any

import pytest

from api.api_kit import Api, api_of, make_user, problem_of
from tessera.context import SYSTEM, Context
from tessera.engine import records
from tessera.runtime import Runtime
from tessera.web.app import create_app

_ROLES = [
    {"kind": "role", "uid": "clerk", "name": "clerk", "grants": [
        {"uid": "item", "entity": "item", "actions": ["read", "create", "update", "delete"], "hidden": ["amount"],
         "masks": [{"uid": "m_note", "field": "note", "mask": "first_letter"}], "where": "code <> 'Z'"}]},
]  # fmt: skip


@pytest.fixture
def items(either: Api) -> Api:
    """Two sites and five items."""
    for code, title in (("S1", "North Hall"), ("S2", "静安店")):
        either("POST", "/api/v1/site", {"code": code, "title": title})
    rows = (("A", "Red Apple", "2.50", "S1", "new"), ("B", "green apple", "4.00", "S2", "done"),
            ("C", "红富士苹果 大", "1.00", "S1", "done"), ("D", "Pear", "10.00", None, "new"),
            ("Z", "hidden apple", "5.00", None, None))  # fmt: skip
    for code, title, amount, site, state in rows:
        body = {"code": code, "title": title, "amount": amount, "site": site, "state": state, "note": f"n {code}",
                "day": f"2026-0{ord(code) % 5 + 1}-10"}  # fmt: skip
        assert either("POST", "/api/v1/item", body).status_code == 201
    return either


@pytest.fixture
def clerk(items: Api, either_runtime: Runtime) -> Api:
    """Somebody who may not read amounts, sees notes in part, and does not see the item Z."""
    draft = items("POST", "/api/v1/drafts", {"name": "roles"}).headers["Location"]
    for each in _ROLES:
        items("POST", f"{draft}/documents", {"body": each})
    assert items("POST", f"{draft}/publish").status_code == 200
    return api_of(create_app(either_runtime), make_user(either_runtime, "carl", roles=["clerk"])[1])


def _codes(api: Api, query: str) -> list[str]:
    answer = api("GET", f"/api/v1/item?sort=code&{query}")
    assert answer.status_code == 200, answer.text
    return [each["code"] for each in answer.json["data"]]


def test_one_box_searches_words_in_titles_and_keys(items: Api) -> None:
    assert _codes(items, "search=APPLE") == ["A", "B", "Z"]
    assert _codes(items, "search=apple red") == ["A"] and _codes(items, "search=富士") == ["C"]
    assert _codes(items, "search=d&filter=state='new'") == ["A", "D"]
    assert _codes(items, "search=100%25") == [] and _codes(items, "search=_") == [] and _codes(items, "search= ") != []
    assert _codes(items, "search=静安&search_in=site.title") == ["B"]
    assert _codes(items, "search=north&search_in=site.title,title") == ["A", "C"]
    assert _codes(items, "search=4&search_in=amount") == [], "numbers are no texts"
    page = items("GET", "/api/v1/item?sort=code&search=apple&limit=1&count=true").json
    assert page["count"] == 3 and _codes(items, f"search=apple&limit=1&cursor={page['next']}") == ["B"]
    total = items("GET", "/api/v1/item/aggregate?measures=s:sum:amount&search=apple").json["data"]
    assert total == [{"s": "11.50"}]


def test_a_search_finds_nothing_by_what_its_reader_may_not_see(clerk: Api) -> None:
    assert _codes(clerk, "search=apple") == ["A", "B"]
    assert _codes(clerk, "search=n&search_in=note") == [] and _codes(clerk, "search=n&search_in=site.title") == []
    found = clerk("GET", "/api/v1/search?q=apple").json["data"]
    assert [each["title"] for each in found] == ["green apple", "Red Apple"]
    problem_of(clerk("GET", "/api/v1/search?q=x&entities=site"), 404, "not_found")


def test_counts_are_exact_up_to_a_bound_and_estimated_beyond(items: Api, either_runtime: Runtime) -> None:
    rows = [{"code": f"N{number}", "title": "many"} for number in range(300)]
    either_runtime.write(Context(actor=SYSTEM), lambda work: records.bulk_create(work, "item", rows))
    assert items("GET", "/api/v1/item/count?search=many").json == {"count": 300, "is_exact": True}
    guess = items("GET", "/api/v1/item/count?search=many&at_most=100").json
    assert guess["is_exact"] is False and 250 <= guess["count"] <= 350
    assert items("GET", "/api/v1/item/count?filter=code = 'A'&at_most=1").json == {"count": 1, "is_exact": True}
    jumped = items("GET", "/api/v1/item/jump?position=200&sort=-code&search=many").json
    page = items("GET", f"/api/v1/item?sort=-code&search=many&limit=2&cursor={jumped['cursor']}").json
    whole = items("GET", "/api/v1/item?sort=-code&search=many&limit=300").json["data"]
    assert [each["code"] for each in page["data"]] == [each["code"] for each in whole[200:202]]
    assert items("GET", "/api/v1/item/jump?position=0").json == {"cursor": None, "position": 0}
    assert items("GET", "/api/v1/item/jump?position=5000").json["cursor"] is None


def test_groups_have_counts_figures_and_the_filter_of_their_list(items: Api) -> None:
    found = items("GET", "/api/v1/item/groups?by=site&folds=amount:sum&order=-count").json
    assert [(each["label"], each["count"]) for each in found["data"]] == [
        ("North Hall", 2), (None, 2), ("静安店", 1)]  # fmt: skip
    for each in found["data"]:
        assert len(_codes(items, f"filter={each['filter']}")) == each["count"]
    assert found["data"][0]["figures"] == {"amount": "3.50"}
    states = items("GET", "/api/v1/item/groups?by=state&search=apple").json["data"]
    assert [(each["value"], each["count"]) for each in states] == [("done", 1), ("new", 1), (None, 1)]
    months = items("GET", "/api/v1/item/groups?by=day&bucket=month").json["data"]
    assert len(_codes(items, f"filter={months[0]['filter']}")) == months[0]["count"] >= 1
    problem_of(items("GET", "/api/v1/item/groups?by=nope"), 400, "unknown_field")
    problem_of(items("GET", "/api/v1/item/groups?by=state&folds=amount"), 400, "bad_parameter")
    problem_of(items("GET", "/api/v1/item/groups?by=state&bucket=eon"), 400, "bad_parameter")


def test_search_everywhere_ranks_keys_before_words(items: Api) -> None:
    items("POST", "/api/v1/item", {"code": "S1", "title": "sixth"})
    found = items("GET", "/api/v1/search?q=S1").json["data"]
    assert {(each["entity"], each["rank"]) for each in found[:2]} == {("item", "key"), ("site", "key")}
    assert found[0]["key"] == {"field": "code", "value": "S1"}
    words = items("GET", "/api/v1/search?q=pe&entities=item").json["data"]
    assert (words[0]["title"], words[0]["rank"]) == ("Pear", "begins")
    assert items("GET", "/api/v1/search?q=静").json["data"][0]["entity"] == "site"
    assert items("GET", "/api/v1/search?q=' OR 1=1").json["data"] == []


def test_activity_tells_changes_by_name_within_rights(items: Api, clerk: Api) -> None:
    reason = items("PATCH", "/api/v1/item/A", {"title": "Blue", "site": "S2", "amount": "7.00", "note": "secret",
                                               "parts": [{"qty": 2, "price": "1.00"}]})  # fmt: skip
    lines = reason.json["parts"] if "parts" in reason.json else items("GET", "/api/v1/item/A").json["parts"]
    items("PATCH", "/api/v1/item/A", {"parts": [{"id": lines[0]["id"], "qty": 5}]})
    found = items("GET", "/api/v1/item/A/activity").json["data"]
    assert [each["verb"] for each in found] == ["updated", "updated", "created"]
    told = {each["field"]: (each["before"], each["after"]) for each in found[1]["changes"]}
    assert told["title"] == ("Red Apple", "Blue") and told["amount"] == ("2.50", "7.00")
    assert [side["title"] for side in told["site"]] == ["North Hall", "静安店"]
    assert found[1]["lines"][0]["added"][0]["changes"][0]["after"] == 2
    assert found[0]["lines"][0]["changed"][0]["changes"][0]["before"] == 2
    assert found[0]["actor"]["title"] == "ada"
    seen = {each["field"]: each for each in clerk("GET", "/api/v1/item/A/activity").json["data"][1]["changes"]}
    assert "amount" not in seen and seen["note"]["after"].startswith("s•")
    assert seen["site"]["after"]["title"] is None, "sites are not his business"
    problem_of(clerk("GET", "/api/v1/item/Z/activity"), 404, "not_found")
    page = items("GET", "/api/v1/item/A/activity?limit=1").json
    assert items("GET", f"/api/v1/item/A/activity?limit=1&before={page['next']}").json["data"] == [found[1]]


def _undo(api: Api, request: str) -> Any:
    return api("POST", "/api/v1/item/undo", {"request": request})


def test_a_bulk_act_is_undone_where_nobody_touched_it_since(items: Api, clerk: Api) -> None:
    changed = items("POST", "/api/v1/item/bulk-update", {"filter": "state = 'new'", "changes": {"amount": "0.00"}})
    items("PATCH", "/api/v1/item/D", {"title": "Other"})
    done = _undo(items, changed.headers["X-Request-Id"]).json
    assert (done["reverted"], done["restored"]) == (1, 0)
    assert [each["code"] for each in done["problems"]] == ["stale_version"]
    assert items("GET", "/api/v1/item/A").json["amount"] == "2.50"
    assert items("GET", "/api/v1/item/D").json["amount"] == "0.00"
    gone = items("POST", "/api/v1/item/bulk-delete", {"keys": ["A", "B"]})
    assert _undo(items, gone.headers["X-Request-Id"]).json["restored"] == 2
    assert _codes(items, "search=apple") == ["A", "B", "Z"]
    made = items("POST", "/api/v1/item/bulk", {"data": [{"code": "N1", "title": "n"}, {"code": "N2", "title": "n"}]})
    assert _undo(items, made.headers["X-Request-Id"]).json["deleted"] == 2
    problem_of(_undo(clerk, changed.headers["X-Request-Id"]), 409, "nothing_to_take_back")
    problem_of(_undo(items, "0123456789"), 409, "nothing_to_take_back")
    problem_of(_undo(items, "short"), 400, "bad_body")


def test_lines_come_back_as_they_were(items: Api) -> None:
    parts = [{"qty": 1, "price": "1.00"}, {"qty": 2, "price": "2.00"}]
    items("PATCH", "/api/v1/item/A", {"parts": parts})
    lines = items("GET", "/api/v1/item/A").json["parts"]
    act = items("PATCH", "/api/v1/item/A", {"parts": [{"id": lines[0]["id"], "qty": 9}, {"qty": 3, "price": "3.00"}]})
    assert _undo(items, act.headers["X-Request-Id"]).json["reverted"] == 1
    found = items("GET", "/api/v1/item/A").json["parts"]
    assert [(each["qty"], each["price"]) for each in found] == [(1, "1.00"), (2, "2.00")]
