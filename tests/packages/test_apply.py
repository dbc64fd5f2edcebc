"""Packages are applied in one piece, change nothing when nothing changed, and every value comes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from packages.building import apply, field, fresh_runtime, task_fields, work_package
from tessera import faults
from tessera.context import Context
from tessera.engine import packages, records
from tessera.errors import Invalid
from tessera.meta import load_zip
from tessera.runtime import Runtime
from tessera.store.system import catalog


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """A runtime on an empty database."""
    made = fresh_runtime(database_url)
    yield made
    made.close()


def add_task(runtime: Runtime, **values: Any) -> None:
    """Create a task."""
    runtime.write(Context(), lambda work: records.create(work, "task", values))


def get_task(runtime: Runtime, code: str) -> dict[str, Any]:
    """Read a task by its code."""
    with runtime.reading(Context()) as work:
        return dict(records.get(work, "task", code))


def snapshot(runtime: Runtime) -> dict[str, list[Any]]:
    """Every table of the database with its rows."""
    with runtime.database.read() as tx:
        names = sorted(sa.inspect(tx.connection).get_table_names())
        rows = {name: list(tx.connection.exec_driver_sql(f'SELECT * FROM "{name}"')) for name in names}
        return {name: sorted(map(tuple, found), key=repr) for name, found in rows.items()}


def without(uid: str) -> list[dict[str, Any]]:
    """The fields of a task without one."""
    return [each for each in task_fields() if each["uid"] != uid]


def test_the_first_package_becomes_release_1(runtime: Runtime) -> None:
    applied = apply(runtime, work_package())
    assert (applied.release, applied.is_new, runtime.model().number) == (1, True, 1)
    assert runtime.model().entity("task") is not None


def test_the_plan_of_an_unchanged_package_is_empty(runtime: Runtime) -> None:
    apply(runtime, work_package())
    with runtime.database.read() as tx:
        proposal = packages.propose(tx, catalog.enter(tx), [work_package()])
    assert proposal.is_empty and proposal.to_json()["changes"] == []


def test_applying_twice_changes_nothing(runtime: Runtime) -> None:
    apply(runtime, work_package())
    before = snapshot(runtime)
    applied = apply(runtime, work_package())
    assert (applied.release, applied.is_new) == (1, False)
    assert snapshot(runtime) == before


def test_a_rename_keeps_the_values_and_the_old_name(runtime: Runtime) -> None:
    apply(runtime, work_package())
    add_task(runtime, code="T1", effort=7)
    renamed = [{**each, "name": "hours"} if each["uid"] == "effort" else each for each in task_fields()]
    applied = apply(runtime, work_package(renamed))
    changes = [(change.action, change.part) for change in applied.proposal.plan.changes]
    assert changes == [("rename", ""), ("change", "aliases")]
    assert get_task(runtime, "T1")["hours"] == 7
    add_task(runtime, code="T2", effort=9)
    assert get_task(runtime, "T2")["hours"] == 9
    entity = runtime.model().entity("task")
    assert entity is not None and entity.field("effort") is entity.field("hours")


def test_the_old_name_outlives_further_releases_and_restarts(runtime: Runtime) -> None:
    apply(runtime, work_package())
    renamed = [{**each, "name": "hours"} if each["uid"] == "effort" else each for each in task_fields()]
    apply(runtime, work_package(renamed))
    apply(runtime, work_package([*renamed, field("extra", "extra")]))
    with runtime.database.read() as tx:
        entity = packages.load_model(tx, 3).entity("task")
    assert entity is not None and entity.field("effort") is not None


def test_the_plan_after_a_rename_is_empty(runtime: Runtime) -> None:
    apply(runtime, work_package())
    renamed = [{**each, "name": "hours"} if each["uid"] == "effort" else each for each in task_fields()]
    apply(runtime, work_package(renamed))
    assert not apply(runtime, work_package(renamed)).is_new


def test_removing_a_field_needs_consent_and_tells_how_many_records_have_a_value(runtime: Runtime) -> None:
    apply(runtime, work_package())
    add_task(runtime, code="T1", remark="keep me")
    add_task(runtime, code="T2")
    with pytest.raises(packages.ConsentNeeded):
        apply(runtime, work_package(without("remark")), consent=False)
    applied = apply(runtime, work_package(without("remark")))
    pairs = zip(applied.proposal.plan.changes, applied.proposal.rows, strict=True)
    assert {change.key: rows for change, rows in pairs if rows} == {"work:task.remark": 1}
    assert "remark" not in get_task(runtime, "T1")


def test_rolling_back_brings_the_values_of_a_removed_field_back(runtime: Runtime) -> None:
    apply(runtime, work_package())
    add_task(runtime, code="T1", remark="keep me")
    apply(runtime, work_package(without("remark")))
    add_task(runtime, code="T2")
    applied = packages.rollback(runtime.database, runtime.settings, Context(), consent=True)
    assert applied.release == 3
    assert get_task(runtime, "T1")["remark"] == "keep me"
    assert get_task(runtime, "T2")["remark"] is None


def test_rolling_back_twice_goes_further_back_and_ends_at_the_first_release(runtime: Runtime) -> None:
    for fields in (task_fields(), [*task_fields(), field("more", "more")], [*task_fields(), field("last", "last")]):
        apply(runtime, work_package(fields))
    for _ in range(2):
        packages.rollback(runtime.database, runtime.settings, Context(), consent=True)
    entity = runtime.model().entity("task")
    assert entity is not None and [each.name for each in entity.fields] == ["code", "effort", "remark"]
    with pytest.raises(packages.NothingToRollBack):
        packages.rollback(runtime.database, runtime.settings, Context(), consent=True)


def test_a_bad_package_is_refused_with_all_its_problems_and_leaves_no_trace(runtime: Runtime) -> None:
    apply(runtime, work_package())
    before = snapshot(runtime)
    bad = [*task_fields(), field("one", "one", "unheard_of"), field("two", "two", "formula", value="effort +")]
    with pytest.raises(Invalid) as refused:
        apply(runtime, work_package(bad))
    assert len(refused.value.problems()) >= 2
    assert all("entities/task.json#/fields/" in each.pointer for each in refused.value.problems())
    assert snapshot(runtime) == before


def test_an_older_version_is_refused(runtime: Runtime) -> None:
    apply(runtime, work_package(version="1.10.0"))
    with pytest.raises(Invalid) as refused:
        apply(runtime, work_package(version="1.9.0"))
    assert [each.code for each in refused.value.problems()] == ["package_downgrade"]


def test_a_plan_made_on_another_release_is_refused(runtime: Runtime) -> None:
    apply(runtime, work_package())
    with pytest.raises(packages.ReleaseMoved):
        apply(runtime, work_package(without("remark")), parent=0)
    assert runtime.model().number == 1


@pytest.mark.parametrize("point", ["after_lock", "after_ddl", "before_head", "after_head", "before_commit"])
def test_a_failure_at_any_point_leaves_no_trace(runtime: Runtime, point: str) -> None:
    apply(runtime, work_package())
    add_task(runtime, code="T1", effort=3)
    before = snapshot(runtime)

    def fail() -> None:
        raise RuntimeError("cut")

    with faults.armed(f"packages.{point}", fail), pytest.raises(RuntimeError, match="cut"):
        apply(runtime, work_package([*without("remark"), field("extra", "extra", unique=True)]))
    assert snapshot(runtime) == before
    assert apply(runtime, work_package([*without("remark"), field("extra", "extra", unique=True)])).release == 2


def test_the_release_in_force_is_the_latest_that_was_effective_by_then(runtime: Runtime) -> None:
    early, late = datetime(2020, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
    apply(runtime, work_package(), effective_from=early)
    apply(runtime, work_package([*task_fields(), field("extra", "extra")]), effective_from=late)
    with runtime.database.read() as tx:
        rows = catalog.releases(tx)
    days = [datetime(year, 6, 1, tzinfo=UTC) for year in (2019, 2021, 2025)]
    assert [catalog.in_force(rows, day) for day in days] == [1, 1, 2]


def test_a_removed_package_leaves_and_comes_back_with_its_records(runtime: Runtime) -> None:
    apply(runtime, work_package())
    add_task(runtime, code="T1", effort=5)
    apply(runtime, remove=["work"])
    assert runtime.model().entity("task") is None
    apply(runtime, work_package())
    assert get_task(runtime, "T1")["effort"] == 5


def test_an_export_is_the_package_again(runtime: Runtime) -> None:
    apply(runtime, work_package())
    with runtime.database.read() as tx:
        held = packages.load_packages(tx, 1)
    assert not apply(runtime, *held).is_new
    assert load_zip(packages.export_zip(held[0])).documents == held[0].documents
    assert packages.export_zip(held[0]) == packages.export_zip(held[0])
