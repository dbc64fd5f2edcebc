"""An import that is killed at any point and resumed comes to the same as one that was not."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tessera
from crash.conftest import Fresh
from crash.points import IMPORT, LEDGER, RECORDS, STORE, TIMELINE, WORK
from crash.processes import ALARMED, KILLED, run, run_until
from crash.snapshot import difference, snapshot
from tessera.cli.main import run as command_line
from tessera.context import Context
from tessera.engine import mapping
from tessera.engine.mapping import ImportFile, packets, reading
from tessera.engine.timeline import watching
from tessera.runtime import Runtime

CHAIN = (
    "store.before_commit:1", "store.after_commit:1", "import.chunk_read:1", "import.chunk_written:2",
    "work.before_commit:2", "import.file_read:1", "import.documents_ready:1", "records.before_rows:1",
    "records.after_rows:2", "import.documents_written:1", "records.after_audit:3", "import.portion_written:1",
    "records.after_events:1", "records.after_derived:2", "records.after_hooks:3", "store.before_commit:2",
    "work.before_finishers:3", "timeline.before_post:1", "timeline.after_decisions:2", "ledger.after_lots:1",
    "ledger.after_movements:2", "ledger.after_entries:1", "timeline.after_state:1", "store.after_commit:2",
    "import.settled:1",
)  # fmt: skip
"""Where the process is killed, one after the other, each time a little further on."""


def go_on(runtime: Runtime, path: Path) -> None:
    """Start the import or go on with it, in small portions so that there are many transactions."""
    reading.CHUNK_ROWS = 500
    packets.PACKET_ROWS, packets.PORTION_PACKETS = 20, 8
    settle: Any = watching.settle_pending
    settle.__kwdefaults__["holders"] = 8
    with runtime.reading(Context()) as work:
        known = mapping.list_batches(work)
    number = known[0].id if known else 0
    if not known:
        number = mapping.start_batch(runtime, Context(), "online_retail", [ImportFile(path, path.name)])
    mapping.run_batch(runtime, Context(), number)


def check(runtime: Runtime, wanted: dict[str, Any], text: str) -> None:
    """Everything is there once."""
    with runtime.reading(Context()) as work:
        (batch,) = mapping.list_batches(work)
    assert (batch.status, sum(batch.counts.values()), batch.documents["created"]) == ("complete", 1949, 394)
    assert (found := difference(snapshot(runtime), wanted)) == "", f"{text}: {found}"


def test_an_import_killed_at_every_point_comes_to_the_same(fresh: Fresh, sample: Path, wanted: dict[str, Any]) -> None:
    assert {each.partition(":")[0] for each in CHAIN} == {*IMPORT, *RECORDS, *WORK, *STORE, *TIMELINE, *LEDGER}
    runtime = fresh("retailer")
    for fault in CHAIN:
        assert run(runtime, lambda own: go_on(own, sample), fault) == KILLED, fault
    assert run(runtime, lambda own: go_on(own, sample)) == 0
    check(runtime, wanted, "chain")


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 20))])
def test_an_import_killed_at_random_moments_comes_to_the_same(
    fresh: Fresh, sample: Path, wanted: dict[str, Any], seed: int
) -> None:
    rng, runtime = random.Random(seed), fresh("retailer")
    codes = [run_until(runtime, lambda own: go_on(own, sample), rng.randint(1, 60))]
    while 0 not in codes and len(codes) < 40:
        seconds = rng.choice((0.0, rng.uniform(0.001, 0.03)))
        codes.append(run_until(runtime, lambda own: go_on(own, sample), rng.randint(1, 60), seconds))
    assert run(runtime, lambda own: go_on(own, sample)) == 0
    assert codes[0] == KILLED and set(codes) <= {KILLED, ALARMED, 0}, f"seed {seed}: {codes}"
    check(runtime, wanted, f"seed {seed}: {codes}")


@pytest.mark.parametrize(
    ("dialect", "fault"),
    [("sqlite", "import.portion_written:1"), ("postgresql", "ledger.after_movements:1")],
)
def test_the_command_line_resumes_what_was_killed(
    fresh: Fresh, sample: Path, wanted: dict[str, Any], fault: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    runtime = fresh("retailer")
    runtime.close()
    monkeypatch.setenv("PYTHONPATH", str(Path(tessera.__file__).parents[1]))
    monkeypatch.setenv("TESSERA_DATABASE_URL", runtime.settings.database_url)
    monkeypatch.setenv("TESSERA_SECRET_KEY", "for tests")
    monkeypatch.setenv("TESSERA_DATA_DIR", str(runtime.settings.data_dir))

    def tessera_(*words: str, fault: str = "") -> int:
        command = [sys.executable, "-m", "tessera.cli", *words]
        return subprocess.run(command, env={**os.environ, "TESSERA_FAULT": fault}, check=False).returncode

    def told(*words: str) -> str:
        assert command_line(words) == 0
        return capsys.readouterr().out

    assert tessera_("import", "online_retail", str(sample), fault=fault) == KILLED
    (batch,) = json.loads(told("batch", "list", "--json"))
    assert batch["status"] != "complete"
    assert tessera_("batch", "resume", str(batch["id"])) == 0
    assert "Everything agrees." in told("ledger", "verify")
    check(runtime, wanted, fault)
