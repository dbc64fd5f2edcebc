"""Fixtures of the tests in the browser: one server and one Chromium for all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from browser.browser_kit import AXE, Site, Window, chromium_arguments, chromium_path, demo_site, small_year, window_of
from browser.designer_kit import without_drafts
from conftest import missing
from patience import LONGEST_S
from tessera import faults
from tessera.web import pages

OpenWindow = Callable[..., Window]


@pytest.fixture(autouse=True)
def no_litter() -> Iterator[None]:
    """No fault stays armed. The threads of Playwright's own event loop live as long as the browser."""
    yield
    assert not faults._armed, f"the test left faults armed: {sorted(faults._armed)}"


@pytest.fixture(scope="session")
def built() -> None:
    """The user interface as it was built."""
    if not pages.is_built() or not AXE.exists():
        missing("the user interface is not built: python3 dev.py test builds it")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, built: None) -> Iterator[Site]:
    """A server with a small year of data."""
    if not chromium_path():
        missing("no Chromium: install the packages chromium and fonts-noto-cjk")
    # Processes of one run have their folders side by side.
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    with demo_site(small_year(shared), tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture(scope="module")
def own_site(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of the module's own, for tests that change what is published."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    with demo_site(small_year(shared), tmp_path_factory.mktemp("own")) as made:
        yield made


@pytest.fixture
def own_window(browser: Browser, own_site: Site) -> Iterator[Window]:
    """A window of the administrator on the module's own server, with no draft open."""
    without_drafts(own_site)
    with window_of(browser, own_site) as made:
        yield made


@pytest.fixture(scope="session")
def browser(site: Site) -> Iterator[Browser]:
    """A Chromium without a screen."""
    expect.set_options(timeout=LONGEST_S * 1000)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium_path(), args=chromium_arguments())
        yield made
        made.close()


@pytest.fixture
def open_window(browser: Browser, site: Site) -> Iterator[OpenWindow]:
    """Opens windows that are closed, and whose consoles are looked at, when the test ends."""
    with ExitStack() as stack:

        def opened(**wishes: Any) -> Window:
            made: AbstractContextManager[Window] = window_of(browser, site, **wishes)
            return stack.enter_context(made)

        yield opened


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    """A window of the administrator in Chinese, light, on a desktop."""
    return open_window()
