"""A real retailer's year, 541,909 lines: imported from the file to the last point, on both databases.

Seconds of each phase, of all of it and of the processor, and the largest memory of the process: medians of three runs.
"bare" is how long the driver alone takes to write as many rows as there are accepted lines (see `bulk`). Target: 60
seconds and 500 MB. Needs the data set beside the repository (shared/data/online-retail).
"""

from __future__ import annotations

import itertools
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.bench_bulk import bare
from tests.bench.common import DIALECTS, ROUNDS, new_database, table

from tessera.context import SYSTEM, Context
from tessera.engine import mapping, packages
from tessera.engine.mapping import ImportFile, Progress
from tessera.meta import load_folder
from tessera.runtime import open_runtime
from tessera.settings import Settings
from tessera.store import install

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "online-retail" / "online-retail.csv.gz"
PROGRAM = ("retail", "loyalty", "online_retail")
PHASES = ("reading", "writing", "settling")
CTX = Context(actor=SYSTEM)


def run(url: str, folder: Path) -> dict[str, Any]:
    """What one import takes, in this process."""
    runtime = open_runtime(Settings(database_url=url, data_dir=folder))
    install(runtime.database)
    packages.apply(
        runtime.database, runtime.settings, CTX, [load_folder(ROOT / "metadata" / name) for name in PROGRAM]
    )
    ends: dict[str, float] = {}

    def listen(progress: Progress) -> None:
        ends[progress.phase] = time.perf_counter()

    started, cpu = time.perf_counter(), time.process_time()
    batch = mapping.run_batch(runtime, CTX, mapping.start_batch(runtime, CTX, "online_retail", [
        ImportFile(DATA, DATA.name)]), listen)  # fmt: skip
    found: dict[str, Any] = {"all": time.perf_counter() - started, "processor": time.process_time() - cpu}
    for name, before in zip(PHASES, (started, *(ends[each] for each in PHASES)), strict=False):
        found[name] = ends[name] - before
    found["rows"] = sum(count for name, count in batch.counts.items() if name.startswith("accepted"))
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    runtime.close()
    return found


def measured(dialect: str) -> tuple[Any, ...]:
    """The row of one database: each run in a process and a database of its own."""
    rounds = []
    for _ in range(ROUNDS):
        with new_database(dialect) as url, tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "tests.bench.bench_retailer", url, folder]
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
            rounds.append({**json.loads(done.stdout), "rate": bare(url, itertools.count(1))})
    middle = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    limit = middle["rows"] / middle["rate"]
    phases = (float(middle[name]) for name in (*PHASES, "all", "processor"))
    return (dialect, *phases, int(middle["memory"]), limit, middle["all"] / limit)


def main() -> None:
    """Measure and print."""
    if not DATA.exists():
        print("Not measured: the data set is not here.")
        return
    headings = ("database", *PHASES, "all", "processor", "MB", "bare", "all / bare")
    print(table(headings, [measured(dialect) for dialect in DIALECTS]))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
