"""``parley.chat.ports.Blocks`` and ``BlockCounts``, and what lookups find of them, on every adapter."""

import pytest

from parley.chat.memory import MemoryDirectory
from parley.chat.ports import FEW_BLOCKS, Snapshot
from parley.core.errors import NotFound
from parley.delivery.aws import items as delivery
from parley.delivery.model import Connection
from tests.contract.conftest import Storage

MANY = [f"u{n:02}" for n in range(FEW_BLOCKS + 3)]


@pytest.fixture
def known(storage: Storage) -> Storage:
    for user in ("alice", "bob"):
        storage.directory.upsert_user(user, "consumer", "")
    return storage


def uncount(storage: Storage, user: str) -> None:
    """Leave the user's row as an earlier version would have written it."""
    directory = storage.directory
    if isinstance(directory, MemoryDirectory):
        del directory.digests[user]
    else:
        directory._client.update_item(  # type: ignore[attr-defined]
            TableName=directory._table,  # type: ignore[attr-defined]
            Key=delivery.recipient_key(user),
            UpdateExpression="REMOVE blocked, blocks",
        )


def look(storage: Storage, *others: str) -> Snapshot:
    """Whom Alice blocks, read with her row; which is the same without it, and beside entries."""
    pairs = [("alice", other) for other in others]
    found = storage.directory.find(recipients=["alice"], blocks=pairs, strong=True)
    assert storage.directory.find(blocks=pairs, strong=True).blocks == found.blocks
    beside, _ = storage.log_snapshots.find_with_entries("dm:alice:bob", (1,), recipients=["alice"], blocks=pairs)
    assert (beside.blocks, beside.uncounted) == (found.blocks, found.uncounted)
    return found


def blocked(storage: Storage, *others: str) -> set[str]:
    return {other for _, other in look(storage, *others).blocks}


def test_a_user_blocks_nobody_before_they_exist(storage: Storage):
    with pytest.raises(NotFound):
        storage.directory.block("alice", "bob")
    storage.directory.unblock("alice", "bob")
    storage.directory.count_blocks("alice")
    assert storage.directory.blocked("alice", "", 2) == ([], False)
    found = look(storage, "bob")
    assert (found.recipients, found.blocks, found.uncounted) == ({}, set(), {})


def test_blocks_are_set_listed_and_lifted(known: Storage):
    for other in ("dan", "bob", "cem", "bob"):
        known.directory.block("alice", other)
    known.directory.block("bob", "alice")
    assert known.directory.blocked("alice", "", 2) == (["bob", "cem"], True)
    assert known.directory.blocked("alice", "cem", 2) == (["dan"], False)
    known.directory.unblock("alice", "bob")
    known.directory.unblock("alice", "bob")
    known.directory.unblock("alice", "never")
    assert known.directory.blocked("alice", "", 9) == (["cem", "dan"], False)
    assert blocked(known, "bob", "cem", "dan", "never") == {"cem", "dan"}


def test_no_block_is_lost_however_many_there_are_and_whichever_is_lifted_first(known: Storage):
    for n, other in enumerate(MANY):
        known.directory.block("alice", other)
        assert blocked(known, *MANY) == set(MANY[: n + 1])
    left = set(MANY)
    for other in (MANY[0], MANY[-1], *MANY[1:-1]):
        known.directory.unblock("alice", other)
        left.discard(other)
        assert blocked(known, *MANY) == left
    assert known.directory.blocked("alice", "", 99) == ([], False)


def test_the_row_of_whoever_is_created_is_counted(storage: Storage):
    storage.directory.upsert_user("alice", "consumer", "")
    assert look(storage, "bob").uncounted == {}
    storage.directory.upsert_user("alice", "provider", "")
    storage.directory.add_connection("alice", "consumer", Connection("c1", "d", 1_000, 2_000))
    storage.directory.add_connection("bob", "consumer", Connection("c2", "d", 1_000, 2_000))
    found = storage.directory.find(recipients=["alice", "bob"], blocks=[("alice", "bob"), ("bob", "alice")])
    assert (set(found.recipients), found.uncounted) == ({"alice", "bob"}, {})


@pytest.mark.parametrize("count", [0, 2, len(MANY)])
def test_a_row_of_an_earlier_version_says_nothing_until_it_is_counted(known: Storage, count: int):
    for other in MANY[:count]:
        known.directory.block("alice", other)
    uncount(known, "alice")
    found = look(known, *MANY)
    assert ({o for _, o in found.blocks}, found.uncounted) == (set(MANY[:count]), {"alice": 0})
    for at in (5_000, 6_000):
        known.directory.add_connection("alice", "consumer", Connection(f"c{at}", "d", at, 9_000))
    known.directory.upsert_user("alice", "provider", "")
    found = look(known, *MANY)
    assert ({o for _, o in found.blocks}, found.uncounted) == (set(MANY[:count]), {"alice": 5_000})
    for _ in range(2):
        known.directory.count_blocks("alice")
        found = look(known, *MANY)
        assert ({o for _, o in found.blocks}, found.uncounted) == (set(MANY[:count]), {})


def test_whoever_blocks_or_unblocks_has_their_row_counted(known: Storage):
    for other in ("bob", "cem"):
        known.directory.block("alice", other)
    uncount(known, "alice")
    known.directory.block("alice", "dan")
    assert (blocked(known, "bob", "cem", "dan"), look(known, "bob").uncounted) == ({"bob", "cem", "dan"}, {})
    uncount(known, "alice")
    known.directory.unblock("alice", "cem")
    assert (blocked(known, "bob", "cem", "dan"), look(known, "bob").uncounted) == ({"bob", "dan"}, {})
