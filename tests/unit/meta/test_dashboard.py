"""What `check` says about dashboards."""

from __future__ import annotations

from typing import Any

import pytest

from api.small_package import package
from tessera.meta import check, compile_model

_BLOCK: dict[str, Any] = {
    "uid": "b_one", "kind": "line", "entity": "item", "day": "seen_at",
    "measures": [{"uid": "m_n", "name": "n", "fold": "count"}],
    "groups": [{"uid": "g_day", "name": "day", "by": "seen_at", "bucket": "day"}],
}  # fmt: skip


def _dashboard(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "dashboard", "uid": "board", "name": "board", "label": {"zh": "板", "en": "Board"},
            "filters": [{"uid": "f_period", "name": "period", "kind": "period", "default": "last_30d"}],
            "blocks": list(blocks), **more}  # fmt: skip


def _problems(*blocks: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    return [(each.code, each.pointer.partition("#")[2]) for each in check([package(_dashboard(*blocks, **more))])]


def test_a_dashboard_compiles_with_its_blocks() -> None:
    model = compile_model([package(_dashboard(_BLOCK))])
    board = model.part("dashboard", "board")
    assert board is not None and [each.uid for each in board.blocks] == ["b_one"]
    assert "small:item.seen_at" in model.uses("small:board")


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"kind": "number"}, "wrong_block", "/blocks/0/groups"),
        ({"kind": "heat"}, "wrong_block", "/blocks/0/groups"),
        ({"day": "title"}, "wrong_type", "/blocks/0/day"),
        ({"measures": [{"uid": "m_s", "name": "s", "fold": "sum", "value": "title"}]}, "wrong_type",
         "/blocks/0/measures/0/value"),
        ({"measures": [{"uid": "m_s", "name": "s", "fold": "sum"}]}, "missing_key", "/blocks/0/measures/0"),
        ({"measures": [{"uid": "m_s", "name": "day", "fold": "count"}]}, "repeated_name", "/blocks/0"),
        ({"groups": [{"uid": "g_t", "name": "t", "by": "title", "bucket": "day"}]}, "wrong_type",
         "/blocks/0/groups/0/bucket"),
        ({"groups": [{"uid": "g_t", "name": "t", "by": "nope"}]}, "unknown_field", "/blocks/0/groups/0/by"),
        ({"filter": "title"}, "wrong_type", "/blocks/0/filter"),
        ({"filters": [{"uid": "c_x", "name": "nope", "by": "title"}]}, "unknown_filter", "/blocks/0/filters/0/name"),
        ({"sort": [{"uid": "s_x", "by": "nope"}]}, "unknown_column", "/blocks/0/sort/0/by"),
        ({"figures": [{"uid": "x_f", "name": "f", "value": "n / nope"}]}, "unknown_name", "/blocks/0/figures/0/value"),
        ({"drill": {"view": "nope"}}, "unknown_view", "/blocks/0/drill/view"),
        ({"entity": "nope"}, "unknown_entity", "/blocks/0/entity"),
        ({"measures": [{"uid": "m_s", "name": "s", "fold": "count", "as": ["x"]}]}, "wrong_block",
         "/blocks/0/measures/0/as"),
        ({"measures": [{"uid": "m_s", "name": "s", "fold": "avg", "value": "weight", "is_running": True}]},
         "wrong_block", "/blocks/0/measures/0"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_block_is_told_at_its_place(change: dict[str, Any], code: str, place: str) -> None:
    assert (code, place) in _problems({**_BLOCK, **change})


def test_what_is_wrong_with_filters_is_told_at_its_place() -> None:
    wrong = [
        {"uid": "f_a", "name": "a", "kind": "period", "default": "soon"},
        {"uid": "f_b", "name": "b", "kind": "choice"},
        {"uid": "f_c", "name": "c", "kind": "choice", "entity": "item", "field": "nope"},
    ]
    found = _problems(_BLOCK, filters=wrong, zone="Nowhere/Land")
    assert {("unknown_period", "/filters/0/default"), ("missing_key", "/filters/1"),
            ("unknown_field", "/filters/2/field"), ("unknown_zone", "/zone")} <= set(found)  # fmt: skip
    assert ("wrong_block", "/blocks/0/kind") in _problems({"uid": "b_v", "kind": "bar", "view": "nope"})
    assert _problems({"uid": "b_v", "kind": "bar"}) == [("one_source", "/blocks/0")]
    assert _problems({"uid": "b_v", "kind": "bar", "entity": "item"}) == [("missing_key", "/blocks/0")]
