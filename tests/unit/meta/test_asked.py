"""Indexes come from the filters and sorts of views, and from the row conditions of roles beside them."""

from __future__ import annotations

from typing import Any

from tessera.meta import compile_model
from tessera.meta.asked import MOST_INDEXES
from tessera.meta.model import Index

from .samples import HEAD, Body, load


def field(name: str, kind: str = "text", **more: Any) -> Body:
    """A field whose uid is its name."""
    return {"uid": name.ljust(3, "_"), "name": name, "type": kind, **more}


SITE: Body = {
    "kind": "entity", "uid": "site", "name": "site", "business_key": ["code"],
    "fields": [field("code", required=True), field("area")],
}  # fmt: skip
VISIT: Body = {
    "kind": "entity", "uid": "visit", "name": "visit",
    "fields": [
        field("title", max_length=2000), field("number", unique=True), field("state", max_length=20),
        field("day", "date"), field("amount", "decimal", scale=2), field("is_open", "boolean"),
        field("site", "reference", to="site"), field("tags", "multi_select", options=[{"uid": "one", "value": "one"}]),
        field("double", "formula", value="amount * 2"),
    ],
}  # fmt: skip


def view(name: str, filter_: str = "", *sort: str) -> Body:
    """A view of visits; sort: names of fields, - before one that descends."""
    sorts = [
        {"uid": f"s_{place:02}", "by": each.strip("-"), "direction": "desc" if each[0] == "-" else "asc"}
        for place, each in enumerate(sort)
    ]
    body = {"kind": "view", "uid": name, "name": name, "entity": "visit", "sort": sorts,
            "columns": [{"uid": "title", "name": "heading", "value": "title"}]}  # fmt: skip
    return {**body, "filter": filter_} if filter_ else body


def role(name: str, where: str) -> Body:
    """A role that sees the visits of a condition."""
    grant = {"uid": "visits", "entity": "visit", "actions": ["read"], "where": where}
    return {"kind": "role", "uid": name, "name": name, "grants": [grant]}


def indexes(*documents: Body) -> list[str]:
    """The plain indexes of the visits as texts such as `site,-day,id`."""
    files = {"tessera.json": HEAD, "site.json": SITE, "visit.json": VISIT}
    model = compile_model([load({**files, **{f"{each['name']}.json": each for each in documents}})])
    visit = model.entity("visit")
    assert visit is not None
    return [_text(each) for each in visit.indexes if not each.unique]


def _text(index: Index) -> str:
    return ",".join(f"-{each}" if each in index.descending else each for each in index.columns)


def test_a_view_is_answered_by_its_equalities_then_its_order() -> None:
    assert indexes(view("one", "state = 'new' AND amount >= 900", "-day")) == ["site", "state,-day,id"]
    assert indexes(view("one", "is_open AND state = 'new'")) == ["site", "is_open,state,id"]
    assert indexes(view("one", "", "day", "-amount")) == ["site", "day,-amount,id"]
    assert indexes(view("one", "amount > 5")) == ["site", "amount,id"]
    assert indexes(view("one", "state = 'new'", "state", "day")) == ["site", "state,day,id"]


def test_what_no_index_can_have_is_left_out() -> None:
    assert indexes(view("one", "state = 'new' OR is_open")) == ["site"]
    assert indexes(view("one", "", "title")) == ["site"]
    assert indexes(view("one", "", "day", "site.code", "amount")) == ["site", "day,id"]
    assert indexes(view("one", "double = 4", "heading")) == ["site"]
    assert indexes(view("one", "number = 'A1'", "-day")) == ["site"]


def test_a_role_is_answered_in_the_order_of_every_view_and_by_id() -> None:
    own = role("keeper", "site.code = USER('site')")
    assert indexes(own, view("one", "", "-day"), view("two", "state = 'new'", "amount")) == [
        "-day,id", "state,amount,id", "site,id", "site,-day,id", "site,amount,id",
    ]  # fmt: skip
    # Of a site that is not named by its key there may be many, so that no order follows.
    assert indexes(role("keeper", "site.area = USER('area')"), view("one", "", "-day")) == ["site", "-day,id"]
    assert indexes(role("keeper", "state = USER('state')")) == ["site", "state,id"]


def test_the_same_question_asked_twice_is_one_index_and_there_is_a_bound() -> None:
    assert indexes(view("one", "", "-day"), view("two", "", "-day")) == ["site", "-day,id"]
    fields = ("state", "day", "amount", "is_open", "site")
    pairs = [(one, other) for one in fields for other in fields if one != other]
    found = indexes(*(view(f"view_{place}", "", *pair) for place, pair in enumerate(pairs)))
    assert len([each for each in found if "," in each]) == MOST_INDEXES
