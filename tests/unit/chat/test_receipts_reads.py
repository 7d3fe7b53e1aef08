"""What a mark reads, how strongly, and what it makes of what is missing."""

from typing import Any

import pytest

from parley.chat.entries import Entry
from parley.core import errors
from tests.unit.chat.world import DM, World


def test_a_membership_that_a_weak_read_misses_is_read_strongly(world: World):
    world.fill(1)
    real = world.stored.find

    def lagging(**asked: Any) -> Any:
        found = real(**asked)
        if not asked.get("strong"):
            found.memberships.clear()
        return found

    world.directory.find = lagging
    assert world.mark(world.bob, read=1).moved


@pytest.mark.parametrize(("lags", "expected"), [(False, [False]), (True, [False, True])])
def test_an_entry_is_read_strongly_only_where_a_weak_read_misses_it(world: World, lags: bool, expected: list[bool]):
    world.fill(1)
    real, asked = world.entries.entry, list[bool]()

    def entry(conversation: str, seq: int, *, strong: bool) -> Entry | None:
        asked.append(strong)
        return real(conversation, seq, strong=strong) if strong or not lags else None

    world.entries.entry = entry
    assert world.mark(world.bob, read=1).membership.read_count == 1
    assert asked == expected


def test_where_no_entry_is_left_only_a_mark_at_one_is_beyond_the_end(world: World):
    world.fill(1)
    world.entries.entries[DM].clear()
    assert not world.mark(world.bob).moved
    with pytest.raises(errors.BadRequest):
        world.mark(world.bob, delivered=1)


def test_a_read_mark_that_moves_is_told_although_more_is_delivered_than_was_said(world: World):
    world.connect(world.alice)
    world.fill(5)
    world.mark(world.bob, delivered=5)
    assert world.mark(world.bob, delivered=4, read=3).moved
    assert [(f["marks"]["delivered"], f["marks"]["read"]) for f in world.heard(world.alice, "receipt")] == [
        (5, 0),
        (5, 3),
    ]


def test_the_first_delivery_is_told_again_when_it_is_repeated(world: World):
    world.connect(world.alice)
    world.fill(1)
    for _ in range(2):
        world.mark(world.bob, delivered=1)
    assert len(world.heard(world.alice, "receipt")) == 2
