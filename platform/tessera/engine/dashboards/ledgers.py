"""Sums of movements of a ledger, by days, totals and fields of their holders; only of holders that the actor sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tessera.engine.dashboards.periods import Period
from tessera.engine.records import ListQuery
from tessera.engine.records.reading import moving_with, query_of, visible_path
from tessera.engine.timeline.sight import seen_ledger
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.meta.kinds.dashboard import DashGroup, DashMeasure
from tessera.meta.rules import LedgerDoc
from tessera.store.aggregating import MAX_GROUPS, AggregateNotSupported, TooManyGroups
from tessera.store.buckets import bucket_sql
from tessera.store.paths import Paths
from tessera.store.query import matching
from tessera.store.sql_values import NotPortable, Value
from tessera.store.system.ledger import account, movement

_GROUPED = frozenset({"text", "boolean", "date", "record"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a ledger. condition: a filter over its holders."""

    measures: Sequence[DashMeasure]
    groups: Sequence[DashGroup]
    condition: str
    period: Period
    zone: str


def movement_sums(work: Work, key: str, asked: Asked) -> list[dict[str, Any]]:
    """Name → value of each group and measure. Raises: NotFound for a ledger that the actor may not see …"""
    doc = work.model.parts.get("ledger", {}).get(key)
    if not isinstance(doc, LedgerDoc):
        raise NotFound(what="ledger")
    seen_ledger(work, doc.name)
    entity = work.model.entities[doc.per]
    names = {each.name: ".".join(visible_path(work, entity, each.by, "/groups")) if each.by else ""
             for each in asked.groups}  # fmt: skip
    query = query_of(work, entity, ListQuery(filter=asked.condition), None)
    query = moving_with(work, query, [tuple(path.split(".")) for path in names.values() if path])
    paths = Paths(work.tables, entity, work.tx.dialect, query.moving)
    columns = [_group(work, paths, each, names[each.name], asked.zone).label(f"g{place}")
               for place, each in enumerate(asked.groups)]  # fmt: skip
    condition = matching(paths, query)
    source = sa.join(movement, account, account.c.id == movement.c.account_id)
    joined = sa.join(source, paths.source, paths.alias.c.id == account.c.holder)
    days = movement.c.business_on
    where = [account.c.ledger == doc.key, condition]
    where += [days >= asked.period.first] if asked.period.first is not None else []
    where += [days <= asked.period.last] if asked.period.last is not None else []
    found = sa.select(*columns, movement.c.name, movement.c.effect).select_from(joined).where(*where).subquery()
    groups = [found.c[f"g{place}"] for place in range(len(columns))]
    sums = [_sum(each, found) for each in asked.measures]
    statement = sa.select(*groups, *sums).group_by(*groups).limit(MAX_GROUPS + 1)
    rows = work.tx.execute(statement).all()
    if len(rows) > MAX_GROUPS:
        raise TooManyGroups(limit=MAX_GROUPS)
    return [_row(asked, row, doc.scale) for row in rows]


def _group(work: Work, paths: Paths, group: DashGroup, path: str, zone: str) -> sa.ColumnElement[Any]:
    if group.is_total:
        return movement.c.name.expression
    dialect = work.tx.dialect
    try:
        if not path:
            day = Value("date", movement.c.business_on)
            return bucket_sql(day, _bucket(group.bucket or "day"), zone, dialect).sql()
        found = paths.root().value(tuple(path.split(".")))
        if isinstance(found, tuple) or found.kind not in _GROUPED:
            raise NotPortable
        return (bucket_sql(found, _bucket(group.bucket), zone, dialect) if group.bucket else found).sql()
    except NotPortable as error:
        raise AggregateNotSupported(function="group", path=path or group.name) from error


def _bucket(name: str) -> Any:
    return name


def _sum(measure: DashMeasure, found: sa.Subquery) -> sa.ColumnElement[Any]:
    is_wanted = found.c.name.in_(measure.totals) if measure.totals else sa.true()
    if measure.fold == "count":
        return sa.func.sum(sa.case((is_wanted, 1), else_=0))
    return sa.func.sum(sa.case((is_wanted, found.c.effect), else_=0))


def _row(asked: Asked, row: Any, scale: int) -> dict[str, Any]:
    width = len(asked.groups)
    found: dict[str, Any] = {each.name: row[place] for place, each in enumerate(asked.groups)}
    for place, each in enumerate(asked.measures):
        total = int(row[width + place] or 0)
        if each.fold == "sum" and scale:
            found[each.name] = Decimal(total).scaleb(-scale)
        else:
            found[each.name] = total
    return found
