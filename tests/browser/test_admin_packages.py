"""A package's way in and back in the browser: problems where they stand, plan, consent, apply, roll back, export."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from playwright.sync_api import Page, expect

from browser.browser_kit import Window

_HEAD = {"kind": "package", "uid": "notes", "name": "notes", "label": {"zh": "便签", "en": "Notes"}}
_FIELDS = {
    "title": {"uid": "title", "name": "title", "label": {"zh": "标题", "en": "Title"}, "type": "text"},
    "colour": {"uid": "colour", "name": "colour", "label": {"zh": "颜色", "en": "Colour"}, "type": "text"},
    "due": {"uid": "due", "name": "due_on", "label": {"zh": "到期日", "en": "Due"}, "type": "date"},
}


def notes(version: str, *fields: str, **more: Any) -> bytes:
    """A zip of a small package with one entity of these fields."""
    entity = {
        "kind": "entity", "uid": "note", "name": "note", "label": {"zh": "便签", "en": "Note"}, "title": "title",
        "fields": [_FIELDS[each] for each in fields], **more,
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes/tessera.json", json.dumps({**_HEAD, "version": version}, indent=2))
        archive.writestr("notes/entities/note.json", json.dumps(entity, indent=2, ensure_ascii=False))
    return out.getvalue()


def upload(window: Window, body: bytes) -> Page:
    """Choose a zip on the page that imports packages."""
    page = window.go("/b/retail/packages/import")
    file: Any = {"name": "notes.zip", "mimeType": "application/zip", "buffer": body}
    page.locator('input[type="file"]').first.set_input_files(file)
    return page


def _releases(window: Window) -> Any:
    return window.site.call("GET", "/api/v1/releases")


def test_a_package_is_planned_applied_and_rolled_back(window: Window) -> None:
    before = _releases(window)["head"]
    page = upload(window, notes("1.0.0", "title", "colour"))
    expect(page.get_by_text("不会隐藏或改动已有的值。")).to_be_visible()
    expect(page.get_by_role("button", name="便签 实体")).to_be_visible()
    page.get_by_label("为什么（和发布一起保存）").fill("先试试")
    page.get_by_role("button", name=f"应用为发布 #{before + 1}").click()
    expect(page.get_by_role("heading", name=f"发布 #{before + 1} 已生效")).to_be_visible()
    window.site.call("POST", "/api/v1/note", {"title": "买灯泡", "colour": "黄"})

    # The next version has a field less: what it hides must be named to be agreed to.
    page = upload(window, notes("1.1.0", "title", "due"))
    apply = page.get_by_role("button", name=f"应用为发布 #{before + 2}")
    expect(apply).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("还差：1 项确认")).to_be_visible()
    name = page.get_by_label("键入 colour 以确认")
    name.fill("color")
    expect(apply).to_have_attribute("aria-disabled", "true")
    name.fill("colour")
    expect(apply).not_to_have_attribute("aria-disabled", "true")
    apply.click()
    expect(page.get_by_role("heading", name=f"发布 #{before + 2} 已生效")).to_be_visible()
    assert "colour" not in window.site.call("GET", "/api/v1/note")["data"][0]

    # Going back has its own plan, and the value that was hidden is there again.
    page.get_by_role("link", name="看发布列表").click()
    page.get_by_role("link", name=f"回到 #{before + 1}", exact=True).click()
    expect(page.get_by_text("从“note”移除字段“due_on”（数据保留）")).to_be_visible()
    page.get_by_role("button", name=f"回到发布 #{before + 1}").click()
    expect(page.get_by_role("heading", name=f"发布 #{before + 3} 已生效")).to_be_visible()
    assert window.site.call("GET", "/api/v1/note")["data"][0]["colour"] == "黄"
    latest = _releases(window)["data"][0]
    assert (latest["number"], latest["rolled_back_to"]) == (before + 3, before + 1)

    page = window.go("/a/retail/admin/packages")
    with page.expect_download() as caught:
        page.get_by_role("link", name="导出 notes").click()
    with zipfile.ZipFile(caught.value.path()) as archive:
        assert json.loads(archive.read("notes/tessera.json"))["version"] == "1.0.0"
    page.get_by_role("button", name=f"#{before + 1}", exact=True).click()
    expect(page.get_by_role("complementary", name=f"发布 #{before + 1}")).to_contain_text("先试试")


def test_each_problem_is_shown_where_it_stands(window: Window) -> None:
    broken = notes("9.0.0", "title", color="red", business_key=["nothing"])
    page = upload(window, broken)
    listed = page.get_by_role("region", name="个问题，改好后再导入")
    expect(listed.get_by_role("button").first).to_be_visible()
    pointer = listed.get_by_role("button").filter(has_text="/color")
    pointer.click()
    text = page.get_by_role("region", name="notes/entities/note.json")
    expect(text.locator('[class*="wrong"]')).to_contain_text('"color": "red"')
    expect(page.get_by_role("button", name="换一个包")).to_be_visible()
    assert "notes" not in [each["name"] for each in window.site.call("GET", "/api/v1/packages")["data"]
                           if each["version"] == "9.0.0"]  # fmt: skip
