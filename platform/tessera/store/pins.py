"""References whose target a condition names by its key, so that an index gives the records in order.

Of `site.code = 'S7'` the database knows no more than that it must look at the site of each record. As long as a unique
index keeps the key, there is one such site at most: `site = (the id of that one)` then stands beside the condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from tessera.formula import Formula
from tessera.formula.comparisons import comparisons
from tessera.meta.asked import pinned_field
from tessera.meta.model import Entity, Field
from tessera.store.formula_sql import constant_of
from tessera.store.paths import Paths, column_name
from tessera.store.sql_values import Condition
from tessera.store.system.physical import index_table
from tessera.store.tables import Tables
from tessera.store.tx import Tx

_TYPES: dict[str, type] = {"text": str, "integer": int}
"""Kinds of columns whose values name records, and what they are compared with."""


def pins(tx: Tx, paths: Paths, formulas: Iterable[Formula], host: Any) -> Iterator[Condition]:
    """What follows from the formulas for references of the record itself; nothing that they do not say already."""
    tables = paths.tables
    done: set[str] = set()
    for formula in formulas:
        for each in comparisons(formula):
            field = pinned_field(paths.entity, each.path, tables.model.entities) if each.is_equality else None
            if field is None or len(each.path) != 2 or field.storage is None or field.name in done:
                continue
            target = tables.model.entities[field.target]
            key, value = target.field(each.path[1]), constant_of(each.known, host)
            if key is not None and _is_named(key, value) and _is_kept_unique(tx, tables, target, key):
                done.add(field.name)
                yield paths.alias.c[column_name(field)] == _the_one(tables.of(target), column_name(key), value)


def _is_named(key: Field, value: Any) -> bool:
    """Whether the value names a record; a blank one, such as an empty text, is that of records without a reference."""
    return value != "" and key.storage is not None and type(value) is _TYPES.get(key.storage.kind)


def _is_kept_unique(tx: Tx, tables: Tables, target: Entity, key: Field) -> bool:
    """Whether there is the index, which rows may have stood in the way of. Nothing but a release takes it away."""
    wanted = [each.name for each in tables.layout[target.key].indexes if each.unique and each.columns == (key.key,)]
    return bool(tx.scalar(sa.select(sa.func.count()).where(index_table.c.name.in_(wanted))))


def _the_one(table: sa.Table, column: str, value: Any) -> sa.ScalarSelect[Any]:
    there = table.alias()
    named = sa.bindparam(None, value, table.c[column].type, unique=True)
    return sa.select(there.c.id).where(there.c[column] == named, there.c.deleted_at.is_(None)).scalar_subquery()
