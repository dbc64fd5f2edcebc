"""The designers of entities, views, tables and rules by keyboard alone, and conditions by choosing."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from browser.browser_kit import Site, Window, screenshot
from browser.designer_kit import TYPE_CONDITION, document, focused, saved


def body_of(site: Site, key: str) -> dict[str, Any]:
    """A document as the open draft has it."""
    draft = next(each for each in site.call("GET", "/api/v1/drafts")["data"] if each["state"] == "open")
    body: dict[str, Any] = document(site, draft["id"], key)["body"]
    return body


def names(items: list[dict[str, Any]], key: str = "name") -> list[str]:
    """One member of each."""
    return [each[key] for each in items]


def drawn(page: Page, what: str) -> None:
    """Wait for a picture of the page, and keep it."""
    screenshot(page, f"designer-{what}")


def test_an_entity_is_changed_by_keyboard_alone(own_window: Window) -> None:
    page = own_window.go("/b/retail/entity/retail:store")
    keys = page.keyboard
    keys.press("n")
    focused(page.get_by_label("新字段的名称"))
    keys.type("楼层")
    for _ in range(2):
        keys.press("Alt+ArrowDown")
    keys.press("Enter")
    keys.press("Escape")
    line = focused_line(page, "楼层")
    expect(line).to_contain_text("整数")
    keys.press("Alt+ArrowUp")
    focused_line(page, "楼层")
    keys.press("Enter")
    focused(page.get_by_role("textbox", name="名称").first)
    keys.type("所在楼层")
    keys.press("Enter")
    focused_line(page, "所在楼层")
    keys.press("Control+d")
    focused_line(page, "所在楼层 副本")
    keys.press("Delete")
    expect(page.get_by_role("group", name="所在楼层 副本")).to_have_count(0)
    saved(own_window)
    fields = body_of(own_window.site, "retail:store")["fields"]
    assert names(fields)[-2:] == ["lou_ceng", fields[-1]["name"]]
    assert fields[-2]["type"] == "integer"


def focused_line(page: Page, name: str) -> Any:
    """The line of a field, once it has the focus."""
    return focused(page.get_by_role("group", name=name, exact=True))


def test_a_condition_is_made_by_choosing_field_operator_and_value(own_window: Window) -> None:
    page = own_window.go("/b/retail/form/retail:f_order?item=main/store")
    shown = page.get_by_role("complementary", name="门店").get_by_role("region", name="显示条件")
    shown.get_by_role("button", name="加条件").click()
    focused(page.get_by_label(TYPE_CONDITION)).fill("状态")
    page.keyboard.press("Enter")
    page.locator('.ant-select-item[title="已付款"]').click()
    expect(shown).to_contain_text("状态是已付款")
    shown.get_by_role("button", name="是", exact=True).click()
    page.get_by_role("button", name="不是", exact=True).click()
    expect(shown).to_contain_text("状态不是已付款")
    saved(own_window)
    items = body_of(own_window.site, "retail:f_order")["sections"][0]["items"]
    assert next(each for each in items if each["field"] == "store")["visible"] == "state <> 'paid'"


def test_a_view_is_changed_by_keyboard_alone(own_window: Window) -> None:
    page = own_window.go("/b/retail/view/retail:v_orders")
    keys = page.keyboard
    heads = page.get_by_role("region", name="真实数据").get_by_role("columnheader")
    heads.first.get_by_role("button").focus()
    keys.press("Enter")
    keys.press("ArrowRight")
    focused(heads.nth(1).get_by_role("button"))
    keys.press("Alt+ArrowLeft")
    expect(heads.first).to_contain_text("付款时间")
    keys.press("Shift+ArrowRight")
    keys.press("ArrowRight")
    focused(heads.nth(1).get_by_role("button"))
    keys.press("ArrowRight")
    focused(heads.nth(2).get_by_role("button"))
    keys.press("Delete")
    expect(heads).to_have_count(5)
    saved(own_window)
    columns = body_of(own_window.site, "retail:v_orders")["columns"]
    assert names(columns) == ["at", "number", "channel", "state", "total"]
    assert columns[0]["width"] == 166


PASTE = """(text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const paste = {clipboardData: data, bubbles: true, cancelable: true};
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", paste));
}"""


def test_a_table_is_edited_like_a_sheet_by_keyboard_alone(own_window: Window) -> None:
    page = own_window.go("/b/loyalty/table/loyalty:tiers")
    keys = page.keyboard
    sheet = page.get_by_role("grid")
    before = body_of(own_window.site, "loyalty:tiers")
    last = len(before["rows"])
    sheet.focus()
    keys.press("Control+End")
    keys.press("Control+ArrowDown")
    page.evaluate(PASTE, "V8\t8\t99,000\nV9\tmany\t120000.5\n")
    wrong = sheet.locator('[role="gridcell"][aria-invalid]')
    expect(wrong).to_have_count(1)
    expect(wrong).to_have_attribute("aria-label", f"{label(before, 1)}，第 {last + 2} 行 many – 这里要整数")
    drawn(page, "table-wrong")
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    keys.type("9")
    keys.press("Tab")
    expect(sheet.locator('[role="gridcell"][aria-invalid]')).to_have_count(0)
    keys.press("F2")
    keys.press("Escape")
    saved(own_window)
    rows = body_of(own_window.site, "loyalty:tiers")["rows"][last:]
    found = [json.dumps({k: each["values"][k] for k in names(before["columns"])[:3]}) for each in rows]
    assert found == [
        '{"code": "V8", "rank": 8, "threshold": "99000.00"}',
        '{"code": "V9", "rank": 9, "threshold": "120000.50"}',
    ]
    keys.press("Control+-")
    expect(sheet.get_by_role("row")).to_have_count(last + 2)


def label(body: dict[str, Any], place: int) -> str:
    """The Chinese label of a column."""
    return str(body["columns"][place]["label"]["zh"])


def test_rules_are_written_by_keyboard_alone(own_window: Window) -> None:
    page = own_window.go("/b/loyalty/ruleset/loyalty:on_order")
    keys = page.keyboard
    page.get_by_role("button", name="在“时段系数”里加一条").focus()
    keys.press("Enter")
    focused(page.get_by_role("textbox", name="规则"))
    keys.type("店庆")
    keys.press("Enter")
    focused(page.get_by_label(TYPE_CONDITION))
    keys.press("Enter")
    focused(page.get_by_role("textbox", name="店庆：系数"))
    keys.type("1.5")
    keys.press("Enter")
    days = focused(page.get_by_role("textbox", name="有效期"))
    keys.type("2026-13-01")
    expect(page.get_by_role("alert")).to_contain_text("写成")
    days.fill("2026-10-01 ~ 2026-10-03")
    keys.press("Enter")
    expect(page.get_by_role("group", name="店庆")).to_contain_text("2026-10-01 至 2026-10-03")
    page.get_by_role("textbox", name="店庆：系数").focus()
    keys.press("Alt+ArrowUp")
    saved(own_window)
    rows = next(
        each for each in body_of(own_window.site, "loyalty:on_order")["steps"] if each.get("factor") == "window"
    )["rows"]
    assert [each.get("value") for each in rows] == ["2", "1.5", "3"]
    assert (rows[1]["from"], rows[1]["to"]) == ("2026-10-01", "2026-10-03")
