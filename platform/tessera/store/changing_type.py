"""Filling the new column of a field whose type changed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tessera.meta.model import Storage
from tessera.store.catalog_of_tables import Column, Table
from tessera.store.column_types import BigInt
from tessera.store.conversion import CannotConvert, Convert, conversion
from tessera.store.duplicates import SHOWN
from tessera.store.tables import column_type
from tessera.store.tx import Tx

_CHUNK = 5_000


def tombstone_key(key: str, storage: Storage) -> str:
    """The key of what a column leaves behind when its type changes away from that storage."""
    size = f"{storage.precision}_{storage.scale}" if storage.kind == "decimal" else ""
    return f"{key}~{storage.kind}{size}"


def fill_changed(tx: Tx, table: Table, source: Column, target: Column, *, is_returning: bool) -> tuple[int, ...]:
    """Convert every value of the source column into the target column; ids of the first rows that could not be.

    is_returning: the target held values before. Each of them stays where it still says what the source says, so
    that changing a type and changing it back loses nothing.
    """
    there = conversion(source.storage, target.storage)
    back = conversion(target.storage, source.storage) if is_returning else None
    built = sa.Table(
        table.name,
        sa.MetaData(),
        sa.Column("id", BigInt, primary_key=True),
        sa.Column(source.name, column_type(source.storage)),
        sa.Column(target.name, column_type(target.storage)),
    )
    key, old, new = built.c.id, built.c[source.name], built.c[target.name]
    bad: list[int] = []
    last = 0
    while True:
        rows = tx.execute(sa.select(key, old, new).where(key > last).order_by(key).limit(_CHUNK)).all()
        if not rows:
            return tuple(bad[:SHOWN])
        last = rows[-1][0]
        changed = []
        for row in rows:
            id_, value, kept = tuple[Any, ...](row)
            if back is not None and _says_the_same(back, kept, value):
                continue
            try:
                fresh = None if value is None else there(value)
            except CannotConvert:
                bad.append(id_)
                fresh = None
            if fresh != kept or type(fresh) is not type(kept):
                changed.append((id_, fresh))
        tx.update_many(built, [target.name], changed)


def _says_the_same(back: Convert, kept: Any, value: Any) -> bool:
    """Whether the value became what it is from the one that was kept (a value that could not be converted is blank)."""
    try:
        return bool((None if kept is None else back(kept)) == value)
    except CannotConvert:
        return value is None
