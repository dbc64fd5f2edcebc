"""Imports and views from outside: files sent, rejected rows corrected and brought back, batches resumed, exports."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from werkzeug.test import TestResponse

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from patience import until
from tessera import faults
from tessera.context import SYSTEM, Context
from tessera.engine import mapping
from tessera.engine.mapping import ImportFile
from tessera.web.app import create_app
from tessera.web.background import Imports

HEADINGS = "会员号,姓名,手机,生日,入会日期,归属门店\n"
GOOD = "M1,林小满,13900000001,1990-05-20,2024-01-01,S1\nM2,=1+1,13900000002,,2024-01-02,\n"
BAD = "M3,陈一,13900000003,1990-02-30,2024-01-03,S1\nM4,赵四,13900000004,,2024-01-04,S9\n"


def _send(api: Api, path: str, *files: tuple[str, str], **form: str) -> TestResponse:
    parts: dict[str, Any] = {**form, "file": [(io.BytesIO(text.encode()), name) for name, text in files]}
    headers = {"Authorization": f"Bearer {api.key}"}
    return api.client.post(path, data=parts, headers=headers, content_type="multipart/form-data")


def _ended(api: Api, started: TestResponse) -> dict[str, Any]:
    assert started.status_code == 202, started.data
    path = started.headers["Location"]

    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = api("GET", path).json
        return None if job["is_running"] else job

    found = until(ended, f"the end of {path}")
    assert found is not None
    return found


def test_rejected_rows_are_exported_corrected_and_brought_back(shop: Shop) -> None:
    api = shop.admin
    api("POST", "/api/v1/store", {"code": "S1", "name": "外滩"})
    job = _ended(api, _send(api, "/api/v1/imports?mapping=demo_members", ("people.csv", HEADINGS + GOOD + BAD)))
    assert (job["status"], job["rows"], job["documents"]["created"], job["problem"]) == ("complete", 4, 2, None)
    assert api("GET", "/api/v1/member/M1").json["birthday"] == "1990-05-20"
    path = f"/api/v1/imports/{job['id']}/rejects"
    rows = api("GET", f"{path}?limit=1").json
    rest = api("GET", f"{path}?limit=1&after={rows['next']}").json
    assert [(each["row"], each["stage"]) for each in rows["data"] + rest["data"]] == [(3, "row"), (4, "document")]
    exported = api("GET", f"{path}.csv")
    assert exported.headers["Content-Disposition"].startswith("attachment")
    table = list(csv.DictReader(io.StringIO(exported.text.removeprefix("\ufeff"))))
    assert [(line["会员号"], line["生日"]) for line in table] == [("M3", "1990-02-30"), ("M4", "")]
    mended = exported.text.replace("1990-02-30", "1990-02-28").replace("S9", "S1")
    again = _ended(api, _send(api, path, ("mended.csv", mended)))
    assert again["problem"] is None, again["problem"]
    assert (again["corrects"], again["documents"]["created"], again["status"]) == (job["id"], 2, "complete")
    assert api("GET", path).json["data"] == []
    assert api("GET", "/api/v1/member/M4").json["name"] == "赵四"
    listed = api("GET", "/api/v1/imports?mapping=demo_members").json["data"]
    assert [each["id"] for each in listed] == [again["id"], job["id"]]


def test_a_file_counts_once_and_a_name_is_only_a_name(shop: Shop) -> None:
    api = shop.admin
    text = HEADINGS + GOOD.replace("S1", "")
    first = _send(api, "/api/v1/imports", ("../../etc/passwd", text), mapping="demo_members")
    job = _ended(api, first)
    assert job["files"][0]["name"] == "../../etc/passwd"
    kept = {path.name for path in shop.runtime.settings.data_dir.rglob("*")}
    assert "passwd" not in kept and not any(name.startswith("upload-") for name in kept)
    again = _send(api, "/api/v1/imports?mapping=demo_members", ("b.csv", text))
    problem_of(again, 409, "file_imported")
    problem_of(_send(api, "/api/v1/imports?mapping=nope", ("a.csv", HEADINGS)), 404, "not_found")
    problem_of(_send(api, "/api/v1/imports", ("a.csv", HEADINGS)), 400, "bad_parameter")
    problem_of(_send(api, "/api/v1/imports?mapping=demo_members"), 400, "bad_body")
    problem_of(api("POST", "/api/v1/imports?mapping=demo_members", {}), 415, "wrong_content_type")
    wrong = _send(api, "/api/v1/imports?mapping=demo_members", ("a.csv", "a,b\n1,2\n"))
    assert wrong.status_code == 422 and "会员号" in wrong.text


def test_imports_are_for_who_may_write_their_records(shop: Shop) -> None:
    nobody = api_of(shop.app, make_user(shop.runtime, "bob")[1])
    refused = _send(nobody, "/api/v1/imports?mapping=demo_members", ("a.csv", HEADINGS + GOOD))
    assert refused.status_code in (403, 404)
    _ended(shop.admin, _send(shop.admin, "/api/v1/imports?mapping=demo_members", ("a.csv", HEADINGS + BAD)))
    assert nobody("GET", "/api/v1/imports").json["data"] == []
    for path in ("1", "1/rejects", "1/rejects.csv", "999", "x"):
        assert nobody("GET", f"/api/v1/imports/{path}").status_code == 404
    for path in ("1/resume", "1/cancel", "1/rejects/1"):
        assert nobody("POST", f"/api/v1/imports/{path}", {"accept": True}).status_code == 404


class _Killed(BaseException):
    pass


def _cut_off(shop: Shop, actor: Context) -> int:
    """A batch whose process ends when its rows are read."""
    path = shop.runtime.settings.data_dir / "people.csv"
    path.write_text(HEADINGS + GOOD.replace("S1", ""), "utf-8")
    batch = mapping.start_batch(shop.runtime, actor, "demo_members", [ImportFile(path, "people.csv")])

    def kill() -> None:
        raise _Killed

    with pytest.raises(_Killed), faults.armed("import.file_read", kill):
        mapping.run_batch(shop.runtime, actor, batch)
    return batch


def _until_complete(api: Api, batch: int) -> None:
    until(lambda: not api("GET", f"/api/v1/imports/{batch}").json["is_running"], f"the end of batch {batch}")
    assert api("GET", f"/api/v1/imports/{batch}").json["status"] == "complete"
    assert api("GET", "/api/v1/member/M2").json["name"] == "=1+1"


def test_a_batch_that_was_cut_off_is_resumed_by_request(shop: Shop) -> None:
    batch = _cut_off(shop, Context(actor=SYSTEM))
    assert shop.admin("GET", f"/api/v1/imports/{batch}").json["status"] in ("reading", "writing")
    assert shop.admin("POST", f"/api/v1/imports/{batch}/resume").status_code == 202
    _until_complete(shop.admin, batch)
    problem_of(shop.admin("POST", f"/api/v1/imports/{batch}/cancel"), 409, "batch_closed")


def test_a_server_that_begins_goes_on_with_open_batches(shop: Shop) -> None:
    batch = _cut_off(shop, Context(actor=SYSTEM))
    app = create_app(shop.runtime)
    imports: Imports = app.extensions["tessera_imports"]
    assert imports.resume() == [batch]
    _until_complete(api_of(app, shop.admin.key), batch)
    assert imports.resume() == []


def test_a_batch_of_a_user_who_is_gone_waits(shop: Shop) -> None:
    user_id, _ = make_user(shop.runtime, "eve", is_admin=True)
    shop_actor = Context(actor=SYSTEM.__class__(user_id, "eve", is_admin=True))
    batch = _cut_off(shop, shop_actor)
    shop.admin("PATCH", f"/api/v1/auth/users/{user_id}", {"is_active": False})
    imports: Imports = shop.app.extensions["tessera_imports"]
    assert imports.resume() == []
    shop.admin("PATCH", f"/api/v1/auth/users/{user_id}", {"is_active": True})
    assert imports.resume() == [batch]
    _until_complete(shop.admin, batch)


def test_views_are_read_in_pages_and_exported_as_files(shop: Shop) -> None:
    api = shop.admin
    api("POST", "/api/v1/member/bulk", {"data": [{"number": f"M{number}", "name": "@a"} for number in range(3)]})
    line = {"item": "A", "units": 1, "amount": "20.00"}
    sales = [{"number": f"O{number}", "at": "2025-03-04T10:00:00+08:00", "member": f"M{number}", "lines": [line]}
             for number in range(3)]  # fmt: skip
    assert api("POST", "/api/v1/order/bulk", {"data": sales}).json["created"] == 3
    page = api("GET", "/api/v1/views/demo_members?limit=2").json
    rest = api("GET", f"/api/v1/views/demo_members?limit=2&offset={page['next']}").json
    rows = page["data"] + rest["data"]
    assert len(rows) == 3 and rest["next"] is None and {row["granted"] for row in rows} == {120}
    names = [each["name"] for each in page["columns"]]
    listed = list(csv.reader(io.StringIO(api("GET", "/api/v1/views/demo_members.csv").text.removeprefix("\ufeff"))))
    assert listed[0] == names and len(listed) == 4
    lines = api("GET", "/api/v1/views/demo_members.ndjson").text.splitlines()
    assert [json.loads(each) for each in lines] == rows
    book = api("GET", "/api/v1/views/demo_members.xlsx")
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(book.data)).namelist()
    headings = api("GET", "/api/v1/views/demo_members.csv?language=zh").text.removeprefix("\ufeff").splitlines()[0]
    assert headings.split(",") == [each["label"]["zh"] for each in page["columns"]]
    problem_of(api("GET", "/api/v1/views/nope.csv"), 404, "not_found")
    problem_of(api("GET", "/api/v1/views/demo_members.csv?language=fr"), 400, "bad_parameter")
    left = [path for path in (shop.runtime.settings.data_dir / "answers").iterdir()]
    assert left == []
