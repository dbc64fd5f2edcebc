"""Rows that stand in the way of a unique index."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.store.layout import IndexLayout, TableLayout
from tessera.store.tx import Tx

SHOWN = 20


def duplicates(tx: Tx, table: sa.Table, layout: TableLayout, index: IndexLayout) -> tuple[int, ...]:
    """Ids of the first rows whose values occur more than once; rows with a blank among them never collide."""
    columns = [table.c[layout.column(key).name] for key in index.columns]
    if "id" not in table.c or index.columns == ("ref",):
        return ()
    live = [column.is_not(None) for column in columns]
    if index.is_live_only:
        live.append(table.c.deleted_at.is_(None))
    twice = sa.select(*columns).where(*live).group_by(*columns).having(sa.func.count() > 1).limit(SHOWN).subquery()
    same = sa.and_(*(column == twice.c[column.name] for column in columns))
    found = sa.select(table.c.id).join(twice, same).where(*live).order_by(table.c.id).limit(SHOWN)
    return tuple(tx.execute(found).scalars())
