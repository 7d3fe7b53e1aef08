"""A sync in pages of any size is complete, and in the order of the conversations' ids."""

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from parley.chat import send
from tests.unit.chat.world import World


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    held=st.lists(st.integers(0, 30), min_size=6, max_size=6),
    page=st.integers(1, 7),
    conversations=st.integers(1, 3),
)
def test_a_sync_in_any_pages_gives_exactly_what_is_missing(
    counts: list[int], held: list[int], page: int, conversations: int
):
    world = World()
    world.rules = send.Rules(burst=10_000)
    since: dict[str, int] = {}
    for i, count in enumerate(counts):
        world.stored.upsert_user(f"u{i}", "consumer", "")
        by = world.session(f"u{i}", "consumer", "d")
        for n in range(count):
            world.send(by, f"m{n}", n, to="bob")
        if held[i]:
            since[f"dm:bob:u{i}"] = min(held[i], count)
    with (
        patch("parley.chat.sync.PAGE_ENTRIES", page),
        patch("parley.chat.sync.PAGE_CONVERSATIONS", conversations),
        patch("parley.chat.sync.SKIM", page),
    ):
        pages = world.sync_all(world.bob, since)
    got = [(e.conversation, e.seq) for p in pages for e in p.entries]
    expected = [
        (name, seq)
        for i, count in enumerate(counts)
        for name in [f"dm:bob:u{i}"]
        for seq in range(since.get(name, 0) + 1, count + 1)
    ]
    assert got == expected
    assert [c.conversation for p in pages for c in p.conversations] == sorted(
        f"dm:bob:u{i}" for i in range(len(counts))
    )
