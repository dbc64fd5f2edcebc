"""Users in the browser: invited with a one-time password, given roles and conditions, looked at, shut out."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.browser_kit import Window
from browser.conftest import OpenWindow


def test_somebody_new_is_invited_and_shut_out_again(open_window: OpenWindow) -> None:
    admin = open_window()
    page = admin.go("/a/retail/admin/people")
    page.get_by_role("button", name="新建用户").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("登录名").fill("wang")
    dialog.get_by_label("显示名").fill("王店长")
    dialog.get_by_label("角色").click()
    page.locator(".ant-select-item-option").filter(has_text="店员").click()
    page.keyboard.press("Escape")
    dialog.get_by_label("条件 store").fill("S01")
    dialog.get_by_role("button", name="新建并给一次性密码").click()
    password = dialog.locator("[data-secret]").inner_text()
    dialog.get_by_role("button", name="密码已转交").click()

    # The password that was handed over only serves to choose another one.
    theirs = open_window(user="")
    other = theirs.go("/sign-in")
    other.get_by_label("登录名").fill("wang")
    other.get_by_label("密码", exact=True).fill(password)
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="换成自己的密码")).to_be_visible()
    other.get_by_label("现在的密码").fill(password)
    other.get_by_label("新密码").fill("my-own-words-9")
    other.get_by_role("button", name="修改密码").click()
    expect(other.get_by_role("navigation", name="导航")).to_be_visible()

    # What he may do is told in words, and a refusal is explained.
    page.get_by_role("tab", name="能做什么").click()
    row = page.get_by_role("row", name="订单", exact=False).first
    expect(row).to_contain_text("本人的 store")
    panel = page.get_by_role("complementary", name="王店长")
    panel.get_by_role("combobox", name="数据").click()
    page.locator(".ant-select-item-option").filter(has_text="商品类别").first.click()
    panel.get_by_role("combobox", name="动作").click()
    page.locator(".ant-select-item-option").filter(has_text="删").first.click()
    panel.get_by_role("button", name="解释").click()
    expect(panel.get_by_text("没有一个角色允许这个动作。")).to_be_visible()

    page.get_by_role("tab", name="登录与密钥").click()
    expect(panel.get_by_role("button", name="全部退出登录")).to_be_visible()
    page.get_by_role("tab", name="资料与角色").click()
    panel.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(panel.get_by_text("不能登录，密钥也不能用。")).to_be_visible()
    other.reload()
    expect(other.get_by_role("heading", name="登录 Tessera")).to_be_visible()


def test_others_find_no_administration(open_window: OpenWindow) -> None:
    window: Window = open_window(user="li")
    page = window.go("/a/retail")
    expect(page.get_by_role("navigation", name="导航")).to_be_visible()
    expect(page.get_by_role("link", name="管理", exact=True)).to_have_count(0)
    window.go("/a/retail/admin/people")
    expect(page.get_by_role("alert")).to_be_visible()
