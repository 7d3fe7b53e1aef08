from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from parley.chat.entries import Body, Entry, MessageEntry
from parley.chat.inbox import listing
from parley.chat.memory import MemoryDirectory
from parley.core import errors, pages
from tests.ties import ReversedTies
from tests.unit.chat.world import DM, World

HOUR = 60 * 60 * 1000


def say(world: World, user: str, at: int, text: str = "hi") -> Entry:
    """``user`` writes to Alice, and the notifier sees it."""
    conversation = "dm:" + ":".join(sorted(("alice", user)))
    if user not in world.stored.users:
        world.directory.upsert_user(user, "consumer", "")
    n = len(world.entries.entries.get(conversation, [])) + 1
    entry = MessageEntry(conversation, n, n, f"m{n}", user, at, Body(text))
    world.log.append(entry, sorted(("alice", user)))
    world.now = at
    world.notify([entry])
    return entry


def keep(world: World, user: str, **changes: bool) -> None:
    key = ("alice", "dm:" + ":".join(sorted(("alice", user))))
    world.directory.store_preferences(world.stored.members[key], replace(world.stored.members[key], **changes))


def read(world: World, limit: int = 50, *, archived: bool = False) -> list[listing.Row]:
    rows: list[listing.Row] = []
    cursor = ""
    while True:
        page = listing.page(world.alice, cursor, limit, world.directory, world.directory, archived=archived)
        rows += page.rows
        cursor = page.cursor
        if not cursor:
            return rows


def test_the_newest_comes_first_also_within_the_hour(world: World):
    for n, user in enumerate(("ann", "ben", "cem")):
        say(world, user, n + 1)
    say(world, "ann", 100)  # her place does not move: the hour is not over
    assert [row.other for row in read(world)] == ["ann", "cem", "ben"]
    say(world, "ben", 100 + HOUR)
    assert [row.other for row in read(world)] == ["ben", "ann", "cem"]


def test_a_row_tells_what_a_list_shows(world: World):
    world.stored.upsert_user("ann", "provider", "Ann")
    say(world, "ann", 5, "one")
    say(world, "ann", 9, "two\nlines")
    [row] = read(world)
    assert row.summary is not None
    assert row.recipient is not None
    assert (row.summary.preview, row.summary.sender, row.at, row.summary.unread(row.membership)) == (
        "two lines",
        "ann",
        9,
        2,
    )
    assert (row.recipient.name, row.recipient.role) == ("Ann", "provider")


def test_who_has_blocked_the_asker_is_not_shown_to_them(world: World):
    world.send(world.alice, "m1", 0)
    world.directory.block("bob", "alice")
    [row] = read(world)
    assert (row.other, row.recipient) == ("bob", None)


def test_one_that_has_only_just_begun_is_there_before_the_notifier_has_seen_it(world: World):
    world.send(world.alice, "m1", 0)
    [row] = read(world)
    assert (row.membership.conversation, row.summary, row.at) == (DM, None, world.now)


def test_archived_ones_are_in_a_list_of_their_own_also_while_the_index_lags(world: World):
    for n, user in enumerate(("ann", "ben", "cem")):
        say(world, user, n + 1)
    keep(world, "ben", archived=True)
    assert [row.other for row in read(world)] == ["cem", "ann"]
    assert [row.other for row in read(world, archived=True)] == ["ben"]
    old = world.directory.inbox_page("alice", None, 9)
    keep(world, "ann", archived=True)
    world.directory.inbox_page = lambda *_, **__: old
    assert [row.other for row in read(world)] == ["cem"]


@pytest.mark.parametrize(
    "forged",
    ["x", pages.encode(listing._Cursor(0, DM)), pages.encode(listing._Cursor(-5, DM)),
     pages.encode(listing._Cursor(10**30, DM)), pages.encode(listing._Cursor(5, "U#bob"))],
)  # fmt: skip
def test_a_forged_cursor_is_refused(world: World, forged: str):
    with pytest.raises(errors.BadRequest):
        listing.page(world.alice, forged, 5, world.directory, world.directory)


def test_a_page_has_no_more_than_it_can_be_read_in(world: World):
    for n in range(listing.PAGE + 1):
        say(world, f"u{n}", n + 1)
    page = listing.page(world.alice, "", 1_000, world.directory, world.directory)
    assert (len(page.rows), bool(page.cursor)) == (listing.PAGE, True)


_told = st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 3 * HOUR), st.sampled_from(["say", "pin", "archive"]))


@given(
    story=st.lists(_told, max_size=25), limit=st.integers(1, 4), stored=st.sampled_from([MemoryDirectory, ReversedTies])
)
def test_pages_have_each_conversation_once_pinned_first_and_newest_first_to_the_hour(
    story: list[tuple[str, int, str]], limit: int, stored: type[MemoryDirectory]
):
    world, now = World(stored()), 1
    users = set()
    for user, later, what in story:
        now += later
        if what == "say" or user not in users:
            say(world, user, now)
            users.add(user)
        else:
            keep(world, user, **{"pinned": True} if what == "pin" else {"archived": True})
    archived = {u for u in users if world.stored.members["alice", f"dm:{min('alice', u)}:{max('alice', u)}"].archived}
    rows = read(world, limit)
    assert sorted(r.other for r in rows) == sorted(users - archived)
    assert sorted(r.other for r in read(world, limit, archived=True)) == sorted(archived)
    for above, below in pairwise(rows):
        assert above.membership.pinned >= below.membership.pinned
        if above.membership.pinned == below.membership.pinned:
            assert above.at > below.at - HOUR
    whole = [(r.membership.pinned, r.at) for r in read(world)]
    assert whole == sorted(whole, reverse=True)
