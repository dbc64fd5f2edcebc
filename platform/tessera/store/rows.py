"""Looking records up by key, and changing them only when nobody else has: set-wise, for the write path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from tessera.meta.model import Entity
from tessera.store.tables import Tables
from tessera.store.tx import Tx


def ids_by_keys(
    tx: Tx, tables: Tables, entity: Entity, names: Sequence[str], keys: Iterable[Sequence[Any]]
) -> dict[tuple[Any, ...], int]:
    """Ids of the live records that have these keys, by key; keys are values of the named fields, none of them blank."""
    table, columns = tables.of(entity), tables.columns(entity)
    physical = tuple(columns[name].name for name in names)
    where = "t.deleted_at IS NULL" if "deleted_at" in table.c else "1 = 1"
    return {tuple(row[1:]): row[0] for row in tx.find_keys(table, physical, keys, where)}


def update_if_version(tx: Tx, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[int]:
    """Set columns of the rows (id, version, *values) that still have that version, which goes up by one.

    Gives the ids of the others: changed by somebody else, deleted, or not there.
    """
    expected = {row[0]: row[1] for row in rows}
    tx.lock_rows(table, expected)
    fresh = {row[0] for row in tx.find_keys(table, ("id", "version"), expected.items(), "t.deleted_at IS NULL")}
    tx.update_many(table, ["version", *columns], [(row[0], row[1] + 1, *row[2:]) for row in rows if row[0] in fresh])
    return sorted(set(expected) - fresh)
