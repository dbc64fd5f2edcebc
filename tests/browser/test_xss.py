"""Sixty attacks in every text of metadata and of data: no page runs one, nothing of them becomes an element."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.browser_kit import Site, Window, demo_site, small_year, window_of
from browser.xss_kit import PAYLOADS, attack

_WATCH = """
window.__count = 0;
window.__blocked = [];
window.__ran__ = () => { window.__count += 1; };
document.addEventListener("securitypolicyviolation", (event) =>
  window.__blocked.push(`${event.effectiveDirective} ${event.sourceFile} ${event.sample}`));
"""
_LOOK = """() => ({
  ran: window.__count,
  blocked: window.__blocked,
  elements: [...document.querySelectorAll("iframe, object, embed, base, marquee, isindex, xss, script:not([src]):not([nonce])")].map((each) => each.outerHTML),
  handlers: [...document.querySelectorAll("*")].filter((each) => [...each.attributes].some((one) => /^on/i.test(one.name))).map((each) => each.outerHTML),
  links: [...document.querySelectorAll("[href], [src], [action], [formaction]")].filter((each) => ["href", "src", "action", "formaction"]
    .some((name) => /^\\s*(javascript|vbscript|data:text)/i.test((each.getAttribute(name) ?? "").replace(/[\\t\\n]/g, "")))).map((each) => each.outerHTML),
})"""  # noqa: E501
CLEAN = {"ran": 0, "blocked": [], "elements": [], "handlers": [], "links": []}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[tuple[Site, int, str, int]]:
    """A server of its own that is full of attacks; a draft, a record, and in how many places of metadata they stand."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    with demo_site(small_year(shared), tmp_path_factory.mktemp("attacked")) as made:
        yield made, *attack(made)


@pytest.fixture
def victim(browser: Browser, attacked: tuple[Site, int, str, int]) -> Iterator[Window]:
    """A window of the administrator, who sees everything, with a watch over what runs."""
    with window_of(browser, attacked[0]) as window:
        window.page.add_init_script(_WATCH)
        window.page.on("dialog", lambda dialog: window.complaints.append(f"dialog: {dialog.message}"))
        yield window


def looked_at(window: Window, path: str, shown: str = "") -> Page:
    """Go there, wait until an attack is to be read as text, and see that it is nothing more."""
    page = window.go(path)
    if shown:
        expect(page.get_by_text(shown).first).to_be_attached()
    assert page.evaluate(_LOOK) == CLEAN, path
    return page


def test_there_are_sixty_and_each_stands_in_metadata_and_in_data(attacked: tuple[Site, int, str, int]) -> None:
    site, _, _, places = attacked
    assert len(set(PAYLOADS)) >= 60 and places >= len(PAYLOADS)
    kept = [each["title"] for each in site.call("GET", "/api/v1/probe?limit=100&sort=id")["data"]]
    assert kept == list(PAYLOADS), "they are kept as they were written"


def test_no_page_of_the_work_runs_one(victim: Window, attacked: tuple[Site, int, str, int]) -> None:
    _, _, ref, _ = attacked
    first = PAYLOADS[0]
    page = looked_at(victim, "/a/local/v/probes", first)
    page.get_by_role("grid").press("End")
    page.get_by_role("columnheader").nth(1).click(button="right")
    page.keyboard.press("Escape")
    assert page.evaluate(_LOOK) == CLEAN
    page = looked_at(victim, f"/a/local/e/probe/{ref}", first)
    for tab in page.get_by_role("tab").all():
        tab.click()
        victim.settle()
        assert page.evaluate(_LOOK) == CLEAN, "a tab of the record"
    page = looked_at(victim, f"/a/local/e/probe/{ref}?edit=1")
    page.locator("[data-record-form] input[role=combobox]").first.click()
    assert page.evaluate(_LOOK) == CLEAN, "choices of a field"
    page.keyboard.press("Escape")
    page = looked_at(victim, "/a/local/d/board")
    for chart in page.locator("canvas").all():
        chart.hover()
    assert page.evaluate(_LOOK) == CLEAN, "what a chart says under the pointer"
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").fill("img src")
    expect(page.get_by_role("option").first).to_be_visible()
    victim.settle()
    assert page.evaluate(_LOOK) == CLEAN, "the palette"
    for path in ("/a/local", "/a/local/inbox", "/a/local/runs", "/a/local/settings"):
        looked_at(victim, path)


def test_a_link_that_is_no_web_address_is_refused(attacked: tuple[Site, int, str, int]) -> None:
    call = attacked[0].session()
    for text in PAYLOADS[-8:]:
        with pytest.raises(AssertionError, match="422"):
            call("POST", "/api/v1/probe", {"code": "link", "title": "x", "link": text})
