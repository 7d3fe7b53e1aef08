"""The page as AWS serves it, under its own headers, against the APIs of a laptop."""

import json
import re
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from infra.page import build, publish
from tests.browser import cloudfront
from tests.browser.axe import serious
from tests.browser.chromium import LIMIT, Complaints
from tests.unit.infra.templates.test_page import NAMED
from tests.web import node


class Deployed(NamedTuple):
    """Where the page is, and the laptop's Parley behind it."""

    address: str
    settings: dict[str, str]
    read: Callable[[str], Any]


@pytest.fixture(scope="module")
def deployed(address: str) -> Iterator[Deployed]:
    node.require()

    def read(path: str) -> Any:
        with urllib.request.urlopen(f"{address.rstrip('/')}{path}", timeout=60) as answer:  # noqa: S310 - our own
            return json.load(answer)

    settings = read("/settings.json")
    outputs = {
        "Region": settings["region"], "UserPoolId": settings["userPoolId"], "UserPoolClientId": settings["clientId"],
        "IdentityPoolId": settings["identityPoolId"], "UserFilesBucket": settings["bucket"],
        "MediaBucket": settings["mediaBucket"], "WebSocketUrl": settings["socketUrl"], "HttpUrl": settings["httpUrl"],
        "PageUrl": "https://chat.example.com/",
    }  # fmt: skip
    added = cloudfront.headers({**NAMED, "AWS::Region": settings["region"]})
    policy = "Content-Security-Policy"
    for ours, theirs in (("wss://live.example.com", "socketUrl"), ("https://api.example.com", "httpUrl")):
        assert ours in added[policy]
        local = urlsplit(settings[theirs])
        added[policy] = added[policy].replace(ours, f"{local.scheme}://{local.netloc}")
    files = {file.key: file for file in publish.objects(build.build(), outputs)}
    with cloudfront.serving(files, added) as served:
        yield Deployed(served, settings, read)


@pytest.fixture
def context(browser: Browser, deployed: Deployed, complaints: Complaints) -> Iterator[BrowserContext]:
    """A profile without a past, for which Cognito's address on AWS, which alone is allowed, leads to the laptop's."""
    made = browser.new_context(base_url=deployed.address, reduced_motion="reduce")
    made.set_default_timeout(LIMIT)
    complaints.watch(made)

    def cognito(route: Route) -> None:
        route.fulfill(response=route.fetch(url=deployed.settings["cognitoUrl"]))

    made.route(f"https://cognito-idp.{deployed.settings['region']}.amazonaws.com/", cognito)
    yield made
    made.close()


def code_of(deployed: Deployed, email: str, purpose: str) -> str:
    """Return the code that would have been e-mailed, once it is known."""
    end = time.monotonic() + LIMIT / 1000
    while True:
        codes = deployed.read(f"/dev/codes?email={quote(email)}")["codes"]
        if found := [code["code"] for code in codes if code["purpose"] == purpose]:
            return str(found[-1])
        assert time.monotonic() < end, f"there is no code for {email}"
        time.sleep(0.05)


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_person_signs_up_writes_comes_back_and_finds_it_in_the_widget_too(deployed, context):
    email, text = f"{uuid.uuid4().hex[:8]}@example.com", f"Is anybody there? {uuid.uuid4().hex[:8]}"
    provider = next(person for person in deployed.read("/dev/people")["people"] if person["role"] == "provider")
    page = context.new_page()
    page.goto(f"/#with={provider['id']}")
    page.get_by_role("button", name="New here? Create an account").click()
    page.get_by_label("Your name").fill("Eve")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill("Correct-horse-9")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code").wait_for()
    page.get_by_label("Code").fill(code_of(deployed, email, "sign-up"))
    page.get_by_role("button", name="Confirm").click()
    field = page.locator("textarea")
    field.fill(text)
    field.press("Enter")
    mine = page.locator("[part~=message]").filter(has_text=text)
    mine.locator("[part~=tick-sent], [part~=tick-delivered], [part~=tick-read]").wait_for()
    expect(page.locator("parley-inbox [part~=row]").filter(has_text=provider["name"])).to_have_count(1, timeout=LIMIT)
    expect(page.locator(".me")).to_have_text("Eve", timeout=LIMIT)

    assert serious(page) == []
    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_label("Or send this link")).to_have_value(
        re.compile(rf"^{deployed.address}/#with=[0-9a-f-]{{36}}$")
    )
    page.get_by_label("Find a provider by category").fill("nobody-does-this")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("dialog")).to_contain_text("There is nobody in this category.", timeout=LIMIT)
    assert serious(page) == []
    page.get_by_role("button", name="Close").click()
    page.set_viewport_size({"width": 390, "height": 780})
    page.get_by_role("button", name="All conversations").click()
    expect(page.locator("parley-conversation")).to_have_count(0, timeout=LIMIT)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Forgot your password?").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("New password").fill("Battery-staple-9")
    page.get_by_label("Code").fill(code_of(deployed, email, "password"))
    page.get_by_role("button", name="Set password").click()
    page.locator("parley-inbox [part~=row]").filter(has_text=provider["name"]).click()
    mine.wait_for()

    page.goto("/widget")
    page.get_by_role("button", name="Chat with us").click()
    sign_in(page, email, "Battery-staple-9")
    page.locator("parley-inbox [part~=row]").filter(has_text=provider["name"]).wait_for()


def test_what_is_not_there_says_so_and_leads_back(context, complaints):
    complaints.expect("status of 404 .*/nothing")
    page = context.new_page()
    answer = page.goto("/nothing")
    assert answer.status == 404
    page.get_by_role("link", name="To your conversations").click()
    page.get_by_label("E-mail").wait_for()
