"""What the API tests arrange with: users with keys, and clients that send JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tessera.context import SYSTEM, Actor, Context
from tessera.engine import identity, packages
from tessera.meta import Package
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings

FOR_TESTS = Settings(secret_key="for tests", language="en")
PASSWORD = "correct horse 7"


@dataclass
class Api:
    """A client with an API key, or without one for a stranger.

    csrf: token of a session, sent along. base_url: how browsers would reach the server.
    """

    client: FlaskClient
    key: str = ""
    csrf: str = ""
    base_url: str = "http://localhost"

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """One request; header names are given with underscores. Bytes go as they are, all else as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        if self.csrf:
            sent.setdefault("X-CSRF-Token", self.csrf)
        data = body if isinstance(body, bytes | None) else json.dumps(body)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        return self.client.open(path, self.base_url, method=method, data=data, headers=sent)


@dataclass
class Shop:
    """Packages of several entities with their application. admin: an administrator's client."""

    runtime: Runtime
    app: Flask
    admin: Api


def opened(url: str, folder: Path) -> Runtime:
    """A process on that database."""
    return open_runtime(replace(FOR_TESTS, database_url=url, data_dir=folder))


def filled(load: Callable[[], Sequence[Package]]) -> Callable[[str], None]:
    """What applies packages to an empty database."""

    def fill(url: str) -> None:
        runtime = open_runtime(replace(FOR_TESTS, database_url=url))
        packages.apply(runtime.database, runtime.settings, Context(actor=SYSTEM), load(), consent=True)
        runtime.close()

    return fill


def make_user(runtime: Runtime, name: str, **values: Any) -> tuple[int, str]:
    """A user with a password and an API key of every scope: id and key."""
    ctx = Context(actor=SYSTEM)
    scopes = frozenset(identity.SCOPES)
    with runtime.database.write() as tx:
        user = identity.create_user(tx, ctx, {"name": name, "password": PASSWORD, **values})
        own = ctx.acting_as(Actor(user["id"], name))
        key = identity.create_key(tx, own, {"label": "test", "scopes": sorted(scopes)}, scopes)
    return user["id"], key["key"]


def api_of(app: Flask, key: str = "") -> Api:
    """A client of the application that keeps its own cookies."""
    return Api(app.test_client(), key)


def problem_of(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refused request, once its form is checked."""
    body: dict[str, Any] = json.loads(answer.data)
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer.content_type == "application/problem+json"
    assert set(body) == {"type", "title", "status", "code", "detail", "request_id", "problems"}
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert all({"code", "pointer", "message"} <= set(each) for each in body["problems"])
    return body
