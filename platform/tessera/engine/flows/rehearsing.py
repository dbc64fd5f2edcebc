"""Dry runs: a flow is run to its end in a transaction that is rolled back.

Outside calls are kept and answered from what the test gives, messages are told of, and time passes at once: a wait ends
when nothing else is left to do. What other flows would have begun is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import orjson
import sqlalchemy as sa

from tessera.context import SYSTEM, Context
from tessera.engine import records
from tessera.engine.flows.beginning import loaded_inputs
from tessera.engine.flows.controlling import claimed_of
from tessera.engine.flows.dispatching import events_caused_by, runs_of_event, wake_waiting
from tessera.engine.flows.driving import Driver
from tessera.engine.flows.errors import NothingBegun
from tessera.engine.flows.history import get_run, static_path
from tessera.engine.flows.noticing import lane_of
from tessera.engine.flows.packing import pack
from tessera.engine.flows.programs import flow_named
from tessera.engine.flows.schedules.firing import event_of
from tessera.engine.flows.schedules.plans import zone_of
from tessera.engine.flows.starting import NewRun, make_runs
from tessera.engine.flows.steps.base import OutsideFailed, OutsideRunner
from tessera.engine.flows.triggers import CLOCKED, Slot
from tessera.engine.flows.turns import Answered, CallNeeded
from tessera.engine.flows.waking import wake
from tessera.engine.packages.stored import load_packages
from tessera.engine.process import Process
from tessera.engine.work import Release, Work
from tessera.errors import Json, NotFound
from tessera.meta import compile_model
from tessera.meta.documents import document_of, package_of
from tessera.meta.flows import FlowDoc
from tessera.meta.model import EMPTY
from tessera.names import new_ref
from tessera.registry import Registry
from tessera.settings import Settings
from tessera.store import Tx
from tessera.store.system.flows import run, wait
from tessera.store.system.records import outbox
from tessera.store.tables import Tables

T = TypeVar("T")

MOST_ROUNDS = 500
"""How often a dry run lets time pass."""

Part: TypeAlias = Callable[[Work], Json]

REPORT_PARTS: Registry[Part] = Registry("part of a dry run's report")
"""What else a report holds, by name: asked at the end, in the transaction that is then undone (messages sent …)."""


class _Undo(BaseException):
    """Ends the transaction without a trace; not an error."""


@dataclass
class Rehearsal:
    """A process in which everything is one transaction; a part that fails is undone by itself.

    now: what the clock shows. answers: of outside calls, by the step's path in the document. calls: those that were
    asked for. causes: request ids of what belongs to it. scratch: what every transaction's work begins with.
    """

    tx: Tx
    release: Release
    settings: Settings
    now: datetime
    answers: Mapping[str, Json] = field(default_factory=dict)
    calls: list[dict[str, Json]] = field(default_factory=list)
    causes: list[str] = field(default_factory=lambda: [f"rehearsal-{new_ref()}"])
    runs: list[int] = field(default_factory=list)
    scratch: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    _seen_event: int = 0

    def context(self, actor: Any = SYSTEM) -> Context:
        """Somebody at the present instant."""
        return Context(actor=actor, clock=lambda: self.now, request_id=self.causes[0], reason="dry run")

    @contextmanager
    def reading(self, ctx: Context) -> Iterator[Work]:
        """Work that only reads."""
        yield Work(self.tx, ctx, self.release, self.settings, False, ctx.now(), dict(self.scratch))

    def write(self, ctx: Context, action: Callable[[Work], T]) -> T:
        """What the action gives; what it did is undone when it fails."""
        with self.tx.savepoint():
            work = Work(self.tx, ctx, self.release, self.settings, True, ctx.now(), dict(self.scratch))
            result = action(work)
            work.finish()
            return result

    # Runs

    def add_runs(self, numbers: Iterable[int]) -> None:
        """Runs that belong to it."""
        fresh = [each for each in numbers if each not in self.runs]
        self.runs += fresh
        self.causes += [f"run-{each}" for each in fresh]

    def begin_by_events(self, only: str = "") -> list[str]:
        """Make the runs that events of its own begin; names of the flows. only: key of the flow that is wanted."""

        def action(work: Work) -> list[str]:
            rows = events_caused_by(work, self.causes, self._seen_event)
            wanted = [new for row in rows for new in runs_of_event(work, row)]
            self._seen_event = max((row["id"] for row in rows), default=self._seen_event)
            chosen = [new for new in wanted if not only or new.flow == only]
            self.add_runs(make_runs(work, chosen))
            wake_waiting(work, rows)
            return [new.flow for new in wanted]

        return self.write(self.context(), action)

    def overlook_events(self) -> None:
        """Let what has happened so far begin nothing."""
        self._seen_event = self.tx.scalar(sa.select(sa.func.max(outbox.c.id))) or 0

    def drive(self) -> int:
        """Bring every run that belongs to it as far as it goes now; how many there were to bring on."""
        driver = Driver(self, self.context(), "rehearsal", rehearse=self._rehearse)
        count = 0
        for claimed in self._claim():
            driver.drive(claimed)
            count += 1
        return count

    def _claim(self) -> list[Any]:
        def action(work: Work) -> list[Any]:
            called = sa.select(run.c.id).where(run.c.cause.in_(self.causes) & run.c.source.startswith("call:"))
            self.add_runs(work.tx.execute(called).scalars())
            mine = run.c.id.in_(self.runs)
            due = run.c.state.in_(("ready", "queued")) | ((run.c.state == "waiting") & (run.c.wake_at <= work.now))
            values = {"state": "running", "fence": run.c.fence + 1, "wake_at": None, "occupies": True, "lane": None}
            ids = list(work.tx.execute(sa.select(run.c.id).where(mine & due).order_by(run.c.id)).scalars())
            if ids:
                work.tx.execute(sa.update(run).where(run.c.id.in_(ids)).values(values))
            rows = work.tx.rows(sa.select(run).where(run.c.id.in_(ids)).order_by(run.c.id))
            return [claimed_of(row) for row in rows]

        return self.write(self.context(), action)

    def _rehearse(self, call: CallNeeded, runner: OutsideRunner) -> Answered:
        """The answer that the test gives for a step, else one of the runner's own."""
        place = static_path(call.path)
        self.calls.append({"step": call.path, "do": call.step.do, "request": call.request, "key": call.key})
        if place not in self.answers:
            return Answered(call.path, runner.rehearse(call.request))
        answer = self.answers[place]
        if isinstance(answer, Mapping) and set(answer) == {"fail"}:
            return Answered(call.path, error=OutsideFailed(why=str(answer["fail"]), retry=False))
        return Answered(call.path, answer)

    def wake_given(self, wakes: Mapping[str, Json]) -> int:
        """Wake what waits for a key at steps for which the test gives what comes; how many."""

        def action(work: Work) -> int:
            rows = work.tx.rows(sa.select(wait.c.path, wait.c.key).where(
                wait.c.run_id.in_(self.runs), wait.c.woken_at.is_(None)))  # fmt: skip
            told = [(row["key"], wakes[static_path(row["path"])]) for row in rows if static_path(row["path"]) in wakes]
            return sum(wake(work, key, payload) for key, payload in told)

        return self.write(self.context(), action)

    def let_time_pass(self) -> bool:
        """Set the clock to when the next of its runs goes on; whether there is one."""
        query = sa.select(sa.func.min(run.c.wake_at)).where(run.c.id.in_(self.runs), run.c.state == "waiting")
        following = self.tx.scalar(query)
        if following is None:
            return False
        self.now = max(self.now, following)
        return True

    def play(self, wakes: Mapping[str, Json], *, cascade: bool = False, hurry: bool = True) -> None:
        """Run everything that belongs to it to its end.

        cascade: also the flows that its events begin. hurry: let time pass when nothing else is left to do.
        """
        for _ in range(MOST_ROUNDS):
            if cascade:
                self.begin_by_events()
            if not self.drive() and not self.wake_given(wakes) and not (hurry and self.let_time_pass()):
                break


def dry_run(process: Process, ctx: Context, flow: Json, given: Mapping[str, Json]) -> dict[str, Json]:
    """Run a flow to its end and leave no trace of it; what would have happened.

    flow: a name, or a document of kind flow that is no release yet. given: `record` (its key), `changes` (values that
    are written to it first, so that its trigger decides) or `create` (values of a new one), `input`, `answers` and
    `wakes` (by the paths of steps in the document: an answer, {"fail": text}, or what wakes a wait), `now`.
    The report: run (as in the history), calls, begins (flows that its events would begin), and the REPORT_PARTS.
    Raises: NotFound, Invalid for the document or the values, NothingBegun when the trigger does not mean the change.
    """
    reports: list[dict[str, Json]] = []

    def action(work: Work) -> None:
        release = _release_with(work, flow)
        now = datetime.fromisoformat(given["now"]) if given.get("now") else work.now
        rehearsal = Rehearsal(work.tx, release, work.settings, now, given.get("answers") or {})
        reports.append(_rehearsed(rehearsal, ctx, _name_of(flow), given))
        raise _Undo

    try:
        process.write(ctx, action)
    except _Undo:
        pass
    return reports[-1]


def _name_of(flow: Json) -> str:
    return str(flow["name"]) if isinstance(flow, Mapping) else str(flow)


def _release_with(work: Work, flow: Json) -> Release:
    """The head, with a draft of a flow in it when one is given. Raises: Invalid with what is wrong with the draft."""
    if not isinstance(flow, Mapping):
        return work.release
    packages = load_packages(work.tx, work.model.number)
    name = str(flow.get("package") or (packages[0].name if packages else ""))
    body = {key: value for key, value in flow.items() if key != "package"}
    changed = []
    for package in packages:
        if package.name == name:
            others = [each for each in package.documents if each.uid != body.get("uid")]
            known = next((each.path for each in package.documents if each.uid == body.get("uid")), "")
            path = known or f"flows/{body.get('name')}.json"
            package = package_of(package.name, [*others, document_of(name, path, body)], package.files)
        changed.append(package)
    model = compile_model(changed, number=work.model.number)
    return Release(model, Tables(model))


def _rehearsed(rehearsal: Rehearsal, ctx: Context, name: str, given: Mapping[str, Json]) -> dict[str, Json]:
    first = rehearsal.write(rehearsal.context(ctx.actor), lambda work: _begun(rehearsal, work, name, given))
    if first is None:
        with rehearsal.reading(rehearsal.context()) as work:
            key = flow_named(work, name).key
        rehearsal.begin_by_events(key)
        if not rehearsal.runs:
            raise NothingBegun(name=name)
        first = rehearsal.runs[0]
    rehearsal.play(given.get("wakes") or {})
    with rehearsal.reading(rehearsal.context()) as work:
        events = events_caused_by(work, rehearsal.causes[1:], 0)
        begins = sorted({new.flow for row in events for new in runs_of_event(work, row)})
        names = {doc.key: doc.name for doc in work.model.all("flow")}
        report: dict[str, Json] = {
            "run": get_run(work, first), "calls": rehearsal.calls, "begins": [names.get(key, key) for key in begins],
            "ended_at": rehearsal.now,
        }  # fmt: skip
        for part, show in REPORT_PARTS.items():
            report[part] = show(work)
    return report


def _begun(rehearsal: Rehearsal, work: Work, name: str, given: Mapping[str, Json]) -> int | None:
    """The run that the test begins by itself; None when a change of a record is to begin it."""
    doc = flow_named(work, name)
    entity = work.model.entities.get(doc.entity)
    if entity is not None and "create" in given:
        records.create(work, entity.name, given["create"])
        return None
    if entity is not None and "changes" in given:
        records.update(work, entity.name, given.get("record"), given["changes"])
        return None
    [made] = make_runs(work, [_new_run(work, doc, given)])
    rehearsal.add_runs([made])
    return made


def _new_run(work: Work, doc: FlowDoc, given: Mapping[str, Json]) -> NewRun:
    if given.get("run") is not None:
        row = work.tx.row(sa.select(run).where(run.c.id == given["run"], run.c.flow == doc.key))
        if row is None:
            raise NotFound(what="run")
        told, number, actor = orjson.loads(row["given"]), row["record_id"], row["actor_id"]
    else:
        number, actor = _record(work, doc, given), work.ctx.actor.id
        event = {"topic": doc.trigger.on, "at": pack(work.now), "by": actor, "changed": []}
        if doc.trigger.on in CLOCKED:
            event = event_of(doc, Slot(work.now, work.now, zone_of(work, doc)), work.now, actor)
        told = {"event": event, "input": loaded_inputs(work, doc, given.get("input"))}
    return NewRun(
        flow=doc.key, release=work.model.number, source=f"rehearsal:{new_ref()}",
        lane=lane_of(doc, doc.entity, None, None), entity=doc.entity, record_id=number, given=told, actor_id=actor,
        cause=work.ctx.request_id,
    )  # fmt: skip


def _record(work: Work, doc: FlowDoc, given: Mapping[str, Json]) -> int | None:
    if not doc.entity or given.get("record") is None:
        return None
    return int(records.get(work, work.model.entities[doc.entity].name, given["record"])["id"])
