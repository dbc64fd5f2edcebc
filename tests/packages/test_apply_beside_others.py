"""Applying while others work: one of two publishers wins, and other processes follow the head at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from packages.building import apply, field, fresh_runtime, task_fields, work_package
from tessera.context import Context
from tessera.engine import records
from tessera.engine.packages import ReleaseMoved
from tessera.runtime import Runtime, open_runtime


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """A runtime on a database with the package `work`."""
    with closing(fresh_runtime(database_url)) as made:
        apply(made, work_package())
        yield made


def test_of_two_who_apply_at_once_one_wins_and_the_other_is_told(runtime: Runtime) -> None:
    results: list[str] = []
    barrier = threading.Barrier(2)

    def publish(name: str) -> None:
        barrier.wait()
        try:
            apply(runtime, work_package([*task_fields(), field(name, name)]), parent=1)
            results.append(name)
        except ReleaseMoved:
            results.append("moved")

    threads = [threading.Thread(target=publish, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[0] == "moved" and len(set(results)) == 2
    entity = runtime.model().entity("task")
    assert runtime.model().number == 2 and entity is not None
    assert {each.name for each in entity.fields} & {"one", "two"} == set(results) - {"moved"}


def test_another_process_follows_the_head_although_its_statements_are_prepared(runtime: Runtime) -> None:
    runtime.write(Context(), lambda work: records.create(work, "task", {"code": "T1", "effort": 4, "remark": "r"}))
    with closing(open_runtime(runtime.settings)) as other:

        def read() -> records.Record:
            with other.reading(Context()) as work:
                return records.get(work, "task", "T1")

        for _ in range(8):
            assert read()["effort"] == 4
        changed = [{**each, "name": "hours"} if each["uid"] == "effort" else each for each in task_fields()]
        apply(runtime, work_package([each for each in changed if each["uid"] != "remark"]))
        for _ in range(8):
            record = read()
            assert record["hours"] == 4 and "remark" not in record
        other.write(Context(), lambda work: records.update(work, "task", "T1", {"effort": 5}))
        assert read()["hours"] == 5


def test_another_process_writes_on_although_a_type_has_changed_under_its_prepared_statements(runtime: Runtime) -> None:
    with closing(open_runtime(runtime.settings)) as other:

        def write(code: str, effort: object) -> None:
            other.write(Context(), lambda work: records.create(work, "task", {"code": code, "effort": effort}))

        write("first", 4)
        for place, (kind, effort, count) in enumerate((("text", "4", 1), ("integer", 4, 8), ("text", "4", 8))):
            apply(runtime, work_package([{**each, "type": kind} if each["uid"] == "effort" else each
                                         for each in task_fields()]))  # fmt: skip
            for number in range(count):
                write(f"{place} {number}", effort)
        with runtime.reading(Context()) as work:
            assert records.count(work, "task") == 18
            assert {str(row["effort"]) for row in records.list_page(work, "task", records.ListQuery()).rows} == {"4"}
