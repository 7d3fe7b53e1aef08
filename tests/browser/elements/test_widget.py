"""``widget.js``: a bubble on a page that knows nothing of Parley."""

import json
import re
import time

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.axe import serious


def _site(context: BrowserContext) -> tuple[Page, list[str]]:
    page = context.new_page()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url.split("/", 3)[3]))
    page.goto("/test/site.html")
    page.get_by_role("button", name="Open chat").wait_for()
    return page, loaded


def _signed_up(page: Page) -> None:
    page.get_by_role("button", name="Open chat").click()
    page.get_by_role("button", name="New here?").click()
    page.get_by_label("Your name").fill("Mia")
    page.get_by_label("E-mail").fill("mia@example.com")
    page.get_by_label("Password").fill("Correct-horse-9")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code", exact=True).fill("246810")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Message", exact=True).wait_for()


def _focused(page: Page) -> str:
    return page.evaluate(
        "() => { let n = document.activeElement; while (n.shadowRoot?.activeElement) n = n.shadowRoot.activeElement;"
        " return n.getAttribute('aria-label') ?? n.textContent; }"
    )


def test_a_page_loads_one_file_until_the_bubble_is_opened(context):
    page, loaded = _site(context)
    page.wait_for_timeout(300)
    assert [name for name in loaded if name.startswith("elements/")] == ["elements/widget.js"]
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("dialog", name="Ask Ana")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_be_focused()


def test_somebody_signs_up_inside_and_writes(context):
    page, _ = _site(context)
    page.evaluate("addEventListener('code-sent', ({ detail }) => { window.confirming = detail.email; })")
    _signed_up(page)
    assert page.evaluate("window.confirming") == "mia@example.com"
    expect(page.get_by_role("heading", name="Ana Ribeiro")).to_be_visible()
    page.get_by_label("Message", exact=True).fill("Hello!")
    page.keyboard.press("Enter")
    expect(page.locator("[part~=message]").last).to_contain_text("Hello!")
    expect(page.locator("[part~=tick-sent]")).to_be_visible()


def test_what_is_wrong_with_signing_in_is_said(context):
    page, _ = _site(context)
    page.get_by_role("button", name="Open chat").click()
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The address or the password is wrong.")


def test_whoever_signs_up_is_told_what_a_password_needs_before_it_is_refused(context):
    page, _ = _site(context)
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_label("Password")).to_have_accessible_description("")
    page.get_by_role("button", name="New here? Create an account").click()
    expect(page.get_by_label("Password")).to_have_accessible_description(re.compile("^At least 12 characters"))


def test_escape_closes_and_the_focus_returns_to_the_bubble(context):
    page, _ = _site(context)
    _signed_up(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Open chat")).to_be_focused()


def test_tab_goes_round_inside_the_panel(context):
    page, _ = _site(context)
    _signed_up(page)
    seen = []
    for _ in range(14):
        page.keyboard.press("Tab")
        seen.append(_focused(page))
    assert {"Message", "Close chat", "Sign out", "Messages"} <= set(seen)
    assert "A link" not in seen
    for _ in range(14):
        page.keyboard.press("Shift+Tab")
        assert _focused(page) != "A link"


def test_who_comes_back_sees_on_the_bubble_what_is_new(context):
    page, _ = _site(context)
    _signed_up(page)
    page.close()
    page, _ = _site(context)
    bubble = page.get_by_role("button", name="Open chat, 2 unread")
    expect(bubble).to_be_visible()
    page.evaluate("client.receive('ana', 'One more')")
    expect(page.get_by_role("button", name="Open chat, 3 unread")).to_be_visible()
    page.evaluate("client.receive('ben', 'Of another conversation')")
    page.get_by_role("button", name="Open chat, 3").click()
    expect(page.locator("[part~=message]").last).to_contain_text("One more")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Open chat", exact=True)).to_be_visible()


def test_signing_out_leaves_nothing_behind(context):
    page, _ = _site(context)
    _signed_up(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    page.close()
    page, loaded = _site(context)
    page.wait_for_timeout(300)
    assert [name for name in loaded if name.startswith("elements/")] == ["elements/widget.js"]


def test_axe_finds_nothing_serious_closed_signing_in_and_talking(context):
    page, _ = _site(context)
    assert serious(page) == []
    page.get_by_role("button", name="Open chat").click()
    page.get_by_label("E-mail").wait_for()
    page.wait_for_timeout(300)
    assert serious(page) == []
    page.get_by_role("button", name="Open chat").or_(page.get_by_role("button", name="Close chat")).first.click()
    _signed_up(page)
    assert serious(page) == []


def test_the_plumber_s_site_shows_the_code_of_this_sign_up_only(context, complaints):
    complaints.expect("404")
    page = context.new_page()
    page.route("**/dev/people", lambda route: route.fulfill(json={"people": [{"id": "ana", "role": "provider"}]}))
    page.route("**/settings.json", lambda route: route.fulfill(json={"cognitoUrl": "http://127.0.0.1"}))
    now = time.time() * 1000 + 60_000
    codes = [("mia@example.com", now, "333333"), ("mia@example.com", 5, "111111"), ("eve@example.com", now, "222222")]
    said = [
        {"id": i, "email": email, "at": at, "code": code, "purpose": "sign-up"}
        for i, (email, at, code) in enumerate(codes)
    ]
    body = "".join(f"event: code\ndata: {json.dumps(code)}\n\n" for code in said)
    page.route("**/dev/codes/stream", lambda route: route.fulfill(content_type="text/event-stream", body=body))
    page.goto("/widget/index.html")
    page.locator("parley-widget").wait_for()
    told = page.locator("#code")
    expect(told).to_be_hidden()
    page.evaluate("""document.querySelector("parley-widget").dispatchEvent(
        new CustomEvent("code-sent", { detail: { email: "Mia@example.com" } }))""")
    expect(told).to_have_text("The e-mail to Mia@example.com would have said: 333333")
    page.evaluate("document.querySelector('parley-widget').dispatchEvent(new CustomEvent('signed-in'))")
    expect(told).to_be_hidden()


def test_on_a_phone_it_fills_the_screen(context):
    page, _ = _site(context)
    page.set_viewport_size({"width": 390, "height": 780})
    page.get_by_role("button", name="Open chat").click()
    page.get_by_label("E-mail").wait_for()
    page.wait_for_timeout(300)
    assert page.get_by_role("dialog").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 780}


def test_the_plumber_s_site_has_the_bubble_without_a_parley_behind_it(context, complaints):
    complaints.expect("404")
    page = context.new_page()
    page.goto("/widget/index.html")
    expect(page.get_by_role("button", name="Open chat")).to_be_visible()
    assert serious(page) == []
    page.set_viewport_size({"width": 390, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
