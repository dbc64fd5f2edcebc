"""Who runs a batch: one process at a time. The claim ends with the process, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tessera.engine.mapping.errors import BatchRunning

try:
    import fcntl
except ImportError:  # a system without it: two runners are told apart by the batch's counter of steps alone
    fcntl = None  # type: ignore[assignment]


@contextmanager
def claimed(folder: Path, batch: int) -> Iterator[None]:
    """A with block that only one process at a time is in. Raises: BatchRunning("batch_running")."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"batch-{batch}.lock"
    with path.open("w") as file:
        if not _locked(file):
            raise BatchRunning(batch=batch)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _locked(file: IO[str]) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
