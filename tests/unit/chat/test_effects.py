from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from msgspec.structs import replace

from parley.chat import badge
from parley.chat.conversations import direct
from parley.chat.effects import inbox_order
from parley.chat.effects import settings as effects
from parley.chat.entries import Body, Entry, MessageEntry
from parley.chat.memory import MemoryDirectory
from parley.chat.model import Membership
from parley.core import errors
from parley.delivery.memory import MemorySockets
from parley.delivery.ports import Delivery
from tests.unit.chat.world import DM, World


@pytest.fixture
def offline(world: World) -> World:
    """Bob has a phone that a push reaches, and no socket."""
    world.register("bob", "phone-b", "fcm", "token")
    return world


def written(world: World) -> list[Entry]:
    return world.entries.entries[DM]


def pushes(world: World, token: str = "fcm/token") -> list[tuple[int, int]]:
    return [(n.seq, n.badge) for n in world.push.sent.get(token, [])]


def test_an_offline_recipient_gets_one_push_for_a_burst_with_the_right_badge(offline: World):
    for i in range(3):
        offline.send(offline.alice, f"m{i}", i)
    assert offline.notify(written(offline)).pushes == 1
    assert pushes(offline) == [(3, 3)]


def test_the_sender_gets_none(offline: World):
    offline.register("alice", "phone-a", "fcm", "hers")
    offline.send(offline.alice, "m1", 0)
    offline.notify(written(offline))
    assert pushes(offline, "fcm/hers") == []


def test_each_of_two_writers_is_told_of_the_others_entries_only(offline: World):
    offline.register("alice", "phone-a", "fcm", "hers")
    offline.send(offline.alice, "m1", 0)
    offline.send(offline.bob, "m2", 1)
    offline.notify(written(offline))
    assert pushes(offline, "fcm/hers") == [(2, 1)]
    assert pushes(offline) == [(1, 0)]  # bob has answered: nothing is unread, but this device may not know


def test_a_replayed_batch_pushes_nothing_again(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.notify(written(offline))
    assert offline.notify(written(offline)).pushes == 0
    assert pushes(offline) == [(1, 1)]


def test_a_late_replay_of_an_old_batch_moves_nothing_back(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.send(offline.alice, "m2", 1)
    offline.notify(written(offline)[1:])
    offline.notify(written(offline)[:1])
    assert pushes(offline) == [(2, 2)]
    assert offline.stored.heads[DM].seq == 2


def test_entries_that_come_late_still_count_as_their_writers_answer(offline: World):
    offline.send(offline.bob, "m1", 0)
    offline.send(offline.alice, "m2", 1)
    offline.notify(written(offline)[1:])
    offline.notify(written(offline)[:1])
    assert offline.sync(offline.bob, {DM: 2}).conversations[0].unread == 1


def test_what_a_device_has_confirmed_is_not_pushed(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.mark(offline.bob, delivered=1)
    assert offline.notify(written(offline)).pushes == 0
    assert pushes(offline) == []


def test_a_live_device_is_given_time_to_confirm(offline: World):
    offline.connect(offline.bob)
    offline.now += 5_000
    offline.send(offline.alice, "m1", 0)
    offline.now += 500
    assert offline.notify(written(offline)).wait_ms == 1_500
    assert pushes(offline) == []
    offline.mark(offline.bob, delivered=1)
    offline.now += 1_500
    assert offline.notify(written(offline)) == effects.DeliveryResult()


def test_a_clock_that_is_ahead_makes_nobody_wait_longer_than_the_grace(offline: World):
    offline.connect(offline.bob)
    offline.now += 60_000
    offline.send(offline.alice, "m1", 0)
    offline.now -= 30_000
    assert offline.notify(written(offline)).wait_ms == effects.Rules().grace_ms


def test_a_dead_socket_that_still_takes_posts_loses_nothing(offline: World):
    offline.connect(offline.bob)
    offline.now += 5_000
    offline.send(offline.alice, "m1", 0)
    offline.send(offline.alice, "m2", 1)
    offline.now += 2_000
    offered = offline.notify(written(offline))
    assert (offered.posted.done, offered.pushes) == (2, 1)
    assert [f["entry"]["seq"] for f in offline.heard(offline.bob, "message")] == [1, 2, 1, 2]
    assert pushes(offline) == [(2, 2)]


def test_a_send_that_died_after_storing_is_delivered(world: World):
    world.connect(world.bob)
    world.now += 5_000
    entry = MessageEntry(DM, 1, 1, "m1", "alice", world.now, Body("hi"))
    world.log.append(entry, ("alice", "bob"))
    world.now += 2_000
    world.notify([entry])
    assert [f["entry"]["id"] for f in world.heard(world.bob, "message")] == ["m1"]


def test_a_device_that_connected_while_a_send_was_reading_is_not_missed(world: World):
    tablet = world.session("alice", "consumer", "tablet")
    world.connect(world.alice)
    world.now += 5_000
    world.send(world.alice, "m1", 0)
    world.connect(tablet)
    world.mark(world.bob, delivered=1)
    assert world.notify(written(world)).posted.done == 1
    assert world.heard(tablet, "message")
    assert not world.heard(world.alice, "message")


def test_a_connection_that_the_weak_reads_of_send_and_notifier_both_miss_is_not_missed(world: World):
    stored = world.stored
    tablet = world.session("bob", "provider", "tablet")

    class Weak(MemoryDirectory):
        def find(self, **asked: Any) -> Any:
            found = stored.find(**asked)
            if asked.get("strong"):
                return found
            for user, recipient in found.recipients.items():
                seen = tuple(c for c in recipient.connections if c.id != tablet.connection)
                found.recipients[user] = replace(recipient, connections=seen)
            return found

        def __getattribute__(self, name: str) -> Any:
            return object.__getattribute__(self, name) if name == "find" else getattr(stored, name)

    world.connect(world.bob)
    world.now += 5_000
    world.connect(tablet)
    world.directory = Weak()
    world.send(world.alice, "m1", 0)
    world.mark(world.bob, delivered=1)
    world.now += 500  # a batch that was full at once
    assert world.heard(tablet, "message") == []
    world.notify(written(world))
    assert [f["entry"]["id"] for f in world.heard(tablet, "message")] == ["m1"]


def test_a_crash_between_push_and_mark_repeats_the_push_rather_than_losing_it(offline: World):
    offline.send(offline.alice, "m1", 0)
    original = offline.stored.move_pushed

    def crash(*_: object) -> bool:
        raise errors.Unavailable("the function died here")

    offline.stored.move_pushed = crash
    with pytest.raises(errors.Unavailable):
        offline.notify(written(offline))
    offline.stored.move_pushed = original
    offline.notify(written(offline))
    assert pushes(offline) == [(1, 1), (1, 1)]  # the same conversation, so the second replaces the first on screen


def test_a_disabled_endpoint_is_forgotten_and_the_other_device_still_reached(offline: World):
    offline.register("bob", "tablet", "apns", "other")
    offline.push.failing["fcm/token"] = Delivery.GONE
    offline.send(offline.alice, "m1", 0)
    offered = offline.notify(written(offline))
    assert (offered.pushes, offered.forgotten) == (1, 1)
    assert offline.push.forgotten == ["fcm/token"]
    assert [d.id for d in offline.stored.users["bob"].devices] == ["tablet"]


def test_who_registers_again_while_a_push_fails_is_pushed_to_again(offline: World):
    offline.push.failing["fcm/token"] = Delivery.GONE
    send = offline.push.send

    def meanwhile(*args: Any) -> list[Delivery]:
        ends = send(*args)
        offline.now += 1
        offline.register("bob", "phone-b", "fcm", "token")
        return ends

    offline.send(offline.alice, "m1", 0)
    with pytest.MonkeyPatch.context() as patched, pytest.raises(errors.Unavailable):
        patched.setattr(offline.push, "send", meanwhile)
        offline.notify(written(offline))
    assert offline.notify(written(offline)).pushes == 1


def test_one_device_that_fails_does_not_ring_the_other_again(offline: World):
    offline.register("bob", "tablet", "apns", "other")
    offline.push.failing["apns/other"] = Delivery.LATER
    offline.send(offline.alice, "m1", 0)
    assert offline.notify(written(offline)).pushes == 1
    offline.notify(written(offline))
    assert len(pushes(offline)) == 1


def test_what_only_an_operator_can_mend_is_counted_and_not_repeated(offline: World):
    offline.push.failing["fcm/token"] = Delivery.REFUSED
    offline.send(offline.alice, "m1", 0)
    assert offline.notify(written(offline)).refused == 1
    assert offline.notify(written(offline)).refused == 0


def test_a_row_that_a_weak_read_has_missed_is_looked_up_again(offline: World):
    stored = offline.stored
    offline.send(offline.alice, "m1", 0)

    class Weak(MemoryDirectory):
        def find(self, **asked: Any) -> Any:
            found = stored.find(**asked)
            return found if asked.get("strong") else msgspec.structs.replace(found, memberships={}, recipients={})

        def __getattribute__(self, name: str) -> Any:
            return object.__getattribute__(self, name) if name == "find" else getattr(stored, name)

    offline.directory = Weak()
    assert offline.notify(written(offline)).pushes == 1


def test_one_recipients_failure_is_told_and_holds_up_nobody(offline: World):
    offline.register("alice", "phone-a", "fcm", "hers")
    offline.push.failing["fcm/hers"] = Delivery.LATER
    offline.send(offline.alice, "m1", 0)
    offline.send(offline.bob, "m2", 1)
    with pytest.raises(errors.Unavailable):
        offline.notify(written(offline))
    assert len(pushes(offline)) == 1
    del offline.push.failing["fcm/hers"]
    offline.notify(written(offline))
    assert len(pushes(offline)) == 1
    assert len(pushes(offline, "fcm/hers")) == 1


def test_the_badge_counts_all_conversations(offline: World):
    offline.stored.upsert_user("carol", "consumer", "")
    carol = offline.session("carol", "consumer", "phone")
    offline.send(carol, "c1", 0, to="bob")
    offline.send(carol, "c2", 1, to="bob")
    offline.notify(offline.entries.entries["dm:bob:carol"])
    offline.send(offline.alice, "m1", 0)
    offline.notify(written(offline))
    assert pushes(offline)[-1] == (1, 3)


def test_the_badge_counts_every_page_of_a_long_inbox(offline: World):
    for user in ("carol", "dave", "erin", "frank", "gina"):
        offline.stored.upsert_user(user, "consumer", "")
        by = offline.session(user, "consumer", "phone")
        offline.send(by, "m1", 0, to="bob")
        offline.notify(offline.entries.entries[direct("bob", user)])
    with patch("parley.chat.badge._INBOX_PAGE", 3), patch("parley.chat.badge._HEADS_PAGE", 2):
        assert badge.badge("bob", offline.now, offline.directory, offline.directory) == 5


def test_the_badge_does_not_count_what_is_read_or_ones_own(offline: World):
    offline.fill(4)  # alice, bob, alice, bob
    offline.now += 10_000
    offline.send(offline.alice, "m5", 4)
    offline.notify(written(offline))
    assert pushes(offline) == [(5, 1)]


@pytest.mark.parametrize(
    ("preview", "title", "text", "sender"),
    [("none", "New message", "", ""), ("sender", "Alice", "", "alice"), ("full", "Alice", "hi there", "alice")],
)
def test_the_preview_shows_no_more_than_the_deployment_allows(
    offline: World, preview: effects.Preview, title: str, text: str, sender: str
):
    offline.send(offline.alice, "m1", 0, "hi\n there")
    offline.notify(written(offline), effects.Rules(preview=preview))
    [sent] = offline.push.sent["fcm/token"]
    assert (sent.title, sent.text, sent.sender) == (title, text, sender)


def test_a_user_without_a_push_device_costs_no_write(world: World):
    world.send(world.alice, "m1", 0)
    world.notify(written(world))
    assert world.stored.members["bob", DM].pushed == 0


class Slow(MemorySockets):
    """Takes no frame, and closes unless it is stuck."""

    stuck = False

    def _post(self, connection: str, frame: bytes) -> Delivery:
        return Delivery.LATER

    def _close(self, connection: str) -> Delivery:
        return Delivery.LATER if self.stuck else super()._close(connection)


def test_a_socket_that_does_not_take_the_last_offer_is_closed_so_that_it_syncs(world: World):
    world.connect(world.bob)
    world.sockets = Slow()
    world.send(world.alice, "m1", 0)
    assert world.sockets.closed == []
    world.now += 2_000
    assert world.notify(written(world)).posted.later == 1
    assert world.sockets.closed == [world.bob.connection]


def test_a_socket_that_was_perhaps_missed_and_does_not_take_the_offer_is_closed(world: World):
    tablet = world.session("bob", "provider", "tablet")
    world.connect(world.bob)
    world.send(world.alice, "m1", 0)
    world.mark(world.bob, delivered=1)
    world.connect(tablet)
    world.sockets = Slow()
    world.notify(written(world))
    assert tablet.connection in world.sockets.closed


def test_a_burst_is_offered_again_while_a_socket_neither_takes_it_nor_closes(offline: World):
    offline.connect(offline.bob)
    offline.sockets = Slow()
    offline.sockets.stuck = True
    offline.send(offline.alice, "m1", 0)
    offline.now += 2_000
    for _ in range(2):
        with pytest.raises(errors.Unavailable):
            offline.notify(written(offline))
    assert pushes(offline) == [(1, 1)]


def mute(world: World, user: str, conversation: str, until: int) -> None:
    stored = world.stored.members[user, conversation]
    world.directory.store_preferences(stored, replace(stored, muted=until))


def test_a_muted_conversation_rings_nobody_and_reaches_their_open_app_even_so(offline: World):
    offline.send(offline.alice, "m1", 0)
    mute(offline, "bob", DM, offline.now + 60_000)
    assert offline.notify(written(offline)).pushes == 0
    offline.connect(offline.bob)
    offline.now += 10_000
    assert offline.notify(written(offline)).posted.done == 1
    assert pushes(offline) == []


def test_when_the_mute_is_over_pushes_go_on_and_tell_of_what_has_come_since(offline: World):
    offline.send(offline.alice, "m1", 0)
    mute(offline, "bob", DM, offline.now + 60_000)
    offline.notify(written(offline))
    assert offline.stored.members["bob", DM].pushed == 0  # no push has told of it
    offline.now += 60_000
    offline.send(offline.alice, "m2", 1)
    offline.notify(written(offline)[1:])
    assert pushes(offline) == [(2, 2)]


def test_what_is_unread_in_a_muted_conversation_is_not_in_the_badge(offline: World):
    offline.stored.upsert_user("carol", "consumer", "Carol")
    carol = offline.session("carol", "consumer", "phone-c")
    offline.send(carol, "c1", 0, to="bob")
    offline.notify(offline.entries.entries["dm:bob:carol"])
    mute(offline, "bob", "dm:bob:carol", offline.now + 60_000)
    offline.send(offline.alice, "m1", 0)
    offline.notify(written(offline))
    assert pushes(offline) == [(1, 1), (1, 1)]


def test_a_conversation_comes_up_in_everybodys_inbox_once_an_hour(offline: World):
    moved: list[str] = []
    real = offline.directory.move_inbox_rank

    def move(membership: Membership, at: int) -> None:
        moved.append(membership.user)
        real(membership, at)

    offline.directory.move_inbox_rank = move
    first = offline.now
    offline.send(offline.alice, "m1", 0)
    offline.notify(written(offline))
    offline.now = first + inbox_order.RECENT_STEP_MS - 1
    offline.send(offline.alice, "m2", 1)
    offline.mark(offline.bob, delivered=2)
    offline.notify(written(offline)[1:])
    assert moved == []
    offline.now = first + inbox_order.RECENT_STEP_MS
    offline.send(offline.alice, "m3", 2)
    offline.notify(written(offline)[2:])
    assert sorted(moved) == ["alice", "bob"]
    assert {m.last_activity for m in offline.stored.members.values()} == {offline.now}


def test_it_comes_up_also_where_nobody_has_to_be_told(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.now += inbox_order.RECENT_STEP_MS
    offline.send(offline.alice, "m2", 1)
    offline.mark(offline.bob, delivered=2)
    offline.notify(written(offline))
    assert {m.last_activity for m in offline.stored.members.values()} == {offline.now}
