"""When a conversation moves up in its members' inboxes."""

from parley.chat.effects import inbox_order
from parley.chat.model import Membership
from tests.unit.chat.effects.bursts import written
from tests.unit.chat.world import World


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
    offline.now = first + inbox_order.ACTIVITY_STEP_MS - 1
    offline.send(offline.alice, "m2", 1)
    offline.mark(offline.bob, delivered=2)
    offline.notify(written(offline)[1:])
    assert moved == []
    offline.now = first + inbox_order.ACTIVITY_STEP_MS
    offline.send(offline.alice, "m3", 2)
    offline.notify(written(offline)[2:])
    assert sorted(moved) == ["alice", "bob"]
    assert {m.last_activity for m in offline.stored.members.values()} == {offline.now}


def test_a_clock_that_is_ahead_moves_it_no_further_than_now(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.now += 2 * inbox_order.ACTIVITY_STEP_MS
    offline.send(offline.alice, "ahead", 1)
    offline.mark(offline.bob, delivered=2)
    offline.now -= inbox_order.ACTIVITY_STEP_MS
    offline.notify(written(offline))
    assert {m.last_activity for m in offline.stored.members.values()} == {offline.now}


def test_it_comes_up_also_where_nobody_has_to_be_told(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.now += inbox_order.ACTIVITY_STEP_MS
    offline.send(offline.alice, "m2", 1)
    offline.mark(offline.bob, delivered=2)
    offline.notify(written(offline))
    assert {m.last_activity for m in offline.stored.members.values()} == {offline.now}
