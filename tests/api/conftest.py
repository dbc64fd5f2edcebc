"""Fixtures of the API tests: packages on copies of databases that were filled once, applications and clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from api.api_kit import FOR_TESTS, Api, Shop, api_of, filled, make_user
from api.small_package import package
from databases import Templates
from tessera.meta import load_folder
from tessera.runtime import Runtime
from tessera.web.app import create_app

METADATA = Path(__file__).resolve().parents[2] / "metadata"


@pytest.fixture
def runtime(templates: Templates, tmp_path: Path) -> Iterator[Runtime]:
    """The small package on SQLite."""
    with templates.open("sqlite", "small", filled(lambda: [package()]), replace(FOR_TESTS, data_dir=tmp_path)) as made:
        yield made


@pytest.fixture
def either_runtime(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[Runtime]:
    """The small package, once on SQLite and once on PostgreSQL."""
    with templates.open(dialect, "small", filled(lambda: [package()]), replace(FOR_TESTS, data_dir=tmp_path)) as made:
        yield made


@pytest.fixture
def shop(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[Shop]:
    """The packages retail, loyalty and demo on both databases, and an administrator's client."""
    names = ("retail", "loyalty", "demo")
    fill = filled(lambda: [load_folder(METADATA / name) for name in names])
    with templates.open(dialect, "shop", fill, replace(FOR_TESTS, data_dir=tmp_path)) as made:
        app = create_app(made)
        yield Shop(made, app, api_of(app, make_user(made, "ada", is_admin=True)[1]))


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The application on SQLite."""
    return create_app(runtime)


@pytest.fixture
def stranger(app: Flask) -> Api:
    """A client that has not said who it is."""
    return api_of(app)


@pytest.fixture
def admin(runtime: Runtime, app: Flask) -> Api:
    """A client with the API key of an administrator."""
    return api_of(app, make_user(runtime, "ada", is_admin=True)[1])


@pytest.fixture
def either(either_runtime: Runtime) -> Api:
    """A client with the API key of an administrator, on both databases."""
    return api_of(create_app(either_runtime), make_user(either_runtime, "ada", is_admin=True)[1])
