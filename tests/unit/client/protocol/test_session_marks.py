from typing import Any

import pytest
from parley_client.protocol import constants, events, inputs

from tests.unit.client.driver import ME, OTHER_TALK, TALK, THEM, YOU, Driver, entry, message


def test_what_arrives_is_confirmed_once_for_a_burst():
    driver = Driver().live()
    for seq in (1, 2, 3):
        driver.hear(message(seq))
    driver.hear(message(1, THEM, OTHER_TALK))
    marks = driver.wait(constants.MARK_DELAY)
    assert [(m["conversation"], m["delivered"]) for m in marks] == [(TALK, 3), (OTHER_TALK, 1)]
    assert all("read" not in m for m in marks)


def test_own_entries_and_those_behind_a_gap_are_not_confirmed():
    driver = Driver().live()
    driver.hear(message(1, ME))
    driver.hear(message(3))
    assert driver.wait(constants.MARK_DELAY) == []


def test_a_mark_is_not_waited_for():
    driver = Driver().live()
    driver.hear(message(1))
    assert [f["delivered"] for f in driver.wait(constants.MARK_DELAY)] == [1]
    assert driver.session.idle
    driver.hear(message(2))
    assert [f["delivered"] for f in driver.wait(constants.MARK_DELAY)] == [2]
    assert driver.wait(constants.PING_AFTER - 1) == []


def test_a_mark_carries_what_the_server_has_not_shown_of_those_before_it():
    driver = Driver().live(3)
    driver.step(inputs.MarkRead(TALK, 2))
    driver.wait(constants.MARK_DELAY)
    driver.hear(message(4))
    [mark] = driver.wait(constants.MARK_DELAY)
    assert (mark["delivered"], mark["read"]) == (4, 2)
    assert driver.store.load().intents == {TALK: (4, 2)}


def test_reading_is_told_up_to_what_is_held_and_says_delivered_too():
    driver = Driver().live(3)
    driver.step(inputs.MarkRead(TALK))
    driver.step(inputs.MarkRead(TALK, 99))
    [mark] = driver.wait(constants.MARK_DELAY)
    assert (mark["read"], mark.get("delivered")) == (3, None)
    driver.show_mark(mark)
    assert driver.store.load().intents == {}
    driver.step(inputs.MarkRead(TALK, 2))
    assert driver.wait(1) == []


def test_a_mark_not_confirmed_survives_crash_and_reconnect():
    driver = Driver().live(3)
    driver.step(inputs.MarkRead(TALK, 2))
    driver = Driver(driver.store)
    [mark] = driver.answer_sync(driver.connect(), ends={TALK: 3})
    assert mark["read"] == 2
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    [again] = driver.answer_sync(driver.connect(), ends={TALK: 3})
    assert again["read"] == 2
    driver.step(inputs.SocketClosed(2))
    driver.wait(1)
    assert driver.answer_sync(driver.connect(), ends={TALK: 3}, marks=[own(delivered=3, read=2)]) == []
    assert driver.store.load().intents == {}


def test_a_mark_that_a_later_sync_does_not_show_is_sent_again():
    driver = Driver().live(3)
    driver.step(inputs.MarkRead(TALK, 2))
    [mark] = driver.wait(constants.MARK_DELAY)
    driver.hear(message(5, ME))
    [sync] = driver.wait(constants.GAP_GRACE)
    driver.answer_sync(sync, [entry(4, ME), entry(5, ME)], {TALK: 5}, marks=[own(delivered=3, read=1)])
    [again] = driver.wait(constants.MARK_DELAY)
    assert (again["conversation"], again["read"]) == (TALK, 2)
    assert again["id"] != mark["id"]
    assert driver.wait(constants.PING_AFTER - 1) == []


def test_a_page_that_was_requested_before_the_mark_says_nothing_of_it():
    driver = Driver().live(3)
    driver.hear(message(5, ME))
    [sync] = driver.wait(constants.GAP_GRACE)
    driver.step(inputs.MarkRead(TALK, 2))
    assert [f["action"] for f in driver.wait(constants.MARK_DELAY)] == ["mark"]
    driver.answer_sync(sync, [entry(4, ME), entry(5, ME)], {TALK: 5}, marks=[own(delivered=3, read=1)])
    assert driver.wait(1) == []


def test_another_members_marks_say_nothing_of_the_users_own():
    driver = Driver().live(3)
    driver.step(inputs.MarkRead(TALK, 2))
    driver.wait(constants.MARK_DELAY)
    driver.hear(message(5, ME))
    [sync] = driver.wait(constants.GAP_GRACE)
    driver.answer_sync(sync, [entry(4, ME), entry(5, ME)], {TALK: 5}, marks=[own(0, 0) | {"user": YOU}])
    assert driver.wait(1) == []


def test_what_is_offered_again_is_confirmed_again():
    driver = Driver().live()
    driver.hear(message(1))
    driver.wait(constants.MARK_DELAY)
    driver.hear(message(1))
    driver.hear(message(1))
    assert [f["delivered"] for f in driver.wait(constants.MARK_DELAY)] == [1]


def test_what_is_offered_again_and_known_to_be_confirmed_is_not_confirmed_again():
    driver = Driver().live()
    driver.hear(message(1))
    [mark] = driver.wait(constants.MARK_DELAY)
    driver.show_mark(mark)
    driver.hear(message(1))
    assert driver.wait(1) == []


def test_an_own_entry_that_comes_again_is_no_offer():
    driver = Driver().live()
    driver.hear(message(1))
    driver.hear(message(2, ME))
    driver.wait(constants.MARK_DELAY)
    driver.hear(message(2, ME))
    assert driver.wait(1) == []


def test_the_app_is_shown_its_own_marks_at_once():
    driver = Driver().live(3)
    driver.step(inputs.MarkRead(TALK, 2))
    [mine] = [m for m in driver.store.marks(TALK) if m.user == ME]
    assert (mine.delivered, mine.read) == (3, 2)
    [talk] = driver.store.conversations()
    assert talk.unread == 1


def own(delivered: int, read: int) -> dict[str, Any]:
    return {"conversation": TALK, "user": ME, "delivered": delivered, "read": read, "read_count": read}


def test_what_another_device_has_confirmed_need_not_be_confirmed_again():
    driver = Driver().live()
    driver.hear(message(1))
    driver.hear({"type": "receipt", "marks": {"conversation": TALK, "user": ME, "delivered": 1, "read": 1}})
    assert driver.told(events.Receipt) == [events.Receipt(TALK, ME, 1, 1)]
    assert driver.wait(1) == []
    assert driver.store.load().intents == {}


def test_receipts_only_move_forward():
    driver = Driver().live(3)
    marks = {"conversation": TALK, "user": YOU, "delivered": 3, "read": 2, "read_count": 2}
    driver.hear({"type": "receipt", "marks": marks})
    driver.hear({"type": "receipt", "marks": marks | {"delivered": 1, "read": 1}})
    assert not driver.told(events.Receipt)
    assert next(m for m in driver.store.marks(TALK) if m.user == YOU).read == 2


def test_a_receipt_for_an_entry_that_is_not_here_asks_for_it():
    driver = Driver().live(3)
    driver.hear(receipt(YOU, delivered=3))
    assert driver.wait(constants.GAP_GRACE) == []
    driver.hear(receipt(YOU, delivered=4))
    [asked] = driver.wait(constants.GAP_GRACE)
    assert (asked["action"], asked["since"]) == ("sync", {TALK: 3})


def receipt(user: str, delivered: int) -> dict[str, Any]:
    marks = {"conversation": TALK, "user": user, "delivered": delivered, "read": 0, "read_count": 0}
    return {"type": "receipt", "marks": marks}


def test_a_mark_is_repeated_after_a_passing_refusal_and_given_up_after_a_final_one():
    driver = Driver().live()
    driver.hear(message(1))
    [mark] = driver.wait(constants.MARK_DELAY)
    driver.refuse(mark, "unavailable", retry_after=1)
    [again] = driver.wait(1)
    driver.refuse(again, "not_found")
    assert driver.wait(60) == []
    assert driver.store.load().intents == {}


def test_a_refused_mark_that_has_grown_waits_as_long_as_it_is_told():
    driver = Driver().live()
    driver.hear(message(1))
    [mark] = driver.wait(constants.MARK_DELAY)
    driver.hear(message(2))
    driver.refuse(mark, "rate_limited", retry_after=5)
    driver.hear(message(3))
    assert driver.wait(4.9) == []
    assert [f["delivered"] for f in driver.wait(0.1)] == [3]


def test_the_pauses_of_a_mark_refused_again_and_again_grow():
    driver = Driver().live()
    driver.hear(message(1))
    [mark] = driver.wait(constants.MARK_DELAY)
    for pause in (0.25, 0.5, 1.0):
        driver.refuse(mark, "unavailable")
        assert driver.until_due == pytest.approx(pause)
        [mark] = driver.wait_until_due()


def test_a_refusal_of_another_command_leaves_marks_alone():
    driver = Driver().live()
    driver.hear(message(1))
    [mark] = driver.wait(constants.MARK_DELAY)
    driver.refuse(mark | {"id": "_99"}, "not_found")
    assert driver.store.load().intents == {TALK: (1, 0)}


def test_typing_is_said_at_most_every_few_seconds_and_only_where_there_is_a_conversation():
    driver = Driver().live(1)
    frames = []
    for _ in range(7):
        driver.step(inputs.KeyPressed(TALK))
        frames += driver.frames
        driver.wait(1)
    assert [f["action"] for f in frames] == ["typing"] * 3
    driver.step(inputs.KeyPressed(OTHER_TALK))
    assert driver.frames == []


def test_others_are_shown_typing_for_a_few_seconds_or_until_their_message():
    driver = Driver().live()
    typing = {"type": "typing", "conversation": TALK, "user": YOU}
    driver.hear(typing)
    assert driver.told(events.TypingChanged) == [events.TypingChanged(TALK, YOU, typing=True)]
    driver.wait(3)
    driver.hear(typing)
    assert not driver.out.events
    driver.wait(constants.TYPING_SHOWN)
    assert driver.told(events.TypingChanged) == [events.TypingChanged(TALK, YOU, typing=False)]
    driver.hear(typing)
    driver.hear(message(1))
    assert driver.told(events.TypingChanged) == [events.TypingChanged(TALK, YOU, typing=False)]


def test_presence_is_answered():
    driver = Driver().live()
    driver.step(inputs.QueryPresence("q", (YOU,)))
    [asked] = driver.frames
    assert asked["users"] == [YOU]
    driver.hear({"type": "presence", "id": asked["id"], "users": {YOU: {"online": True, "seen": 5}}})
    [told] = driver.told(events.PresenceResult)
    assert told.users[YOU].online


@pytest.mark.parametrize("end", ["offline", "timeout", "closed", "refused"])
def test_presence_that_cannot_be_known_is_answered_too(end):
    driver = Driver() if end == "offline" else Driver().live()
    driver.step(inputs.QueryPresence("q", (YOU,)))
    if end == "timeout":
        driver.wait(constants.COMMAND_TIMEOUT)
    elif end == "closed":
        driver.step(inputs.SocketClosed(1))
    elif end == "refused":
        driver.refuse(driver.frames[0], "bad_request")
    assert driver.told(events.PresenceResult) == [events.PresenceResult("q", None)]


def test_a_read_mark_that_is_confirmed_is_not_told_again_with_the_next_delivery():
    driver = Driver().live(3)
    driver.step(inputs.MarkRead(TALK))
    [mark] = driver.wait(constants.MARK_DELAY)
    driver.show_mark(mark)
    driver.hear(message(4))
    [mark] = driver.wait(constants.MARK_DELAY)
    assert (mark["delivered"], mark.get("read")) == (4, None)


def test_a_delivery_that_is_confirmed_is_not_told_again_with_a_read_mark_behind_it():
    driver = Driver().live(3)
    driver.step(inputs.MarkRead(TALK, 2))
    [mark] = driver.wait(constants.MARK_DELAY)
    assert (mark["read"], mark.get("delivered")) == (2, None)


def test_what_another_device_has_read_while_a_mark_waits_is_not_told_again():
    driver = Driver().live(3)
    driver.step(inputs.MarkRead(TALK, 2))
    driver.hear(message(4))
    driver.hear({"type": "receipt", "marks": {"conversation": TALK, "user": ME, "delivered": 3, "read": 2}})
    [mark] = driver.wait(constants.MARK_DELAY)
    assert (mark["delivered"], mark.get("read")) == (4, None)
