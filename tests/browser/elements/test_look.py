"""Who the elements keep out, in every theme and direction; and that long conversations stay smooth."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.axe import serious


@pytest.mark.parametrize("scene", ["talk", "states", "empty", "hostile", "unread", "group", "rtl"])
def test_axe_finds_nothing_serious(show, scene: str):
    page = show(scene, show="both", dir="rtl" if scene == "rtl" else "ltr")
    for scheme in ("light", "dark"):
        page.evaluate("scheme => [inbox, conversation].forEach((n) => n.setAttribute('theme', scheme))", scheme)
        page.evaluate("client.emit({ type: 'typing', conversation: client.id('ben'), user: 'ben', typing: true })")
        page.wait_for_timeout(150)
        assert (scheme, serious(page)) == (scheme, [])


def test_the_theme_follows_the_system_and_the_attribute_overrides_it(show):
    page = show(show="conversation")
    header = "getComputedStyle(conversation).backgroundColor"
    page.emulate_media(color_scheme="light")
    light = page.evaluate(header)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(header)
    assert light != dark
    page.evaluate("conversation.setAttribute('theme', 'light')")
    assert page.evaluate(header) == light
    page.evaluate("conversation.style.setProperty('--parley-surface', 'rgb(1, 2, 3)')")
    assert page.evaluate(header) == "rgb(1, 2, 3)"


def test_right_to_left_mirrors_the_bubbles(show):
    page = show("rtl", show="conversation", dir="rtl")
    own = page.locator(".row.own .bubble").first.bounding_box()
    other = page.locator(".row.other .bubble").first.bounding_box()
    assert own
    assert other
    assert own["x"] < 30
    assert other["x"] + other["width"] > 870


def test_nothing_moves_for_those_who_asked_for_that(show):
    page = show(show="conversation")
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("client.emit({ type: 'typing', conversation: client.id('ben'), user: 'ben', typing: true })")
    assert page.locator(".typing i").first.evaluate("n => getComputedStyle(n).animationName") == "none"


def test_two_thousand_messages_stay_smooth(browser, show):
    """A busy machine makes any task longer now and then, but not three times the same way through the conversation."""
    assert any(_longest(_through_two_thousand(browser, show)) < 100 for _ in range(3))


def _through_two_thousand(browser, show):
    """Go up and down, receive and answer. Returns the browser's trace of it."""
    page = show("many", show="conversation", count=2000)
    messages = page.locator("[part=message]")
    expect(messages).to_have_count(50)
    scroller = page.locator("[part=scroller]")
    browser.start_tracing(page=page, categories=["toplevel"])
    for _ in range(150):
        scroller.evaluate("n => { n.scrollTop = 0; }")
        page.wait_for_timeout(16)
        if messages.first.inner_text().startswith(("You: 1 ", "Ana Ribeiro: 1 ")):
            break
    expect(messages.first).to_contain_text(": 1 The")
    assert messages.count() <= 300
    for _ in range(150):
        scroller.evaluate("n => { n.scrollTop += 2500; }")
        page.wait_for_timeout(16)
        if "2000 The" in messages.last.inner_text():
            break
    for i in range(20):
        page.evaluate(f"client.receive('ana', 'new {i}')")
        page.wait_for_timeout(16)
    field = page.get_by_label("Message", exact=True)
    field.fill("and an answer")
    field.press("Enter")
    expect(messages.filter(has_text="and an answer")).to_be_in_viewport()
    return browser.stop_tracing()


def _longest(trace: bytes) -> float:
    """The main thread's longest task, in ms of CPU: by the clock, other work of a busy machine counts too."""
    events = json.loads(trace)["traceEvents"]
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e.get("name") == "thread_name"}
    tasks = [
        event["tdur"] / 1000
        for event in events
        if event["name"].endswith("RunTask")
        and "tdur" in event
        and names.get((event["pid"], event["tid"])) == "CrRendererMain"
    ]
    assert tasks
    return max(tasks)
