"""Scenarios: they pass, they fail with the difference in words, and they leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from packages.building import apply, field, fresh_runtime, work_package
from tessera.context import Context
from tessera.engine import records
from tessera.engine.scenarios import Outcome, run_all
from tessera.runtime import Runtime

FIELDS = [
    field("code", "code", required=True, unique=True),
    field("effort", "effort", "integer", min=0),
    field("twice", "twice", "formula", value="effort * 2"),
    field("since", "since", "datetime", default="NOW()"),
]


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """A runtime on an empty database."""
    made = fresh_runtime(database_url)
    yield made
    made.close()


def played(runtime: Runtime, **body: Any) -> Outcome:
    """Apply a package with one scenario and run it."""
    label = {"zh": "试", "en": "Try"}
    apply(runtime, work_package(FIELDS, {"kind": "scenario", "uid": "one", "name": "one", "label": label, **body}))
    with runtime.database.read() as tx:
        release = runtime.releases.bind(tx)
    (outcome,) = run_all(runtime.database, runtime.settings, release, lambda document: True)
    return outcome


def step(uid: str, do: str, **more: Any) -> dict[str, Any]:
    """A step of a scenario."""
    return {"uid": uid, "do": do, **more}


CREATE = step("make", "create", entity="task", values={"code": "A", "effort": 3}, **{"as": "it"})


def test_a_scenario_passes_and_leaves_no_trace(runtime: Runtime) -> None:
    change = step("change", "update", record="it", values={"effort": 5})
    looks = [
        {"uid": "first", "after": "make", "record": "it", "values": {"twice": "6"}},
        {"uid": "last", "record": "it", "values": {"twice": 10, "code": "A"}},
        {"uid": "all", "entity": "task", "where": "effort > 4", "count": 1},
    ]
    assert played(runtime, steps=[CREATE, change], expect=looks).failures == ()
    with runtime.reading(Context()) as work:
        assert records.count(work, "task") == 0


def test_a_difference_is_told_in_words(runtime: Runtime) -> None:
    look = {"uid": "look", "record": "it", "values": {"twice": 7}}
    assert played(runtime, steps=[CREATE], expect=[look]).failures == (
        "expect look: it.twice: expected 7, found 6",
    )


def test_the_clock_shows_the_instant_of_the_step(runtime: Runtime) -> None:
    late = {**CREATE, "at": "2025-02-03T04:05:06Z"}
    look = {"uid": "look", "record": "it", "values": {"since": "2025-02-03T12:05:06+08:00"}}
    assert played(runtime, steps=[late], expect=[look]).passed


def test_an_expected_error_passes_and_another_one_does_not(runtime: Runtime) -> None:
    bad = step("bad", "create", entity="task", values={"code": "B", "effort": -1}, expect_error="out_of_range")
    none = {"uid": "none", "entity": "task", "count": 0}
    outcome = played(runtime, steps=[bad], expect=[none])
    assert outcome.passed, outcome.failures
    wrong = played(runtime, steps=[{**bad, "expect_error": "not_found"}], expect=[none])
    assert len(wrong.failures) == 1 and wrong.failures[0].startswith("step bad: expected the error not_found, got")


def test_deleting_and_restoring(runtime: Runtime) -> None:
    steps = [CREATE, step("gone", "delete", record="it"), step("back", "restore", record="it")]
    looks = [
        {"uid": "away", "after": "gone", "record": "it", "deleted": True},
        {"uid": "there", "record": "it", "values": {"code": "A"}},
    ]
    assert played(runtime, steps=steps, expect=looks).passed
