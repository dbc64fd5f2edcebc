"""Signing in and out, the end of a session under an open page, languages, themes, and no network."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.browser_kit import PASSWORD, Window
from browser.conftest import OpenWindow


def sign_in(window: Window, password: str = PASSWORD) -> None:
    """Fill the sign-in that is shown."""
    page = window.page
    page.get_by_label("登录名").fill("ada")
    page.get_by_label("密码", exact=True).fill(password)
    page.keyboard.press("Enter")


def test_a_stranger_is_led_to_the_sign_in_and_back(open_window: OpenWindow) -> None:
    window = open_window(user="")
    page = window.go("/a/retail/v/order_list?sort=total")
    expect(page.get_by_role("heading", name="登录 Tessera")).to_be_visible()
    sign_in(window, "wrong password")
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对")
    sign_in(window)
    expect(page.get_by_role("grid")).to_be_visible()
    assert page.url.endswith("/a/retail/v/order_list?sort=total")


def test_the_sign_in_leads_to_no_foreign_address(open_window: OpenWindow) -> None:
    window = open_window(user="")
    for foreign in ("//example.org/x", "https://example.org/", "/\\example.org"):
        page = window.go(f"/sign-in?next={foreign}")
        sign_in(window)
        expect(page.get_by_role("navigation").first).to_be_visible()
        assert page.url.startswith(f"{window.site.url}/a/")


def test_signing_out_ends_the_session(window: Window) -> None:
    page = window.go("/a/retail")
    page.get_by_role("button", name="账号").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录 Tessera")).to_be_visible()
    page.goto(f"{window.site.url}/a/retail")
    expect(page.get_by_role("heading", name="登录 Tessera")).to_be_visible()


def test_a_session_that_ends_under_a_form_loses_nothing(window: Window) -> None:
    page = window.go("/a/retail/e/channel/new")
    page.locator("[data-record-form]").get_by_label("编码").fill("kept")
    page.locator("[data-record-form]").get_by_label("名称").fill("留着")
    page.context.clear_cookies()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("dialog")).to_contain_text("会话已过期")
    sign_in(window)
    expect(page.get_by_role("status").filter(has_text="已新建 留着")).to_be_visible()
    assert window.site.call("GET", "/api/v1/channel/kept")["name"] == "留着"


def test_language_and_theme_change_without_a_reload(window: Window) -> None:
    page = window.go("/a/retail/settings")
    page.evaluate("() => { window.marked = true }")
    page.get_by_text("English").click()
    expect(page.get_by_role("heading", name="My settings")).to_be_visible()
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate("() => window.marked") is True
    page.reload()
    expect(page.get_by_role("heading", name="My settings")).to_be_visible()


def test_without_network_a_strip_says_so_and_typing_goes_on(window: Window) -> None:
    page = window.go("/a/retail/e/channel/new")
    page.context.set_offline(True)
    expect(page.get_by_role("status").filter(has_text="网络断了")).to_be_visible()
    page.locator("[data-record-form]").get_by_label("编码").fill("offline")
    page.locator("[data-record-form]").get_by_label("名称").fill("断网时写的")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("alert").filter(has_text="连不上服务器")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("status").filter(has_text="网络断了")).to_have_count(0)
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text="已新建 断网时写的")).to_be_visible()
    found = window.site.call("GET", "/api/v1/channel?count=true&filter=code%3D'offline'")
    assert found["count"] == 1, "the repeated request made one record"


def test_only_the_failing_block_fails(window: Window) -> None:
    page = window.page
    page.route("**/api/v1/order?*", lambda route: route.fulfill(
        status=500, content_type="application/problem+json",
        body='{"type":"","title":"","status":500,"code":"internal","detail":"x","request_id":"rq-7f3k21","problems":[]}',
    ))  # fmt: skip
    window.go("/a/retail/v/order_list")
    block = page.get_by_role("alert")
    expect(block).to_contain_text("服务器出错了")
    expect(block).to_contain_text("rq-7f3k21")
    expect(page.get_by_role("button", name="新建订单")).to_be_visible()
    page.unroute_all()
    block.get_by_role("button", name="再试一次").click()
    expect(page.get_by_role("grid")).to_be_visible()
