"""How requests are taken apart: methods, types, parameters, paths, headers and faults."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.api_kit import Api, api_of, make_user, problem_of
from tessera.runtime import Runtime
from tessera.web import pages
from tessera.web.app import CONTENT_SECURITY_POLICY
from tessera.web.handlers import service


def test_what_is_not_there_is_a_problem_document(stranger: Api) -> None:
    problem_of(stranger("GET", "/nowhere"), 404, "no_such_path")
    problem_of(stranger("GET", "/api/v2/item"), 404, "no_such_path")


def test_a_wrong_method_names_the_right_ones(stranger: Api) -> None:
    answer = stranger("DELETE", "/health")
    problem_of(answer, 405, "method_not_allowed")
    assert {"GET", "HEAD"} <= set(re.split(r"[, ]+", answer.headers["Allow"]))
    problem_of(stranger("TRACE", "/health"), 405, "method_not_allowed")
    problem_of(stranger("OPTIONS", "/health"), 405, "method_not_allowed")


@pytest.mark.parametrize("name", ["X_HTTP_Method_Override", "X_HTTP_Method", "X_Method_Override"])
def test_no_header_changes_the_method(admin: Api, name: str) -> None:
    problem_of(admin("GET", "/api/v1/auth/me", **{name: "DELETE"}), 400, "bad_request")


@pytest.mark.parametrize(
    "path",
    ["//api/v1/auth/me", "/api//v1/auth/me", "/api/v1/auth/me/", "/API/v1/auth/me", "/api/v1/auth/me;x=1",
     "/api/v1/%2e%2e/v1/auth/me", "/api/v1/auth/me.", "/api/v1/auth/me%00", "/api/v1/auth%2fme"],
)
def test_a_disguised_path_is_no_way_around_the_guard(stranger: Api, path: str) -> None:
    answer = stranger("GET", path)
    assert answer.status_code in (401, 404), answer.data
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "query", ["?x=/health", "?next=/api/docs", "?limit=1&limit=2", "?%ff=1", "?after=%00", "?" + "after=1&" * 200]
)
def test_a_query_is_known_and_unambiguous(admin: Api, query: str) -> None:
    problem_of(admin("GET", "/api/v1/auth/users" + query), 400, "bad_parameter")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "1e2", "1.0", "", "9" * 40, "٣", "0x10", " 1"])
def test_a_whole_number_is_one_and_within_bounds(admin: Api, limit: str) -> None:
    problem_of(admin("GET", f"/api/v1/auth/users?limit={limit}"), 400, "bad_parameter")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", ""]
)
def test_a_json_endpoint_takes_json_only(admin: Api, kind: str) -> None:
    answer = admin("POST", "/api/v1/auth/users", b'{"name": "eve"}', Content_Type=kind)
    problem_of(answer, 415, "wrong_content_type")


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"null", b'"x"', b"{", b'{"name":"a","name":"b"}', b"\xff"])
def test_a_body_is_one_clear_object(admin: Api, body: bytes) -> None:
    problem_of(admin("POST", "/api/v1/auth/users", body, Content_Type="application/json"), 400, "bad_body")


def test_a_body_over_the_limit_is_refused(runtime: Runtime, admin: Api) -> None:
    body = b'"' + b"x" * runtime.settings.limits.body_bytes + b'"'
    problem_of(admin("POST", "/api/v1/auth/users", body), 413, "body_too_large")


def test_a_fault_of_ours_shows_nothing_of_its_cause(app: Flask, stranger: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: str) -> bytes:
        raise RuntimeError("secret /etc/path SELECT 1")

    monkeypatch.setattr(service, "_static", broken)
    answer = stranger("GET", "/api/docs")
    problem_of(answer, 500, "internal")
    assert "secret" not in answer.text and "Traceback" not in answer.text


def test_every_answer_carries_the_security_headers_and_a_request_id(admin: Api, stranger: Api) -> None:
    for answer in (admin("GET", "/api/v1/auth/me"), stranger("GET", "/nowhere"), stranger("GET", "/api/docs")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert "unsafe" not in CONTENT_SECURITY_POLICY
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert len(answer.headers["X-Request-Id"]) == 36
        assert "Server" not in answer.headers
    assert admin("GET", "/api/v1/auth/me").headers["Cache-Control"] == "no-store"


def test_a_sensible_request_id_is_kept_and_another_replaced(stranger: Api) -> None:
    assert stranger("GET", "/health", X_Request_Id="till-7.42_x").headers["X-Request-Id"] == "till-7.42_x"
    for bad in ("short", "a" * 65, "with space", "semi;colon"):
        assert stranger("GET", "/health", X_Request_Id=bad).headers["X-Request-Id"] != bad


def test_health_and_ready_need_no_login_and_tell_nothing(stranger: Api) -> None:
    for path in ("/health", "/ready"):
        assert stranger("GET", path).json == {"status": "ok"}
        assert stranger("GET", path, Authorization="Bearer tsk_a_b").status_code == 200


def test_metrics_are_for_administrators(runtime: Runtime, app: Flask, admin: Api, stranger: Api) -> None:
    problem_of(stranger("GET", "/metrics"), 403, "forbidden")
    problem_of(api_of(app, make_user(runtime, "bob")[1])("GET", "/metrics"), 403, "forbidden")
    text = admin("GET", "/metrics").text
    assert 'tessera_requests_total{method="GET",route="/metrics",status="403"} 2.0' in text
    assert "tessera_release 1.0" in text


def test_the_log_has_no_secrets_queries_or_keys(app: Flask, admin: Api, capsys: pytest.CaptureFixture[str]) -> None:
    import io

    from tessera.web.log import logger

    stream = io.StringIO()
    logger.configure("info", stream)
    try:
        admin("GET", "/api/v1/auth/users/424242?after=1")
        admin("POST", "/api/v1/auth/login", {"name": "ada", "password": "a wrong secret"})
    finally:
        logger.configure("off")
    lines: list[dict[str, Any]] = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/api/v1/auth/users/{key}", 400), ("/api/v1/auth/login", 401),
    ]
    assert not any(text in stream.getvalue() for text in ("424242", "after", "a wrong secret", admin.key))


def test_without_user_interface_the_start_page_leads_to_the_documentation(
    stranger: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    answer = stranger("GET", "/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/api/docs")


def test_the_documentation_page_has_no_inline_script_and_no_foreign_address(stranger: Api) -> None:
    page = stranger("GET", "/api/docs").text
    assert re.findall(r"<script(?![^>]*src=)", page) == [] and "style=" not in page and "onclick" not in page
    for name in ("docs.js", "docs.css"):
        answer = stranger("GET", f"/api/docs/{name}")
        assert answer.status_code == 200
        assert "http://" not in answer.text and "https://" not in answer.text
    for name in ("docs.html", "..%2fapp.py", "x"):
        assert stranger("GET", f"/api/docs/{name}").status_code == 404
