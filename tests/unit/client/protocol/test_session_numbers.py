"""Bounds that the tests of a whole behaviour do not reach."""

from parley_client.protocol import constants, effects, events, inputs
from parley_client.protocol.events import State
from parley_client.protocol.store import MemoryStore
from parley_client.protocol.values import Entry, Marks

from tests.unit.client.driver import ME, OTHER_TALK, TALK, YOU, Driver, entry

GROUP = "g:01ARZ3NDEKTSV4RRFFQ69G5FAV"


def holding(*conversations: str) -> Driver:
    store = MemoryStore(ME)
    entries = (Entry(c, 1, 1, "m1", "message", "ana", 1_001, {"text": "hi"}) for c in conversations)
    store.apply([effects.PutEntries(tuple(entries))])
    return Driver(store)


def test_a_renewal_waits_for_answers_no_longer_than_thirty_seconds():
    driver = Driver().live(expires=200.0)
    due = 200.0 - 90
    driver.wait(due - driver.now - 1)
    for second in range(int(constants.QUIET_WAIT) + 1):
        assert driver.session.attempt == 1
        driver.step(inputs.QueryPresence(f"q{second}", (YOU,)))
        driver.hear({"type": "pong"})
        driver.wait(1)
    assert driver.session.attempt == 2
    assert driver.is_in(State.CONNECTING)


def test_a_sync_names_three_hundred_conversations_however_short_their_ids():
    driver = holding(*(f"dm:a{n:03}:me" for n in range(constants.SYNC_NAMES + 1)))
    command = driver.connect()
    assert len(command["since"]) == constants.SYNC_NAMES


def test_a_group_that_a_page_leaves_out_is_kept():
    driver = holding(TALK, GROUP)
    driver.answer_sync(driver.connect(), ends={TALK: 1})
    assert driver.told(events.Rewound) == []
    assert driver.cursor(GROUP) == 1


def test_the_members_marks_go_back_with_the_log_and_grow_again():
    driver = Driver().live(held=3)
    driver.hear({"type": "receipt", "marks": marks(3)})
    driver.step(inputs.SocketClosed(driver.session.attempt, 1001), chance=0.0)
    driver.wait(0)
    [again] = driver.answer_sync(driver.connect(), ends={TALK: 1})
    assert driver.store.marks(TALK)[-1] == Marks(TALK, YOU, 1, 1)
    driver.answer_sync(again, [entry(2, ME, message_id="m2")], ends={TALK: 2}, marks=[marks(2)])
    assert driver.told(events.Receipt)[-1] == events.Receipt(TALK, YOU, 2, 2)


def marks(seq: int) -> dict[str, object]:
    return {"conversation": TALK, "user": YOU, "delivered": seq, "read": seq, "read_count": seq}


def test_what_a_page_completes_is_told_by_its_greatest_conversation():
    driver = holding(TALK, OTHER_TALK)
    driver.answer_sync(driver.connect(), ends={TALK: 1}, cursor="c")
    assert driver.told(events.Rewound) == []
    assert driver.cursor(OTHER_TALK) == 1
