import pytest
from msgspec.structs import replace

from parley.chat import conversations
from parley.chat.model import Membership
from parley.core import errors
from parley.core.writes import Occupied, Stored
from tests.unit.chat.world import DM, World


def stored(world: World, user: str) -> Membership:
    return world.stored.members[user, DM]


def test_reading_implies_delivery_and_keeps_the_count(world: World):
    world.fill(3)
    ack = world.mark(world.bob, read=2).membership
    assert (ack.delivered, ack.read) == (2, 2)
    kept = stored(world, "bob")
    assert (kept.delivered, kept.read, kept.read_count) == (2, 2, 2)


def test_reading_further_than_what_is_said_to_be_delivered_implies_delivery_too(world: World):
    world.fill(3)
    ack = world.mark(world.bob, delivered=1, read=3).membership
    assert (ack.delivered, ack.read, ack.read_count) == (3, 3, 3)
    assert stored(world, "bob") == ack


def test_every_other_device_of_both_is_told(world: World):
    tablet = world.session("bob", "provider", "tablet")
    world.connect(world.alice, world.bob, tablet)
    world.fill(1)
    world.mark(world.bob, delivered=1)
    expected = {"conversation": DM, "user": "bob", "delivered": 1, "read": 0, "read_count": 0}
    assert world.heard(world.alice, "receipt") == [{"type": "receipt", "marks": expected}]
    assert len(world.heard(tablet, "receipt")) == 1
    assert world.heard(world.bob, "receipt") == []


def test_a_mark_moving_back_changes_nothing_and_tells_nobody(world: World):
    world.connect(world.alice)
    world.fill(3)
    world.mark(world.bob, read=3)
    before = len(world.heard(world.alice, "receipt"))
    marked = world.mark(world.bob, read=1, delivered=2)
    assert (marked.moved, marked.membership.delivered, marked.membership.read) == (False, 3, 3)
    assert len(world.heard(world.alice, "receipt")) == before


@pytest.mark.parametrize(
    "marks", [{"read": 3}, {"delivered": 3}, {"delivered": 3, "read": 1}, {"delivered": 1, "read": 3}]
)
def test_beyond_the_tail_is_refused(world: World, marks: dict[str, int]):
    world.fill(2)
    with pytest.raises(errors.BadRequest):
        world.mark(world.bob, **marks)
    assert stored(world, "bob").delivered == 0


def test_delivered_may_be_further_than_read(world: World):
    world.fill(3)
    world.mark(world.bob, delivered=3, read=1)
    kept = stored(world, "bob")
    assert (kept.delivered, kept.read, kept.read_count) == (3, 1, 1)


def test_somebody_elses_conversation_is_refused(world: World):
    world.fill(1)
    with pytest.raises(errors.Forbidden):
        world.mark(world.session("carol", "provider", "p"), read=1)


def test_a_conversation_that_has_not_begun_is_not_found(world: World):
    with pytest.raises(errors.NotFound):
        world.mark(world.bob, read=1)


@pytest.mark.parametrize("marks", [{"delivered": 3}, {"read": 2}, {"delivered": 3, "read": 2}])
def test_a_mark_that_died_before_it_told_anybody_is_told_by_its_repetition(world: World, marks: dict[str, int]):
    world.connect(world.alice)
    world.fill(3)
    world.mark(world.bob, delivered=3, read=2)
    before = len(world.heard(world.alice, "receipt"))
    assert not world.mark(world.bob, **marks).moved
    assert len(world.heard(world.alice, "receipt")) == before + 1


@pytest.mark.parametrize(
    "marks", [{"delivered": 3}, {"read": 1}, {"delivered": 3, "read": 2}, {"delivered": 4, "read": 1}, {"delivered": 0}]
)
def test_marks_that_are_not_exactly_those_stored_are_no_repetition(world: World, marks: dict[str, int]):
    world.connect(world.alice)
    world.fill(4)
    world.mark(world.bob, delivered=4, read=2)
    before = len(world.heard(world.alice, "receipt"))
    assert not world.mark(world.bob, **marks).moved
    assert len(world.heard(world.alice, "receipt")) == before


@pytest.mark.parametrize("block", [("alice", "bob"), ("bob", "alice")])
def test_where_one_blocks_the_other_marks_reach_only_the_users_own_devices(world: World, block: tuple[str, str]):
    tablet = world.session("bob", "provider", "tablet")
    world.connect(world.alice, world.bob, tablet)
    world.fill(2)
    world.directory.block(*block)
    assert world.mark(world.bob, read=1).moved
    world.mark(world.bob, read=1)
    assert world.heard(world.alice, "receipt") == []
    assert [f["marks"]["read"] for f in world.heard(tablet, "receipt")] == [1, 1]


def test_where_receipts_are_not_live_only_the_users_own_devices_are_told(world: World, monkeypatch: pytest.MonkeyPatch):
    tablet = world.session("bob", "provider", "tablet")
    world.connect(world.alice, world.bob, tablet)
    world.fill(1)
    real = conversations.enter
    quiet = conversations.Settings(live_receipts=False)
    monkeypatch.setattr(conversations, "enter", lambda *asked: replace(real(*asked), settings=quiet))
    assert world.mark(world.bob, read=1).moved
    assert world.heard(world.alice, "receipt") == []
    assert [f["marks"]["read"] for f in world.heard(tablet, "receipt")] == [1]


def test_zero_is_a_mark_that_is_there_already(world: World):
    world.fill(1)
    assert not world.mark(world.bob, read=0).moved


def test_two_devices_marking_at_once_end_with_the_further_of_each(world: World):
    world.fill(5)
    original = world.stored.move_marks

    def raced(old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        world.stored.move_marks = original
        world.mark(world.bob, delivered=5, read=2)
        return original(old, new)

    world.stored.move_marks = raced
    ack = world.mark(world.bob, read=4).membership
    assert (ack.delivered, ack.read) == (5, 4)
    assert (stored(world, "bob").delivered, stored(world, "bob").read_count) == (5, 4)
