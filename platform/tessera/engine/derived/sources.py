"""The records that a rollup folds: read from their tables, and as its formulas see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from tessera.engine.derived.folds import Item, Rollup, item_of
from tessera.engine.records.plan import plan_of
from tessera.engine.records.related import complete
from tessera.engine.records.stale import is_stale, renew
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


def items_from(work: Work, entity: Entity, rollup: Rollup, records: list[dict[str, Any]]) -> list[Item]:
    """What records of the entity, or their lines, bring to the rollup."""
    host = work.host()
    envs = envs_of(work, entity, rollup, records)
    return [item for env in envs if (item := item_of(rollup, env, host)) is not None]


def items_of(work: Work, rollup: Rollup, targets: Sequence[int]) -> Iterator[Item]:
    """Every item of these owners, read from the source records page by page."""
    wanted = set(targets)
    source, where = _of_owners(work, rollup, targets)
    key = work.tables.of(source).c.id
    last = 0
    while records := _select(work, source, rollup, sa.and_(where, key > last), _PAGE):
        last = records[-1]["id"]
        yield from (item for item in items_from(work, source, rollup, records) if item.target in wanted)


def has_more(work: Work, rollup: Rollup, targets: Sequence[int], most: int) -> bool:
    """Whether these owners have more root records than that, to be read for the rollup."""
    source, where = _of_owners(work, rollup, targets)
    some = sa.select(work.tables.of(source).c.id).where(where).limit(most + 1).subquery()
    return int(work.tx.scalar(sa.select(sa.func.count()).select_from(some))) > most


def _of_owners(work: Work, rollup: Rollup, targets: Sequence[int]) -> tuple[Entity, sa.ColumnElement[bool]]:
    """The root entity of what is folded, and which of its records belong to these owners."""
    source = work.model.entities[rollup.source]
    via = work.tables.columns(source)[rollup.via].in_(list(targets))
    if not source.parent:
        return source, via
    root = work.model.entities[source.parent]
    parents = sa.select(work.tables.of(source).c.parent_id).where(via)
    return root, work.tables.of(root).c.id.in_(parents)


def _select(
    work: Work, entity: Entity, rollup: Rollup, where: sa.ColumnElement[bool], limit: int
) -> list[dict[str, Any]]:
    """Records with the columns that the rollup reads; their lines and links only when it reads one of those."""
    columns = work.tables.columns(entity)
    read = {path[0] for path in rollup.paths} | {rollup.via, rollup.at}
    if is_renewed := is_stale(work, entity) or is_stale(work, work.model.entities[rollup.source]):
        read |= set(columns)
    statement = (
        sa.select(*(column.label(name) for name, column in columns.items() if name in read or name in _ALWAYS))
        .where(where, columns["deleted_at"].is_(None))
        .order_by(columns["id"])
        .limit(limit)
    )
    records = work.tx.rows(statement)
    if rollup.source != entity.key or any(each.storage is None and each.name in read for each in entity.fields):
        attach(work, plan_of(work.model, entity), records)
    if is_renewed:
        renew(work, entity, records)
    return records
