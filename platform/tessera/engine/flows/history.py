"""Runs as people look at them: lists with filters, and one run with every step that it has taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine.flows.cursor import Cursor, steps_above
from tessera.engine.flows.packing import unpack, wire
from tessera.engine.flows.programs import flow_of, model_of, steps_of
from tessera.engine.work import Work
from tessera.errors import Json, NotFound, TesseraError
from tessera.meta.flows import FlowDoc
from tessera.meta.model import Label, Model
from tessera.store.system.flows import call, run, step

_SHOWN = ("id", "flow", "release", "state", "event_id", "entity", "record_id", "lane", "depth", "parent_id", "rerun_of",
          "actor_id", "cause", "steps", "deaths", "wake_at", "is_settled", "created_at", "started_at",
          "finished_at")  # fmt: skip
_COLUMNS = [run.c[name] for name in (*_SHOWN, "error")]


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs. flow, entity: names. before: id of the last run of the page before. dead: failed and not settled.

    since: only those that were made then or later.
    """

    flow: str = ""
    state: str = ""
    entity: str = ""
    record: int | None = None
    parent: int | None = None
    dead: bool = False
    before: int = 0
    since: datetime | None = None
    limit: int = 50


def list_runs(work: Work, asked: RunQuery) -> list[dict[str, Json]]:
    """Runs, the latest first. Raises: NotFound for an unknown flow or entity."""
    query = sa.select(*_COLUMNS)
    if asked.flow:
        query = query.where(run.c.flow == flow_key(work, asked.flow))
    if asked.entity:
        query = query.where(run.c.entity == work.entity(asked.entity).key)
    for column, value in ((run.c.state, asked.state or None), (run.c.record_id, asked.record),
                          (run.c.parent_id, asked.parent)):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    if asked.dead:
        query = query.where(dead_letter())
    if asked.since is not None:
        query = query.where(run.c.created_at >= asked.since)
    if asked.before:
        query = query.where(run.c.id < asked.before)
    rows = work.tx.rows(query.order_by(run.c.id.desc()).limit(asked.limit))
    return [shown_run(work, row) for row in rows]


def dead_letter() -> sa.ColumnElement[bool]:
    """The condition that a run has failed and nobody has dealt with it."""
    found: sa.ColumnElement[bool] = sa.literal_column(
        "(tsr_run.state IN ('failed', 'review') AND NOT tsr_run.is_settled)"
    )
    return found


def flow_key(work: Work, name: str) -> str:
    """The key of a flow by its name. Raises: NotFound("not_found")."""
    found = work.model.names.get(("flow", name))
    if found is None:
        raise NotFound(what="flow")
    return found


def shown_run(work: Work, row: Mapping[str, Any]) -> dict[str, Json]:
    """A run as it goes over the wire: names in place of keys. flow_key: of the flow's document, for its designer."""
    found: dict[str, Json] = {name: row[name] for name in _SHOWN}
    found["flow_key"] = row["flow"]
    found["flow"], found["label"] = _flow_name(work, row)
    entity = work.model.entities.get(row["entity"] or "")
    found["entity"] = entity.name if entity is not None else None
    found["error"] = orjson.loads(row["error"]) if row["error"] else None
    lane = found.pop("lane")
    found["order_key"] = lane.partition("#")[2] if lane else None
    return found


def _flow_name(work: Work, row: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    doc: FlowDoc | None = work.model.parts.get("flow", {}).get(row["flow"])
    if doc is None:
        return row["flow"], {}
    return doc.name, {"zh": doc.label.zh, "en": doc.label.en}


def get_run(work: Work, number: int) -> dict[str, Json]:
    """A run with its steps, each with what went in and came out, its attempts and why it went as it did.

    given: event and inputs; variables; `at`: the paths at which it stands; called: ids of runs that it has begun.
    Raises: NotFound("not_found").
    """
    row = work.tx.row(sa.select(run).where(run.c.id == number))
    if row is None:
        raise NotFound(what="run")
    found = shown_run(work, row)
    cursor = Cursor.load(row["cursor"])
    model, doc = _followed(work, row)
    given = orjson.loads(row["given"])
    found["given"] = {"event": wire(unpack(given.get("event", {}))), "input": wire(unpack(given.get("input", {})))}
    found["variables"] = wire(unpack(cursor.variables))
    found["result"] = wire(unpack(orjson.loads(row["result"]))) if row["result"] else None
    found["at"] = _places(doc, cursor) if doc is not None and row["finished_at"] is None else []
    found["steps_taken"] = _steps(work, number, model, doc)
    children = sa.select(run.c.id).where(run.c.parent_id == number).order_by(run.c.id)
    found["called"] = list(work.tx.execute(children).scalars())
    return found


def _followed(work: Work, row: Mapping[str, Any]) -> tuple[Model | None, FlowDoc | None]:
    """The Model and flow that a run follows, as far as they can still be read."""
    try:
        model = model_of(work, row["release"])
        return model, flow_of(model, row["flow"])
    except TesseraError:
        return None, None


def _places(doc: FlowDoc, cursor: Cursor) -> list[str]:
    above = (steps_above(doc, each.frames) for each in cursor.threads)
    return [found[-1][1] for found in above if found]


def _steps(work: Work, number: int, model: Model | None, doc: FlowDoc | None) -> list[dict[str, Json]]:
    known = steps_of(model, doc) if model is not None and doc is not None else {}
    rows = work.tx.rows(sa.select(step).where(step.c.run_id == number).order_by(step.c.seq))
    calls = {row["path"]: row for row in work.tx.rows(sa.select(call).where(call.c.run_id == number))}
    return [_shown_step(row, known.get(static_path(row["path"])), calls.get(row["path"])) for row in rows]


def _shown_step(row: Mapping[str, Any], doc: Any, told: Mapping[str, Any] | None) -> dict[str, Json]:
    label = doc.label if doc is not None else Label()
    found: dict[str, Json] = {
        "path": row["path"], "do": row["do"], "label": {"zh": label.zh, "en": label.en}, "as": row["name"] or None,
        "state": row["state"], "attempts": row["attempts"], "repeated": row["repeated"],
        "started_at": row["started_at"], "ended_at": row["ended_at"],
    }  # fmt: skip
    for name in ("input", "output"):
        found[name] = wire(unpack(orjson.loads(row[name]))) if row[name] else None
    for name in ("note", "errors"):
        found[name] = orjson.loads(row[name]) if row[name] else None
    if told is not None:
        answer = orjson.loads(told["answer"]) if told["answer"] else None
        found["call"] = {"key": told["idem_key"], "state": told["state"], "begun": told["begun"],
                         "request": orjson.loads(told["request"]), "answer": answer}  # fmt: skip
    return found


def static_path(path: str) -> str:
    """The place in the flow's document of a step in a run: without the rounds of loops.

    >>> static_path("s01.do[3]/s02")
    's01.do/s02'
    """
    parts = path.split("[")
    return parts[0] + "".join(each.partition("]")[2] for each in parts[1:])
