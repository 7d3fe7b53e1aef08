"""The page as AWS serves it, under its own headers, against the APIs of a laptop."""

import json
import re
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import boto3
import pytest
from botocore.config import Config
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from infra import templates
from infra.deploy import retained
from infra.deploy.stacks import Target, change, destroy
from infra.local import workarounds
from infra.page import build, publish
from tests.browser import cloudfront
from tests.browser.axe import serious
from tests.browser.chromium import LIMIT, Complaints
from tests.web import node

STACK = "parley-page-under-test"
NAMES = {"SocketDomain": "live.example.com", "HttpDomain": "api.example.com"}
UNNAMED = ("PageDomain", "PageCertificateArn", "MediaDomain", "MediaPublicKey")


class Deployed(NamedTuple):
    """Where the page is, and the laptop's Parley behind it."""

    address: str
    settings: dict[str, str]
    read: Callable[[str], Any]


@pytest.fixture(scope="module")
def deployed(address: str) -> Iterator[Deployed]:
    """The page's stack in the embedded AWS, with the files in its bucket, and a server in place of the distribution."""
    node.require()

    def read(path: str) -> Any:
        with urllib.request.urlopen(f"{address.rstrip('/')}{path}", timeout=60) as answer:  # noqa: S310 - our own
            return json.load(answer)

    settings = read("/settings.json")
    session = boto3.Session("test", "test", region_name=settings["region"])
    there: Any = {"endpoint_url": settings["s3Url"], "config": Config(proxies={})}
    target = Target(session.client("cloudformation", **there), session.client("s3", **there), poll=0.1)
    told = change(target, STACK, _template(settings), _parameters(settings), lambda _: None)
    try:
        publish.publish(target.s3, _outputs(settings, told), build.build())
        added = cloudfront.headers(_policy(session.client("cloudfront", **there)))
        _lead_to(added, settings)
        with cloudfront.serving(target.s3, told["PageFilesName"], added) as served:
            yield Deployed(served, settings, read)
    finally:
        for bucket in retained.of(target.cloudformation, STACK):
            retained.empty(session, bucket.id, **there)
        destroy(target, STACK, lambda _: None)


def _template(settings: dict[str, str]) -> dict[str, str]:
    bridged = workarounds.bridge(templates.load().nested["page.yaml"], settings["s3Url"])
    return {"TemplateBody": templates.dump(bridged.template)}


def _parameters(settings: dict[str, str]) -> dict[str, str]:
    own = {"Environment": "test", "PageBucketName": "parley-test-page-0123456789ab", **NAMES}
    return {**dict.fromkeys(UNNAMED, ""), **own, "MediaBucketName": settings["mediaBucket"]}


def _outputs(settings: dict[str, str], told: dict[str, str]) -> dict[str, str]:
    """Return the outputs that a stack with these settings would have."""
    return {
        "Region": settings["region"], "UserPoolId": settings["userPoolId"], "UserPoolClientId": settings["clientId"],
        "IdentityPoolId": settings["identityPoolId"], "UserFilesBucket": settings["bucket"],
        "MediaBucket": settings["mediaBucket"], "WebSocketUrl": settings["socketUrl"], "HttpUrl": settings["httpUrl"],
        "PageBucket": told["PageFilesName"], "PageUrl": f"{told['Origin']}/",
    }  # fmt: skip


def _policy(client: Any) -> Any:
    found = client.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]["Items"]
    policies = [item["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"] for item in found]
    return next(policy for policy in policies if policy["Name"] == "parley-test-page")


def _lead_to(added: dict[str, str], settings: dict[str, str]) -> None:
    """Name the laptop's APIs where the policy names those of the stack."""
    header = "Content-Security-Policy"
    for name, key, scheme in (("SocketDomain", "socketUrl", "wss"), ("HttpDomain", "httpUrl", "https")):
        named, local = f"{scheme}://{NAMES[name]}", urlsplit(settings[key])
        assert named in added[header]
        added[header] = added[header].replace(named, f"{local.scheme}://{local.netloc}")


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
