"""A database that goes away is a 503 and leaves nothing half-written; what fails in rules or rows stands alone."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from api.api_kit import api_of, make_user
from crash import arrival
from crash.arrival import Arrival
from crash.conftest import Fresh
from crash.copies import Copies
from databases import Server
from tessera import faults
from tessera.context import Context
from tessera.engine import mapping, records, timeline
from tessera.engine.mapping import ImportFile
from tessera.engine.work import Work
from tessera.errors import Unavailable
from tessera.runtime import Runtime
from tessera.store.system.timeline import moment
from tessera.web.app import create_app

POINTS = ("records.after_rows", "timeline.after_decisions", "ledger.after_movements", "store.before_commit")


@pytest.fixture
def runtime(copies: Copies, postgres: Server) -> Any:
    """The retailer's program on PostgreSQL."""
    del postgres  # asked for so that the test is left out, or fails under CI, without a server
    with copies.open("retailer", "postgresql") as made:
        yield made


def cut(runtime: Runtime) -> None:
    """End this runtime's connections from another one."""
    with psycopg.connect(runtime.settings.database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'tessera' AND pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("point", POINTS)
def test_a_lost_connection_is_unavailable_and_leaves_nothing(runtime: Runtime, sample: Path, point: str) -> None:
    document = arrival.documents(sample)[0]
    with faults.armed(point, lambda: cut(runtime)), pytest.raises(Unavailable) as caught:
        runtime.write(Context(), lambda work: arrival.take_in(work, [Arrival(document)]))
    assert caught.value.status == 503
    with runtime.reading(Context()) as work:
        assert (records.count(work, "order"), work.tx.scalar(sa.select(sa.func.count()).select_from(moment))) == (0, 0)
        assert timeline.verify(work) == []
    runtime.write(Context(), lambda work: arrival.take_in(work, [Arrival(document)]))
    with runtime.reading(Context()) as work:
        assert (records.count(work, "order"), timeline.verify(work)) == (1, [])


def test_requests_during_a_restart_are_503_and_none_is_lost(runtime: Runtime) -> None:
    key = make_user(runtime, "ada", is_admin=True)[1]
    app, answers = create_app(runtime), dict[str, int]()

    def write(name: str) -> None:
        api = api_of(app, key)
        for number in range(20):
            body = {"number": f"{name}{number}"}
            answers[body["number"]] = api("POST", "/api/v1/member", body).status_code

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for each in threads:
        each.start()
    while any(each.is_alive() for each in threads):
        cut(runtime)
        threads[0].join(0.3)
    for each in threads:
        each.join()
    assert set(answers.values()) <= {201, 503}, answers
    with runtime.reading(Context()) as work:
        there = {row["number"] for row in records.list_page(work, "member", records.ListQuery(limit=200)).rows}
    assert {number for number, status in answers.items() if status == 201} <= there
    assert api_of(app, key)("POST", "/api/v1/member", {"number": "last"}).status_code == 201


def test_guilty_rows_of_an_import_stand_alone(fresh: Fresh, sample: Path, tmp_path: Path) -> None:
    runtime = fresh("retailer")
    lines = sample.read_text(encoding="utf-8").splitlines()
    guilty = [number for number, line in enumerate(lines) if ",12/1/2010" in line or number in (50, 700, 1500)]
    for number in guilty:
        lines[number] = lines[number].replace(lines[number].split(",")[0], lines[number].split(",")[0] + "9" * 50, 1)
    path = tmp_path / "bad.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    number = mapping.start_batch(runtime, Context(), "online_retail", [ImportFile(path, path.name)])
    batch = mapping.run_batch(runtime, Context(), number)
    assert sum(batch.counts.values()) == batch.rows == len(lines) - 1
    with runtime.reading(Context()) as work:
        assert timeline.verify(work) == []


def test_a_chunk_that_fails_is_halved_until_the_guilty_stand_alone(fresh: Fresh) -> None:
    runtime = fresh("work")
    rows = [{"code": f"T{number}", "effort": number} for number in range(64)]
    for guilty in (7, 40, 41):
        rows[guilty]["code"] = "T3"

    def create(work: Work) -> Any:
        return records.bulk_create(work, "task", rows)

    result = runtime.write(Context(), create)
    assert (sorted(result.problems), result.created) == ([7, 40, 41], 61)
    with runtime.reading(Context()) as work:
        assert records.count(work, "task") == 61
