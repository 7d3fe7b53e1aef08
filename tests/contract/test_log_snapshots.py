"""``parley.chat.ports.LogSnapshots``, on every adapter."""

from parley.chat.entries import Body, MessageEntry
from parley.core.writes import STORED
from tests.contract.conftest import Storage

DM = "dm:alice:bob"
MEDIA = "01JDA0000000000000000000AA"


def fill(storage: Storage, n: int) -> list[MessageEntry]:
    entries = [MessageEntry(DM, seq, seq, f"m{seq}", "alice", 1_000 + seq, Body("hello")) for seq in range(1, n + 1)]
    for entry in entries:
        assert storage.log.append(entry, ("alice", "bob")) == STORED
    return entries


def test_entries_are_found_by_seq_and_what_does_not_exist_is_left_out(storage: Storage):
    entries = fill(storage, 3)
    found, by_seq = storage.log_snapshots.find_with_entries(DM, (2, 3, 4))
    assert by_seq == {2: entries[1], 3: entries[2]}
    assert (found.recipients, found.memberships, found.blocks, found.media) == ({}, {}, set(), {})


def test_both_tables_are_read_at_once(storage: Storage):
    [first] = fill(storage, 1)
    storage.directory.upsert_user("alice", "consumer", "Alice")
    storage.directory.upsert_user("bob", "provider", "Bob")
    storage.directory.block("bob", "alice")
    users, blocks = ("alice", "bob", "carol"), [("bob", "alice"), ("alice", "bob")]
    wanted = {"recipients": users, "memberships": [("alice", DM), ("carol", DM)], "blocks": blocks, "media": [MEDIA]}
    found, by_seq = storage.log_snapshots.find_with_entries(DM, (1, 2), **wanted)
    assert by_seq == {1: first}
    assert found == storage.directory.find(**wanted, strong=True)
    assert set(found.memberships) == {("alice", DM)}
    assert set(found.recipients) == {"alice", "bob"}
    assert found.blocks == {("bob", "alice")}


def test_seqs_that_cannot_be_and_seqs_given_twice_are_no_error(storage: Storage):
    [first] = fill(storage, 1)
    assert storage.log_snapshots.find_with_entries(DM, (-7, 0, 1, 1))[1] == {1: first}
    assert storage.log_snapshots.find_with_entries(DM, (-7, 0))[1] == {}


def test_another_conversations_entries_are_not_found(storage: Storage):
    fill(storage, 2)
    assert storage.log_snapshots.find_with_entries("dm:alice:carol", (1, 2))[1] == {}
