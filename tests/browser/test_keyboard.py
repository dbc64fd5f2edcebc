"""Everything can be done with the keyboard, and no key fires while somebody writes."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from browser.browser_kit import Window
from browser.conftest import OpenWindow

ORDERS = "/a/retail/v/order_list"


def current_row(page: Page) -> int:
    """Number of the row that is current, 1 for the first, 0 for none."""
    marked = page.locator('[role="row"][data-current]')
    return int(marked.get_attribute("aria-rowindex") or 1) - 1 if marked.count() else 0


def test_rows_are_walked_checked_opened_and_left(window: Window) -> None:
    page = window.go(ORDERS)
    for key in ("j", "j", "ArrowDown", "k"):
        page.keyboard.press(key)
    expect(page.locator('[role="row"][data-current]')).to_have_attribute("aria-rowindex", "3")
    page.keyboard.press("x")
    expect(page.locator('[role="row"][data-checked]')).to_have_count(1)
    page.keyboard.press("Space")
    panel = page.get_by_role("complementary").last
    expect(panel.get_by_role("tablist")).to_be_visible()
    first = page.url
    page.keyboard.press("j")
    expect(page.locator('[role="row"][data-current]')).to_have_attribute("aria-rowindex", "4")
    assert page.url != first, "the panel follows the row"
    page.keyboard.press("Escape")
    expect(page.get_by_role("tablist")).to_have_count(0)
    expect(page.get_by_role("grid")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator('[role="row"][data-checked]')).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("tablist")).to_be_visible()
    assert "/e/order/" in page.url


def test_a_filter_is_made_without_the_mouse(window: Window) -> None:
    page = window.go(ORDERS)
    page.keyboard.press("f")
    field = page.get_by_role("dialog").get_by_role("textbox")
    field.fill("合计")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("textbox").fill("500")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group").filter(has_text="大于")).to_contain_text("合计")
    expect(page).to_have_url(re.compile("f=total%3Agt%3A500"))
    page.keyboard.press("/")
    page.get_by_placeholder("搜索").fill("P2501")
    expect(page).to_have_url(re.compile("q=P2501"))


def test_letters_belong_to_the_text_while_somebody_writes(window: Window) -> None:
    page = window.go(ORDERS)
    page.keyboard.press("/")
    page.keyboard.type("jxce?gh")
    expect(page.get_by_placeholder("搜索")).to_have_value("jxce?gh")
    assert current_row(page) == 0
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_single_keys_can_be_switched_off(window: Window) -> None:
    page = window.go("/a/retail/settings")
    page.get_by_role("switch").click()
    page = window.go(ORDERS)
    page.keyboard.press("j")
    page.keyboard.press("f")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert current_row(page) == 0
    page.keyboard.press("ArrowDown")
    expect(page.locator('[role="row"][data-current]')).to_have_count(1)


def test_the_sheet_lists_the_keys_that_work_here(window: Window) -> None:
    page = window.go(ORDERS)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("下一行")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_the_palette_finds_by_initials_and_goes_there(window: Window) -> None:
    page = window.go("/a/loyalty")
    page.keyboard.press("Control+k")
    field = page.get_by_role("dialog").get_by_role("combobox")
    field.fill("ddlb")
    expect(page.get_by_role("option", selected=True)).to_contain_text("订单列表")
    page.keyboard.press("Enter")
    expect(page.get_by_role("grid")).to_be_visible()
    assert page.url.endswith("/a/loyalty/v/order_list")


def test_tab_in_the_palette_acts_on_the_record_found(window: Window) -> None:
    number = window.site.call("GET", "/api/v1/order?limit=1&sort=number")["data"][0]["number"]
    page = window.go("/a/retail")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").fill(number)
    expect(page.get_by_role("option", selected=True)).to_contain_text(number)
    page.keyboard.press("Tab")
    expect(page.get_by_role("option").filter(has_text="编辑")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("form[novalidate] input").first).to_have_value(number)


def test_focus_goes_round_in_a_sensible_order(open_window: OpenWindow) -> None:
    page = open_window(language="en").go(ORDERS)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "content"
