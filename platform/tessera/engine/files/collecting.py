"""Removing what no record holds: uploads that were never used, and contents of which no row tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from tessera import faults
from tessera.context import Context
from tessera.engine.files.keeping import folder_of, path_of
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.store.system.files import file_table

AFTER_ROWS = faults.point("files.after_rows")

WAITING_HOURS = 24
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Collected:
    """How many files were removed, and how many contents without a row."""

    files: int
    contents: int


def collect(process: Process, ctx: Context, *, hours: int = WAITING_HOURS) -> Collected:
    """Remove what no record has held for so many hours. Rows go first: a row never tells of what is not there."""
    before = ctx.now() - timedelta(hours=hours)
    files = 0
    while contents := process.write(ctx, lambda work: _forget(work, before)):
        faults.reach(AFTER_ROWS)
        for content in contents:
            path_of(process.settings, content).unlink(missing_ok=True)
        files += len(contents)
    return Collected(files, _sweep(process, ctx, before))


def _forget(work: Work, before: datetime) -> list[str]:
    """The contents of some files that waited for too long, whose rows are gone now."""
    is_due = file_table.c.waiting_since < before
    chosen = sa.select(file_table.c.ref).where(is_due).order_by(file_table.c.ref).limit(_CHUNK)
    gone = sa.delete(file_table).where(file_table.c.ref.in_(chosen), is_due).returning(file_table.c.content)
    return list(work.tx.execute(gone).scalars())


def _sweep(process: Process, ctx: Context, before: datetime) -> int:
    """Remove contents that are older than that and of which no row tells: their upload was cut off."""
    removed = 0
    folder = folder_of(process.settings)
    for part in sorted(folder.iterdir()) if folder.is_dir() else ():
        old = [each for each in part.iterdir() if _changed_at(each) < before]
        known = _known(process, ctx, [each.name for each in old])
        for each in old:
            if each.name not in known:
                each.unlink(missing_ok=True)
                removed += 1
    return removed


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _known(process: Process, ctx: Context, contents: list[str]) -> set[str]:
    found: set[str] = set()
    with process.reading(ctx) as work:
        for start in range(0, len(contents), _CHUNK):
            part = file_table.c.content.in_(contents[start : start + _CHUNK])
            found |= set(work.tx.execute(sa.select(file_table.c.content).where(part)).scalars())
    return found
