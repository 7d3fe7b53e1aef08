import pytest

from parley.core import errors
from parley.core.session import Session
from parley.delivery import connections, fanout
from parley.delivery.devices import MOST_DEVICES
from parley.delivery.ports import Delivery
from tests.unit.chat.world import DM, World


def ids(world: World, user: str = "alice") -> list[str]:
    return [c.id for c in world.stored.users[user].connections]


def test_connecting_is_being_reachable_and_disconnecting_is_having_been_seen(world: World):
    world.connect(world.alice)
    assert ids(world) == [world.alice.connection]
    connections.disconnect(world.alice, 5_000_000, world.directory)
    assert (ids(world), world.stored.users["alice"].seen) == ([], 5_000_000)


def test_a_connection_ends_with_its_token_or_with_its_socket_whichever_is_first(world: World):
    short = Session("alice", "consumer", "d", "c", world.now + 60_000)
    connections.connect(short, world.now, world.directory, world.sockets)
    world.connect(world.bob)
    assert world.stored.users["alice"].connections[0].expires == world.now + 60_000
    assert world.stored.users["bob"].connections[0].expires == world.now + connections.LIFETIME_MS


def test_reconnecting_replaces_the_same_devices_dead_socket_and_closes_it(world: World):
    again = Session("alice", "consumer", "phone-a", "new", 10**15)
    world.connect(world.alice)
    world.now += fanout.HANDSHAKE_MS
    world.connect(again)
    assert ids(world) == ["new"]
    assert world.sockets.closed == [world.alice.connection]


def test_of_many_sockets_that_a_device_opens_at_once_the_next_post_closes_all_but_the_last(world: World):
    many = [Session("alice", "consumer", "phone-a", f"c{i}", 10**15) for i in range(10)]
    for session in many:
        world.sockets.failing[session.connection] = Delivery.GONE  # so API Gateway says while a socket is opening
    world.connect(*many)
    world.sockets.failing.clear()
    world.sockets.closed.clear()
    assert sorted(ids(world)) == sorted(s.connection for s in many)
    world.now += 1_000
    world.send(world.bob, "m1", 0)
    assert sorted(world.sockets.closed) == sorted(s.connection for s in many[:-1])
    assert [s.connection for s in many if world.heard(s, "message")] == ["c9"]
    world.now += fanout.HANDSHAKE_MS
    world.send(world.bob, "m2", 1)
    assert ids(world) == ["c9"]


def test_those_of_one_device_that_are_opening_are_not_more_than_twice_the_most(world: World):
    many = [Session("alice", "consumer", "phone-a", f"c{i}", 10**15) for i in range(100)]
    for session in many:
        world.sockets.failing[session.connection] = Delivery.GONE
    world.connect(*many)
    assert len(ids(world)) == 2 * connections.MOST_CONNECTIONS
    assert "c99" in ids(world)


def test_a_socket_whose_device_has_connected_again_meanwhile_is_closed_by_the_next_post(world: World):
    world.connect(Session("alice", "consumer", "phone-a", "new", 10**15))
    connections.connect(world.alice, world.now - 5_000, world.directory, world.sockets)
    world.send(world.bob, "m1", 0)
    assert world.sockets.closed == [world.alice.connection]


def test_a_socket_opens_even_if_clearing_away_old_ones_fails(world: World):
    world.connect(world.alice)

    def fail(*_: object) -> None:
        raise errors.Unavailable("throttled")

    world.stored.remove_connections = fail
    world.connect(Session("alice", "consumer", "phone-a", "new", 10**15))
    assert "new" in ids(world)


def test_a_socket_is_closed_before_it_is_forgotten_so_that_a_death_between_leaves_none_deaf(world: World):
    class Died(BaseException): ...

    def die(*_: object) -> None:
        raise Died

    world.connect(world.alice)
    world.now += fanout.HANDSHAKE_MS
    world.stored.remove_connections = die
    with pytest.raises(Died):
        world.connect(Session("alice", "consumer", "phone-a", "new", 10**15))
    assert world.sockets.closed == [world.alice.connection]


def test_a_socket_that_could_not_be_closed_stays_recorded_and_is_closed_by_the_next_post(world: World):
    world.connect(world.alice)
    world.sockets.failing[world.alice.connection] = Delivery.LATER
    world.connect(Session("alice", "consumer", "phone-a", "new", 10**15))
    assert ids(world) == [world.alice.connection, "new"]
    del world.sockets.failing[world.alice.connection]
    world.send(world.bob, "m1", 0)
    assert world.sockets.closed == [world.alice.connection]


def test_a_connect_that_comes_late_leaves_the_socket_that_has_replaced_its_own(world: World):
    world.connect(Session("alice", "consumer", "phone-a", "new", 10**15))
    connections.connect(world.alice, world.now - 5_000, world.directory, world.sockets)
    assert "new" in ids(world)
    assert world.sockets.closed == []


def test_a_late_disconnect_of_the_old_socket_leaves_the_new_one(world: World):
    again = Session("alice", "consumer", "phone-a", "new", 10**15)
    world.connect(world.alice, again)
    connections.disconnect(world.alice, world.now, world.directory)
    assert ids(world) == ["new"]


def test_expired_sockets_are_cleared_away_at_the_next_connect(world: World):
    world.connect(world.alice)
    world.now += connections.LIFETIME_MS
    world.connect(world.session("alice", "consumer", "tablet"))
    assert ids(world) == ["alice.tablet"]
    assert world.sockets.closed == []


def test_the_oldest_give_way_beyond_the_most(world: World):
    for i in range(connections.MOST_CONNECTIONS + 2):
        world.now += fanout.HANDSHAKE_MS
        world.connect(world.session("alice", "consumer", f"d{i}"))
    assert len(ids(world)) == connections.MOST_CONNECTIONS
    assert world.sockets.closed == ["alice.d0", "alice.d1"]


def test_a_socket_that_may_still_be_opening_does_not_give_way_since_it_would_go_on_unknown(world: World):
    for i in range(2 * connections.MOST_CONNECTIONS):
        world.connect(world.session("alice", "consumer", f"d{i}"))
    assert len(ids(world)) == 2 * connections.MOST_CONNECTIONS
    assert world.sockets.closed == []


def test_not_even_sockets_that_are_opening_are_more_than_twice_the_most(world: World):
    for i in range(2 * connections.MOST_CONNECTIONS + 3):
        world.connect(world.session("alice", "consumer", f"d{i}"))
    assert len(ids(world)) == 2 * connections.MOST_CONNECTIONS
    assert world.sockets.closed == ["alice.d0", "alice.d1", "alice.d2"]


def test_presence_tells_online_or_last_seen_to_those_who_may_know(world: World):
    world.connect(world.bob)
    world.fill(1)
    told = world.presence(world.alice, "bob", "alice", "nobody")
    assert (told["bob"].online, told["alice"].online, told["nobody"].seen) == (True, False, None)
    connections.disconnect(world.bob, 7_000_000, world.directory)
    assert (world.presence(world.alice, "bob")["bob"].seen) == 7_000_000


def test_who_has_only_sockets_past_their_end_is_not_online(world: World):
    world.connect(world.bob)
    world.fill(1)
    world.now = world.stored.users["bob"].connections[0].expires
    assert not world.presence(world.alice, "bob")["bob"].online


def test_presence_of_a_consumer_is_for_those_who_share_a_conversation(world: World):
    world.connect(world.alice)
    assert not world.presence(world.bob, "alice")["alice"].online
    world.fill(1)
    assert world.presence(world.bob, "alice")["alice"].online


def test_presence_is_not_told_to_the_blocked(world: World):
    world.connect(world.bob)
    world.directory.block("bob", "alice")
    told = world.presence(world.alice, "bob")["bob"]
    assert (told.online, told.seen) == (False, None)


def test_typing_reaches_the_other_and_is_not_stored(world: World):
    world.connect(world.alice, world.bob)
    world.fill(1)
    world.typing(world.alice)
    assert world.heard(world.bob, "typing") == [{"type": "typing", "conversation": DM, "user": "alice"}]
    assert len(world.entries.entries[DM]) == 1


def test_typing_to_one_who_blocks_or_in_what_is_not_ones_own_is_refused(world: World):
    with pytest.raises(errors.NotFound):
        world.typing(world.alice)
    world.fill(1)
    with pytest.raises(errors.Forbidden):
        world.typing(world.session("carol", "provider", "p"))
    world.directory.block("bob", "alice")
    for session in (world.alice, world.bob):
        with pytest.raises(errors.Blocked):
            world.typing(session)


def test_a_device_registered_twice_is_one_and_a_new_token_replaces_the_old(world: World):
    first = world.register("alice", "phone", "fcm", "t1")
    assert world.register("alice", "phone", "fcm", "t1") == first
    second = world.register("alice", "phone", "fcm", "t2")
    assert world.stored.users["alice"].devices == (second,)


def test_devices_are_bounded_and_need_a_user(world: World):
    for i in range(MOST_DEVICES):
        world.register("alice", f"d{i}", "fcm", f"t{i}")
    with pytest.raises(errors.BadRequest):
        world.register("alice", "one-more", "fcm", "t")
    with pytest.raises(errors.NotFound):
        world.register("nobody", "d", "fcm", "t")
