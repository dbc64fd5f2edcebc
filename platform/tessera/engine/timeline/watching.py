"""Noticing changed documents, and settling their holders: before COMMIT, or later in groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tessera.context import Context
from tessera.engine.ledger import tallies
from tessera.engine.ledger.seals import seal
from tessera.engine.process import Process
from tessera.engine.records.hooks import Change, on_change
from tessera.engine.timeline.lives import tuples
from tessera.engine.timeline.settle import Settler
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.meta.model import Entity
from tessera.meta.rules import MomentDef, TimelineDoc
from tessera.store.system.timeline import pending
from tessera.store.system.timeline import state as head_table

GROUP_HOLDERS = 200
PENDING = ("id", "timeline", "holder", "entity", "document_id", "is_of_release")
"""What the hash of what is pending is over, in its order."""
TALLY = "pending:"
"""With the timeline's key the name of the tally of what is pending on it."""
_TOUCHED = "timeline.touched"
_DEFERRED = "timeline.deferred"
_UNLIMITED = "timeline.unlimited"


def moments_of(work: Work, entity: Entity) -> list[tuple[TimelineDoc, MomentDef]]:
    """The timelines in which documents of an entity are moments."""
    found = work.model.cache.get("timeline.moments")
    if found is None:
        found = {}
        for timeline in work.model.all("timeline"):
            for each in timeline.moments:
                found.setdefault(each.of, []).append((timeline, each))
        work.model.cache["timeline.moments"] = found
    return found.get(entity.key, [])  # type: ignore[no-any-return]


def notice(work: Work, entity: Entity, changes: Sequence[Change]) -> None:
    """Note whose lives the changed records touch; they are settled before COMMIT."""
    for timeline, definition in moments_of(work, entity):
        touched: dict[int, set[tuple[str, int]]] = {}
        for change in changes:
            for record in (change.before, change.after):
                holder = record.get(definition.holder) if record is not None else None
                if holder is not None:
                    touched.setdefault(holder, set()).add((entity.key, change.id))
        touch(work, timeline, touched)


def touch(work: Work, timeline: TimelineDoc, touched: dict[int, set[tuple[str, int]]]) -> None:
    """Note changes of a timeline's holders, to be settled before COMMIT, or later when that is deferred."""
    if not touched:
        return
    if work.scratch.get(_DEFERRED):
        _note_pending(work, timeline, [(holder, *item) for holder, items in touched.items() for item in items])
        return
    noted: dict[int, set[tuple[str, int]]] = work.scratch.setdefault(_TOUCHED, {}).setdefault(timeline.key, {})
    for holder, items in touched.items():
        noted.setdefault(holder, set()).update(items)
    work.defer("timeline.settle", settle)


def settle(work: Work) -> None:
    """Settle every holder that was touched in this transaction."""
    for key, touched in sorted(work.scratch.pop(_TOUCHED, {}).items()):
        Settler(work, work.model.parts["timeline"][key]).settle(touched)


@contextmanager
def deferred(work: Work) -> Iterator[None]:
    """Within the with block changed documents are only noted; `settle_pending` settles their holders later."""
    before = work.scratch.get(_DEFERRED, False)
    work.scratch[_DEFERRED] = True
    try:
        yield
    finally:
        work.scratch[_DEFERRED] = before


def settle_pending(
    runtime: Process, ctx: Context, progress: Callable[[int, int], None] | None = None, *, holders: int = GROUP_HOLDERS
) -> int:
    """Settle what was deferred, in groups of holders with a transaction each; how many holders that were.

    progress: told (holders done, holders in all) after each group. It may be stopped and started again at any time.
    """
    with runtime.reading(ctx) as work:
        total = pending_holders(work)
    done = 0
    while count := runtime.write(ctx, lambda work: _settle_group(work, holders)):
        done += count
        if progress is not None:
            progress(done, max(done, total))
    return done


def settle_released(runtime: Process, ctx: Context, limit: int) -> int:
    """Settle up to so many holders whom releases left to be settled; how many those were."""
    with runtime.reading(ctx) as work:
        if work.tx.scalar(sa.select(pending.c.id).where(pending.c.is_of_release).limit(1)) is None:
            return 0
    return runtime.write(ctx, lambda work: _settle_group(work, limit, pending.c.is_of_release))


def settle_due(runtime: Process, ctx: Context, *, holders: int = GROUP_HOLDERS) -> int:
    """Settle what fell due by now: lots that ended, moments that the state calls for. How many holders that were."""
    done = 0
    while count := runtime.write(ctx, lambda work: _settle_due_group(work, holders)):
        done += count
    return done


def settle_some_due(runtime: Process, ctx: Context, limit: int) -> int:
    """As `settle_due`, for up to so many holders and no more; how many those were."""
    with runtime.reading(ctx) as work:
        keys = [each.key for each in work.model.all("timeline")]
        due = sa.select(sa.literal(1)).select_from(head_table)
        due = due.where(head_table.c.timeline.in_(keys), head_table.c.next_due_at <= work.now)
        if not keys or work.tx.scalar(due.limit(1)) is None:
            return 0
    return runtime.write(ctx, lambda work: _settle_due_group(work, limit))


def refold(work: Work, timeline: TimelineDoc, holders: Sequence[int]) -> None:
    """Fold these holders from the beginning and post what comes out differently."""
    work.scratch[_UNLIMITED] = True
    Settler(work, timeline).settle({holder: set() for holder in holders}, whole=frozenset(holders))


def mark_whole(work: Work, timeline: TimelineDoc, holders: Sequence[int]) -> None:
    """Note that these holders are to be folded from the beginning, by `settle_pending`."""
    _note_pending(work, timeline, [(holder, *_WHOLE) for holder in holders], is_of_release=True)


def touch_later(work: Work, timeline: TimelineDoc, touched: Mapping[int, set[tuple[str, int]]], *, inside: int) -> None:
    """Note documents for `settle_pending`; when they are no more than `inside`, settle them at once."""
    rows = [(holder, *item) for holder, items in touched.items() for item in sorted(items)]
    if rows and len(rows) <= inside:
        Settler(work, timeline).settle(touched)
    else:
        _note_pending(work, timeline, rows, is_of_release=True)


def pending_holders(work: Work) -> int:
    """How many holders wait for `settle_pending`."""
    return int(work.tx.scalar(sa.select(sa.func.count()).select_from(_waiting().subquery())) or 0)


def _note_pending(work: Work, timeline: TimelineDoc, rows: Sequence[tuple[int, str, int]], *,
                  is_of_release: bool = False) -> None:
    numbers = work.tx.allocate(pending.name, len(rows))
    sealed = [(n, timeline.key, *row, is_of_release) for n, row in zip(numbers, rows, strict=True)]
    work.tx.insert_many(pending, (*PENDING, "hash"), [(*row, seal(row)) for row in sealed])
    tallies.tell_at_end(work, pending, f"{TALLY}{timeline.key}", numbers)


_WHOLE = ("", 0)
"""Stands in what is pending for the whole life of a holder."""


def _waiting() -> sa.Select[Any]:
    return sa.select(pending.c.timeline, pending.c.holder).group_by(pending.c.timeline, pending.c.holder)


def _settle_group(work: Work, holders: int, which: sa.ColumnElement[bool] | None = None) -> int:
    """Settle a group of holders who have something pending, or something of that sort; how many they are."""
    work.scratch[_UNLIMITED] = True
    wanted = sa.true() if which is None else which
    waiting = _waiting().where(wanted).order_by(pending.c.timeline, pending.c.holder)
    first = work.tx.execute(waiting.limit(1)).first()
    if first is None:
        return 0
    key: str = first.timeline
    group = list(work.tx.execute(
        sa.select(pending.c.holder).where(pending.c.timeline == key, wanted).group_by(pending.c.holder)
        .order_by(pending.c.holder).limit(holders)
    ).scalars())
    mine = sa.and_(pending.c.timeline == key, pending.c.holder.in_(group))
    touched: dict[int, set[tuple[str, int]]] = {}
    hashes = []
    # Of two who settle at once, one takes the rows away and the other waits for that, and finds none.
    taken = sa.delete(pending).where(mine).returning(
        pending.c.holder, pending.c.entity, pending.c.document_id, pending.c.hash)
    for holder, entity, document, hash_ in tuples(work, taken):
        touched.setdefault(holder, set()).add((entity, document))
        hashes.append(hash_)
    tallies.tell_at_end(work, pending, f"{TALLY}{key}", removed=hashes)
    timeline = work.model.parts.get("timeline", {}).get(key)
    if timeline is not None:
        whole = {holder for holder, items in touched.items() if _WHOLE in items}
        Settler(work, timeline).settle({holder: items - {_WHOLE} for holder, items in touched.items()}, whole=whole)
    return len(group)


def _settle_due_group(work: Work, holders: int) -> int:
    counts = (settle_portion(work, timeline.key, holders) for timeline in work.model.all("timeline"))
    return next((count for count in counts if count), 0)


def settle_portion(work: Work, timeline: str, holders: int) -> int:
    """Settle what fell due on a timeline (by key) by now, for so many holders at most; how many that were."""
    doc: TimelineDoc | None = work.model.parts.get("timeline", {}).get(timeline)
    if doc is None:
        raise NotFound(what="timeline")
    work.scratch[_UNLIMITED] = True
    due = sa.and_(head_table.c.timeline == doc.key, head_table.c.next_due_at <= work.now)
    group = list(work.tx.execute(sa.select(head_table.c.holder).where(due).limit(holders)).scalars())
    if group:
        Settler(work, doc).settle({holder: set() for holder in group})
    return len(group)


on_change.append(notice)
