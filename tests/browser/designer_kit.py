"""What the tests of the designers share: a server of their own, a counting hand, and ways over a builder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from browser.browser_kit import Site, Window

TYPE_CONDITION = "字段，或一句话：金额 > 500"


@dataclass
class Hand:
    """Does what a person does, and counts: each click, each field that is typed and each key is one action."""

    page: Page
    count: int = 0

    def click(self, what: Locator) -> None:
        """One press of the mouse."""
        what.click()
        self.count += 1

    def type(self, text: str, into: Locator | None = None) -> None:
        """One field written, in the one that has the focus or, as one action more, in one that is clicked first."""
        if into is not None:
            self.click(into)
        self.page.keyboard.type(text)
        self.count += 1

    def press(self, key: str) -> None:
        """One key."""
        self.page.keyboard.press(key)
        self.count += 1

    def drag(self, what: Locator, to: Locator, *, below: bool = True) -> None:
        """Press, carry and let go over the lower or upper part of something: two actions."""
        start, end = what.bounding_box(), to.bounding_box()
        assert start and end
        self.page.mouse.move(start["x"] + 16, start["y"] + start["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(start["x"] + 40, start["y"] + start["height"] / 2 + 12, steps=4)
        height = end["height"] - 4 if below else 4
        self.page.mouse.move(end["x"] + end["width"] / 4, end["y"] + height, steps=8)
        self.page.mouse.up()
        self.count += 2


def without_drafts(site: Site) -> None:
    """Put every open draft away, so that the next page begins with what is published."""
    for draft in site.call("GET", "/api/v1/drafts")["data"]:
        if draft["state"] == "open":
            site.call("DELETE", f"/api/v1/drafts/{draft['id']}")


def open_draft(site: Site) -> int:
    """The number of a new draft with nothing in it."""
    return int(site.call("POST", "/api/v1/drafts", {"name": "test"})["id"])


def document(site: Site, draft: int, key: str) -> dict[str, Any]:
    """A document of a draft with its version and body."""
    found: dict[str, Any] = site.call("GET", f"/api/v1/drafts/{draft}/documents/{key}")
    return found


def focused(field: Locator) -> Locator:
    """The field, once it has the focus: the next text goes there."""
    expect(field).to_be_focused()
    return field


def saved(window: Window) -> None:
    """Wait until everything that was changed is on the server and was checked."""
    expect(window.page.get_by_text("已自动保存").first).to_be_visible()
    window.settle()


def publish(hand: Hand) -> None:
    """Publish what the draft holds, over the dialog that shows what that changes: two actions."""
    hand.click(hand.page.get_by_role("banner").get_by_role("button", name="发布", exact=True))
    dialog = hand.page.get_by_role("dialog")
    hand.click(dialog.get_by_role("button", name="发布", exact=True))
    expect(dialog).to_be_hidden()
    expect(hand.page.get_by_text("已发布为第").first).to_be_visible()
