"""What a scenario expects of flows: runs, messages, tasks of approvals, and calls to the outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine.flows.history import static_path
from tessera.engine.flows.packing import unpack
from tessera.engine.messages import message_doc
from tessera.engine.messages.inbox import opened_content
from tessera.engine.scenarios.comparing import agrees, differences, shown
from tessera.engine.scenarios.stage import Stage
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.system import messages as deliveries
from tessera.store.system.approvals import approvals, tasks
from tessera.store.system.flows import run
from tessera.store.system.flows import step as steps

Row = Mapping[str, Any]

_EVERY = 1_000_000


def runs(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of the runs of a flow; only those about a record when one is named."""
    key = work.model.names.get(("flow", expected["runs"]))
    mine = [run.c.id.in_(stage.workers.runs), run.c.flow == key]
    if "record" in expected:
        about = stage.called(expected["record"])
        mine += [run.c.entity == work.entity(about.entity).key, run.c.record_id == about.id]
    rows = stage.tx.rows(sa.select(run).where(*mine).order_by(run.c.id))
    found = [_run(stage, work, row) for row in rows]
    yield from _listed(stage, expected, found, expected["runs"], "run")


def _run(stage: Stage, work: Work, row: Row) -> dict[str, Any]:
    """A run as an expectation speaks of it. branch: which way each decision went; passed: steps that were done."""
    taken = stage.tx.rows(sa.select(steps).where(steps.c.run_id == row["id"]).order_by(steps.c.seq))
    notes = {static_path(each["path"]): orjson.loads(each["note"]) for each in taken if each["note"]}
    error = orjson.loads(row["error"]) if row["error"] else {}
    return {
        "record": _cast(work, row["entity"], row["record_id"]), "state": row["state"], "error": error.get("code"),
        "branch": {path: note["branch"] for path, note in notes.items() if "branch" in note},
        "passed": sorted({static_path(each["path"]) for each in taken if each["state"] == "done"}),
        "result": unpack(orjson.loads(row["result"])) if row["result"] else None, "wake_at": row["wake_at"],
        **({"why": error.get("message")} if error else {}),
    }  # fmt: skip


def messages(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of what was, or will be, delivered of a message; only to one person when one is named."""
    doc = message_doc(work, expected["messages"])
    rows = deliveries.just_written(stage.tx, stage.workers.causes, _EVERY)
    found = [_message(work, row) for row in rows if row["message"] == doc.key]
    if "to" in expected:
        to = _place(stage, work, expected["to"])
        found = [each for each in found if each["to"] == to]
    yield from _listed(stage, expected, found, doc.name, "message")


def _message(work: Work, row: Row) -> dict[str, Any]:
    content = opened_content(work, row) if row["content"] is not None else None
    words: Mapping[str, Json] = content if isinstance(content, Mapping) else {}
    to = ("", row["user_id"]) if row["user_id"] else _cast(work, row["entity"], row["record_id"])
    is_sent = row["state"] == deliveries.SENT
    return {
        "to": to, "channel": row["channel"], "state": row["state"], "reason": row["reason"],
        "language": row["language"], "subject": words.get("subject"), "text": words.get("text"),
        "at": row["sent_at"] if is_sent else row["due_at"],
    }  # fmt: skip


def tasks_of(stage: Stage, work: Work, flow: str) -> list[dict[str, Any]]:
    """The tasks of approvals of a flow, in the order in which they were made."""
    columns = (tasks.c.person_id, tasks.c.node_uid, tasks.c.state, tasks.c.decision, approvals.c.entity,
               approvals.c.record_id)  # fmt: skip
    mine = approvals.c.run_id.in_(stage.workers.runs) & (approvals.c.flow == work.model.names.get(("flow", flow)))
    query = sa.select(*columns).join(approvals, approvals.c.id == tasks.c.approval_id).where(mine)
    return [
        {"who": ("", row["person_id"]), "node": row["node_uid"], "state": row["state"], "decision": row["decision"],
         "record": _cast(work, row["entity"], row["record_id"])}
        for row in stage.tx.rows(query.order_by(tasks.c.id))
    ]  # fmt: skip


def tasks_expected(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of the tasks of a flow's approvals."""
    yield from _listed(stage, expected, tasks_of(stage, work, expected["tasks"]), expected["tasks"], "task")


def calls(stage: Stage, _work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of what steps at a path asked of the outside."""
    mine = [each for each in stage.workers.calls if static_path(str(each["step"])) == expected["calls"]]
    found = [{"request": each["request"]} for each in mine]
    yield from _listed(stage, expected, found, expected["calls"], "call")


def _cast(work: Work, entity: str | None, number: int | None) -> tuple[str, int] | None:
    """A record as aliases lead to it: name of its entity and id."""
    known = work.model.entities.get(entity or "")
    return None if known is None or number is None else (known.name, number)


def _place(stage: Stage, work: Work, alias: str) -> tuple[str, int]:
    cast = stage.called(alias)
    return (work.entity(cast.entity).name if cast.entity else "", cast.id)


def _listed(
    stage: Stage, expected: Mapping[str, Json], found: list[dict[str, Any]], name: str, what: str
) -> Iterator[str]:
    """Each row that is expected must be found once, in any order, and unless `only` is off no others."""
    rest = list(found)
    for row in expected["rows"]:
        wanted = _resolved(stage, row)
        match = next((each for each in rest if not list(_unlike(wanted, each))), None)
        if match is None:
            yield f"{name}: there is no {what} {_told(row)}; found {_told_all(rest)}"
        else:
            rest.remove(match)
    if expected.get("only", True):
        yield from (f"{name}: there is also the {what} {_told(row)}" for row in rest)


def _resolved(stage: Stage, row: Mapping[str, Json]) -> dict[str, Any]:
    found = {key: value for key, value in row.items() if key != "uid"}
    for key in ("record", "to", "who"):
        if key in found:
            cast = stage.called(found[key])
            found[key] = (cast.entity, cast.id)
    return found


def _unlike(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for key, value in wanted.items():
        there = found.get(key)
        if isinstance(value, tuple):
            yield from () if value == there else (key,)
        elif key == "passed":
            yield from (each for each in value if each not in found["passed"])
        elif isinstance(value, Mapping):
            yield from differences(value, there, key) if isinstance(there, Mapping) else (key,)
        elif not agrees(value, there):
            yield key


def _told(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {shown(value)}" for name, value in row.items() if name != "uid" and value is not None)


def _told_all(rows: Iterable[Mapping[str, Any]]) -> str:
    return " | ".join(_told(row) for row in rows) or "nothing"
