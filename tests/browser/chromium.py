"""Debian's Chromium, driven by Playwright: pages whose every complaint is collected, and their phones."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_REPORT = """
window.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
  console.error(`CSP: ${violatedDirective} forbids ${blockedURI || "inline"} (${sourceFile}:${lineNumber})`);
});
"""
LIMIT = 60_000
"""How long, in milliseconds, something that has to happen may take on a busy machine."""


def find() -> str | None:
    """Return the path of Chromium, or None."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def arguments() -> list[str]:
    """Return what it is started with. Its sandbox does not work for root, and /dev/shm may be small in a container."""
    return ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def executable() -> str:
    """Return the path of Chromium, or skip the test; where ``PARLEY_BROWSER`` is ``required``, fail instead."""
    found = find()
    if found is None:
        reason = "there is no Chromium: `make browser` installs it (Debian, Ubuntu)"
        if os.environ.get("PARLEY_BROWSER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser while the block lasts."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments())
        try:
            yield browser
        finally:
            browser.close()


class Complaints:
    """What the pages of one test have complained about: errors on the console, exceptions, CSP violations."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._expected: list[str] = []

    def expect(self, pattern: str) -> None:
        """What matches this is part of the test, such as a connection that it has refused."""
        self._expected.append(pattern)

    def watch(self, context: BrowserContext) -> None:
        """From now on collect what the pages of this context complain about."""
        context.add_init_script(_REPORT)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._texts.append(f"exception: {error.error}"))

    def unexpected(self) -> list[str]:
        """Return what was not expected."""
        return [text for text in self._texts if not any(re.search(p, text) for p in self._expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._texts.append(f"{message.text} ({message.location.get('url', '')})")


class Phone:
    """One of the page's phones, as somebody sees and touches it."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self.root = page.locator(f".post.{name}")
        self.story = self.root.locator(".story")
        self.messages = self.root.locator("[part~=message]")

    def write(self, text: str) -> None:
        """Type a message, and send it."""
        field = self.root.locator("textarea")
        field.click()
        field.fill(text)
        field.press("Enter")

    def button(self, name: str) -> None:
        """Press one of the buttons under the phone."""
        self.root.locator(".controls").get_by_role("button", name=name, exact=True).click(timeout=LIMIT)

    def shows(self, text: str, *, times: int = 1) -> None:
        """Wait until a text is on the screen, so many times."""
        expect(self.messages.filter(has_text=text)).to_have_count(times, timeout=LIMIT)

    def tells(self, text: str) -> None:
        """Wait until the story under the phone has said this."""
        self.story.get_by_text(text).first.wait_for(timeout=LIMIT)

    def tick(self, text: str, state: str) -> None:
        """Wait until the message has this tick: ``waiting``, ``sent``, ``delivered`` or ``read``."""
        self.messages.filter(has_text=text).locator(f"[part~=tick-{state}]").wait_for(timeout=LIMIT)

    def lock_screen(self) -> list[str]:
        """Return the notifications, the newest first."""
        return self.root.locator(".lock li:not(.none)").all_inner_texts()
