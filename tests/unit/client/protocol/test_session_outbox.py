"""Messages on their way out: acks, repetitions, conflicts and refusals."""

import pytest
from parley_client.protocol import constants, events, inputs
from parley_client.protocol.events import State
from parley_client.protocol.values import Outgoing

from tests.unit.client.driver import ME, OTHER_TALK, TALK, THEM, YOU, Driver, entry, message


def received(driver):
    return [e.entry.seq for e in driver.told(events.Received)]


def test_a_first_message_goes_to_the_user_and_later_ones_into_the_conversation():
    driver = Driver().live()
    [first] = driver.say("m1")
    assert first == {"action": "send", "id": "m1", "to": YOU, "after": 0, "body": {"text": "hi"}}
    assert driver.told(events.Queued) == [events.Queued("m1", TALK)]
    driver.ack(first, 1)
    [second] = driver.say("m2")
    assert (second["conversation"], second["after"]) == (TALK, 1)


def test_an_ack_is_the_entry():
    driver = Driver().live(1)
    [sent] = driver.say("m1", text="grüße")
    driver.ack(sent, 2)
    assert driver.told(events.Sent) == [events.Sent("m1", TALK, 2, 1_002)]
    [stored] = driver.store.entries(TALK, 1)
    assert (stored.id, stored.sender, stored.text, stored.count) == ("m1", ME, "grüße", 2)
    assert driver.store.outbox() == []


def test_an_ack_beyond_the_cursor_is_a_gap():
    driver = Driver().live(1)
    [sent] = driver.say("m1")
    driver.ack(sent, 3)
    assert driver.cursor() == 1
    [sync] = driver.wait(constants.GAP_GRACE)
    driver.answer_sync(sync, [entry(2), entry(3, ME, message_id="m1")], {TALK: 3})
    assert received(driver) == [2, 3]


def test_one_message_a_conversation_is_in_flight_and_conversations_do_not_wait_for_each_other():
    driver = Driver().live()
    [first] = driver.say("m1")
    assert driver.say("m2") == []
    [other] = driver.say("m3", where=THEM)
    assert other["to"] == THEM
    [second] = driver.ack(first, 1)
    assert second["id"] == "m2"
    driver.ack(other, 1, OTHER_TALK)


def test_the_same_id_is_one_message():
    driver = Driver().live()
    driver.say("m1")
    driver.say("m1")
    assert not driver.out.writes
    assert len(driver.store.outbox()) == 1


def test_an_own_entry_is_as_good_as_its_ack_and_the_ack_then_says_nothing_new():
    driver = Driver().live()
    [sent] = driver.say("m1")
    driver.hear(message(1, ME, message_id="m1"))
    assert driver.told(events.Sent)
    driver.ack(sent, 1)
    assert not driver.out.events


def test_another_users_entry_with_the_same_id_is_no_ack():
    driver = Driver().live()
    driver.say("m1")
    driver.hear(message(1, YOU, message_id="m1"))
    assert len(driver.store.outbox()) == 1


def test_after_a_lost_socket_the_sync_comes_first_and_what_it_finds_is_only_repeated():
    driver = Driver().live()
    driver.say("m1")
    driver.say("m2")
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    frames = driver.answer_sync(driver.connect(), [entry(1, ME, message_id="m1")], {TALK: 1})
    assert [(f["id"], f["after"]) for f in frames] == [("m2", 1), ("m1", 0)]
    assert [m.id for m in driver.store.outbox()] == ["m2"]


def test_an_own_entry_that_overtakes_its_ack_is_told_at_once_and_the_ack_ends_it():
    driver = Driver().live()
    [sent] = driver.say("m1")
    driver.hear(message(1, ME, message_id="m1"))
    assert driver.told(events.Sent)
    assert driver.told(events.Received)
    assert not driver.session.idle
    driver.ack(sent, 1)
    assert not driver.out.events
    assert driver.session.idle
    assert not driver.wait(2 * constants.COMMAND_TIMEOUT)


def test_a_message_that_is_seen_to_be_stored_and_never_acknowledged_is_sent_again_from_before_itself():
    driver = Driver().live()
    driver.say("m1")
    driver.wait(1)
    driver.hear(message(1, ME, message_id="m1"))
    driver.hear(message(2))
    repeats = [f for f in driver.wait(2 * constants.COMMAND_TIMEOUT - 2) if f["action"] == "send"]
    assert [(f["id"], f["after"]) for f in repeats] == [("m1", 0)]
    driver.ack(repeats[0], 1)
    assert not driver.out.events
    assert not [f for f in driver.wait(60) if f["action"] == "send"]


@pytest.mark.parametrize("code", ["blocked", "bad_request", "conflict"])
def test_a_repeat_of_what_is_stored_that_is_refused_is_given_up_in_silence(code: str):
    driver = Driver().live()
    [sent] = driver.say("m1")
    driver.hear(message(1, ME, message_id="m1"))
    driver.refuse(sent, code)
    assert not driver.told(events.Failed)
    assert not [f for f in driver.wait(60) if f["action"] == "send"]


def test_what_a_restored_server_has_lost_is_not_sent_again():
    driver = Driver().live(1)
    driver.say("m1")
    driver.hear(message(2, ME, message_id="m1"))
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    frames = driver.answer_sync(driver.connect(), [], {TALK: 1})
    assert [f["action"] for f in frames] == ["sync"]
    assert not driver.answer_sync(frames[0], [], {TALK: 1})
    assert driver.session.idle


def test_a_crash_keeps_the_outbox_in_its_order():
    driver = Driver().live()
    for message_id in ("m1", "m2"):
        driver.say(message_id)
    driver = Driver(driver.store)
    [first] = driver.answer_sync(driver.connect())
    assert first["id"] == "m1"
    [second] = driver.ack(first, 1)
    assert second["id"] == "m2"


def test_an_unanswered_send_on_a_silent_socket_means_that_the_socket_is_dead():
    driver = Driver().live()
    driver.say("m1")
    driver.wait(constants.COMMAND_TIMEOUT, chance=0.9)
    assert driver.is_in(State.WAITING)
    driver.wait(10)
    [again] = driver.answer_sync(driver.connect())
    assert again["id"] == "m1"


def test_an_unanswered_send_on_a_socket_that_lives_is_repeated_on_it():
    driver = Driver().live()
    driver.say("m1")
    driver.wait(1)
    driver.hear({"message": "Internal server error", "connectionId": "c=", "requestId": "r="})
    [again] = driver.wait(constants.COMMAND_TIMEOUT)
    assert again["id"] == "m1"
    assert driver.session.attempt == 1


def test_a_conflict_syncs_and_sends_again_only_what_the_sync_has_not_found():
    for found in (True, False):
        driver = Driver().live(1)
        [sent] = driver.say("m1")
        [sync] = driver.refuse(sent, "conflict", tail=300)
        assert sync["action"] == "sync"
        last = entry(2, ME, message_id="m1") if found else entry(2)
        frames = driver.answer_sync(sync, [last], {TALK: 2})
        assert [(f["id"], f["after"]) for f in frames if f["action"] == "send"] == ([] if found else [("m1", 2)])


def test_a_conflict_during_a_sync_waits_for_the_next_one():
    driver = Driver().live(1)
    driver.hear(message(3))
    [sync] = driver.wait(constants.GAP_GRACE)
    [sent] = driver.say("m1")
    assert driver.refuse(sent, "conflict", tail=300) == []
    [second] = [f for f in driver.answer_sync(sync, [entry(2)], {TALK: 3}) if f["action"] != "mark"]
    assert second["action"] == "sync"
    assert [f["id"] for f in driver.answer_sync(second, ends={TALK: 3}) if f["action"] == "send"] == ["m1"]


def test_a_conflict_whose_sync_is_cut_off_is_resolved_by_the_next_sockets():
    driver = Driver().live(1)
    driver.hear(message(3))
    driver.wait(constants.GAP_GRACE)
    [sent] = driver.say("m1")
    driver.refuse(sent, "conflict", tail=300)
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    frames = driver.answer_sync(driver.connect(), [entry(2), entry(3)], {TALK: 3})
    assert "m1" in [f["id"] for f in frames]


@pytest.mark.parametrize("code", ["rate_limited", "unavailable"])
def test_a_passing_refusal_is_repeated_when_the_server_says(code):
    driver = Driver().live()
    [sent] = driver.say("m1")
    driver.refuse(sent, code, retry_after=2.5)
    assert driver.wait(2.4) == []
    [again] = driver.wait(0.1)
    assert again == sent


def test_a_passing_refusal_that_names_no_time_is_repeated_with_growing_pauses():
    driver = Driver().live()
    [sent] = driver.say("m1")
    pauses = []
    for _ in range(4):
        driver.refuse(sent, "unavailable", chance=1.0)
        pauses.append(driver.until_due)
        [sent] = driver.wait_until_due()
    assert pauses == pytest.approx([0.5, 1, 2, 4])


@pytest.mark.parametrize("code", ["blocked", "forbidden", "not_found", "bad_request", "too_large", "news_to_us"])
def test_a_final_refusal_is_reported_kept_apart_and_the_next_message_goes(code):
    driver = Driver().live()
    [sent] = driver.say("m1")
    driver.say("m2")
    frames = driver.refuse(sent, code)
    assert "m2" in [f["id"] for f in frames]
    assert ("sync" in [f["action"] for f in frames]) is (code == "bad_request"), "the cursor may be beyond the end"
    assert driver.told(events.Failed) == [events.Failed("m1", TALK, "hi", code, "no")]
    assert [u.message.id for u in driver.store.undelivered()] == ["m1"]
    assert [m.id for m in driver.store.outbox()] == ["m2"]


@pytest.mark.parametrize("crashes", [False, True])
def test_a_refused_message_that_an_earlier_try_has_stored_after_all_is_told_to_be_sent(crashes: bool):
    driver = Driver().live()
    [sent] = driver.say("m1")
    driver.refuse(sent, "blocked")
    if crashes:
        driver = Driver(driver.store).live()
    driver.hear(message(1, ME, message_id="m1"))
    assert [e.id for e in driver.told(events.Sent)] == ["m1"]
    assert driver.store.undelivered() == []
    driver.hear(message(1, ME, message_id="m1"))
    assert driver.told(events.Sent) == []


def test_a_message_that_fits_no_frame_never_reaches_the_socket():
    driver = Driver().live()
    assert driver.say("m1", text="\x01" * 8_000) == []
    assert driver.told(events.Failed)[0].code == "too_large"
    assert [f["id"] for f in driver.say("m2")] == ["m2"]


def test_nothing_is_sent_before_the_first_sync_is_complete():
    driver = Driver()
    sync = driver.connect()
    assert driver.say("m1") == []
    assert [f["id"] for f in driver.answer_sync(sync)] == ["m1"]


def test_a_message_can_be_written_while_stopped():
    driver = Driver()
    driver.step(inputs.SendMessage(Outgoing("m1", TALK, YOU, "hi")))
    assert len(driver.store.outbox()) == 1
