"""The databases that tests are lent are as good as new, and none is left behind."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from databases import Server, system_tables
from snapshots import Snapshot, taken


@pytest.fixture
def own(postgres: Server) -> Iterator[Server]:
    """A server of databases for this test alone."""
    made = Server(postgres.url)
    yield made
    made.close()


def filled(url: str) -> None:
    """The system tables with a row, and a sequence that has given a number."""
    system_tables(url)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO tsr_counter (name, last) VALUES ('here', 7)")
        connection.execute("SELECT nextval('tsr_outbox_id_seq')")


def held(url: str) -> Snapshot:
    """What a database holds."""
    with psycopg.connect(url) as connection:
        return taken(connection)


def databases(server: Server) -> set[str]:
    """The names of all databases."""
    with psycopg.connect(server.url) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def test_a_used_database_comes_back_as_it_was(own: Server) -> None:
    with own.lend("filled", filled) as first:
        before = held(first)
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE more (id bigserial PRIMARY KEY)")
            connection.execute("CREATE VIEW seen AS SELECT * FROM more")
            connection.execute("CREATE SEQUENCE counted")
            connection.execute("UPDATE tsr_counter SET last = 8")
            connection.execute("INSERT INTO tsr_counter (name, last) SELECT 'c' || n, n FROM generate_series(1, 50) n")
            connection.execute("SELECT nextval('tsr_outbox_id_seq'), nextval('counted')")
        left_open = psycopg.connect(first)
        left_open.execute("SELECT pg_advisory_lock(1)")
    with own.lend("filled", filled) as second:
        assert second == first and held(second) == before
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    left_open.close()


def test_a_database_whose_tables_were_changed_is_not_lent_again(own: Server) -> None:
    with own.lend("filled", filled) as first:
        before = held(first)
        with psycopg.connect(first) as connection:
            connection.execute("ALTER TABLE tsr_counter ADD COLUMN more bigint")
    with own.lend("filled", filled) as second:
        assert second != first and held(second) == before
    assert first.rpartition("/")[2] not in databases(own)


def test_two_at_once_are_two(own: Server) -> None:
    with own.lend("filled", filled) as first, own.lend("filled", filled) as second:
        assert first != second and held(first) == held(second)


def test_what_a_run_left_behind_is_dropped_by_the_next_and_not_before(own: Server, postgres: Server) -> None:
    dead = Server(postgres.url)
    with dead.lend("filled", filled) as url:
        name = url.rpartition("/")[2]
        Server(postgres.url).close()
        assert name in databases(own)
        dead._admin.close()  # as when its process is killed
        Server(postgres.url).close()
        assert name not in databases(own)
        dead._admin = psycopg.connect(postgres.url, autocommit=True)
    dead.close()
