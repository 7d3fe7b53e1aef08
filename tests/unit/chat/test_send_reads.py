"""What a send reads, and that a weak read that misses something neither doubles, loses nor refuses a message."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from parley.chat import send
from parley.chat.entries import Entry, MessageEntry
from parley.chat.memory import MemoryDirectory, MemoryLog
from parley.chat.model import BlockDigest
from parley.chat.people import blocking
from parley.core import errors
from parley.core.writes import Occupied, Stored
from parley.delivery.ports import Delivery
from tests.unit.chat.world import DM, World


class StaleLog(MemoryLog):
    """A log whose weak reads miss what DynamoDB allows them to miss."""

    missing: frozenset[int] = frozenset()

    def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
        return None if seq in self.missing and not strong else super().entry(conversation, seq, strong=strong)


@pytest.mark.parametrize("missing", [{3}, {2, 3}, {1, 2, 3}, {2}, {1}, {1, 2}])
def test_a_stale_read_neither_doubles_nor_refuses(world: World, missing: set[int]):
    stale = StaleLog(world.stored)
    world.log = world.entries = stale
    world.send(world.alice, "m1", 0)
    world.send(world.bob, "m2", 1)
    world.send(world.alice, "m3", 2)
    stale.missing = frozenset(missing)
    assert world.send(world.bob, "m2", 1).entry.seq == 2
    assert world.send(world.alice, "m3", 1).entry.seq == 3  # its own entry lies behind another's
    assert world.send(world.alice, "m4", 3).entry.seq == 4
    assert [e.id for e in stale.entries[DM]] == ["m1", "m2", "m3", "m4"]


def test_a_stale_read_of_after_is_not_taken_for_an_after_ahead_of_the_log(world: World):
    stale = StaleLog(world.stored)
    world.log = world.entries = stale
    world.fill(2)
    stale.missing = frozenset({2})
    sent = world.send(world.alice, "m3", 2).entry
    assert (sent.seq, sent.count) == (3, 3)
    with pytest.raises(errors.Conflict, match="ahead"):
        world.send(world.alice, "m5", 5)


class Watched(MemoryLog):
    """Counts the queries for the tail, and the appends."""

    def __init__(self, directory: MemoryDirectory) -> None:
        super().__init__(directory)
        self.queries = 0
        self.appends = 0

    def newest(self, conversation: str, since: int, limit: int) -> list[Entry]:
        self.queries += 1
        return super().newest(conversation, since, limit)

    def append(self, entry: Entry, members: Sequence[str]) -> Stored | Occupied[Entry]:
        self.appends += 1
        return super().append(entry, members)


@pytest.fixture
def watched(world: World) -> Watched:
    world.log = world.entries = Watched(world.stored)
    return world.entries


def test_who_knows_the_tail_or_lacks_one_entry_needs_no_query(world: World, watched: Watched):
    world.send(world.alice, "m1", 0)
    watched.queries = 0
    world.send(world.bob, "m2", 1)
    world.send(world.alice, "m3", 1)  # one behind
    world.send(world.alice, "m3", 2)  # a retry whose entry is next to its ``after``
    assert [e.id for e in watched.entries[DM]] == ["m1", "m2", "m3"]
    assert (watched.queries, watched.appends) == (0, 3)


def test_a_retry_whose_entry_holds_the_slot_needs_no_query_in_an_old_conversation_either(
    world: World, watched: Watched
):
    world.fill(20)
    world.send(world.alice, "m1", 20)
    watched.queries = 0
    assert world.send(world.alice, "m1", 20).repeated
    assert (watched.queries, len(watched.entries[DM])) == (0, 21)


def test_who_is_far_behind_finds_the_tail_with_one_query_and_does_not_try_every_slot(world: World, watched: Watched):
    world.fill(60)
    watched.queries = watched.appends = 0
    sent = world.send(world.alice, "m1", 11)
    assert (sent.entry.seq, sent.conflicts, watched.queries, watched.appends) == (61, 2, 1, 3)


def test_behind_an_own_message_of_another_device_the_log_is_read_for_flood_control(world: World, watched: Watched):
    world.fill(20)
    world.send(world.alice, "elsewhere", 20)
    watched.queries = 0
    assert world.send(world.alice, "m1", 20).entry.seq == 22
    assert watched.queries == 1


def test_a_monologue_needs_a_query_only_where_flood_control_may_refuse(world: World, watched: Watched):
    for i in range(20):
        world.now += 501
        world.send(world.alice, f"m{i}", i)
    assert watched.queries == 1  # a first message makes sure that the log is empty
    world.now -= 501
    with pytest.raises(errors.RateLimited):
        for i in range(20, 30):
            world.send(world.alice, f"m{i}", i)
    assert watched.queries > 1


def test_an_old_neighbour_says_nothing_about_the_tail(world: World, watched: Watched):
    world.fill(2)
    world.now += send.YOUNG_MS
    watched.queries = 0
    world.send(world.alice, "m3", 2)
    assert watched.queries == 1


def test_where_what_follows_after_is_gone_nothing_is_stored_in_its_place(world: World):
    class Holed(MemoryLog):
        def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
            return None if seq == 3 else super().entry(conversation, seq, strong=strong)

    world.fill(5)
    log = Holed(world.stored)
    log.entries, world.log = world.entries.entries, log
    world.now += send.YOUNG_MS
    assert world.send(world.alice, "new", 2).entry.seq == 6


def test_the_winner_of_a_race_is_not_read_again(world: World, watched: Watched):
    world.fill(12)
    watched.queries = watched.appends = 0
    sent = world.send(world.alice, "late", 11)
    assert (sent.entry.seq, sent.conflicts) == (13, 1)
    assert (watched.queries, watched.appends) == (0, 2)


def test_two_who_write_fast_in_turns_are_not_refused(world: World, watched: Watched):
    for i in range(0, 40, 2):
        world.send(world.alice, f"a{i}", i)
        world.send(world.bob, f"b{i}", i + 1)
    assert len(watched.entries[DM]) == 40


def test_flood_control_holds_for_two_devices_that_do_not_know_each_others_messages(world: World, watched: Watched):
    for i in range(8):
        world.send(world.alice, f"m{i}", i)
    with pytest.raises(errors.RateLimited):
        world.send(world.alice, "m8", 7)
    assert watched.appends == 8


def test_a_retry_that_would_be_refused_now_is_found_wherever_it_is(world: World):
    world.send(world.alice, "m1", 0)
    world.send(world.bob, "b1", 1)
    world.send(world.alice, "m2", 1)
    world.directory.block("bob", "alice")
    assert world.send(world.alice, "m2", 1).entry.seq == 3
    with pytest.raises(errors.Blocked):
        world.send(world.alice, "m3", 1)


def test_a_socket_that_is_still_opening_is_not_forgotten(world: World):
    world.connect(world.bob)
    world.now += 1_000
    world.sockets.failing[world.bob.connection] = Delivery.GONE  # API Gateway says so until $connect has ended
    assert world.send(world.alice, "m1", 0).posted.later == 1
    del world.sockets.failing[world.bob.connection]
    assert world.send(world.alice, "m2", 1).posted.done == 1


def test_a_retry_of_what_is_stored_is_acked_even_if_it_would_be_refused_now(world: World):
    world.connect(world.bob)
    world.send(world.alice, "m1", 0)
    world.directory.block("bob", "alice")
    again = world.send(world.alice, "m1", 0)
    assert (again.repeated, again.entry.seq) == (True, 1)
    assert len(world.heard(world.bob)) == 1  # a user who has blocked the sender since gets no post
    with pytest.raises(errors.Blocked):
        world.send(world.alice, "m2", 1)


def test_a_user_whom_a_weak_read_has_missed_is_looked_up_again(world: World):
    stored = world.stored

    class Weak(MemoryDirectory):
        def find(self, **asked: Any) -> Any:
            found = stored.find(**asked)
            return found if asked.get("strong") else msgspec.structs.replace(found, recipients={})

    world.directory = Weak()
    assert world.send(world.alice, "m1", 0, to="bob").entry.seq == 1


def test_whom_a_weak_read_still_shows_as_blocked_is_looked_up_again(world: World):
    stored = world.stored

    class Weak(MemoryDirectory):
        def find(self, **asked: Any) -> Any:
            found = stored.find(**asked)
            return found if asked.get("strong") else msgspec.structs.replace(found, blocks={("bob", "alice")})

    world.directory = Weak()
    assert world.send(world.alice, "m1", 0).entry.seq == 1
    stored.block("bob", "alice")
    with pytest.raises(errors.Blocked):
        world.send(world.alice, "m2", 1)


def test_a_row_of_an_earlier_version_is_counted_once_that_version_is_gone(world: World):
    for user in ("alice", "bob"):
        del world.stored.digests[user]
    world.stored.blocks.add(("bob", "carol"))
    world.connect(world.bob)
    world.now += blocking.DEPLOYED_MS - 1
    world.send(world.alice, "m1", 0)
    assert world.stored.digests == {}
    world.now += 1
    world.send(world.alice, "m2", 1)
    assert world.stored.digests == {"bob": BlockDigest(frozenset({"carol"}), 1)}  # nobody has written Alice's row yet


def test_a_message_is_acked_although_a_row_cannot_be_counted(world: World, monkeypatch: pytest.MonkeyPatch):
    def count_blocks(user: str) -> None:
        raise errors.Unavailable("busy")

    del world.stored.digests["bob"]
    world.connect(world.bob)
    world.now += blocking.DEPLOYED_MS
    monkeypatch.setattr(world.stored, "count_blocks", count_blocks)
    assert world.send(world.alice, "m1", 0).entry.seq == 1
    assert "bob" not in world.stored.digests


def test_a_storm_of_writers_ends_in_a_retryable_error(world: World):
    class Storm(MemoryLog):
        def append(self, entry: Entry, members: object) -> Stored | Occupied[Entry]:
            super().append(
                MessageEntry(DM, entry.seq, entry.count, f"x{entry.seq}", "bob", 0, entry.body), ("alice", "bob")
            )
            return super().append(entry, ("alice", "bob"))

    world.log = world.entries = Storm(world.stored)
    with pytest.raises(errors.Unavailable):
        world.send(world.alice, "m1", 0)


def test_a_repeat_far_behind_large_entries_is_a_conflict_and_not_read_in_full(world: World):
    world.send(world.bob, "b0", 0)
    world.send(world.alice, "m1", 0)
    for n in range(2, 40):
        world.now += 10_000
        world.send(world.bob, f"b{n}", n, text="x" * 8_000)
    with pytest.raises(errors.Conflict) as raised:
        world.send(world.alice, "m1", 0)
    assert raised.value.tail == 40
    # Closer to the end, the same id is found, or is known to be absent.
    assert world.send(world.bob, "b35", 34).repeated
    assert not world.send(world.alice, "m2", 40).repeated
    assert not world.send(world.alice, "m3", 30).repeated
