"""Every screen in every size, theme and language: a picture, no complaint of the console, nothing serious for axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.browser_kit import SIZES, Language, Theme, Window, axe_findings, screenshot
from browser.conftest import OpenWindow
from browser.flow_kit import flow_draft
from browser.test_admin_packages import notes, upload


def _first_row(page: Page) -> None:
    page.locator('[role="row"][aria-rowindex="2"] [role="gridcell"]').nth(1).click()
    expect(page.get_by_role("tablist")).to_be_visible()


def sign_in(window: Window) -> None:
    """The way in."""
    window.go("/sign-in")


def home(window: Window) -> None:
    """The first page of an application."""
    window.go("/a/loyalty")


def members(window: Window) -> None:
    """A list with filters and sums."""
    window.go("/a/loyalty/v/member_list?f=spent_365d:gt:0&sort=-spent_365d")
    expect(window.page.get_by_role("grid")).to_be_visible()


def docked(window: Window) -> None:
    """A record beside its list."""
    members(window)
    _first_row(window.page)
    window.settle()


def record(window: Window) -> None:
    """A record with lines on a page of its own."""
    window.go("/a/retail/v/order_list")
    ref = window.site.call("GET", "/api/v1/order?limit=1&sort=-total")["data"][0]["ref"]
    window.go(f"/a/retail/e/order/{ref}")
    expect(window.page.get_by_role("tablist")).to_be_visible()


def form(window: Window) -> None:
    """A record while it is edited."""
    ref = window.site.call("GET", "/api/v1/order?limit=1&sort=-total")["data"][0]["ref"]
    window.go(f"/a/retail/e/order/{ref}?edit=1")
    expect(window.page.locator("form[novalidate] input").first).to_be_visible()
    window.settle()


def palette(window: Window) -> None:
    """Ctrl K with hits of the server."""
    window.go("/a/loyalty")
    window.page.keyboard.press("Control+k")
    window.page.get_by_role("dialog").get_by_role("combobox").fill("M20")
    expect(window.page.get_by_role("option").first).to_be_visible()
    window.settle()


def nothing_found(window: Window) -> None:
    """A filter that finds nothing."""
    window.go("/a/retail/v/order_list?f=total:gt:99999999")
    expect(
        window.page.get_by_role("button")
        .filter(has_text="条件")
        .first.or_(window.page.get_by_role("button").filter(has_text="filter").first)
    ).to_be_visible()


def settings(window: Window) -> None:
    """The person's own settings."""
    window.go("/a/retail/settings")


def figures(window: Window) -> None:
    """A view whose rows are no records."""
    window.go("/a/loyalty/v/demo_tiers")


def components(window: Window) -> None:
    """The live page of all components."""
    window.go("/_ui")


def _flow(window: Window, rest: str) -> None:
    name = f"screen_{len(window.site.call('GET', '/api/v1/drafts?with_closed=true')['data'])}"
    draft, key = flow_draft(window.site, name)
    window.go(f"/b/retail/flow/{key}?draft={draft}{rest}")


def flow_designer(window: Window) -> None:
    """The picture of a flow with a step's settings."""
    _flow(window, "&at=/steps/amount/branches/large/steps/ask")
    expect(window.page.locator("[data-card]").first).to_be_attached()


def flow_on_error(window: Window) -> None:
    """What happens when a step of a flow fails."""
    _flow(window, "&at=/steps/pay&part=error")
    expect(window.page.get_by_role("switch").first).to_be_visible()


def flow_runs(window: Window) -> None:
    """Runs of all flows."""
    window.go("/a/retail/runs")


def packages(window: Window) -> None:
    """What is applied, and every release."""
    window.go("/a/retail/admin/packages?release=1")


def plan(window: Window) -> None:
    """A package's plan, before it is applied."""
    page = upload(window, notes("5.0.0", "title", "due"))
    expect(page.get_by_role("contentinfo").get_by_role("button").last).to_be_visible()
    window.settle()


def users(window: Window) -> None:
    """Users, and what one of them may do."""
    user = next(each["id"] for each in window.site.call("GET", "/api/v1/auth/users")["data"] if each["name"] == "li")
    window.go(f"/a/retail/admin/people?user={user}&tab=rights")


def roles(window: Window) -> None:
    """Roles as a matrix."""
    window.go("/a/retail/admin/roles?role=store_clerk")


def jobs(window: Window) -> None:
    """Imports and exports, one of them opened."""
    window.go("/a/retail/admin/jobs?job=import-1")


def audit(window: Window) -> None:
    """Who did what."""
    window.go("/a/retail/admin/audit")


def keys(window: Window) -> None:
    """Keys, and examples of requests."""
    window.go("/a/retail/admin/api")


def deliveries(window: Window) -> None:
    """Messages that were sent."""
    window.go("/a/retail/admin/deliveries")


def board(window: Window) -> None:
    """A list as columns of cards."""
    window.go("/a/retail/v/order_list?as=kanban")


def month(window: Window) -> None:
    """A list as a calendar."""
    window.go("/a/retail/v/order_list?as=calendar&on=2025-11-12")


def pictures(window: Window) -> None:
    """A list as cards with pictures."""
    window.go("/a/retail/v/product_list?as=gallery")


def tree(window: Window) -> None:
    """A list as a tree."""
    window.go("/a/retail/v/category_list")
    expect(window.page.get_by_role("treeitem").first).to_be_visible()


def import_file(window: Window) -> None:
    """The first step of an import."""
    window.go("/a/loyalty/import/member")


def public_form(window: Window) -> None:
    """A form that is open to people without an account."""
    made = window.site.call("POST", "/api/v1/public-forms", {"form": "member_join", "label": "入会登记"})
    window.go(f"/p/{made['token']}")


_ADMIN = (packages, plan, users, roles, jobs, audit, keys, deliveries)

SCREENS: dict[str, Callable[[Window], None]] = {
    each.__name__: each
    for each in (
        sign_in, home, members, docked, record, form, palette, nothing_found, settings, figures, components, *_ADMIN,
        flow_designer, flow_on_error, flow_runs,
        board, month, pictures, tree, import_file, public_form,
    )
}


def look(open_window: OpenWindow, name: str, size: str, theme: Theme, language: Language) -> None:
    """Show a screen, keep its picture, and let axe look at it."""
    user = "" if name in ("sign_in", "components", "public_form") else "ada"
    window = open_window(user=user, theme=theme, language=language, size=size)
    SCREENS[name](window)
    screenshot(window.page, f"{name}-{size}-{theme}-{language}")
    assert axe_findings(window.page) == []
    width = window.page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= SIZES[size][0], f"{name}: the page itself never scrolls sideways"


@pytest.mark.parametrize("name", ["sign_in", "home", "docked", "record", "palette", "plan", "users", "flow_designer"])
def test_every_screen_is_sound(open_window: OpenWindow, name: str) -> None:
    look(open_window, name, "desktop", "light", "zh-CN")


@pytest.mark.parametrize("name", ["docked", "form", "components", "plan", "audit"])
def test_it_holds_on_a_phone_in_english_and_dark(open_window: OpenWindow, name: str) -> None:
    look(open_window, name, "phone", "dark", "en")


@pytest.mark.full
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_screen_in_every_way(open_window: OpenWindow, size: str, theme: Theme, language: Language) -> None:
    for name in SCREENS:
        look(open_window, name, size, theme, language)
