"""Tallies: how many rows of a sort there are and the sum of their hashes, by which a row that was deleted is missed.

For rows that come and go, of which nothing else tells that they were there. The rows of a sort are added up under one
name, such as those of one account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tessera.engine.ledger.seals import seal
from tessera.engine.work import Work
from tessera.store.system.ledger import tally

_MODULUS = 2**60
_CHUNK = 5_000
_NOTED = "ledger.tally"


def tell(work: Work, name: str, added: Iterable[str], removed: Iterable[str] = ()) -> None:
    """Rows with these hashes are there now, and others are not any more."""
    come, gone = list(added), list(removed)
    rows, change = len(come) - len(gone), (sum(map(_number, come)) - sum(map(_number, gone))) % _MODULUS
    if not rows and not change:
        return
    insert: Any = postgresql.insert if work.tx.dialect == "postgresql" else sqlite.insert
    new = insert(tally).values(name=name, rows=rows, sum=change)
    work.tx.execute(new.on_conflict_do_update(
        index_elements=[tally.c.name],
        set_={"rows": tally.c.rows + new.excluded.rows, "sum": (tally.c.sum + new.excluded.sum) % _MODULUS},
    ))


def tell_at_end(work: Work, table: sa.Table, name: str, added: Iterable[int] = (), removed: Iterable[str] = ()) -> None:
    """Tell it before COMMIT, when nobody has to wait long for it any more.

    added: ids of rows that were put in; those that a savepoint took back do not count. removed: hashes.
    """
    noted: dict[str, tuple[sa.Table, list[int], list[str]]] = work.scratch.setdefault(_NOTED, {})
    known = noted.setdefault(name, (table, [], []))
    known[1].extend(added)
    known[2].extend(removed)
    work.defer(_NOTED, _tell_noted)


def _tell_noted(work: Work) -> None:
    noted: dict[str, tuple[sa.Table, list[int], list[str]]] = work.scratch.pop(_NOTED, {})
    for name, (table, added, removed) in sorted(noted.items()):
        hashes: list[str] = []
        for start in range(0, len(added), _CHUNK):
            some = sa.select(table.c.hash).where(table.c.id.in_(added[start : start + _CHUNK]))
            hashes += work.tx.execute(some).scalars()
        tell(work, name, hashes, removed)


def differing(
    work: Work, table: sa.Table, sealed: tuple[str, ...], prefix: str, group: Callable[[Any], object]
) -> Iterator[tuple[int, str, str, str]]:
    """What does not agree: (id, rule, found, wanted) of rows whose hash is wrong, and of names whose tally is.

    sealed: the columns that the hash is over. group: what follows the prefix in the name for a row. The id of a tally
    is what follows the prefix when that is a number, else 0.
    """
    counted: dict[str, list[int]] = {}
    last = 0
    while rows := work.tx.execute(sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(_CHUNK)).all():
        last = rows[-1].id
        for row in rows:
            wanted = seal([getattr(row, name) for name in sealed])
            if row.hash != wanted:
                yield row.id, "hash", row.hash, wanted
            sums = counted.setdefault(f"{prefix}{group(row)}", [0, 0])
            sums[0] += 1
            sums[1] += _number(row.hash)
    kept = {row.name: [row.rows, row.sum] for row in work.tx.execute(
        sa.select(tally).where(tally.c.name.startswith(prefix, autoescape=True)))}
    for name in sorted({*kept, *counted}):
        found, wanted_sums = counted.get(name, [0, 0]), kept.get(name, [0, 0])
        if [found[0], found[1] % _MODULUS] != wanted_sums:
            own = name.removeprefix(prefix)
            yield int(own) if own.isdigit() else 0, "rows", str(found), str(wanted_sums)


def _number(hash_: str) -> int:
    try:
        return int(hash_[:15], 16)
    except ValueError:
        return 0
