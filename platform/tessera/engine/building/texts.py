"""Versions of a draft's documents: what each said, and what may be forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa

from tessera.engine.building.drafts import Draft
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.documents import parse_json
from tessera.store.system import building


@dataclass(frozen=True, slots=True)
class Put:
    """A document that a draft changes. body: None when the draft takes it away."""

    key: str
    version: int
    body: Mapping[str, Json] | None
    updated_at: datetime
    updated_by: str


def puts(work: Work, draft: Draft) -> dict[str, Put]:
    """Every document that the draft changes, by key."""
    rows = building.document.c
    return {each.key: each for each in _read(work, draft, rows.draft == draft.id)}


def put_of(work: Work, draft: Draft, key: str) -> Put | None:
    """The document of that key, when the draft changes it."""
    rows = building.document.c
    return next(iter(_read(work, draft, sa.and_(rows.draft == draft.id, rows.key == key))), None)


def _read(work: Work, draft: Draft, where: sa.ColumnElement[bool]) -> list[Put]:
    rows, texts = building.document, building.text
    joined = sa.and_(texts.c.draft == rows.c.draft, texts.c.hash == rows.c.hash)
    query = sa.select(rows, texts.c.content).outerjoin(texts, joined).where(where).order_by(rows.c.key)
    return [
        Put(row["key"], row["version"], None if row["hash"] is None else parse_json(row["content"]),
            row["updated_at"], row["updated_by"])
        for row in work.tx.rows(query)
    ]  # fmt: skip


def write(work: Work, draft: Draft, key: str, body: Mapping[str, Json] | None, *, is_base: bool = False) -> None:
    """Let the document say this at the draft's present version. is_base: leave it as the base has it."""
    digest = None if body is None else _kept(work, draft.id, body)
    _note(work, draft, key, digest, is_base=is_base)


def write_again(work: Work, draft: Draft, key: str, version: int) -> None:
    """Let the document say at the present version what it said at an earlier one (0: as the base has it)."""
    row = _version(work, draft.id, key, version) if version else None
    if row is None or row["is_base"]:
        _note(work, draft, key, None, is_base=True)
    else:
        _note(work, draft, key, row["hash"], is_base=False)


def body_at(work: Work, draft: Draft, key: str, version: int) -> tuple[bool, Mapping[str, Json] | None]:
    """Whether the draft changed the document at that version, and what it said then; (False, None) when not known."""
    row = _version(work, draft.id, key, version)
    if row is None or row["is_base"]:
        return False, None
    if row["hash"] is None:
        return True, None
    texts = building.text.c
    content = work.tx.scalar(sa.select(texts.content).where(texts.draft == draft.id, texts.hash == row["hash"]))
    return (False, None) if content is None else (True, parse_json(content))


def forget_before(work: Work, draft: Draft, versions: Mapping[str, int]) -> None:
    """Drop the versions of documents older than these, and the texts that nothing names any more."""
    log, rows = building.version, building.document
    for key, least in versions.items():
        work.tx.execute(sa.delete(log).where(log.c.draft == draft.id, log.c.key == key, log.c.version < least))
    used = sa.union(
        sa.select(log.c.hash).where(log.c.draft == draft.id, log.c.hash.is_not(None)),
        sa.select(rows.c.hash).where(rows.c.draft == draft.id, rows.c.hash.is_not(None)),
    )
    texts = building.text
    work.tx.execute(sa.delete(texts).where(texts.c.draft == draft.id, texts.c.hash.not_in(used)))


def _version(work: Work, draft: int, key: str, version: int) -> dict[str, Json] | None:
    log = building.version.c
    return work.tx.row(sa.select(building.version).where(log.draft == draft, log.key == key, log.version == version))


def _kept(work: Work, draft: int, body: Mapping[str, Json]) -> str:
    content = orjson.dumps(body, default=dict).decode()
    digest = hashlib.sha256(content.encode()).hexdigest()
    texts = building.text
    known = work.tx.scalar(sa.select(texts.c.hash).where(texts.c.draft == draft, texts.c.hash == digest))
    if known is None:
        work.tx.execute(sa.insert(texts), [{"draft": draft, "hash": digest, "content": content}])
    return digest


def _note(work: Work, draft: Draft, key: str, digest: str | None, *, is_base: bool) -> None:
    rows, log = building.document, building.version
    work.tx.execute(sa.delete(rows).where(rows.c.draft == draft.id, rows.c.key == key))
    if not is_base:
        row = {"draft": draft.id, "key": key, "version": draft.version, "hash": digest, "updated_at": work.now,
               "updated_by": work.ctx.actor.name}  # fmt: skip
        work.tx.execute(sa.insert(rows), [row])
    entry = {"draft": draft.id, "key": key, "version": draft.version, "hash": digest, "is_base": int(is_base)}
    work.tx.execute(sa.insert(log), [entry])
