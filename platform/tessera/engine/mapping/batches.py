"""Batches: started with their files, looked at, cancelled. What runs them is in `running`."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from tessera.context import Context
from tessera.engine.access import rights
from tessera.engine.identity import starter_of
from tessera.engine.mapping import ad_hoc
from tessera.engine.mapping.errors import BatchClosed, BatchUnderWay, FileImported, MappingChanged, NothingToImport
from tessera.engine.mapping.readers import NUMBER_COLUMN, FileFacts, TableFormat, examine, open_table, positions
from tessera.engine.mapping.readers.base import same_heading
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.meta.kinds.mapping import Mapping as MappingPart
from tessera.store.failures import NotUnique
from tessera.store.system import assistant, imports

PAGE = 50
PACKING = b"packets\n"
"""Stands for the way in which rows are kept between the phases: another one is another reading."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file to import. name: what people call it."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it stands.

    status: reading, writing, settling, complete, cancelled or undone. mapping: its name, "adhoc:…" for one that is
    used once. rows: read so far. counts: rows per class, those without a row left out. documents: how many were
    created, unchanged, ignored, revised, in review, and how many each drop class took. corrects: the batch whose
    rejected rows this one brings again.
    """

    id: int
    mapping: str
    status: str
    rows: int
    counts: Mapping[str, int]
    documents: Mapping[str, int]
    files: tuple[Mapping[str, Json], ...]
    corrects: int | None
    started_at: datetime
    started_by: str
    finished_at: datetime | None

    def totals(self) -> dict[str, int]:
        """Rows, rows per class, and documents per drop class, sorted by name."""
        drops = {name: count for name, count in self.documents.items() if name not in OUTCOMES}
        return dict(sorted({"rows": self.rows, **self.counts, **drops}.items()))


OUTCOMES = frozenset({"created", "unchanged", "ignored", "revised", "review", "rejected"})
"""What may become of a document, besides the drop classes of its mapping."""


def mapping_named(work: Work, name: str) -> MappingPart:
    """The mapping of that name or key, or of the key of one that is used once. Raises: NotFound("not_found")."""
    if ad_hoc.is_ad_hoc(name):
        return ad_hoc.part_of(work, name)
    found = work.model.parts.get("mapping", {}).get(name) or work.model.part("mapping", name)
    if not isinstance(found, MappingPart):
        raise NotFound(what="mapping")
    return found


def mapping_of(work: Work, key: str) -> MappingPart | None:
    """The mapping of that key, None when there is none any more."""
    try:
        return mapping_named(work, key)
    except NotFound:
        return None


def format_of(mapping: MappingPart) -> TableFormat:
    """How the mapping's files are written."""
    return TableFormat(
        mapping.format, mapping.delimiter, mapping.quote, mapping.encoding, mapping.has_header, mapping.rows_at,
        mapping.sheet, mapping.skip_rows,
    )  # fmt: skip


def fingerprint(work: Work, mapping: MappingPart) -> str:
    """A hash of the mapping's document: rows that were read by another one are read again."""
    is_once = ad_hoc.is_ad_hoc(mapping.key)
    document = ad_hoc.body_of(work, mapping.key) if is_once else work.model.documents.get(mapping.key)
    body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS, default=dict)
    return hashlib.sha256(PACKING + body).hexdigest()


def start_batch(
    runtime: Process,
    ctx: Context,
    mapping: str,
    files: Sequence[ImportFile],
    *,
    is_forced: bool = False,
    corrects: int | None = None,
) -> int:
    """Take in files, in their order of arrival, as a new batch; gives its id. Nothing is read yet but the headings.

    is_forced: also files that were imported already. corrects: the batch whose rejected rows the files bring again.
    Raises: FileImported, BatchUnderWay, MissingColumn, UnreadableFile, BadHeader, NotFound, Forbidden.
    """
    if not files:
        raise NothingToImport()
    with runtime.reading(ctx) as work:
        part = mapping_named(work, mapping)
        _ensure_allowed(work, part)
    folder = runtime.settings.data_dir / "imports"
    taken = [_take(folder, part, each) for each in files]
    try:
        return runtime.write(ctx, lambda work: _insert(work, part.key, taken, is_forced=is_forced, corrects=corrects))
    except NotUnique as problem:
        with runtime.reading(ctx) as work:
            raise BatchUnderWay(batch=imports.open_batch(work.tx, part.key)) from problem


def _take(folder: Path, mapping: MappingPart, given: ImportFile) -> dict[str, Any]:
    facts = examine(given.path)
    encoding = facts.encoding if mapping.encoding == "auto" else mapping.encoding
    with open_table(given.path, format_of(mapping), encoding, mapping.columns) as table:
        positions(mapping.columns, table.header)
        header = list(table.header)
    kept = _keep(folder, given.path, facts)
    return {
        "name": given.name, "path": str(kept), "sha256": facts.sha256, "encoding": encoding,
        "size_bytes": facts.size_bytes, "lines": facts.lines, "header": header,
    }  # fmt: skip


def _keep(folder: Path, path: Path, facts: FileFacts) -> Path:
    """A copy of the file under its hash, so that a batch can go on whatever becomes of the original."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / facts.sha256
    if not kept.exists():
        partial = folder / f"{facts.sha256}.partial"
        shutil.copyfile(path, partial)
        partial.replace(kept)
    return kept.resolve()


def _insert(
    work: Work, key: str, files: Sequence[Mapping[str, Any]], *, is_forced: bool, corrects: int | None
) -> int:
    mapping = mapping_named(work, key)
    under_way = imports.open_batch(work.tx, key)
    if under_way is not None:
        raise BatchUnderWay(batch=under_way)
    for each in files:
        known = imports.batches_of_file(work.tx, key, each["sha256"])
        if known and not is_forced:
            raise FileImported(file=each["name"], batch=known[-1])
    mark = fingerprint(work, mapping)
    if corrects is not None:
        _ensure_correctable(work, key, corrects, mark)
    values: dict[str, Any] = {
        "mapping": key, "fingerprint": mark, "status": "reading", "corrects": corrects, "is_forced": is_forced,
        "step": 0, "file_place": 0, "file_rows": 0, "rows": 0, "counts": {}, "documents": {}, "cursor_target": None,
        "cursor_key": None, "audit_from": assistant.latest_audit(work.tx), "started_at": work.now,
        "started_by": work.ctx.actor.name, "updated_at": work.now, "finished_at": None,
    }  # fmt: skip
    return imports.insert_batch(work.tx, values, files)


def _ensure_correctable(work: Work, key: str, corrected: int, mark: str) -> None:
    row = batch_row(work, corrected)
    if row["mapping"] != key:
        raise NotFound(what="batch")
    if row["status"] != imports.COMPLETE:
        raise BatchClosed(batch=corrected, status=row["status"])
    if row["fingerprint"] != mark:
        raise MappingChanged(batch=corrected)


def _ensure_allowed(work: Work, mapping: MappingPart) -> None:
    for target in mapping.targets:
        entity = work.model.entities[target.entity]
        allowed = rights(work, entity)
        allowed.ensure("create")
        if target.on_repeat == "revise":
            allowed.ensure("update")


def batch_row(work: Work, batch: int) -> dict[str, Any]:
    """A batch as stored. Raises: NotFound, also when its mapping's entities are not the actor's business."""
    row = imports.batch_row(work.tx, batch)
    if row is None:
        raise NotFound(what="batch")
    part = mapping_of(work, row["mapping"])
    if part is not None:
        _ensure_allowed(work, part)
    elif not work.ctx.actor.is_admin:
        raise NotFound(what="batch")
    return row


def get_batch(work: Work, batch: int) -> Batch:
    """One batch as it stands. Raises: NotFound."""
    return _as_batch(work, batch_row(work, batch))


def list_batches(work: Work, *, mapping: str = "", before: int | None = None, limit: int = PAGE) -> list[Batch]:
    """Batches, the latest first, of one mapping when it is named; those the actor may not see are left out."""
    key = mapping_named(work, mapping).key if mapping else ""
    found = []
    for row in imports.batch_rows(work.tx, mapping=key, before=before, limit=min(limit, 500)):
        part = mapping_of(work, row["mapping"])
        targets = part.targets if part is not None else ()
        seen = [rights(work, work.model.entities[each.entity]).can_create for each in targets]
        if work.ctx.actor.is_admin or (seen and all(seen)):
            found.append(_as_batch(work, row))
    return found


def _as_batch(work: Work, row: Mapping[str, Any]) -> Batch:
    is_once = ad_hoc.is_ad_hoc(row["mapping"])
    part = None if is_once else mapping_of(work, row["mapping"])
    name = part.name if part is not None else str(row["mapping"])
    wanted = ("name", "sha256", "encoding", "size_bytes")
    files = tuple({key: each[key] for key in wanted} for each in imports.file_rows(work.tx, row["id"]))
    return Batch(
        row["id"], name, row["status"], row["rows"], row["counts"], row["documents"], files, row["corrects"],
        row["started_at"], row["started_by"], row["finished_at"],
    )  # fmt: skip


def open_batches(runtime: Process) -> list[tuple[int, Context]]:
    """Batches that were begun and whose files are here, each with the context of who began it, oldest first.

    Left out are those of users who are gone or may not sign in any more.
    """
    with runtime.reading(Context()) as work:
        found = [
            (row, starter_of(work.tx, row["started_by"]))
            for row in imports.open_rows(work.tx)
            if all(Path(each["path"]).exists() for each in imports.file_rows(work.tx, row["id"]))
        ]
    return [(row["id"], Context(actor=actor)) for row, actor in found if actor is not None]


def cancel_batch(work: Work, batch: int) -> None:
    """End a batch of which nothing was written yet. Raises: BatchClosed("batch_closed"), NotFound."""
    row = batch_row(work, batch)
    if row["status"] != "reading":
        raise BatchClosed(batch=batch, status=row["status"])
    ended = {"status": "cancelled", "updated_at": work.now, "finished_at": work.now}
    if not imports.step_on(work.tx, batch, row["step"], ended):
        raise BatchClosed(batch=batch, status=row["status"])
    imports.delete_progress(work.tx, batch)
    imports.reopen_rejects(work.tx, batch)


def source_of(work: Work, entity_name: str, record_id: int) -> dict[str, Json] | None:
    """From which batch, key and rows a record came; None when from no import."""
    row = imports.source_of(work.tx, work.entity(entity_name).key, record_id)
    return None if row is None else {name: row[name] for name in ("batch", "key", "first_row", "rows")}


def number_place(header: Sequence[str]) -> int | None:
    """Where the row numbers of an export of rejected rows stand; None when there are none."""
    return next((place for place, text in enumerate(header) if same_heading(text) == NUMBER_COLUMN), None)
