import json
from base64 import urlsafe_b64encode
from typing import Any

import msgspec
import pytest

from parley.chat import sync
from parley.chat.entries import Entry
from parley.chat.memory import MemoryDirectory
from parley.core import errors
from realtime import frames
from tests.unit.chat.world import DM, World

FAR = urlsafe_b64encode(json.dumps(["", DM, 10**50]).encode()).decode()
"""A well-formed cursor, with a seq that no DynamoDB number can hold."""
BEYOND = [urlsafe_b64encode(json.dumps(place, ensure_ascii=False).encode()).decode() for place in
          (["\U0010ffff"], ["\U0010ffff" * 9], ["x"], ["dm:b:a "], ["", "\U0010ffff", 1])]  # fmt: skip
"""Cursors of the right form that name no conversation: the first two lie behind every key there can be."""


def entries(pages) -> list[Entry]:
    return [e for page in pages for e in page.entries]


def test_a_new_device_gets_everything(world: World):
    world.fill(3)
    [page] = world.sync_all(world.bob)
    assert [e.seq for e in page.entries] == [1, 2, 3]
    assert not page.cursor


def test_only_what_is_behind_the_cursor_is_sent(world: World):
    world.fill(5)
    assert [e.seq for e in entries(world.sync_all(world.bob, {DM: 3}))] == [4, 5]


def test_a_lagging_head_hides_no_entry_and_no_count(world: World):
    world.fill(2)
    world.notify(world.entries.entries[DM][:1])
    [page] = world.sync_all(world.bob, {DM: 1})
    assert [e.seq for e in page.entries] == [2]
    assert (page.conversations[0].seq, page.conversations[0].count) == (2, 2)


def test_conversations_the_client_does_not_know_are_sent_whole(world: World):
    world.stored.upsert_user("carol", "consumer", "")
    world.fill(1)
    carol = world.session("carol", "consumer", "phone")
    world.send(carol, "c1", 0, to="bob")
    assert {e.conversation for e in entries(world.sync_all(world.bob, {DM: 1}))} == {"dm:bob:carol"}


def test_somebody_elses_conversation_named_in_since_is_simply_not_there(world: World):
    world.fill(2)
    carol = world.session("carol", "consumer", "phone")
    [page] = world.sync_all(carol, {DM: 0})
    assert (page.entries, page.memberships, page.conversations) == ([], [], [])


def test_marks_of_all_members_and_the_unread_count_come_along(world: World):
    world.fill(4)  # by alice, bob, alice, bob
    world.mark(world.alice, read=2)
    [page] = world.sync_all(world.alice)
    assert {(m.user, m.delivered, m.read, m.read_count) for m in page.memberships} == {
        ("alice", 2, 2, 2),
        ("bob", 0, 0, 0),
    }
    assert page.conversations[0].unread == 1  # whoever wrote the third entry has read what stood before it


def test_a_long_log_comes_in_pages_without_a_gap(world: World):
    world.fill(sync.PAGE_ENTRIES + 50)
    pages = world.sync_all(world.bob)
    assert len(pages) == 2
    assert [e.seq for e in entries(pages)] == list(range(1, sync.PAGE_ENTRIES + 51))
    assert [len(p.conversations) for p in pages] == [0, 1]  # the summary comes with the last entries


def test_a_page_of_many_conversations_has_no_more_entries_than_one_of_a_single(world: World):
    for i in range(32):
        world.stored.upsert_user(f"u{i:02}", "consumer", "")
        by = world.session(f"u{i:02}", "consumer", "d")
        for n in range(7):
            world.send(by, f"m{n}", n, to="bob")
    pages = world.sync_all(world.bob)
    assert [len(p.entries) for p in pages] == [sync.PAGE_ENTRIES, 24]


def test_a_page_stays_below_what_api_gateway_carries(world: World):
    for i in range(20):
        world.now += 10_000
        world.send(world.alice, f"m{i}", i, "\U0001f600" * 7_000)  # 28 KB each
    pages = world.sync_all(world.bob)
    assert [e.seq for e in entries(pages)] == list(range(1, 21))
    assert all(len(frames.encode(frames.synced(p, "sync", "12345678"))) < 128 * 1024 for p in pages)
    assert len(pages) == 5


def test_no_more_is_read_than_is_sent_but_for_a_little(world: World):
    for i in range(40):
        world.stored.upsert_user(f"u{i:02}", "consumer", "")
        by = world.session(f"u{i:02}", "consumer", "d")
        for n in range(30):
            world.now += 10_000
            world.send(by, f"m{n}", n, "x" * 1_000, to="bob")
    original, read = world.entries.after, 0

    def counted(*asked: Any) -> tuple[list[Entry], bool]:
        nonlocal read
        found, more = original(*asked)
        read += len(found)
        return found, more

    world.entries.after = counted
    sent = len(entries(world.sync_all(world.bob)))
    assert sent == 1_200
    assert read < 2 * sent


def test_the_fullest_page_stays_below_what_api_gateway_carries(world: World):
    long = "u" * 60
    bob = world.session("b" * 64, "provider", "d")
    world.stored.upsert_user(bob.user, "provider", "")
    for i in range(sync.PAGE_CONVERSATIONS):
        by = world.session(f"{long}{i:04}", "consumer", "d")
        world.stored.upsert_user(by.user, "consumer", "")
        for n in range(4):
            world.now += 10_000
            world.send(by, f"{'i' * 60}{n:04}", n, "x" * 700, to=bob.user)
    for page in world.sync_all(bob):
        assert len(frames.encode(frames.synced(page, "sync", "12345678"))) < 128 * 1024


def test_many_conversations_come_in_pages_too(world: World):
    users = [f"u{i:03}" for i in range(sync.PAGE_CONVERSATIONS * 2 + 5)]
    for user in users:
        world.stored.upsert_user(user, "consumer", "")
        world.send(world.bob, "hi", 0, to=user)
    pages = world.sync_all(world.bob)
    assert len(pages) == 3
    assert len(entries(pages)) == len(users)
    names = [c.conversation for p in pages for c in p.conversations]
    assert names == sorted(names)


def test_entries_written_between_two_pages_are_not_missed(world: World):
    world.fill(sync.PAGE_ENTRIES + 10)
    first = world.sync(world.bob)
    world.now += 10_000
    world.send(world.alice, "late", sync.PAGE_ENTRIES + 10)
    assert isinstance(first.cursor, str)
    second = world.sync(world.bob, cursor=first.cursor)
    assert entries([first, second])[-1].id == "late"


def test_marks_and_heads_are_read_strongly_so_that_they_are_no_older_than_the_entries(world: World):
    world.fill(2)
    world.notify(world.entries.entries[DM])
    world.mark(world.alice, read=2)
    stored = world.stored

    class Weak(MemoryDirectory):
        def find(self, **asked: Any) -> Any:
            found = stored.find(**asked)
            return found if asked.get("strong") else msgspec.structs.replace(found, memberships={}, summaries={})

        def __getattribute__(self, name: str) -> Any:
            return object.__getattribute__(self, name) if name == "find" else getattr(stored, name)

    world.directory = Weak()
    [page] = world.sync_all(world.bob, {DM: 2})
    assert {(m.user, m.read) for m in page.memberships} == {("alice", 2), ("bob", 0)}
    assert page.conversations[0].unread == 0  # he wrote the last one, which only the head remembers


def test_the_newest_entry_is_read_where_the_head_lags(world: World):
    world.fill(2)
    asked: list[int] = []
    real = world.entries.newest

    def newest(conversation: str, since: int, limit: int) -> list[Entry]:
        asked.append(limit)
        return real(conversation, since, limit)

    world.entries.newest = newest
    [page] = world.sync_all(world.bob, {DM: 2})
    assert (page.conversations[0].seq, asked) == (2, [1])


def test_a_device_ahead_of_a_restored_log_is_told_where_it_ends(world: World):
    world.fill(3)
    [page] = world.sync_all(world.bob, {DM: 9})
    assert (page.entries, page.conversations[0].seq) == ([], 3)


def test_a_conversation_of_which_nothing_is_left_stands_at_its_beginning(world: World):
    world.fill(2)
    world.entries.entries.clear()
    [page] = world.sync_all(world.bob)
    assert page.entries == []
    assert page.conversations == [sync.Summary(DM, 0, 0, unread=0, muted=0, archived=False, pinned=False)]


@pytest.mark.parametrize("cursor", ["x", "!!!", "bm90anNvbg==", "WzEsMiwzXQ==", "W10=", "ä", FAR, *BEYOND])
def test_a_forged_cursor_is_refused(world: World, cursor: str):
    with pytest.raises(errors.BadRequest):
        world.sync(world.bob, cursor=cursor)


def test_a_sync_does_not_show_the_marks_of_a_user_who_blocks_the_asker(world: World):
    world.fill(2)
    world.mark(world.bob, read=2)
    world.mark(world.alice, read=1)
    world.directory.block("bob", "alice")
    assert [(m.user, m.read) for m in world.sync(world.alice).memberships] == [("alice", 1)]
    assert {(m.user, m.read) for m in world.sync(world.bob).memberships} == {("alice", 1), ("bob", 2)}
    world.directory.unblock("bob", "alice")
    assert {(m.user, m.read) for m in world.sync(world.alice).memberships} == {("alice", 1), ("bob", 2)}
