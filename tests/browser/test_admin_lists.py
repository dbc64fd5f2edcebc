"""The audit, jobs and keys in the browser: found, opened, exported, ended."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from browser.browser_kit import Window


def test_a_change_is_found_and_says_what_stood_there_before(window: Window) -> None:
    window.site.call("POST", "/api/v1/channel", {"code": "audit", "name": "旧名"})
    window.site.call("PATCH", "/api/v1/channel/audit", {"name": "新名"})
    page = window.go("/a/retail/admin/audit?entity=channel")
    changed = page.get_by_role("listitem").filter(has_text="修改").filter(has_text="新名").first
    changed.get_by_role("button", name="改了什么").click()
    expect(changed.get_by_role("row", name="名称")).to_contain_text("旧名")
    expect(changed.get_by_role("row", name="名称")).to_contain_text("新名")
    with page.expect_download() as caught:
        page.get_by_role("link", name="导出 CSV").click()
    assert "updated" in caught.value.path().read_text("utf-8-sig")
    page.get_by_title("登录与权限", exact=True).click()
    expect(page).to_have_url(f"{window.site.url}/a/retail/admin/audit?entity=channel&kind=access")
    expect(page.get_by_role("button", name="清除条件")).to_be_visible()
    page.get_by_role("button", name="清除条件").click()
    expect(page.get_by_role("listitem").filter(has_text="登录").first).to_be_visible()


def test_an_import_tells_its_classes_and_an_export_is_fetched(window: Window) -> None:
    page = window.go("/a/retail/admin/jobs")
    page.get_by_role("button", name="orders.csv").click()
    panel = page.get_by_role("complementary")
    expect(panel.get_by_text("总行数")).to_be_visible()
    expect(panel.get_by_role("button", name="撤回导入")).to_be_visible()
    window.site.call("POST", "/api/v1/exports", {"entity": "channel", "format": "csv", "label": "渠道清单"})
    page.get_by_title("导出", exact=True).click()
    page.get_by_role("button", name="渠道清单").first.click()
    with page.expect_download() as caught:
        panel.get_by_role("link", name="下载文件").click()
    assert caught.value.suggested_filename.endswith(".csv")
    page.get_by_title("流程队列", exact=True).click()
    expect(page.get_by_text("等待处理的事件")).to_be_visible()


def test_a_key_is_made_used_and_revoked(window: Window) -> None:
    page = window.go("/a/retail/admin/api")
    page.get_by_role("button", name="新建密钥").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("收银机 3")
    dialog.get_by_role("button", name="新建密钥").click()
    key = dialog.locator("[data-secret]").inner_text()
    request = urllib.request.Request(f"{window.site.url}/api/v1/channel", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    dialog.get_by_role("button", name="已保存").click()
    page.get_by_role("button", name="吊销 收银机 3").click()
    page.get_by_role("dialog").get_by_role("button", name="吊销").click()
    expect(page.get_by_role("button", name="吊销 收银机 3")).to_have_count(0)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request, timeout=30)
    example = page.get_by_role("region", name="curl 命令")
    expect(example).to_contain_text(f"{window.site.url}/api/v1/")
    page.get_by_role("button", name="执行", exact=True).click()
    expect(page.get_by_role("region", name="回答")).to_contain_text('"data"')
