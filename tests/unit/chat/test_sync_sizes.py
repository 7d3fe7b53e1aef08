"""How many bytes the parts of a sync take: what a page sets aside for them must be enough."""

import pytest

from parley.chat import sync
from parley.chat.entries import Entry
from parley.chat.fields import MAX_SEQ
from parley.chat.model import ConversationSummary, Membership
from realtime import frames
from tests.unit.chat.world import World

ME = "m" * 64
FAR = {"delivered": MAX_SEQ, "read": MAX_SEQ, "read_count": MAX_SEQ, "pushed": MAX_SEQ}


def other(n: int) -> str:
    return f"{'u' * 60}{n:04}"


def populate(world: World, conversations: int) -> None:
    """These conversations have the longest names and the largest numbers; none of their entries is left."""
    for n in range(conversations):
        name = f"dm:{ME}:{other(n)}"
        for user in (ME, other(n)):
            world.stored.members[user, name] = Membership(user, name, **FAR, muted=MAX_SEQ)
        world.stored.summaries[name] = ConversationSummary(name, MAX_SEQ, MAX_SEQ, MAX_SEQ, ME, "", {})


def encoded(page: sync.Page) -> int:
    return len(frames.encode(frames.synced(page, "i" * 64, "12345678")))


def size(conversations: int) -> int:
    world = World()
    populate(world, conversations)
    return encoded(world.sync(world.session(ME, "provider", "d")))


def test_what_is_set_aside_for_a_conversation_and_for_the_rest_is_enough():
    assert size(2) - size(1) <= sync._CONVERSATION_BYTES
    assert size(0) <= sync._ENVELOPE_BYTES
    assert size(1) <= sync._ENVELOPE_BYTES + sync._CONVERSATION_BYTES


@pytest.mark.parametrize("text", [1, 300, 700, 1_500, 2_850, 2_950, 8_000])
def test_no_page_has_more_than_its_bytes_and_none_is_empty(world: World, text: int):
    me = world.session(ME, "provider", "d")
    world.stored.upsert_user(ME, "provider", "")
    for n in range(sync.PAGE_CONVERSATIONS):
        world.stored.upsert_user(other(n), "consumer", "")
        by = world.session(other(n), "consumer", "d")
        for i in range(3):
            world.now += 10_000
            world.send(by, f"{'i' * 60}{i:04}", i, "x" * text, to=ME)
    pages = world.sync_all(me)
    assert all(encoded(p) <= sync.PAGE_BYTES for p in pages)
    assert all(p.entries for p in pages)
    assert sum(len(p.entries) for p in pages) == 3 * sync.PAGE_CONVERSATIONS


def test_conversations_without_anything_new_take_their_room_too(world: World):
    populate(world, sync.PAGE_CONVERSATIONS)
    world.stored.upsert_user(ME, "provider", "")
    world.stored.upsert_user(other(0), "consumer", "")
    by = world.session(other(0), "consumer", "d")
    for i in range(28):
        world.now += 10_000
        world.send(by, f"m{i}", i, "x" * 3_900, to=ME)
    pages = world.sync_all(world.session(ME, "provider", "d"))
    assert all(encoded(p) <= sync.PAGE_BYTES for p in pages)
    assert [len(p.entries) for p in pages] == [28, 0]
    assert sum(len(p.conversations) for p in pages) == sync.PAGE_CONVERSATIONS


@pytest.mark.parametrize(("text", "limits"), [(1, [8, 192]), (3_700, [8, 23, 1])])
def test_of_an_unfinished_conversation_as_much_is_read_as_is_likely_to_fit(
    world: World, monkeypatch: pytest.MonkeyPatch, text: int, limits: list[int]
):
    for i in range(230):
        world.now += 10_000
        world.send(world.alice, f"m{i:03}", i, "x" * text)
    asked: list[int] = []
    real = world.entries.after

    def after(conversation: str, seq: int, limit: int) -> tuple[list[Entry], bool]:
        asked.append(limit)
        return real(conversation, seq, limit)

    monkeypatch.setattr(world.entries, "after", after)
    world.sync(world.bob)
    assert asked == limits
