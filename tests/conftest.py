"""Fixtures of all tests: fresh databases, the shared data, and a check that no test leaves litter."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from databases import Server, Templates, nothing, system_tables
from tessera import faults

REPOSITORY = Path(__file__).resolve().parent.parent
_CANDIDATES = (
    "postgresql:///postgres",
    "postgresql://postgres@127.0.0.1:5432/postgres",
    "postgresql://postgres:postgres@127.0.0.1:5432/postgres",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The switch `--long`."""
    parser.addoption("--long", action="store_true", help="also run the tests marked long")


def pytest_configure(config: pytest.Config) -> None:
    """The markers of tests that take minutes."""
    config.addinivalue_line("markers", "long: takes minutes; runs with --long only")
    config.addinivalue_line("markers", "full: takes a minute or two; runs under CI=true and with --long")
    if config.getoption("--long"):
        os.environ["TESSERA_LONG"] = "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked long unless it was asked for; begin with what takes longest."""
    items.sort(key=lambda item: item.get_closest_marker("full") is None)
    if config.getoption("--long"):
        return
    markers = ("long",) if os.environ.get("CI") == "true" else ("long", "full")
    left_out = [item for item in items if any(item.get_closest_marker(each) for each in markers)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not any(item.get_closest_marker(each) for each in markers)]


def missing(what: str) -> NoReturn:
    """End a test that lacks something of its surroundings: a failure under CI, else a skip that says so."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true demands it")
    pytest.skip(what)


def _server() -> str:
    asked = os.environ.get("TESSERA_TEST_POSTGRES", "")
    for url in (asked,) if asked else _CANDIDATES:
        try:
            psycopg.connect(url, connect_timeout=20, autocommit=True).close()
        except psycopg.OperationalError:
            continue
        return url
    return ""


@pytest.fixture(scope="session")
def server() -> Iterator[Server | None]:
    """The PostgreSQL server that lends databases; None when there is none."""
    url = _server()
    if not url:
        yield None
        return
    made = Server(url)
    yield made
    made.close()


@pytest.fixture
def postgres(server: Server | None) -> Server:
    """The PostgreSQL server, without which the test is left out, or fails under CI."""
    if server is None:
        missing("no PostgreSQL: set TESSERA_TEST_POSTGRES or start one on 127.0.0.1:5432")
    return server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of an SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """URL of a PostgreSQL database with nothing but the system tables."""
    with postgres.lend("system tables", system_tables) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres: Server) -> Iterator[str]:
    """URL of a PostgreSQL database without any table."""
    with postgres.lend("nothing", nothing) as url:
        yield url


@pytest.fixture(scope="session")
def templates(server: Server | None, tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Databases that are filled once and copied for each test."""
    return Templates(server, tmp_path_factory.mktemp("templates"))


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each kind of database."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres")
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh empty database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that stands beside the repository and is no part of it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        missing(f"the data folder {folder.name} does not stand beside the repository")
    return folder


@pytest.fixture(autouse=True)
def no_litter() -> Iterator[None]:
    """Fail a test that leaves a thread running or a fault armed."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 20
    while (left := set(threading.enumerate()) - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left, f"the test left threads running: {sorted(each.name for each in left)}"
    assert not faults._armed, f"the test left faults armed: {sorted(faults._armed)}"
