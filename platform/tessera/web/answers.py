"""Answers: JSON bytes with their headers, and problems as RFC 9457 describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from tessera.errors import Json, TesseraError

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS

_TITLES = {
    400: "The request is not right",
    401: "Sign in first",
    403: "Not permitted",
    404: "Not found",
    405: "Wrong method",
    409: "Conflict",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Wrong content type",
    422: "The input has problems",
    429: "Too many attempts",
    500: "Something went wrong on our side",
    503: "Not available just now",
}


@dataclass(slots=True)
class Answer:
    """What goes back. headers: besides the content type, in the place of those that every answer has.

    file: sent instead of the body, then removed unless it is kept. stored: what a repeated request with the same
    Idempotency-Key gets instead of the body, for answers that show a secret: those are stored nowhere.
    """

    body: bytes = b""
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str = JSON_TYPE
    file: Path | None = None
    is_kept: bool = False
    stored: bytes | None = None


def dumps(value: Json) -> bytes:
    """Compact JSON; decimals as texts, instants in UTC with Z."""
    return orjson.dumps(value, _plain, _OPTIONS)


def json_answer(value: Json, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Answer:
    """An answer whose body is the value."""
    return Answer(orjson.dumps(value, _plain, _OPTIONS), status, headers if headers is not None else [])


def problem_body(error: TesseraError, request_id: str) -> dict[str, Json]:
    """The problem document of an error. detail says what is wrong, problems say where."""
    return {
        "type": f"/api/docs#error-{error.code}",
        "title": _TITLES.get(error.status, "The request failed"),
        "status": error.status,
        "code": error.code,
        "detail": error.message,
        "request_id": request_id,
        "problems": [each.to_json() for each in error.problems()],
    }


def problem_answer(error: TesseraError, request_id: str) -> Answer:
    """The error as an answer."""
    headers: list[tuple[str, str]] = []
    if error.status == 401:
        headers.append(("WWW-Authenticate", 'Bearer realm="tessera"'))
    retry_s = error.params.get("retry_after_s")
    if retry_s is not None:
        headers.append(("Retry-After", str(retry_s)))
    elif error.status == 503:
        headers.append(("Retry-After", "2"))
    try:
        body = dumps(problem_body(error, request_id))
    except TypeError:  # a text with half a character, which came with the request
        body = dumps(_printable(problem_body(error, request_id)))
    return Answer(body, error.status, headers, PROBLEM_TYPE)


def _plain(value: Any) -> Json:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _printable(value: Json) -> Json:
    if isinstance(value, dict):
        return {_printable(name): _printable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_printable(each) for each in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else str(value)
