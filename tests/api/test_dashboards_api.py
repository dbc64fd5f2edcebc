"""Dashboards over HTTP: figures with trend and comparison, groups, drilling, choices, rights; a block fails alone."""

from __future__ import annotations

from typing import Any

import pytest

from api.api_kit import Api, Shop, api_of, make_user, problem_of
from tessera.runtime import Runtime
from tessera.web.app import create_app

_COUNT = {"uid": "m_n", "name": "n", "fold": "count"}
_SUM = {"uid": "m_s", "name": "s", "fold": "sum", "value": "amount", "format": "money", "currency": "CNY"}
_BOARD: dict[str, Any] = {
    "kind": "dashboard", "uid": "board", "name": "board", "label": {"zh": "板", "en": "Board"},
    "filters": [{"uid": "f_p", "name": "period", "kind": "period", "default": "last_30d", "compare": "previous"},
                {"uid": "f_s", "name": "site", "kind": "choice", "entity": "item", "field": "site"}],
    "blocks": [
        {"uid": "b_num", "kind": "number", "entity": "item", "day": "day", "measures": [_SUM, _COUNT], "trend": "day",
         "figures": [{"uid": "x_a", "name": "each", "value": "s / n", "format": "decimal"}],
         "filters": [{"uid": "c_s", "name": "site", "by": "site"}]},
        {"uid": "b_days", "kind": "line", "entity": "item", "day": "day", "measures": [
            _COUNT, {"uid": "m_r", "name": "all", "fold": "count", "is_running": True}],
         "groups": [{"uid": "g_d", "name": "day", "by": "day", "bucket": "day"}]},
        {"uid": "b_site", "kind": "bar", "entity": "item", "day": "day", "measures": [_SUM], "limit": 1, "rest": True,
         "groups": [{"uid": "g_s", "name": "site", "by": "site"}],
         "sort": [{"uid": "s_s", "by": "s", "direction": "desc"}]},
        {"uid": "b_state", "kind": "pie", "entity": "item", "day": "day", "measures": [_COUNT], "compare": False,
         "groups": [{"uid": "g_t", "name": "state", "by": "state"}]},
        {"uid": "b_heat", "kind": "heat", "entity": "item", "day": "day", "measures": [_COUNT], "compare": False,
         "groups": [{"uid": "g_w", "name": "weekday", "by": "seen_at", "bucket": "weekday"},
                    {"uid": "g_h", "name": "hour", "by": "seen_at", "bucket": "hour"}]},
        {"uid": "b_fun", "kind": "funnel", "entity": "item", "day": "day", "measures": [
            _COUNT, {"uid": "m_d", "name": "done", "fold": "count", "filter": "state = 'done'"}]},
    ],
}  # fmt: skip
_MAY = {"filters": {"period": {"from": "2026-05-01", "to": "2026-05-31"}}}
_BLIND = {"kind": "role", "uid": "blind", "name": "blind", "grants": [
    {"uid": "item", "entity": "item", "actions": ["read"], "hidden": ["amount"], "where": "state = 'done'"},
    {"uid": "site", "entity": "site", "actions": ["read"]}]}  # fmt: skip


@pytest.fixture
def board(either: Api) -> Api:
    """Items of May and April 2026, two sites, and a dashboard."""
    for code in ("S1", "S2"):
        either("POST", "/api/v1/site", {"code": code, "title": f"site {code}"})
    rows = (("A", "2.50", "2026-05-01", "S1", "new"), ("B", "4.00", "2026-05-03", "S2", "done"),
            ("C", "1.00", "2026-05-03", "S1", "done"), ("D", "10.00", "2026-04-20", "S2", "new"))  # fmt: skip
    for code, amount, day, site, state in rows:
        body = {"code": code, "title": code, "amount": amount, "day": day, "site": site, "state": state,
                "seen_at": f"{day}T02:30:00Z"}  # fmt: skip
        assert either("POST", "/api/v1/item", body).status_code == 201
    draft = either("POST", "/api/v1/drafts", {"name": "board"}).headers["Location"]
    for each in (_BOARD, _BLIND):
        assert either("POST", f"{draft}/documents", {"body": each}).status_code == 201
    assert either("POST", f"{draft}/publish").status_code == 200, either("GET", f"{draft}/check").text
    return either


def _data(api: Api, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = api("POST", "/api/v1/dashboards/board/data", _MAY if body is None else body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_a_number_has_a_trend_and_what_it_is_compared_with(board: Api) -> None:
    found = _data(board)
    assert found["period"] == {"from": "2026-05-01", "to": "2026-05-31"}
    assert found["compared"] == {"from": "2026-03-31", "to": "2026-04-30"}
    block = found["blocks"]["b_num"]
    assert block["rows"] == [["7.50", 3, "2.50"]] and block["previous"] == [["10.00", 1, "10.00"]]
    assert [each["name"] for each in block["columns"]] == ["s", "n", "each"]
    assert len(block["trend"]) == 31 and block["trend"][0][:2] == ["2026-05-01", "2.50"]
    assert block["trend"][1][1:3] == [0, 0]


def test_rows_along_days_leave_none_out_and_add_up(board: Api) -> None:
    block = _data(board)["blocks"]["b_days"]
    assert len(block["rows"]) == 31 and block["rows"][2] == ["2026-05-03", 2, 4]
    assert [row[2] for row in block["rows"][:4]] == [2, 2, 4, 4], "what was before the period counts"
    assert block["previous"][20] == [1, 1]
    assert board("GET", f"/api/v1/item?filter={block['row_filters'][2]}").json["data"][0]["code"] in ("B", "C")


def test_groups_have_titles_a_rest_and_lists_behind_them(board: Api) -> None:
    blocks = _data(board)["blocks"]
    site = blocks["b_site"]
    assert site["rows"][0][1] == "4.00" and site["rows"][1] == [None, "3.50"] and site["rest"] == 1
    assert site["columns"][0]["labels"][str(site["rows"][0][0])] == "site S2"
    joined = f"({site['drill']['filter']}) AND ({site['row_filters'][0]})"
    assert [each["code"] for each in board("GET", f"/api/v1/item?filter={joined}").json["data"]] == ["B"]
    state = blocks["b_state"]
    assert state["rows"] == [["done", 2], ["new", 1]] and state["columns"][0]["labels"]["done"]["zh"] == "完成"
    heat = blocks["b_heat"]
    assert heat["rows"] == [[5, 10, 1], [7, 10, 2]], "a Friday and a Sunday, at ten in Shanghai"
    if heat["row_filters"][1] is not None:
        assert len(board("GET", f"/api/v1/item?filter={heat['row_filters'][1]}").json["data"]) == 2
    assert blocks["b_fun"]["rows"] == [[3, 2]]


def test_choices_apply_where_a_block_says_by_which_field(board: Api) -> None:
    values = board("GET", "/api/v1/dashboards/board/filters/site").json["data"]
    south = next(each["value"] for each in values if each["label"] == "site S2")
    blocks = _data(board, {"filters": {**_MAY["filters"], "site": [south]}, "blocks": ["b_num", "b_state"]})["blocks"]
    assert sorted(blocks) == ["b_num", "b_state"]
    assert blocks["b_num"]["rows"][0][0] == "4.00" and blocks["b_state"]["rows"][0][1] == 2
    year = _data(board, {**_MAY, "compare": "year", "blocks": ["b_num"]})
    assert year["compared"] == {"from": "2025-05-01", "to": "2025-05-31"}


def test_what_is_asked_wrongly_is_refused(board: Api) -> None:
    path = "/api/v1/dashboards/board/data"
    for filters in ({"nope": 1}, {"period": "soon"}, {"site": "x"}, {"site": ["1 OR TRUE"]}, {"site": [[1]]}):
        problem_of(board("POST", path, {"filters": filters}), 400, "bad_choice")
    for body in ({"filters": 1}, {"compare": "x"}, {"blocks": "b"}):
        problem_of(board("POST", path, body), 400, "bad_body")
    problem_of(board("POST", path, {"blocks": ["nope"]}), 404, "not_found")
    problem_of(board("GET", "/api/v1/dashboards/nope"), 404, "not_found")
    problem_of(board("GET", "/api/v1/dashboards/board/filters/period"), 404, "not_found")


def test_a_block_fails_alone_and_rows_stay_within_rights(board: Api, either_runtime: Runtime) -> None:
    bob = api_of(create_app(either_runtime), make_user(either_runtime, "bob", roles=["blind"])[1])
    blocks = _data(bob)["blocks"]
    assert blocks["b_num"]["problem"]["code"] == "unknown_field" == blocks["b_site"]["problem"]["code"]
    assert blocks["b_state"]["rows"] == [["done", 2]] and blocks["b_fun"]["rows"] == [[2, 2]]
    nobody = api_of(create_app(either_runtime), make_user(either_runtime, "eve")[1])
    assert all(each["problem"]["code"] == "not_found" for each in _data(nobody)["blocks"].values())


def test_a_dashboard_is_only_there_for_its_roles(board: Api, either_runtime: Runtime) -> None:
    draft = board("POST", "/api/v1/drafts", {"name": "roles"}).headers["Location"]
    board("POST", f"{draft}/documents", {"body": {**_BOARD, "uid": "secret", "name": "secret", "roles": ["blind"]}})
    assert board("POST", f"{draft}/publish").status_code == 200
    eve = api_of(create_app(either_runtime), make_user(either_runtime, "eve")[1])
    assert [each["name"] for each in eve("GET", "/api/v1/dashboards").json["data"]] == ["board"]
    problem_of(eve("GET", "/api/v1/dashboards/secret"), 404, "not_found")
    found = board("GET", "/api/v1/dashboards/secret").json
    assert [each["uid"] for each in found["blocks"]] == [each["uid"] for each in _BOARD["blocks"]]
    assert found["filters"][0]["default"] == "last_30d"


def test_the_board_of_the_chain_runs_as_a_whole(shop: Shop) -> None:
    api = shop.admin
    api("POST", "/api/v1/store", {"code": "S1", "name": "Jingan", "city": "上海"})
    api("POST", "/api/v1/member", {"number": "M1", "name": "林小满", "store": "S1", "joined_on": "2025-02-01"})
    body = {"number": "O1", "at": "2025-03-05T10:00:00+08:00", "member": "M1", "store": "S1",
            "lines": [{"item": "A", "units": 1, "amount": "500.00"}]}  # fmt: skip
    assert api("POST", "/api/v1/order", body).status_code == 201
    answer = api("POST", "/api/v1/dashboards/member_board/data", {"filters": {"city": ["上海"]}}).json
    problems = {uid: each["problem"] for uid, each in answer["blocks"].items() if "problem" in each}
    assert problems == {}
    blocks = answer["blocks"]
    assert blocks["k_sales"]["rows"] == [["500.00"]] and blocks["k_share"]["rows"] == [["1.000"]]
    granted = int(blocks["k_points"]["rows"][0][0])
    assert granted > 0 and blocks["c_flow"]["rows"][2][1] == granted, "March is the third month"
    assert len(blocks["c_flow"]["rows"]) == 12 and blocks["c_flow"]["rows"][-1][-1] >= 0
    assert blocks["t_stores"]["columns"][0]["labels"] and blocks["t_stores"]["rows"][0][-1] == "500.00"
    assert blocks["h_hours"]["rows"] == [[3, 10, 1]] and blocks["f_steps"]["rows"][0][:2] == [1, 1]
    other = api("POST", "/api/v1/dashboards/member_board/data", {"filters": {"city": ["北京"]}}).json["blocks"]
    assert other["k_points"]["rows"] == [[0]] and other["k_share"]["rows"] == [[None]]
