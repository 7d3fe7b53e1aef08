"""The elements on a page of their own, with a client in memory: no Parley runs."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import LIMIT, Complaints
from tests.browser.elements.server import serving

Show = Callable[..., Page]


@pytest.fixture(scope="package")
def site() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def context(browser: Browser, site: str, complaints: Complaints) -> Iterator[BrowserContext]:
    """A browser profile without a past, in which ``/test/…`` are the pages beside these tests."""
    made = browser.new_context(base_url=site, viewport={"width": 900, "height": 700}, locale="en-GB")
    made.set_default_timeout(LIMIT)
    complaints.watch(made)
    yield made
    made.close()


@pytest.fixture
def show(context: BrowserContext) -> Show:
    """Opens a scene of ``pages/scenes.js``; other names become options of the page."""

    def shown(scene: str = "talk", *, width: int = 900, height: int = 700, **options: object) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"/test/harness.html?{urlencode({'scene': scene, **options})}")
        page.locator("body[data-ready]").wait_for()
        return page

    return shown
