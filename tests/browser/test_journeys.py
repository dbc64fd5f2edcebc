"""What a business user wants, done by clicks and keys alone, each of which is counted."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from browser.browser_kit import Site, Window, screenshot
from browser.designer_kit import TYPE_CONDITION, Hand, document, focused, open_draft, publish


def test_a_new_entity_with_form_and_list_and_a_first_record(own_window: Window) -> None:
    page = own_window.go("/b/retail?kind=entity")
    hand = Hand(page)
    hand.click(page.get_by_role("button", name="开始一个草稿"))
    hand.click(page.get_by_role("button", name="新建"))
    focused(page.get_by_role("dialog").get_by_label("名称"))
    hand.type("供应商")
    hand.press("Enter")
    field = page.get_by_label("新字段的名称")
    for label in ("联系电话", "合作日期", "信用金额", "等级"):
        focused(field)
        hand.type(label)
        hand.press("Enter")
    hand.click(page.get_by_role("button", name="做好表单、列表和菜单"))
    expect(page.get_by_role("link", name="表单：供应商")).to_be_visible()
    publish(hand)
    hand.click(page.get_by_role("button", name="打开看看"))
    page.wait_for_url("**/a/retail/v/**")
    own_window.settle()
    hand.press("c")
    form = page.locator("form[novalidate]")
    hand.type("青松纸业", into=form.get_by_label("名称"))
    hand.type("02161234567", into=form.get_by_label("联系电话"))
    hand.press("Control+s")
    own_window.settle()
    expect(page.get_by_text("青松纸业").first).to_be_visible()
    screenshot(page, "journey-first-record")
    assert own_window.site.call("GET", "/api/v1/gong_ying_shang")["data"][0]["lian_xi_dian_hua"] == "02161234567"
    assert hand.count <= 25, hand.count


def test_a_rule_with_two_conditions(own_window: Window) -> None:
    """Total over 500 and price group new: points twice."""
    page = own_window.go("/b/loyalty/ruleset/loyalty:on_order")
    hand = Hand(page)
    hand.click(page.get_by_role("button", name="在“商品系数”里加一条"))
    focused(page.get_by_role("textbox", name="规则"))
    hand.type("大单新品双倍")
    hand.press("Enter")
    focused(page.get_by_label(TYPE_CONDITION))
    hand.type("合计>500 且 价格类型=新品")
    hand.press("Enter")
    row = page.get_by_role("group", name="大单新品双倍")
    expect(row).to_contain_text("合计大于500且价格类型是新品")
    hand.press("Enter")
    focused(page.get_by_label("大单新品双倍：系数"))
    hand.type("2")
    hand.press("Enter")
    hand.press("Escape")
    publish(hand)
    screenshot(page, "journey-rule")
    assert hand.count <= 12, hand.count
    made = rule_of(own_window.site, "goods", "大单新品双倍")
    assert (made["when"], made["value"]) == ("total > 500 AND price_group = 'new'", "2")


def test_a_rule_for_some_days_tried_on_an_order_and_published(own_window: Window) -> None:
    """Three times on 11.11, seen on a real order before anybody gets it."""
    take_away(own_window.site, "window", "double11")
    page = own_window.go("/b/loyalty/ruleset/loyalty:on_order")
    hand = Hand(page)
    hand.click(page.get_by_role("button", name="在“时段系数”里加一条"))
    focused(page.get_by_role("textbox", name="规则"))
    hand.type("双十一三倍")
    hand.press("Enter")
    focused(page.get_by_label(TYPE_CONDITION))
    hand.press("Enter")
    focused(page.get_by_label("双十一三倍：系数"))
    hand.type("3")
    hand.press("Enter")
    focused(page.get_by_role("textbox", name="有效期"))
    hand.type("11-11 ~ 11-13")
    hand.press("Enter")
    row = page.get_by_role("group", name="双十一三倍")
    expect(row).to_contain_text("每年 11-11 至 11-13")
    hand.click(row.get_by_role("button", name="试这条规则：双十一三倍"))
    panel = page.get_by_role("complementary", name="试一试")
    expect(panel.get_by_text("双十一三倍 3")).to_be_visible()
    screenshot(page, "journey-try")
    publish(hand)
    assert hand.count <= 12, hand.count
    made = rule_of(own_window.site, "window", "双十一三倍")
    assert (made["value"], made["yearly"]) == ("3", {"from": "11-11", "to": "11-13"})


def test_a_field_is_dragged_onto_a_form_and_shown_under_a_condition(own_window: Window) -> None:
    page = own_window.go("/b/retail/form/retail:f_order")
    hand = Hand(page)
    palette = page.get_by_role("complementary", name="字段与布局")
    hand.drag(palette.get_by_role("button", name="单选"), page.locator('[data-piece="main/state"]'))
    focused(page.get_by_label("给新字段起个名字"))
    hand.type("赠品")
    hand.press("Enter")
    panel = page.get_by_role("complementary", name="赠品")
    shown = panel.get_by_role("region", name="显示条件")
    hand.click(shown.get_by_role("button", name="加条件"))
    focused(page.get_by_label(TYPE_CONDITION))
    hand.type("合计不小于300")
    hand.press("Enter")
    expect(shown).to_contain_text("合计不小于300")
    hand.press("Enter")
    screenshot(page, "journey-form")
    publish(hand)
    assert hand.count <= 12, hand.count
    draft = open_draft(own_window.site)
    sections = document(own_window.site, draft, "retail:f_order")["body"]["sections"]
    item = next(each for each in sections[0]["items"] if each["field"] == "zeng_pin")
    assert item["visible"] == "total >= 300"
    assert sections[0]["items"].index(item) > [each["field"] for each in sections[0]["items"]].index("state")


def test_why_an_order_gave_its_points_and_why_a_rule_did_not_count(own_window: Window) -> None:
    order = next(
        each for each in own_window.site.call("GET", "/api/v1/order?limit=200&sort=-at")["data"] if each["member"]
    )
    page = own_window.go("/a/loyalty")
    hand = Hand(page)
    hand.press("Control+k")
    focused(page.get_by_role("dialog").get_by_role("combobox"))
    hand.type(order["number"])
    expect(page.get_by_role("option", selected=True)).to_contain_text(order["number"])
    hand.press("Enter")
    hand.click(
        page.get_by_role("tabpanel").get_by_role("link").filter(has_text=member_of(own_window.site, order)).first
    )
    hand.click(page.get_by_role("tab", name="积分", exact=True))
    line = page.get_by_role("listitem").filter(has_text="消费得分").filter(has_text=order["number"])
    hand.click(line.get_by_role("button"))
    panel = page.get_by_role("complementary").filter(has_text="为什么是")
    expect(panel).to_contain_text("时段系数")
    expect(panel).to_contain_text("没有命中")
    expect(panel.get_by_role("listitem").filter(has_text="清仓三倍")).to_contain_text("条件不成立")
    screenshot(page, "journey-why")
    assert hand.count <= 8, hand.count


def member_of(site: Site, order: dict[str, Any]) -> str:
    """What the member of an order is called."""
    return str(site.call("GET", f"/api/v1/member?filter=id%20=%20{order['member']}")["data"][0]["name"])


def factor(site: Site, name: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """A new draft, the rules of an order in it, and one factor of them."""
    draft = open_draft(site)
    found = document(site, draft, "loyalty:on_order")
    return draft, found, next(each for each in found["body"]["steps"] if each.get("factor") == name)


def rule_of(site: Site, name: str, label: str) -> dict[str, Any]:
    """A rule as it is published."""
    rows = factor(site, name)[2]["rows"]
    return next(each for each in rows if label in (each.get("label"), *_texts(each.get("label"))))


def _texts(label: Any) -> list[str]:
    return list(label.values()) if isinstance(label, dict) else []


def take_away(site: Site, name: str, uid: str) -> None:
    """A draft of the rules of an order without one of them."""
    draft, found, held = factor(site, name)
    held["rows"] = [each for each in held["rows"] if each["uid"] != uid]
    body = {"body": found["body"], "version": found["version"]}
    site.call("PUT", f"/api/v1/drafts/{draft}/documents/loyalty:on_order", body)
