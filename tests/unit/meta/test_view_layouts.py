"""What `check` says about the looks of a view, and what of them a model keeps."""

from __future__ import annotations

from typing import Any

import pytest

from api.small_package import package
from tessera.meta import check, compile_model
from tessera.meta.rename import rename

_BOARD: dict[str, Any] = {"uid": "board", "as": "kanban", "by": "state", "fields": ["title", "site.title"]}
_TREE: dict[str, Any] = {"uid": "levels", "as": "tree", "parent": "above"}
_PLACE: dict[str, Any] = {
    "kind": "entity", "uid": "place", "name": "place", "label": {"zh": "位置", "en": "Place"}, "title": "title",
    "fields": [
        {"uid": "title", "name": "title", "label": {"zh": "名称", "en": "Title"}, "type": "text"},
        {"uid": "above", "name": "above", "label": {"zh": "上级", "en": "Above"}, "type": "reference", "to": "place"},
        {"uid": "image", "name": "image", "label": {"zh": "图", "en": "Image"}, "type": "file"},
        {"uid": "since", "name": "since", "label": {"zh": "从", "en": "Since"}, "type": "date"},
        {"uid": "until", "name": "until", "label": {"zh": "到", "en": "Until"}, "type": "date"},
        {"uid": "moment", "name": "at", "label": {"zh": "时间", "en": "At"}, "type": "datetime"},
    ],
}  # fmt: skip


def _view(*layouts: dict[str, Any], entity: str = "item", **more: Any) -> dict[str, Any]:
    columns = [{"uid": "title", "name": "title", "label": {"zh": "名称", "en": "Title"}, "value": "title"}]
    return {"kind": "view", "uid": "v_one", "name": "one", "label": {"zh": "一", "en": "One"}, "entity": entity,
            "columns": columns, "layouts": list(layouts), **more}  # fmt: skip


def _problems(*layouts: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    found = check([package(_PLACE, _view(*layouts, **more))])
    return [(each.code, each.pointer.partition("#")[2]) for each in found]


def test_each_look_compiles_with_its_parts() -> None:
    gallery = {"uid": "pictures", "as": "gallery", "picture": "image"}
    days = {"uid": "days", "as": "calendar", "from": "since", "to": "until"}
    document = _view(_TREE, gallery, days, entity="place", opens_as="tree")
    view = compile_model([package(_PLACE, document)]).part("view", "one")
    assert view is not None and view.opens_as == "tree"
    assert {each.look: dict(each.parts) for each in view.layouts} == {
        "tree": {"parent": "above"}, "gallery": {"picture": "image"}, "calendar": {"from": "since", "to": "until"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "entity", "code", "place"),
    [
        ({**_BOARD, "by": "title"}, "item", "wrong_layout_field", "/layouts/0/by"),
        ({**_BOARD, "by": "nothing"}, "item", "unknown_field", "/layouts/0/by"),
        ({**_BOARD, "fields": ["nothing"]}, "item", "unknown_field", "/layouts/0/fields/0"),
        ({**_TREE, "parent": "site"}, "item", "wrong_layout_field", "/layouts/0/parent"),
        ({"uid": "day", "as": "calendar", "from": "title"}, "place", "wrong_layout_field", "/layouts/0/from"),
        ({"uid": "day", "as": "calendar", "from": "since", "to": "at"}, "place", "wrong_layout_field",
         "/layouts/0/to"),
        ({"uid": "pic", "as": "gallery", "picture": "title"}, "place", "wrong_layout_field", "/layouts/0/picture"),
        ({"uid": "pic", "as": "kanban"}, "place", "missing_key", "/layouts/0"),
        ({"uid": "pic", "as": "gallery", "by": "title"}, "place", "unknown_key", "/layouts/0/by"),
        ({"uid": "pic", "as": "map"}, "place", "unknown_type", "/layouts/0/as"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(layout: dict[str, Any], entity: str, code: str, place: str) -> None:
    assert (code, place) in _problems(layout, entity=entity)


def test_a_look_is_there_once_and_the_first_one_is_among_them() -> None:
    again = {**_BOARD, "uid": "again"}
    assert ("repeated_name", "/layouts/1/as") in _problems(_BOARD, again)
    assert ("unknown_layout", "/opens_as") in _problems(_BOARD, opens_as="tree")
    assert _problems(_BOARD, opens_as="kanban") == []


def test_renaming_a_field_renames_it_in_the_looks() -> None:
    renamed = rename([package(_PLACE, _view(_TREE, entity="place"))], "small:place.above", "parent")
    view = next(each for each in renamed[0].documents if each.name == "one")
    assert view.body["layouts"][0]["parent"] == "parent"
