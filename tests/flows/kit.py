"""What the tests of flows share: documents, a runtime with them, a clock that can be set, and looks at runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from engine.conftest import label, opened
from tessera.context import SYSTEM, Actor, Context
from tessera.engine import records
from tessera.engine.flows.draining import Drain
from tessera.runtime import Runtime
from tessera.settings import Limits
from tessera.store.system import flows as tables

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)


def flow(uid: str, trigger: dict[str, Any], *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document of kind flow; steps without a uid get one by their place."""
    return {"kind": "flow", "uid": uid, "name": uid, "label": label(uid), "trigger": trigger,
            "steps": list(numbered(steps)), **more}  # fmt: skip


def numbered(steps: Any) -> list[dict[str, Any]]:
    """The steps with uids, s01 first, those inside them too."""
    found = []
    for place, each in enumerate(steps, 1):
        body = {"uid": f"s{place:02}", **each}
        for key in ("steps", "otherwise"):
            if key in body:
                body[key] = numbered(body[key])
        for key in ("branches",):
            if key in body:
                body[key] = [{**one, "steps": numbered(one["steps"])} for one in body[key]]
        then = body.get("on_error", {}).get("then")
        if isinstance(then, dict):
            body["on_error"] = {**body["on_error"], "then": {"steps": numbered(then["steps"])}}
        found.append(body)
    return found


def on(kind: str, entity: str = "task", **more: Any) -> dict[str, Any]:
    """A trigger."""
    return {"on": kind, **({"entity": entity} if entity else {}), **more}


@dataclass
class Works:
    """A runtime with flows, its drain, and its clock."""

    runtime: Runtime
    now: datetime = NOON
    drain: Drain = field(init=False)

    def __post_init__(self) -> None:
        self.drain = Drain(self.runtime, self.context)

    def context(self, actor: Actor = SYSTEM) -> Context:
        """Somebody at the present instant."""
        return Context(actor=actor, clock=lambda: self.now)

    def later(self, **amount: float) -> None:
        """Let time pass."""
        self.now += timedelta(**amount)
        self.drain.rest()

    def create(self, entity: str, **values: Any) -> dict[str, Any]:
        """A new record."""
        return self.runtime.write(self.context(), lambda work: records.create(work, entity, values))

    def update(self, entity: str, key: Any, **values: Any) -> dict[str, Any]:
        """A changed record."""
        return self.runtime.write(self.context(), lambda work: records.update(work, entity, key, values))

    def delete(self, entity: str, key: Any) -> None:
        """A deleted record."""
        self.runtime.write(self.context(), lambda work: records.delete(work, entity, key))

    def get(self, entity: str, key: Any) -> dict[str, Any]:
        """A record."""
        with self.runtime.reading(self.context()) as work:
            return records.get(work, entity, key)

    def count(self, entity: str, where: str = "") -> int:
        """How many records there are."""
        with self.runtime.reading(self.context()) as work:
            return records.count(work, entity, where)

    def settle(self) -> int:
        """Do everything that there is to do now."""
        self.drain.rest()
        return self.drain.all()

    def runs(self, flow: str = "") -> list[dict[str, Any]]:
        """Every run, the oldest first, with JSON parsed."""
        with self.runtime.database.read() as tx:
            rows = tx.rows(sa.select(tables.run).order_by(tables.run.c.id))
        for row in rows:
            for name in ("given", "error", "result"):
                row[name] = orjson.loads(row[name]) if row[name] else None
        return [row for row in rows if not flow or row["flow"].endswith(f":{flow}")]

    def steps(self, run: int) -> list[dict[str, Any]]:
        """The steps of a run in their order, with JSON parsed."""
        with self.runtime.database.read() as tx:
            rows = tx.rows(sa.select(tables.step).where(tables.step.c.run_id == run).order_by(tables.step.c.seq))
        for row in rows:
            for name in ("input", "output", "note", "errors"):
                row[name] = orjson.loads(row[name]) if row[name] else None
        return rows

    def states(self, flow: str = "") -> list[str]:
        """The states of the runs, the oldest first."""
        return [each["state"] for each in self.runs(flow)]


def works_with(url: str, *documents: dict[str, Any], **limits: Any) -> Works:
    """A runtime on a fresh database, with the small package and these documents."""
    runtime = opened(url, *documents)
    if limits:
        runtime.settings = replace(runtime.settings, limits=replace(Limits(), **limits))
    return Works(runtime)
