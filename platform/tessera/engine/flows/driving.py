"""Driving claimed runs: turn after turn, with outside calls between them, until each waits or ends."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from tessera import faults
from tessera.context import Context
from tessera.engine import outbox
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.flows.claiming import claim, give_back, lease_end, renew, worker_name
from tessera.engine.flows.cursor import Cursor
from tessera.engine.flows.errors import ActorGone, NotOurs, StepError, StepTimeout, Unusable
from tessera.engine.flows.failing import note_failure, told_error
from tessera.engine.flows.lanes import let_next
from tessera.engine.flows.packing import pack
from tessera.engine.flows.programs import flow_of, model_of
from tessera.engine.flows.running import Claimed, Sight
from tessera.engine.flows.steps.base import STEP_RUNNERS, OutsideRunner
from tessera.engine.flows.turns import Answered, CallNeeded, Turn
from tessera.engine.flows.waking import wake
from tessera.engine.flows.writing import statement, text_of
from tessera.engine.identity.credentials import actor_of
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Unavailable
from tessera.formula import FormulaError
from tessera.store.failures import Aborted, ConnectionLost, NoRoom
from tessera.store.system import access
from tessera.store.system.flows import run as run_table

AFTER_GUARD = faults.point("flows.after_guard")
BEFORE_CALL = faults.point("flows.before_call")
AFTER_CALL = faults.point("flows.after_call")
BEFORE_ROWS = faults.point("flows.before_rows")
AFTER_ROWS = faults.point("flows.after_rows")
AFTER_TURN = faults.point("flows.after_turn")

BATCH = 20
"""Runs that are claimed at once."""

BATCH_S = 1.0
"""After so long what was claimed and not begun is given back."""

FINAL = frozenset({"done", "failed", "cancelled", "review"})


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """Where a turn has left its run."""

    state: str
    cursor: str
    steps: int
    call: CallNeeded | None


@dataclass
class Driver:
    """Works on the runs that one thread of a process has claimed. waiting: those not begun yet.

    rehearse: answers outside calls in a dry run, in which nothing outside is reached.
    """

    process: Process
    ctx: Context
    worker: str = field(default_factory=worker_name)
    waiting: deque[Claimed] = field(default_factory=deque)
    rehearse: Callable[[CallNeeded, OutsideRunner], Answered] | None = None

    def drive_due(self, limit: int, *, is_idle: bool = False) -> int:
        """Claim due runs and drive each of them; how many."""
        claimed = claim(self.process, self.ctx, self.worker, min(limit, BATCH), is_idle=is_idle)
        self.waiting.extend(claimed)
        count, begun = 0, time.monotonic()
        while self.waiting:
            if count and time.monotonic() - begun > BATCH_S:
                self._give_back_waiting()
                break
            count += 1
            self.drive(self.waiting.popleft())
        return count

    def drive(self, run: Claimed) -> None:
        """Bring a claimed run as far as it goes now. Raises: ConnectionLost, NoRoom."""
        try:
            self._drive(run)
        except NotOurs:
            return
        except Aborted:
            give_back(self.process, self.ctx, [run])
        except (ConnectionLost, NoRoom):
            # The run can help it as little as its worker: nobody has died, and no attempt has failed.
            with suppress(Unavailable):
                give_back(self.process, self.ctx, [run])
            raise

    def _drive(self, run: Claimed) -> None:
        is_careful = run.deaths > 0
        answered: Answered | None = None
        begun = time.monotonic()
        while True:
            end = self._turn(run, is_careful=is_careful, answered=answered)
            if end is None:  # something went wrong while several steps shared the transaction
                is_careful = True
                continue
            faults.reach(AFTER_TURN)
            run.cursor, run.steps = end.cursor, end.steps
            answered = self._call(run, end.call) if end.call is not None else None
            if answered is None:
                if end.state != "running":
                    return
                if time.monotonic() - begun > BATCH_S * 2:
                    give_back(self.process, self.ctx, [run])
                    return

    def _turn(self, run: Claimed, *, is_careful: bool, answered: Answered | None) -> TurnEnd | None:
        """One transaction of the run. None: it was undone, and has to be done step by step."""
        ctx = replace(self.ctx, request_id=f"run-{run.id}")
        try:
            if answered is not None and answered.error is not None:
                raise StepError(answered.path, answered.error)
            return self.process.write(ctx, lambda work: take_turn(work, run, is_careful=is_careful, answered=answered))
        except StepError as failure:
            if not is_careful and (answered is None or answered.error is None):
                return None
            error, path = failure.error, failure.path
            return self.process.write(ctx, lambda work: take_failure(work, run, path, error, answered))
        except Unusable as unusable:
            told = told_error(unusable.error, "")
            return self.process.write(ctx, lambda work: fail_plainly(work, run, told))

    def _give_back_waiting(self) -> None:
        give_back(self.process, self.ctx, list(self.waiting))
        self.waiting.clear()

    # Outside calls

    def _call(self, run: Claimed, call: CallNeeded) -> Answered:
        """Reach outside in a thread of its own, until the step's time is over; the lease is renewed meanwhile."""
        runner = STEP_RUNNERS[call.step.do]
        assert isinstance(runner, OutsideRunner), "only outside steps ask for calls"
        if self.rehearse is not None:
            return self.rehearse(call, runner)
        box: list[Answered] = []

        def reach_outside() -> None:
            try:
                box.append(Answered(call.path, runner.call(self.process, call.request, call.key)))
            except BaseException as error:  # whatever it is, it is the step's failure
                box.append(Answered(call.path, error=error))

        faults.reach(BEFORE_CALL)
        thread = threading.Thread(target=reach_outside, name=f"call-{run.id}", daemon=True)
        thread.start()
        deadline = time.monotonic() + call.step.timeout_s
        lease = self.process.settings.limits.flow_lease_s
        pause = min(1.0, lease / 3)
        while thread.is_alive() and (left := deadline - time.monotonic()) > 0:
            thread.join(min(pause, left))
            if thread.is_alive():
                if self.waiting:
                    self._give_back_waiting()
                renew(self.process, self.ctx, [(run.id, run.fence)])
                pause = lease / 3
        faults.reach(AFTER_CALL)
        return box[0] if box else Answered(call.path, error=StepTimeout(limit=call.step.timeout_s))


def _guarding() -> sa.Select[Any]:
    own = (run_table.c.id == sa.bindparam("q_id")) & (run_table.c.fence == sa.bindparam("q_fence"))
    return sa.select(run_table.c.id).where(own, run_table.c.state == "running").with_for_update()


def guard(work: Work, run: Claimed) -> None:
    """Lock the run, and see that it is still ours: the first statement of every turn. Raises: NotOurs."""
    if not statement(work, "guard", _guarding).run(work.tx, {"q_id": run.id, "q_fence": run.fence}):
        raise NotOurs
    outbox.set_depth(work, run.depth + 1)
    faults.reach(AFTER_GUARD)


def take_turn(work: Work, run: Claimed, *, is_careful: bool, answered: Answered | None) -> TurnEnd:
    """Take steps of a run in this transaction. Raises: NotOurs, StepError (everything must be undone then)."""
    guard(work, run)
    turn = opened(work, run, is_careful=is_careful)
    turn.answered = answered
    turn.go()
    return close(turn)


def take_failure(work: Work, run: Claimed, path: str, error: BaseException, answered: Answered | None) -> TurnEnd:
    """Note that the step of a run at a path has failed. Raises: NotOurs."""
    guard(work, run)
    turn = opened(work, run, is_careful=True, as_system=True)
    note_failure(turn, path, error, answered)
    return close(turn)


def opened(work: Work, run: Claimed, *, is_careful: bool, as_system: bool = False) -> Turn:
    """The turn of a run in this transaction, acting for whom the flow says. Raises: StepError."""
    try:
        model = model_of(work, run.release)
        doc = flow_of(model, run.flow)
    except (NotFound, Invalid) as error:
        raise Unusable(error) from error
    sight = Sight(work, run, model, doc, Cursor.load(run.cursor))
    if doc.run_as == "actor" and not as_system and run.actor_id:
        work.ctx = work.ctx.acting_as(_actor(work, run.actor_id))
    work.ctx = replace(work.ctx, reason=work.ctx.reason or f"flow {doc.name}")
    if not run.cursor and not as_system:
        _begin(sight)
    return Turn(work, run, sight, is_careful=is_careful)


def _actor(work: Work, number: int) -> Any:
    row = access.user_by_id(work.tx, number)
    if row is None or not row["is_active"]:
        raise StepError("", ActorGone())
    return actor_of(row)


def _begin(sight: Sight) -> None:
    """Give the variables their first values."""
    main = sight.cursor.threads[0]
    for each in sight.doc.variables:
        if each.initial is not None:
            try:
                sight.cursor.variables[each.name] = pack(sight.value(each.initial, main))
            except FormulaError as error:
                raise StepError("", error) from error
        elif each.type.kind == "boolean":
            sight.cursor.variables[each.name] = False


def fail_plainly(work: Work, run: Claimed, error: dict[str, Json]) -> TurnEnd:
    """End a run as failed without looking at its flow. Raises: NotOurs."""
    guard(work, run)
    end_plainly(work, run.id, run.lane, run.parent_id, error)
    return TurnEnd("failed", run.cursor, run.steps, None)


def end_plainly(work: Work, run: int, lane: str | None, parent: int | None, error: dict[str, Json]) -> None:
    """Write that a run has failed, and let those go on that waited for it."""
    values = {"state": "failed", "occupies": False, "finished_at": work.now, "error": text_of(error),
              "lease_until": None, "wake_at": None}  # fmt: skip
    work.tx.execute(sa.update(run_table).where(run_table.c.id == run).values(values))
    let_next(work, lane)
    if parent is not None:
        tell_parent(work, run, "failed", None, error)


def close(turn: Turn) -> TurnEnd:
    """Write what a turn has brought about: rows, cursor, state, and whoever waited for the run."""
    work, run = turn.work, turn.run
    faults.reach(BEFORE_ROWS)
    turn.rows.flush(work, run.id)
    faults.reach(AFTER_ROWS)
    text = turn.cursor.dump()
    steps = run.steps + turn.taken
    is_over = turn.state in FINAL
    wakes_at = turn.wakes_at if turn.state == "waiting" else None
    values: dict[str, Any] = {
        "cursor": text, "steps": steps, "state": turn.state, "occupies": turn.occupies, "wake_at": wakes_at,
        "finished_at": work.now if is_over else None, "error": text_of(turn.error), "result": text_of(turn.result),
    }  # fmt: skip
    if turn.has_moved:
        values |= {"deaths": 0, "is_alone": False}
    if turn.state == "running":
        values["lease_until"] = lease_end(work.tx, work.settings.limits.flow_lease_s)
    else:
        values |= {"lease_until": None, "worker": None}
    work.tx.execute(sa.update(run_table).where(run_table.c.id == run.id).values(values))
    if not turn.occupies:
        let_next(work, run.lane)
    if is_over and turn.state != "review" and run.parent_id is not None:
        tell_parent(work, run.id, turn.state, turn.result, turn.error)
    return TurnEnd(turn.state, text, steps, turn.call)


def tell_parent(work: Work, run: int, state: str, result: Json, error: Json) -> None:
    """Let the run go on that waits for this one."""
    wake(work, f"run:{run}", {"run": run, "state": state, "result": result, "error": error})


@contextmanager
def _driver(process: Process, ctx: Context) -> Iterator[Driver]:
    driver = Driver(process, ctx)
    try:
        yield driver
    finally:
        if driver.waiting:
            driver._give_back_waiting()


def run_due(process: Process, ctx: Context, limit: int) -> int:
    """Claim runs that are due and bring each as far as it goes; how many."""
    with _driver(process, ctx) as driver:
        return driver.drive_due(limit, is_idle=True)


CHORES.add("flows.run", Chore("flows.run", run_due, rank=20))
