"""Lists: filters, order and columns live in the address, sums are of the whole filter, rows come as one scrolls."""

from __future__ import annotations

from urllib.parse import quote

from playwright.sync_api import Page, expect

from browser.browser_kit import Window

ORDERS = "/a/retail/v/order_list"


def headings(page: Page) -> list[str]:
    """The columns' names in their order."""
    return [text for text in page.get_by_role("columnheader").all_inner_texts() if text.strip()]


def shown(page: Page, column: int) -> list[str]:
    """What the rows on the screen show in a column."""
    rows = page.locator('[role="row"][aria-rowindex]:not([aria-rowindex="1"])')
    return [row.locator(":scope > *").nth(column).inner_text() for row in rows.all()[:8]]


def test_sums_and_counts_are_of_the_whole_filter(window: Window) -> None:
    figures = window.site.call(
        "POST", "/api/v1/order/aggregate", {"measures": "n:count,s:sum:total", "filter": "total > 100"}
    )["data"][0]
    page = window.go(f"{ORDERS}?f={quote('total:gt:100')}")
    footer = page.locator("footer")
    expect(footer).to_contain_text(f"{figures['n']} 条")
    whole, _, cents = figures["s"].partition(".")
    expect(footer).to_contain_text(f"{int(whole):,}.{cents}")


def test_a_copied_address_shows_the_same(window: Window) -> None:
    page = window.go(f"{ORDERS}?f={quote('state:in:paid')}&sort=-total&cols=total,number,store&w=number:220")
    assert headings(page)[:3] == ["合计", "单号", "门店"]
    amounts = [float(text.replace(",", "")) for text in shown(page, 1)]
    assert amounts == sorted(amounts, reverse=True) and len(amounts) == 8
    width = page.locator('[data-column="number"]').bounding_box()
    assert width is not None and round(width["width"]) == 220
    expect(page.get_by_role("group").filter(has_text="状态")).to_be_visible()


def test_back_undoes_what_was_changed_in_the_address(window: Window) -> None:
    page = window.go(ORDERS)
    page.get_by_role("button", name="按“合计”排序").click()
    expect(page.get_by_role("columnheader", name="合计")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("button", name="按“合计”排序").click()
    expect(page.get_by_role("columnheader", name="合计")).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(page.get_by_role("columnheader", name="合计")).to_have_attribute("aria-sort", "descending")


def test_every_row_comes_as_one_scrolls_and_few_are_drawn(window: Window) -> None:
    count = window.site.call("GET", "/api/v1/order?limit=1&count=true")["count"]
    page = window.go(ORDERS)
    grid = page.get_by_role("grid")
    for _ in range(40):
        grid.evaluate("each => { each.scrollTop = each.scrollHeight }")
        last = page.locator(f'[role="row"][aria-rowindex="{count + 1}"]')
        if last.count():
            break
        page.wait_for_load_state("networkidle")
    expect(page.locator(f'[role="row"][aria-rowindex="{count + 1}"]')).to_be_visible()
    expect(grid).to_have_attribute("aria-rowcount", str(count + 1))
    assert page.locator('[role="row"]').count() < 80


def test_columns_are_moved_hidden_and_frozen(window: Window) -> None:
    page = window.go(ORDERS)
    before = headings(page)
    page.get_by_role("columnheader", name=before[2]).click(button="right")
    page.get_by_role("menuitem", name="左移").click()
    expect(page.locator("[data-column]").nth(1)).to_contain_text(before[2])
    page.get_by_role("columnheader", name=before[1]).click(button="right")
    page.get_by_role("menuitem", name="隐藏这一列").last.click()
    expect(page.get_by_role("columnheader", name=before[1])).to_have_count(0)
    assert "cols=" in page.url
    page.get_by_role("button", name="还原视图").click()
    expect(page.get_by_role("columnheader", name=before[1])).to_be_visible()
    assert headings(page) == before


def test_a_filter_that_finds_nothing_names_what_to_drop(window: Window) -> None:
    page = window.go(f"{ORDERS}?f={quote('state:in:paid')}&f={quote('total:gt:99999999')}")
    expect(page.get_by_text("没有订单符合这 2 个条件")).to_be_visible()
    page.get_by_role("button", name="去掉这个条件").click()
    expect(page.get_by_role("grid")).to_be_visible()
    assert "total" not in page.url


def test_checked_rows_are_deleted_after_consent_and_brought_back(window: Window) -> None:
    names = [f"临时{number}" for number in range(3)]
    rows = [{"code": f"tmp{number}", "name": name} for number, name in enumerate(names)]
    window.site.call("POST", "/api/v1/channel/bulk", {"data": rows})
    page = window.go(f"/a/retail/e/channel?q={quote('临时')}")
    expect(page.locator('[role="row"]')).to_have_count(4)
    page.get_by_role("columnheader").get_by_role("checkbox").click()
    page.get_by_role("toolbar", name="已选 3 条").get_by_role("button", name="删除").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="删除")).to_have_attribute("aria-disabled", "true")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="删除").click()
    expect(page.get_by_role("status").filter(has_text="已删除 3 条渠道")).to_be_visible()
    page.get_by_role("status").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("status").filter(has_text="已恢复 3 条")).to_be_visible()
    expect(page.locator('[role="row"]')).to_have_count(4)


def test_checked_rows_are_changed_together(window: Window) -> None:
    rows = [{"code": f"blk{number}", "name": f"批量{number}"} for number in range(2)]
    window.site.call("POST", "/api/v1/channel/bulk", {"data": rows})
    page = window.go(f"/a/retail/e/channel?q={quote('批量')}")
    page.get_by_role("columnheader").get_by_role("checkbox").click()
    page.get_by_role("button", name="批量修改").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name="名称").or_(page.locator(".ant-select-item", has_text="名称")).last.click()
    dialog.get_by_role("textbox").fill("批量改过")
    dialog.get_by_role("button", name="修改", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="已修改 2 条")).to_be_visible()
    changed = quote("name = '批量改过'")
    assert window.site.call("GET", f"/api/v1/channel?count=true&filter={changed}")["count"] == 2
