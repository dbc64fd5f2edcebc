"""Plans: by uid, with their risk, and enough to lead from one Model to the other."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tessera.meta import Change, Model, compile_model, diff
from tessera.meta.diff import describe_entity, describe_field
from unit.meta.samples import OPTION_FIELDS, Body, Files, entity, field, good_model, package


def changed(change: Any) -> list[Change]:
    """The plan from the good Model to the one after the change."""
    return list(diff(good_model(), good_model(change)).changes)


def told(changes: list[Change]) -> list[tuple[str, ...]]:
    """What each change says, in short."""
    return [(each.action, each.kind, each.key, each.part, each.risk) for each in changes]


def test_equal_models_have_an_empty_plan() -> None:
    assert diff(good_model(), good_model()).changes == ()
    assert not diff(good_model(), good_model())


def test_from_nothing_everything_is_added() -> None:
    plan = diff(compile_model([]), good_model())
    assert {each.action for each in plan.changes} == {"add"}
    assert {"work:task", "work:task.lines", "work:account"} == {each.key for each in plan.of("entity")}


def field_change(index: int, **keys: Any) -> Any:
    """Changes keys of a field of the task; None takes a key away."""

    def change(files: Files) -> None:
        one = files["task.json"]["fields"][index]
        one.update(keys)
        for key in [key for key, value in keys.items() if value is None]:
            del one[key]

    return change


CASES: list[tuple[Any, tuple[str, ...]]] = [
    (field_change(1, max_length=100), ("retype", "field", "work:task.subject", "", "loses_precision")),
    (field_change(1, max_length=500), ("retype", "field", "work:task.subject", "", "safe")),
    (field_change(1, required=None), ("change", "field", "work:task.subject", "required", "safe")),
    (field_change(3, required=True), ("change", "field", "work:task.region", "required", "rebuild")),
    (field_change(3, unique=True), ("change", "field", "work:task.region", "unique", "rebuild")),
    (field_change(3, type="integer", capture=None), ("retype", "field", "work:task.region", "", "loses_precision")),
    (field_change(1, label="Topic"), ("change", "field", "work:task.subject", "label", "safe")),
    (field_change(4, default="'done'"), ("change", "field", "work:task.state", "default", "safe")),
    (field_change(7, value="SUM(lines, qty * rate)"), ("change", "field", "work:task.total", "value", "rebuild")),
    (field_change(7, stored=False), ("retype", "field", "work:task.total", "", "hides_data")),
    (field_change(2, on_delete="blank"), ("change", "field", "work:task.account", "options", "safe")),
]


@pytest.mark.parametrize(("change", "expected"), CASES, ids=[each[1][2] + each[1][3] for each in CASES])
def test_a_change_of_a_field_has_its_risk(change: Any, expected: tuple[str, ...]) -> None:
    assert expected in told(changed(change))


def test_a_rename_is_no_drop_and_add() -> None:
    def change(files: Files) -> None:
        files["grades.json"]["name"] = "levels"
        files["task.json"]["fields"][3]["name"] = "district"
        files["clerk.json"]["grants"][0]["where"] = "district = USER('region')"

    plan = changed(change)
    renames = [(each.kind, each.before, each.after) for each in plan if each.action == "rename"]
    assert renames == [("field", "region", "district"), ("table", "grades", "levels")]
    assert not [each for each in plan if each.action in ("add", "remove")]


def test_a_removed_field_hides_data_and_a_removed_formula_does_not() -> None:
    plan = changed(lambda files: files["task.json"]["fields"].pop(8))
    assert ("remove", "field", "work:task.place", "", "safe") in told(plan)


def test_a_removed_entity_hides_data() -> None:
    old = compile_model([package("core", entity("thing", field("name")), entity("other", field("name")))])
    new = compile_model([package("core", entity("thing", field("name")))])
    assert told(list(diff(old, new).changes)) == [("remove", "entity", "core:other", "", "hides_data")]


def test_options_are_compared_by_uid() -> None:
    def change(files: Files) -> None:
        options = files["task.json"]["fields"][4]["options"]
        options[0]["value"] = "new"
        options[1] = {"uid": "gone", "value": "gone"}
        files["task.json"]["fields"][4]["default"] = "'new'"
        files["account.json"]["fields"][2]["where"] = "state = 'gone'"
        files["task.json"]["states"] = {"field": "state", "initial": "new", "transitions": []}
        del files["form.json"]["actions"]

    assert [(each.action, each.key, each.risk) for each in changed(change) if each.kind == "option"] == [
        ("rename", "work:task.state.open", "rebuild"),
        ("add", "work:task.state.gone", "safe"),
        ("remove", "work:task.state.done", "hides_data"),
    ]


def test_uniques_and_indexes_are_rebuilt() -> None:
    plan = told(changed(lambda files: files["task.json"].update(uniques=[{"uid": "once", "fields": ["due_on"]}])))
    assert ("change", "unique", "work:task.once", "fields", "rebuild") in plan
    assert ("add", "index", "work:task.ux(due)", "", "rebuild") in plan


def test_documents_without_columns_are_compared_whole() -> None:
    plan = changed(lambda files: files["grades.json"]["rows"][0]["values"].update(rank=5))
    assert told(plan) == [("change", "table", "work:grades", "document", "safe")]


def test_a_change_speaks_both_languages() -> None:
    (change,) = changed(field_change(1, label="Topic"))
    assert (change.text.zh, change.text.en) == (
        "改变“task”的字段“subject”的名称",
        'Change the label of the field "subject" of "task"',
    )
    assert change.to_json()["part"] == "label"


# The law: the plan alone leads from one Model to the other.


def apply(old: dict[str, Any], model: Model, new: Model) -> dict[str, Any]:
    """What `describe` says after the plan is applied to what it said before: nothing else is looked at."""
    state = copy.deepcopy(old)
    for change in diff(model, new).changes:
        _APPLY[change.kind](state, change)
    return state


def _apply_entity(state: dict[str, Any], change: Change) -> None:
    if change.action == "add":
        state["entities"][change.key] = change.after
    elif change.action == "remove":
        del state["entities"][change.key]
        for key in [key for key in state["fields"] if key.rpartition(".")[0] == change.key]:
            del state["fields"][key]
    else:
        state["entities"][change.key]["name" if change.action == "rename" else change.part] = change.after


def _apply_field(state: dict[str, Any], change: Change) -> None:
    if change.action == "add":
        state["fields"][change.key] = change.after
    elif change.action == "remove":
        del state["fields"][change.key]
    elif change.action == "retype":
        state["fields"][change.key] |= change.after
    elif change.part != "order":
        state["fields"][change.key]["name" if change.action == "rename" else change.part] = change.after


def _apply_nothing(state: dict[str, Any], change: Change) -> None:
    """Options, uniques, indexes and other documents are told by their own tests."""


_APPLY = {"entity": _apply_entity, "field": _apply_field, **dict.fromkeys(
    ("option", "unique", "index", "package"), _apply_nothing)}  # fmt: skip


def described(model: Model) -> dict[str, Any]:
    """Entities and fields of a Model as plain JSON."""
    entities = {key: describe_entity(each) for key, each in model.entities.items()}
    fields = {each.key: describe_field(each) for one in model.entities.values() for each in one.fields}
    return {"entities": entities, "fields": fields}


NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon"])


@st.composite
def bodies(draw: st.DrawFn) -> list[Body]:
    """A few entities with a few fields of any plain type, under names that come and go."""
    found = []
    uids = draw(st.lists(st.sampled_from(["one", "two", "three"]), unique=True, max_size=3))
    names = draw(st.permutations(["red", "blue", "green"]))
    for uid, name in zip(uids, names, strict=False):
        fields = draw(
            st.lists(st.sampled_from(OPTION_FIELDS), unique_by=lambda each: each["uid"], min_size=1, max_size=5)
        )
        called = draw(st.permutations(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]))
        made = [{**each, "name": called[i]} for i, each in enumerate(fields)]
        found.append({"kind": "entity", "uid": uid, "name": name, "fields": made})
    return found


@settings(max_examples=120, deadline=None)
@given(bodies(), bodies())
def test_applying_the_plan_gives_the_new_model(before: list[Body], after: list[Body]) -> None:
    old, new = compile_model([package("core", *before)]), compile_model([package("core", *after)])
    assert apply(described(old), old, new) == described(new)
    assert (diff(old, new).changes == ()) == (described(old) == described(new))
