"""Taking in an uploaded file: its content goes into the data folder first, then a row tells of it."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from tessera import faults
from tessera.context import Context
from tessera.engine.files.errors import EmptyFile, TooManyFiles
from tessera.engine.files.sniffing import HEAD_BYTES, agreed_type, cleaned_name
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.names import new_ref
from tessera.settings import Settings
from tessera.store.system.files import file_table

AFTER_CONTENT = faults.point("files.after_content")
BEFORE_ROW = faults.point("files.before_row")

_PIECE_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file. id: what records refer to it by."""

    id: str
    name: str
    size: int
    media_type: str

    def to_json(self) -> dict[str, Json]:
        """As it goes over the wire, and into a record's field."""
        return {"id": self.id, "name": self.name, "size": self.size, "media_type": self.media_type}


def folder_of(settings: Settings) -> Path:
    """Where contents lie. Nothing serves this folder; names in it are random and have no endings."""
    return settings.data_dir / "files"


def path_of(settings: Settings, content: str) -> Path:
    """Where the content of that name lies."""
    return folder_of(settings) / content[:2] / content


def keep(process: Process, ctx: Context, source: Path, name: str, declared: str = "") -> StoredFile:
    """Move a file that was received into the store, waiting to be written into a record by the same user.

    declared: the media type that came with it. Raises: EmptyFile, MediaTypeMismatch, TooManyFiles.
    """
    with source.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        if not head:
            raise EmptyFile()
        size, digest = _measured(head, stream)
        os.fsync(stream.fileno())
    clean = cleaned_name(name)
    media_type = agreed_type(head, clean, declared)
    content = secrets.token_hex(32)
    target = path_of(process.settings, content)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    faults.reach(AFTER_CONTENT)
    found = StoredFile(new_ref(), clean, size, media_type)
    try:
        process.write(ctx, lambda work: _insert(work, found, digest, content))
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return found


def _measured(head: bytes, stream: IO[bytes]) -> tuple[int, str]:
    """Size and hash of the head and all that the stream still holds."""
    digest, size = hashlib.sha256(head), len(head)
    while piece := stream.read(_PIECE_BYTES):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def _insert(work: Work, found: StoredFile, digest: str, content: str) -> None:
    faults.reach(BEFORE_ROW)
    actor = work.ctx.actor.id
    limit = work.settings.limits.waiting_files
    mine = sa.select(sa.func.count()).where(
        file_table.c.uploaded_by == actor, file_table.c.waiting_since.is_not(None)
    )
    if int(work.tx.scalar(mine)) >= limit:
        raise TooManyFiles(limit=limit)
    now: datetime = work.now
    row = {
        "ref": found.id,
        "name": found.name,
        "size": found.size,
        "media_type": found.media_type,
        "sha256": digest,
        "content": content,
        "uploaded_at": now,
        "uploaded_by": actor,
        "waiting_since": now,
    }
    work.tx.execute(sa.insert(file_table), [row])
