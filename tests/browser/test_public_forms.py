"""A form for people without an account: the link and its code inside, the page outside."""

from __future__ import annotations

from urllib.parse import quote

from playwright.sync_api import expect

from browser.browser_kit import Site, axe_findings, screenshot
from browser.conftest import OpenWindow


def join_link(site: Site, **more: object) -> str:
    """The address of a new link to the form by which people join."""
    made = site.call("POST", "/api/v1/public-forms", {"form": "member_join", "label": "入会登记", **more})
    return f"/p/{made['token']}"


def members(site: Site, phone: str) -> list[dict[str, object]]:
    """Those with that phone number."""
    condition = quote(f"phone = '{phone}'")
    return list(site.call("GET", f"/api/v1/member?filter={condition}")["data"])


def test_a_link_is_made_shown_as_a_code_and_closed(open_window: OpenWindow) -> None:
    window = open_window()
    page = window.go("/a/loyalty/v/member_list")
    page.get_by_role("button", name="更多操作").click()
    page.get_by_role("menuitem", name="公开表单").click()
    page.get_by_role("button", name="新建链接").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("标题").fill("前台的码")
    dialog.get_by_label("最多收几份").fill("5")
    dialog.get_by_role("button", name="新建链接").click()
    expect(page.get_by_role("dialog", name="前台的码").locator("svg").last).to_be_visible()
    address = page.get_by_role("dialog").get_by_role("link").get_attribute("href") or ""
    assert "/p/" in address
    screenshot(page, "public-form-code")
    assert axe_findings(page) == []
    page.keyboard.press("Escape")
    row = page.get_by_role("listitem").filter(has_text="前台的码")
    row.get_by_role("button", name="停止收集").click()
    expect(row).to_contain_text("已截止")
    outside = open_window(user="", size="phone").go(address.removeprefix(window.site.url))
    expect(outside.get_by_text("这个表单已经截止")).to_be_visible()


def test_a_stranger_fills_it_in_on_a_phone(open_window: OpenWindow) -> None:
    window = open_window(user="", size="phone")
    page = window.go(join_link(window.site, thanks="到前台领一张券", most_answers=1))
    expect(page.get_by_role("heading", name="入会登记")).to_be_visible()
    page.get_by_label("姓名").fill("<b>过路人</b>")
    page.get_by_label("手机").fill("x")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_label("手机")).to_have_attribute("aria-invalid", "true")
    screenshot(page, "public-form-phone")
    assert axe_findings(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    page.get_by_label("手机").fill("13912345670")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("到前台领一张券")).to_be_visible()
    found = members(window.site, "13912345670")
    assert [each["name"] for each in found] == ["<b>过路人</b>"]
    page.get_by_role("button", name="再填一份").click()
    expect(page.get_by_text("这个表单已经收满")).to_be_visible()


def test_what_the_server_refuses_stands_at_its_field(open_window: OpenWindow) -> None:
    window = open_window(user="")
    taken = window.site.call("GET", "/api/v1/member?limit=1&filter=NOT%20ISBLANK(phone)")["data"][0]["phone"]
    page = window.go(join_link(window.site))
    page.get_by_label("手机").fill(taken)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("已经有别的记录用了这个值")
    expect(page.get_by_label("手机")).to_be_focused()
