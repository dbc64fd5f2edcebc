"""Records over HTTP, on both databases: exact values, versions, repeated requests, batches, older names."""

from __future__ import annotations

import copy
import threading
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from api.api_kit import Api, api_of, make_user, problem_of
from api.small_package import ITEM, package
from tessera.context import SYSTEM, Context
from tessera.engine import packages
from tessera.runtime import Runtime
from tessera.web.app import create_app


def _item(code: str = "A", **more: Any) -> dict[str, Any]:
    return {"code": code, "title": "first", **more}


def test_what_is_written_is_read_back_exactly(either: Api) -> None:
    either("POST", "/api/v1/site", {"code": "S1", "title": "North"})
    body = _item(
        amount="12.3", weight="0.125", count=3, is_open=True, day="2026-02-28", seen_at="2026-01-01T10:00:00+08:00",
        state="new", site="S1", note="注", parts=[{"qty": 2, "price": "3.10"}, {"qty": 1, "price": "0.05"}],
    )  # fmt: skip
    made = either("POST", "/api/v1/item", body)
    assert made.status_code == 201
    read = either("GET", made.headers["Location"])
    assert {name: read.json[name] for name in ("amount", "weight", "count", "is_open", "day", "seen_at", "total")} == {
        "amount": "12.30", "weight": "0.125", "count": 3, "is_open": True, "day": "2026-02-28",
        "seen_at": "2026-01-01T02:00:00Z", "total": "6.25",
    }  # fmt: skip
    assert {**made.json, "parts": 0} == {**read.json, "parts": 0}
    assert [(part["qty"], part["price"], part["place"]) for part in read.json["parts"]] == [
        (2, "3.10", 1), (1, "0.05", 2),
    ]  # fmt: skip


def test_a_fraction_in_the_body_is_taken_exactly(either: Api) -> None:
    made = either("POST", "/api/v1/item", b'{"code": "A", "title": "t", "amount": 90071992547409.93, "weight": 0.1}')
    assert (made.json["amount"], made.json["weight"]) == ("90071992547409.93", "0.100")
    refused = either("POST", "/api/v1/item", b'{"code": "B", "title": "t", "amount": 0.105}')
    assert problem_of(refused, 422, "invalid")["problems"][0]["pointer"] == "/amount"


def test_every_problem_of_a_record_is_reported_at_once(either: Api) -> None:
    body = {"title": "", "amount": "-1", "count": "x", "day": "2026-02-30", "parts": [{"qty": 1}]}
    problem = problem_of(either("POST", "/api/v1/item", body), 422, "invalid")
    pointers = {each["pointer"] for each in problem["problems"]}
    assert pointers == {"/code", "/title", "/amount", "/count", "/day", "/parts/0/price"}


@pytest.mark.parametrize("name", ["id", "ref", "version", "created_by", "total", "deleted_at", "__proto__", "nope"])
def test_names_that_cannot_be_written_are_refused_by_name(admin: Api, name: str) -> None:
    answer = admin("POST", "/api/v1/item", _item(**{name: 1}))
    problem = problem_of(answer, 400, "invalid")
    assert [each["pointer"] for each in problem["problems"]] == [f"/{name}"]


def test_a_change_counts_the_version_and_needs_the_present_one(either: Api) -> None:
    made = either("POST", "/api/v1/item", _item())
    path, tag = made.headers["Location"], made.headers["ETag"]
    changed = either("PATCH", path, {"title": "second"}, If_Match=tag)
    assert changed.json["version"] == 2 and changed.headers["ETag"] != tag
    late = either("PATCH", path, {"title": "third"}, If_Match=tag)
    problem_of(late, 412, "precondition_failed")
    assert late.headers["ETag"] == changed.headers["ETag"]
    problem_of(either("DELETE", path, If_Match=tag), 412, "precondition_failed")
    problem_of(either("PATCH", path, {}, If_Match="nonsense"), 400, "bad_request")
    assert either("PATCH", path, {"title": "third"}, If_Match="*").status_code == 200
    assert either("GET", path).json["title"] == "third"


def test_an_unchanged_record_is_not_sent_again(either: Api) -> None:
    made = either("POST", "/api/v1/item", _item())
    path = made.headers["Location"]
    same = either("GET", path, If_None_Match=made.headers["ETag"])
    assert (same.status_code, same.data) == (304, b"")
    either("PATCH", path, {"title": "second"})
    assert either("GET", path, If_None_Match=made.headers["ETag"]).status_code == 200


def test_tags_of_one_user_tell_nothing_to_another(runtime: Runtime, app: Flask, admin: Api) -> None:
    other = api_of(app, make_user(runtime, "eve", is_admin=True)[1])
    path = admin("POST", "/api/v1/item", _item()).headers["Location"]
    assert admin("GET", path).headers["ETag"] != other("GET", path).headers["ETag"]


def test_put_blanks_what_it_leaves_out(either: Api) -> None:
    path = either("POST", "/api/v1/item", _item(count=3, parts=[{"qty": 1, "price": "1"}])).headers["Location"]
    answer = either("PUT", path, {"code": "A", "title": "t", "note": "n"}).json
    assert (answer["count"], answer["parts"], answer["note"], answer["total"]) == (None, [], "n", "0.00")
    problem_of(either("PUT", path, {"code": "A"}), 422, "invalid")


def test_a_deleted_record_is_gone_and_can_be_restored(either: Api) -> None:
    path = either("POST", "/api/v1/item", _item()).headers["Location"]
    assert either("DELETE", path).status_code == 204
    problem_of(either("GET", path), 404, "not_found")
    problem_of(either("DELETE", path), 404, "not_found")
    assert either("POST", f"{path}/restore").status_code == 200
    assert either("GET", "/api/v1/item/A").status_code == 200


def test_a_repeated_request_gets_the_first_answer_and_writes_once(either: Api) -> None:
    first = either("POST", "/api/v1/item", _item(), Idempotency_Key="k-1")
    again = either("POST", "/api/v1/item", _item(), Idempotency_Key="k-1")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert either("GET", "/api/v1/item?count=true").json["count"] == 1
    other = either("POST", "/api/v1/item", _item("B"), Idempotency_Key="k-1")
    problem_of(other, 409, "idempotency_mismatch")
    problem_of(either("POST", "/api/v1/item", _item("B"), Idempotency_Key="x" * 201), 400, "bad_idempotency_key")


def test_a_refused_request_leaves_its_key_free(either: Api) -> None:
    problem_of(either("POST", "/api/v1/item", {"code": "A"}, Idempotency_Key="k-1"), 422, "invalid")
    assert either("POST", "/api/v1/item", _item(), Idempotency_Key="k-1").status_code == 201


def test_the_same_request_at_once_writes_once(either_runtime: Runtime) -> None:
    app = create_app(either_runtime)
    key = make_user(either_runtime, "ada", is_admin=True)[1]
    answers: list[Any] = []

    def send() -> None:
        answers.append(api_of(app, key)("POST", "/api/v1/item", _item(), Idempotency_Key="k-1"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.status_code for each in answers] == [201] * 6
    assert len({each.data for each in answers}) == 1
    assert sum("Idempotency-Replayed" in each.headers for each in answers) == 5


def test_lists_are_filtered_sorted_and_paged(either: Api) -> None:
    rows = [_item(f"C{number}", count=number, is_open=number % 2 == 0) for number in range(7)]
    made = either("POST", "/api/v1/item/bulk", {"data": rows})
    assert made.json["created"] == 7
    path = "/api/v1/item?filter=count >= 1&sort=-count&fields=code,count&limit=4&count=true"
    first = either("GET", path).json
    assert ([row["code"] for row in first["data"]], first["count"]) == (["C6", "C5", "C4", "C3"], 6)
    assert "title" not in first["data"][0]
    rest = either("GET", f"{path}&cursor={first['next']}").json
    assert ([row["code"] for row in rest["data"]], rest["next"]) == (["C2", "C1"], None)
    back = either("GET", f"{path}&cursor={rest['previous']}").json
    assert [row["code"] for row in back["data"]] == [row["code"] for row in first["data"]]


def test_references_are_expanded_when_asked_for(either: Api) -> None:
    either("POST", "/api/v1/site", {"code": "S1", "title": "North"})
    either("POST", "/api/v1/item", _item(site="S1"))
    assert isinstance(either("GET", "/api/v1/item/A").json["site"], int)
    assert either("GET", "/api/v1/item/A?expand=site").json["site"]["title"] == "North"
    few = either("GET", "/api/v1/item/A?expand=site&fields=site").json
    assert few["site"]["title"] == "North" and "title" not in few and few["version"] == 1
    assert either("GET", "/api/v1/item?expand=site").json["data"][0]["site"]["code"] == "S1"


@pytest.mark.parametrize(
    "query",
    ["filter=nope=1", "sort=nope", "fields=nope", "expand=nope", "expand=title", "fields=", "sort=,", "limit=501",
     "filter=count %2B", "filter=title", "cursor=x", "offset=10001", "count=1", "filter=" + "1=1 AND " * 600 + "1=1"],
)  # fmt: skip
def test_a_list_asked_for_wrongly_is_a_400(admin: Api, query: str) -> None:
    answer = admin("GET", f"/api/v1/item?{query}")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json"), answer.data


@pytest.mark.parametrize("text", ["'; DROP TABLE item; --", "1 OR 1=1", "x' OR 'a'='a", "pg_sleep(9)", "%", "\\", "'"])
def test_texts_of_attackers_are_only_texts(admin: Api, text: str) -> None:
    admin("POST", "/api/v1/item", _item(text))
    found = admin("GET", "/api/v1/item").json["data"]
    assert [row["code"] for row in found] == [text]
    for query in ("filter", "sort", "fields", "expand", "cursor"):
        answer = admin("GET", f"/api/v1/item?{urlencode({query: text})}")
        assert answer.status_code in (200, 400)


def test_a_batch_is_stored_whole_or_not_at_all(either: Api) -> None:
    rows = [_item("A"), _item("B", amount="x"), _item("A")]
    problem = problem_of(either("POST", "/api/v1/item/bulk", {"data": rows}), 422, "invalid")
    assert {each["pointer"] for each in problem["problems"]} == {"/data/1/amount", "/data/2/code"}
    assert either("GET", "/api/v1/item?count=true").json["count"] == 0


def test_upsert_creates_and_changes_by_business_key(either: Api) -> None:
    either("POST", "/api/v1/item", _item("A", count=1))
    body = {"data": [_item("A", count=2), _item("B", count=3)]}
    answer = either("POST", "/api/v1/item/upsert", body).json
    assert (answer["created"], answer["updated"]) == (1, 1)
    assert either("GET", "/api/v1/item/A").json["count"] == 2
    refused = either("POST", "/api/v1/item/upsert", {"data": [_item("A")], "on_repeat": "refuse"})
    problem_of(refused, 422, "invalid")
    problem_of(either("POST", "/api/v1/item/upsert", {"data": [_item("A")], "on_repeat": "x"}), 400, "bad_body")


def test_an_older_name_is_understood_and_marked(either_runtime: Runtime) -> None:
    renamed = copy.deepcopy(ITEM)
    field = next(each for each in renamed["fields"] if each["uid"] == "note")
    field["name"] = "remark"
    renamed["name"] = "thing"
    bench = [either_runtime.database, either_runtime.settings, Context(actor=SYSTEM)]
    packages.apply(*bench, [package(item=renamed, version="1.1.0")], consent=True)  # type: ignore[arg-type]
    api = api_of(create_app(either_runtime), make_user(either_runtime, "ada", is_admin=True)[1])
    made = api("POST", "/api/v1/item", _item(note="n"))
    assert made.status_code == 201 and made.json["remark"] == "n" and "note" not in made.json
    assert made.headers["Deprecation"] == "true"
    assert "Deprecation" not in api("GET", "/api/v1/thing/A").headers
    assert api("GET", "/api/v1/item/A").headers.getlist("Tessera-Renamed") == ["item=thing"]


def test_who_may_nothing_sees_nothing(runtime: Runtime, app: Flask, admin: Api, stranger: Api) -> None:
    admin("POST", "/api/v1/item", _item())
    nobody = api_of(app, make_user(runtime, "bob")[1])
    for path in ("/api/v1/item", "/api/v1/item/A", "/api/v1/nope", "/api/v1/nope/A"):
        answer = problem_of(nobody("GET", path), 404, "not_found")
        assert answer["detail"].startswith("There is no such")
        problem_of(stranger("GET", path), 401, "not_signed_in")
    problem_of(nobody("POST", "/api/v1/item", _item("B")), 404, "not_found")


def test_a_reading_key_cannot_write(app: Flask, admin: Api) -> None:
    key = admin("POST", "/api/v1/auth/keys", {"label": "r", "scopes": ["read"]}).json["key"]
    reader = api_of(app, key)
    assert reader("GET", "/api/v1/item").status_code == 200
    problem_of(reader("POST", "/api/v1/item", _item()), 403, "missing_scope")


def test_figures_are_exact_by_groups(either: Api) -> None:
    rows = [_item(f"C{number}", amount=f"{number}.10", state="new" if number % 2 else "done") for number in range(5)]
    either("POST", "/api/v1/item/bulk", {"data": rows})
    path = "/api/v1/item/aggregate"
    found = either("GET", f"{path}?measures=n:count,total:sum:amount&groups=state&sort=-total").json["data"]
    assert found == [{"state": "done", "n": 3, "total": "6.30"}, {"state": "new", "n": 2, "total": "4.20"}]
    body = {"measures": "n:count", "filter": "amount > 2"}
    assert either("POST", path, body).json["data"] == [{"n": 3}]
    for query in ("", "measures=n", "measures=n:nope", "measures=n:sum:nope", "measures=n:count&sort=x"):
        assert either("GET", f"{path}?{query}").status_code == 400, query
