"""What is offered again, and to whom."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from parley.chat.effects import settings as effects
from parley.chat.entries import Body, MessageEntry
from parley.chat.memory import MemoryDirectory
from parley.core import errors
from parley.delivery.memory import MemorySockets
from parley.delivery.ports import Delivery
from tests.unit.chat.effects.bursts import pushes, written
from tests.unit.chat.world import DM, World


class Slow(MemorySockets):
    """Takes no frame, and closes unless it is stuck."""

    stuck = False

    def _post(self, connection: str, frame: bytes) -> Delivery:
        return Delivery.LATER

    def _close(self, connection: str) -> Delivery:
        return Delivery.LATER if self.stuck else super()._close(connection)


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


def test_the_grace_is_that_of_the_newest_entry_that_is_owed(offline: World):
    offline.connect(offline.bob)
    offline.now += 5_000
    offline.send(offline.alice, "m1", 0)
    offline.now += 800
    offline.send(offline.alice, "m2", 1)
    offline.now += 400
    offline.send(offline.bob, "m3", 2)  # his own: nobody owes him that
    offline.now += 100
    assert offline.notify(written(offline)).wait_ms == 1_500


def test_a_clock_that_is_ahead_makes_nobody_wait_longer_than_the_grace(offline: World):
    offline.connect(offline.bob)
    offline.now += 60_000
    offline.send(offline.alice, "m1", 0)
    offline.now -= 30_000
    assert offline.notify(written(offline)).wait_ms == effects.Rules().grace_ms


def test_an_entry_whose_time_lies_ahead_is_given_the_grace_once_and_then_offered(offline: World):
    offline.connect(offline.bob)
    offline.now += 3_600_000
    offline.send(offline.alice, "m1", 0)
    offline.now -= 3_590_000
    assert offline.notify(written(offline)).wait_ms == effects.Rules().grace_ms
    offered = offline.notify(written(offline), waited_ms=effects.Rules().grace_ms)
    assert (offered.wait_ms, offered.posted.done, offered.pushes) == (0, 1, 1)


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
    world.now += 500  # the batch was full at once
    assert world.heard(tablet, "message") == []
    world.notify(written(world))
    assert [f["entry"]["id"] for f in world.heard(tablet, "message")] == ["m1"]


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


def test_a_socket_that_is_jammed_is_closed_in_the_end_although_another_device_has_confirmed(world: World):
    tablet = world.session("bob", "provider", "tablet")
    world.connect(world.bob, tablet)
    world.now += 60_000
    world.sockets.failing[world.bob.connection] = world.sockets.failing[tablet.connection] = Delivery.LATER
    world.send(world.alice, "m1", 0)
    world.now += 2_000
    with pytest.raises(errors.Unavailable):
        world.notify(written(world))
    del world.sockets.failing[tablet.connection]
    world.mark(tablet, delivered=1)
    with pytest.raises(errors.Unavailable):
        world.notify(written(world))
    del world.sockets.failing[world.bob.connection]
    world.notify(written(world))
    assert world.bob.connection in world.sockets.closed


def test_the_only_socket_of_the_one_who_wrote_is_not_sent_their_own_entry(world: World):
    world.connect(world.alice)
    world.send(world.alice, "m1", 0)
    world.mark(world.bob, delivered=1)
    assert world.notify(written(world)).posted.done == 0
    assert world.heard(world.alice, "message") == []


def test_the_only_socket_of_the_other_that_was_perhaps_missed_is_sent_the_entry(world: World):
    world.send(world.alice, "m1", 0)
    world.connect(world.bob)
    world.mark(world.session("bob", "provider", "tablet"), delivered=1)
    assert world.notify(written(world)).posted.done == 1
    assert [f["entry"]["id"] for f in world.heard(world.bob, "message")] == ["m1"]
