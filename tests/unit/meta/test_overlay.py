"""Overlays: merged by uid, taken apart again, and carried through an upgrade."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tessera.meta import changes_between, check, compile_model, merge_overlay, merge_three
from unit.meta.samples import Body, entity, field, package

BASE: Body = {"label": "a", "items": [{"uid": "one", "n": 1}, {"uid": "two", "n": 2}], "set": ["x"]}


def merged(**changes: Any) -> Body:
    """The base with these changes."""
    return merge_overlay(BASE, {"changes": changes})


def test_keys_are_replaced_and_null_takes_one_away() -> None:
    assert merged(label="b", set=None) == {"label": "b", "items": BASE["items"]}


def test_elements_merge_by_uid() -> None:
    assert merged(items=[{"uid": "two", "n": 5}])["items"] == [{"uid": "one", "n": 1}, {"uid": "two", "n": 5}]


def test_elements_are_removed_added_and_placed() -> None:
    items = merged(items=[{"uid": "one", "remove": True}, {"uid": "new", "after": ""}, {"uid": "end"}])["items"]
    assert [each["uid"] for each in items] == ["new", "two", "end"]
    moved = merged(items=[{"uid": "one", "after": "two"}])["items"]
    assert moved == [{"uid": "two", "n": 2}, {"uid": "one", "n": 1}]


def test_the_base_is_left_alone() -> None:
    merged(items=[{"uid": "two", "n": 5}])
    assert BASE["items"][1]["n"] == 2


ELEMENTS = st.lists(
    st.fixed_dictionaries(
        {"uid": st.sampled_from(["one", "two", "three", "four", "five"])},
        optional={"n": st.integers(0, 3), "deep": st.fixed_dictionaries({}, optional={"x": st.integers(0, 2)})},
    ),
    unique_by=lambda each: each["uid"],
)
BODIES = st.fixed_dictionaries(
    {},
    optional={"label": st.sampled_from("abc"), "items": ELEMENTS, "set": st.lists(st.sampled_from("xyz"), unique=True)},
)


@given(BODIES, BODIES)
def test_changes_lead_from_one_body_to_the_other(base: Body, edited: Body) -> None:
    changes = changes_between(base, edited)
    assert merge_overlay(base, {"changes": changes}) == edited
    assert (changes == {}) == (base == edited)


@given(BODIES, BODIES)
def test_what_one_side_changed_alone_is_taken(base: Body, other: Body) -> None:
    assert merge_three(base, other, base) == merge_three(base, base, other)
    assert merge_three(base, other, base).body == other and merge_three(base, other, base).clashes == ()
    assert merge_three(base, other, other).body == other


def test_both_sides_changes_come_together() -> None:
    ours = {**BASE, "items": [{"uid": "one", "n": 1}, {"uid": "mine", "n": 9}, {"uid": "two", "n": 2}]}
    theirs = {**BASE, "label": "b", "items": [{"uid": "one", "n": 7}, {"uid": "two", "n": 2}, {"uid": "new", "n": 3}]}
    result = merge_three(BASE, ours, theirs)
    assert result.clashes == ()
    assert result.body["label"] == "b"
    assert result.body["items"] == [
        {"uid": "one", "n": 7}, {"uid": "mine", "n": 9}, {"uid": "two", "n": 2}, {"uid": "new", "n": 3},
    ]  # fmt: skip


def test_a_clash_is_listed_and_ours_stays() -> None:
    ours = {**BASE, "items": [{"uid": "one", "n": 5}, {"uid": "two", "n": 2}]}
    theirs = {**BASE, "items": [{"uid": "one", "n": 6}, {"uid": "two", "n": 2}]}
    result = merge_three(BASE, ours, theirs)
    assert result.body["items"][0]["n"] == 5
    assert [(each.pointer, each.base, each.ours, each.theirs) for each in result.clashes] == [("/items/one/n", 1, 5, 6)]


def test_what_they_removed_and_we_changed_is_a_clash() -> None:
    ours = {**BASE, "items": [{"uid": "one", "n": 5}, {"uid": "two", "n": 2}]}
    theirs = {**BASE, "items": [{"uid": "two", "n": 2}]}
    result = merge_three(BASE, ours, theirs)
    assert [each.pointer for each in result.clashes] == ["/items/one"]
    assert [each["uid"] for each in result.body["items"]] == ["one", "two"]


def overlay(of: str, **changes: Any) -> Body:
    """An overlay document."""
    return {"kind": "overlay", "uid": "local", "of": of, "changes": changes}


def test_an_overlay_of_a_package_is_compiled_in() -> None:
    base = package("base", entity("thing", field("name"), field("kind")))
    over = overlay(
        "base:thing", label="Thing", fields=[field("size", "integer", after="name"), {"uid": "kind", "remove": True}]
    )
    model = compile_model([base, package("local", over, requires=["base"])])
    thing = model.entity("thing")
    assert thing is not None
    assert [each.name for each in thing.fields] == ["name", "size"]
    assert model.documents["base:thing"]["fields"][1]["name"] == "kind"


def test_overlays_are_applied_in_the_order_of_requirements() -> None:
    base = package("base", entity("thing", field("name"), label="1"))
    first = package("aaa", overlay("base:thing", label="3"), requires=["zzz"])
    second = package("zzz", overlay("base:thing", label="2"), requires=["base"])
    thing = compile_model([first, second, base]).entity("thing")
    assert thing is not None and thing.label.zh == "3"


def test_a_mistake_made_by_an_overlay_is_told() -> None:
    base = package("base", entity("thing", field("name")))
    over = package("local", overlay("base:thing", fields=[field("sum", "formula", value="nix")]), requires=["base"])
    assert [each.code for each in check([base, over])] == ["unknown_name"]
