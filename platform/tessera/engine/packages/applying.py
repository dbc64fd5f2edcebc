"""Applying a proposal and going back: one transaction holds the tables, the documents, the release and the head."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from tessera import faults
from tessera.context import Context
from tessera.engine import audit, outbox
from tessera.engine.packages.errors import ConsentNeeded, ReleaseMoved
from tessera.engine.packages.proposing import Proposal, propose, propose_rollback
from tessera.engine.packages.stored import dump_packages, hash_of
from tessera.engine.work import Release, Work
from tessera.meta import Package
from tessera.settings import Settings
from tessera.store import Database, Tx, ddl
from tessera.store.system import catalog
from tessera.store.tables import Tables

AFTER_LOCK = faults.point("packages.after_lock")
AFTER_DDL = faults.point("packages.after_ddl")
BEFORE_HEAD = faults.point("packages.before_head")
AFTER_HEAD = faults.point("packages.after_head")
BEFORE_COMMIT = faults.point("packages.before_commit")


@dataclass(frozen=True)
class Applied:
    """What came of it.

    release: number of the head now. is_new: whether a release was made; an empty plan makes none.
    obstacles: rows that stand in the way of a unique key or a change of type; the rule waits as a blocked build.
    """

    release: int
    is_new: bool
    proposal: Proposal
    obstacles: tuple[ddl.Obstacle, ...] = ()


OnApply: TypeAlias = "Callable[[Work, Proposal], None]"

on_apply: list[OnApply] = []
"""Called in the transaction of a new release, after its tables are there; the Work sees the new release."""


@dataclass(frozen=True)
class _Wish:
    ctx: Context
    consent: bool
    effective_from: datetime | None
    reason: str
    rolled_back_to: int | None = None
    also: OnApply | None = None


def apply(
    database: Database,
    settings: Settings,
    ctx: Context,
    packages: Sequence[Package],
    *,
    remove: Iterable[str] = (),
    parent: int | None = None,
    consent: bool = False,
    effective_from: datetime | None = None,
    reason: str = "",
    also: OnApply | None = None,
) -> Applied:
    """Make the packages part of a new head release; nothing at all happens when they change nothing.

    parent: the release that the caller has seen as head. consent: risky changes are wanted.
    effective_from: from which business time on its rules decide; left out: now.
    also: called last in the transaction of the release; what it raises undoes all of it.
    Raises: Invalid, ReleaseMoved("release_moved"), ConsentNeeded("consent_needed").
    """

    def make(tx: Tx, base: int) -> tuple[Proposal, _Wish]:
        proposal = propose(tx, base, packages, remove=remove, effective_from=effective_from)
        return proposal, _Wish(ctx, consent, effective_from, reason, also=also)

    return _apply(database, settings, parent, make)


def rollback(
    database: Database,
    settings: Settings,
    ctx: Context,
    *,
    to: int | None = None,
    parent: int | None = None,
    consent: bool = False,
    effective_from: datetime | None = None,
    reason: str = "",
    also: OnApply | None = None,
) -> Applied:
    """Make a new head release with the documents of an earlier one; values hidden since then are back.

    to: number of that release; left out: the one before what is in force. effective_from, also: as when packages are
    applied.
    Raises: NothingToRollBack("nothing_to_roll_back"), ReleaseMoved, ConsentNeeded.
    """

    def make(tx: Tx, base: int) -> tuple[Proposal, _Wish]:
        target = previous(tx, base) if to is None else to
        proposal = propose_rollback(tx, base, target, effective_from=effective_from)
        return proposal, _Wish(ctx, consent, effective_from, reason, target, also)

    return _apply(database, settings, parent, make)


def previous(tx: Tx, number: int) -> int:
    """The release before the one whose documents release `number` holds; 0 when there is none."""
    row = catalog.release(tx, number)
    if row is not None and row.rolled_back_to is not None:
        row = catalog.release(tx, row.rolled_back_to)
    return row.parent if row else 0


def _apply(
    database: Database, settings: Settings, parent: int | None, make: Callable[[Tx, int], tuple[Proposal, _Wish]]
) -> Applied:
    def attempt(tx: Tx) -> Applied:
        base = catalog.enter_exclusively(tx)
        if parent is not None and parent != base:
            raise ReleaseMoved(expected=parent, found=base)
        faults.reach(AFTER_LOCK)
        proposal, wish = make(tx, base)
        if proposal.is_empty:
            return Applied(base, False, proposal)
        risky = proposal.risky()
        if risky and not wish.consent:
            raise ConsentNeeded(count=len(risky))
        obstacles = _publish(tx, settings, proposal, wish)
        tx.after_commit(database.forget_statements)
        return Applied(proposal.after.number, True, proposal, obstacles)

    # Whoever comes while this waits for the lock waits behind it: it gives way after a while, and tries again.
    return database.run(attempt, statement_timeout_s=0)


def _publish(tx: Tx, settings: Settings, proposal: Proposal, wish: _Wish) -> tuple[ddl.Obstacle, ...]:
    report = ddl.sync(tx, proposal.before, proposal.after, clock=wish.ctx.clock, limits=settings.limits)
    faults.reach(AFTER_DDL)
    rows = dump_packages(proposal.packages)
    now, number = wish.ctx.now(), proposal.after.number
    release = catalog.ReleaseRow(
        number=number,
        parent=proposal.base,
        hash=hash_of(rows),
        effective_from=wish.effective_from or now,
        created_at=now,
        created_by=wish.ctx.actor.name,
        reason=wish.reason,
        rolled_back_to=wish.rolled_back_to,
    )
    catalog.insert_release(tx, release, rows)
    faults.reach(BEFORE_HEAD)
    catalog.move_head(tx, number)
    faults.reach(AFTER_HEAD)
    work = Work(tx, wish.ctx, Release(proposal.after, Tables(proposal.after)), settings, True, now)
    for hook in (*on_apply, *((wish.also,) if wish.also is not None else ())):
        hook(work, proposal)
    told = {"release": number, "parent": proposal.base, "hash": release.hash, "rolled_back_to": wish.rolled_back_to}
    noted = {**told, "reason": wish.reason} if wish.reason else told
    audit.write(work, "release.applied", "", [audit.Entry(None, noted, records=0)])
    outbox.emit(work, "metadata.published", "", [(None, told)])
    work.finish()
    faults.reach(BEFORE_COMMIT)
    return tuple(report.obstacles)
