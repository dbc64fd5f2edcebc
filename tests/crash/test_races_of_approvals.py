"""Approvals under real processes at once, and killed in the middle: one outcome, each run goes on once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from approvals.kit import PEOPLE, Office, approve, deal, node, office_with, who
from crash.processes import KILLED, run, run_all
from tessera.context import Context, frozen_clock
from tessera.engine.approvals import chores, deciding
from tessera.engine.approvals.errors import ApprovalEnded, TaskDecided, TooLateToUndo
from tessera.errors import Unavailable
from tessera.runtime import Runtime
from tessera.store.system.approvals import actions, approvals, tasks

REFUSED = 3
CHOOSERS = PEOPLE[1:]


@pytest.fixture
def office(database_url: str) -> Any:
    """An office in which any of five may decide, and whose flow counts how often it goes on."""
    more = {"uid": "more", "do": "create_record", "entity": "receipt", "values": {"memo": "record.subject"}}
    step = approve(node("one", who(*CHOOSERS), "any", deadlines=[{"uid": "end", "after": "1h", "do": "reject"}]))
    made = office_with(database_url, deal(step, more))
    yield made
    made.runtime.close()


def at(office: Office, name: str, **later: float) -> Context:
    """Somebody a while from now, the platform without a name."""
    instant = office.works.now + timedelta(**later)
    return Context(actor=office.context(name).actor, clock=frozen_clock(instant))


def attempt(ctx: Context, action: Callable[..., Any], runtime: Runtime) -> None:
    """Do something, again after a 503; ends with another code when it is refused."""
    while True:
        try:
            runtime.write(ctx, action)
        except (TaskDecided, ApprovalEnded, TooLateToUndo):
            raise SystemExit(REFUSED) from None
        except Unavailable:
            continue
        return


def deciding_by(office: Office, name: str, kind: str, **later: float) -> Callable[[Runtime], None]:
    """A process in which somebody decides about his task."""
    task = office.task(name)
    return partial(attempt, at(office, name, **later), lambda work: deciding.decide(work, task, kind, opinion="x"))


def test_of_five_who_decide_at_once_one_wins_and_the_others_are_told(office: Office) -> None:
    office.claim()
    processes = [deciding_by(office, name, "agree" if place % 2 else "reject") for place, name in enumerate(CHOOSERS)]
    codes = run_all(office.runtime, processes)
    assert sorted(codes) == [0, *[REFUSED] * 4], codes
    office.wait(seconds=10)
    with office.runtime.database.read() as tx:
        (done,) = tx.rows(sa.select(actions).where(actions.c.kind.in_(("agree", "reject"))))
        assert tx.scalar(sa.select(sa.func.count()).where(tasks.c.state != "closed")) == 0
    assert office.approval()["outcome"] == {"agree": "agreed", "reject": "rejected"}[done["kind"]]
    assert office.run()["state"] == "done"


def test_a_decision_and_the_deadline_at_once_have_one_outcome(office: Office) -> None:
    office.claim()
    worker = partial(_work, at(office, "", minutes=60))
    codes = run_all(office.runtime, [deciding_by(office, "ann", "agree", minutes=59), worker, worker])
    assert codes[1:] == [0, 0] and codes[0] in (0, REFUSED), codes
    office.wait(minutes=61)
    assert office.approval()["outcome"] == ("agreed" if codes[0] == 0 else "rejected")
    assert office.works.count("receipt") == (1 if codes[0] == 0 else 0)


def test_taking_back_and_becoming_final_at_once_end_in_one_of_both(office: Office) -> None:
    office.claim()
    office.decide("ann", "agree")
    task = office.task("ann", state="decided")
    undo = partial(attempt, at(office, "ann", seconds=9), lambda work: deciding.undo(work, task))
    codes = run_all(office.runtime, [undo, partial(_work, at(office, "", seconds=10))])
    assert codes[1] == 0 and codes[0] in (0, REFUSED), codes
    office.works.settle()
    assert office.approval()["outcome"] == (None if codes[0] == 0 else "agreed")
    assert ("ann" in office.asked()) == (codes[0] == 0)


def _work(ctx: Context, runtime: Runtime) -> None:
    while True:
        try:
            chores.settle_due(runtime, ctx, 50)
        except Unavailable:
            continue
        return


def test_four_workers_settle_each_of_many_once(office: Office) -> None:
    for number in range(6):
        office.claim(subject=f"c{number}")
        office.decide("ann", "agree")
    codes = run_all(office.runtime, [partial(_work, at(office, "", seconds=10))] * 4)
    assert codes == [0] * 4
    office.wait(seconds=10)
    assert office.works.count("receipt") == 6
    with office.runtime.database.read() as tx:
        assert tx.execute(sa.select(approvals.c.outcome)).scalars().all() == ["agreed"] * 6


@pytest.mark.parametrize("fault", ["approvals.before_save", "approvals.after_save", "work.before_commit"])
def test_who_is_killed_while_deciding_has_decided_nothing(office: Office, fault: str) -> None:
    office.claim()
    process = deciding_by(office, "ann", "agree")
    assert run(office.runtime, process, fault) == KILLED
    assert office.asked() == list(CHOOSERS)
    with office.runtime.database.read() as tx:
        assert tx.scalar(sa.select(sa.func.count()).where(actions.c.kind == "agree")) == 0
    assert run(office.runtime, process) == 0
    office.wait(seconds=10)
    assert office.approval()["outcome"] == "agreed"


def test_a_worker_that_is_killed_while_it_settles_is_followed_by_another(office: Office) -> None:
    office.claim()
    office.decide("ann", "agree")
    later = partial(_work, at(office, "", seconds=10))
    assert run(office.runtime, later, "approvals.after_save") == KILLED
    assert office.approval()["outcome"] is None
    assert run(office.runtime, later) == 0
    office.works.later(seconds=10)
    office.works.settle()
    assert (office.approval()["outcome"], office.works.count("receipt")) == ("agreed", 1)
