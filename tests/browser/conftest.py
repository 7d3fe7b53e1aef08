"""One Parley and one Chromium for all browser tests, and for each test pages without a past."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from infra.local import demo, people
from infra.local.stack import running
from tests.browser.chromium import LIMIT, Complaints, Phone, chromium, executable

DESKTOP = {"width": 1440, "height": 900}


@pytest.fixture(scope="package")  # no longer: Playwright's event loop is in the way of tests that have their own
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture(scope="package")
def address() -> Iterator[str]:
    """Where the page is: on a Parley of our own, or on the one that ``make run`` serves at ``PARLEY_PAGE_URL``."""
    executable()  # without a browser, nothing else needs to be started
    if given := os.environ.get("PARLEY_PAGE_URL"):
        yield given
        return
    with running() as parley:
        people.write(demo.create_pair(parley), parley.place.path)
        yield parley.settings["pageUrl"]


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """All that the test's pages complain about. What is not expected fails the test."""
    heard = Complaints()
    yield heard
    assert heard.unexpected() == []


@pytest.fixture
def context(browser: Browser, address: str, complaints: Complaints) -> Iterator[BrowserContext]:
    """A browser profile without a past, in which ``/`` is the page."""
    made = browser.new_context(base_url=address, viewport=DESKTOP, reduced_motion="reduce")
    made.set_default_timeout(LIMIT)
    complaints.watch(made)
    yield made
    made.close()


Opened = tuple[Page, Phone, Phone]


@pytest.fixture
def open_page(context: BrowserContext) -> Callable[[], Opened]:
    """Opens the page in a new tab, and returns it with its two phones once they are live."""

    def opened() -> Opened:
        page = context.new_page()
        page.goto("/")
        page.locator("#where.up").wait_for()
        return page, Phone(page, "ada"), Phone(page, "ben")

    return opened
