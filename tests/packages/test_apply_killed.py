"""A process that is killed while it applies a package leaves the version before or the version after, never a mix."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from packages.building import apply, field, fresh_runtime, task_fields, work_package
from tessera.engine.packages import applying
from tessera.runtime import Runtime

BEFORE = ["store.before_commit:2", applying.AFTER_LOCK, applying.AFTER_DDL, applying.BEFORE_HEAD, applying.AFTER_HEAD]
# The first commit of a process is that of the system tables.
CHILD = """
import sys
from packages.building import apply, field, task_fields, work_package
from tessera.runtime import open_runtime
from tessera.settings import Settings
runtime = open_runtime(Settings(database_url=sys.argv[1]))
apply(runtime, work_package([*task_fields(), field("extra", "extra", unique=True)]))
"""


def run_killed(url: str, point: str) -> int:
    """Exit code of a process that applies a package and is killed at a fault point."""
    folders = [str(Path(__file__).resolve().parent.parent), str(Path(applying.__file__).resolve().parents[3])]
    environment = {**os.environ, "TESSERA_FAULT": point, "PYTHONPATH": os.pathsep.join(folders)}
    return subprocess.run([sys.executable, "-c", CHILD, url], env=environment, check=False).returncode


@pytest.mark.parametrize(("point", "release"), [*((each, 1) for each in BEFORE), ("store.after_commit:2", 2)])
def test_a_kill_leaves_one_whole_release_and_a_repeat_succeeds(database_url: str, point: str, release: int) -> None:
    with closing(fresh_runtime(database_url)) as runtime:
        check_kill(runtime, database_url, point, release)


def check_kill(runtime: Runtime, url: str, point: str, release: int) -> None:
    """Apply in a process that is killed, look at what is there, and repeat it here."""
    apply(runtime, work_package())
    assert run_killed(url, point) == -signal.SIGKILL
    entity = runtime.model().entity("task")
    assert entity is not None
    assert (runtime.model().number, entity.field("extra") is not None) == (release, release == 2)
    assert apply(runtime, work_package([*task_fields(), field("extra", "extra", unique=True)])).release == 2
