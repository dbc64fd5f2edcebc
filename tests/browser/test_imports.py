"""The import assistant: an Excel file with errors is matched, tried, imported, corrected and taken back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from playwright.sync_api import expect

from browser.browser_kit import Window, axe_findings, screenshot
from browser.conftest import OpenWindow

HEADINGS = ["会员号", "姓名", "手机", "生日", "归属门店", "备注"]
ROWS = [
    ["{0}1", "张三丰", "1380013{1}1", "1990-01-02", "S01", "老客"],
    ["{0}2", "李四光", "1380013{1}2", "1991-02-30", "S01", ""],
    ["{0}3", "王五岳", "1380013{1}3", "1992-03-04", "S99", ""],
    ["{0}4", "赵六合", "1380013{1}4", "1993-04-05", "S02", ""],
]


def workbook(prefix: str, digits: str) -> bytes:
    """Members in a workbook: a day that is none, and a store that is not there."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("会员")
    for place, row in enumerate([HEADINGS, *ROWS]):
        for column, cell in enumerate(row):
            sheet.write(place, column, cell.format(prefix, digits))
    book.close()
    return target.getvalue()


def members(window: Window, prefix: str) -> list[dict[str, Any]]:
    """Those of the test, by number."""
    found = window.site.call("GET", f"/api/v1/member?filter={quote(f'STARTS_WITH(number, {prefix!r})')}&sort=number")
    return list(found["data"])


def test_a_file_with_errors_is_imported_corrected_and_undone(window: Window, tmp_path: Path) -> None:
    page = window.go("/a/loyalty/v/member_list")
    page.get_by_role("button", name="导入").click()
    file = {"name": "会员.xlsx", "mimeType": "application/octet-stream", "buffer": workbook("IMP", "810")}
    page.locator('input[type="file"]').set_input_files(file)  # type: ignore[arg-type]

    # Every column found its field, and the one without a field is left out.
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="归属门店"))
    expect(row).to_contain_text("按门店的编码找")
    expect(page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="备注"))).to_contain_text("不导入")
    expect(page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="生日"))).to_contain_text("1 个值")
    screenshot(page, "import-map")
    assert axe_findings(page) == []
    page.get_by_role("button", name="看结果").click()

    # Nothing is written yet, and each wrong row says which cell is wrong.
    table = page.get_by_role("region", name="预览的行")
    expect(table.get_by_role("row").filter(has_text="李四光")).to_contain_text("不是日历上的一天")
    expect(table.get_by_role("row").filter(has_text="王五岳")).to_contain_text("没有这个编码或名称的记录")
    expect(page.get_by_text("会被退回")).to_be_visible()
    assert members(window, "IMP") == []
    screenshot(page, "import-preview")
    assert axe_findings(page) == []
    page.get_by_role("button", name="导入", exact=True).click()

    expect(page.get_by_text("导入完成，有行被退回。")).to_be_visible()
    expect(page.get_by_text("新建 2 条")).to_be_visible()
    assert [each["number"] for each in members(window, "IMP")] == ["IMP1", "IMP4"]
    rejected = page.get_by_role("region", name="退回的行")
    expect(rejected.get_by_role("row")).to_have_count(3)
    screenshot(page, "import-result")
    assert axe_findings(page) == []
    first = page.url

    # The rejected rows are downloaded, corrected, and brought back.
    with page.expect_download() as download:
        page.get_by_role("link", name="下载退回的行").click()
    text = download.value.path().read_text("utf-8")
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(text.replace("1991-02-30", "1991-02-28").replace("S99", "S01"), "utf-8")
    page.locator('input[type="file"]').set_input_files(corrected)
    expect(page.get_by_text("这是对之前退回的行的修正。")).to_be_visible()
    expect(page.get_by_text("导入完成。")).to_be_visible()
    assert [each["number"] for each in members(window, "IMP")] == ["IMP1", "IMP2", "IMP3", "IMP4"]

    # The first batch is taken back; what the correction made stays.
    page.goto(first)
    page.get_by_role("button", name="撤销导入").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="撤销导入")).to_have_attribute("aria-disabled", "true")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="撤销导入").click()
    expect(page.get_by_text("删除了 2 条")).to_be_visible()
    assert [each["number"] for each in members(window, "IMP")] == ["IMP2", "IMP3"]


def test_what_is_changed_by_hand_counts_and_survives_a_reload(window: Window) -> None:
    page = window.go("/a/retail/import/channel")
    text = "编码,叫法\nimp-a,小程序 A\nimp-b,小程序 B\n"
    file = {"name": "c.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator('input[type="file"]').set_input_files(file)  # type: ignore[arg-type]
    combobox = page.get_by_role("combobox", name="“叫法”对应的字段")
    combobox.click()
    page.locator(".ant-select-item", has_text="名称").last.click()
    page.reload()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="叫法"))
    expect(row).to_contain_text("名称")
    page.get_by_role("button", name="看结果").click()
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_text("新建 2 条")).to_be_visible()
    page.get_by_role("button", name="看渠道").click()
    expect(page.get_by_role("grid")).to_contain_text("小程序 A")


def test_a_file_that_cannot_be_read_says_so_and_nothing_is_lost(window: Window) -> None:
    page = window.go("/a/retail/import/channel")
    page.locator('input[type="file"]').set_input_files(
        {"name": "x.xlsx", "mimeType": "application/octet-stream", "buffer": b"PK\x03\x04 no workbook"}
    )
    expect(page.get_by_role("alert")).to_contain_text("读不出来")
    expect(page.get_by_role("button", name="选择文件")).to_be_visible()


@pytest.mark.parametrize("path", ["/a/retail/v/order_list", "/a/retail/import/order"])
def test_those_who_may_not_import_see_no_way_to_it(open_window: OpenWindow, path: str) -> None:
    page = open_window(user="li").go(path)
    expect(page.get_by_role("heading").first).to_be_visible()
    expect(page.get_by_role("button", name="导入")).to_have_count(0)
    expect(page.locator('input[type="file"]')).to_have_count(0)
