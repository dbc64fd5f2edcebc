"""The designer of flows: steps put in, moved, doubled and taken out by mouse and by keys; checked, tried, published."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.browser_kit import Site, Window
from browser.flow_kit import body_of, flow_draft
from patience import until

DEAD = "/api/v1/runs?flow=failing&dead=true"
FAILING: dict[str, Any] = {
    "kind": "flow", "uid": "failing", "name": "failing", "label": {"zh": "会失败", "en": "Failing"},
    "trigger": {"on": "record.created", "entity": "channel", "when": "LEFT(record.code, 4) = 'fail'"},
    "steps": [{"uid": "deny", "do": "fail", "message": "'no ' & record.code"}],
}  # fmt: skip
ORDER = {"trigger": {"on": "record.created", "entity": "order"}}


def card(page: Page, name: str) -> Locator:
    """The card of that name."""
    return page.locator("[data-card]").filter(has_text=name).first


def saved(window: Window, draft: int, key: str, wanted: Any) -> dict[str, Any]:
    """The flow once what is wanted of it holds on the server."""
    return until(lambda: (body := body_of(window.site, draft, key)) and wanted(body) and body, "the saved flow")


def kinds(body: dict[str, Any]) -> list[str]:
    """The kinds of the outer steps in their order."""
    return [each["do"] for each in body["steps"]]


def test_a_flow_is_built_by_keys_alone(window: Window) -> None:
    draft, key = flow_draft(window.site, "by_keys", **ORDER, steps=[{"uid": "end", "do": "stop"}])
    page = window.go(f"/b/retail/flow/{key}?draft={draft}")
    page.locator('[data-card="/trigger"]').focus()
    page.keyboard.press("+")
    page.get_by_role("dialog").get_by_placeholder("找步骤").fill("等待")
    page.keyboard.press("Enter")
    expect(page.locator("[data-card]").nth(1)).to_be_focused()
    expect(page.get_by_role("complementary", name="等待")).to_contain_text("一段时间")
    page.keyboard.press("Control+d")
    expect(page.locator("[data-card]")).to_have_count(4)
    body = saved(window, draft, key, lambda body: kinds(body) == ["wait", "wait", "stop"])
    assert len({each["uid"] for each in body["steps"]}) == 3, "a copy has an identity of its own"
    page.keyboard.press("Alt+ArrowDown")
    saved(window, draft, key, lambda body: kinds(body) == ["wait", "stop", "wait"])
    page.keyboard.press("Delete")
    saved(window, draft, key, lambda body: kinds(body) == ["wait", "stop"])
    page.keyboard.press("Control+c")
    page.locator('[data-card="/trigger"]').focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-card]").nth(1)).to_be_focused()
    page.keyboard.press("Control+v")
    saved(window, draft, key, lambda body: kinds(body) == ["wait", "stop", "stop"])
    page.keyboard.press("Control+z")
    saved(window, draft, key, lambda body: kinds(body) == ["wait", "stop"])


def test_steps_are_put_in_and_dragged_by_the_mouse(window: Window) -> None:
    draft, key = flow_draft(window.site, "by_mouse", **ORDER, steps=[{"uid": "end", "do": "stop"}])
    page = window.go(f"/b/retail/flow/{key}?draft={draft}")
    page.get_by_role("button", name="在这里加步骤").first.click()
    page.get_by_role("dialog").get_by_role("button", name="判断").click()
    panel = page.get_by_role("complementary", name="判断")
    expect(panel.get_by_text("走这条的条件")).to_be_visible()
    page.get_by_role("button", name="加分支").first.click()
    body = saved(window, draft, key, lambda body: len(body["steps"][0].get("branches", [])) == 2)
    decide = body["steps"][0]
    target = f"/steps/{decide['uid']}/branches/{decide['branches'][1]['uid']}/steps@0"
    page.locator('[data-card="/steps/end"]').drag_to(page.locator(f'[data-add="{target}"]'))
    body = saved(window, draft, key, lambda body: len(body["steps"]) == 1)
    assert body["steps"][0]["branches"][1]["steps"] == [{"uid": "end", "do": "stop"}]


@pytest.fixture(scope="module")
def published(site: Site) -> int:
    """Two flows published together, with a run of one and failures of the other; a draft over that release."""
    draft, _ = flow_draft(site, "tried")
    site.call("POST", f"/api/v1/drafts/{draft}/documents", {"body": FAILING})
    site.call("POST", f"/api/v1/drafts/{draft}/publish?reason=test")
    lines = [{"item": "x", "units": 1, "amount": "80"}]
    site.call("POST", "/api/v1/goods_return", {"number": "TRY-1", "at": "2025-12-30T10:00:00Z", "lines": lines})
    for code in ("fail1", "fail2"):
        site.call("POST", "/api/v1/channel", {"code": code, "name": code})
    until(lambda: site.call("GET", "/api/v1/runs?flow=tried")["data"], "the run")
    until(lambda: len(site.call("GET", DEAD)["data"]) == 2, "two failures")
    return int(site.call("POST", "/api/v1/drafts", {"name": "after"})["id"])


def test_a_draft_is_tried_without_a_trace_and_runs_are_seen_beside_the_picture(window: Window, published: int) -> None:
    [run] = window.site.call("GET", "/api/v1/runs?flow=tried")["data"]
    page = window.go(f"/b/retail/flow/local:tried?draft={published}&try=1")
    panel = page.get_by_role("complementary", name="试运行")
    panel.get_by_role("button", name="试运行").click()
    expect(panel).to_contain_text("会调用外部 1 次")
    expect(card(page, "小额免验")).to_contain_text("完成")
    expect(card(page, "店长审批")).to_contain_text("没走")
    panel.get_by_role("switch", name="假设这次调用失败").click()
    expect(card(page, "转人工退款")).to_contain_text("完成")
    assert len(window.site.call("GET", "/api/v1/runs?flow=tried")["data"]) == 1, "a dry run leaves no run"
    window.go(f"/b/retail/flow/local:tried?draft={published}&tab=runs&run={run['id']}")
    decided = card(page, "按可退金额")
    expect(decided).to_contain_text("完成")
    decided.click()
    told = page.get_by_role("complementary", name=f"#{run['id']}")
    expect(told).to_contain_text("为什么这样走")
    expect(told).to_contain_text("otherwise")
    page.get_by_role("button", name="看整次运行").click()
    page.get_by_role("button", name="用草稿试跑").click()
    expect(page.get_by_role("complementary", name="试运行")).to_contain_text(f"用运行 #{run['id']} 当时的数据")


def test_several_runs_are_dealt_with_at_once(window: Window, published: int) -> None:
    page = window.go("/a/retail/runs?flow=failing")
    for box in page.get_by_role("checkbox", name=re.compile("选中运行")).all():
        box.click()
    bar = page.get_by_role("toolbar", name="已选 2 次")
    bar.get_by_role("button", name=re.compile("标为已处理")).click()
    until(lambda: window.site.call("GET", DEAD)["data"] == [], "nothing left to deal with")
    expect(bar).to_have_count(0)
