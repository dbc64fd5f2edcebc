"""How much a browser loads before it shows something: bytes of the build, and requests of a first page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from browser.conftest import OpenWindow
from tessera.web import pages

KILOBYTE = 1024
SHELL = 250 * KILOBYTE
PAGE = 200 * KILOBYTE
REQUESTS = 3


@pytest.fixture(scope="module")
def manifest(built: None) -> dict[str, Any]:
    """What was built, by source."""
    found: dict[str, Any] = json.loads((pages.FOLDER / "manifest.json").read_text("utf-8"))
    return found


def packed(name: str) -> int:
    """The bytes of a built file as it is sent."""
    path = pages.FOLDER / name
    zipped = path.with_name(f"{path.name}.gz")
    return (zipped if zipped.exists() else path).stat().st_size


def shell_files() -> set[str]:
    """What the page itself names: scripts and styles that every address needs."""
    return set(re.findall(r'(?:src|href)="/(assets/[^"]+)"', (pages.FOLDER / "index.html").read_text("utf-8")))


def needed(manifest: dict[str, Any], key: str) -> set[str]:
    """Scripts and styles that a chunk cannot begin without."""
    found: set[str] = set()
    waiting, seen = [key], set()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        chunk = manifest[here]
        found |= {chunk["file"], *chunk.get("css", ())}
        waiting += chunk.get("imports", ())
    return found


def test_the_shell_is_small(manifest: dict[str, Any]) -> None:
    """With the texts of one language, which the first screen needs too."""
    shell = shell_files()
    assert len(shell) >= 2
    texts = max(packed(each["file"]) for key, each in manifest.items() if "/messages/" in key)
    size = sum(map(packed, shell)) + texts
    assert size <= SHELL, f"{size / KILOBYTE:.0f} KB"


def test_every_other_page_is_small(manifest: dict[str, Any]) -> None:
    shell = shell_files()
    lazy = [key for key, each in manifest.items() if each.get("isDynamicEntry")]
    assert len(lazy) > 10
    sizes = {key: sum(map(packed, needed(manifest, key) - shell)) for key in lazy}
    assert {key: f"{size / KILOBYTE:.0f} KB" for key, size in sizes.items() if size > PAGE} == {}


def test_fonts_are_ours(manifest: dict[str, Any]) -> None:
    fonts = {Path(each["file"]).suffix for each in manifest.values()} | {
        Path(name).suffix for each in manifest.values() for name in each.get("assets", ())
    }
    assert ".woff2" in fonts
    for path in pages.FOLDER.glob("assets/*.css"):
        assert "http" not in path.read_text("utf-8")


@pytest.mark.parametrize("path", ["/a/retail", "/a/retail/v/order_list"])
def test_content_stands_after_few_requests_of_the_api(open_window: OpenWindow, path: str) -> None:
    window = open_window()
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/api/" in request.url:
            asked.append(request.url)

    window.page.on("request", note)
    window.page.goto(window.site.url + path)
    expect(window.page.locator("main header h1")).to_be_visible()
    if "order_list" in path:
        expect(window.page.locator('[role="row"]').nth(3)).to_be_visible()
        # The rows need the offer and one page; counts and sums come beside them and hold up nothing.
        first = [url for url in asked if "/aggregate" not in url]
        assert len(first) <= REQUESTS, asked
