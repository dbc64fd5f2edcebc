"""Keeps what each day brings to a moving window, and puts the value of the window together from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tessera.engine.derived.folds import Part, Rollup, result_of, shown, stored
from tessera.engine.derived.sources import items_of
from tessera.engine.derived.windows import window_of
from tessera.engine.work import Work
from tessera.store.system.records import bucket

Place: TypeAlias = "tuple[int, date]"
"""An owner and a day."""

_KEY = ("field", "record_id", "day")
_CHUNK = 2_000


def refold_days(work: Work, rollup: Rollup, places: Iterable[Place]) -> None:
    """Fold these days again, from the records that there are now; a day without any has no row."""
    ordered = sorted(places)
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        _lock(work, rollup, chunk)
        parts = {place: Part(rollup) for place in chunk}
        for item in items_of(work, rollup, sorted({target for target, _ in chunk})):
            part = parts.get((item.target, item.day)) if item.day is not None else None
            if part is not None:
                part.add(item)
        _store(work, rollup, {place: part for place, part in parts.items() if part.count})
        _drop(work, rollup, [place for place, part in parts.items() if not part.count])


def _store(work: Work, rollup: Rollup, parts: Mapping[Place, Part]) -> None:
    rows = []
    for (target, day), part in parts.items():
        whole, words = (part.total, None) if rollup.is_additive else stored(rollup, part.value())
        rows.append((rollup.field.key, target, day, whole or 0, words, part.count))
    if rows:
        work.tx.upsert_many(bucket, (*_KEY, "total", "words", "folded"), rows, key=_KEY)


def _lock(work: Work, rollup: Rollup, places: Sequence[Place]) -> None:
    """Hold the rows of these days, made where there are none, so that others fold them after this transaction."""
    make = postgresql.insert if work.tx.dialect == "postgresql" else sqlite.insert
    lock = make(bucket).on_conflict_do_update(index_elements=list(_KEY), set_={"folded": bucket.c.folded})
    key = rollup.field.key
    work.tx.execute(lock, [{"field": key, "record_id": target, "day": day} for target, day in places])


def _drop(work: Work, rollup: Rollup, places: Sequence[Place]) -> None:
    by_day: dict[date, list[int]] = {}
    for target, day in places:
        by_day.setdefault(day, []).append(target)
    for day, targets in by_day.items():
        own = (bucket.c.field == rollup.field.key, bucket.c.day == day, bucket.c.record_id.in_(targets))
        work.tx.execute(sa.delete(bucket).where(*own))


def read_days(work: Work, rollup: Rollup, ids: Sequence[int], values: dict[int, dict[str, Any]]) -> None:
    """Put the values of the window that ends today into those of the records that have some."""
    for row in work.tx.rows(window_of(rollup.field, work.host().today, ids)):
        whole = int(row["total"]) if row["total"] is not None else None
        if rollup.is_additive:
            whole = result_of(rollup, whole or 0, int(row["folded"]))
        values[row["record_id"]][rollup.field.name] = shown(rollup.field, whole, row["words"])
