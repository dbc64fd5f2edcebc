"""What begins runs: changes of records one by one and among many, states; what an event keeps of the record."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from engine.conftest import label
from flows.kit import NOON, Works, flow, on
from flows.test_control import memo, memos
from tessera.engine import records, sealing
from tessera.engine.flows.dispatching import dispatch
from tessera.store.system.flows import run as run_table
from tessera.store.system.records import outbox

Begin = Callable[..., Works]


def test_records_begin_runs_when_they_are_created_changed_and_deleted(begin: Begin) -> None:
    works = begin(
        flow("made", on("record.created"), memo("'made ' & record.subject & ' ' & after.effort"), group="all"),
        flow("changed", on("record.updated", changed=["effort"]),
             memo("'changed ' & before.effort & ' to ' & after.effort"), group="all"),
        flow("gone", on("record.deleted"), memo("'gone ' & record.subject & ' ' & before.effort"), group="all"),
        flow("off", on("record.created"), memo("'off'"), active=False),
    )  # fmt: skip
    task = works.create("task", subject="x", effort=1)
    works.update("task", task["id"], effort=2)
    works.update("task", task["id"], effort=3)
    works.update("task", task["id"], subject="y")
    works.update("task", task["id"], subject="y")
    works.delete("task", task["id"])
    works.settle()
    assert memos(works) == ["made y 1", "changed 1 to 2", "changed 2 to 3", "gone y 3"]
    assert works.settle() == 0


def test_states_are_entered_and_left_whoever_changes_them(begin: Begin) -> None:
    works = begin(
        flow("enter", on("state.entered", states=["open", "busy"]),
             memo("record.id & ' enters ' & event.new_state & ' from ' & COALESCE(event.old_state, '-')"), group="all"),
        flow("leave", on("state.left", states=["open"]), memo("record.id & ' leaves for ' & event.new_state"),
             group="all"),
    )  # fmt: skip
    task = works.create("task", subject="x")["id"]
    works.update("task", task, state="busy")
    works.update("task", task, effort=2)
    works.settle()
    assert memos(works) == [f"{task} enters open from -", f"{task} enters busy from open", f"{task} leaves for busy"]


def test_many_records_at_once_begin_a_run_each_in_their_order(begin: Begin) -> None:
    works = begin(flow("made", on("record.created", when="record.account.region = 'north'"),
                       memo("record.subject & ' ' & record.account.code")))
    north = works.create("account", code="N", region="north")["id"]
    south = works.create("account", code="S", region="south")["id"]
    rows = [{"subject": f"s{number}", "account": north if number % 2 else south} for number in range(60)]
    works.runtime.write(works.context(), lambda work: records.bulk_create(work, "task", rows))
    works.settle()
    assert memos(works) == [f"s{number} N" for number in range(60) if number % 2]
    with works.runtime.database.read() as tx:
        assert tx.scalar(sa.select(sa.func.count()).where(outbox.c.dispatched_at.is_(None))) == 0


def test_the_condition_is_asked_when_it_happens_and_the_steps_read_what_is_now(begin: Begin) -> None:
    works = begin(flow("saw", on("record.updated", when="record.effort = 5"), memo("'now ' & record.effort")))
    task = works.create("task", subject="x", effort=1)["id"]
    works.update("task", task, effort=5)
    works.update("task", task, effort=9)
    works.settle()
    assert memos(works) == ["now 9"]


def test_a_condition_that_fails_makes_a_failed_run_and_leaves_the_change_alone(begin: Begin) -> None:
    works = begin(flow("odd", on("record.created", when="100 / record.effort > 2"), memo("'x'")))
    task = works.create("task", subject="x", effort=0)
    works.settle()
    assert works.get("task", task["id"])["effort"] == 0
    assert [(run["state"], run["error"]["code"]) for run in works.runs()] == [("failed", "formula_error")]


def test_personal_values_are_sealed_in_events_and_runs_and_erased_with_their_key(begin: Begin) -> None:
    works = begin(flow("moved", on("record.updated", "account", changed=["name"]),
                       {"do": "wait", "for": "1h"}, memo("COALESCE(before.name, 'erased')")))
    for code in "AB":
        account = works.create("account", code=code, name=f"Ada {code}")["id"]
        works.update("account", account, name="Eve")
    works.settle()
    with works.runtime.database.read() as tx:
        kept = [*tx.execute(sa.select(outbox.c.payload)).scalars(), *tx.execute(sa.select(run_table.c.given)).scalars()]
    assert len(kept) >= 6 and not any("Ada" in each or "Eve" in each for each in kept)
    works.runtime.write(works.context(), lambda work: sealing.destroy_key(work, "work:account", account))
    works.later(hours=1)
    works.settle()
    assert memos(works) == ["Ada A", "erased"]


def test_an_event_that_is_committed_late_is_dispatched_all_the_same(begin: Begin) -> None:
    works = begin(flow("made", on("record.created"), memo("record.subject")))
    if works.runtime.database.dialect == "sqlite":
        return  # there is one writer at a time, so no event is late
    runtime = works.runtime
    with runtime.writing(works.context()) as late:
        records.create(late, "task", {"subject": "late"})
        works.create("task", subject="early")
        works.settle()
        assert memos(works) == ["early"]
    works.settle()
    assert memos(works) == ["early", "late"]


def test_runs_keep_the_order_of_their_events(begin: Begin) -> None:
    works = begin(flow("made", on("record.created"), memo("record.subject")))
    for number in range(20):
        works.create("task", subject=str(number))
    dispatch(works.runtime, works.context(), 100)
    rows = works.runs()
    assert [row["event_id"] for row in rows] == sorted(row["event_id"] for row in rows)
    assert all(row["given"]["event"]["at"] == {"~t": NOON.isoformat()} for row in rows)
    dispatch(works.runtime, works.context(), 100)
    assert len(works.runs()) == 20


def test_a_condition_may_read_tables(begin: Begin) -> None:
    columns = [{"uid": "least", "name": "least", "label": label("least"), "type": "integer"}]
    table = {"kind": "table", "uid": "bounds", "name": "bounds", "label": label("bounds"), "columns": columns,
             "rows": [{"uid": "row", "values": {"least": 5}}]}  # fmt: skip
    works = begin(table, flow("made", on("record.created", when="record.effort >= FIRST(bounds).least"),
                              memo("'big ' & record.effort")))  # fmt: skip
    for effort in (4, 5):
        works.create("task", subject="x", effort=effort)
    works.settle()
    assert memos(works) == ["big 5"]
