"""Databases that restart, refuse connections, are full, or abort what they are asked: nothing is lost or doubled."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from api.api_kit import api_of, make_user
from flows.kit import Works, flow, on, works_with
from flows.postgres_kit import Cluster
from flows.test_control import memo, memos
from flows.test_workers import CHAIN, crew, ensure_once, settings_of, wait_for
from patience import until
from tessera.errors import Unavailable
from tessera.web.app import create_app

Begin = Callable[..., Works]
THREE = flow(
    "three", on("record.created"), memo("'a ' & record.subject"),
    {"do": "update_record", "values": {"effort": "COALESCE(record.effort, 0) + 1"}}, memo("'c ' & record.subject"),
)  # fmt: skip


def written(works: Works, subject: str, account: int) -> None:
    """A new task, as somebody makes one who repeats what was answered with 503. It may not be there twice."""

    def tried() -> bool:
        try:
            works.create("task", subject=subject, account=account, external=subject)
        except Unavailable:
            return there()
        return True

    def there() -> bool:
        try:
            return works.count("task", f"external = '{subject}'") == 1
        except Unavailable:
            return False

    until(tried, f"{subject} to be written")


@pytest.mark.parametrize("modes", [("fast", "immediate"), pytest.param(("fast", "immediate") * 5,
                                                                       marks=pytest.mark.long)])  # fmt: skip
def test_f13_a_database_that_restarts_under_load_loses_and_doubles_nothing(
    cluster: Cluster, modes: tuple[str, ...]
) -> None:
    works = works_with(cluster.url(cluster.create()), CHAIN)
    account = works.create("account", code="A")["id"]
    subjects: list[str] = []
    with crew(settings_of(works), 2):
        for mode in modes:
            for place in range(6):
                if place == 3:
                    cluster.stop(mode)
                    with pytest.raises(Unavailable):
                        works.create("task", subject="lost", account=account)
                    cluster.begin()
                subjects.append(f"s{len(subjects)}")
                written(works, subjects[-1], account)
        wait_for(works, len(subjects))
    ensure_once(works, account, subjects)
    works.runtime.close()


def test_f14_both_ends_of_a_connection_notice_within_half_a_minute_that_the_other_has_gone(cluster: Cluster) -> None:
    works = works_with(cluster.url(cluster.create()))
    with works.runtime.database.read() as tx:
        names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
        idle, interval, count, unanswered = (
            int(tx.connection.exec_driver_sql(f"SELECT setting FROM pg_settings WHERE name = '{name}'").scalar() or 0)
            for name in names
        )
        own = tx.connection.connection.driver_connection
        assert own is not None
        given = own.info.get_parameters()
    assert idle + interval * count <= 30 and 0 < unanswered <= 30_000
    assert sum(int(given[f"keepalives_{name}"]) for name in ("idle",)) + 5 * int(given["keepalives_count"]) <= 30
    assert int(given["tcp_user_timeout"]) <= 30_000
    works.runtime.close()


def test_f15_too_many_connections_are_a_503_and_all_is_well_when_some_have_gone(
    cluster: Cluster, tmp_path: Path
) -> None:
    name = cluster.create()
    works = works_with(cluster.url(name), THREE)
    key = make_user(works.runtime, "ada", is_admin=True)[1]
    api = api_of(create_app(works.runtime), key)
    assert api("POST", "/api/v1/task", {"subject": "before"}).status_code == 201
    works.runtime.close()
    cluster.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 2')
    cluster.execute("CREATE ROLE clerk LOGIN")
    with psycopg.connect(cluster.url(name)), psycopg.connect(cluster.url(name)):
        limited = works_with_user(works, cluster.url(name, user="clerk"))
        with pytest.raises(Unavailable) as caught:
            limited.create("task", subject="during")
        assert caught.value.status == 503
        assert limited.drain.all() == 0  # a worker goes on looking; it does not die of it
        limited.runtime.close()
    cluster.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
    assert api("POST", "/api/v1/task", {"subject": "after"}).status_code == 201
    works.settle()
    assert sorted(memos(works)) == ["a after", "a before", "c after", "c before"]
    works.runtime.close()


def works_with_user(works: Works, url: str) -> Works:
    """The same process with a connection of somebody whom the limits bind."""
    from dataclasses import replace

    from tessera.runtime import Runtime
    from tessera.store import open_database

    settings = replace(works.runtime.settings, database_url=url)
    return Works(Runtime(settings, open_database(settings), works.runtime.releases), works.now)


@contextmanager
def no_room(works: Works) -> Iterator[None]:
    """The disk of the database is full."""
    engine = works.runtime.database.engine
    if works.runtime.database.dialect == "sqlite":

        def limit(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA max_page_count = 1")  # SQLite takes the number of pages that there are

        works.runtime.close()
        sa.event.listen(engine, "connect", limit)
        yield
        sa.event.remove(engine, "connect", limit)
        works.runtime.close()
        return
    with works.runtime.database.write() as tx:
        for statement in (
            "CREATE FUNCTION t_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
            "CREATE TRIGGER t_full BEFORE INSERT OR UPDATE ON tsr_step EXECUTE FUNCTION t_full()",
            "CREATE TRIGGER t_full BEFORE INSERT ON tsr_outbox EXECUTE FUNCTION t_full()",
        ):
            tx.connection.exec_driver_sql(statement)
    yield
    with works.runtime.database.write() as tx:
        tx.connection.exec_driver_sql("DROP FUNCTION t_full CASCADE")


def test_f16_a_full_disk_is_a_503_reads_go_on_and_nothing_needs_repair(begin: Begin) -> None:
    works = begin(THREE, flow_lease_s=0)
    works.create("task", subject="before")
    works.settle()
    works.create("task", subject="waiting")
    with no_room(works):
        with pytest.raises(Unavailable) as caught:
            for number in range(10_000):  # until the free places of the last pages are taken
                works.create("task", subject=f"{number}" * 8)
        assert caught.value.status == 503
        assert works.count("task", "subject = 'before'") == 1
        works.drain.once()
    made = works.count("task")
    until(lambda: works.settle() == 0 and set(works.states()) == {"done"}, "the end of all runs")
    assert len(works.runs()) == made and works.count("receipt") == 2 * made
    works.create("task", subject="after")
    works.settle()
    assert works.count("receipt", "memo = 'c after'") == 1


@pytest.mark.parametrize(("every", "failure"), [
    pytest.param(5, psycopg.errors.DeadlockDetected, id="deadlock"),
    pytest.param(1, psycopg.errors.DeadlockDetected, id="deadlock everywhere", marks=pytest.mark.long),
    pytest.param(1, psycopg.errors.SerializationFailure, id="serialization", marks=pytest.mark.long),
])  # fmt: skip
def test_f17_a_collision_at_any_statement_of_a_run_is_tried_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, failure: type[psycopg.Error], every: int
) -> None:
    works = works_with(postgres_url, THREE)
    works.create("task", subject="warm")
    works.settle()
    place = Collision(failure)
    monkeypatch.setattr(psycopg.Cursor, "execute", place.wrapped(psycopg.Cursor.execute))
    works.create("task", subject="count")
    place.begin(0)
    works.settle()
    count, made = place.seen, ["warm", "count"]
    assert count > 20
    for nth in range(1 + random.Random(every).randrange(every), count + 1, every):
        made.append(f"n{nth}")
        works.create("task", subject=made[-1])
        place.begin(nth)
        works.settle()
        place.begin(0)
        until(lambda: works.settle() == 0 and set(works.states()) == {"done"}, f"the end of {made[-1]}")
    assert sorted(memos(works)) == sorted(f"{part} {each}" for part in "ac" for each in made)
    assert works.count("task", "effort = 1") == len(made)
    works.runtime.close()


class Collision:
    """Fails the nth statement from now on, once."""

    def __init__(self, failure: type[psycopg.Error]) -> None:
        self.failure = failure
        self.seen = self.nth = 0

    def begin(self, nth: int) -> None:
        """Count anew; 0: only count."""
        self.nth = nth
        self.seen = 0 if nth or not self.seen else self.seen

    def wrapped(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        """What runs statements, with that failure."""

        def run(cursor: Any, *given: Any, **named: Any) -> Any:
            self.seen += 1
            if self.seen == self.nth:
                raise self.failure("put here by the test")
            return execute(cursor, *given, **named)

        return run


def test_f39_a_database_file_is_kept_so_that_a_kill_cannot_break_it(sqlite_url: str) -> None:
    works = works_with(sqlite_url, THREE)
    works.create("task", subject="one")
    works.runtime.close()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with works.runtime.database.read() as tx:
        assert tx.connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    works.runtime.close()
