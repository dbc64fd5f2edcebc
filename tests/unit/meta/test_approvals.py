"""Steps of kind approve and organisations: what they compile to, and everything wrong told with its place."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from approvals.kit import CLAIM, MATRIX, ORGANISATION, ROLES, STAFF, approve, deal, node, who
from engine.conftest import label, small_package
from tessera.meta import check, compile_model
from tessera.meta.approvals import ApproveDoc
from tessera.meta.rename import rename

STEP = approve(
    node("one", who("ann"), fields=[{"uid": "amo", "field": "amount"}, {"uid": "pri", "field": "items.price"}]),
    node("two", [{"uid": "kee", "field": "keeper"}, {"uid": "man", "manager": "requester"},
                 {"uid": "tab", "table": "matrix", "when": "row.least <= record.amount", "column": "who"}],
         deadlines=[{"uid": "two", "after": "2d", "do": "escalate"}, {"uid": "one", "after": "1h", "do": "urge"}]),
)  # fmt: skip


def documents(step: dict[str, Any], *more: dict[str, Any], organisation: bool = True) -> Any:
    """The package with a flow of that step."""
    every = (CLAIM, STAFF, MATRIX, *ROLES, *([ORGANISATION] if organisation else []), deal(step), *more)
    return small_package(*copy.deepcopy(every))


def problems(step: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """Code and place in the step of what is wrong."""
    found = check([documents(step, **more)])
    return [(each.code, each.pointer.split("/steps/0", 1)[-1]) for each in found]


def compiled(step: dict[str, Any], package: Any = None) -> ApproveDoc:
    """The options of the step."""
    model = compile_model([package or documents(step)])
    options: ApproveDoc = model.all("flow")[0].steps[0].options
    return options


def test_nodes_are_compiled_with_keys_that_survive_renames() -> None:
    options = compiled(STEP)
    assert [each.path for each in options.nodes[0].fields] == [
        ("work:claim.amount",), ("work:claim.items", "work:claim.items.price")]  # fmt: skip
    assert [each.do for each in options.nodes[1].plan.deadlines] == ["urge", "escalate"]
    assert (options.organisation, options.nodes[1].approvers[0].path) == ("work:house", ("work:claim.keeper",))
    renamed = rename([documents(STEP)], "work:claim.amount", "sum_asked")
    renamed = rename(renamed, "work:claim.keeper", "guardian")
    renamed = rename(renamed, "work:matrix.who", "people")
    again = compiled(STEP, renamed[0])
    assert [each.path for each in again.nodes[0].fields] == [each.path for each in options.nodes[0].fields]
    assert again.nodes[1].approvers[2].when is not None
    assert "sum_asked" in again.nodes[1].approvers[2].when.text


def changed(**values: Any) -> dict[str, Any]:
    """The step with another first node."""
    return {**STEP, "nodes": [{**STEP["nodes"][0], **values}, STEP["nodes"][1]]}


@pytest.mark.parametrize(
    ("step", "code", "place"),
    [
        (changed(mode="vote"), "missing_key", "/nodes/0"),
        (changed(share=50), "useless_key", "/nodes/0/share"),
        (changed(nobody="ask"), "missing_key", "/nodes/0"),
        (changed(fallback=who("bob")), "useless_key", "/nodes/0/fallback"),
        (changed(offers=["reject"]), "cannot_agree", "/nodes/0/offers"),
        (changed(deadlines=[{"uid": "one", "after": "1h", "do": "transfer"}]), "missing_key", "/nodes/0/deadlines/0"),
        (changed(deadlines=[{"uid": "one", "after": "soon", "do": "urge"}]), "bad_duration",
         "/nodes/0/deadlines/0/after"),
        (changed(fields=[{"uid": "one", "field": "nope"}]), "unknown_field", "/nodes/0/fields/0/field"),
        (changed(fields=[{"uid": "one", "field": "account.code", "may": "edit"}]), "read_only",
         "/nodes/0/fields/0/field"),
        (changed(fields=[{"uid": "one", "field": "memo"}, {"uid": "two", "field": "memo"}]), "repeated",
         "/nodes/0/fields/1/field"),
        (changed(approvers=[]), "too_few", "/nodes/0/approvers"),
        (changed(approvers=[{"uid": "one"}]), "missing_key", "/nodes/0/approvers/0"),
        (changed(approvers=[{"uid": "one", "field": "memo"}]), "not_a_user", "/nodes/0/approvers/0/field"),
        (changed(approvers=[{"uid": "one", "role": "nope"}]), "unknown_role", "/nodes/0/approvers/0/role"),
        (changed(approvers=[{"uid": "one", "role": "chief", "attribute": "region"}]), "missing_key",
         "/nodes/0/approvers/0"),
        (changed(approvers=[{"uid": "one", "formula": "TODAY()"}]), "wrong_type", "/nodes/0/approvers/0/formula"),
        (changed(approvers=[{"uid": "one", "table": "matrix", "when": "TRUE", "column": "nope"}]), "unknown_column",
         "/nodes/0/approvers/0/column"),
        ({**STEP, "returns_to": ["nope"]}, "not_an_earlier_step", "/returns_to/0"),
        ({**STEP, "title": "record.nope"}, "unknown_name", "/title"),
        ({**STEP, "organisation": "nope"}, "unknown_organisation", "/organisation"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(step: dict[str, Any], code: str, place: str) -> None:
    assert (code, place) in problems(step)


def test_whoever_needs_managers_needs_to_say_who_is_above_whom() -> None:
    assert ("no_organisation", "/nodes/1/deadlines/0") in problems(STEP, organisation=False)
    assert ("no_organisation", "/nodes/1/approvers/1") in problems(STEP, organisation=False)


def test_the_ways_up_of_an_organisation_lead_to_people() -> None:
    ways = [{"uid": "one", "path": "job"}, {"uid": "two", "path": "boss.who_"}]
    other = {**ORGANISATION, "user": "job", "managers": ways}
    found = check([small_package(STAFF, other)])
    assert [(each.code, each.pointer.rsplit("#", 1)[1]) for each in found] == [
        ("not_a_user", "/managers/0/path"), ("not_a_user", "/user")]  # fmt: skip


def test_roles_name_flows_that_there_are() -> None:
    role = {"kind": "role", "uid": "odd", "name": "odd", "label": label("odd"),
            "approvals": [{"uid": "one", "flow": "nope", "may": ["see"]}]}  # fmt: skip
    found = check([documents(STEP, role)])
    assert [(each.code, each.pointer.rsplit("#", 1)[1]) for each in found] == [("unknown_flow", "/approvals/0/flow")]


def test_included_roles_lend_their_rights_on_approvals() -> None:
    role = {"kind": "role", "uid": "both", "name": "both", "label": label("both"), "includes": ["overseer", "steward"]}
    model = compile_model([documents(STEP, role)])
    grants = {(each.flow, tuple(sorted(each.actions))) for each in model.part("role", "both").approvals}
    assert grants == {("", ("see",)), ("work:deal", ("manage", "see"))}
