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


def test_reading_what_is_kept_is_not_told(begun: World):
    begun.connect(begun.alice)
    change(begun)
    assert begun.heard(begun.alice) == []


def test_a_change_that_died_before_it_told_anybody_is_told_by_its_repetition(begun: World):
    change(begun, muted=5_000)
    begun.connect(begun.alice)
    change(begun, muted=5_000)
    assert [f["muted"] for f in begun.heard(begun.alice)] == [5_000]


@pytest.mark.parametrize("beside", [{"pinned": True}, {"muted": 5_000}, {"muted": 5_000, "pinned": True}])
@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("own", [{"archived": False}, {"pinned": True}, {"muted": 9_000}])
def test_a_change_beside_another_is_not_lost(
    begun: World, own: dict[str, int | bool], beside: dict[str, int | bool], *, archived: bool
):
    begun.connect(begun.alice)
    change(begun, archived=own.get("archived") is False or archived)
    archived = begun.stored.members["alice", DM].archived
    real = begun.directory.store_preferences
    raced: list[bool] = []

    def slow(old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        if not raced:
            raced.append(True)
            stored = begun.stored.members["alice", DM]
            real(stored, replace(stored, **beside))
        return real(old, new)

    begun.directory.store_preferences = slow
    kept = change(begun, **own)
    wanted = {"muted": 0, "archived": archived, "pinned": False, **beside, **own}
    assert {name: getattr(kept, name) for name in wanted} == wanted
    assert begun.stored.members["alice", DM] == kept
    assert {name: begun.heard(begun.alice)[-1][name] for name in wanted} == wanted


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
