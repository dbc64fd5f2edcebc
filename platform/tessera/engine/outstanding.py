"""What releases left to be done: indexes and fills of large tables, and lives to be folded again.

It is done piece by piece, each in a transaction of its own: by chores of the server or of workers, by `tessera apply`
and by `tessera builds`. Whoever is stopped leaves the rest to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa

from tessera.context import Context
from tessera.engine.derived.building import building, fields_of
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.process import Process
from tessera.engine.timeline.watching import settle_pending, settle_released, settle_some_due
from tessera.engine.work import Work
from tessera.meta.model import Entity, Model
from tessera.store import Tx
from tessera.store.builds import Build, Head, open_builds, run_piece
from tessera.store.layout import layout_of
from tessera.store.system.physical import build_table as builds

Told: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how many parts of it are done, and how many there are."""


def finish(process: Process, ctx: Context, progress: Told | None = None) -> list[Build]:
    """Do all of it; the builds that are left, because rows stand in their way or nobody knows their kind.

    What an import left to be settled is settled too. It may be stopped and begun again at any time.
    """
    told = progress if progress is not None else _untold
    with process.reading(ctx) as work:
        waiting = left(work.tx)
    for done, build in enumerate(waiting):
        told("building", done, len(waiting))
        while process.write(ctx, lambda work, number=build.id: _piece(work, number)):  # type: ignore[misc]
            pass
        told("building", done + 1, len(waiting))
    settle_pending(process, ctx, lambda done, total: told("folding", done, total))
    with process.reading(ctx) as work:
        return left(work.tx)


def _untold(_what: str, _done: int, _total: int) -> None:
    """Nobody asks."""


def build_some(process: Process, ctx: Context, limit: int) -> int:
    """Do up to so many pieces of builds; how many that were. What rows stand in the way of is left alone."""
    number, done = _first(process, ctx), 0
    while number and done < limit:
        done += 1
        if not process.write(ctx, lambda work, number=number: _piece(work, number)):  # type: ignore[misc]
            number = _first(process, ctx, after=number)
    return done


def left(tx: Tx) -> list[Build]:
    """The builds that are not done, oldest first; what rows stand in the way of among them."""
    return open_builds(tx)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is. fields: names of those that it fills, with their entity. done of total: as its kind counts,
    0 of 0 where it is one piece. problems: ids of rows that stand in its way."""

    id: int
    release: int
    kind: str
    target: str
    fields: list[str]
    state: str
    done: int
    total: int
    problems: list[int]


def progress(work: Work) -> list[Progress]:
    """How far the builds are that are not done, oldest first."""
    return [_progress_of(work, each) for each in left(work.tx)]


def _progress_of(work: Work, build: Build) -> Progress:
    known = {each.key: (entity, each) for entity in work.model.entities.values() for each in entity.fields}
    mine = [known[key] for key in fields_of(build) if key in known]
    key = mine[0][0].parent or mine[0][0].key if mine else ""
    last = work.tx.scalar(sa.select(sa.func.max(work.tables.of(work.model.entities[key]).c.id))) if key else 0
    names = [f"{entity.name}.{each.name}" for entity, each in mine]
    return Progress(build.id, build.release, build.kind, build.target, names, build.state,
                    min(build.place, int(last or 0)), int(last or 0), list(build.problems))  # fmt: skip


def being_filled(work: Work, entity: Entity) -> list[str]:
    """The names of the fields of an entity whose values no list can go by yet."""
    stale = building(work)
    return [each.name for each in entity.fields if each.key in stale] if stale else []


def _first(process: Process, ctx: Context, after: int = 0) -> int:
    """The id of the oldest build that waits, of those after an id; 0 when there is none."""
    statement = sa.select(builds.c.id).where(builds.c.state == "waiting", builds.c.id > after)
    with process.reading(ctx) as work:
        return int(work.tx.scalar(statement.order_by(builds.c.id).limit(1)) or 0)


def _piece(work: Work, number: int) -> bool:
    return run_piece(work.tx, number, _head(work.model), work.now)


def _head(model: Model) -> Head:
    found: Head | None = model.cache.get("outstanding.head")
    if found is None:
        found = model.cache["outstanding.head"] = Head(model, layout_of(model))
    return found


CHORES.add("releases.builds", Chore("releases.builds", build_some, rank=70, every_s=5.0))
CHORES.add("releases.lives", Chore("releases.lives", settle_released, rank=71, every_s=2.0))
CHORES.add("timelines.due", Chore("timelines.due", settle_some_due, rank=75, every_s=30.0))
