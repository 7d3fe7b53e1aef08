"""Entries as they arrive, gaps, syncs, and a server that was restored."""

import json
from itertools import pairwise

import pytest
from parley_client.protocol import constants, effects, events, inputs, wire
from parley_client.protocol.events import State

from tests.unit.client.driver import ME, TALK, YOU, Driver, entry, message


def received(driver):
    return [e.entry.seq for e in driver.told(events.Received)]


def test_entries_are_handed_over_in_order_and_the_cursor_is_the_highest_without_a_gap():
    driver = Driver().live(2)
    driver.hear(message(5))
    driver.hear(message(4))
    assert driver.cursor() == 2
    driver.hear(message(3))
    assert received(driver) == [3, 4, 5]
    assert driver.cursor() == 5
    assert driver.store.load().cursors == {TALK: 5}


def test_a_repeated_entry_is_dropped():
    driver = Driver().live(2)
    driver.hear(message(2))
    assert not driver.out.writes
    assert not received(driver)


def test_a_gap_is_fetched_by_one_sync_that_names_the_cursor():
    driver = Driver().live(2)
    driver.hear(message(4))
    driver.hear(message(6))
    [sync] = driver.wait(constants.GAP_GRACE)
    assert sync["since"] == {TALK: 2}
    driver.hear(message(7))
    assert driver.wait(5) == []
    driver.answer_sync(sync, [entry(3), entry(4), entry(5)], {TALK: 6})
    assert received(driver) == [3, 4, 5, 6, 7]


def test_a_gap_that_closes_by_itself_costs_no_sync():
    driver = Driver().live(2)
    driver.hear(message(4))
    driver.hear(message(3))
    assert all(f["action"] == "mark" for f in driver.wait(5))


def test_a_gap_that_a_sync_leaves_open_is_asked_for_again_less_and_less_often():
    driver = Driver().live(2)
    driver.hear(message(4))
    begun = []
    for _ in range(4):
        [sync] = driver.wait_until_due()
        begun.append(driver.now)
        driver.answer_sync(sync, ends={TALK: 4})
    pauses = [b - a for a, b in pairwise(begun)]
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]


def test_what_arrives_while_syncing_is_not_lost():
    driver = Driver()
    sync = driver.connect()
    driver.hear(message(3))
    driver.hear(message(1))
    assert received(driver) == [1]
    driver.answer_sync(sync, [entry(1), entry(2)], {TALK: 2})
    assert received(driver) == [2, 3]


def test_a_page_with_more_is_followed_by_the_next_before_being_live():
    driver = Driver()
    [second] = driver.answer_sync(driver.connect(), [entry(1)], cursor="c1")
    assert driver.is_in(State.SYNCING)
    assert (second["cursor"], second["since"]) == ("c1", {TALK: 1})
    driver.answer_sync(second, [entry(2)], {TALK: 2})
    assert driver.is_in(State.LIVE)
    assert driver.cursor() == 2


def test_each_page_names_what_follows_the_last_whole_conversation_and_fits_a_frame():
    driver = Driver()
    talks = [f"dm:{'m' * 60}{n:04}:{'z' * 64}" for n in range(1, 1_001)]
    for talk in talks:
        driver.store.apply([effects.PutEntries((make(talk),))])
    driver = Driver(driver.store)
    page = driver.connect()
    assert list(page["since"]) == talks[: len(page["since"])]
    assert 40 <= len(page["since"]) <= constants.SYNC_NAMES
    [each] = {len(f'"{talk}":1,') for talk in talks}
    size = len(json.dumps(page["since"], separators=(",", ":")))
    assert constants.SYNC_BYTES - each < size <= constants.SYNC_BYTES
    [page] = driver.answer_sync(page, ends=dict.fromkeys(talks[:40], 1), cursor="c")
    assert next(iter(page["since"])) == talks[40]
    [text] = [e.text for e in driver.out.effects if isinstance(e, effects.SendFrame)]
    assert len(text.encode()) <= constants.FRAME_LIMIT


def make(talk):
    return wire.entry(entry(1, talk=talk))


def test_an_hour_brings_two_syncs_that_nothing_asked_for():
    driver = Driver().live()
    syncs = 0
    end = driver.now + 3_600 + 1
    while driver.now < end:
        for frame in driver.wait(1):
            if frame["action"] == "sync":
                syncs += 1
                driver.answer_sync(frame)
            else:
                driver.hear({"type": "pong"})
    assert syncs == 3_600 / constants.RESYNC_EVERY


def test_a_refused_sync_is_repeated_where_that_may_help_and_else_begun_anew():
    driver = Driver()
    [second] = driver.answer_sync(driver.connect(), [entry(1)], cursor="c1")
    driver.refuse(second, "unavailable", retry_after=2)
    assert driver.wait(1.9) == []
    [again] = driver.wait(0.1)
    assert again["cursor"] == "c1"
    driver.refuse(again, "bad_request")
    [first] = driver.wait(2)
    assert "cursor" not in first


def test_a_sync_that_the_server_cannot_take_yet_is_repeated_with_growing_pauses():
    driver = Driver()
    sync = driver.connect()
    pauses = []
    for _ in range(4):
        driver.refuse(sync, "unavailable", chance=1.0)
        pauses.append(driver.until_due)
        [sync] = driver.wait_until_due()
    assert pauses == pytest.approx([0.5, 1, 2, 4])


def test_a_server_whose_cursor_does_not_move_is_not_asked_for_ever():
    driver = Driver()
    [second] = driver.answer_sync(driver.connect(), cursor="c1")
    driver.answer_sync(second, cursor="c1")
    assert driver.is_in(State.LIVE)


# -- the beginning of a log is in the archive


def test_a_new_device_begins_where_the_log_begins():
    driver = Driver()
    driver.answer_sync(driver.connect(), [entry(61), entry(62)], {TALK: 62}, begins={TALK: 61})
    assert driver.told(events.Skipped) == [events.Skipped(TALK, 60)]
    assert received(driver) == [61, 62]
    assert driver.cursor() == 62
    assert driver.is_in(State.LIVE)
    assert all(f["action"] == "mark" for f in driver.wait(5))


def test_a_device_that_was_away_for_long_goes_on_there_too_and_keeps_no_hole():
    driver = Driver().live(5)
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    driver.answer_sync(driver.connect(), [entry(61)], {TALK: 61}, begins={TALK: 61})
    assert [e.seq for e in driver.store.entries(TALK)] == [61]
    assert driver.store.load().cursors == {TALK: 61}


def test_what_is_held_behind_the_gap_follows():
    driver = Driver()
    sync = driver.connect()
    driver.hear(message(62))
    driver.hear(message(7))
    driver.answer_sync(sync, [entry(61)], {TALK: 61}, begins={TALK: 61})
    assert received(driver) == [61, 62]
    assert driver.cursor() == 62
    assert all(f["action"] == "mark" for f in driver.wait(5))


def test_a_device_that_has_what_is_archived_skips_nothing():
    driver = Driver().live(5)
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    sync = driver.connect()
    driver.hear(message(6))
    driver.answer_sync(sync, [entry(6)], {TALK: 6}, begins={TALK: 6})
    assert not driver.told(events.Skipped)
    assert driver.cursor() == 6
    assert len(driver.store.entries(TALK)) == 6


def test_a_message_that_may_have_been_archived_fails_rather_than_being_sent_twice():
    driver = Driver().live(2)
    [send] = driver.say("m1")
    assert send["action"] == "send"
    driver.step(inputs.SocketClosed(1))
    driver.say("m2")
    driver = Driver(driver.store)
    frames = driver.answer_sync(driver.connect(), [entry(61)], {TALK: 61}, begins={TALK: 61})
    assert [(e.id, e.code) for e in driver.told(events.Failed)] == [("m1", "archived"), ("m2", "archived")]
    assert not [f for f in frames if f["action"] == "send"]


def test_a_message_that_was_never_sent_is_sent_all_the_same():
    driver = Driver()
    sync = driver.connect()
    driver.say("m1")
    frames = driver.answer_sync(sync, [entry(61)], {TALK: 61}, begins={TALK: 61})
    assert not driver.told(events.Failed)
    [send] = [f for f in frames if f["action"] == "send"]
    assert (send["id"], send["after"]) == ("m1", 61)


def test_a_message_in_flight_in_this_session_fails_too_and_is_found_if_it_is_stored_after_all():
    driver = Driver().live(2)
    [send] = driver.say("m1")
    driver.refuse(send, "conflict", tail=61)
    [sync] = [f for f in driver.frames + driver.wait(1) if f["action"] == "sync"]
    driver.answer_sync(sync, [entry(61)], {TALK: 61}, begins={TALK: 61})
    assert [e.id for e in driver.told(events.Failed)] == ["m1"]
    driver.hear(message(62, ME, message_id="m1"))
    assert [e.id for e in driver.told(events.Sent)] == ["m1"]


# -- the server was restored to an earlier time


def test_a_log_that_ends_before_the_cursor_takes_the_client_back_with_it():
    driver = Driver().live(5)
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    frames = driver.answer_sync(driver.connect(), ends={TALK: 3})
    assert driver.told(events.Rewound) == [events.Rewound(TALK, 3)]
    assert [e.seq for e in driver.store.entries(TALK)] == [1, 2, 3]
    [sync] = [f for f in frames if f["action"] == "sync"]
    assert sync["since"] == {TALK: 3}
    driver.answer_sync(sync, [entry(4, message_id="another")], {TALK: 4})
    assert received(driver) == [4]


def test_a_conversation_that_is_gone_is_taken_back_to_its_beginning_and_can_begin_again():
    driver = Driver().live(5)
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    driver.say("m1")
    [sync, send] = driver.answer_sync(driver.connect())
    assert driver.told(events.Rewound) == [events.Rewound(TALK, 0)]
    assert (sync["since"], send["to"], send["after"]) == ({TALK: 0}, YOU, 0)


def test_an_entry_that_came_during_the_sync_is_no_sign_of_a_restored_server():
    driver = Driver().live(5)
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    sync = driver.connect()
    driver.hear(message(6))
    driver.answer_sync(sync, ends={TALK: 5})
    assert not driver.told(events.Rewound)
    assert driver.cursor() == 6


def test_what_was_held_behind_a_gap_that_no_longer_exists_is_let_go():
    driver = Driver().live(2)
    driver.hear(message(9))
    [sync] = driver.wait(constants.GAP_GRACE)
    driver.answer_sync(sync, ends={TALK: 2})
    assert driver.wait(200) == []


# -- the server has other tables than those that the client's entries are of


def generation(driver, name, held=3):
    """Live, with what ``name`` has said."""
    driver.answer_sync(
        driver.connect(), [entry(n) for n in range(1, held + 1)], {TALK: held} if held else {}, generation=name
    )
    assert driver.is_in(State.LIVE)
    return driver


def again(driver):
    """Another socket's first sync."""
    driver.step(inputs.SocketClosed(driver.session.attempt))
    driver.wait(1)
    return driver.connect()


def test_the_first_generation_that_a_client_hears_of_costs_it_nothing():
    driver = generation(Driver(), "one")
    assert received(driver) == [1, 2, 3]
    assert not driver.told(events.Rewound)
    assert driver.store.load().generation == "one"


def test_another_generation_is_fetched_from_its_beginning_although_it_ends_further_on():
    driver = generation(Driver(), "one")
    driver.answer_sync(again(driver), [entry(4)], {TALK: 4}, generation="two")
    assert driver.told(events.Rewound) == [events.Rewound(TALK, 0)]
    assert (driver.cursor(), driver.store.entries(TALK), driver.store.load().generation) == (0, [], "two")
    assert driver.is_in(State.WAITING), "frames of the old tables may still be under way on the old socket"
    driver.wait(1)
    sync = driver.connect()
    assert sync["since"] == {}
    others = [entry(n, message_id=f"another{n}") for n in range(1, 5)]
    driver.answer_sync(sync, others, {TALK: 4}, generation="two")
    assert driver.is_in(State.LIVE)
    assert [e.id for e in driver.store.entries(TALK)] == [e["id"] for e in others]
    assert not driver.told(events.Rewound)


def test_the_same_generation_is_no_reason_to_fetch_anything_and_neither_is_an_old_server():
    driver = generation(Driver(), "one")
    driver.answer_sync(again(driver), [entry(4)], {TALK: 4}, generation="one")
    driver.answer_sync(again(driver), [entry(5)], {TALK: 5})
    driver.answer_sync(again(driver), [entry(6)], {TALK: 6}, generation="one")
    assert driver.cursor() == 6


def test_a_generation_is_remembered_with_what_is_of_it():
    first = generation(Driver(), "one")
    driver = Driver(first.store)
    driver.answer_sync(driver.connect(), generation="two", ends={TALK: 3})
    assert driver.told(events.Rewound) == [events.Rewound(TALK, 0)]


def test_a_client_that_was_told_no_generation_yet_keeps_what_it_has_and_its_marks():
    first = Driver().live(3)
    first.step(inputs.MarkRead(TALK, 3))
    driver = Driver(first.store)
    driver.answer_sync(driver.connect(), generation="one", ends={TALK: 3})
    assert driver.is_in(State.LIVE)
    held = driver.store.load()
    assert (held.cursors, held.intents, held.generation) == ({TALK: 3}, {TALK: (3, 3)}, "one")


def test_what_a_new_device_hears_before_its_first_page_is_no_sign_of_a_restored_server():
    driver = Driver()
    sync = driver.connect()
    driver.hear(message(1))
    driver.hear(message(3))
    driver.answer_sync(sync, [entry(1), entry(2)], {TALK: 2}, generation="one")
    assert driver.is_in(State.LIVE)
    assert driver.cursor() == 3
    assert [e.seq for e in driver.store.entries(TALK)] == [1, 2, 3]


def test_what_is_held_behind_a_gap_is_of_the_old_generation_too():
    driver = generation(Driver(), "one", held=0)
    driver.hear(message(9))
    [sync] = driver.wait(constants.GAP_GRACE)
    driver.answer_sync(sync, [entry(1)], {TALK: 1}, generation="two")
    assert driver.is_in(State.WAITING)
    driver.wait(1)
    driver.answer_sync(driver.connect(), [entry(n) for n in range(1, 9)], {TALK: 8}, generation="two")
    assert driver.cursor() == 8


def test_messages_that_wait_are_sent_to_the_restored_server_and_those_that_were_stored_are_not():
    driver = generation(Driver(), "one")
    [send] = driver.say("m1")
    driver.hear(message(4, ME, message_id="m1"))  # it is stored, and its ack is lost
    driver.say("m2")
    driver.answer_sync(again(driver), ends={TALK: 4}, generation="two")
    driver.wait(1)
    frames = driver.answer_sync(driver.connect(), [entry(1), entry(2)], {TALK: 2}, generation="two")
    assert [(f["id"], f["after"]) for f in frames if f["action"] == "send"] == [("m2", 2)]
    assert send["after"] == 3


def test_intents_are_forgotten_with_the_entries_that_they_are_about():
    driver = generation(Driver(), "one")
    driver.step(inputs.MarkRead(TALK, 3))
    driver.answer_sync(again(driver), ends={TALK: 3}, generation="two")
    assert driver.store.load().intents == {}
    assert driver.store.marks(TALK) == []
    driver.wait(1)
    driver.answer_sync(driver.connect(), [entry(1)], {TALK: 1}, generation="two")
    assert driver.store.load().intents == {TALK: (1, 0)}


def test_a_message_that_was_written_ahead_of_a_restored_log_is_sent_once_more_from_its_end():
    driver = Driver().live(5)
    [send] = driver.say("m1")
    [sync] = driver.refuse(send, "conflict", tail=3)
    frames = driver.answer_sync(sync, ends={TALK: 3})
    assert [(f["id"], f["after"]) for f in frames if f["action"] == "send"] == [("m1", 3)]
    assert not driver.told(events.Failed)
