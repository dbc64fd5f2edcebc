"""Renaming rewrites every reference that the platform knows, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tessera.meta import Package, check, compile_model, diff, keep_aliases, rename
from tessera.meta.rename import BadNewName, NothingToRename
from unit.meta.samples import entity, field, good_package, package


def bodies(packages: list[Package]) -> dict[str, Any]:
    """Documents by uid."""
    return {each.uid: each.body for package in packages for each in package.documents}


def renamed(key: str, name: str) -> dict[str, Any]:
    """The good package's documents after a rename; it is good still, and nothing but names changed."""
    before = [good_package()]
    after = rename(before, key, name)
    assert check(after) == []
    plan = diff(compile_model(before), compile_model(after))
    assert not [each for each in plan.changes if each.action in ("add", "remove")]
    return bodies(after)


def test_a_field_is_renamed_in_formulas_keys_and_paths() -> None:
    found = renamed("work:task.total", "sum_of_all")
    assert found["task"]["validations"][0] | {"message": 0} == {
        "uid": "positive", "rule": "sum_of_all >= 0", "message": 0, "at": "sum_of_all"}  # fmt: skip
    assert found["task"]["states"]["transitions"][0]["when"] == "sum_of_all > 0"
    assert found["account"]["fields"][2]["value"] == "sum_of_all"
    assert found["clerk"]["grants"][0]["read_only"] == ["sum_of_all"]
    assert found["desk"]["actions"][0]["visible"] == "sum_of_all > 0"
    assert found["closing"]["expect"][0]["values"] == {"sum_of_all": "3.00"}
    assert found["closing"]["expect"][1]["where"] == "sum_of_all = 3"


def test_a_field_of_lines_is_renamed() -> None:
    found = renamed("work:task.lines.rate", "price")
    lines = found["task"]["fields"][6]["fields"]
    assert (lines[1]["check"]["rule"], lines[2]["value"]) == ("price >= 0", "qty * price")
    assert found["clerk"]["grants"][0]["hidden"] == ["lines.price"]
    assert found["closing"]["steps"][0]["values"]["lines"] == [{"qty": 2, "price": "1.50"}]


def test_only_the_meant_step_of_a_path_is_renamed() -> None:
    found = renamed("work:account.region", "area")
    assert [found["task"]["fields"][i].get("capture") or found["task"]["fields"][i].get("path") for i in (3, 8)] == [
        "account.area",
        "account.area",
    ]
    assert found["task"]["fields"][3]["name"] == "region"


def test_an_entity_is_renamed_where_it_is_named() -> None:
    found = renamed("work:account", "client")
    assert found["task"]["fields"][2] == {"uid": "account", "name": "account", "type": "reference", "to": "client"}
    assert found["closing"]["given"][0]["entity"] == "client"
    assert found["main"]["items"][1]["items"][0]["entity"] == "client"


def test_lines_named_through_their_record_follow_both_names() -> None:
    thing = entity("thing", field("lines", "lines", fields=[field("other", "reference", to="other")]))
    other = entity("other", field("uses", "rollup", **{"from": "thing.lines", "fold": "count"}))
    packages = [package("core", thing, other)]
    for key, name, expected in (("core:thing", "object", "object.lines"), ("core:thing.lines", "rows", "thing.rows")):
        after = rename(packages, key, name)
        assert check(after) == []
        assert bodies(after)["other"]["fields"][0]["from"] == expected


def test_a_column_is_renamed_in_its_rows() -> None:
    found = renamed("work:grades.rank", "place_in_order")
    assert [list(row["values"]) for row in found["grades"]["rows"]] == [["code", "place_in_order", "least"]] * 2


def test_texts_that_only_look_alike_stay() -> None:
    thing = entity("thing", field("name"), field("shown", "formula", value="'name: ' & name"))
    after = rename([package("core", thing)], "core:thing.name", "title")
    assert bodies(after)["thing"]["fields"][1]["value"] == "'name: ' & title"


@pytest.mark.parametrize("name", ["Total", "1st", "subject", ""])
def test_a_name_must_be_permitted_and_free(name: str) -> None:
    with pytest.raises(BadNewName):
        rename([good_package()], "work:task.total", name)


@pytest.mark.parametrize("key", ["work:nothing", "work:task.nothing", "work:clerk.tasks"])
def test_there_must_be_something_to_rename(key: str) -> None:
    with pytest.raises(NothingToRename):
        rename([good_package()], key, "other")


def test_an_overlay_that_moves_elements_does_not_mislead() -> None:
    thing = entity("thing", field("name"), field("shown", "formula", value="name & '!'"), title="name")
    front = field("front", "formula", value="name & '?'", after="")
    local = {"kind": "overlay", "uid": "local", "of": "core:thing", "changes": {"fields": [front]}}
    before = [package("core", thing), package("more", local, requires=["core"])]
    after = rename(before, "core:thing.name", "called")
    assert bodies(after)["thing"] == entity(
        "thing", {**field("name"), "name": "called"}, field("shown", "formula", value="called & '!'"), title="called"
    )
    assert check(keep_aliases(after, compile_model(before))) == []
