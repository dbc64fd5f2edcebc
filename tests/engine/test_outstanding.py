"""What releases leave to be done is done by itself, piece by piece, and goes on after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import trade
from engine.test_releases_in_time import add, apply, at, program, without
from packages.building import apply as apply_work
from packages.building import field, task_fields, work_package
from tessera.cli.main import run
from tessera.context import Context
from tessera.engine import outstanding, packages, records, timeline
from tessera.engine.flows.chores import CHORES
from tessera.engine.packages import write_folder
from tessera.engine.timeline import history
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Limits, Settings
from tessera.store.builds import open_builds


@pytest.fixture
def runtime(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """Documents of three holders, and a timeline over them that was applied later and is not settled."""
    monkeypatch.setattr(history, "INSIDE", 1)
    made = trade.opened(database_url, tmp_path, [without(program(2), "timeline", "ruleset", "ledger")])
    with made.writing(at(1)) as work:
        for code in ("O1", "O2", "O3"):
            records.create(work, "owner", {"code": code})
    for number, minutes, owner in (("T1", 1, "O1"), ("T2", 2, "O2"), ("T3", 3, "O3"), ("R1", 4, "O3")):
        add(made, number, minutes, owner=owner, units=1)
    apply(made, program(2), 10)
    yield made
    made.close()


def balances(runtime: Runtime) -> list[Any]:
    with runtime.reading(at(20)) as work:
        assert timeline.verify(work) == []
        found = timeline.accounts(work, "units", [1, 2, 3])
        return [found[holder]["balance"] for holder in (1, 2, 3)]


def test_chores_fold_what_a_release_left(runtime: Runtime) -> None:
    assert balances(runtime) == [0, 0, 0]
    lives = CHORES["releases.lives"]
    assert [lives.run(runtime, at(11), 2) for _ in range(3)] == [2, 1, 0]
    assert balances(runtime) == [20, 20, 0]


def test_what_an_import_left_is_not_taken_from_it(runtime: Runtime) -> None:
    outstanding.finish(runtime, at(11))
    with runtime.writing(at(12)) as work, timeline.deferred(work):
        body = {"number": "T9", "at": "2024-06-01T12:12:00Z", "owner": "O1",
                "lines": [{"item": "a", "units": 1, "amount": "5.00"}]}  # fmt: skip
        records.create(work, "ticket", body)
    assert CHORES["releases.lives"].run(runtime, at(13), 10) == 0
    assert balances(runtime) == [20, 20, 0]
    outstanding.finish(runtime, at(13))
    assert balances(runtime) == [30, 20, 0]


CHILD = """
import sys
from engine.test_releases_in_time import at
from tessera.engine import timeline
from tessera.runtime import open_runtime
from tessera.settings import Settings
timeline.settle_pending(open_runtime(Settings(database_url=sys.argv[1])), at(11), holders=1)
"""


def test_a_kill_leaves_the_rest_to_the_next(runtime: Runtime, database_url: str) -> None:
    folders = [str(Path(__file__).resolve().parent.parent), str(Path(timeline.__file__).resolve().parents[3])]
    environment = {**os.environ, "TESSERA_FAULT": "timeline.after_state:2", "PYTHONPATH": os.pathsep.join(folders)}
    child = subprocess.run([sys.executable, "-c", CHILD, database_url], env=environment, check=False)
    assert child.returncode == -signal.SIGKILL
    with runtime.reading(at(12)) as work:
        assert timeline.pending_holders(work) == 2
    told: list[tuple[str, int, int]] = []
    assert outstanding.finish(runtime, at(12), lambda *step: told.append(step)) == []
    assert told == [("folding", 2, 2)]
    assert balances(runtime) == [20, 20, 0]


def test_chores_do_builds_and_leave_what_is_blocked(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data_dir=tmp_path, limits=replace(Limits(), build_inline_rows=0))
    runtime = open_runtime(settings)
    apply_work(runtime, work_package())
    with runtime.writing(Context()) as work:
        for code, effort in (("A", 1), ("B", 2), ("C", 2)):
            records.create(work, "task", {"code": code, "effort": effort})
    twice = field("twice", "twice", "formula", value="effort * 2", stored=True, scale=0, rounding="half_up")
    unique = [*task_fields(), twice]
    unique[1] = {**unique[1], "unique": True}
    apply_work(runtime, work_package(unique, version="1.1.0"))
    with runtime.database.read() as tx:
        assert {each.kind for each in open_builds(tx)} >= {"formula"}
    count = CHORES["releases.builds"].run(runtime, Context(), 100)
    assert count > 0 and CHORES["releases.builds"].run(runtime, Context(), 100) == 0
    with runtime.database.read() as tx:
        assert {each.state for each in open_builds(tx)} <= {"blocked"}
    with runtime.reading(Context()) as work:
        assert [records.get(work, "task", code)["twice"] for code in "ABC"] == [2, 4, 4]
    runtime.close()


@pytest.mark.parametrize("options", [(), ("--no-builds",)])
def test_apply_does_it_unless_told_otherwise(
    options: tuple[str, ...], sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "INSIDE", 1)
    monkeypatch.setenv("TESSERA_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TESSERA_DATA_DIR", str(tmp_path))
    made = trade.opened(sqlite_url, tmp_path, [without(program(2), "timeline", "ruleset", "ledger")])
    with made.writing(at(1)) as work:
        for code in ("O1", "O2"):
            records.create(work, "owner", {"code": code})
    for number, owner in (("T1", "O1"), ("T2", "O2")):
        add(made, number, 1, owner=owner)
    write_folder([program(2)], tmp_path / "out")
    assert run(["apply", "--yes", *options, str(tmp_path / "out" / "small")]) == 0
    with made.reading(at(2)) as work:
        assert timeline.pending_holders(work) == (2 if options else 0)
    assert run(["builds"]) == 0
    with made.reading(at(2)) as work:
        assert timeline.pending_holders(work) == 0 and timeline.verify(work) == []
    packages.rollback(made.database, made.settings, Context(), consent=True)
    made.close()
