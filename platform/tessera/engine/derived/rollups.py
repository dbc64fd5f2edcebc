"""Keeps rollups: what a change of records adds or takes is put into the side table, never into the owner's row.

Sums, counts and averages are moved by the difference, and the smallest and largest by what is new, which needs no lock
but the row's own. What cannot be taken apart (first, distinct …, a smallest that goes away) is folded again for the
owners concerned, behind a lock on their side rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tessera.engine.derived.folds import (
    Item,
    Rollup,
    fold,
    in_window,
    item_of,
    nothing,
    result_of,
    rollup_of,
    shown,
    stored,
    units,
)
from tessera.engine.derived.side import side_readers
from tessera.engine.derived.sources import envs_of, pages, records_for
from tessera.engine.records.hooks import Change
from tessera.engine.work import Work
from tessera.meta.model import Entity, Field
from tessera.store.system.records import bucket, side

Feeds: TypeAlias = Sequence[tuple[Entity, Field]]
_Key: TypeAlias = tuple[int, date | None]

_CHUNK = 2_000
_EXTREMES = {"min": ("min", "least"), "max": ("max", "greatest")}
"""Folds that new items can only stretch, with the function of SQLite and of PostgreSQL that chooses."""


def refresh(work: Work, entity: Entity, feeds: Feeds, changes: Sequence[Change]) -> None:
    """Bring the rollups that fold records of this entity (or their lines) up to date with the changes."""
    if not feeds:
        return
    for _, field in sorted(feeds, key=lambda feed: feed[1].key):
        rollup = rollup_of(field)
        before = _items(work, entity, rollup, [each.before for each in changes if each.before is not None])
        after = _items(work, entity, rollup, [each.after for each in changes if each.after is not None])
        if before != after:
            _apply(work, rollup, before, after)


def _items(work: Work, entity: Entity, rollup: Rollup, records: list[dict[str, Any]]) -> list[Item]:
    host = work.host()
    envs = envs_of(work, entity, rollup, records)
    return [item for env in envs if (item := item_of(rollup, env, host)) is not None]


def _apply(work: Work, rollup: Rollup, before: list[Item], after: list[Item]) -> None:
    if rollup.is_additive:
        _move(work, rollup, _differences(rollup, before, after))
    elif rollup.fold in _EXTREMES and not rollup.days and not before:
        _stretch(work, rollup, after)
    else:
        targets = {each.target for each in (*before, *after)}
        refold(work, rollup, sorted(targets))


def _differences(rollup: Rollup, before: Iterable[Item], after: Iterable[Item]) -> dict[_Key, tuple[int, int]]:
    moves: dict[_Key, tuple[int, int]] = {}
    for sign, items in ((-1, before), (1, after)):
        for item in items:
            key = (item.target, item.day if rollup.days else None)
            total, count = moves.get(key, (0, 0))
            moves[key] = (total + sign * units(rollup, item.value), count + sign)
    return {key: move for key, move in moves.items() if move != (0, 0)}


def _move(work: Work, rollup: Rollup, moves: dict[_Key, tuple[int, int]]) -> None:
    """Add differences to side rows, or to the day's buckets of a moving window; in the order of their keys."""
    if not moves:
        return
    key = rollup.field.key
    table = bucket if rollup.days else side
    ordered = sorted(moves.items(), key=lambda each: (each[0][0], each[0][1] or date.min))
    rows: list[dict[str, Any]] = [
        {"field": key, "record_id": target, "total": total, "folded": count, **({"day": day} if day else {})}
        for (target, day), (total, count) in ordered
    ]
    is_plain = not rollup.days and rollup.fold in {"sum", "count"}
    if is_plain:
        rows = [{**row, "whole": row["total"]} for row in rows]
    make = postgresql.insert if work.tx.dialect == "postgresql" else sqlite.insert
    adding = make(table)
    columns = ("total", "folded", "whole") if is_plain else ("total", "folded")
    work.tx.execute(
        adding.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: sa.func.coalesce(table.c[name], 0) + adding.excluded[name] for name in columns},
        ),
        rows,
    )
    if not rollup.days and not is_plain:
        _conclude(work, rollup, sorted({target for target, _ in moves}))


def _stretch(work: Work, rollup: Rollup, items: Sequence[Item]) -> None:
    """Let new items lower the smallest, or raise the largest, that is kept."""
    key = rollup.field.key
    grouped: dict[int, list[Item]] = {}
    for each in items:
        grouped.setdefault(each.target, []).append(each)
    rows = []
    for target, own in sorted(grouped.items()):
        whole, words = stored(rollup, fold(rollup, own))
        rows.append({"field": key, "record_id": target, "whole": whole, "words": words, "folded": len(own)})
    is_postgresql = work.tx.dialect == "postgresql"
    choose: Any = getattr(sa.func, _EXTREMES[rollup.fold][is_postgresql])
    adding = (postgresql.insert if is_postgresql else sqlite.insert)(side)

    def better(name: str) -> Any:
        old, new = side.c[name], adding.excluded[name]
        return sa.func.coalesce(choose(old, new), new, old)

    settings = {name: better(name) for name in ("whole", "words")}
    settings["folded"] = side.c.folded + adding.excluded.folded
    keys = list(side.primary_key.columns)
    work.tx.execute(adding.on_conflict_do_update(index_elements=keys, set_=settings), rows)


def _conclude(work: Work, rollup: Rollup, targets: Sequence[int]) -> None:
    """Set the shown value of averages and the like from their totals, whose rows are locked by now."""
    key = rollup.field.key
    query = sa.select(side.c.record_id, side.c.total, side.c.folded).where(side.c.field == key)
    rows = [
        (key, row["record_id"], result_of(rollup, row["total"], row["folded"]))
        for row in work.tx.rows(query.where(side.c.record_id.in_(targets)))
    ]
    work.tx.update_many(side, ("whole",), rows, key=("field", "record_id"))


def refold(work: Work, rollup: Rollup, targets: Sequence[int]) -> None:
    """Fold the records of these owners again and store the values."""
    key = rollup.field.key
    today = work.host().today
    for start in range(0, len(targets), _CHUNK):
        part = targets[start : start + _CHUNK]
        make = postgresql.insert if work.tx.dialect == "postgresql" else sqlite.insert
        lock = make(side).on_conflict_do_update(
            index_elements=list(side.primary_key.columns), set_={"folded": side.c.folded}
        )
        work.tx.execute(lock, [{"field": key, "record_id": each} for each in part])
        folded = folded_now(work, rollup, part)
        rows = []
        for target in part:
            items = folded.get(target, [])
            counted = [each for each in items if in_window(rollup, each.day, today)]
            whole, words = stored(rollup, fold(rollup, counted))
            rows.append((key, target, whole, words, len(counted), _valid_through(rollup, items, today)))
        columns = ("whole", "words", "folded", "valid_through")
        work.tx.update_many(side, columns, rows, key=("field", "record_id"))


def folded_now(work: Work, rollup: Rollup, targets: Sequence[int]) -> dict[int, list[Item]]:
    """Every item of these owners, read from the source records."""
    found: dict[int, list[Item]] = {}
    source, records = records_for(work, rollup, targets)
    wanted = set(targets)
    for item in _items(work, source, rollup, records):
        if item.target in wanted:
            found.setdefault(item.target, []).append(item)
    return found


def _valid_through(rollup: Rollup, items: Sequence[Item], today: date) -> date | None:
    """The last day on which the value of a moving window holds."""
    if not rollup.days:
        return None
    leaving = [each.day + timedelta(days=rollup.days - 1) for each in items if each.day and each.day <= today]
    entering = [each.day - timedelta(days=1) for each in items if each.day and each.day > today]
    return min([day for day in leaving if day >= today] + entering, default=None)


def rebuild(work: Work, field: Field) -> None:
    """Work a rollup out anew from all its source records."""
    rollup = rollup_of(field)
    for table in (side, bucket):
        work.tx.execute(sa.delete(table).where(table.c.field == field.key))
    for source, records in pages(work, rollup):
        items = _items(work, source, rollup, records)
        if rollup.is_additive:
            _move(work, rollup, _differences(rollup, [], items))
        else:
            refold(work, rollup, sorted({each.target for each in items}))


def read(work: Work, entity: Entity, ids: Sequence[int], fields: Sequence[Field]) -> dict[int, dict[str, Any]]:
    """The values of rollups of records; those of a window that has moved on since are folded now."""
    values = {number: {field.name: nothing(field) for field in fields} for number in ids}
    rollups = {field.key: rollup_of(field) for field in fields}
    sums = [key for key, each in rollups.items() if each.days and each.is_additive]
    kept = [key for key in rollups if key not in sums]
    today = work.host().today
    if kept:
        query = sa.select(side.c.field, side.c.record_id, side.c.whole, side.c.words, side.c.valid_through)
        old: dict[str, list[int]] = {}
        for row in work.tx.rows(query.where(side.c.field.in_(kept), side.c.record_id.in_(list(ids)))):
            field, number = rollups[row["field"]].field, row["record_id"]
            if row["valid_through"] is not None and row["valid_through"] < today:
                old.setdefault(field.key, []).append(number)
            values[number][field.name] = shown(field, row["whole"], row["words"])
        for key, numbers in old.items():
            _fold_into(work, rollups[key], numbers, values)
    for key in sums:
        _sum_window(work, rollups[key], ids, values)
    return values


def _fold_into(work: Work, rollup: Rollup, ids: Sequence[int], values: dict[int, dict[str, Any]]) -> None:
    today = work.host().today
    folded = folded_now(work, rollup, ids)
    for number in ids:
        counted = [each for each in folded.get(number, []) if in_window(rollup, each.day, today)]
        values[number][rollup.field.name] = fold(rollup, counted)


def _sum_window(work: Work, rollup: Rollup, ids: Sequence[int], values: dict[int, dict[str, Any]]) -> None:
    today = work.host().today
    first = today - timedelta(days=rollup.days - 1)
    query = (
        sa.select(
            bucket.c.record_id, sa.func.sum(bucket.c.total).label("total"), sa.func.sum(bucket.c.folded).label("folded")
        )
        .where(bucket.c.field == rollup.field.key, bucket.c.record_id.in_(list(ids)))
        .where(bucket.c.day.between(first, today))
        .group_by(bucket.c.record_id)
    )
    for row in work.tx.rows(query):
        whole = result_of(rollup, int(row["total"]), int(row["folded"]))
        values[row["record_id"]][rollup.field.name] = shown(rollup.field, whole, None)


side_readers.add("rollup", read)
