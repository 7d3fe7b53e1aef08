"""What people wrote stays text, with links that can be followed and emoji that can be seen."""

import re

from playwright.sync_api import Page, expect


def _messages(page: Page):
    return page.locator("parley-conversation [part~=message]")


def test_hostile_words_and_names_stay_text(show):
    page = show("hostile", show="both")
    for user in ("h1", "h2", "h3", "h4"):
        page.evaluate(f"conversation.with = '{user}'")
        expect(_messages(page)).to_have_count(7)
        widths = page.evaluate(
            "[document.documentElement.scrollWidth - innerWidth,"
            " ...[...conversation.shadowRoot.querySelectorAll('.scroller')]"
            ".map((n) => n.scrollWidth - n.clientWidth)]"
        )
        assert max(widths) <= 0
    assert page.evaluate("window.hacked") is None
    links = page.locator("parley-conversation a")
    for link in links.all():
        assert re.match(r"https://example\.com/", link.get_attribute("href") or "")
        assert "noopener" in (link.get_attribute("rel") or "")
    assert (
        page.locator("parley-conversation script, parley-conversation img[src=x], parley-conversation b").count() == 0
    )


def test_links_are_found_without_the_punctuation_around_them(show):
    page = show(show="conversation")
    pieces = page.evaluate(
        "async () => { const { pieces } = await import('/elements/text.js'); return ["
        "'see https://a.example/x(y), and (https://b.example/z).', 'javascript:alert(1) data:text/html,x ftp://c.example',"
        "'www.d.example!', 'http://', 'https://user@e.example/?q=<b>', 'https://nodots/x'"
        "].map((text) => pieces(text).filter(({ href }) => href).map(({ href }) => href)); }"
    )
    assert pieces == [
        ["https://a.example/x(y)", "https://b.example/z"],
        [],
        ["https://www.d.example/"],
        [],
        ["https://user@e.example/?q="],
        [],
    ]


def test_emoji_alone_are_larger_and_digits_are_not(show):
    page = show(show="conversation")
    for text, big in [
        ("👍", True),
        ("🇵🇹 ❤️ 👩‍👩‍👧", True),
        ("1", False),
        ("#", False),
        ("ok 👍", False),
        ("👍👍👍👍", False),
    ]:
        page.evaluate("text => client.receive('ben', text)", text)
        expect(_messages(page).last).to_contain_text(text)
        assert ("big" in (_messages(page).last.get_attribute("class") or "").split()) is big, text
