"""A process that is killed while a release is made or rolled back leaves one whole release."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
import sqlalchemy as sa

import tessera
from crash.conftest import Fresh
from crash.points import ELSEWHERE, IMPORT, LEDGER, PACKAGES, RECORDS, STORE, TIMELINE, WORK
from crash.processes import KILLED, run
from packages.building import apply, field, task_fields, work_package
from tessera import faults
from tessera.context import Context
from tessera.engine import packages, records
from tessera.runtime import Runtime

POINTS = (*PACKAGES, *sorted(STORE))


def larger(runtime: Runtime) -> object:
    """Apply the package with one more field."""
    return apply(runtime, work_package([*task_fields(), field("extra", "extra", unique=True)], version="1.1.0"))


def back(runtime: Runtime) -> object:
    """Go back to the release before."""
    return packages.rollback(runtime.database, runtime.settings, Context(), consent=True)


def shape(runtime: Runtime) -> tuple[int, bool, bool]:
    """Number of the release, whether its model has the field, and whether its table has the column."""
    model = runtime.model()
    entity = model.entity("task")
    assert entity is not None
    with runtime.database.read() as tx:
        columns = {each["name"] for each in sa.inspect(tx.connection).get_columns("task")}
    with runtime.reading(Context()) as work:
        assert records.get(work, "task", {"code": "T1"})["effort"] == 3
    return model.number, entity.field("extra") is not None, "extra" in columns


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_release_is_whole_or_not_there(fresh: Fresh, point: str) -> None:
    runtime = fresh("work")
    runtime.write(Context(), lambda work: records.create(work, "task", {"code": "T1", "effort": 3}))
    for step, action, before, after in ((1, larger, False, True), (2, back, True, False)):
        assert shape(runtime) == (step, before, before)
        assert run(runtime, action, point) == KILLED
        if point == "store.after_commit":
            assert shape(runtime) == (step + 1, after, after)
        else:
            assert shape(runtime) == (step, before, before)
            action(runtime)
            assert shape(runtime) == (step + 1, after, after)


def test_every_fault_point_is_in_a_crash_test() -> None:
    for module in walk_packages(tessera.__path__, "tessera."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    # Those of flows are killed one by one in flows/test_fault_points.py, which finds them by their names.
    known = {each for each in faults.known() if not each.startswith("flows.")}
    assert known == {*RECORDS, *WORK, *STORE, *TIMELINE, *LEDGER, *IMPORT, *PACKAGES, *ELSEWHERE}
    for point, file in ELSEWHERE.items():
        text = (Path(__file__).parents[1] / file).read_text(encoding="utf-8")
        assert point in text or point.partition(".")[2].upper() in text, point
