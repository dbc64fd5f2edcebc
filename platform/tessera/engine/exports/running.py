"""Making the file of an export: claimed by one runner, in portions of short transactions, from its beginning after a
kill.

Rows of lists and views of records are those that matched when the export began, each as it is when it is read, in
transactions short enough never to keep a release waiting. Views that are folded or sorted by computed columns are read
in one transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tessera import faults
from tessera.context import SYSTEM, Actor, Context
from tessera.engine.exports.errors import ExportDies, OwnerGone, ReleaseMoved
from tessera.engine.exports.jobs import folder_of, note_made, path_of
from tessera.engine.exports.sources import source_of
from tessera.engine.exports.writers import Writer, open_writer
from tessera.engine.identity import starter_of
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json, TesseraError
from tessera.names import new_ref
from tessera.store.system import exports as store

PORTION = faults.point("export.portion")
WRITTEN = faults.point("export.written")
LEASE = timedelta(seconds=30)
BEAT_S = 1.0
MOST_TRIES = 3
_ROWS = 500


class _Lost(Exception):
    """Somebody has cancelled the export, or goes on with it elsewhere."""


class _Moved(Exception):
    """A release was published meanwhile."""


@dataclass
class _Job:
    """An export that this runner is making. counters are written by its heart, once a second."""

    runtime: Process
    number: int
    runner: str
    row: dict[str, Any]
    rows: int = 0
    total: int | None = None
    is_lost: bool = False
    _over: threading.Event = field(default_factory=threading.Event)

    def tell(self, values: dict[str, Any] | None = None) -> None:
        """Renew the lease and write down how far it is. Raises: _Lost."""

        def act(work: Work) -> bool:
            told = {"rows": self.rows, "total": self.total, "updated_at": work.now, "lease_until": work.now + LEASE}
            return store.go_on(work.tx, self.number, self.runner, {**told, **(values or {})})

        if not self.runtime.write(Context(actor=SYSTEM), act):
            self.is_lost = True
            raise _Lost

    def beat(self) -> None:
        """Tell once a second, until the end or until it is lost."""
        while not self._over.wait(BEAT_S):
            try:
                self.tell()
            except _Lost:
                return
            except TesseraError:
                continue  # the database is busy: the lease lasts for some beats more

    def stop(self) -> None:
        """Beat no more."""
        self._over.set()

    def wrote(self, count: int) -> None:
        """So many rows more. Raises: _Lost."""
        self.rows += count
        if self.is_lost:
            raise _Lost


def run_export(runtime: Process, number: int) -> None:
    """Make the file of an export, unless somebody else does; what goes wrong stands in the export.

    Raises: what is no TesseraError, after noting it as "internal".
    """
    runner = new_ref()
    row = runtime.write(
        Context(actor=SYSTEM), lambda work: store.claim(work.tx, number, runner, work.now, work.now + LEASE)
    )
    if row is None:
        return
    job = _Job(runtime, number, runner, row)
    heart = threading.Thread(target=job.beat, name=f"export-{number}-heart", daemon=True)
    heart.start()
    try:
        _make(job)
    except _Lost:
        pass
    except TesseraError as error:
        _fail(job, error.problems()[0].to_json())
    except Exception:
        _fail(job, {"code": "internal", "pointer": "", "message": "Something went wrong on our side."})
        raise
    finally:
        job.stop()
        heart.join()


def _make(job: _Job) -> None:
    if job.row["tries"] > MOST_TRIES:
        raise ExportDies(tries=MOST_TRIES)
    settings = job.runtime.settings
    folder = folder_of(settings.data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"export-{job.number}-{job.runner}.partial"
    language = job.row["language"] or settings.language
    ctx = Context(actor=_owner(job), language=language, zone=settings.zone)
    try:
        _written(job, ctx, partial)
        faults.reach(WRITTEN)
        _complete(job, ctx, partial)
    finally:
        partial.unlink(missing_ok=True)


def _owner(job: _Job) -> Actor:
    """Who began it, with the rights of today."""
    with job.runtime.reading(Context(actor=SYSTEM)) as work:
        found = starter_of(work.tx, job.row["owner_name"])
    if found is None or found.id != job.row["owner"]:
        raise OwnerGone()
    return found


def _written(job: _Job, ctx: Context, path: Path) -> None:
    """Write the rows; from the beginning when a release is published meanwhile."""
    for _ in range(MOST_TRIES):
        job.rows = 0
        try:
            _write(job, ctx, path)
        except _Moved:
            continue
        return
    raise ReleaseMoved()


def _write(job: _Job, ctx: Context, path: Path) -> None:
    row = job.row
    with job.runtime.reading(ctx) as work:
        source = source_of(work, row["body"], row["language"])
        release, ids = work.model.number, source.ids()
        headings = source.headings(row["language"])
    writer = open_writer(path, row["format"], headings, is_raw=row["is_raw"])
    try:
        if ids is None:
            _as_a_whole(job, ctx, writer)
        else:
            job.total = len(ids)
            _in_portions(job, ctx, writer, ids, release)
    except BaseException:
        writer.abandon()
        raise
    writer.close()


def _in_portions(job: _Job, ctx: Context, writer: Writer, ids: list[int], release: int) -> None:
    for some in _portions(ids):
        faults.reach(PORTION)
        with job.runtime.reading(ctx) as work:
            if work.model.number != release:
                raise _Moved
            rows = source_of(work, job.row["body"], job.row["language"]).rows(some)
        for row in rows:
            writer.add(row)
        job.wrote(len(rows))


def _as_a_whole(job: _Job, ctx: Context, writer: Writer) -> None:
    with job.runtime.reading(ctx) as work:
        for row in source_of(work, job.row["body"], job.row["language"]).every():
            writer.add(row)
            job.wrote(1)


def _portions(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _ROWS):
        yield ids[start : start + _ROWS]


def _complete(job: _Job, ctx: Context, partial: Path) -> None:
    size = partial.stat().st_size
    path = path_of(job.runtime.settings.data_dir, job.row)
    partial.replace(path)

    def act(work: Work) -> bool:
        ended = {
            "status": "complete", "rows": job.rows, "total": job.rows, "size_bytes": size, "problem": None,
            "lease_until": None, "updated_at": work.now, "finished_at": work.now,
        }  # fmt: skip
        is_mine = store.go_on(work.tx, job.number, job.runner, ended)
        if is_mine:
            note_made(work, {**job.row, "rows": job.rows})
        return is_mine

    if not job.runtime.write(ctx, act):
        path.unlink(missing_ok=True)
        raise _Lost


def _fail(job: _Job, problem: dict[str, Json]) -> None:
    job.runtime.write(Context(actor=SYSTEM), lambda work: store.go_on(work.tx, job.number, job.runner, {
        "status": "failed", "problem": problem, "rows": job.rows, "lease_until": None, "updated_at": work.now,
        "finished_at": work.now,
    }))  # fmt: skip
