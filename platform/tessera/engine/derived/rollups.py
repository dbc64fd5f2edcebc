"""Keeps rollups: what a change of records adds or takes is put into the side table, never into the owner's row.

Sums, counts and averages are moved by the difference, and the smallest and largest by what is new, which needs no lock
but the row's own; a moving window keeps such a row for each day. What cannot be taken apart (first, distinct …, a
smallest that goes away) is folded again for the owners and days concerned, behind a lock on their rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tessera.engine.derived.building import building
from tessera.engine.derived.days import read_days, refold_days
from tessera.engine.derived.folds import (
    Item,
    Part,
    Rollup,
    fold,
    in_window,
    nothing,
    result_of,
    rollup_of,
    shown,
    stored,
    units,
)
from tessera.engine.derived.side import side_readers
from tessera.engine.derived.sources import has_more, items_from, items_of
from tessera.engine.records.hooks import Change
from tessera.engine.work import Work
from tessera.meta.model import Entity, Field
from tessera.store.system.records import bucket, side

Feeds: TypeAlias = Sequence[tuple[Entity, Field]]
_Key: TypeAlias = tuple[int, date | None]

_CHUNK = 2_000
MOST_LIVE = 20_000
"""So many records are folded to answer a question about what is not filled yet."""
_EXTREMES = {"min": ("min", "least"), "max": ("max", "greatest")}
"""Folds that new items can only stretch, with the function of SQLite and of PostgreSQL that chooses."""


def refresh(work: Work, entity: Entity, feeds: Feeds, changes: Sequence[Change]) -> None:
    """Bring the rollups that fold records of this entity (or their lines) up to date with the changes."""
    if not feeds:
        return
    for _, field in sorted(feeds, key=lambda feed: feed[1].key):
        rollup = rollup_of(field)
        before = items_from(work, entity, rollup, [each.before for each in changes if each.before is not None])
        after = items_from(work, entity, rollup, [each.after for each in changes if each.after is not None])
        if before != after:
            _apply(work, rollup, before, after)


def _apply(work: Work, rollup: Rollup, before: list[Item], after: list[Item]) -> None:
    if rollup.is_additive:
        _move(work, rollup, _differences(rollup, before, after))
    elif rollup.fold in _EXTREMES and not before:
        _stretch(work, rollup, after)
    elif rollup.is_by_day:
        refold_days(work, rollup, {(each.target, each.day) for each in (*before, *after) if each.day is not None})
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
    ordered = sorted(moves.items(), key=_by_owner)
    rows: list[dict[str, Any]] = [
        {"field": key, "record_id": target, "total": total, "folded": count, **({"day": day} if day else {})}
        for (target, day), (total, count) in ordered
    ]
    is_plain = not rollup.days and rollup.fold in {"sum", "count"} and rollup.total_scale == rollup.scale
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
    """Let new items lower the smallest, or raise the largest, that is kept; of the day in a moving window."""
    key = rollup.field.key
    grouped: dict[_Key, list[Item]] = {}
    for each in items:
        grouped.setdefault((each.target, each.day if rollup.days else None), []).append(each)
    table, whole_name = (bucket, "total") if rollup.days else (side, "whole")
    rows: list[dict[str, Any]] = []
    for (target, day), own in sorted(grouped.items(), key=_by_owner):
        whole, words = stored(rollup, fold(rollup, own))
        row = {"field": key, "record_id": target, "words": words, "folded": len(own)}
        rows.append({**row, whole_name: (whole or 0), "day": day} if day else {**row, whole_name: whole})
    is_postgresql = work.tx.dialect == "postgresql"
    choose: Any = getattr(sa.func, _EXTREMES[rollup.fold][is_postgresql])
    adding = (postgresql.insert if is_postgresql else sqlite.insert)(table)

    def better(name: str) -> Any:
        old, new = table.c[name], adding.excluded[name]
        return sa.func.coalesce(choose(old, new), new, old)

    settings = {name: better(name) for name in (whole_name, "words")}
    settings["folded"] = table.c.folded + adding.excluded.folded
    keys = list(table.primary_key.columns)
    work.tx.execute(adding.on_conflict_do_update(index_elements=keys, set_=settings), rows)


def _by_owner(entry: tuple[_Key, Any]) -> tuple[int, date]:
    """In which order rows are written, so that two writers never wait for each other."""
    return entry[0][0], entry[0][1] or date.min


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
        chunk = targets[start : start + _CHUNK]
        make = postgresql.insert if work.tx.dialect == "postgresql" else sqlite.insert
        lock = make(side).on_conflict_do_update(
            index_elements=list(side.primary_key.columns), set_={"folded": side.c.folded}
        )
        work.tx.execute(lock, [{"field": key, "record_id": each} for each in chunk])
        parts, through = _folded(work, rollup, chunk, today)
        rows = []
        for target in chunk:
            part = parts[target]
            whole, words = stored(rollup, part.value())
            rows.append((key, target, whole, words, part.total, part.count, through.get(target)))
        columns = ("whole", "words", "total", "folded", "valid_through")
        work.tx.update_many(side, columns, rows, key=("field", "record_id"))


def _folded(work: Work, rollup: Rollup, targets: Sequence[int], today: date) -> tuple[dict[int, Part], dict[int, date]]:
    """What the records of these owners come to today, and the last day on which that holds where it moves."""
    parts = {target: Part(rollup) for target in targets}
    through: dict[int, date] = {}
    for item in items_of(work, rollup, targets):
        if in_window(rollup, item.day, today):
            parts[item.target].add(item)
        last = _last_day(rollup, item, today)
        if last is not None:
            through[item.target] = min(last, through.get(item.target, last))
    return parts, through


def _last_day(rollup: Rollup, item: Item, today: date) -> date | None:
    """The day before the item enters the moving window, or its last one there."""
    if not rollup.days or item.day is None:
        return None
    last = item.day - timedelta(days=1) if item.day > today else item.day + timedelta(days=rollup.days - 1)
    return last if last >= today else None


def forget(work: Work, field: Field) -> None:
    """Throw away what is kept of a rollup."""
    for table in (side, bucket):
        work.tx.execute(sa.delete(table).where(table.c.field == field.key))


def rebuild(work: Work, field: Field) -> None:
    """Work a rollup out anew for every owner."""
    forget(work, field)
    last = fill_owners(work, field, 0, _CHUNK)
    while last:
        last = fill_owners(work, field, last, _CHUNK)


def fill_owners(work: Work, field: Field, after: int, limit: int) -> int:
    """Work a rollup out anew for some owners, whatever others write meanwhile: the last id, 0 at the end."""
    rollup = rollup_of(field)
    owner = work.tables.of(work.model.entities[field.entity]).c.id
    page = sa.select(owner).where(owner > after).order_by(owner).limit(limit).subquery()
    ids = [int(row["id"]) for row in work.tx.rows(sa.select(page.c.id))]
    if not ids:
        return 0
    table = bucket if rollup.is_by_day else side
    kept = sa.select(table.c.record_id, *((table.c.day,) if rollup.is_by_day else ()))
    kept = kept.where(table.c.field == field.key, table.c.record_id.between(ids[0], ids[-1]))
    # What others have put there meanwhile is taken away again when its records are gone.
    places = {(row["record_id"], row.get("day")) for row in work.tx.rows(kept)}
    places |= {(each.target, each.day) for each in items_of(work, rollup, ids)}
    if rollup.is_by_day:
        refold_days(work, rollup, {(target, day) for target, day in places if day is not None})
    else:
        refold(work, rollup, sorted({target for target, _ in places}))
    return ids[-1]


def read(work: Work, entity: Entity, ids: Sequence[int], fields: Sequence[Field]) -> dict[int, dict[str, Any]]:
    """The values of rollups of records; those of a window that has moved on since are folded now."""
    values = {number: {field.name: nothing(field) for field in fields} for number in ids}
    rollups = {field.key: rollup_of(field) for field in fields}
    for key in building(work) & rollups.keys():
        _fold_live(work, rollups.pop(key), ids, values)
    kept = [key for key, each in rollups.items() if not each.is_by_day]
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
    for each in rollups.values():
        if each.is_by_day:
            read_days(work, each, ids, values)
    return values


def _fold_live(work: Work, rollup: Rollup, ids: Sequence[int], values: dict[int, dict[str, Any]]) -> None:
    """Fold what no build has filled yet; blank for all of them when that would take too long to answer."""
    if has_more(work, rollup, ids, MOST_LIVE):
        for number in ids:
            values[number][rollup.field.name] = None
    else:
        _fold_into(work, rollup, ids, values)


def _fold_into(work: Work, rollup: Rollup, ids: Sequence[int], values: dict[int, dict[str, Any]]) -> None:
    parts, _ = _folded(work, rollup, ids, work.host().today)
    for number, part in parts.items():
        values[number][rollup.field.name] = part.value()


side_readers.add("rollup", read)
