"""A list as a board, a calendar, pictures and a tree: the same filters and rights, nothing cut off in silence."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from browser.browser_kit import Window, axe_findings
from browser.conftest import OpenWindow

PRODUCTS = "/a/retail/v/product_list"


def column(page: Page, name: str) -> Locator:
    """A column of the board."""
    return page.get_by_role("region", name=name)


def card(page: Page, name: str) -> Locator:
    """The card of that title."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("button", name=name, exact=True))


def made(window: Window, entity: str, body: dict[str, Any]) -> dict[str, Any]:
    """A record of the test."""
    return dict(window.site.call("POST", f"/api/v1/{entity}", body))


def drag(page: Page, what: Locator, to: Locator) -> None:
    """Drag with the mouse, as a person does: in small steps."""
    start, goal = what.bounding_box(), to.bounding_box()
    assert start is not None and goal is not None
    page.mouse.move(start["x"] + 40, start["y"] + 30)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 40, steps=4)
    page.mouse.move(goal["x"] + 80, goal["y"] + 60, steps=8)
    page.mouse.up()


def test_a_card_moves_by_dragging_by_keys_and_back(window: Window) -> None:
    body = {"code": "LOOK1", "name": "看板商品", "price_group": "new", "price": "1.00"}
    made(window, "product", body)
    page = window.go(f"{PRODUCTS}?as=kanban&q={quote('看板商品')}")
    expect(column(page, "新品，1 条")).to_be_visible()
    drag(page, card(page, "看板商品"), column(page, "特价，0 条"))
    expect(page.get_by_role("status").filter(has_text="已移到“特价”")).to_be_visible()
    assert window.site.call("GET", "/api/v1/product/LOOK1")["price_group"] == "special"
    expect(column(page, "特价，1 条")).to_contain_text("看板商品")

    page.get_by_role("button", name="看板商品", exact=True).focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(column(page, "清仓，1 条")).to_contain_text("看板商品")
    assert window.site.call("GET", "/api/v1/product/LOOK1")["price_group"] == "clearance"
    page.get_by_role("button", name="移动 看板商品").click()
    page.get_by_role("menuitem", name="移到“正价”").click()
    expect(column(page, "正价，1 条")).to_contain_text("看板商品")


def test_a_move_that_the_rules_refuse_is_explained_and_put_back(window: Window) -> None:
    paid = quote("state = 'paid'")
    order = window.site.call("GET", f"/api/v1/order?limit=1&filter={paid}")["data"][0]
    number = order["number"]
    page = window.go(f"/a/retail/v/order_list?as=kanban&q={number}")
    expect(column(page, "已付款，1 条")).to_be_visible()
    drag(page, card(page, number), column(page, "待付款，0 条"))
    expect(page.get_by_role("alert")).to_contain_text(f"{number} 没有移到“待付款”，已放回原处。")
    expect(page.get_by_role("alert")).to_contain_text("它可以移到：已取消。")
    expect(column(page, "已付款，1 条")).to_contain_text(number)
    assert window.site.call("GET", f"/api/v1/order/{order['ref']}")["state"] == "paid"
    assert axe_findings(page) == []


def test_columns_count_all_and_load_more_on_demand(window: Window) -> None:
    asked = {"measures": "n:count", "groups": "value:price_group"}
    found = window.site.call("POST", "/api/v1/product/aggregate", asked)
    regular = next(each["n"] for each in found["data"] if each["value"] == "regular")
    page = window.go(f"{PRODUCTS}?as=kanban")
    here = column(page, f"正价，{regular} 条")
    expect(here.get_by_role("listitem")).to_have_count(25)
    here.get_by_role("button", name=f"还有 {regular - 25} 条").click()
    expect(here.get_by_role("listitem")).to_have_count(50)


def test_a_month_and_a_week_show_what_falls_into_them(window: Window) -> None:
    page = window.go("/a/retail/v/order_list?as=calendar&on=2025-11-12")
    expect(page.get_by_role("heading", name="2025年11月")).to_be_visible()
    days = "at >= DATETIME('2025-10-26T16:00:00Z') AND at < DATETIME('2025-11-30T16:00:00Z')"
    count = window.site.call("GET", f"/api/v1/order?limit=1&count=true&filter={quote(days)}")["count"]
    expect(page.get_by_text(f"这段时间 {count} 条")).to_be_visible()
    assert axe_findings(page) == []
    page.locator('[data-day="2025-11-12"]').focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator('[data-day="2025-11-19"]')).to_be_focused()
    page.keyboard.press("PageUp")
    expect(page.get_by_role("heading", name="2025年10月")).to_be_visible()
    page.get_by_text("周", exact=True).click()
    expect(page.get_by_role("gridcell")).to_have_count(7)
    page.get_by_role("button", name="下一周").click()
    assert "on=2025-10-08" in page.url
    page.get_by_role("gridcell").get_by_role("button").first.click()
    expect(page.get_by_role("tablist")).to_be_visible()


def test_pictures_come_with_what_stands_below_them(window: Window) -> None:
    page = window.go(f"{PRODUCTS}?as=gallery&q={quote('苹果')}")
    cards = page.get_by_role("listitem").filter(has_text="红富士苹果")
    expect(cards.first).to_contain_text("水果")
    cards.first.get_by_role("button").focus()
    page.keyboard.press("ArrowRight")
    expect(cards.nth(1).get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tablist")).to_be_visible()
    assert axe_findings(page) == []


def test_a_tree_opens_by_keys_and_is_flat_while_one_searches(window: Window) -> None:
    page = window.go("/a/retail/v/category_list")
    food = page.get_by_role("treeitem").filter(has_text="食品")
    food.focus()
    page.keyboard.press("ArrowRight")
    expect(food).to_have_attribute("aria-expanded", "true")
    below = page.get_by_role("treeitem").and_(page.locator('[aria-level="2"]'))
    expect(below).to_have_count(4)
    page.keyboard.press("ArrowDown")
    expect(below.first).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(food).to_be_focused()
    lower = quote("NOT ISBLANK(parent_category)")
    child = window.site.call("GET", f"/api/v1/category?filter={lower}&limit=1&expand=parent_category")["data"][0]
    name, above = child["name"], child["parent_category"]["name"]
    page = window.go(f"/a/retail/v/category_list?q={quote(name)}")
    expect(page.get_by_role("treeitem").filter(has_text=f"{above} / {name}").first).to_be_visible()
    assert axe_findings(page) == []


def test_the_look_stands_in_the_address_and_rights_hold_in_it(open_window: OpenWindow) -> None:
    window = open_window(user="li")
    page = window.go("/a/retail/v/product_list")
    page.get_by_text("画廊", exact=True).locator("..").click()
    assert "as=gallery" in page.url
    page.get_by_text("看板", exact=True).locator("..").click()
    expect(page.get_by_role("region").first).to_be_visible()
    expect(page.get_by_role("button", name="移动")).to_have_count(0)
    page.go_back()
    assert "as=gallery" in page.url


def test_on_a_phone_a_day_lists_what_it_has(open_window: OpenWindow) -> None:
    window = open_window(size="phone")
    page = window.go("/a/retail/v/order_list?as=calendar&on=2025-11-11")
    day = page.get_by_role("region", name="2025-11-11")
    expect(day.get_by_role("listitem").first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
