"""Attacks by what a request says, each named by the rule that it must not break; what is refused is never a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from werkzeug.test import TestResponse

from api.api_kit import Api, api_of, make_user, opened, problem_of
from api.api_kit import filled as from_packages
from api.small_package import package
from databases import Templates
from limits import limited
from tessera.runtime import Runtime
from tessera.web.app import create_app

PATH = "/api/v1/item"
PAYLOADS = (
    "'", "''", '"', "`", "\\", "\\'", "%27", "%00", "--", "-- -", ";--", "/*", "*/", "#", "' OR '1'='1", "' OR 1=1--",
    '" OR ""="', "') OR ('1'='1", "1 OR 1=1", "1; DROP TABLE item", "'; DROP TABLE item; --", "1 UNION SELECT 1",
    "' UNION SELECT password_hash FROM tsr_user --", "1 AND SLEEP(9)", "pg_sleep(9)", "'; SELECT pg_sleep(9); --",
    "1) OR pg_sleep(9) IS NULL--", "randomblob(1000000000)", "(SELECT name FROM sqlite_master)",
    "(SELECT secret_hash FROM tsr_api_key)", "id; ATTACH DATABASE 'x' AS x", "load_extension('x')",
    "CASE WHEN 1=1 THEN 1 ELSE 1/0 END", "1/0", "0x414243", "CHAR(65)", "code COLLATE NOCASE", "code::text", "$1", ":1",
    "?", "%s", "%(id)s", "{0}", "{code}", "${7*7}", "{{7*7}}", "__class__", "().__class__.__bases__", "id.__class__",
    "item.code", "tsr_user.name", "code, (SELECT 1)", "*", "-", "--code", ",", ".", "..", "\u202ecode", "ｃode", "😀",
)  # fmt: skip


@pytest.fixture(scope="module")
def target(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The small package and a role, for all tests of this module: none of them may change anything."""
    folder = tmp_path_factory.mktemp("attacks")
    role = {"kind": "role", "uid": "clerk", "name": "clerk", "label": {"zh": "员", "en": "Clerk"}, "grants": [
        {"uid": "own", "entity": "item", "actions": ["read", "create", "update", "delete"], "where": "count = 1",
         "hidden": ["weight", "parts.price", "total"], "read_only": ["amount"],
         "masks": [{"uid": "m_note", "field": "note", "mask": "last_four"}]}]}
    with templates.copy("sqlite", "attacked", from_packages(lambda: [package(role)]), folder) as url:
        runtime = opened(url, folder)
        yield runtime
        runtime.close()


@pytest.fixture(scope="module")
def filled(target: Runtime) -> Api:
    """An administrator's client, three records, and one that clerks may not see."""
    api = api_of(create_app(target), make_user(target, "ada", is_admin=True)[1])
    api("POST", "/api/v1/site", {"code": "S1", "title": "North"})
    for code in "ABC":
        api("POST", PATH, {"code": code, "title": code.lower(), "count": 1, "site": "S1"})
    api("POST", PATH, {"code": "X", "title": "other's", "count": 2, "weight": "9"})
    return api


@pytest.fixture(scope="module")
def clerk(target: Runtime, filled: Api) -> Api:
    """Somebody to whom weights are hidden, amounts read-only, and only items with a count of 1 visible."""
    secret = {"weight": "1.500", "note": "secret note 1234", "parts": [{"qty": 1, "price": "7.77"}]}
    filled("PATCH", f"{PATH}/A", secret)
    return api_of(create_app(target), make_user(target, "bob", roles=["clerk"])[1])


def _refused_or_harmless(answer: TestResponse) -> None:
    assert answer.status_code in (200, 400), (answer.status_code, answer.data)
    assert_tells_nothing(answer)


def assert_tells_nothing(answer: TestResponse) -> None:
    """An answer of refusal holds no text of the machinery."""
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
        text = answer.text
        for sign in ("Traceback", "sqlite3", "psycopg", "sqlalchemy", "SELECT ", "tsr_", "site-packages", ".py"):
            assert sign not in text or any(sign in payload for payload in PAYLOADS), text


@pytest.mark.parametrize(
    "query",
    ["filter={}", "filter=code = {}", "filter=code = '{}'", "filter={} = 1", "sort={}", "sort=-{}", "fields={}",
     "expand={}", "cursor={}", "limit={}", "offset={}", "count={}", "{}=1"],
)  # fmt: skip
def test_no_part_of_a_list_request_reaches_the_database_as_text(filled: Api, query: str) -> None:
    def ask() -> None:
        for payload in PAYLOADS:
            name, _, value = query.partition("=")
            _refused_or_harmless(filled("GET", f"{PATH}?{urlencode({name.format(payload): value.format(payload)})}"))

    limited(ask)
    assert filled("GET", f"{PATH}?count=true").json["count"] == 4


@pytest.mark.parametrize(
    "query",
    ["measures={}", "measures=n:{}", "measures=n:sum:{}", "measures={}:count", "groups={}", "groups=g:{}",
     "groups=g:day:{}", "groups={}:code", "filter={}", "having={}", "having=n>{}", "sort={}", "limit={}"],
)  # fmt: skip
def test_no_part_of_an_aggregate_reaches_the_database_as_text(filled: Api, query: str) -> None:
    for payload in PAYLOADS:
        name, _, value = query.partition("=")
        asked = {"measures": "n:count", name: value.format(payload)}
        _refused_or_harmless(filled("GET", f"{PATH}/aggregate?{urlencode(asked)}"))
    assert filled("GET", f"{PATH}?count=true").json["count"] == 4


@pytest.mark.parametrize(
    "path", ["/api/v1/{}", "/api/v1/{}/A", "/api/v1/item/{}", "/api/v1/views/{}", "/api/v1/imports/{}",
             "/api/v1/decisions/{}/1", "/api/v1/decisions/item/{}", "/api/v1/movements/{}/proof",
             "/api/v1/metadata/entity/{}", "/api/v1/packages/{}/export", "/api/v1/auth/users/{}"],
)  # fmt: skip
def test_no_part_of_a_path_reaches_the_database_as_text(filled: Api, path: str) -> None:
    for payload in PAYLOADS:
        answer = filled("GET", path.format(quote(payload, safe="")))
        assert answer.status_code in (400, 404, 405) or payload in (".", ".."), (payload, answer.status_code)
        assert_tells_nothing(answer)


def test_texts_are_stored_as_they_are(admin: Api) -> None:
    filled = admin
    rows = [{"code": f"P{number}", "title": text} for number, text in enumerate(PAYLOADS)]
    assert filled("POST", f"{PATH}/bulk", {"data": rows}).json["created"] == len(PAYLOADS)
    for number, text in enumerate(PAYLOADS):
        literal = text.replace("'", "''")
        asked = urlencode({"filter": f"title = '{literal}' AND code = 'P{number}'"})
        answer = filled("GET", f"{PATH}?{asked}")
        if answer.status_code == 200:
            assert [row["title"] for row in answer.json["data"]] == [text]
        assert filled("GET", f"{PATH}/P{number}").json["title"] == text


@pytest.mark.parametrize(
    "query",
    ["filter=weight > 1", "filter=weight = BLANK()", "sort=weight", "sort=-weight", "fields=weight", "expand=weight",
     "filter=SUM(parts, price) > 1", "filter=total > 1", "filter=COUNT(parts, price > 1) = 1", "sort=total",
     "filter=note = 'x'", "filter=ENDS(note, '1234')", "sort=note", "filter=site.title = 'North'", "sort=site.title",
     "expand=parts.price", "filter=site.code = 'S1'"],
)  # fmt: skip
def test_a_hidden_field_answers_like_one_that_is_not_there(clerk: Api, query: str) -> None:
    name, _, value = query.partition("=")
    hidden = clerk("GET", f"{PATH}?{urlencode({name: value})}")
    problem = problem_of(hidden, 400, "unknown_field")
    for other in ("weight", "price", "total", "note", "title", "code"):
        value = value.replace(other, "nope")
    missing = problem_of(clerk("GET", f"{PATH}?{urlencode({name: value})}"), 400, "unknown_field")
    assert {each["pointer"] for each in problem["problems"]} == {each["pointer"] for each in missing["problems"]}


@pytest.mark.parametrize(
    "query", ["measures=m:max:weight", "measures=n:count:weight", "measures=s:sum:total",
              "measures=n:count&groups=weight",
              "measures=n:count&groups=note", "measures=m:min:site.title", "measures=n:count&filter=weight > 1"],
)  # fmt: skip
def test_figures_tell_nothing_of_a_hidden_field(clerk: Api, query: str) -> None:
    problem_of(clerk("GET", f"{PATH}/aggregate?{query}"), 400, "unknown_field")


def test_hidden_values_are_in_no_answer(clerk: Api) -> None:
    for answer in (clerk("GET", PATH), clerk("GET", f"{PATH}/A"), clerk("GET", f"{PATH}/A?expand=parts"),
                   clerk("PATCH", f"{PATH}/A", {"title": "a"}), clerk("GET", "/api/v1/openapi.json")):  # fmt: skip
        assert answer.status_code == 200, answer.data
        assert "1.500" not in answer.text and "7.77" not in answer.text and "secret note" not in answer.text
    assert "weight" not in clerk("GET", "/api/v1/openapi.json").text
    assert clerk("GET", f"{PATH}/A").json["note"] == "•••1234"
    assert set(clerk("GET", f"{PATH}/A?expand=site").json["site"]) == {"id"}
    assert set(clerk("GET", f"{PATH}?expand=site").json["data"][0]["site"]) == {"id"}


@pytest.mark.parametrize("name", ["weight", "amount", "note", "total"])
def test_what_may_not_be_written_is_refused_by_name(clerk: Api, filled: Api, name: str) -> None:
    before = filled("GET", f"{PATH}/A").json
    for answer in (clerk("PATCH", f"{PATH}/A", {name: "5"}),
                   clerk("POST", PATH, {"code": "N", "title": "n", "count": 1, name: "5"}),
                   clerk("POST", f"{PATH}/bulk", {"data": [{"code": "N", "title": "n", "count": 1, name: "5"}]}),
                   clerk("POST", f"{PATH}/upsert", {"data": [{"code": "A", name: "5"}]}),
                   clerk("POST", f"{PATH}/bulk-update", {"data": [{"code": "A", name: "5"}]})):  # fmt: skip
        assert answer.status_code in (400, 422), answer.data
        assert any(each["pointer"].endswith(f"/{name}") for each in answer.json["problems"])
    assert filled("GET", f"{PATH}/A").json == before


def test_rows_of_others_answer_like_rows_that_are_not_there(clerk: Api, filled: Api) -> None:
    record = filled("GET", f"{PATH}/X").json
    whole = {"code": "X", "title": "x"}
    for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("PUT", whole), ("DELETE", None)):
        texts = set()
        for key in ("X", record["ref"], "nope", "019a0000-0000-7000-8000-000000000000"):
            problem = problem_of(clerk(method, f"{PATH}/{key}", body), 404, "not_found")
            texts.add((problem["detail"], json.dumps(problem["problems"])))
        assert len(texts) == 1
    assert clerk("GET", f"{PATH}?count=true").json["count"] == 3
    assert clerk("GET", f"{PATH}?filter=code = 'X'&count=true").json["count"] == 0
    assert clerk("GET", f"{PATH}/aggregate?measures=n:count,m:max:count").json["data"] == [{"n": 3, "m": 1}]
    assert filled("GET", f"{PATH}/X").json == record


def test_a_taken_key_does_not_show_whose_it_is(clerk: Api) -> None:
    answer = clerk("POST", PATH, {"code": "X", "title": "mine", "count": 1})
    problem_of(answer, 422, "invalid")
    assert "other's" not in answer.text and '"id"' not in answer.text


def test_a_record_cannot_be_moved_out_of_or_into_sight(clerk: Api) -> None:
    assert clerk("PATCH", f"{PATH}/A", {"count": 2}).status_code in (403, 404, 422)
    assert clerk("POST", PATH, {"code": "N", "title": "n", "count": 2}).status_code in (403, 404, 422)
    assert clerk("GET", f"{PATH}/A").json["count"] == 1


def test_a_reference_reaches_only_what_may_be_seen(clerk: Api) -> None:
    seen = clerk("PATCH", f"{PATH}/A", {"site": "S1"})
    none = clerk("PATCH", f"{PATH}/A", {"site": "S9"})
    assert (seen.status_code, none.status_code) == (422, 422)
    assert seen.text.replace("S1", "").split('"problems"')[1] == none.text.replace("S9", "").split('"problems"')[1]


@pytest.mark.parametrize(
    "name",
    ["id", "ref", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "parent_id", "place",
     "tenant", "role", "is_admin", "__proto__", "constructor", "__class__", "_parked", "total", "item", "CODE", "code ",
     "ｃode", "", "a" * 5000],
)  # fmt: skip
def test_a_body_writes_only_what_it_may_name(filled: Api, name: str) -> None:
    for method, path in (("POST", PATH), ("PATCH", f"{PATH}/A"), ("PUT", f"{PATH}/A")):
        answer = filled(method, path, {"code": "A" if method != "POST" else "Z", "title": "z", name: 1})
        assert answer.status_code in (400, 422), (method, answer.data)
    record = filled("GET", f"{PATH}/A").json
    assert (record["created_by"], record["title"]) == (record["updated_by"], "a")


def test_lines_belong_to_their_own_record(admin: Api) -> None:
    filled = admin
    filled("POST", f"{PATH}/bulk", {"data": [{"code": code, "title": "t"} for code in "AB"]})
    filled("PATCH", f"{PATH}/A", {"parts": [{"qty": 1, "price": "1.00"}]})
    filled("PATCH", f"{PATH}/B", {"parts": [{"qty": 2, "price": "2.00"}]})
    own = filled("GET", f"{PATH}/A").json["parts"][0]
    for line in ({"id": own["id"], "qty": 9, "price": "9"}, {"id": 10**12, "qty": 9, "price": "9"},
                 {"parent_id": 1, "qty": 9, "price": "9"}, {"ref": "x", "qty": 9, "price": "9"}):  # fmt: skip
        answer = filled("PATCH", f"{PATH}/B", {"parts": [line]})
        assert answer.status_code in (400, 422), answer.data
    assert filled("GET", f"{PATH}/A").json["parts"] == [own]


@pytest.mark.parametrize(
    "query",
    ["limit=1000000000", "limit=501", "offset=1000000000", "filter=" + "NOT " * 1500 + "is_open",
     "filter=" + "(" * 300 + "1=1" + ")" * 300, "filter=" + "1=1 AND " * 600 + "1=1",
     "expand=" + ".".join(["site"] * 50),
     "expand=" + ",".join(["site"] * 50), "fields=" + ",".join(["code"] * 5000), "sort=" + ",".join(["code"] * 2000),
     "filter=code IN (" + ",".join(["'x'"] * 10_000) + ")", "filter=" + "x" * 100_000, "cursor=" + "A" * 60_000],
)  # fmt: skip
def test_what_costs_too_much_is_refused_at_once(filled: Api, query: str) -> None:
    def ask() -> None:
        name, _, value = query.partition("=")
        answer = filled("GET", f"{PATH}?{urlencode({name: value})}")
        assert answer.status_code in (400, 413), answer.status_code
        assert_tells_nothing(answer)

    limited(ask)


def test_an_aggregate_of_a_thousand_columns_is_refused(filled: Api) -> None:
    measures = ",".join(f"m{number}:sum:count" for number in range(1000))
    answer = filled("POST", f"{PATH}/aggregate", {"measures": measures})
    problem_of(answer, 400, "too_many_columns")


def _tampered(cursor: str) -> Iterator[str]:
    for place in range(0, len(cursor), 7):
        yield cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
    yield from (cursor[:-1], cursor + "A", cursor[::-1], "", "=", "AAAA", cursor.swapcase(), cursor + "%", cursor * 2)


def test_a_cursor_that_was_changed_or_is_of_another_query_is_refused(filled: Api) -> None:
    path = f"{PATH}?sort=code&limit=1"
    cursor = filled("GET", path).json["next"]
    assert filled("GET", f"{path}&cursor={cursor}").json["data"][0]["code"] == "B"
    for text in _tampered(cursor):
        answer = filled("GET", f"{path}&{urlencode({'cursor': text})}")
        if text:
            problem_of(answer, 400, "bad_cursor")
    others = (
        "item?sort=-code&limit=1", "item?sort=title&limit=1", "item?sort=code&limit=1&filter=count = 1", "site?limit=1",
    )  # fmt: skip
    for other in others:
        problem_of(filled("GET", f"/api/v1/{other}&cursor={cursor}"), 400, "bad_cursor")


def test_a_cursor_of_somebody_else_shows_no_more_than_ones_own_rights(clerk: Api, filled: Api) -> None:
    path = f"{PATH}?sort=code&limit=1"
    cursor = filled("GET", path).json["next"]
    codes: list[str] = []
    answer = clerk("GET", f"{path}&cursor={cursor}")
    while answer.status_code == 200 and answer.json["data"]:
        codes += [row["code"] for row in answer.json["data"]]
        if not answer.json["next"]:
            break
        answer = clerk("GET", f"{path}&cursor={answer.json['next']}")
    assert "X" not in codes
    hidden = filled("GET", f"{PATH}?sort=weight&limit=1").json["next"]
    assert clerk("GET", f"{PATH}?sort=weight&limit=1&cursor={hidden}").status_code == 400


@pytest.mark.parametrize(
    "query", ["limit=1&limit=2", "limit[]=1", "limit=1&Limit=2", "filter=count=1&filter=count=2",
              "sort=code&sort=title", "limit=1;limit=2", "%6cimit=1&limit=2", "limit=1&%6Cimit=2"],
)  # fmt: skip
def test_a_parameter_is_known_and_given_once(filled: Api, query: str) -> None:
    problem_of(filled("GET", f"{PATH}?{query}"), 400, "bad_parameter")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"code":"D","title":"d","title":"e"}', "application/json", 400),
        (b'{"code":"D","title":"d","count":1,"parts":[{"qty":1,"qty":2,"price":"1"}]}', "application/json", 400),
        (b"[" * 100_000 + b"]" * 100_000, "application/json", 400),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "application/json", 400),
        (b'{"code":"D","title":"d","count":1e400}', "application/json", 400),
        (b'{"code":"D","title":"d","count":NaN}', "application/json", 400),
        (b'{"code":"D","title":"d\\u0000"}', "application/json", 400),
        (b'{"code":"D","title":"\\ud800"}', "application/json", 400),
        (b"\xff\xfe{}", "application/json", 400),
        (b"code=D&title=d", "application/x-www-form-urlencoded", 415),
        (b'{"code":"D","title":"d"}', "text/plain", 415),
        (b'{"code":"D","title":"d"}', "application/xml", 415),
        (b'{"code":"D","title":"' + b"d" * 11_000_000 + b'"}', "application/json", 413),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_body_that_is_not_plain_json_is_refused_at_once(filled: Api, body: bytes, kind: str, status: int) -> None:
    def ask() -> None:
        answer = filled("POST", PATH, body, Content_Type=kind)
        assert answer.status_code == status, answer.data[:300]

    limited(ask)
    assert filled("GET", f"{PATH}?count=true").json["count"] == 4


def test_a_form_of_many_parts_is_refused(filled: Api) -> None:
    border = b"--x\r\n"
    part = b'Content-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = (border + part) * 5_000 + b"--x--\r\n"

    def ask() -> None:
        answer = filled("POST", "/api/v1/imports?mapping=x", body, Content_Type="multipart/form-data; boundary=x")
        assert 400 <= answer.status_code < 500

    limited(ask)


@pytest.mark.parametrize("text", ["", " ", "=", "\n"])
def test_a_change_of_many_needs_a_filter(filled: Api, text: str) -> None:
    problem_of(filled("POST", f"{PATH}/bulk-delete", {"filter": text}), 400, "filter_required")
    body = {"filter": text, "changes": {"title": "x"}}
    problem_of(filled("POST", f"{PATH}/bulk-update", body), 400, "filter_required")
    assert filled("GET", f"{PATH}?filter=title = 'x'&count=true").json["count"] == 0
