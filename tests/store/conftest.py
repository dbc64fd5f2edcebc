"""An installed database for each test of the store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tessera import store
from tessera.settings import Settings


@pytest.fixture
def db(database_url: str) -> Iterator[store.Database]:
    """A fresh database with the system tables, once on SQLite and once on PostgreSQL."""
    database = store.open_database(Settings(database_url=database_url, threads=4), role="worker")
    store.install(database)
    yield database
    database.close()
