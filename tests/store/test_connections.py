"""Connections to PostgreSQL: which limits they have, and what happens when they are cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tessera import store
from tessera.errors import Unavailable
from tessera.settings import Settings
from tessera.store import Database
from tessera.store.database import STATEMENT_TIMEOUT_S, Role
from tessera.store.system import catalog
from tessera.store.system.base import counter

ADD = sa.update(counter).where(counter.c.name == "cut").values(last=counter.c.last + 1)
LAST = sa.select(counter.c.last).where(counter.c.name == "cut")


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """A database on PostgreSQL with a row to count in."""
    made = store.open_database(Settings(database_url=postgres_url))
    with made.write() as tx:
        tx.execute(sa.insert(counter), {"name": "cut", "last": 0})
    yield made
    made.close()


def cut(database: Database) -> None:
    """End every connection that the pool has."""
    with psycopg.connect(database.engine.url.render_as_string(False).replace("+psycopg", ""), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )


def read(database: Database) -> None:
    """A transaction that only reads."""
    with database.read() as tx:
        tx.scalar(LAST)


def enter(database: Database) -> None:
    """A transaction that begins with the head."""
    with database.read() as tx:
        catalog.enter(tx)


def count(database: Database) -> None:
    """A transaction that writes."""
    database.run(lambda tx: tx.execute(ADD))


def count_long(database: Database) -> None:
    """A transaction that writes and sets its own limit first."""
    with database.write(statement_timeout_s=0) as tx:
        tx.execute(ADD)


@pytest.mark.parametrize("act", [read, enter, count, count_long], ids=lambda each: each.__name__)
def test_a_transaction_begins_on_another_connection_when_those_of_the_pool_were_cut(
    database: Database, act: Callable[[Database], None]
) -> None:
    for _ in range(2):
        with ExitStack() as stack:
            for _ in range(4):
                stack.enter_context(database.read()).scalar(LAST)
        cut(database)
        act(database)
        act(database)
    with database.read() as tx:
        assert tx.scalar(LAST) == (4 if act in (count, count_long) else 0)


@pytest.mark.parametrize(("cuts", "is_done"), [(2, True), (3, False)])
def test_a_transaction_tries_no_more_than_three_connections(database: Database, cuts: int, is_done: bool) -> None:
    left = [cuts]

    def lose(_connection: Any, _record: Any, _proxy: Any) -> None:
        if left[0]:
            left[0] -= 1
            cut(database)

    sa.event.listen(database.engine, "checkout", lose)
    if is_done:
        count(database)
    else:
        with pytest.raises(Unavailable):
            count(database)
    assert left == [0]
    with database.read() as tx:
        assert tx.scalar(LAST) == int(is_done)


def test_a_connection_that_is_lost_after_the_first_statement_is_an_error(database: Database) -> None:
    for act in (read, count):
        with pytest.raises(Unavailable), database.write() as tx:
            tx.execute(sa.update(counter).values(last=99))
            cut(database)
            tx.execute(LAST)
        act(database)
    with database.read() as tx:
        assert tx.scalar(LAST) == 1


@pytest.mark.parametrize("role", STATEMENT_TIMEOUT_S)
def test_who_waits_for_a_lock_gives_way_before_it_counts_as_slow(postgres_url: str, role: Role) -> None:
    database = store.open_database(Settings(database_url=postgres_url), role=role)
    limits = "SELECT name, setting::int AS ms FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout')"
    with database.read() as tx:
        found = {row["name"]: row["ms"] for row in tx.rows(sa.text(limits))}
    database.close()
    assert 0 < found["lock_timeout"] < (found["statement_timeout"] or float("inf"))
