"""Reading a file: whoever may read the field of the record that holds it may read its content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa

from tessera.engine.files.keeping import StoredFile, path_of
from tessera.engine.records.attached import refs_of
from tessera.engine.records.reading import get
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.meta.model import Entity
from tessera.store.system.files import file_table

MayRead: TypeAlias = Callable[[Work, Mapping[str, Any]], bool]
"""Whether the transaction's actor may read the file of a row of tsr_file."""

HOLDERS: dict[str, MayRead] = {}
"""Who may read files that something else than a record holds, by what stands there for the entity."""

READERS: list[MayRead] = []
"""Ways to a record's file besides the right to read the record's field."""


def open_file(work: Work, ref: str) -> tuple[StoredFile, Path]:
    """What is known of a file and where its content lies.

    Raises: NotFound("not_found"), also for a file that the actor may not see: one that waits is its uploader's.
    """
    row = work.tx.row(sa.select(file_table).where(file_table.c.ref == ref))
    if row is None or not _may_read(work, row):
        raise NotFound(what="file")
    path = path_of(work.settings, row["content"])
    if not path.is_file():
        raise NotFound(what="file")
    return StoredFile(row["ref"], row["name"], row["size"], row["media_type"]), path


def _may_read(work: Work, row: dict[str, Any]) -> bool:
    if row["record_id"] is None:
        return bool(row["uploaded_by"] == work.ctx.actor.id)
    if row["entity"] in HOLDERS:
        return HOLDERS[row["entity"]](work, row)
    entity = work.model.entities.get(row["entity"])
    if entity is None:
        return False
    return _is_in_record(work, entity, row) or any(reader(work, row) for reader in READERS)


def _is_in_record(work: Work, entity: Entity, row: Mapping[str, Any]) -> bool:
    try:
        record = get(work, entity.name, row["record_id"])
    except NotFound:
        return False
    return row["ref"] in set(refs_of(work.model, entity, record))
