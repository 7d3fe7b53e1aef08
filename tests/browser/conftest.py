"""One Parley and one Chromium for all browser tests, and for each test pages without a past."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState

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


@pytest.fixture(scope="package")
def signed_in(browser: Browser, address: str) -> StorageState:
    """What a browser keeps of the sign-ins of Ada and Ben. Each takes a second, so they are made once."""
    with browser.new_context(base_url=address) as context:
        page = context.new_page()
        page.goto("/")
        page.locator("#where.up").wait_for(timeout=LIMIT)
        return context.storage_state()


@pytest.fixture
def context(
    browser: Browser, address: str, signed_in: StorageState, complaints: Complaints
) -> Iterator[BrowserContext]:
    """A browser profile with no past but two sign-ins, in which ``/`` is the page."""
    made = browser.new_context(base_url=address, viewport=DESKTOP, reduced_motion="reduce", storage_state=signed_in)
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
