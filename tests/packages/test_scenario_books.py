"""Scenarios about accounts: what steps do to them, what is expected of them, and documents for one scenario alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.test_several_accounts import package
from packages.building import apply, fresh_runtime
from tessera.engine.scenarios import Outcome, run_all
from tessera.errors import Invalid
from tessera.meta import check
from tessera.meta.documents import document_of, package_of
from tessera.runtime import Runtime

Body = dict[str, Any]
GIVEN = [{"uid": f"g_{code}", "entity": entity, "as": code, "values": {"code": code}}
         for entity, code in (("site", "p1"), ("site", "p2"), ("owner", "o1"), ("owner", "o2"))]  # fmt: skip
HERE = {"ledger": "units", "holder": "o1", "beside": ["p1"]}


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """A runtime on an empty database."""
    made = fresh_runtime(database_url)
    yield made
    made.close()


def scenario(**body: Any) -> Body:
    """A scenario of these tests."""
    head = {"kind": "scenario", "uid": "one", "name": "one", "label": "One", "now": "2026-03-01T10:00:00Z"}
    return {**head, "given": GIVEN, **body}


def with_scenario(body: Body) -> Any:
    """The package with a scenario in it."""
    return package_of("small", [*package().documents, document_of("small", "scenario.json", body)])


def played(runtime: Runtime, **body: Any) -> Outcome:
    """Run one scenario of the package."""
    apply(runtime, with_scenario(scenario(**body)))
    with runtime.database.read() as tx:
        release = runtime.releases.bind(tx)
    (outcome,) = run_all(runtime.database, runtime.settings, release, lambda document: True)
    return outcome


def step(uid: str, do: str, **more: Any) -> Body:
    return {"uid": uid, "do": do, **more}


GRANT = step("grant", "post", **HERE, key="a", move="grant", amount=100, total="given", expires_on="2026-12-31")


def test_every_verb_of_accounts(runtime: Runtime) -> None:
    steps = [
        GRANT,
        step("fact", "record_fact", timeline="life", fact="spent", holder="o1", key="f",
             values={"amount": "10", "site": "@p1"}),
        step("hold", "hold", **HERE, key="h", amount=30),
        step("use_", "use_hold", **HERE, key="h", amount=20),
        step("hold2", "hold", **HERE, key="i", amount=70, until="2026-03-01T11:00:00Z"),
        step("free", "release", **HERE, key="i"),
        step("move_", "transfer", **HERE, to="o2", key="t", amount=15),
        step("undo", "undo_transfer", ledger="units", holder="o1", key="t"),
        step("again", "record_fact", timeline="life", fact="spent", holder="o1", key="g",
             values={"amount": 500, "site": "@p1"}, expect_error="not_covered"),
        step("back", "withdraw_fact", timeline="life", fact="spent", holder="o1", key="f"),
        step("late", "post", **{**HERE, "beside": ["p2"]}, key="b", move="take", amount=5, total="used", may_owe=True,
             at="2026-03-02T10:00:00Z"),
        step("rev", "reverse", ledger="units", holder="o1", key="b"),
    ]  # fmt: skip
    looks = [
        {"uid": "fact", "after": "fact", "balance": "units", "holder": "o1", "value": 90},
        {"uid": "used", "after": "free", "balance": "units", "holder": "o1", "figure": "available", "value": 70},
        {"uid": "held", "hold": "h", "ledger": "units", "holder": "o1", "beside": ["p1"], "state": "used", "used": 20},
        {"uid": "moved", "after": "move_", "balance": "units", "holder": "o2", "value": 15},
        {"uid": "owed", "after": "late", "balance": "units", "holder": "o1", "beside": ["p2"], "value": -5},
        {"uid": "shown", "balance": "units", "holder": "o1", "posted_by": "2026-03-01T12:00:00Z", "value": 80},
        {"uid": "lots", "lots": "units", "holder": "o1", "beside": ["p1"], "as_of": "2026-03-01T12:00:00Z",
         "rows": [{"uid": "row", "left": 80, "expires_on": "2026-12-31"}]},
        {"uid": "moves", "movements": "units", "holder": "o1", "beside": ["p1"], "rows": [
            {"uid": "r_1", "as": "given", "amount": 100}, {"uid": "r_2", "as": "held_used", "amount": 20}]},
    ]  # fmt: skip
    outcome = played(runtime, steps=steps, expect=looks)
    assert outcome.passed, outcome.failures


def test_a_difference_of_holds_reviews_and_state_is_told_in_words(runtime: Runtime) -> None:
    looks = [
        {"uid": "held", "hold": "h", "ledger": "units", "holder": "o1", "beside": ["p1"], "state": "used", "used": 20},
        {"uid": "ask", "reviews": "life", "holder": "o1", "rows": [{"uid": "row", "ledger": "units", "missing": 5}]},
        {"uid": "told", "state": "life", "holder": "o1", "values": {"nope": 1}},
        {"uid": "none", "state": "life", "holder": "o2", "values": {}},
    ]
    outcome = played(runtime, steps=[GRANT, step("hold", "hold", **HERE, key="h", amount=30)], expect=looks)
    assert outcome.failures == (
        "expect held: hold h state: expected 'used', found 'open'",
        "expect held: hold h used: expected 20, found 0",
        "expect ask: life: there is no review ledger 'units', missing 5",
        "expect told: life.nope: expected 1, found nothing of that name",
        "expect none: o2: nothing was decided about it on life",
    )


def test_a_scenario_has_documents_of_its_own(runtime: Runtime) -> None:
    counted = {"kind": "overlay", "uid": "counted", "of": "small:life", "changes": {"state": [
        {"uid": "count", "name": "count_", "initial": "0"}]}}  # fmt: skip
    twice = {"kind": "overlay", "uid": "twice", "of": "small:spent", "changes": {"steps": [
        {"uid": "take", "amount": "amount * 2"}, {"uid": "count", "set": "count_", "to": "count_ + 1"}]}}  # fmt: skip
    fact = step("fact", "record_fact", timeline="life", fact="spent", holder="o1", key="f",
                values={"amount": 10, "site": "@p1"})  # fmt: skip
    looks = [{"uid": "left", "balance": "units", "holder": "o1", "value": 80},
             {"uid": "times", "state": "life", "holder": "o1", "values": {"count_": 1}}]  # fmt: skip
    outcome = played(runtime, documents=[counted, twice], steps=[GRANT, fact], expect=looks)
    assert outcome.passed, outcome.failures
    broken = {"kind": "overlay", "uid": "twice", "of": "small:spent", "changes": {"steps": [
        {"uid": "take", "amount": "nope * 2"}]}}  # fmt: skip
    outcome = played(runtime, documents=[broken], steps=[GRANT], expect=looks)
    assert [each.partition(" ")[0] for each in outcome.failures] == ["documents:"]


@pytest.mark.parametrize(("change", "code", "place"), [
    ({"documents": [{"kind": "entity", "uid": "new", "name": "new"}]}, "wrong_kind", "/documents/0/kind"),
    ({"documents": [{"kind": "overlay", "uid": "new", "of": "small:owner", "changes": {}}]}, "wrong_kind",
     "/documents/0/kind"),
    ({"documents": [{"kind": "overlay", "uid": "new", "of": "small:nope", "changes": {}}]}, "unknown_document",
     "/documents/0/of"),
    ({"steps": [step("one", "post", **HERE, key="a")]}, "missing_key", "/steps/0"),
    ({"steps": [step("one", "post", **{**HERE, "ledger": "nope"}, key="a", move="take", amount=1, total="x_x")]},
     "unknown_ledger", "/steps/0/ledger"),
    ({"steps": [step("one", "hold", **{**HERE, "holder": "nobody"}, key="a", amount=1)]}, "unknown_alias",
     "/steps/0/holder"),
    ({"steps": [step("one", "hold", **{**HERE, "beside": ["nobody"]}, key="a", amount=1)]}, "unknown_alias",
     "/steps/0/beside/0"),
    ({"steps": [step("one", "decide_review", timeline="life", holder="o1", verdict="corrected")]}, "missing_key",
     "/steps/0"),
    ({"expect": [{"uid": "look", "reviews": "nope", "holder": "o1", "rows": []}]}, "unknown_timeline",
     "/expect/0/reviews"),
    ({"expect": [{"uid": "look", "state": "nope", "holder": "o1", "values": {}}]}, "unknown_timeline",
     "/expect/0/state"),
])  # fmt: skip
def test_what_is_wrong_with_a_scenario_is_told(change: Body, code: str, place: str) -> None:
    looks = [{"uid": "look", "balance": "units", "holder": "o1", "value": 0}]
    found = check([with_scenario(scenario(**{"steps": [], "expect": looks, **change}))])
    assert (code, place) in {(each.code, each.pointer.rpartition("#")[2]) for each in found}, found


def test_a_scenario_that_changes_what_is_kept_is_refused(runtime: Runtime) -> None:
    looks = [{"uid": "look", "balance": "units", "holder": "o1", "value": 0}]
    with pytest.raises(Invalid):
        played(runtime, documents=[{"kind": "entity", "uid": "new", "name": "new"}], steps=[], expect=looks)
