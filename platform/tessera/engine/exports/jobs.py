"""Exports as jobs: begun, listed, looked at, cancelled, fetched, and removed after a week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tessera.context import Context
from tessera.engine.building.rights import ensure_may, may
from tessera.engine.exports.errors import ExportClosed, ExportNotReady, TooManyExports
from tessera.engine.exports.sources import checked, source_of
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Problem
from tessera.store.system import access
from tessera.store.system import exports as store

KEPT = timedelta(days=7)
MOST_OPEN = 5
PAGE = 50
_LABEL = 200
_LANGUAGES = ("", "zh", "en")


@dataclass(frozen=True, slots=True)
class Export:
    """An export as it stands.

    status: waiting, running, complete, failed or cancelled. rows: written so far, of total where that is known.
    owner: sign-in name. expires_at: when the file is removed. problem: what ended it.
    """

    id: int
    label: str
    format: str
    language: str
    status: str
    rows: int
    total: int | None
    size_bytes: int | None
    problem: Mapping[str, Json] | None
    owner: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None


def start_export(work: Work, given: Mapping[str, Json]) -> int:
    """Take down what is to be exported; gives the id. Who runs it is told by `run_export`.

    given: one of view, saved_view and entity, with filter, search, sort, columns, ids; format "csv" or "xlsx"; language
    "zh" or "en" for people, "" for names and codes; is_raw; label.
    Raises: Forbidden without the permission `exports`, Invalid, NotFound, UnknownField, FormulaError, TooManyExports.
    """
    ensure_may(work, "exports")
    form, language, is_raw = given.get("format", "csv"), given.get("language", ""), given.get("is_raw", False)
    problems = []
    if form not in ("csv", "xlsx"):
        problems.append(Problem("wrong_value", "/format", 'This must be "csv" or "xlsx".'))
    if language not in _LANGUAGES:
        problems.append(Problem("wrong_value", "/language", 'This must be "zh", "en" or "".'))
    if not isinstance(is_raw, bool):
        problems.append(Problem("wrong_value", "/is_raw", "This must be true or false."))
    label = given.get("label") or ""
    if not isinstance(label, str) or len(label) > _LABEL:
        problems.append(Problem("wrong_value", "/label", f"This must be a text of at most {_LABEL} characters."))
    if problems:
        raise Invalid(problems)
    if store.open_count(work.tx, work.ctx.actor.id) >= MOST_OPEN:
        raise TooManyExports(limit=MOST_OPEN)
    body = checked(work, given)
    label = label.strip() or source_of(work, body, language).label.get(language or work.ctx.language)
    return store.insert(work.tx, {
        "owner": work.ctx.actor.id, "owner_name": work.ctx.actor.name, "label": label[:_LABEL], "body": body,
        "format": form, "language": language, "is_raw": is_raw, "status": "waiting", "tries": 0, "rows": 0,
        "created_at": work.now, "updated_at": work.now,
    })  # fmt: skip


def get_export(work: Work, number: int) -> Export:
    """One export. Raises: NotFound, also for another's."""
    return _as_export(_row(work, number))


def list_exports(work: Work, *, before: int | None = None, limit: int = PAGE) -> list[Export]:
    """The actor's exports, the latest first; of everybody for who may see all jobs."""
    owner = None if may(work, "jobs") else work.ctx.actor.id
    rows = store.rows_of(work.tx, owner=owner, before=before, limit=min(limit, 500))
    return [_as_export(row) for row in rows]


def export_file(work: Work, number: int) -> tuple[Export, Path]:
    """A file and where it is, for its owner and administrators. Raises: NotFound, ExportNotReady."""
    row = _row(work, number, is_for_content=True)
    path = path_of(work.settings.data_dir, row)
    if row["status"] != "complete" or not path.exists():
        status = row["status"] if row["status"] != "complete" else "not on this server"
        raise ExportNotReady(export=number, status=status)
    return _as_export(row), path


def cancel_export(work: Work, number: int) -> Export:
    """End an export that is not at its end. Raises: NotFound, ExportClosed."""
    row = _row(work, number)
    if not store.end(work.tx, number, {"status": "cancelled", "updated_at": work.now, "finished_at": work.now}):
        raise ExportClosed(export=number, status=row["status"])
    return get_export(work, number)


def delete_export(work: Work, number: int) -> None:
    """Forget an export and its file; one under way ends. Raises: NotFound."""
    row = _row(work, number)
    store.delete(work.tx, [number])
    path = path_of(work.settings.data_dir, row)
    work.after_commit(lambda: path.unlink(missing_ok=True))


def ready_exports(runtime: Process) -> list[int]:
    """The exports that nobody is making, the oldest first."""
    with runtime.reading(Context()) as work:
        return store.ready(work.tx, work.now)


def collect(runtime: Process) -> int:
    """Remove what is over for a week, and halves of files that nobody goes on with; how many exports that were."""

    def old(work: Work) -> list[dict[str, Any]]:
        rows = store.outlived(work.tx, work.now - KEPT)
        store.delete(work.tx, [row["id"] for row in rows])
        return rows

    gone = runtime.write(Context(), old)
    for row in gone:
        path_of(runtime.settings.data_dir, row).unlink(missing_ok=True)
    edge = Context().now() - timedelta(days=1)
    for path in folder_of(runtime.settings.data_dir).glob("*.partial"):
        if path.stat().st_mtime < edge.timestamp():
            path.unlink(missing_ok=True)
    return len(gone)


def folder_of(data_dir: Path) -> Path:
    """Where files of exports are."""
    return data_dir / "exports"


def path_of(data_dir: Path, row: Mapping[str, Any]) -> Path:
    """Where the file of an export is, or will be, as its last runner made it."""
    return folder_of(data_dir) / f"export-{row['id']}-{row['runner'] or 'none'}.{row['format']}"


def _row(work: Work, number: int, *, is_for_content: bool = False) -> dict[str, Any]:
    row = store.row_of(work.tx, number)
    actor = work.ctx.actor
    is_seen = actor.is_admin if is_for_content else may(work, "jobs")
    if row is None or not (row["owner"] == actor.id or is_seen):
        raise NotFound(what="export")
    return row


def note_made(work: Work, row: Mapping[str, Any]) -> None:
    """Write down who has made a file of what, beside the sign-ins."""
    access.insert_event(work.tx, {
        "at": work.now, "event": "export_made", "user_id": row["owner"], "by_id": work.ctx.actor.id, "address": "",
        "request_id": work.ctx.request_id,
        "detail": {"export": row["id"], "label": row["label"], "rows": row["rows"], "format": row["format"]},
    })  # fmt: skip


def _as_export(row: Mapping[str, Any]) -> Export:
    expires = row["finished_at"] + KEPT if row["status"] == "complete" else None
    return Export(
        row["id"], row["label"], row["format"], row["language"], row["status"], row["rows"], row["total"],
        row["size_bytes"], row["problem"], row["owner_name"], row["created_at"], row["started_at"], row["finished_at"],
        expires,
    )  # fmt: skip
