import pytest
from msgspec.structs import replace

from parley.chat.inbox import preferences
from parley.chat.model import Membership
from parley.core import errors
from parley.core.writes import Occupied, Stored
from tests.unit.chat.world import DM, World


@pytest.fixture
def begun(world: World) -> World:
    world.send(world.alice, "m1", 0)
    return world


def change(world: World, by: str = "alice", conversation: str = DM, **changes: int | bool) -> Membership:
    session = world.session(by, "consumer", "tablet")
    kept, _ = preferences.keep(
        session,
        conversation,
        changes,
        world.now,
        preferences.Ports(
            snapshots=world.directory, memberships=world.directory, connections=world.directory, sockets=world.sockets
        ),
    )
    return kept


def test_what_is_named_changes_and_nothing_else_does(begun: World):
    change(begun, muted=5_000)
    kept = change(begun, pinned=True)
    assert (kept.muted, kept.archived, kept.pinned) == (5_000, False, True)
    assert begun.stored.members["alice", DM] == kept
    assert not begun.stored.members["bob", DM].pinned


def test_the_users_own_devices_hear_of_it_and_nobody_else(begun: World):
    begun.connect(begun.alice, begun.bob)
    change(begun, archived=True)
    told = {"type": "conversation", "conversation": DM, "muted": 0, "archived": True, "pinned": False}
    assert begun.heard(begun.alice) == [told]
    assert begun.heard(begun.bob) == []


def test_what_changes_nothing_is_not_told(begun: World):
    begun.connect(begun.alice)
    change(begun)
    change(begun, pinned=False)
    assert begun.heard(begun.alice) == []


def test_a_change_beside_another_is_not_lost(begun: World):
    real = begun.directory.store_preferences
    raced: list[bool] = []

    def slow(old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        if not raced:
            raced.append(True)
            stored = begun.stored.members["alice", DM]
            real(stored, replace(stored, pinned=True))
        return real(old, new)

    begun.directory.store_preferences = slow
    kept = change(begun, archived=True)
    assert (kept.archived, kept.pinned) == (True, True)


def test_a_conversation_changed_without_end_is_given_up(begun: World):
    begun.directory.store_preferences = lambda old, new: Occupied(replace(old, last_activity=old.last_activity + 1))
    with pytest.raises(errors.Unavailable):
        change(begun, archived=True)


def test_one_keeps_only_what_is_ones_own(begun: World):
    with pytest.raises(errors.Forbidden):
        change(begun, by="carol", pinned=True)
    with pytest.raises(errors.NotFound):
        change(begun, conversation="dm:alice:nobody", pinned=True)
    with pytest.raises(errors.NotFound):
        change(begun, conversation="dm:x", pinned=True)


def test_a_device_that_was_away_learns_of_it_when_it_syncs(begun: World):
    change(begun, muted=7, archived=True)
    [summary] = begun.sync(begun.alice).conversations
    assert (summary.muted, summary.archived, summary.pinned) == (7, True, False)
