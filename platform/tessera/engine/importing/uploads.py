"""Files that somebody has sent to look at them before they are imported: his alone, for a week."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tessera.context import Context
from tessera.engine.building.rights import ensure_may
from tessera.engine.importing.errors import TooManyFiles, UploadGone
from tessera.engine.importing.sniffing import Written, sniffed
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.names import new_ref
from tessera.store.system import assistant

KEPT = timedelta(days=7)
MOST = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file. written: how it seems to be written."""

    id: int
    name: str
    path: Path
    size_bytes: int
    written: Written
    created_at: datetime

    def to_json(self) -> dict[str, Json]:
        """As it goes over the wire."""
        facts = self.written.to_json()
        del facts["sha256"]
        return {
            "id": self.id, "name": self.name, "size_bytes": self.size_bytes, **facts, "created_at": self.created_at,
            "expires_at": self.created_at + KEPT,
        }  # fmt: skip


def take(runtime: Process, ctx: Context, path: Path, name: str) -> Upload:
    """Keep a copy of a file. Raises: Forbidden without the permission `imports`, TooManyFiles, UnreadableFile."""
    with runtime.reading(ctx) as work:
        ensure_may(work, "imports")
        if len(assistant.upload_rows(work.tx, ctx.actor.id)) >= MOST:
            raise TooManyFiles(limit=MOST)
    written = sniffed(path)
    folder = runtime.settings.data_dir / "import-files"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / new_ref()
    shutil.copyfile(path, kept)
    values = {
        "owner": ctx.actor.id, "name": name[:255] or "file", "path": str(kept.resolve()),
        "size_bytes": kept.stat().st_size, "facts": written.to_json(),
    }  # fmt: skip
    number = runtime.write(
        ctx, lambda work: assistant.insert_upload(work.tx, {**values, "created_at": work.now})
    )
    with runtime.reading(ctx) as work:
        return get_upload(work, number)


def get_upload(work: Work, number: int) -> Upload:
    """A file of the actor's own. Raises: NotFound, Forbidden."""
    ensure_may(work, "imports")
    row = assistant.upload_row(work.tx, number)
    if row is None or row["owner"] != work.ctx.actor.id:
        raise NotFound(what="file")
    return _upload(row)


def present(upload: Upload) -> Upload:
    """The same, when its file is here. Raises: UploadGone("import_file_gone")."""
    if not upload.path.exists():
        raise UploadGone()
    return upload


def list_uploads(work: Work) -> list[Upload]:
    """The actor's files, the latest first."""
    ensure_may(work, "imports")
    return [_upload(row) for row in assistant.upload_rows(work.tx, work.ctx.actor.id)]


def delete_upload(work: Work, number: int) -> None:
    """Forget a file. Raises: NotFound."""
    found = get_upload(work, number)
    assistant.delete_upload(work.tx, number)
    work.after_commit(lambda: found.path.unlink(missing_ok=True))


def collect(runtime: Process) -> int:
    """Remove files whose time has passed; how many there were."""

    def old(work: Work) -> list[dict[str, Any]]:
        rows = assistant.old_uploads(work.tx, work.now - KEPT)
        for row in rows:
            assistant.delete_upload(work.tx, row["id"])
        return rows

    gone = runtime.write(Context(), old)
    for row in gone:
        Path(row["path"]).unlink(missing_ok=True)
    return len(gone)


def _upload(row: Mapping[str, Any]) -> Upload:
    return Upload(row["id"], row["name"], Path(row["path"]), row["size_bytes"], Written.of(row["facts"]),
                  row["created_at"])  # fmt: skip
