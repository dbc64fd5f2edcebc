"""The rows that a turn leaves behind: steps, waits and calls, written with few statements at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine.flows.steps.base import Woken
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.prepared import Prepared
from tessera.store.system import flows as tables

_STEP_COLUMNS = ("run_id", "path", "seq", "do", "name", "state", "attempts", "repeated", "input", "output", "note",
                 "errors", "started_at", "ended_at")  # fmt: skip
_WAIT_COLUMNS = ("run_id", "path", "key", "payload", "woken_at")
_CALL_COLUMNS = ("idem_key", "run_id", "path", "state", "request", "answer", "begun", "started_at", "ended_at")

_kept: dict[tuple[str, str], Prepared] = {}


def statement(work: Work, name: str, build: Callable[[], Any]) -> Prepared:
    """A statement that every turn runs, compiled once for each database."""
    key = (work.tx.dialect, name)
    found = _kept.get(key)
    if found is None:
        query = build()
        names = [each.name for each in query.selected_columns] if hasattr(query, "selected_columns") else []
        found = _kept[key] = Prepared(query, names, work.tx.connection.dialect)
    return found


@dataclass(slots=True)
class Written:
    """The row of a step. output: already as JSON text."""

    path: str
    seq: int
    do: str
    name: str
    state: str
    attempts: int
    repeated: int
    input: Json
    note: Json
    errors: Json
    started_at: datetime
    ended_at: datetime | None
    output: str | None = None

    def values(self, run: int) -> tuple[Any, ...]:
        """The row in the order of the columns."""
        return (run, self.path, self.seq, self.do, self.name, self.state, self.attempts, self.repeated,
                text_of(self.input), self.output, text_of(self.note), text_of(self.errors), self.started_at,
                self.ended_at)  # fmt: skip


def text_of(value: Json) -> str | None:
    """A JSON value as text, None for None."""
    return None if value is None else orjson.dumps(value).decode()


@dataclass(slots=True)
class Rows:
    """What is to be written for one run."""

    steps: dict[str, Written] = field(default_factory=dict)
    waits: dict[str, str | None] = field(default_factory=dict)
    begun: list[tuple[str, str, Json]] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    ended: list[tuple[str, str, Json]] = field(default_factory=list)

    def add(self, row: Written) -> None:
        """A step's row, in place of an earlier one."""
        self.steps[row.path] = row

    # Waits

    def add_wait(self, path: str, key: str) -> None:
        """The step at a path waits for a key from now on."""
        self.waits[path] = key

    def drop_wait(self, path: str) -> None:
        """The step at a path waits no longer."""
        self.waits[path] = None

    def woken(self, work: Work, run: int) -> dict[str, Woken]:
        """What has come for the steps of a run that wait for a key, by path."""
        wait = tables.wait
        query = sa.select(wait.c.path, wait.c.key, wait.c.payload).where(wait.c.run_id == run)
        rows = work.tx.rows(query.where(wait.c.woken_at.is_not(None)))
        return {row["path"]: Woken(row["key"], orjson.loads(row["payload"])) for row in rows}

    # Calls

    def begin_call(self, key: str, path: str, request: Json) -> None:
        """A call to the outside is about to begin."""
        self.begun.append((key, path, request))

    def repeat_call(self, key: str) -> None:
        """A call is about to begin once more."""
        self.repeated.append(key)

    def end_call(self, key: str, state: str, answer: Json) -> None:
        """What became of a call."""
        self.ended.append((key, state, answer))

    def request_of(self, work: Work, key: str) -> Json:
        """The request of a call that was begun."""
        text = work.tx.scalar(sa.select(tables.call.c.request).where(tables.call.c.idem_key == key))
        return orjson.loads(text)

    def answer_of(self, work: Work, key: str) -> Json:
        """The answer of a call that went well."""
        text = work.tx.scalar(sa.select(tables.call.c.answer).where(tables.call.c.idem_key == key))
        return None if text is None else orjson.loads(text)

    # Writing

    def flush(self, work: Work, run: int) -> None:
        """Write everything."""
        if self.steps:
            rows = [each.values(run) for each in self.steps.values()]
            work.tx.upsert_many(tables.step, _STEP_COLUMNS, rows, key=("run_id", "path"))
        if self.waits:
            self._flush_waits(work, run)
        if self.begun:
            rows = [(key, run, path, "started", text_of(request) or "null", None, 1, work.now, None)
                    for key, path, request in self.begun]  # fmt: skip
            work.tx.upsert_many(tables.call, _CALL_COLUMNS, rows, key="idem_key")
        call = tables.call
        for key in self.repeated:
            again = sa.update(call).where(call.c.idem_key == key)
            work.tx.execute(again.values(state="started", begun=call.c.begun + 1, started_at=work.now, ended_at=None))
        for key, state, answer in self.ended:
            over = sa.update(call).where(call.c.idem_key == key)
            work.tx.execute(over.values(state=state, answer=text_of(answer), ended_at=work.now))

    def _flush_waits(self, work: Work, run: int) -> None:
        gone = [path for path, key in self.waits.items() if key is None]
        if gone:
            work.tx.execute(sa.delete(tables.wait).where(tables.wait.c.run_id == run, tables.wait.c.path.in_(gone)))
        kept = [(run, path, key, None, None) for path, key in self.waits.items() if key is not None]
        if kept:
            work.tx.upsert_many(tables.wait, _WAIT_COLUMNS, kept, key=("run_id", "path"))
