"""The Model: types, order of computed fields, circles, aliases, indexes, the graph, its hash."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tessera.errors import Invalid
from tessera.meta import Package, check, compile_model, diff, keep_aliases, load_files, packages_of
from unit.meta.samples import Files, entity, field, good_files, good_model, good_package, load, package


def formula(name: str, value: str, **keys: Any) -> dict[str, Any]:
    """A formula field."""
    return field(name, "formula", value=value, **keys)


def codes(*packages: Package) -> list[str]:
    """The codes of all problems."""
    return [each.code for each in check(packages)]


def test_formula_fields_stand_in_the_order_of_their_dependencies() -> None:
    thing = entity("thing", formula("c", "b + 1"), formula("b", "a + 1"), formula("a", "n + 1"), field("n", "integer"))
    found = compile_model([package("core", thing)]).entity("thing")
    assert found is not None and found.computed == ("a", "b", "c")


def test_lines_read_their_record_and_the_record_its_lines() -> None:
    lines = field("lines", "lines", fields=[field("qty", "integer"), formula("own", "qty * factor")])
    thing = entity(
        "thing", formula("total", "SUM(lines, own)"), formula("factor", "n + 1"), field("n", "integer"), lines
    )
    found = compile_model([package("core", thing)]).entity("thing")
    assert found is not None and found.computed == ("factor", "lines.own", "total")


def test_a_circle_is_named() -> None:
    problems = check([package("core", entity("thing", formula("a", "b + 1"), formula("b", "a + 1")))])
    assert [(each.code, each.params["names"]) for each in problems] == [("cycle", ["thing.a", "thing.b", "thing.a"])]


def test_a_circle_over_another_entity_is_named() -> None:
    one = entity("one", field("two", "reference", to="two"), formula("a", "two.b + 1"))
    two = entity("two", field("one", "reference", to="one"), formula("b", "one.a + 1"))
    assert codes(package("core", one, two)) == ["cycle"]


def test_a_circle_over_lookup_and_rollup_is_named() -> None:
    one = entity(
        "one", field("two", "reference", to="two"), field("up", "lookup", path="two.sum"), formula("a", "up + 1")
    )
    two = entity("two", field("name"), field("sum", "rollup", **{"from": "one", "fold": "sum", "value": "a"}))
    (problem,) = check([package("core", one, two)])
    assert problem.code == "cycle" and set(problem.params["names"]) == {"one.a", "one.up", "two.sum"}


@pytest.mark.parametrize(("length", "expected"), [(50, []), (200, ["chain_too_long"])])
def test_chains_end_after_fifty(length: int, expected: list[str]) -> None:
    chain = [formula(f"f{i}", f"f{i + 1} + 1") for i in range(length - 1)]
    thing = entity("thing", *chain, formula(f"f{length - 1}", "n + 1"), field("n", "integer"))
    assert codes(package("core", thing)) == expected


def test_a_formula_may_read_labels_in_chinese() -> None:
    thing = entity("thing", field("n", "integer", label={"zh": "数量", "en": "Count"}), formula("a", "数量 + 1"))
    model = compile_model([package("core", thing)])
    assert model.uses("core:thing.a__") == ["core:thing.n__"]


def test_boolean_and_money_have_their_types() -> None:
    model = good_model()
    lines = model.entity("task.lines")
    assert lines is not None
    rate = lines.field("rate")
    assert rate is not None and (rate.value_type.kind, rate.value_type.scale) == ("number", 2)
    assert (lines.table, lines.key, lines.parent, lines.parent_field) == (
        "task__lines", "work:task.lines", "work:task", "lines",
    )  # fmt: skip


def test_a_stored_formula_has_a_column() -> None:
    task = good_model().entity("task")
    assert task is not None
    total = task.field("total")
    assert total is not None and total.storage is not None and total.storage.scale == 2


def test_indexes_come_from_keys_references_states_and_row_conditions() -> None:
    task = good_model().entity("task")
    assert task is not None
    assert {(each.columns, each.unique) for each in task.indexes} == {
        (("number",), True), (("account", "due_on"), True),
        (("account",), False), (("state",), False), (("region", "id"), False),
    }  # fmt: skip


def test_the_graph_tells_who_uses_a_field() -> None:
    used_by = good_model().used_by("work:task.total")
    assert {
        "work:account.hours",
        "work:task.positive",
        "work:desk.finish",
        "work:clerk.tasks",
        "work:closing.one",
    } <= set(used_by)


def test_the_hash_does_not_depend_on_order() -> None:
    files = good_files()
    shuffled = list(files.items())
    random.Random(7).shuffle(shuffled)
    turned: Files = {path: dict(reversed(body.items())) for path, body in shuffled}
    assert compile_model([load(turned)]).hash == good_model().hash
    assert (
        compile_model([load(turned)]).hash != good_model(lambda files: files["task.json"].update(title="number")).hash
    )


def test_a_package_reads_only_what_it_requires() -> None:
    base = package("base", entity("thing", field("name")))
    user = entity("other", field("thing", "reference", to="thing"))
    assert codes(base, package("more", user)) == ["package_not_required"]
    assert codes(base, package("more", user, requires=["base"])) == []


def test_requirements_may_not_be_circular() -> None:
    assert codes(package("one", requires=["two"]), package("two", requires=["one"])) == ["package_cycle"]


def test_requirements_may_ask_for_a_version() -> None:
    head = {"kind": "package", "uid": "pkg", "name": "more", "version": "1.0.0",
            "requires": [{"uid": "base", "package": "base", "version": "1.10.0"}]}  # fmt: skip
    assert codes(package("base", version="1.9.0"), load({"tessera.json": head})) == ["package_too_old"]
    assert codes(package("base", version="1.10.0"), load({"tessera.json": head})) == []


def rename_due(files: Files) -> None:
    """due_on → due_day, where it is named."""
    files["task.json"]["fields"][5]["name"] = "due_day"
    files["task.json"]["uniques"][0]["fields"] = ["account", "due_day"]
    files["account.json"]["fields"][2]["at"] = "due_day"


def test_a_changed_name_stays_as_an_alias() -> None:
    after = good_model(rename_due, previous=good_model())
    task = after.entity("task")
    assert task is not None
    due = task.field("due_on")
    assert due is not None and (due.name, due.aliases) == ("due_day", ("due_on",))
    assert after.documents["work:task"]["fields"][5]["aliases"] == ["due_on"]


def test_an_alias_stays_over_further_releases_until_it_is_dropped() -> None:
    second = good_model(rename_due, previous=good_model())
    third = good_model(rename_due, previous=second)
    assert diff(second, third).changes == () and third.hash == second.hash

    def drop(files: Files) -> None:
        rename_due(files)
        files["task.json"]["fields"][5]["aliases"] = []

    task = good_model(drop, previous=third).entity("task")
    assert task is not None and task.field("due_on") is None


def test_stored_documents_compile_to_the_same_model() -> None:
    second = good_model(rename_due, previous=good_model())
    again = compile_model(packages_of(second.documents))
    assert again.hash == second.hash and diff(second, again).changes == ()


def test_an_entity_answers_to_its_old_name() -> None:
    base = package("core", entity("thing", field("name")))
    renamed = package("core", {**entity("thing", field("name")), "name": "object"})
    model = compile_model([renamed], previous=compile_model([base]))
    assert model.entity("thing") is model.entity("object") is not None
    (kept,) = keep_aliases([renamed], compile_model([base]))
    assert next(each.body for each in kept.documents if each.kind == "entity")["aliases"] == ["thing"]


def test_a_balance_field_takes_the_figures_of_its_ledger() -> None:
    assert codes(package("core", entity("thing", field("hours", "balance", ledger="nothing")))) == ["unknown_ledger"]


def test_roles_hold_the_grants_of_those_they_include() -> None:
    chief = {"kind": "role", "uid": "chief", "name": "chief", "includes": ["clerk"]}
    role = good_model(lambda files: files.update({"chief.json": chief})).part("role", "chief")
    assert [each.uid for each in role.grants] == ["tasks"]
    assert role.grants[0].masks == {"subject": "first_letter"}


def test_tables_keep_the_order_of_their_rows_and_exact_numbers() -> None:
    table = good_model().part("table", "grades")
    assert [(row["id"], row["code"], str(row["least"])) for row in table.rows] == [
        ("low", "A", "0.00"),
        ("high", "B", "99.50"),
    ]


def test_a_package_name_must_be_that_of_its_document() -> None:
    other = load_files({"tessera.json": b'{"kind":"package","uid":"pkg","name":"other","version":"1.0.0"}'})
    assert codes(other) == []
    assert codes(good_package(), good_package())[0] == "duplicate_package"


def test_compiling_raises_every_problem() -> None:
    with pytest.raises(Invalid) as caught:
        compile_model([package("core", entity("thing", formula("a", "nope"), formula("b", "never")))])
    assert [each.code for each in caught.value.problems()] == ["unknown_name", "unknown_name"]
