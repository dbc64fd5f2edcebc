"""The records that a rollup folds: read from their tables, and as its formulas see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from tessera.engine.derived.folds import Rollup
from tessera.engine.records.plan import plan_of
from tessera.engine.records.related import complete
from tessera.engine.records.stored import attach
from tessera.engine.work import Work
from tessera.meta.model import Entity

_PAGE = 2_000
_ALWAYS = frozenset({"id", "ref"})


def envs_of(work: Work, entity: Entity, rollup: Rollup, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the rollup's formulas see of records of the entity; of each of their lines when it folds lines."""
    paths = rollup.paths
    source = work.model.entities[rollup.source]
    if source.key == entity.key:
        envs = [dict(record) for record in records]
        complete(work, entity, envs, paths)
        return envs
    outer = [dict(record) for record in records]
    complete(work, entity, outer, {path for path in paths if source.field(path[0]) is None})
    envs = []
    for record in outer:
        envs += [{**record, **line} for line in record.get(source.parent_field) or ()]
    complete(work, source, envs, {path for path in paths if source.field(path[0]) is not None})
    return envs


def records_for(work: Work, rollup: Rollup, targets: Sequence[int]) -> tuple[Entity, list[dict[str, Any]]]:
    """The live root records (with their entity) of which something is folded into these owners."""
    source = work.model.entities[rollup.source]
    root = work.model.entities[source.parent] if source.parent else source
    via = work.tables.columns(source)[rollup.via]
    own = work.tables.of(source)
    where: sa.ColumnElement[bool] = via.in_(list(targets))
    if source.parent:
        where = work.tables.of(root).c.id.in_(sa.select(own.c.parent_id).where(where))
    return root, _select(work, root, rollup, where)


def pages(work: Work, rollup: Rollup) -> Iterator[tuple[Entity, list[dict[str, Any]]]]:
    """Every live root record that the rollup may fold, page by page, with their entity."""
    source = work.model.entities[rollup.source]
    root = work.model.entities[source.parent] if source.parent else source
    key = work.tables.of(root).c.id
    last = 0
    while records := _select(work, root, rollup, key > last, limit=_PAGE):
        yield root, records
        last = records[-1]["id"]


def _select(
    work: Work, entity: Entity, rollup: Rollup, where: sa.ColumnElement[bool], limit: int | None = None
) -> list[dict[str, Any]]:
    """Records with the columns that the rollup reads; their lines and links only when it reads one of those."""
    columns = work.tables.columns(entity)
    read = {path[0] for path in rollup.paths} | {rollup.via, rollup.at}
    statement = (
        sa.select(*(column.label(name) for name, column in columns.items() if name in read or name in _ALWAYS))
        .where(where, columns["deleted_at"].is_(None))
        .order_by(columns["id"])
        .limit(limit)
    )
    records = work.tx.rows(statement)
    if rollup.source != entity.key or any(each.storage is None and each.name in read for each in entity.fields):
        attach(work, plan_of(work.model, entity), records)
    return records
