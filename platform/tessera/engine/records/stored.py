"""Reads whole records as they are stored, locked for a change: the state before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from tessera.engine.records.hooks import Record
from tessera.engine.records.plan import Plan
from tessera.engine.work import Work
from tessera.store.prepared import Prepared, among, prepared

_CHUNK = 5_000


def stored(
    work: Work, plan: Plan, ids: Iterable[int], *, deleted: bool = False, for_delete: bool = False
) -> list[Record]:
    """The records of these ids with their lines and lists of references, ascending, locked until the end.

    deleted: those that are deleted, in place of those that are not. for_delete: waits for whoever refers to them now.
    """
    wanted = sorted(set(ids))
    key = work.tables.of(plan.entity).c.id
    found: list[Record] = []
    for start in range(0, len(wanted), _CHUNK):
        part = key.in_(wanted[start : start + _CHUNK])
        found += stored_where(work, plan, part, deleted=deleted, for_delete=for_delete)
    return found


def stored_where(
    work: Work, plan: Plan, where: sa.ColumnElement[bool], *, deleted: bool = False, for_delete: bool = False
) -> list[Record]:
    """The records for which the condition holds; else as `stored`."""
    statement = locking(work, plan, deleted=deleted, for_delete=for_delete)
    records = work.tx.rows(statement(where))
    attach(work, plan, records)
    return records


def locking(
    work: Work, plan: Plan, *, deleted: bool = False, for_delete: bool = False
) -> Callable[[sa.ColumnElement[bool]], sa.Select[Any]]:
    """The statement that reads and locks records, but for its condition."""
    columns = work.tables.columns(plan.entity)
    gone = columns["deleted_at"]

    def statement(where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        return (
            sa.select(*(column.label(name) for name, column in columns.items()))
            .where(where, gone.is_not(None) if deleted else gone.is_(None))
            .order_by(columns["id"])
            .with_for_update(key_share=not for_delete)
        )

    return statement


def attach(work: Work, plan: Plan, records: list[Record]) -> None:
    """Put the stored lines and lists of references into the records."""
    by_id = {record["id"]: record for record in records}
    if not by_id:
        return
    for name, lower in plan.lines.items():
        for record in records:
            record[name] = []
        for line in _lines(work, lower, list(by_id)):
            by_id[line["parent_id"]][name].append(line)
    for field in plan.multiple:
        _attach_links(work, work.tables.link(field), field.name, by_id)


def _lines(work: Work, plan: Plan, ids: list[int]) -> list[Record]:
    columns = work.tables.columns(plan.entity)

    def build() -> Prepared:
        picked = [column.label(name) for name, column in columns.items()]
        query = sa.select(*picked).where(among(columns["parent_id"], work.tx.dialect))
        query = query.order_by(columns["parent_id"], columns["place"])
        return Prepared(query, list(columns), work.tx.connection.dialect)

    return prepared(work.tx, work.tables, ("records.lines", plan.entity.key), build).dicts(work.tx, {"q_ids": ids})


def _attach_links(work: Work, link: sa.Table, name: str, by_id: dict[int, dict[str, Any]]) -> None:
    for record in by_id.values():
        record[name] = []
    statement = sa.select(link.c.record_id, link.c.target_id).where(link.c.record_id.in_(list(by_id)))
    for row in work.tx.rows(statement.order_by(link.c.record_id, link.c.place)):
        by_id[row["record_id"]][name].append(row["target_id"])
