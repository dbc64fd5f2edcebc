"""What takes time after a release: indexes of large tables, fills, and rules that rows stand in the way of.

Each is a row of `tsr_build`, done in pieces that can be stopped and taken up again. Another room registers its own
kinds in `BUILDERS`, such as the filling of a stored formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from tessera.context import utc_now
from tessera.errors import Json
from tessera.meta.model import Model
from tessera.registry import Registry
from tessera.store import catalog_of_tables as books
from tessera.store.database import Database
from tessera.store.duplicates import duplicates
from tessera.store.layout import IndexLayout, TableLayout, layout_of
from tessera.store.system.physical import build_table as builds
from tessera.store.tables import build_index, build_table
from tessera.store.tx import Tx

State = Literal["waiting", "done", "blocked"]


@dataclass(frozen=True, slots=True)
class Build:
    """One thing that is still to be made. place: primary key up to which it is done. problems: ids in its way."""

    id: int
    release: int
    kind: str
    target: str
    state: State
    place: int
    details: Mapping[str, Json]
    problems: Sequence[int]


@dataclass(frozen=True, slots=True)
class Step:
    """What one piece of a build came to: the place it has reached, and its state from now on."""

    place: int = 0
    state: State = "done"
    problems: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What is built for: the head Model and its layouts."""

    model: Model
    layouts: Mapping[str, TableLayout]


Builder = Callable[[Tx, Build, Head], Step]

BUILDERS: Registry[Builder] = Registry("builder")
"""Does one piece of a build within a transaction; called again until its state is no longer waiting."""


def is_small(tx: Tx, table: str, rows: int) -> bool:
    """Whether a table has at most that many rows (counting no further)."""
    some = sa.select(sa.literal_column("1")).select_from(sa.table(table)).limit(rows + 1).subquery()
    return int(tx.scalar(sa.select(sa.func.count()).select_from(some))) <= rows


def plan_build(
    tx: Tx,
    *,
    release: int,
    kind: str,
    target: str,
    now: datetime,
    details: Mapping[str, Json] | None = None,
    problems: Sequence[int] = (),
) -> None:
    """Note down something to be built; one that is open for the same target is replaced."""
    tx.execute(sa.delete(builds).where(builds.c.kind == kind, builds.c.target == target, builds.c.state != "done"))
    row = {
        "id": tx.allocate(builds.name, 1)[0],
        "release": release,
        "kind": kind,
        "target": target,
        "state": "blocked" if problems else "waiting",
        "place": 0,
        "details": dict(details or {}),
        "problems": list(problems),
        "created_at": now,
    }
    tx.execute(sa.insert(builds), [row])


def plan_index(
    tx: Tx, release: int, layout: TableLayout, index: IndexLayout, now: datetime, *, problems: Sequence[int] = ()
) -> None:
    """Note down an index to be built."""
    details = {"table": layout.key}
    plan_build(tx, release=release, kind="index", target=index.name, now=now, details=details, problems=problems)


def open_builds(tx: Tx) -> list[Build]:
    """What is not done yet, oldest first."""
    rows = tx.rows(sa.select(builds).where(builds.c.state != "done").order_by(builds.c.id))
    return [Build(**{name: row[name] for name in Build.__slots__}) for row in rows]


def run_builds(
    db: Database, model: Model, *, clock: Callable[[], datetime] = utc_now,
    progress: Callable[[Build, int, int], None] | None = None,
) -> list[Build]:
    """Do every open build, piece by piece, each in a transaction of its own; what is still open afterwards.

    model: the head Model, which a target must still be part of; else its build is struck out. progress: told before
    each build which it is, how many are done, and how many there are.
    """
    head = Head(model, layout_of(model))
    with db.read() as tx:
        waiting = open_builds(tx)
    for done, build in enumerate(waiting):
        if progress is not None:
            progress(build, done, len(waiting))
        while db.run(lambda tx, id_=build.id: run_piece(tx, id_, head, clock())):  # type: ignore[misc]
            pass
    with db.read() as tx:
        return open_builds(tx)


def run_piece(tx: Tx, id_: int, head: Head, now: datetime) -> bool:
    """One piece of a build, which others wait for; whether there is more of it to be done."""
    if tx.dialect == "postgresql":
        tx.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    row = tx.row(sa.select(builds).where(builds.c.id == id_, builds.c.state != "done").with_for_update())
    builder = BUILDERS.get(row["kind"]) if row else None
    if row is None or builder is None:
        return False
    step = builder(tx, Build(**{name: row[name] for name in Build.__slots__}), head)
    values: dict[str, Any] = {"place": step.place, "state": step.state, "problems": list(step.problems)}
    if step.state == "done":
        values["finished_at"] = now
    tx.execute(sa.update(builds).where(builds.c.id == id_).values(values))
    return step.state == "waiting"


def _build_index(tx: Tx, build: Build, head: Head) -> Step:
    layout = head.layouts.get(build.details["table"])
    index = next((each for each in layout.indexes if each.name == build.target), None) if layout else None
    table = books.read_tables(tx).get(build.details["table"])
    if layout is None or index is None or table is None or index.name in table.indexes:
        return Step()
    built = build_table(sa.MetaData(), layout, with_indexes=False)
    if index.unique and (ids := duplicates(tx, built, layout, index)):
        return Step(state="blocked", problems=ids)
    build_index(built, layout, index).create(tx.connection)
    books.note_index(tx, table, index)
    return Step()


BUILDERS.add("index", _build_index)
