"""What a session holds, and what it forgets: entries behind a gap, frames too large, conversations that are gone."""

from parley_client.protocol import constants, effects, events, inputs, wire
from parley_client.protocol.values import Outgoing

from tests.unit.client.driver import ME, OTHER_TALK, TALK, YOU, Driver, entry, message


def test_of_many_entries_behind_a_gap_those_next_to_it_are_held():
    driver = Driver().live(2)
    for seq in range(constants.HELD_LIMIT + 9, 3, -1):
        driver.hear(message(seq))
    driver.hear(message(3))
    assert driver.cursor() == 3 + constants.HELD_LIMIT


def test_what_came_during_a_sync_that_goes_back_is_asked_for_again_and_not_taken():
    driver = Driver().live(5)
    driver.step(inputs.SocketClosed(1))
    driver.wait(1)
    sync = driver.connect()
    driver.hear(message(9))
    [sync] = driver.answer_sync(sync, ends={TALK: 3})
    assert sync["since"] == {TALK: 3}
    for seq in range(4, 9):
        driver.hear(message(seq))
    assert driver.cursor() == 8, "nobody knows whether the ninth is of the log as it is now"
    assert [e.seq for e in driver.store.entries(TALK)] == list(range(1, 9))


def test_what_was_held_within_a_log_that_ends_further_on_is_kept():
    driver = Driver().live(2)
    driver.hear(message(4))
    [sync] = driver.wait(constants.GAP_GRACE)
    driver.hear(message(6))
    driver.answer_sync(sync, [entry(3)], {TALK: 4})
    driver.hear(message(5))
    assert driver.cursor() == 6


def test_a_conversation_that_is_gone_is_noticed_on_the_page_that_passes_it():
    driver = Driver()
    talks = [f"dm:me:{user}" for user in ("a", "b", "c", "d")]
    driver.store.apply([effects.PutEntries((wire.entry(entry(1, talk=t)),)) for t in talks])
    driver = Driver(driver.store)
    frames = driver.answer_sync(driver.connect(), ends={talks[1]: 1}, cursor="c1")
    assert [e.conversation for e in driver.told(events.Rewound)] == [talks[0]]
    [page] = [f for f in frames if f["action"] == "sync"]
    assert list(page["since"]) == talks[2:]
    driver.answer_sync(page, ends={talks[2]: 1})
    assert [e.conversation for e in driver.told(events.Rewound)] == [talks[3]]


def test_a_message_is_refused_at_once_if_its_frame_is_too_large_at_the_end_of_the_longest_conversation():
    plain = Outgoing("m1", TALK, YOU, "x")
    room = constants.FRAME_LIMIT - len(wire.send(plain, wire.MAX_SEQ).encode()) + 1
    for length, fails in ((room, False), (room + 1, True)):
        driver = Driver().live(1)
        driver.step(inputs.SendMessage(Outgoing("m1", TALK, YOU, "x" * length)))
        assert [e.code for e in driver.told(events.Failed)] == (["too_large"] if fails else [])
        assert len(driver.frames) == int(not fails)


def test_an_own_entry_that_comes_again_ends_the_wait_of_a_message_written_again():
    driver = Driver().live()
    [sent] = driver.say("m1")
    driver.ack(sent, 1)
    driver.say("m1")
    assert not driver.told(events.Sent)
    driver.hear(message(1, ME, message_id="m1"))
    assert driver.told(events.Sent) == [events.Sent("m1", TALK, 1, 1_001)]
    assert driver.store.outbox() == []
    assert driver.cursor(OTHER_TALK) == 0
