"""The page around the phones: a user of one's own, what is behind the glass, hostile names, and who it keeps out."""

import itertools
import re
import uuid

from playwright.sync_api import expect

from tests.browser.axe import serious
from tests.browser.chromium import LIMIT, Phone

HOSTILE = "<img src=x onerror=\"document.title='broken in'\"><script>document.title='broken in'</script>"


def test_somebody_signs_up_with_the_code_that_is_shown_and_talks_with_ben(open_page):
    page, _, ben = open_page()
    page.get_by_role("button", name="Sign up as yourself").click()
    you = Phone(page, "you")
    you.root.get_by_label("Your name").fill(HOSTILE[:60])
    you.root.get_by_label("E-mail").fill(f"{uuid.uuid4().hex[:8]}@example.com")
    you.root.get_by_label("Password").fill("Correct-horse-9")
    you.root.get_by_role("button", name="Create account").click()
    code = you.root.locator(".code strong")
    expect(code).to_have_text(re.compile(r"^\d{6}$"), timeout=LIMIT)
    you.root.get_by_label("Code").fill(code.inner_text())
    you.root.get_by_role("button", name="Confirm").click()
    you.write("Hello Ben, it is me.")
    you.shows("Hello Ben, it is me.")
    you.tick("Hello Ben, it is me.", "delivered")
    ben.tells("who is not on the screen")
    expect(ben.root.locator(".back .badge")).to_have_text(re.compile(r"^\d+ unread"), timeout=LIMIT)
    ben.root.locator(".phone > .note").filter(has_text="Hello Ben, it is me.").click()
    ben.shows("Hello Ben, it is me.")
    expect(ben.root.locator("[part~=title]")).to_have_text(HOSTILE[:60])
    assert page.title() != "broken in"


def test_texts_stay_text(open_page):
    page, ada, ben = open_page()
    text = HOSTILE + uuid.uuid4().hex
    ada.write(text)
    ben.shows(text)
    ben.button("Kill app")
    ada.write(HOSTILE + "2")
    expect(ben.root.locator(".lock li").filter(has_text=HOSTILE)).to_have_count(1, timeout=LIMIT)
    assert page.title() != "broken in"
    assert page.locator("img[src=x]").count() == 0


def test_the_glass_shows_frames_and_the_function_the_calls_and_the_dollars_behind_them(open_page):
    page, ada, _ = open_page()
    ada.write(f"Behind the glass {uuid.uuid4().hex[:6]}")
    row = page.locator(".frames > .ada").filter(has_text="Behind the glass").filter(has_text="↑").first
    expect(row.locator(".lambda")).to_contain_text("Message", timeout=LIMIT)
    expect(row.locator(".call").filter(has_text="PutItem")).to_contain_text("1 WU")
    expect(row.locator(".usd")).to_have_text(re.compile(r"^\d+\.\d+ µ\$$"))
    expect(page.locator("#rate")).to_have_text("–")
    row.locator("summary").click()
    expect(row.locator("pre")).to_contain_text('"action": "send"')
    page.get_by_label("Filter by text").fill("putitem")
    assert page.locator(".frames > li:visible").count() >= 1
    page.get_by_label("Filter by text").fill("no frame says this")
    expect(page.locator(".frames > li:visible")).to_have_text(["Nothing matches."])
    page.get_by_label("Filter by text").fill("")
    presence = page.locator(".frames > li:visible").filter(has_text="presence")
    expect(presence).to_have_count(0)
    page.get_by_role("button", name="Presence, pings").click()
    expect(presence.first).to_be_visible()
    page.get_by_role("button", name="Hide").click()
    expect(page.locator(".frames")).to_be_hidden()


def test_axe_finds_nothing_serious_at_any_width_in_light_and_in_dark(open_page):
    page, ada, ben = open_page()
    ada.write(f"Can you read this? {uuid.uuid4().hex[:6]}")
    ben.button("Kill app")
    page.get_by_role("button", name="Sign up as yourself").click()
    for width, scheme in itertools.product((390, 1440), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert (width, scheme, serious(page)) == (width, scheme, [])


def test_nothing_is_wider_than_a_phone(open_page):
    page, _, _ = open_page()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_story_plays_to_its_end_and_every_message_is_there_once(open_page):
    page, ada, ben = open_page()
    page.get_by_role("button", name="Play the story").click()
    expect(page.locator("#caption")).to_have_text(re.compile("^Your turn"), timeout=2 * LIMIT)
    ada.tells("sync filled 2")
    said = ["Hello Ben", "Friday at ten?", "Or rather at eleven.", "Bring the old contract", "Ten is better for me."]
    for phone in (ada, ben):
        expect(phone.messages.last).to_contain_text(said[-1], timeout=LIMIT)
        shown = phone.messages.all_inner_texts()[-len(said) :]
        assert [text in line for text, line in zip(said, shown, strict=True)] == [True] * len(said)
