"""Copies taken under load go on where they stand, and programs of two versions work beside each other."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crash.processes import run_all
from engine.conftest import opened
from flows.kit import Works, flow, on
from flows.postgres_kit import Cluster
from flows.probe import probing
from flows.rig import PROGRAM, Rig, make_task
from flows.test_control import memo
from flows.test_kills import seed_of_storm
from patience import until
from tessera.engine.flows.draining import Drain
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Limits
from tessera.store import install
from tessera.store.column_types import Text
from tessera.store.system import flows as tables

Begin = Callable[..., Works]


def copied_file(url: str, folder: Path) -> str:
    """As the guide says it for SQLite."""
    target = folder / "copy.db"
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
    return f"sqlite:///{target}"


def restored(cluster: Cluster, url: str, folder: Path) -> str:
    """As the guide says it for PostgreSQL."""
    dump, target = folder / "copy.dump", cluster.url(cluster.create())
    for command in (["pg_dump", "--format=custom", f"--file={dump}", url], ["pg_restore", f"--dbname={target}", dump]):
        subprocess.run([str(each) for each in command], check=True)
    return target


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_f34_a_backup_taken_under_load_goes_on_as_if_its_workers_had_died(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    seed = seed_of_storm()
    url = f"sqlite:///{tmp_path / 'first.db'}"
    copy: Callable[[str, Path], str] = copied_file
    if kind == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.url(cluster.create())

        def copy(given: str, folder: Path) -> str:
            return restored(cluster, given, folder)

    with probing(tmp_path / "calls.txt") as probe:
        runtime = opened(url, *PROGRAM)
        runtime.settings = replace(runtime.settings, limits=replace(Limits(), flow_lease_s=1, flow_deaths=0))
        rig = Rig(runtime, probe, seed)
        rig.prepare()
        children = [rig._start(seed * 10 + number) for number in (1, 2)]
        before = len(probe.lines())
        until(lambda: len(probe.lines()) > before + 3, "some work")
        copied = copy(url, tmp_path)
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        second = Runtime(*_on(runtime, copied))
        again = Rig(second, probe, seed)
        make_task(second, random.Random(f"copy {seed}"))
        again.calm()
        # What the first one called after the copy was taken is no fault of the copy.
        found = [each for each in again.problems() if not each.startswith("0 calls are missing")]
        second.close()
        runtime.close()
    assert found == [], f"seed {seed}"


def _on(runtime: Runtime, url: str) -> tuple[Any, Any, Any]:
    """What a process on a copy is made of."""
    settings = replace(runtime.settings, database_url=url)
    own = open_runtime(settings)
    return settings, own.database, own.releases


def test_f33_an_older_and_a_newer_program_work_beside_each_other(begin: Begin) -> None:
    works = begin(flow("told", on("record.created"), memo("record.subject"), memo("'b ' & record.subject")))
    works.create("task", subject="before")

    def older(own: Runtime) -> None:
        """Knows nothing of what is new."""
        for number in range(10):
            Works(own, works.now).create("task", subject=f"older {number}")
            Drain(own).all()

    def newer(own: Runtime) -> None:
        """Has a column and an index more in its system tables, which it adds when it begins."""
        tables.run.append_column(sa.Column("newer", Text))
        sa.Index("t_newer", tables.run.c.newer)
        install(own.database)
        for number in range(10):
            Works(own, works.now).create("task", subject=f"newer {number}")
            Drain(own).all()

    assert run_all(works.runtime, [older, newer, older_worker]) == [0, 0, 0]
    works.settle()
    assert set(works.states()) == {"done"} and works.count("task") == 21 and works.count("receipt") == 42


def older_worker(own: Runtime) -> None:
    """A worker of the older program."""
    for _ in range(20):
        Drain(own).once()
