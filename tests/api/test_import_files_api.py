"""The import assistant over HTTP: a file, proposals, previews, runs, mappings in drafts, taking a batch back."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from api.api_kit import Api, api_of, make_user, problem_of
from tessera import faults
from tessera.context import SYSTEM, Context
from tessera.engine.mapping import undoing
from tessera.runtime import Runtime
from tessera.store.system import assistant
from tessera.web.app import create_app

_ROWS = """编码,名称,金额,日期,状态,地点,开放,备用
A,苹果,"¥1,200.50",2026/3/4,新,S1,是,
B,梨,¥3.00,2026/3/14,完成,S2,否,
C,桃,不详,2026/3/15,完成,S1,是,
D,李,¥4,2026/3/15,完成,S9,是,
"""


def _sent(api: Api, content: str | bytes, name: str = "items.csv") -> TestResponse:
    data = content if isinstance(content, bytes) else content.encode()
    headers = {"Authorization": f"Bearer {api.key}"}
    return api.client.post("/api/v1/import-files", data={"file": (io.BytesIO(data), name)}, headers=headers)


def _looked(api: Api, content: str | bytes, name: str = "items.csv", **asked: Any) -> tuple[str, dict[str, Any]]:
    answer = _sent(api, content, name)
    assert answer.status_code == 201, answer.text
    path = answer.headers["Location"]
    found = api("POST", f"{path}/proposal", asked)
    assert found.status_code == 200, found.text
    return path, found.json


def _ended(api: Api, answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    path, deadline = answer.headers["Location"], time.monotonic() + 60
    while _is_open(api("GET", path).json) and time.monotonic() < deadline:
        time.sleep(0.02)
    return dict(api("GET", path).json)


def _is_open(job: dict[str, Any]) -> bool:
    return job["is_running"] or (job["undo"] is not None and job["undo"]["status"] == "running")


@pytest.fixture
def sites(either: Api) -> Api:
    """Two sites."""
    for code, title in (("S1", "North"), ("S2", "South")):
        assert either("POST", "/api/v1/site", {"code": code, "title": title}).status_code == 201
    return either


def _codes(api: Api) -> list[str]:
    return [each["code"] for each in api("GET", "/api/v1/item?sort=code").json["data"]]


def test_a_file_is_matched_tried_and_imported(sites: Api) -> None:
    path, found = _looked(sites, _ROWS)
    assert [each["kind"] for each in found["columns"]] == [
        "text", "text", "money", "date", "text", "text", "boolean", "blank",
    ]  # fmt: skip
    assert found["targets"][0]["entity"] == "item" and found["imported_in"] == [] and found["is_whole"]
    plan = found["plan"]
    fields = {each["heading"]: each["field"] for each in plan["columns"]}
    assert fields == {"编码": "code", "名称": "title", "金额": "amount", "日期": "day", "状态": "state", "地点": "site",
                      "开放": "is_open", "备用": None}  # fmt: skip
    assert (plan["on_repeat"], plan["lacking"], plan["has_key"]) == ("revise", [], True)
    assert sites("POST", "/api/v1/item", {"code": "B", "title": "old", "note": "kept"}).status_code == 201
    tried = sites("POST", f"{path}/preview", {"plan": plan}).json
    assert [each["outcome"] for each in tried["rows"]] == ["created", "revised", "rejected", "rejected"]
    assert tried["rows"][0]["values"] | {"site": 0} == {
        "code": "A", "title": "苹果", "amount": "1200.50", "day": "2026-03-04", "state": "new", "site": 0,
        "is_open": True,
    }  # fmt: skip
    assert (tried["rows"][2]["problem"]["code"], tried["rows"][2]["problem"]["column"]) == ("not_a_number", "金额")
    assert (tried["rows"][3]["problem"]["code"], tried["rows"][3]["problem"]["field"]) == ("unknown_reference", "site")
    assert tried["counts"] == {"created": 1, "revised": 1, "rejected": 2} and _codes(sites) == ["B"]
    assert sites("GET", "/api/v1/item/B").json["title"] == "old", "nothing was written"
    done = _ended(sites, sites("POST", f"{path}/run", {"plan": plan}))
    assert (done["status"], done["counts"]["rejected"], done["documents"]["created"]) == ("complete", 2, 1)
    assert _codes(sites) == ["A", "B"]
    kept = sites("GET", "/api/v1/item/B").json
    assert (kept["title"], kept["note"], kept["state"], kept["amount"]) == ("梨", "kept", "done", "3.00")
    rejects = sites("GET", f"/api/v1/imports/{done['id']}/rejects").json["data"]
    assert [each["row"] for each in rejects] == [3, 4]
    assert sites("POST", f"{path}/proposal", {}).json["imported_in"] == [done["id"]]
    assert "import" in {each["kind"] for each in sites("GET", "/api/v1/jobs").json["data"]}


def test_rejected_rows_of_a_plan_are_corrected(sites: Api) -> None:
    path, found = _looked(sites, _ROWS)
    done = _ended(sites, sites("POST", f"{path}/run", {"plan": found["plan"]}))
    text = sites("GET", f"/api/v1/imports/{done['id']}/rejects.csv").text.replace("不详", "9").replace("S9", "S2")
    headers = {"Authorization": f"Bearer {sites.key}"}
    again = sites.client.post(f"/api/v1/imports/{done['id']}/rejects", headers=headers,
                              data={"file": (io.BytesIO(text.encode()), "again.csv")})  # fmt: skip
    assert _ended(sites, again)["documents"]["created"] == 2 and _codes(sites) == ["A", "B", "C", "D"]


@pytest.mark.parametrize(("separator", "encoding"), [(",", "utf-8"), (";", "gb18030")])
def test_rejected_rows_of_a_workbook_come_back_as_csv(sites: Api, separator: str, encoding: str) -> None:
    rows = [["编码", "名称", "日期"], ["A", "苹果", "2026-03-04"], ["B", "梨", "2026-02-30"]]
    path, found = _looked(sites, _workbook(("one", rows)), "items.xlsx")
    done = _ended(sites, sites("POST", f"{path}/run", {"plan": found["plan"]}))
    assert done["counts"]["rejected"] == 1
    text = sites("GET", f"/api/v1/imports/{done['id']}/rejects.csv").text
    assert text.startswith("\ufeff#row"), "spreadsheets must know the encoding"
    again = text.lstrip("\ufeff").replace("2026-02-30", "2026-02-28").replace(",", separator).encode(encoding)
    headers = {"Authorization": f"Bearer {sites.key}"}
    answer = sites.client.post(f"/api/v1/imports/{done['id']}/rejects", headers=headers,
                               data={"file": (io.BytesIO(again), "again.csv")})  # fmt: skip
    assert _ended(sites, answer)["documents"]["created"] == 1 and _codes(sites) == ["A", "B"]


def test_an_import_is_taken_back_but_for_what_was_touched(sites: Api) -> None:
    for code in ("B", "D"):
        sites("POST", "/api/v1/item", {"code": code, "title": "old", "amount": "1.00"})
    rows = "code,title,amount\nA,a,1\nB,b,2\nC,c,3\nD,d,4\n"
    path, found = _looked(sites, rows)
    done = _ended(sites, sites("POST", f"{path}/run", {"plan": found["plan"]}))
    assert done["documents"] == {"created": 2, "revised": 2} | {
        key: value for key, value in done["documents"].items() if key not in ("created", "revised")
    }
    touched = sites("GET", "/api/v1/item/C").json
    assert sites("PATCH", "/api/v1/item/C", {"title": "mine"}).status_code == 200
    seen = sites("GET", "/api/v1/item/D").json
    assert sites("PATCH", "/api/v1/item/D", {"note": "mine"}).status_code == 200
    back = _ended(sites, sites("POST", f"/api/v1/imports/{done['id']}/undo"))
    undo = back["undo"]
    assert (back["status"], undo["deleted"], undo["reverted"], undo["kept"]) == ("undone", 1, 1, 2)
    assert {(each["id"], each["code"]) for each in undo["problems"]} == {
        (touched["id"], "touched_since"), (seen["id"], "touched_since")
    }
    assert _codes(sites) == ["B", "C", "D"]
    assert (sites("GET", "/api/v1/item/B").json["title"], sites("GET", "/api/v1/item/D").json["title"]) == ("old", "d")
    problem_of(sites("POST", f"/api/v1/imports/{done['id']}/undo"), 409, "batch_closed")
    again = _ended(sites, sites("POST", f"{path}/run", {"plan": found["plan"]}))
    assert again["documents"]["created"] == 1 and _codes(sites) == ["A", "B", "C", "D"]


class _Killed(BaseException):
    pass


def test_taking_back_goes_on_after_a_kill(sites: Api, either_runtime: Runtime) -> None:
    rows = "code,title\n" + "".join(f"N{number:04d},n\n" for number in range(1_200))
    path, found = _looked(sites, rows)
    done = _ended(sites, sites("POST", f"{path}/run", {"plan": found["plan"]}))
    assert sites("GET", "/api/v1/item/count").json["count"] == 1_200
    admin = Context(actor=SYSTEM)
    either_runtime.write(admin, lambda work: undoing.begin_undo(work, done["id"]))

    def kill() -> None:
        raise _Killed

    with pytest.raises(_Killed), faults.armed("import.undone_portion", kill):
        undoing.run_undo(either_runtime, admin, done["id"])
    left = sites("GET", "/api/v1/item/count").json["count"]
    assert 0 < left < 1_200 and [batch for batch, _ in undoing.open_undoings(either_runtime)] == [done["id"]]
    undoing.run_undo(either_runtime, admin, done["id"])
    assert sites("GET", "/api/v1/item/count").json["count"] == 0
    assert sites("GET", f"/api/v1/imports/{done['id']}").json["undo"]["deleted"] == 1_200


def _workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(place, column, cell, *((day,) if hasattr(cell, "year") else ()))
    book.close()
    return target.getvalue()


def test_a_workbook_becomes_a_new_entity(sites: Api) -> None:
    from datetime import date

    rows: list[list[Any]] = [["Badge no", "Full name", "Since", "Level", "Rate", "Mail"]]
    rows += [[f"K{number}", f"Person {number}", date(2026, 1, number + 1), ("high", "low level")[number % 2],
              1.5 + number, f"p{number}@example.org"] for number in range(12)]  # fmt: skip
    path, found = _looked(sites, _workbook(("Notes", [["x"]]), ("Badges", rows)), "Book1.xlsx")
    assert found["file"]["sheets"] == ["Notes", "Badges"]
    found = sites("POST", f"{path}/proposal", {"sheet": "Badges"}).json
    kinds = {each["heading"]: each["kind"] for each in found["columns"]}
    assert kinds == {"Badge no": "text", "Full name": "text", "Since": "date", "Level": "select", "Rate": "decimal",
                     "Mail": "email"}  # fmt: skip
    body = found["new_entity"]
    assert (body["name"], body["business_key"], body["title"]) == ("badges", ["badge_no"], "full_name")
    assert {each["name"]: each["type"] for each in body["fields"]} == {
        "badge_no": "text", "full_name": "text", "since": "date", "level": "select", "rate": "decimal", "mail": "email",
    }  # fmt: skip
    draft = sites("POST", "/api/v1/drafts", {"name": "badges"}).headers["Location"]
    assert sites("POST", f"{draft}/documents", {"body": body}).status_code == 201
    assert sites("GET", f"{draft}/check").json["problems"] == []
    assert sites("POST", f"{draft}/publish").status_code == 200
    plan = sites("POST", f"{path}/proposal", {"sheet": "Badges"}).json["plan"]
    assert plan["entity"] == "badges" and all(each["field"] for each in plan["columns"])
    done = _ended(sites, sites("POST", f"{path}/run", {"sheet": "Badges", "plan": plan}))
    assert done["documents"]["created"] == 12
    one = sites("GET", "/api/v1/badges/K3").json
    assert (one["since"], one["level"], one["rate"]) == ("2026-01-04", "option_2", "4.50")


def test_a_plan_is_kept_as_a_mapping(sites: Api) -> None:
    path, found = _looked(sites, _ROWS.replace(",", ";").replace('"¥1;200.50"', '"¥1,200.50"'), "x.txt")
    assert found["file"]["delimiter"] == ";"
    draft = sites("POST", "/api/v1/drafts", {"name": "files"}).headers["Location"]
    body = {"plan": found["plan"], "draft": int(draft.rpartition("/")[2]), "name": "item_file",
            "label": {"zh": "物件文件", "en": "Item file"}}  # fmt: skip
    answer = sites("POST", f"{path}/mapping", body)
    assert answer.status_code == 201, answer.text
    assert sites("GET", f"{draft}/check").json["problems"] == []
    assert sites("POST", f"{draft}/publish").status_code == 200
    headers = {"Authorization": f"Bearer {sites.key}"}
    text = _ROWS.replace(",", ";").replace('"¥1;200.50"', '"¥1,200.50"').encode()
    batch = sites.client.post("/api/v1/imports?mapping=item_file", headers=headers,
                              data={"file": (io.BytesIO(text), "again.txt")})  # fmt: skip
    assert _ended(sites, batch)["documents"]["created"] == 2


def test_references_are_named_by_titles_where_these_are_unique(sites: Api) -> None:
    draft = sites("POST", "/api/v1/drafts", {"name": "titles"}).headers["Location"]
    known = sites("GET", f"{draft}/documents/small:site").json
    fields = [{**each, "unique": True} if each["name"] == "title" else each for each in known["body"]["fields"]]
    put = {"body": {**known["body"], "fields": fields}, "version": known["version"]}
    assert sites("PUT", f"{draft}/documents/small:site", put).status_code == 200
    answer = sites("POST", f"{draft}/publish?consent=true")
    assert answer.status_code == 200, answer.text
    path, found = _looked(sites, "code,title,site\nA,a,South\nB,b,North\n")
    assert [each["by"] for each in found["plan"]["columns"]] == ["key", "key", "title"]
    assert _ended(sites, sites("POST", f"{path}/run", {"plan": found["plan"]}))["documents"]["created"] == 2
    assert sites("GET", "/api/v1/item/A?expand=site").json["site"]["code"] == "S2"


def test_missing_records_are_made_and_own_formulas_count(sites: Api) -> None:
    path, found = _looked(sites, "编码,名称,地点,重量\nA,a,S7,3 kg\n")
    plan = found["plan"]
    for each in plan["columns"]:
        if each["field"] == "weight":
            each["formula"] = 'DECIMAL(PART(重量, " ", 1)) * 2'
    plan["columns"][2]["missing"] = "create"
    tried = sites("POST", f"{path}/preview", {"plan": plan}).json
    assert tried["rows"][0]["outcome"] == "rejected", "a site needs a title"
    plan["columns"][2]["field"] = None
    done = _ended(sites, sites("POST", f"{path}/run", {"plan": plan}))
    assert done["documents"]["created"] == 1 and sites("GET", "/api/v1/item/A").json["weight"] == "6.000"


def test_files_without_headings_in_other_encodings(sites: Api) -> None:
    path, found = _looked(sites, "1001;苹果;1.200,5\n1002;梨;7,25\n".encode("gb18030"), "raw.csv")
    assert (found["file"]["has_header"], found["file"]["encoding"], found["file"]["delimiter"]) == (
        False, "gb18030", ";",
    )  # fmt: skip
    assert [each["heading"] for each in found["columns"]] == ["A", "B", "C"]
    assert [each["kind"] for each in found["columns"]] == ["integer", "text", "decimal"]
    plan = {"entity": "item", "on_repeat": "revise", "columns": [
        {"heading": "A", "field": "code"}, {"heading": "B", "field": "title"}, {"place": 2, "field": "weight"},
    ]}  # fmt: skip
    done = _ended(sites, sites("POST", f"{path}/run", {"plan": plan}))
    assert done["documents"]["created"] == 2
    assert [sites("GET", f"/api/v1/item/{code}").json["weight"] for code in ("1001", "1002")] == ["1200.500", "7.250"]


def test_objects_a_line_are_looked_at_too(sites: Api) -> None:
    lines = '{"code": "A", "title": "a", "site": {"code": "S1"}}\n{"code": "B", "title": "b"}\n'
    path, found = _looked(sites, lines, "x.ndjson")
    assert [each["heading"] for each in found["columns"]] == ["code", "title", "site.code"]
    plan = found["plan"]
    assert _ended(sites, sites("POST", f"{path}/run", {"plan": plan}))["documents"]["created"] == 2


def test_what_cannot_be_is_refused(sites: Api) -> None:
    assert problem_of(_sent(sites, b""), 422, "unreadable_file")
    assert problem_of(_sent(sites, b"\x00\x01\x02" * 50), 422, "unreadable_file")
    assert problem_of(_sent(sites, b"PK\x03\x04 no zip", "x.xlsx"), 422, "unreadable_file")
    path = _looked(sites, _ROWS)[0]

    def refused(status: int, code: str, plan: Any, **more: Any) -> None:
        body = problem_of(sites("POST", f"{path}/preview", {"plan": plan, **more}), status,
                          "invalid" if status == 422 else code)  # fmt: skip
        assert body["problems"][0]["code"] == code, body

    one = {"heading": "编码", "field": "code"}
    refused(422, "wrong_value", {"columns": [one]})
    refused(422, "nothing_mapped", {"entity": "item", "columns": [{"heading": "编码"}]})
    refused(422, "no_such_column", {"entity": "item", "columns": [{"heading": "x", "field": "code"}]})
    refused(422, "repeated_name", {"entity": "item", "columns": [one, {"heading": "名称", "field": "code"}]})
    refused(422, "not_mappable", {"entity": "item", "columns": [{"heading": "编码", "field": "total"}]})
    refused(400, "unknown_field", {"entity": "item", "columns": [{"heading": "编码", "field": "nothing"}]})
    refused(404, "not_found", {"entity": "nothing", "columns": [one]})
    refused(422, "unknown_name", {"entity": "item", "columns": [{**one, "formula": "nothing"}]})
    refused(422, "wrong_value", {"entity": "item", "columns": [one]}, encoding="ebcdic")
    assert sites("DELETE", path).status_code == 204
    problem_of(sites("POST", f"{path}/proposal", {}), 404, "not_found")


def test_files_are_ones_own_and_need_the_permission(sites: Api, either_runtime: Runtime) -> None:
    draft = sites("POST", "/api/v1/drafts", {"name": "roles"}).headers["Location"]
    grant = {"uid": "item", "entity": "item", "actions": ["read", "create"], "hidden": ["amount"]}
    site = {"uid": "site", "entity": "site", "actions": ["read"]}
    for name, permissions in (("loader", {"permissions": ["imports"]}), ("looker", {})):
        role = {"kind": "role", "uid": name, "name": name, "grants": [grant, site]} | permissions
        sites("POST", f"{draft}/documents", {"body": role})
    assert sites("POST", f"{draft}/publish").status_code == 200
    app = create_app(either_runtime)
    loader = api_of(app, make_user(either_runtime, "lena", roles=["loader"])[1])
    looker = api_of(app, make_user(either_runtime, "lou", roles=["looker"])[1])
    problem_of(_sent(looker, _ROWS), 403, "forbidden")
    path, found = _looked(loader, _ROWS)
    assert [each["entity"] for each in found["targets"]] == ["item"]
    assert "amount" not in {each["field"] for each in found["plan"]["columns"]}
    assert found["plan"]["on_repeat"] == "ignore", "he may not change"
    problem_of(sites("GET", path), 404, "not_found")
    plan = {**found["plan"], "on_repeat": "revise"}
    problem_of(loader("POST", f"{path}/preview", {"plan": plan}), 403, "forbidden")
    done = _ended(loader, loader("POST", f"{path}/run", {"plan": found["plan"]}))
    assert done["documents"]["created"] == 3
    problem_of(loader("POST", f"/api/v1/imports/{done['id']}/undo"), 403, "forbidden")


def test_old_files_are_removed(sites: Api, either_runtime: Runtime) -> None:
    from datetime import UTC, datetime, timedelta

    from tessera.engine import importing

    answer = _sent(sites, _ROWS)
    old = {"created_at": datetime.now(UTC) - timedelta(days=8)}
    with either_runtime.database.write() as tx:
        tx.execute(assistant.uploads.update().values(**old))
    assert importing.collect(either_runtime) == 1
    problem_of(sites("GET", answer.headers["Location"]), 404, "not_found")
    assert list((either_runtime.settings.data_dir / "import-files").iterdir()) == []
