"""Runs the benchmarks and writes docs/performance.md: the machine, and for each benchmark its command and figures.

    python3 dev.py bench [NAME …]        only those benchmarks; the others keep their sections of the page

A benchmark is a file `bench_<name>.py` here whose module, run as a program, prints its table. Its docstring says what
is compared; each figure is a median of three.
"""

from __future__ import annotations

import ast
import os
import platform
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
PAGE = ROOT / "docs" / "performance.md"


def machine() -> str:
    """What the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    parts = (
        f"{os.cpu_count()} × {model}",
        platform.system(),
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    )
    return ", ".join(parts)


def run(path: Path) -> tuple[str, str]:
    """The section of one benchmark on the page, and what it printed. Ends this program when it fails."""
    module = f"tests.bench.{path.stem}"
    done = subprocess.run([sys.executable, "-m", module], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    said = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n\n")[0]
    command = f"python -m {module}"
    section = f"## {path.stem.removeprefix('bench_')}\n\n{said}\n\n`{command}`\n\n```\n{done.stdout.strip()}\n```\n"
    return section, done.stdout


def kept() -> dict[str, str]:
    """The sections of the page as it is, by benchmark."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    found = ["## " + part for part in text.split("\n## ")[1:]]
    return {part.split("\n", 1)[0].removeprefix("## "): part for part in found}


def main(names: list[str]) -> None:
    """Run the benchmarks of these names, or all, and write the page."""
    sections = kept()
    day = datetime.now(UTC).date()
    for path in sorted(FOLDER.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        if not names or name in names:
            print(f"{path.stem} …", flush=True)
            section, printed = run(path)
            print(printed, flush=True)
            sections[name] = f"{section}\nMeasured on {day}: {machine()}.\n"
            head = "# Performance\n\nWritten by `python3 dev.py bench`.\n"
            PAGE.write_text("\n".join([head, *(sections[each] for each in sorted(sections))]), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
