"""``<parley-inbox>``: its rows, and how to choose one."""

from playwright.sync_api import Page, expect


def _rows(page: Page):
    return page.get_by_role("option")


def _names(page: Page) -> list[str]:
    return [name.split("\n")[0] for name in page.locator("[part=row] .name").all_inner_texts()]


def test_pinned_ones_come_first_and_then_the_newest(show):
    page = show(show="inbox")
    expect(_rows(page)).to_have_count(6)
    assert _names(page)[:3] == ["Eva Lindqvist", "Ben Okafor Plumbing & Heating", "Ana Ribeiro"]
    ana = _rows(page).filter(has_text="Ana Ribeiro")
    expect(ana.locator("[part=badge]")).to_contain_text("2 new messages")
    expect(_rows(page).filter(has_text="Dan").get_by_role("img", name="Muted")).to_be_visible()


def test_a_message_moves_its_conversation_up_and_counts(show):
    page = show(show="inbox")
    expect(_rows(page)).to_have_count(6)
    page.evaluate("client.receive('chloe', 'Une question encore')")
    expect(_rows(page).nth(1)).to_contain_text("Une question encore")
    expect(_rows(page).nth(1).locator("[part=badge]")).to_contain_text("1 new message")
    page.evaluate("client.receive('stranger', 'Is it still there?')")
    expect(_rows(page).nth(1)).to_contain_text("Unknown user")


def test_the_keyboard_chooses_and_tab_stops_once(show):
    page = show(show="inbox")
    expect(_rows(page)).to_have_count(6)
    page.keyboard.press("Tab")
    expect(page.locator("[part=row]:focus")).to_contain_text("Ben")
    for key, name in [
        ("ArrowDown", "Ana"),
        ("End", "فريد"),
        ("ArrowDown", "فريد"),
        ("Home", "Eva"),
        ("ArrowUp", "Eva"),
    ]:
        page.keyboard.press(key)
        expect(page.locator("[part=row]:focus")).to_contain_text(name)
    page.keyboard.press("Enter")
    assert page.evaluate("events") == [{"conversation": "dm:eva:me-0001", "user": "eva", "name": "Eva Lindqvist"}]
    expect(_rows(page).first).to_have_attribute("aria-selected", "true")
    assert page.locator("[part=row][tabindex='0']").count() == 1


def test_the_focus_stays_when_the_focused_row_is_drawn_again(show):
    page = show(show="inbox")
    expect(_rows(page)).to_have_count(6)
    page.keyboard.press("Tab")
    page.evaluate("client.receive('ben', 'Still there?')")
    expect(page.locator("[part=row]:focus")).to_contain_text("Still there?")


def test_without_a_network_the_device_s_own_conversations_are_listed(show):
    page = show("states", show="inbox")
    expect(_rows(page)).to_have_count(6)
    expect(_rows(page).first).to_contain_text("Lovely. See you tomorrow!")


def test_an_empty_inbox_says_so(show):
    page = show("empty", show="inbox")
    page.evaluate("client.log.clear(); inbox.archived = true")
    expect(page.get_by_text("No conversations yet")).to_be_visible()
    page.evaluate("inbox.archived = false; client.receive('ana', 'First!')")
    expect(_rows(page)).to_have_count(1)
    expect(page.get_by_text("No conversations yet")).to_have_count(0)


def test_what_is_read_beside_it_is_no_longer_counted(show):
    page = show(show="both")
    ana = _rows(page).filter(has_text="Ana Ribeiro")
    expect(ana.locator("[part=badge]")).to_be_visible()
    ana.click()
    expect(ana.locator("[part=badge]")).to_have_count(0)


def test_a_click_opens_the_conversation(show):
    page = show(show="both")
    _rows(page).filter(has_text="Chlo").click()
    expect(page.locator("parley-conversation [part=title]")).to_have_text("Chloé Dubois")
    expect(page.locator("parley-conversation [part=message]")).to_have_count(1)
