"""Records: made, changed, refused with the place, merged with somebody else's change, and never lost by leaving."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.browser_kit import Window
from browser.conftest import OpenWindow


def labelled(page: Page, name: str) -> Page:
    """The input of that label in the form."""
    return page.locator("[data-record-form]").get_by_label(name)  # type: ignore[return-value]


def channel(window: Window, code: str, name: str) -> str:
    """A fresh channel; its ref."""
    return str(window.site.call("POST", "/api/v1/channel", {"code": code, "name": name})["ref"])


def test_what_is_missing_is_said_at_the_field_and_the_rest_is_kept(window: Window) -> None:
    page = window.go("/a/retail/e/channel/new")
    labelled(page, "名称").fill("快闪店")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert").filter(has_text="1 处需要改")).to_be_visible()
    field = labelled(page, "编码")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"[id='{field.get_attribute('aria-describedby')}']")).to_have_text("必填。")
    page.get_by_role("alert").get_by_role("button", name="编码").click()
    expect(field).to_be_focused()
    field.fill("popup")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text="已新建 快闪店")).to_be_visible()
    assert window.site.call("GET", "/api/v1/channel/popup")["name"] == "快闪店"


def test_what_the_server_refuses_stands_at_its_field(window: Window) -> None:
    channel(window, "taken", "占用")
    page = window.go("/a/retail/e/channel/new")
    labelled(page, "编码").fill("taken")
    labelled(page, "名称").fill("又一个")
    page.get_by_role("button", name="保存").click()
    expect(labelled(page, "编码")).to_have_attribute("aria-invalid", "true")
    expect(labelled(page, "名称")).to_have_value("又一个")


def test_a_record_is_edited_beside_its_list(window: Window) -> None:
    ref = channel(window, "beside", "旁边")
    page = window.go(f"/a/retail/e/channel?q=beside&open={ref}&edit=1")
    labelled(page, "名称").fill("旁边改过")
    page.keyboard.press("Control+s")
    expect(page.locator('[role="row"][aria-rowindex="2"]')).to_contain_text("旁边改过")
    expect(page.get_by_role("tablist")).to_be_visible()
    page.get_by_role("tab", name="动态").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("旁边改过")


def test_changes_of_two_people_are_merged_field_by_field(window: Window) -> None:
    ref = window.site.call("POST", "/api/v1/store", {"code": "MRG", "name": "合并店"})["ref"]
    page = window.go(f"/a/retail/e/store/{ref}?edit=1")
    labelled(page, "名称").fill("我的店名")
    window.site.call("PATCH", f"/api/v1/store/{ref}", {"name": "别人的店名"})
    page.keyboard.press("Control+s")
    clash = page.get_by_role("alertdialog")
    expect(clash).to_contain_text("我的店名")
    expect(clash).to_contain_text("别人的店名")
    clash.get_by_role("radio").last.check()
    clash.get_by_role("button", name="合并并保存").click()
    expect(clash).to_have_count(0)
    assert window.site.call("GET", f"/api/v1/store/{ref}")["name"] == "别人的店名"


def test_leaving_asks_before_changes_are_lost(window: Window) -> None:
    ref = channel(window, "leave", "离开")
    page = window.go(f"/a/retail/e/channel/{ref}?edit=1")
    labelled(page, "名称").fill("还没保存")
    page.get_by_role("link", name="首页").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("放弃没有保存的修改？")
    dialog.get_by_role("button", name="继续编辑").click()
    expect(labelled(page, "名称")).to_have_value("还没保存")
    page.get_by_role("link", name="首页").click()
    page.get_by_role("dialog").get_by_role("button", name="放弃修改").click()
    expect(page.get_by_role("heading", name="首页")).to_be_visible()
    assert window.site.call("GET", f"/api/v1/channel/{ref}")["name"] == "离开"


def test_lines_are_added_and_worked_out_by_the_server(window: Window) -> None:
    page = window.go("/a/retail/e/order/new")
    labelled(page, "单号").fill("B-1001")
    labelled(page, "付款时间").fill("2026-01-05 10:00")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="添加一行").click()
    page.get_by_label("商品编码 1").fill("X1")
    page.get_by_label("数量 1").fill("2")
    page.get_by_label("金额 1").fill("12.50")
    page.get_by_role("button", name="添加一行").click()
    page.get_by_label("商品编码 2").fill("X2")
    page.get_by_label("数量 2").fill("1")
    page.get_by_label("金额 2").fill("7.5")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("tablist")).to_be_visible()
    made = window.site.call("GET", "/api/v1/order/B-1001")
    assert made["total"] == "20.00" and [each["units"] for each in made["lines"]] == [2, 1]
    assert made["at"] == "2026-01-05T02:00:00Z", "written by the wall clock of the workspace"
    expect(page.get_by_text("20.00").first).to_be_visible()


def test_a_deleted_record_can_be_brought_back(window: Window) -> None:
    ref = channel(window, "gone", "要删的")
    page = window.go(f"/a/retail/e/channel/{ref}")
    page.get_by_role("button", name="更多").click()
    page.get_by_role("menuitem", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    page.get_by_role("status").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("status").filter(has_text="已恢复 要删的")).to_be_visible()
    assert window.site.call("GET", f"/api/v1/channel/{ref}")["code"] == "gone"


def test_who_may_not_see_a_record_is_told_no_more_than_that(open_window: OpenWindow) -> None:
    window = open_window(user="li")
    foreign = window.site.call("GET", "/api/v1/order?limit=1&filter=store.code%20<>%20'S01'".replace("<>", "%3C%3E"))
    page = window.go(f"/a/retail/e/order/{foreign['data'][0]['ref']}")
    expect(page.get_by_text("没有这条记录")).to_be_visible()
    page = window.go("/a/retail/e/points_entry")
    expect(page.get_by_text("没有这个视图")).to_be_visible()
    page = window.go("/a/retail/v/order_list")
    expect(page.get_by_role("button", name="新建订单")).to_be_visible()
    page.locator('[role="row"][aria-rowindex="2"] [role="checkbox"]').click()
    expect(page.get_by_role("button", name="批量修改")).to_be_visible()
    expect(page.get_by_role("button", name="删除")).to_have_count(0)
