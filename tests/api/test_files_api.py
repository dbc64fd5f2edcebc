"""Uploaded files: taken in, held by a record, read by whoever may read its field, collected when nobody holds them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from api.api_kit import FOR_TESTS, Api, api_of, filled, make_user, problem_of
from api.small_package import package
from databases import Templates
from tessera import faults
from tessera.context import SYSTEM, Context
from tessera.engine import files
from tessera.engine.files import collecting, keeping, sniffing
from tessera.errors import TesseraError
from tessera.runtime import Runtime
from tessera.store.system.files import file_table
from tessera.web.app import create_app

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
PAPER: dict[str, Any] = {
    "kind": "entity",
    "uid": "paper",
    "name": "paper",
    "label": "Paper",
    "business_key": ["code"],
    "fields": [
        {"uid": "code", "name": "code", "label": "Code", "type": "text", "required": True},
        {"uid": "scan", "name": "scan", "label": "Scan", "type": "file", "max_bytes": 1000, "accept": ["image/png"]},
        {"uid": "extra", "name": "extra", "label": "Extra", "type": "file"},
        {"uid": "pages", "name": "pages", "label": "Pages", "type": "lines",
         "fields": [{"uid": "image", "name": "image", "label": "Image", "type": "file"}]},
    ],
}  # fmt: skip
ROLES: list[dict[str, Any]] = [
    {"kind": "role", "uid": "clerk", "name": "clerk", "label": "Clerk",
     "grants": [{"uid": "own", "entity": "paper", "actions": ["read", "create", "update"],
                 "where": "created_by = USER('id')"}]},
    {"kind": "role", "uid": "viewer", "name": "viewer", "label": "Viewer",
     "grants": [{"uid": "all", "entity": "paper", "actions": ["read"], "hidden": ["scan"]}]},
]  # fmt: skip


@pytest.fixture
def runtime(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[Runtime]:
    """An entity with file fields, on both databases."""
    fill = filled(lambda: [package(PAPER, *ROLES)])
    with templates.open(dialect, "files", fill, replace(FOR_TESTS, data_dir=tmp_path)) as made:
        yield made


@pytest.fixture
def user(runtime: Runtime) -> Callable[..., Api]:
    """Makes clients of users with roles."""
    app = create_app(runtime)

    def make(name: str, **values: Any) -> Api:
        return api_of(app, make_user(runtime, name, **values)[1])

    return make


def send(api: Api, data: bytes = PNG, name: str = "scan.png", kind: str = "image/png") -> TestResponse:
    """The answer to an upload."""
    form = {"file": (io.BytesIO(data), name, kind)}
    return api.client.post("/api/v1/files", data=form, headers={"Authorization": f"Bearer {api.key}"})


def uploaded(api: Api, data: bytes = PNG, name: str = "scan.png", kind: str = "image/png") -> dict[str, Any]:
    """What the upload of a sound file answers."""
    answer = send(api, data, name, kind)
    assert answer.status_code == 201, answer.data
    found: dict[str, Any] = json.loads(answer.data)
    return found


def contents(runtime: Runtime) -> list[Path]:
    """Every content in the data folder."""
    return [each for each in (runtime.settings.data_dir / "files").rglob("*") if each.is_file()]


def refs(runtime: Runtime) -> list[str]:
    """Every file that the database tells of."""
    with runtime.database.read() as tx:
        return [row["ref"] for row in tx.rows(file_table.select().order_by(file_table.c.uploaded_at))]


def test_a_file_is_uploaded_written_into_a_record_and_read(runtime: Runtime, user: Callable[..., Api]) -> None:
    api = user("ada", is_admin=True)
    found = uploaded(api, name="..\\up/报告 1.png")
    assert found == {"id": found["id"], "name": "报告 1.png", "size": len(PNG), "media_type": "image/png"}
    made = api("POST", "/api/v1/paper", {"code": "A", "scan": {"id": found["id"]}})
    assert made.status_code == 201, made.data
    assert json.loads(made.data)["scan"] == found
    again = api("PATCH", "/api/v1/paper/A", {"scan": found})
    assert json.loads(again.data)["version"] == 1
    answer = api("GET", f"/api/v1/files/{found['id']}")
    assert (answer.status_code, answer.data, answer.content_type) == (200, PNG, "image/png")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=\"___1.png\"; filename*=UTF-8''%E6")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'; frame-ancestors 'none'"]
    assert [path.name for path in contents(runtime)] != ["scan.png"] and len(contents(runtime)) == 1


def test_rights_on_a_file_are_those_on_the_field_that_holds_it(user: Callable[..., Api]) -> None:
    clerk, other = user("cleo", roles=["clerk"]), user("otto", roles=["clerk"])
    viewer, stranger = user("vera", roles=["viewer"]), user("nora")
    scan, extra = uploaded(clerk), uploaded(clerk, b"plain", "a.txt", "text/plain")
    for api in (other, viewer, stranger):
        problem_of(api("GET", f"/api/v1/files/{extra['id']}"), 404, "not_found")
    assert clerk("GET", f"/api/v1/files/{extra['id']}").status_code == 200
    body = {"code": "A", "scan": scan, "pages": [{"image": extra}]}
    made = clerk("POST", "/api/v1/paper", body)
    assert made.status_code == 201, made.data
    assert viewer("GET", f"/api/v1/files/{extra['id']}").data == b"plain"
    problem_of(viewer("GET", f"/api/v1/files/{scan['id']}"), 404, "not_found")
    for ref in (scan["id"], extra["id"]):
        assert clerk("GET", f"/api/v1/files/{ref}").status_code == 200
        for api in (other, stranger):
            problem_of(api("GET", f"/api/v1/files/{ref}"), 404, "not_found")
    clerk("PATCH", "/api/v1/paper/A", {"pages": []})
    problem_of(viewer("GET", f"/api/v1/files/{extra['id']}"), 404, "not_found")


def test_only_an_own_waiting_upload_can_be_written_and_only_once(user: Callable[..., Api]) -> None:
    one, other = user("one", is_admin=True), user("two", is_admin=True)
    found = uploaded(one)
    unknown = {"id": "01970000-0000-7000-8000-000000000000"}
    for api, file in ((other, found), (one, unknown)):
        body = problem_of(api("POST", "/api/v1/paper", {"code": "A", "scan": file}), 422, "invalid")
        assert [(each["code"], each["pointer"]) for each in body["problems"]] == [("unknown_file", "/scan")]
    rows = [{"code": "A", "scan": found}, {"code": "B", "extra": found}]
    body = problem_of(one("POST", "/api/v1/paper/bulk", {"data": rows}), 422, "invalid")
    assert [(each["code"], each["pointer"]) for each in body["problems"]] == [("unknown_file", "/data/1/extra")]
    assert one("POST", "/api/v1/paper", rows[0]).status_code == 201
    problem_of(one("POST", "/api/v1/paper", rows[1]), 422, "invalid")
    assert one("PATCH", "/api/v1/paper/A", {"scan": None, "extra": found}).status_code == 200
    assert one("DELETE", "/api/v1/paper/A").status_code == 204
    assert one("POST", "/api/v1/paper/A/restore").status_code == 200
    assert one("GET", f"/api/v1/files/{found['id']}").status_code == 200


def test_size_and_type_of_the_field_hold_for_the_file_itself(user: Callable[..., Api]) -> None:
    api = user("ada", is_admin=True)
    large = uploaded(api, PNG + bytes(1000))
    text = uploaded(api, b"a,b\n", "a.csv", "text/csv")
    for file, code in ((large, "out_of_range"), (text, "bad_format")):
        lies = {**file, "size": 5, "media_type": "image/png"}
        for given in ({"id": file["id"]}, lies):
            body = problem_of(api("POST", "/api/v1/paper", {"code": "A", "scan": given}), 422, "invalid")
            assert [each["code"] for each in body["problems"]] == [code]


@pytest.mark.parametrize(
    ("data", "name", "kind", "code"),
    [
        (b"", "a.png", "image/png", "empty_file"),
        (b"<html><script>alert(1)</script>", "a.png", "image/png", "media_type_mismatch"),
        (b"<script>alert(1)</script>", "a.txt", "text/plain", "media_type_mismatch"),
        (b"<svg xmlns='x'><script/></svg>", "a.txt", "text/plain", "media_type_mismatch"),
        (PNG, "a.html", "image/png", "media_type_mismatch"),
        (PNG, "a.png", "application/pdf", "media_type_mismatch"),
        (b"MZ\x90\x00", "a.pdf", "application/pdf", "media_type_mismatch"),
        (b"plain", "a.png", "", "media_type_mismatch"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    runtime: Runtime, user: Callable[..., Api], data: bytes, name: str, kind: str, code: str
) -> None:
    problem_of(send(user("ada", is_admin=True), data, name, kind), 422, code)
    assert (contents(runtime), refs(runtime)) == ([], [])
    assert list((runtime.settings.data_dir / "uploads").iterdir()) == []


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml"])
def test_what_a_browser_might_run_goes_out_as_bytes(user: Callable[..., Api], kind: str) -> None:
    api = user("ada", is_admin=True)
    data = b"<!doctype html><script>alert(1)</script>" if kind == "text/html" else b"<svg><script/></svg>"
    found = uploaded(api, data, "a", kind)
    answer = api("GET", f"/api/v1/files/{found['id']}")
    assert (found["media_type"], answer.content_type) == (kind, "application/octet-stream")
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_names_are_cleaned_and_cut() -> None:
    assert sniffing.cleaned_name("x" * 300 + ".tar.gz") == "x" * 197 + ".gz"
    assert sniffing.cleaned_name("a\r\nSet-Cookie: b\x00.png") == "aSet-Cookie: b.png"
    assert sniffing.cleaned_name("/etc/passwd") == "passwd"


def test_limits_of_size_and_number_are_kept(runtime: Runtime, user: Callable[..., Api]) -> None:
    api = user("ada", is_admin=True)
    limits = replace(runtime.settings.limits, file_bytes=2_000, waiting_files=1)
    runtime.settings = replace(runtime.settings, limits=limits)
    problem_of(send(api, PNG + bytes(4_000)), 413, "body_too_large")
    uploaded(api)
    problem_of(send(api), 409, "too_many_files")
    assert len(contents(runtime)) == 1
    problem_of(api("POST", "/api/v1/files", {"file": "x"}), 415, "wrong_content_type")


class Stopped(TesseraError):
    """The test stopped it here."""

    code = "stopped_by_files_test"


def stop() -> None:
    """What a fault point does."""
    raise Stopped


def test_a_row_that_cannot_be_written_leaves_neither_row_nor_content(
    runtime: Runtime, user: Callable[..., Api]
) -> None:
    api = user("ada", is_admin=True)
    with faults.armed(keeping.BEFORE_ROW, stop):
        assert send(api).status_code == 400
    assert (contents(runtime), refs(runtime)) == ([], [])


def test_a_content_whose_upload_was_cut_off_is_swept(runtime: Runtime, user: Callable[..., Api]) -> None:
    api = user("ada", is_admin=True)
    with faults.armed(keeping.AFTER_CONTENT, stop):
        assert send(api).status_code == 400
    assert (len(contents(runtime)), refs(runtime)) == (1, [])
    assert files.collect(runtime, Context()) == files.Collected(0, 0)
    later = Context(actor=SYSTEM, clock=lambda: datetime.now(UTC) + timedelta(hours=25))
    assert files.collect(runtime, later) == files.Collected(0, 1)
    assert contents(runtime) == []


def test_what_no_record_took_is_collected_after_a_day(runtime: Runtime, user: Callable[..., Api]) -> None:
    api = user("ada", is_admin=True)
    held, left, lost = (uploaded(api) for _ in range(3))
    assert api("POST", "/api/v1/paper", {"code": "A", "scan": held, "extra": lost}).status_code == 201
    assert api("PATCH", "/api/v1/paper/A", {"extra": None}).status_code == 200
    later = Context(actor=SYSTEM, clock=lambda: datetime.now(UTC) + timedelta(hours=25))
    with faults.armed(collecting.AFTER_ROWS, stop), pytest.raises(Stopped):
        files.collect(runtime, later)
    assert (refs(runtime), len(contents(runtime))) == ([held["id"]], 3)
    assert files.collect(runtime, later) == files.Collected(0, 2)
    assert api("GET", f"/api/v1/files/{held['id']}").data == PNG
    problem_of(api("GET", f"/api/v1/files/{left['id']}"), 404, "not_found")
