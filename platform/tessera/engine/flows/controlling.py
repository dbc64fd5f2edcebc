"""What people do with runs: cancel, retry, repeat, settle; and answering a call whose end nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine import outbox
from tessera.engine.flows.cursor import Cursor
from tessera.engine.flows.driving import close, end_plainly, opened
from tessera.engine.flows.errors import RunNotOpen
from tessera.engine.flows.lanes import busy_lanes
from tessera.engine.flows.programs import flow_of
from tessera.engine.flows.running import Claimed, idem_key
from tessera.engine.flows.starting import NewRun, make_runs
from tessera.engine.work import Work
from tessera.errors import Json, NotFound, TesseraError
from tessera.store.system.flows import call, run

CANCELLED: dict[str, Json] = {"code": "cancelled", "message": "The run was cancelled.", "step": ""}


def locked_run(work: Work, number: int) -> dict[str, Any]:
    """The row of a run, locked until the end. Raises: NotFound("not_found")."""
    found = work.tx.row(sa.select(run).where(run.c.id == number).with_for_update())
    if found is None:
        raise NotFound(what="run")
    return found


def claimed_of(row: Mapping[str, Any]) -> Claimed:
    """A run as its row tells it, for work on it within this transaction."""
    names = Claimed.__dataclass_fields__
    values = {name: row[name] for name in names}
    values |= {"entity": row["entity"] or "", "given": orjson.loads(row["given"])}
    return Claimed(**{**values, "started_at": row["started_at"] or row["created_at"]})


def cancel_run(work: Work, number: int, *, undo: bool = False) -> None:
    """End a run where it stands; a worker that is at it cannot write any more.

    undo: what it has noted to take back is taken back first. Raises: NotFound, RunNotOpen when it has ended.
    """
    row = locked_run(work, number)
    if row["state"] in ("done", "cancelled"):
        raise RunNotOpen(state=row["state"], action="cancelled")
    # Another fence keeps whoever has claimed it away; for this transaction the run is running.
    fence = row["fence"] + 1
    work.tx.execute(sa.update(run).where(run.c.id == number).values(fence=fence, state="running", is_settled=True))
    claimed = replace(claimed_of(row), fence=fence)
    try:
        turn = opened(work, claimed, is_careful=True, as_system=True)
    except TesseraError:
        end_plainly(work, number, row["lane"], row["parent_id"], CANCELLED)
        work.tx.execute(sa.update(run).where(run.c.id == number).values(state="cancelled"))
        return
    turn.cancel_waits()
    if undo and turn.cursor.undo and turn.cursor.failing is None:
        turn.fail({**CANCELLED, "ends_as": "cancelled"})
        close(turn)
        ready = {"state": "ready", "wake_at": work.now, "lease_until": None}
        work.tx.execute(sa.update(run).where(run.c.id == number).values(ready))
        outbox.ring(work)
        return
    turn.error = CANCELLED
    turn.state = "cancelled"
    close(turn)


def retry_run(work: Work, number: int) -> None:
    """Let a failed run go on at the step that failed, with fresh attempts.

    Raises: NotFound, RunNotOpen for one that has not failed, or that has taken back what it did.
    """
    row = locked_run(work, number)
    if row["state"] not in ("failed", "review"):
        raise RunNotOpen(state=row["state"], action="retried")
    cursor = Cursor.load(row["cursor"])
    if cursor.failing is not None:
        raise RunNotOpen(state="failed, and has taken back what it did", action="retried")
    for memo in cursor.memos.values():
        memo.pop("failures", None)
        memo.pop("retry", None)
    if row["state"] == "review":
        _repeat_calls(work, row, cursor)
    _let_go_on(work, row, cursor)


def _repeat_calls(work: Work, row: Mapping[str, Any], cursor: Cursor) -> None:
    for path, memo in cursor.memos.items():
        if memo.get("call") == "started":
            memo["go"] = True
            work.tx.execute(
                sa.update(call).where(call.c.idem_key == idem_key(row["id"], path)).values(state="started")
            )
    for thread in cursor.threads:
        if thread.is_waiting and not thread.until and not thread.key:
            thread.is_waiting = False


def answer_call(work: Work, number: int, answer: Json) -> None:
    """Say how the call of a run in review ended: it goes on as if the answer had come.

    Raises: NotFound, RunNotOpen for one that is not in review.
    """
    row = locked_run(work, number)
    if row["state"] != "review":
        raise RunNotOpen(state=row["state"], action="answered")
    cursor = Cursor.load(row["cursor"])
    for path, memo in cursor.memos.items():
        if memo.get("call") == "started":
            memo["call"] = "done"
            mine = call.c.idem_key == idem_key(number, path)
            values = {"state": "done", "answer": orjson.dumps(answer).decode(), "ended_at": work.now}
            work.tx.execute(sa.update(call).where(mine).values(values))
    for thread in cursor.threads:
        if thread.is_waiting and not thread.until and not thread.key:
            thread.is_waiting = False
    _let_go_on(work, row, cursor)


def _let_go_on(work: Work, row: Mapping[str, Any], cursor: Cursor) -> None:
    is_busy = row["lane"] is not None and bool(busy_lanes(work, [row["lane"]]))
    values = {"state": "queued" if is_busy else "ready", "cursor": cursor.dump() if row["cursor"] else "",
              "occupies": True, "error": None, "finished_at": None, "is_settled": False, "is_alone": False,
              "deaths": 0, "wake_at": None if is_busy else work.now}  # fmt: skip
    work.tx.execute(sa.update(run).where(run.c.id == row["id"]).values(values))
    outbox.ring(work)


def repeat_run(work: Work, number: int, *, with_head: bool = True) -> int:
    """Begin a new run with what the run was given; its id. with_head: by the flow as it is now, else as it was.

    Raises: NotFound when the flow is no more.
    """
    row = locked_run(work, number)
    release = work.model.number if with_head else row["release"]
    if with_head:
        flow_of(work.model, row["flow"])
    count = work.tx.scalar(sa.select(sa.func.count()).select_from(run).where(run.c.rerun_of == number))
    new = NewRun(
        flow=row["flow"], release=release, source=f"repeat:{number}:{count}", lane=row["lane"],
        event_id=row["event_id"], entity=row["entity"] or "", record_id=row["record_id"],
        given=orjson.loads(row["given"]), depth=0, rerun_of=number, actor_id=row["actor_id"],
        cause=work.ctx.request_id,
    )  # fmt: skip
    settle_failure(work, row)
    [made] = make_runs(work, [new])
    return made


def settle_failure(work: Work, row: Mapping[str, Any]) -> None:
    """Take a failed run out of the dead letters: somebody has dealt with it."""
    if row["state"] in ("failed", "review"):
        work.tx.execute(sa.update(run).where(run.c.id == row["id"]).values(is_settled=True))
