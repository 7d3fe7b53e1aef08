import contextlib

import msgspec
import pytest

from parley.chat import send
from parley.chat.entries import Entry
from parley.chat.memory import MemoryLog
from parley.core import errors
from parley.core.writes import Occupied, Stored
from parley.delivery import fanout
from parley.delivery.memory import MemorySockets
from parley.delivery.ports import Delivery
from tests.unit.chat.world import DM, World


def test_an_ack_means_that_the_entry_is_stored(world: World):
    ack = world.send(world.alice, "m1", 0, "hello", to="bob").entry
    stored = world.entries.entries[DM]
    assert [(e.seq, e.count, e.id, e.sender, e.at, e.body.text) for e in stored] == [
        (1, 1, "m1", "alice", world.now, "hello")
    ]
    assert (ack.id, ack.conversation, ack.seq, ack.count, ack.at) == ("m1", DM, 1, 1, world.now)


def test_every_other_device_of_both_sees_it_and_the_senders_socket_does_not(world: World):
    tablet = world.session("alice", "consumer", "tablet")
    world.connect(world.alice, tablet, world.bob)
    sent = world.send(world.alice, "m1", 0, to="bob")
    assert sent.posted.done == 2
    assert world.heard(world.bob)[0]["entry"]["id"] == "m1"
    assert world.heard(tablet)[0]["entry"]["id"] == "m1"
    assert world.heard(world.alice) == []


def test_sockets_past_their_end_get_nothing(world: World):
    world.connect(world.bob)
    world.now += 2 * 60 * 60 * 1000
    assert world.send(world.alice, "m1", 0).posted.done == 0


def test_the_same_id_stores_nothing_and_acks_the_first_seq(world: World):
    world.fill(3)
    first = world.send(world.alice, "m1", 3).entry
    world.send(world.bob, "b1", 4)
    again = world.send(world.alice, "m1", 3)
    assert (again.repeated, again.conflicts) == (True, 0)
    assert again.entry == first
    assert len(world.entries.entries[DM]) == 5


def test_the_same_id_is_found_even_with_the_newest_after(world: World):
    world.send(world.alice, "m1", 0)
    assert world.send(world.alice, "m1", 1).repeated


def test_a_retry_is_delivered_again_since_the_first_may_have_died_before_posting(world: World):
    world.connect(world.bob)
    world.send(world.alice, "m1", 0)
    world.send(world.alice, "m1", 0)
    assert [f["entry"]["seq"] for f in world.heard(world.bob)] == [1, 1]


def test_two_users_may_choose_the_same_id(world: World):
    assert world.send(world.alice, "same", 0).entry.seq == 1
    assert world.send(world.bob, "same", 1).entry.seq == 2


def test_who_loses_a_race_to_another_with_the_same_id_writes_behind_them(world: World):
    class Raced(MemoryLog):
        def append(self, entry: Entry, members: object) -> Stored | Occupied[Entry]:
            if not self.entries:
                super().append(msgspec.structs.replace(entry, sender="bob"), ("alice", "bob"))
            return super().append(entry, ("alice", "bob"))

    world.log = world.entries = Raced(world.stored)
    sent = world.send(world.alice, "same", 0)
    assert (sent.entry.seq, sent.repeated, sent.conflicts) == (2, False, 1)
    assert [(e.sender, e.id) for e in world.entries.entries[DM]] == [("bob", "same"), ("alice", "same")]


@pytest.mark.parametrize("behind", [0, 1, 198, 199])
def test_a_retry_is_found_up_to_the_span(world: World, behind: int):
    world.send(world.alice, "m1", 0)
    world.fill(behind)
    assert world.send(world.alice, "m1", 0).entry.seq == 1


def test_beyond_the_span_it_is_a_conflict_with_the_tail_and_nothing_is_stored(world: World):
    world.fill(send.SPAN + 1)
    with pytest.raises(errors.Conflict) as refused:
        world.send(world.alice, "m1", 0)
    assert refused.value.tail == send.SPAN + 1
    assert len(world.entries.entries[DM]) == send.SPAN + 1


def test_exactly_the_span_is_still_searched(world: World):
    world.fill(send.SPAN)
    assert world.send(world.alice, "new", 0).entry.seq == send.SPAN + 1


def test_a_client_that_is_ahead_of_the_log_has_to_sync_first(world: World):
    """The log was restored to an earlier time. Nothing is wrong with the message, so the client can send it again."""
    world.fill(2)
    with pytest.raises(errors.Conflict, match="ahead") as refused:
        world.send(world.alice, "m1", 3)
    assert refused.value.tail == 2
    assert len(world.entries.entries[DM]) == 2


def test_an_after_in_a_conversation_that_has_not_begun_is_ahead_as_well(world: World):
    with pytest.raises(errors.Conflict):
        world.send(world.alice, "m1", 1)


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u00a0\u2003"])
def test_a_message_that_says_nothing_is_refused(world: World, text: str):
    with pytest.raises(errors.BadRequest, match="blanks"):
        world.send(world.alice, "m1", 0, text)


def test_to_oneself_is_refused(world: World):
    with pytest.raises(errors.BadRequest):
        world.send(world.alice, "m1", 0, to="alice")


def test_to_nobody_is_not_found_and_begins_nothing(world: World):
    with pytest.raises(errors.NotFound):
        world.send(world.alice, "m1", 0, to="nobody")
    assert world.entries.entries == {}
    assert world.stored.members == {}


def test_to_a_stranger_who_is_a_provider_begins_a_conversation(world: World):
    world.stored.upsert_user("plumber", "provider", "")
    assert world.send(world.alice, "m1", 0, to="plumber").entry.conversation == "dm:alice:plumber"


def test_consumers_may_not_talk_to_each_other_unless_the_deployment_says_so(world: World):
    world.stored.upsert_user("carol", "consumer", "")
    with pytest.raises(errors.Forbidden):
        world.send(world.alice, "m1", 0, to="carol")
    world.rules = send.Rules(allow_consumer_pairs=True)
    assert world.send(world.alice, "m1", 0, to="carol").entry.seq == 1


def test_somebody_elses_conversation_is_refused(world: World):
    carol = world.session("carol", "provider", "phone")
    world.fill(1)
    with pytest.raises(errors.Forbidden):
        world.send(carol, "m1", 1, conversation=DM)
    assert len(world.entries.entries[DM]) == 1


@pytest.mark.parametrize("name", ["g:01ARZ3NDEKTSV4RRFFQ69G5FAV", "dm:bob:alice", "dm:alice:alice"])
def test_a_conversation_that_cannot_be_is_not_found(world: World, name: str):
    with pytest.raises(errors.NotFound):
        world.send(world.alice, "m1", 0, conversation=name)


def test_neither_who_is_blocked_nor_who_has_blocked_may_write(world: World):
    world.directory.block("bob", "alice")
    with pytest.raises(errors.Blocked, match="does not take messages"):
        world.send(world.alice, "m1", 0)
    with pytest.raises(errors.Blocked, match="unblock them first"):
        world.send(world.bob, "b1", 0)
    assert world.entries.entries == {}
    world.directory.unblock("bob", "alice")
    assert world.send(world.bob, "b1", 0).entry.seq == 1


def test_flood_control_says_when_to_come_back_and_then_lets_through(world: World):
    for i in range(8):
        world.send(world.alice, f"m{i}", i)
    world.now += 1_500
    with pytest.raises(errors.RateLimited) as refused:
        world.send(world.alice, "m8", 8)
    assert refused.value.retry_after == 2.5
    assert world.send(world.bob, "b", 8).entry.seq == 9  # the other user is not held up
    world.now += 2_500
    assert world.send(world.alice, "m8", 9).entry.seq == 10


def test_an_entry_whose_time_lies_far_ahead_neither_sets_the_time_of_those_behind_it_nor_holds_up_their_sender(
    world: World,
):
    world.now += 3_600_000
    world.send(world.alice, "ahead", 0)
    world.now -= 3_600_000
    for i in range(1, 20):
        assert world.send(world.alice, f"m{i}", i).entry.at == world.now
        world.now += 2_000


def test_flood_control_holds_behind_a_clock_that_is_ahead_and_for_no_longer_than_the_burst(world: World):
    world.now += 3_600_000
    for i in range(8):
        world.send(world.alice, f"ahead{i}", i)
    world.now -= 3_600_000
    world.send(world.alice, "m8", 8)
    with pytest.raises(errors.RateLimited) as refused:
        world.send(world.alice, "m9", 9)
    assert refused.value.retry_after == 4


@pytest.mark.parametrize(("ahead", "refused"), [(4_000, True), (4_001, False)])
def test_a_burst_that_lies_further_ahead_than_a_burst_lasts_refuses_nothing(world: World, ahead: int, *, refused: bool):
    world.now += ahead
    for i in range(8):
        world.send(world.alice, f"ahead{i}", i)
    world.now -= ahead
    with pytest.raises(errors.RateLimited) if refused else contextlib.nullcontext():
        world.send(world.alice, "m8", 8)


def test_flood_control_never_refuses_a_retry(world: World):
    for i in range(8):
        world.send(world.alice, f"m{i}", i)
    assert world.send(world.alice, "m7", 7).entry.seq == 8


def test_a_dead_socket_is_forgotten_and_does_not_hurt_the_others(world: World):
    tablet = world.session("bob", "provider", "tablet")
    world.connect(world.bob, tablet)
    world.now += fanout.HANDSHAKE_MS
    world.sockets.failing[world.bob.connection] = Delivery.GONE
    posted = world.send(world.alice, "m1", 0).posted
    assert (posted.done, posted.gone) == (1, 1)
    assert [c.id for c in world.stored.users["bob"].connections] == [tablet.connection]


def test_a_slow_reader_is_left_to_the_notifier(world: World):
    world.connect(world.bob)
    world.sockets.failing[world.bob.connection] = Delivery.LATER
    sent = world.send(world.alice, "m1", 0)
    assert (sent.entry.seq, sent.posted.later) == (1, 1)
    assert len(world.stored.users["bob"].connections) == 1
    assert world.sockets.closed == []


class Slow(MemorySockets):
    """Accepts no frames for some connections, and closes them when told to."""

    def __init__(self, *slow: str) -> None:
        super().__init__()
        self.slow = slow

    def _post(self, connection: str, frame: bytes) -> Delivery:
        return Delivery.LATER if connection in self.slow else super()._post(connection, frame)


def test_a_slow_reader_beside_one_that_may_confirm_is_closed_so_that_it_syncs(world: World):
    tablet = world.session("bob", "provider", "tablet")
    world.connect(world.bob, tablet)
    world.sockets = Slow(tablet.connection)
    posted = world.send(world.alice, "m1", 0).posted
    assert (posted.done, posted.later, posted.unclosed) == (1, 1, 0)
    assert world.sockets.closed == [tablet.connection]


def test_a_senders_own_slow_device_is_closed_so_that_it_syncs(world: World):
    tablet = world.session("alice", "consumer", "tablet")
    world.connect(world.alice, tablet, world.bob)
    world.sockets = Slow(tablet.connection)
    world.send(world.alice, "m1", 0)
    assert world.sockets.closed == [tablet.connection]


def test_an_entry_is_acked_even_if_clearing_away_a_dead_socket_fails(world: World):
    world.connect(world.bob)
    world.now += fanout.HANDSHAKE_MS
    world.sockets.failing[world.bob.connection] = Delivery.GONE

    def fail(*_: object) -> None:
        raise RuntimeError("whatever it is")

    world.stored.remove_connections = fail
    assert world.send(world.alice, "m1", 0).entry.seq == 1


def test_times_follow_the_order_even_where_clocks_do_not(world: World):
    world.send(world.alice, "m1", 0)
    world.now -= 5_000
    world.send(world.bob, "m2", 1)
    first, second = world.entries.entries[DM]
    assert second.at >= first.at
