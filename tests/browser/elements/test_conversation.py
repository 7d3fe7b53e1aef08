"""``<parley-conversation>``: what is shown, what is sent, and that it keeps its place."""

import re

from playwright.sync_api import Page, expect


def _sent(page: Page) -> list[str]:
    return [call[2] for call in page.evaluate("client.calls") if call[0] == "send"]


def _messages(page: Page):
    return page.locator("parley-conversation [part~=message]")


def _from_bottom(page: Page) -> float:
    return page.locator("[part=scroller]").evaluate("n => n.scrollHeight - n.scrollTop - n.clientHeight")


def _top_of(page: Page, text: str) -> float:
    box = _messages(page).filter(has_text=text).bounding_box()
    assert box
    return box["y"]


def test_enter_sends_and_shift_enter_begins_a_line(show):
    page = show(show="conversation")
    field = page.get_by_label("Message", exact=True)
    field.press_sequentially("one")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    field.press("Enter")
    expect(_messages(page).last).to_contain_text("one\ntwo")
    expect(field).to_have_value("")
    assert _sent(page) == ["one\ntwo"]
    assert "typing" in [call[0] for call in page.evaluate("client.calls")]


def test_an_enter_of_an_input_method_does_not_send(show):
    page = show(show="conversation")
    field = page.get_by_label("Message", exact=True)
    field.fill("にほん")
    for extra in ({"isComposing": True}, {"keyCode": 229}):
        field.evaluate(
            "(n, extra) => n.dispatchEvent(new KeyboardEvent('keydown',"
            " { key: 'Enter', bubbles: true, cancelable: true, ...extra }))",
            extra,
        )
    assert _sent(page) == []
    field.press("Enter")
    assert _sent(page) == ["にほん"]


def test_blanks_are_not_sent_and_too_long_a_text_is_refused(show):
    page = show(show="conversation")
    field = page.get_by_label("Message", exact=True)
    button = page.get_by_role("button", name="Send", exact=True)
    field.fill("  \n ")
    expect(button).to_be_disabled()
    field.press("Enter")
    field.fill("😀" * 8_000)
    expect(button).to_be_enabled()
    field.fill("😀" * 8_003)
    expect(page.get_by_role("alert")).to_have_text("3 characters too many")
    expect(button).to_be_disabled()
    field.press("Enter")
    assert _sent(page) == []


def test_a_message_goes_from_the_clock_to_two_blue_ticks(show):
    page = show(show="conversation")
    page.evaluate("client.setState('waiting')")
    page.get_by_label("Message", exact=True).fill("Is it you?")
    page.get_by_label("Message", exact=True).press("Enter")
    row = _messages(page).filter(has_text="Is it you?")
    for state, label, action in [
        ("waiting", "Waiting to be sent", "client.deliver(client.unsent[0].id)"),
        ("sent", "Sent", "client.receipt('ben', { delivered: 99 })"),
        ("delivered", "Delivered", "client.receipt('ben', { delivered: 99, read: 99 })"),
        ("read", "Read", ""),
    ]:
        expect(row.locator(f"[part~=tick-{state}]")).to_have_attribute("aria-label", label)
        page.evaluate(action)
    assert row.count() == 1


def test_a_read_message_makes_those_before_it_read_though_they_are_older_than_the_page(show):
    page = show("many", show="conversation", count=120)
    page.locator("[part=scroller]").evaluate("n => n.scrollTop = 0")
    expect(_messages(page)).to_have_count(100)
    page.evaluate("client.receipt('ana', { delivered: 120, read: 120 })")
    expect(page.locator("[part~=tick-sent]")).to_have_count(0)
    assert page.locator("[part~=tick-read]").count() >= 30


def test_a_refused_message_can_be_sent_again_or_deleted(show):
    page = show(show="conversation")
    page.evaluate("client.refuses = { code: 'blocked', reason: 'not <b>now</b>' }")
    field = page.get_by_label("Message", exact=True)
    for text in ("first", "second"):
        field.fill(text)
        field.press("Enter")
        expect(_messages(page).filter(has_text=text)).to_contain_text("Not sent: not <b>now</b>")
    second = _messages(page).filter(has_text="second")
    second.get_by_role("button", name="Delete").click()
    expect(second).to_have_count(0)
    first = _messages(page).filter(has_text="first")
    first.get_by_role("button", name="Send again").click()
    expect(first.locator("[part~=tick-sent]")).to_be_visible()
    expect(first).to_have_count(1)


def test_typing_is_shown_until_the_message_comes(show):
    page = show(show="conversation")
    status = page.locator("[part=status]")
    expect(status).to_have_text("online")
    page.evaluate("client.emit({ type: 'typing', conversation: client.id('ben'), user: 'ben', typing: true })")
    expect(status).to_have_text("typing…")
    expect(page.locator("[part=typing]")).to_be_visible()
    page.evaluate("client.receive('ben', 'Here it is')")
    expect(page.locator("[part=typing]")).to_be_hidden()
    expect(status).to_have_text("online")


def test_somebody_elses_conversation_changes_nothing(show):
    page = show(show="conversation")
    count = _messages(page).count()
    page.evaluate("client.receive('ana', 'For another window')")
    page.evaluate("client.emit({ type: 'typing', conversation: client.id('ana'), user: 'ana', typing: true })")
    page.evaluate("client.receive('ben', 'For this one')")
    expect(_messages(page).last).to_contain_text("For this one")
    assert _messages(page).count() == count + 1
    expect(page.locator("[part=typing]")).to_be_hidden()


def test_new_messages_keep_a_reader_at_the_end_there_and_others_where_they_are(show):
    page = show("many", show="conversation", count=200)
    page.evaluate("client.receive('ana', 'Seen at once')")
    expect(_messages(page).filter(has_text="Seen at once")).to_be_in_viewport()
    page.locator("[part=scroller]").evaluate("n => n.scrollTop -= 900")
    expect(page.locator("[part=pill]")).to_be_visible()
    page.wait_for_timeout(200)
    there = page.locator("[part=scroller]").evaluate("n => n.scrollTop")
    page.evaluate("client.receive('ana', 'Further down'); client.receive('ana', 'And another')")
    expect(page.locator("[part=pill]")).to_contain_text("2 new messages")
    assert page.locator("[part=scroller]").evaluate("n => n.scrollTop") == there
    expect(page.locator("parley-conversation [aria-live=polite]")).to_contain_text("Ana Ribeiro: And another")
    page.locator("[part=pill]").click()
    expect(_messages(page).filter(has_text="And another")).to_be_in_viewport()
    expect(page.locator("[part=pill]")).to_be_hidden()


def test_older_messages_come_when_the_top_is_near_and_nothing_jumps(show):
    page = show("many", show="conversation", count=180)
    expect(_messages(page)).to_have_count(50)
    scroller = page.locator("[part=scroller]")
    scroller.evaluate("n => n.scrollTop = 850")
    expect(_messages(page)).to_have_count(100)
    page.wait_for_timeout(100)
    visible = scroller.evaluate(
        "n => { const top = n.getBoundingClientRect().top; const row = [...n.querySelectorAll('[part=message]')]"
        ".find((r) => r.getBoundingClientRect().top > top); return row.querySelector('.text').textContent; }"
    )
    before = _top_of(page, visible)
    page.evaluate("conversation.shadowRoot.querySelector('.scroller').dispatchEvent(new Event('scroll'))")
    page.wait_for_timeout(150)
    assert abs(_top_of(page, visible) - before) <= 2
    for count in (150, 180):
        scroller.evaluate("n => n.scrollTop = 0")
        expect(_messages(page)).to_have_count(count)
    expect(_messages(page).first).to_contain_text(re.compile(r"^\W*\w+: ?1 |1 The"))


def test_more_than_a_page_may_come_at_once(show):
    page = show("many", show="conversation", count=60)
    page.evaluate("for (let i = 0; i < 130; i++) client.receive('ana', `burst ${i}`)")
    expect(_messages(page).filter(has_text="burst")).to_have_count(130)


def test_unread_messages_begin_under_a_line_and_are_read_when_they_have_been_seen(show):
    page = show("unread", show="conversation", height=600)
    line = page.locator("[part=unread]")
    expect(line).to_be_in_viewport()
    expect(line).to_have_text(re.compile(r"^\d+ new messages$"))
    marked = [call[2] for call in page.evaluate("client.calls") if call[0] == "markRead"]
    assert marked
    assert max(marked) < 120
    page.locator("[part=pill]").click()
    expect(_messages(page).filter(has_text="120 The")).to_be_in_viewport()
    page.wait_for_timeout(100)
    assert max(call[2] for call in page.evaluate("client.calls") if call[0] == "markRead") == 120


def test_what_is_filled_while_it_is_hidden_begins_at_the_new_messages_when_it_appears(show):
    page = show("unread", show="conversation", height=600)
    page.evaluate(
        "conversation.remove(); conversation.hidden = true; client.calls.length = 0; document.body.append(conversation)"
    )
    expect(_messages(page)).to_have_count(50)
    page.wait_for_timeout(100)
    assert [call for call in page.evaluate("client.calls") if call[0] == "markRead"] == []
    page.evaluate("client.rows[client.id('ana')] = { read: 80 }; conversation.restart()")
    page.wait_for_timeout(200)
    page.evaluate("conversation.hidden = false")
    expect(page.locator("[part=unread]")).to_be_in_viewport()


def test_nothing_is_read_while_the_page_is_in_the_background(show):
    page = show(show="conversation")
    page.evaluate("document.hasFocus = () => false; client.calls.length = 0; client.receive('ben', 'Psst')")
    expect(_messages(page).last).to_contain_text("Psst")
    assert [call for call in page.evaluate("client.calls") if call[0] == "markRead"] == []
    page.evaluate("delete document.hasFocus; window.dispatchEvent(new Event('focus'))")
    assert [call for call in page.evaluate("client.calls") if call[0] == "markRead"] == [
        ["markRead", "dm:ben:me-0001", 13]
    ]


def test_offline_is_said_after_a_moment_and_taken_back_at_once(show):
    page = show(show="conversation")
    banner = page.locator("[part=banner]")
    page.evaluate("client.setState('waiting'); client.setState('live')")
    page.wait_for_timeout(1800)
    expect(banner).to_be_hidden()
    page.evaluate("client.setState('waiting')")
    expect(banner).to_have_text("You are offline. Messages will be sent later.")
    page.evaluate("client.setState('connecting')")
    expect(banner).to_be_visible()
    page.evaluate("client.setState('syncing')")
    expect(banner).to_be_hidden()


def test_an_archived_conversation_says_so_and_can_be_brought_back(show):
    page = show(show="conversation", archived=1)
    page.get_by_role("button", name="Unarchive").click()
    expect(page.locator("[part=banner]")).to_be_hidden()
    assert ["changeConversation", "dm:ben:me-0001", {"archived": False}] in page.evaluate("client.calls")
    page.evaluate(
        "client.emit({ type: 'news', frame: { type: 'conversation', conversation: client.id('ben'), archived: true } })"
    )
    expect(page.locator("[part=banner]")).to_contain_text("archived")


def test_what_cannot_be_read_is_said_and_can_be_tried_again(show):
    page = show(show="conversation")
    page.evaluate(
        "client.works = client.messages.bind(client); client.messages = () => Promise.reject(new Error('broken'));"
        "conversation.with = 'chloe'"
    )
    page.get_by_text("The messages cannot be shown at the moment.").wait_for()
    page.evaluate("() => { client.messages = client.works; }")
    page.get_by_role("button", name="Try again").click()
    expect(_messages(page)).to_have_count(1)
    expect(page.get_by_text("The messages cannot be shown")).to_have_count(0)


def test_a_draft_waits_for_its_conversation_and_nothing_is_left_listening(show):
    page = show(show="conversation")
    listening = page.evaluate("client.listeners")
    field = page.get_by_label("Message", exact=True)
    field.fill("half a thought")
    page.evaluate("conversation.with = 'ana'")
    expect(page.locator("[part=title]")).to_have_text("Ana Ribeiro")
    expect(field).to_have_value("")
    page.evaluate("conversation.with = 'ben'")
    expect(field).to_have_value("half a thought")
    assert page.evaluate("client.listeners") == listening
    page.evaluate("conversation.remove()")
    page.wait_for_timeout(50)
    assert page.evaluate("client.listeners") <= 3  # names, links and uploads are the client's, not the element's


def test_strings_can_be_replaced(show):
    page = show("empty", show="conversation")
    page.evaluate("conversation.strings = { empty: 'Noch nichts', write: 'Nachricht', online: 'da' }")
    expect(page.get_by_text("Noch nichts")).to_be_visible()
    expect(page.get_by_label("Nachricht")).to_be_visible()
    expect(page.get_by_text("Say hello!")).to_be_visible()


def test_a_screen_reader_is_told_who_wrote_once_the_name_has_arrived(show):
    page = show(show="conversation")
    page.evaluate(
        """() => {
            client.people.zed = { name: "Zed" };
            const { readUser } = client.rest;
            const named = new Promise((resolve) => { window.name_arrives = resolve; });
            client.rest.readUser = async (user) => { await named; return readUser(user); };
            client.receive("zed", "Who am I?");
            conversation.with = "zed";
        }"""
    )
    bubble = _messages(page).filter(has_text="Who am I?").locator(".bubble")
    expect(bubble).to_be_visible()
    expect(bubble.locator(".sr")).to_have_count(0)
    page.evaluate("name_arrives()")
    expect(bubble.locator(".sr")).to_have_text("Zed: ")
