"""Tables and statements of imports: batches, their files, rows on their way, rejected rows, keys and documents seen."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from tessera.store.bulk import Same
from tessera.store.column_types import BigInt, Boolean, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata

if TYPE_CHECKING:
    from tessera.store import Tx

COMPLETE = "complete"
_AT_ONCE = 500

UNDER_WAY = ("reading", "writing", "settling")
_IS_OPEN = sa.text("status IN ('reading', 'writing', 'settling')")

batches = sa.Table(
    "tsr_import_batch",
    metadata,
    id_column(),
    sa.Column("mapping", Text, nullable=False),  # key of the mapping document
    sa.Column("fingerprint", Text, nullable=False),  # of the mapping's content, by which the rows were read
    sa.Column("status", Text, nullable=False),  # reading, writing, settling, complete, cancelled, undone
    sa.Column("corrects", BigInt),  # the batch whose rejected rows this one brings again
    sa.Column("is_forced", Boolean, nullable=False),
    sa.Column("step", BigInt, nullable=False),  # counts every committed step: two runners cannot both go on
    sa.Column("file_place", BigInt, nullable=False),
    sa.Column("file_rows", BigInt, nullable=False),  # rows of that file that were read
    sa.Column("rows", BigInt, nullable=False),  # rows of all files that were read
    sa.Column("counts", JsonText, nullable=False),  # class → rows
    sa.Column("documents", JsonText, nullable=False),  # created, unchanged, ignored, revised, … and dropped classes
    sa.Column("cursor_target", Text),  # the last document written: its entity and key
    sa.Column("cursor_key", Text),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("started_by", Text, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("audit_from", BigInt),  # what the batch leaves in the audit has greater ids, up to audit_until
    sa.Column("audit_until", BigInt),
    sa.Index("tsr_import_batch_mapping", "mapping", "id"),
    sa.Index("tsr_import_batch_open", "mapping", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
)
"""One mapping has one batch under way at most: its rows are numbered, and its keys ordered, by batches."""

files = sa.Table(
    "tsr_import_file",
    metadata,
    sa.Column("batch", BigInt, primary_key=True, autoincrement=False),
    sa.Column("place", BigInt, primary_key=True, autoincrement=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("path", Text, nullable=False),
    sa.Column("sha256", Text, nullable=False),
    sa.Column("encoding", Text, nullable=False),
    sa.Column("size_bytes", BigInt, nullable=False),
    sa.Column("lines", BigInt, nullable=False),  # line ends: about as many rows as there are
    sa.Column("header", JsonText, nullable=False),
    sa.Index("tsr_import_file_sha256", "sha256"),
)

packets = sa.Table(
    "tsr_import_packet",
    metadata,
    sa.Column("batch", BigInt, primary_key=True, autoincrement=False),
    sa.Column("target", Text, primary_key=True),
    sa.Column("first", Text, primary_key=True),
    sa.Column("place", BigInt, primary_key=True, autoincrement=False),
    sa.Column("last", Text, nullable=False),
    sa.Column("payload", Text, nullable=False),
)
"""Accepted rows on their way to their documents. Those of one chunk of a file are sorted by the document's key.

first and last: the keys that a packet begins and ends with. place: tells packets of a batch apart. payload: JSON list
of rows, each a list of key, number, place of the class and values.
"""

fragments = sa.Table(
    "tsr_import_fragment",
    metadata,
    sa.Column("batch", BigInt, primary_key=True, autoincrement=False),
    sa.Column("target", Text, primary_key=True),
    sa.Column("key", Text, primary_key=True),
    sa.Column("row", BigInt, primary_key=True, autoincrement=False),
    sa.Column("payload", Text, nullable=False),
)
"""What is kept of a completed batch for its corrections: the rows of documents that lack rejected ones, each document's
by itself. row: number of the first of them.
"""

rejects = sa.Table(
    "tsr_import_reject",
    metadata,
    id_column(),
    sa.Column("batch", BigInt, nullable=False),
    sa.Column("row", BigInt, nullable=False),
    sa.Column("stage", Text, nullable=False),  # row: when it was read, document: when it was written, review
    sa.Column("code", Text, nullable=False),
    sa.Column("message", Text, nullable=False),
    sa.Column("column", Text),
    sa.Column("at", Text),
    sa.Column("target", Text),
    sa.Column("key", Text),
    sa.Column("file", BigInt),  # place of the file whose cells these are
    sa.Column("cells", JsonText),
    sa.Column("text", Text),
    sa.Column("document", JsonText),
    sa.Column("settled_by", BigInt),  # the batch in which the row came again
    sa.Index("tsr_import_reject_batch", "batch", "row", "id"),
)

keys = sa.Table(
    "tsr_import_key",
    metadata,
    sa.Column("mapping", Text, primary_key=True),
    sa.Column("key", Text, primary_key=True),
    sa.Column("batch", BigInt, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""The keys of all rows of each batch; those of completed batches are the register."""

documents = sa.Table(
    "tsr_import_document",
    metadata,
    sa.Column("mapping", Text, primary_key=True),
    sa.Column("entity", Text, primary_key=True),
    sa.Column("key", Text, primary_key=True),
    sa.Column("record_id", BigInt, nullable=False),
    sa.Column("hash", Text, nullable=False),
    sa.Column("batch", BigInt, nullable=False),
    sa.Column("first_row", BigInt, nullable=False),
    sa.Column("rows", BigInt, nullable=False),
    sa.Index("tsr_import_document_record", "entity", "record_id"),
    sqlite_with_rowid=False,
)
"""The content of every document as it was last taken from a file, and where it came from."""


def insert_batch(tx: Tx, values: Mapping[str, Any], its_files: Sequence[Mapping[str, Any]]) -> int:
    """Add a batch with its files; gives its id."""
    new = tx.allocate(batches.name, 1)[0]
    tx.execute(sa.insert(batches).values(id=new, **values))
    names = ("batch", "place", "name", "path", "sha256", "encoding", "size_bytes", "lines", "header")
    rows = [(new, place, *(each[name] for name in names[2:])) for place, each in enumerate(its_files)]
    tx.insert_many(files, names, rows)
    return new


def batch_row(tx: Tx, batch: int) -> dict[str, Any] | None:
    """One batch."""
    return tx.row(sa.select(batches).where(batches.c.id == batch))


def batch_rows(tx: Tx, *, mapping: str = "", before: int | None = None, limit: int) -> list[dict[str, Any]]:
    """Batches, the latest first; of one mapping when its key is given."""
    statement = sa.select(batches).order_by(batches.c.id.desc()).limit(limit)
    if mapping:
        statement = statement.where(batches.c.mapping == mapping)
    if before is not None:
        statement = statement.where(batches.c.id < before)
    return tx.rows(statement)


def open_batch(tx: Tx, mapping: str) -> int | None:
    """The id of the mapping's batch that is under way, None when there is none."""
    under_way = batches.c.status.in_(UNDER_WAY)
    found: int | None = tx.scalar(sa.select(batches.c.id).where(batches.c.mapping == mapping, under_way))
    return found


def open_rows(tx: Tx) -> list[dict[str, Any]]:
    """Every batch that is under way, the oldest first."""
    return tx.rows(sa.select(batches).where(batches.c.status.in_(UNDER_WAY)).order_by(batches.c.id))


def file_rows(tx: Tx, batch: int) -> list[dict[str, Any]]:
    """The files of a batch, in order."""
    return tx.rows(sa.select(files).where(files.c.batch == batch).order_by(files.c.place))


def batches_of_file(tx: Tx, mapping: str, sha256: str) -> list[int]:
    """Completed batches of that mapping which had such a file."""
    statement = (
        sa.select(batches.c.id)
        .join(files, files.c.batch == batches.c.id)
        .where(files.c.sha256 == sha256, batches.c.mapping == mapping, batches.c.status == COMPLETE)
        .order_by(batches.c.id)
    )
    return list(tx.execute(statement).scalars())


def batches_with(tx: Tx, sha256: str) -> list[int]:
    """The latest completed batches, of whatever mapping, which had such a file."""
    statement = (
        sa.select(batches.c.id)
        .join(files, files.c.batch == batches.c.id)
        .where(files.c.sha256 == sha256, batches.c.status == COMPLETE)
        .order_by(batches.c.id.desc())
        .limit(10)
    )
    return list(tx.execute(statement).scalars())


def step_on(tx: Tx, batch: int, step: int, values: Mapping[str, Any]) -> bool:
    """Change a batch that is still at that step and count the step up; False when somebody else went on with it."""
    mine = sa.update(batches).where(batches.c.id == batch, batches.c.step == step)
    return tx.execute(mine.values(step=step + 1, **values)).rowcount == 1


def insert_packets(tx: Tx, batch: int, rows: Sequence[tuple[str, str, int, str, str]]) -> None:
    """Keep packets; each is (target, first key, place, last key, payload)."""
    tx.insert_many(packets, ("batch", "target", "first", "place", "last", "payload"), [(batch, *row) for row in rows])


PacketPlace: TypeAlias = tuple[str, str, int]
"""Where a packet stands among those of its batch: target, first key, place."""


def next_packets(tx: Tx, batch: int, after: PacketPlace | None, limit: int) -> list[tuple[PacketPlace, str]]:
    """Where packets stand and their payloads, in that order, from behind the place given."""
    p = packets.c
    statement = sa.select(p.target, p.first, p.place, p.payload).where(p.batch == batch)
    if after is not None:
        last = sa.tuple_(sa.literal(after[0], Text), sa.literal(after[1], Text), sa.literal(after[2], BigInt))
        statement = statement.where(sa.tuple_(p.target, p.first, p.place) > last)
    statement = statement.order_by(p.target, p.first, p.place).limit(limit)
    rows: Iterable[Any] = tx.execute(statement)
    return [((row[0], row[1], row[2]), row[3]) for row in rows]


def open_packets(tx: Tx, batch: int, target: str, key: str) -> list[str]:
    """Payloads of the packets that begin up to a key and end beyond it."""
    p = packets.c
    around = sa.and_(p.batch == batch, p.target == target, p.first <= key, p.last > key)
    return list(tx.execute(sa.select(p.payload).where(around).order_by(p.first, p.place)).scalars())


def insert_fragments(tx: Tx, batch: int, rows: Iterable[tuple[str, str, int, str]]) -> None:
    """Keep rows for corrections; each is (target, key, first row, payload)."""
    tx.insert_many(fragments, ("batch", "target", "key", "row", "payload"), [(batch, *row) for row in rows])


def kept_fragments(tx: Tx, batch: int, target: str, keys_of: Iterable[str]) -> list[tuple[str, str]]:
    """(key, payload) of the rows that a completed batch has kept for these documents, but for those rejected whole."""
    whole = (
        "NOT EXISTS (SELECT 1 FROM tsr_import_reject AS r WHERE r.batch = t.batch AND r.target = t.target "
        "AND r.key = t.key AND r.stage = 'document')"
    )
    found = tx.find_keys(
        fragments, ("key",), [(key,) for key in keys_of], whole, give=("key", "row", "payload"),
        same={"batch": batch, "target": target},
    )  # fmt: skip
    return [(key, payload) for key, _, payload in sorted(found)]


def lacking_keys(tx: Tx, batch: int) -> set[str]:
    """The keys of documents of which the batch rejected rows."""
    r = rejects.c
    return set(tx.execute(sa.select(r.key).distinct().where(r.batch == batch, r.key.is_not(None))).scalars())


def delete_progress(tx: Tx, batch: int) -> None:
    """Forget what was read of a batch, so that it can be read from its beginning."""
    for table in (packets, rejects, keys):
        tx.execute(sa.delete(table).where(table.c.batch == batch))


def delete_packets(tx: Tx, batch: int) -> None:
    """Forget the rows of a batch that is complete."""
    tx.execute(sa.delete(packets).where(packets.c.batch == batch))


_REJECT = (
    "batch", "row", "stage", "code", "message", "column", "at", "target", "key", "file", "cells", "text", "document",
)  # fmt: skip


def insert_rejects(tx: Tx, batch: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep rejected rows or documents; each has row, stage, code, message and perhaps the other columns."""
    ids = tx.allocate(rejects.name, len(rows))
    values = [(new, batch, *(row.get(name) for name in _REJECT[1:])) for new, row in zip(ids, rows, strict=True)]
    tx.insert_many(rejects, ("id", *_REJECT), values)


def reject_rows(
    tx: Tx, batch: int, *, after: tuple[int, int] | None = None, limit: int, stages: Sequence[str]
) -> list[dict[str, Any]]:
    """Rejected rows of a batch that are not settled, by row number; after: (row, id) of the last one seen."""
    r = rejects.c
    statement = sa.select(rejects).where(r.batch == batch, r.stage.in_(list(stages)), r.settled_by.is_(None))
    statement = statement.order_by(r.row, r.id).limit(limit)
    if after is not None:
        statement = statement.where(sa.or_(r.row > after[0], sa.and_(r.row == after[0], r.id > after[1])))
    return tx.rows(statement)


def rejects_without_cells(tx: Tx, batch: int, limit: int) -> list[dict[str, Any]]:
    """Rows rejected with their document, whose cells were not kept yet, by row number."""
    r = rejects.c
    statement = sa.select(r.id, r.row).where(r.batch == batch, r.stage == "document", r.cells.is_(None))
    return tx.rows(statement.order_by(r.row).limit(limit))


def set_cells(tx: Tx, rows: Iterable[tuple[int, int, list[str | None]]]) -> None:
    """Add the cells to rejected rows; each is (id, place of the file, cells)."""
    tx.update_many(rejects, ("file", "cells"), rows)


def unused_files(tx: Tx, batch: int) -> list[str]:
    """Paths of the batch's files that no batch under way needs."""
    busy = sa.select(files.c.sha256).join(batches, batches.c.id == files.c.batch)
    busy = busy.where(batches.c.status.in_(UNDER_WAY))
    statement = sa.select(files.c.path).where(files.c.batch == batch, files.c.sha256.not_in(busy))
    return list(tx.execute(statement).scalars())


def reject_row(tx: Tx, batch: int, reject: int) -> dict[str, Any] | None:
    """One rejected row or document."""
    return tx.row(sa.select(rejects).where(rejects.c.batch == batch, rejects.c.id == reject))


def settle_rejects(tx: Tx, batch: int, its_rows: Iterable[int], by: int) -> None:
    """Note that rejected rows came again in another batch."""
    r = rejects.c
    for some in _portions(its_rows):
        mine = sa.update(rejects).where(r.batch == batch, r.row.in_(some), r.stage != "review")
        tx.execute(mine.values(settled_by=by))


def settle_reject(tx: Tx, reject: int, by: int) -> None:
    """Note that one rejected row or document was settled."""
    tx.execute(sa.update(rejects).where(rejects.c.id == reject).values(settled_by=by))


def reopen_rejects(tx: Tx, by: int) -> None:
    """Take back that rejected rows came again in that batch."""
    tx.execute(sa.update(rejects).where(rejects.c.settled_by == by).values(settled_by=None))


def insert_keys(tx: Tx, mapping: str, batch: int, its_keys: Iterable[str]) -> None:
    """Keep keys of a batch; known ones stay. Nobody else writes those of the same batch."""
    if tx.dialect == "sqlite":
        columns: dict[str, Sequence[Any] | Same] = {"mapping": Same(mapping), "key": sorted(its_keys)}
        tx.upsert_columns(keys, {**columns, "batch": Same(batch)}, key=("mapping", "key", "batch"))
        return
    # COPY takes half the time of an INSERT that looks for conflicts.
    given = [(key,) for key in its_keys]
    known = tx.find_keys(keys, ("key",), given, give=("key",), same={"mapping": mapping, "batch": batch})
    new = sorted(set(given).difference(known))
    tx.insert_columns(keys, {"mapping": Same(mapping), "key": [key for (key,) in new], "batch": Same(batch)})


def registered(tx: Tx, mapping: str, asked: Iterable[str], *, but: Sequence[int]) -> set[str]:
    """Which of the keys occurred in completed batches, other than those."""
    is_complete = (
        "EXISTS (SELECT 1 FROM tsr_import_batch AS b WHERE b.id = t.batch AND b.status = 'complete') "
        f"AND t.batch NOT IN ({', '.join(str(int(each)) for each in but)})"
    )
    asked_keys = [(key,) for key in asked]
    found = tx.find_keys(keys, ("key",), asked_keys, is_complete, give=("key",), same={"mapping": mapping})
    return {key for (key,) in found}


def known_documents(tx: Tx, mapping: str, entity: str, asked: Iterable[str]) -> dict[str, tuple[int, str]]:
    """(record id, content hash) by key, of the documents that came before."""
    same = {"mapping": mapping, "entity": entity}
    give = ("key", "record_id", "hash")
    found = tx.find_keys(documents, ("key",), [(key,) for key in asked], give=give, same=same)
    return {key: (number, content) for key, number, content in found}


def keep_documents(
    tx: Tx, mapping: str, entity: str, batch: int, rows: Sequence[tuple[str, int, str, int, int]],
    known: Container[str],
) -> None:  # fmt: skip
    """Keep the content of documents: key, record id, hash, first row, rows. known: keys of which there is one."""
    same = {"mapping": Same(mapping), "entity": Same(entity), "batch": Same(batch)}
    names = ("key", "record_id", "hash", "first_row", "rows")
    for is_known in (False, True):
        some = [row for row in rows if (row[0] in known) == is_known]
        if some:
            columns: dict[str, Sequence[Any] | Same] = dict(zip(names, zip(*some, strict=True), strict=True))
            if is_known:
                tx.upsert_columns(documents, {**same, **columns}, key=("mapping", "entity", "key"))
            else:
                tx.insert_columns(documents, {**same, **columns})


def source_of(tx: Tx, entity: str, record_id: int) -> dict[str, Any] | None:
    """From which batch and rows a record came, None when from no import."""
    d = documents.c
    return tx.row(sa.select(documents).where(d.entity == entity, d.record_id == record_id).limit(1))


def _portions(values: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(values)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
