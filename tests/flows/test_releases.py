"""Runs follow the documents of the release that they began under, over the tables of the head."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from engine.conftest import ACCOUNT, TASK, small_package
from flows.kit import Works, flow, on
from flows.test_control import memo, memos
from flows.test_hands import do
from tessera.context import Context
from tessera.engine import packages
from tessera.engine.flows import controlling
from tessera.meta import Package
from tessera.meta.documents import document_of, package_of

Begin = Callable[..., Works]
FLOW = flow(
    "long", on("record.updated", changed=["effort"]),
    {"do": "wait", "for": "1h"},
    {"do": "find_records", "entity": "task", "where": "effort >= record.effort AND account.code = record.account.code",
     "sort": [{"uid": "eff", "by": "effort"}], "as": "found"},
    {"do": "update_record", "values": {"effort": "before.effort + record.effort * 10 + COUNT(found)"}},
    memo("'old ' & record.subject & ' ' & record.account.code & ' ' & SUM(record.items, hours)"),
)  # fmt: skip


def renamed(task: dict[str, Any], uid: str, name: str) -> dict[str, Any]:
    """The entity with another name for a field, and its formulas with it."""
    body: dict[str, Any] = copy.deepcopy(task)
    for field in body["fields"]:
        if field["uid"] == uid:
            old, field["name"] = field["name"], name
    for field in body["fields"]:
        for key in ("value", "check"):
            if isinstance(field.get(key), str):
                field[key] = field[key].replace(old, name)
            elif isinstance(field.get(key), dict):
                field[key]["rule"] = field[key]["rule"].replace(old, name)
    return body


def with_task(task: dict[str, Any], *more: dict[str, Any]) -> Package:
    """The package of the tests with another form of its tasks."""
    package = small_package(*more)
    documents = [each for each in package.documents if each.uid != "task"]
    return package_of("work", [*documents, document_of("work", "entity/task.json", task)])


def apply(works: Works, package: Package) -> None:
    """A release after the first one."""
    packages.apply(works.runtime.database, works.runtime.settings, Context(), [package], consent=True)


def begun(begin: Begin) -> tuple[Works, int]:
    """A run that waits, and the record that it is about."""
    works = begin(FLOW)
    account = works.create("account", code="A")["id"]
    task = works.create("task", subject="x", effort=1, account=account, items=[{"item": "i", "hours": 2}])["id"]
    works.update("task", task, effort=2)
    works.settle()
    assert works.states() == ["waiting"]
    return works, task


def test_a_run_goes_on_by_its_own_flow_after_another_was_released(begin: Begin) -> None:
    works, task = begun(begin)
    apply(works, small_package(flow("long", on("record.updated", changed=["effort"]), memo("'new'"))))
    works.later(hours=1)
    works.settle()
    assert memos(works) == ["old x A 2", "new"]
    assert works.get("task", task)["effort"] == 22


def test_a_run_finds_fields_again_that_were_renamed(begin: Begin) -> None:
    works, task = begun(begin)
    changed = renamed(renamed(TASK, "effort", "strength"), "account", "customer_of")
    for field in changed["fields"]:
        if field["uid"] in ("region", "account_name"):
            key = "capture" if "capture" in field else "path"
            field[key] = field[key].replace("account.", "customer_of.")
    account = {**ACCOUNT, "fields": [
        {**each, **({"via": "customer_of"} if each.get("via") == "account" else {}),
         **({"name": "symbol"} if each["uid"] == "code" else {})} for each in ACCOUNT["fields"]],
        "business_key": ["symbol"]}  # fmt: skip
    for field in changed["fields"]:
        if field["uid"] == "summary":
            field["value"] = "subject & ' ' & customer_of.symbol"
    package = with_task(changed)
    others = [each for each in package.documents if each.uid != "account"]
    apply(works, package_of("work", [*others, document_of("work", "entity/account.json", account)]))
    works.later(hours=1)
    works.settle()
    assert works.runs()[0]["error"] is None
    assert memos(works) == ["old x A 2"] and works.get("task", task)["strength"] == 22


def test_a_field_that_was_removed_reads_as_blank_and_cannot_be_written(begin: Begin) -> None:
    works, _ = begun(begin)
    changed = copy.deepcopy(TASK)
    changed["fields"] = [each for each in changed["fields"] if each["uid"] != "effort"]
    apply(works, with_task(changed))
    works.later(hours=1)
    works.settle()
    assert works.runs()[0]["error"]["code"] == "field_gone"


def test_an_event_belongs_to_the_release_in_which_it_happened(begin: Begin) -> None:
    works = begin(flow("old", on("record.created"), memo("'old'")))
    works.create("task", subject="x")
    apply(works, small_package(flow("new", on("record.created"), memo("'new'"))))
    works.create("task", subject="y")
    works.settle()
    assert memos(works) == ["old", "new"]
    old = works.runs()[0]
    fresh = do(works, controlling.repeat_run, old["id"], with_head=False)
    works.settle()
    assert works.states() == ["done", "done", "failed"]  # the memo is taken: the same flow ran again
    assert works.runs()[-1]["id"] == fresh and works.runs()[-1]["release"] == old["release"]
