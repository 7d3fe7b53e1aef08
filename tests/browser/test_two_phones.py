"""Two people talk in a browser; networks are cut, apps killed, tabs closed; and every message arrives once."""

import re
import time
import uuid

from playwright.sync_api import BrowserContext, expect

from tests.browser.chromium import LIMIT, Complaints

REFUSED_SOCKET = r"WebSocket connection to .* failed"
NO_NETWORK = r"net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|CONNECTION_\w+)"


def unique(text: str) -> str:
    """What no other test has written: all of them talk in the same conversation."""
    return f"{text} {uuid.uuid4().hex[:8]}"


def test_one_writes_and_the_other_sees_it_with_ticks_typing_and_presence(open_page):
    _, ada, ben = open_page()
    hello = unique("Hello Ben")
    ada.write(hello)
    ben.shows(hello)
    ada.tick(hello, "read")
    is_typing = ben.root.locator("[part~=status]").get_by_text("typing")
    end = time.monotonic() + LIMIT / 1000
    while not is_typing.is_visible():  # it is said once in some seconds, and passes
        ada.root.locator("textarea").press_sequentially("a", delay=100)
        assert time.monotonic() < end
    answer = unique("Hello Ada")
    ben.write(answer)
    ada.shows(answer)
    expect(ada.root.locator("[part~=status]")).to_have_text(re.compile("online"), timeout=LIMIT)


def test_a_photo_is_sent_with_a_thumbnail(open_page):
    page, ada, ben = open_page()
    with page.expect_file_chooser() as chooser:
        ada.root.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(
        {"name": "<img src=x onerror=alert(1)>.png", "mimeType": "image/png", "buffer": photo(page)}
    )
    text = unique("This one")
    ada.write(text)
    ben.shows(text)
    shown = ben.messages.filter(has_text=text).locator("img")
    expect(shown).to_have_js_property("complete", True, timeout=LIMIT)
    assert shown.evaluate("img => img.naturalWidth") in range(1, 321)


def test_what_is_written_offline_waits_and_is_sent_once(open_page):
    _, ada, ben = open_page()
    ada.button("Cut network")
    ada.tells("network cut")
    first, second = unique("first"), unique("second")
    ada.write(first)
    ada.write(second)
    ada.tells("in the outbox: 2")
    ada.tick(second, "waiting")
    ada.button("Restore network")
    for text in (first, second):
        ben.shows(text)
        ada.tick(text, "read")
    ada.tells("the outbox is empty")


def test_a_killed_app_gets_a_push_and_fills_the_gap(open_page):
    _, ada, ben = open_page()
    ada.button("Kill app")
    missed = [unique("missed one"), unique("missed two")]
    for text in missed:
        ben.write(text)
    ada.tells("push sent")
    expect(ada.root.locator(".lock li").filter(has_text=missed[1])).to_have_count(1, timeout=LIMIT)
    assert len(ada.lock_screen()) == 1, "the newer push takes the place of the older one"
    expect(ada.root.locator(".badge")).to_have_text("2 unread")
    ada.button("Open app")
    ada.tells("sync filled 2")
    for text in missed:
        ada.shows(text)
        ben.tick(text, "read")


def test_nothing_is_lost_while_the_server_believes_that_a_phone_is_there(open_page):
    _, ada, ben = open_page()
    ada.button("Lose $disconnect")
    text = unique("into the void")
    ben.write(text)
    ada.tells("push sent")
    ben.tick(text, "sent")
    ada.button("Restore network")
    ada.tells("sync filled 1")
    ada.shows(text)
    ben.tick(text, "read")


def test_a_frame_that_reaches_the_server_twice_is_stored_once(open_page):
    _, ada, ben = open_page()
    ada.button("Double a frame")
    ada.tells("the next message reaches the server twice")
    text = unique("twice?")
    ada.write(text)  # a `typing` goes first
    ada.tells("arrived twice, stored once")
    ben.shows(text)
    ada.shows(text)


def test_a_phone_whose_token_has_expired_gets_another_one(open_page, complaints: Complaints):
    complaints.expect(REFUSED_SOCKET)
    complaints.expect(r"status of 401")
    _, ada, ben = open_page()
    ada.button("Expire token")
    ada.tells("token refused")
    ada.tells("connected")
    text = unique("with a fresh token")
    ben.write(text)
    ada.shows(text)


def test_a_tab_closed_in_mid_send_has_sent_once_after_it_is_reopened(open_page, context: BrowserContext):
    page, ada, _ = open_page()
    texts = [unique(f"in mid-send {n}") for n in range(5)]
    ada.root.locator("textarea").evaluate(
        """(field, texts) => {
            for (const text of texts) {
                field.value = text;
                field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, composed: true }));
            }
        }""",
        texts,
    )
    for text in texts:
        ada.shows(text)  # it is on the device
    page.close()
    _, ada, ben = open_page()
    for text in texts:
        ben.shows(text)
        ada.shows(text)
        ada.tick(text, "read")
    shown = "\n".join(ben.messages.all_inner_texts())
    assert sorted(texts, key=shown.index) == texts


def test_two_tabs_of_one_user_share_one_connection_and_show_the_same(open_page):
    _, ada, ben = open_page()
    page, second_ada, _ = open_page()
    connections = page.evaluate("fetch('/dev/connections').then((answer) => answer.json())")["connections"]
    users = [c["user"] for c in connections if not c["believed"]]
    assert len(users) == len(set(users)) == 2, "one tab leads, and the other one follows"
    text = unique("from the second tab")
    second_ada.write(text)
    ben.shows(text)
    ada.shows(text)
    ada.page.close()
    after = unique("after the first tab")
    second_ada.write(after)
    second_ada.tick(after, "read")


def test_phones_are_back_after_the_machine_was_asleep(open_page, context: BrowserContext, complaints: Complaints):
    complaints.expect(NO_NETWORK)
    complaints.expect(REFUSED_SOCKET)
    page, ada, ben = open_page()
    context.set_offline(True)
    page.evaluate("fetch('/dev/faults', { method: 'HEAD' }).catch(() => {})")
    context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    text = unique("good morning")
    ben.write(text)
    ada.shows(text)
    ben.tick(text, "read")


def photo(page) -> bytes:
    """A photo of 800 by 600 pixels, made by the browser."""
    data = page.evaluate(
        """() => new Promise((resolve) => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 800, height: 600 });
            const draw = canvas.getContext("2d");
            draw.fillStyle = "teal"; draw.fillRect(0, 0, 800, 600);
            draw.fillStyle = "gold"; draw.fillRect(100, 100, 300, 300);
            canvas.toBlob(async (blob) => resolve([...new Uint8Array(await blob.arrayBuffer())]), "image/png");
        })"""
    )
    return bytes(data)
