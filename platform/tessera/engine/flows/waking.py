"""Waking the runs that wait for a key, such as "approval:17"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
import sqlalchemy as sa

from tessera.engine import outbox
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.system.flows import run, wait


def wake(work: Work, key: str, payload: Json = None) -> int:
    """Let every step go on that waits for the key, with the payload (JSON); how many there were.

    Belongs into the transaction of whatever it tells of: then a step is woken exactly when that happened.
    A key that was woken stays so until its step has seen it; what comes later is not told.
    """
    return wake_many(work, {key: payload})


def wake_many(work: Work, payloads: Mapping[str, Json]) -> int:
    """As `wake`, for several keys with their payloads."""
    if not payloads:
        return 0
    asleep = wait.c.key.in_(sorted(payloads)) & wait.c.woken_at.is_(None)
    runs = sorted(set(work.tx.execute(sa.select(wait.c.run_id).where(asleep)).scalars()))
    if not runs:
        return 0
    # The runs are locked first, as their own steps do, so that none can fall asleep over what is told here.
    work.tx.lock_rows(run, runs)
    found = work.tx.rows(sa.select(wait.c.run_id, wait.c.path, wait.c.key).where(asleep, wait.c.run_id.in_(runs)))
    told = [(row["run_id"], row["path"], orjson.dumps(payloads[row["key"]]).decode(), work.now) for row in found]
    work.tx.update_many(wait, ("payload", "woken_at"), told, key=("run_id", "path"))
    _make_ready(work, {row["run_id"] for row in found})
    return len(told)


def _make_ready(work: Work, runs: Iterable[int]) -> None:
    mine = run.c.id.in_(sorted(runs)) & (run.c.state == "waiting")
    work.tx.execute(sa.update(run).where(mine).values(state="ready", wake_at=work.now, occupies=True))
    outbox.ring(work)
