"""What the benchmarks share: databases of their own, and figures of three rounds."""

from __future__ import annotations

import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

ROUNDS = 3
SERVER = os.environ.get("TESSERA_BENCH_POSTGRES", "postgresql:///postgres")
DIALECTS = ("sqlite", "postgresql")


@contextmanager
def new_database(dialect: str) -> Iterator[str]:
    """URL of an empty database that is gone afterwards."""
    name = f"t_bench_{secrets.token_hex(4)}"
    if dialect == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'bench.db'}"
        return
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield f"{SERVER.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def seconds(action: Callable[[], Any]) -> float:
    """How long it takes, once."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def median_of_three(action: Callable[[], float]) -> float:
    """The median of what three calls give."""
    return statistics.median(action() for _ in range(ROUNDS))


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Columns of text: the first to the left, the others to the right; floats with two places."""
    texts = [[f"{cell:,.2f}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)
              for cell in row] for row in rows]  # fmt: skip
    widths = [max(len(row[place]) for row in [list(headings), *texts]) for place in range(len(headings))]
    lines = []
    for row in [list(headings), *texts]:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
