"""Exports over HTTP: lists, saved views and views as files made in the background, and the list of jobs."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from patience import until
from tessera import faults
from tessera.context import SYSTEM, Context
from tessera.engine import exports
from tessera.runtime import Runtime
from tessera.store.system import exports as store
from tessera.web.app import create_app


def _ended(api: Api, answer: TestResponse) -> dict[str, Any]:
    """The export as it is at its end."""
    assert answer.status_code == 202, answer.text
    path = answer.headers["Location"]
    until(lambda: api("GET", path).json["status"] not in ("waiting", "running"), f"the end of {path}")
    return dict(api("GET", path).json)


def _made(api: Api, body: dict[str, Any]) -> bytes:
    found = _ended(api, api("POST", "/api/v1/exports", body))
    assert found["status"] == "complete", found
    answer = api("GET", found["file"])
    assert answer.status_code == 200 and len(answer.data) == found["size_bytes"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return answer.data


def _table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.fixture
def items(either: Api) -> Api:
    """Two sites and 4 items."""
    either("POST", "/api/v1/site", {"code": "S1", "title": "静安店"})
    for code, title, day, state in (("A", "=HYPERLINK(1)", "2026-03-04", "new"), ("B", "乙", "1899-01-01", "done"),
                                    ("C", "C", None, None), ("D", "D", "2026-01-01", "new")):  # fmt: skip
        body = {"code": code, "title": title, "day": day, "state": state, "amount": "1234567890123.45",
                "site": "S1" if code < "C" else None, "is_open": code == "A", "count": 7,
                "seen_at": "2026-03-04T01:02:03Z", "parts": [{"qty": 2, "price": "1.50"}]}  # fmt: skip
        assert either("POST", "/api/v1/item", body).status_code == 201
    return either


def test_a_list_becomes_a_csv_as_people_read_it(items: Api) -> None:
    columns = ["code", "title", "site.title", "site", "state", "day", "seen_at", "amount", "is_open", "created_by"]
    body = {"entity": "item", "columns": columns, "sort": ["-code"], "filter": "code <> 'D'", "language": "zh"}
    content = _made(items, body)
    assert content.startswith(b"\xef\xbb\xbf")
    seen, amount = "2026-03-04 09:02:03", "1234567890123.45"
    assert _table(content) == [
        ["编码", "名称", "地点 · 名称", "地点", "状态", "日期", "时间", "金额", "开放", "创建人"],
        ["C", "C", "", "", "", "", seen, amount, "否", "ada"],
        ["B", "乙", "静安店", "静安店", "完成", "1899-01-01", seen, amount, "否", "ada"],
        ["A", "'=HYPERLINK(1)", "静安店", "静安店", "新", "2026-03-04", seen, amount, "是", "ada"],
    ]


def test_programs_get_names_codes_and_untouched_texts(items: Api) -> None:
    content = _made(items, {"entity": "item", "columns": ["code", "title", "site", "state", "is_open"], "is_raw": True,
                            "search": "hyper"})  # fmt: skip
    assert content.decode() == "code,title,site,state,is_open\nA,=HYPERLINK(1),S1,new,true\n"
    every = _table(_made(items, {"entity": "item", "ids": [items("GET", "/api/v1/item/B").json["id"]]}))
    assert len(every) == 2 and "parts" not in every[0] and {"code", "note", "total"} <= set(every[0])


def test_a_workbook_has_types_and_no_formulas(items: Api) -> None:
    content = _made(items, {"entity": "item", "columns": ["code", "title", "day", "seen_at", "count", "amount"],
                            "format": "xlsx", "language": "en", "label": "四月 items"})  # fmt: skip
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["Code", "Title", "Day", "Seen at", "Count", "Amount"]
    assert rows[1] == ["A", "=HYPERLINK(1)", date(2026, 3, 4), datetime(2026, 3, 4, 9, 2, 3), 7.0, 1234567890123.45]
    assert rows[2][2] == "1899-01-01" and rows[3][2] == ""
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


def test_saved_views_are_exported_as_they_stand(items: Api) -> None:
    saved = items("POST", "/api/v1/my/views", {"entity": "item", "label": "Mine", "body": {
        "filter": "state = 'new'", "sorts": [{"by": "code", "direction": "desc"}],
        "columns": [{"name": "title"}, {"name": "code"}, {"name": "note", "is_hidden": True}, {"name": "parts"}],
    }}).json  # fmt: skip
    content = _made(items, {"saved_view": saved["id"], "is_raw": True})
    assert content.decode().splitlines() == ["title,code", "D,D", "=HYPERLINK(1),A"]
    narrowed = _made(items, {"saved_view": saved["id"], "filter": "day > DATE(2026, 2, 1)", "columns": ["code"]})
    assert _table(narrowed) == [["code"], ["A"]]
    assert [each["label"] for each in items("GET", "/api/v1/exports").json["data"]] == ["Mine", "Mine"]


def test_what_cannot_be_exported_is_told_at_once(items: Api) -> None:
    def refused(status: int, code: str, **body: Any) -> None:
        found = problem_of(items("POST", "/api/v1/exports", body), status, "invalid" if status == 422 else code)
        assert found["problems"][0]["code"] == code

    refused(422, "wrong_value")
    refused(422, "wrong_value", entity="item", view="x")
    refused(404, "not_found", entity="nothing")
    refused(404, "not_found", view="nothing")
    refused(422, "wrong_value", entity="item", columns=["parts.qty"])
    refused(400, "unknown_field", entity="item", columns=["secret"])
    refused(400, "unknown_field", entity="item", filter="secret = 1")
    refused(422, "wrong_value", entity="item", ids=["1"])
    refused(422, "wrong_value", entity="item", format="pdf")
    assert items("GET", "/api/v1/exports").json["data"] == []


def test_exports_stay_within_rights(items: Api, either_runtime: Runtime) -> None:
    draft = items("POST", "/api/v1/drafts", {"name": "roles"}).headers["Location"]
    grant = {"uid": "item", "entity": "item", "actions": ["read"], "hidden": ["amount"], "where": "code <> 'A'",
             "masks": [{"uid": "m_title", "field": "title", "mask": "first_letter"}]}  # fmt: skip
    for name, permissions in (("carrier", {"permissions": ["exports"]}), ("looker", {})):
        role = {"kind": "role", "uid": name, "name": name, "grants": [grant]} | permissions
        items("POST", f"{draft}/documents", {"body": role})
    answer = items("POST", f"{draft}/publish")
    assert answer.status_code == 200, answer.text
    app = create_app(either_runtime)
    carrier = api_of(app, make_user(either_runtime, "carl", roles=["carrier"])[1])
    looker = api_of(app, make_user(either_runtime, "lou", roles=["looker"])[1])
    problem_of(looker("POST", "/api/v1/exports", {"entity": "item"}), 403, "forbidden")
    problem_of(carrier("POST", "/api/v1/exports", {"entity": "item", "columns": ["amount"]}), 400, "unknown_field")
    answer = carrier("POST", "/api/v1/exports", {"entity": "item", "columns": ["code", "title", "site"]})
    made = _ended(carrier, answer)
    assert _table(carrier("GET", made["file"]).data) == [
        ["code", "title", "site"], ["B", "乙•••", str(items("GET", "/api/v1/site/S1").json["id"])],
        ["C", "C•••", ""], ["D", "D•••", ""],
    ]  # fmt: skip
    problem_of(looker("GET", made["file"]), 404, "not_found")
    problem_of(looker("GET", answer.headers["Location"]), 404, "not_found")
    problem_of(looker("DELETE", answer.headers["Location"]), 404, "not_found")
    assert looker("GET", "/api/v1/jobs").json["data"] == [] and items("GET", made["file"]).status_code == 200


class _Killed(BaseException):
    pass


def _waiting(api: Api, runtime: Runtime) -> int:
    """An export that no thread makes."""
    ada = Context(actor=SYSTEM.__class__(api("GET", "/api/v1/auth/me").json["user"]["id"], "ada", is_admin=True))
    return runtime.write(ada, lambda work: exports.start_export(work, {"entity": "item", "columns": ["code"]}))


def test_what_was_killed_is_made_anew(items: Api, either_runtime: Runtime) -> None:
    number = _waiting(items, either_runtime)

    def kill() -> None:
        raise _Killed

    with pytest.raises(_Killed), faults.armed("export.portion", kill):
        exports.run_export(either_runtime, number)
    assert items("GET", f"/api/v1/exports/{number}").json["status"] == "running"
    exports.run_export(either_runtime, number)
    assert items("GET", f"/api/v1/exports/{number}").json["status"] == "running", "its lease is not over"
    problem_of(items("GET", f"/api/v1/exports/{number}/file"), 409, "export_not_ready")
    _age(either_runtime, number, lease_until=timedelta(minutes=1))
    assert exports.ready_exports(either_runtime) == [number]
    exports.run_export(either_runtime, number)
    done = items("GET", f"/api/v1/exports/{number}").json
    assert (done["status"], done["rows"], done["total"]) == ("complete", 4, 4)
    assert _table(items("GET", done["file"]).data) == [["code"], ["A"], ["B"], ["C"], ["D"]]
    folder = either_runtime.settings.data_dir / "exports"
    assert len(list(folder.iterdir())) == 1 and exports.ready_exports(either_runtime) == []


def _age(runtime: Runtime, number: int, **by: timedelta) -> None:
    with runtime.database.write() as tx:
        past = {name: datetime.now(UTC) - age for name, age in by.items()}
        tx.execute(store.exports.update().where(store.exports.c.id == number).values(**past))


def test_one_that_always_dies_is_given_up(items: Api, either_runtime: Runtime) -> None:
    number = _waiting(items, either_runtime)

    def kill() -> None:
        raise _Killed

    for _ in range(3):
        with pytest.raises(_Killed), faults.armed("export.written", kill):
            exports.run_export(either_runtime, number)
        _age(either_runtime, number, lease_until=timedelta(minutes=1))
    exports.run_export(either_runtime, number)
    found = items("GET", f"/api/v1/exports/{number}").json
    assert (found["status"], found["problem"]["code"]) == ("failed", "export_dies")


def test_a_cancelled_export_ends_and_leaves_nothing(items: Api, either_runtime: Runtime) -> None:
    number = _waiting(items, either_runtime)

    def cancel() -> None:
        assert items("POST", f"/api/v1/exports/{number}/cancel").json["status"] == "cancelled"

    with faults.armed("export.written", cancel):
        exports.run_export(either_runtime, number)
    assert items("GET", f"/api/v1/exports/{number}").json["status"] == "cancelled"
    assert list((either_runtime.settings.data_dir / "exports").iterdir()) == []
    problem_of(items("POST", f"/api/v1/exports/{number}/cancel"), 409, "export_closed")


def test_a_release_in_between_begins_it_anew(items: Api, either_runtime: Runtime) -> None:
    number, published = _waiting(items, either_runtime), []

    def publish() -> None:
        if not published:
            draft = items("POST", "/api/v1/drafts", {"name": "more"}).headers["Location"]
            items("POST", f"{draft}/documents", {"body": {"kind": "role", "uid": "r", "name": "r"}})
            published.append(items("POST", f"{draft}/publish").status_code)

    with faults.armed("export.portion", publish):
        exports.run_export(either_runtime, number)
    found = items("GET", f"/api/v1/exports/{number}").json
    assert published == [200] and (found["status"], found["rows"]) == ("complete", 4)


def test_old_files_and_those_of_people_who_are_gone_are_not_kept(items: Api, either_runtime: Runtime) -> None:
    number, other = _waiting(items, either_runtime), _waiting(items, either_runtime)
    exports.run_export(either_runtime, number)
    _age(either_runtime, number, finished_at=timedelta(days=8))
    assert exports.collect(either_runtime) == 1
    problem_of(items("GET", f"/api/v1/exports/{number}"), 404, "not_found")
    assert list((either_runtime.settings.data_dir / "exports").iterdir()) == []
    boss = api_of(items.client.application, make_user(either_runtime, "bo", is_admin=True)[1])
    boss("PATCH", f"/api/v1/auth/users/{items('GET', '/api/v1/auth/me').json['user']['id']}", {"is_active": False})
    exports.run_export(either_runtime, other)
    assert boss("GET", f"/api/v1/exports/{other}").json["problem"]["code"] == "export_owner_gone"
    assert boss("DELETE", f"/api/v1/exports/{other}").status_code == 204
    assert boss("GET", "/api/v1/exports").json["data"] == []


def test_few_run_at_once_for_one_user(items: Api, either_runtime: Runtime) -> None:
    for _ in range(5):
        _waiting(items, either_runtime)
    problem_of(items("POST", "/api/v1/exports", {"entity": "item"}), 429, "too_many_exports")


def test_views_of_every_kind_are_exported(shop: Shop) -> None:
    api = shop.admin
    api("POST", "/api/v1/member/bulk", {"data": [{"number": f"M{number}", "name": "@a"} for number in range(3)]})
    line = {"item": "A", "units": 1, "amount": "20.00"}
    sales = [{"number": f"O{number}", "at": "2025-03-04T10:00:00+08:00", "member": f"M{number}", "lines": [line]}
             for number in range(3)]  # fmt: skip
    assert api("POST", "/api/v1/order/bulk", {"data": sales}).json["created"] == 3
    views = {each.source: each.name for each in shop.runtime.model().all("view")}
    assert {"entity", "holders", "totals"} <= set(views)
    for name in views.values():
        alone = api("GET", f"/api/v1/views/{name}.csv?is_raw=true").text
        assert _made(api, {"view": name, "is_raw": True}).decode() == alone, name
    jobs = api("GET", "/api/v1/jobs").json["data"]
    assert jobs and {each["kind"] for each in jobs} == {"export"} and not any(each["is_running"] for each in jobs)
    assert all(each["done"] == each["total"] and each["file"] for each in jobs)
