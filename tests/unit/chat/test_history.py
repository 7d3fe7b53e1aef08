import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chat.history import History, history
from parley.core import errors
from tests.unit.chat.world import DM, World


def page(world: World, before: int | None = None, after: int | None = None, limit: int = 3) -> tuple[list[int], bool]:
    found = history(world.alice, DM, before, after, limit, world.log)
    return [e.seq for e in found.entries], found.more


def test_it_begins_with_the_newest_and_goes_either_way(world: World):
    world.fill(8)
    assert page(world) == ([6, 7, 8], True)
    assert page(world, before=6) == ([3, 4, 5], True)
    assert page(world, before=3) == ([1, 2], False)
    assert page(world, before=4) == ([1, 2, 3], False)
    assert page(world, after=3) == ([4, 5, 6], True)
    assert page(world, after=6) == ([7, 8], False)
    assert page(world, after=8) == page(world, before=1) == ([], False)


def test_what_has_not_begun_has_no_entries(world: World):
    assert history(world.alice, DM, None, None, 3, world.log) == History([], more=False)


def test_it_is_one_direction_at_a_time(world: World):
    with pytest.raises(errors.BadRequest):
        page(world, before=5, after=1)


def test_only_a_member_reads(world: World):
    world.fill(1)
    carol = world.session("carol", "provider", "phone")
    with pytest.raises(errors.Forbidden):
        history(carol, DM, None, None, 3, world.log)
    with pytest.raises(errors.NotFound):
        history(carol, "dm:bob:alice", None, None, 3, world.log)


@given(length=st.integers(0, 30), limit=st.integers(1, 7), backwards=st.booleans())
def test_pages_have_every_entry_once(length: int, limit: int, backwards: bool):
    world = World()
    world.fill(length)
    seen: list[int] = []
    more = True
    while more:
        if backwards:
            found, more = page(world, before=seen[0] if seen else None, limit=limit)
            seen = found + seen
        else:
            found, more = page(world, after=seen[-1] if seen else 0, limit=limit)
            seen += found
    assert seen == list(range(1, length + 1))
