"""Blocks on DynamoDB: what is read, and what the row says when two write at the same time."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from parley.chat.aws import items
from parley.chat.aws.blocks import DynamoBlocks
from parley.chat.aws.snapshots import DynamoLogSnapshots, DynamoSnapshots
from parley.chat.model import BlockDigest
from parley.chat.ports import FEW_BLOCKS
from parley.core.errors import Unavailable
from parley.delivery.aws import items as delivery
from parley.delivery.aws.users import DynamoUsers
from tests import tables

PAIRS = [("alice", "bob"), ("bob", "alice")]
FULL = [f"u{n:02}" for n in range(FEW_BLOCKS)]


class Table:
    """Alice and Bob, and a client that remembers which items it has been asked for, by call."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.blocks = DynamoBlocks(client, "Directory")
        for user in ("alice", "bob"):
            DynamoUsers(client, "Directory").upsert_user(user, "consumer", "")

    def row(self) -> BlockDigest | None:
        """What Alice's row says."""
        key = delivery.recipient_key("alice")
        return items.digest(self.client.get_item(TableName="Directory", Key=key, ConsistentRead=True)["Item"])

    def meanwhile(self, monkeypatch: pytest.MonkeyPatch, method: str, then: Callable[[], None]) -> None:
        """Have something happen once, just after a method has read."""
        real, left = getattr(self.blocks, method), [then]

        def interrupted(*arguments: Any) -> Any:
            read = real(*arguments)
            if left:
                left.pop()()
            return read

        monkeypatch.setattr(self.blocks, method, interrupted)


@pytest.fixture
def table() -> Iterator[Table]:
    with mock_aws():
        client = boto3.client("dynamodb")
        tables.create(client, "Log", "Directory")
        yield Table(client)


@pytest.fixture
def other(table: Table) -> DynamoBlocks:
    """Another function, at the same time."""
    return DynamoBlocks(table.client, "Directory")


def asked(table: Table, monkeypatch: pytest.MonkeyPatch, find: Callable[[], Any]) -> list[list[str]]:
    """The sort keys of each call that a lookup makes."""
    calls: list[list[str]] = []
    real = table.client.batch_get_item

    def batch_get_item(RequestItems: Any) -> Any:  # noqa: N803
        keys = [k for wanted in RequestItems.values() for k in wanted["Keys"]]
        calls.append(sorted(k["sk"]["S"] if "sk" in k else k["seq"]["N"] for k in keys))
        return real(RequestItems=RequestItems)

    with monkeypatch.context() as patch:
        patch.setattr(table.client, "batch_get_item", batch_get_item)
        find()
    return calls


def test_a_row_that_says_all_spares_the_items(table: Table, monkeypatch: pytest.MonkeyPatch):
    table.blocks.block("alice", "carol")
    both = DynamoLogSnapshots(table.client, "Log", "Directory")
    find = DynamoSnapshots(table.client, "Directory").find
    assert asked(
        table,
        monkeypatch,
        lambda: both.find_with_entries("dm:alice:bob", (3, 4), recipients=("alice", "bob"), blocks=PAIRS),
    ) == [["3", "4", "REACH", "REACH"]]
    assert asked(table, monkeypatch, lambda: find(recipients=("alice", "bob"), blocks=PAIRS)) == [["REACH", "REACH"]]
    # The row of who is not looked up is not read only for a block.
    assert asked(table, monkeypatch, lambda: find(recipients=["bob"], blocks=PAIRS)) == [["B#bob", "REACH"]]


def test_only_what_a_row_leaves_open_is_read_behind_it(table: Table, monkeypatch: pytest.MonkeyPatch):
    for name in (*FULL, "zoe"):
        table.blocks.block("alice", name)
    both = DynamoLogSnapshots(table.client, "Log", "Directory")
    found = asked(
        table,
        monkeypatch,
        lambda: both.find_with_entries("dm:alice:bob", (3,), recipients=("alice", "bob"), blocks=PAIRS),
    )
    assert found == [["3", "REACH", "REACH"], ["B#bob"]]
    known = [("alice", FULL[0])]
    assert (
        len(asked(table, monkeypatch, lambda: both.find_with_entries("x", (), recipients=["alice"], blocks=known))) == 1
    )


def test_a_row_never_has_more_than_a_few(table: Table, other: DynamoBlocks, monkeypatch: pytest.MonkeyPatch):
    for name in FULL[:-1]:
        table.blocks.block("alice", name)
    table.meanwhile(monkeypatch, "_digest", lambda: other.block("alice", "quick"))
    table.blocks.block("alice", "late")
    row = table.row()
    assert row is not None
    assert row == BlockDigest(frozenset({*FULL[:-1], "quick"}), FEW_BLOCKS + 1)
    table.blocks.unblock("alice", "quick")
    row = table.row()
    assert row is not None
    assert row == BlockDigest(frozenset(FULL[:-1]), FEW_BLOCKS)
    assert row.says("late") is None
    table.blocks.unblock("alice", "late")
    assert table.row() == BlockDigest(frozenset(FULL[:-1]), FEW_BLOCKS - 1)


def test_whoever_blocks_twice_at_once_is_counted_once(
    table: Table, other: DynamoBlocks, monkeypatch: pytest.MonkeyPatch
):
    table.blocks.block("alice", "carol")
    table.blocks.block("alice", "carol")
    assert table.row() == BlockDigest(frozenset({"carol"}), 1)
    table.meanwhile(monkeypatch, "_digest", lambda: other.unblock("alice", "carol"))
    table.blocks.block("alice", "carol")
    assert table.row() == BlockDigest(frozenset({"carol"}), 1)


def test_a_block_made_while_a_row_is_counted_is_not_lost(
    table: Table, other: DynamoBlocks, monkeypatch: pytest.MonkeyPatch
):
    table.client.update_item(
        TableName="Directory", Key=delivery.recipient_key("alice"), UpdateExpression="REMOVE blocked"
    )
    table.meanwhile(monkeypatch, "blocked", lambda: other.block("alice", "carol"))
    table.blocks.count_blocks("alice")
    assert table.row() == BlockDigest(frozenset({"carol"}), 1)


@pytest.mark.parametrize("blocked", [False, True])
def test_a_row_that_another_version_has_left_wrong_is_counted_again_at_the_next_try(table: Table, blocked: bool):
    """An earlier version, which ran once more after this one, has put or deleted an item, and left the row alone."""
    key = items.block_key("alice", "bob")
    if blocked:
        table.blocks.block("alice", "bob")
        table.client.delete_item(TableName="Directory", Key=key)
        table.blocks.unblock("alice", "bob")
    else:
        table.client.put_item(TableName="Directory", Item=key)
        table.blocks.block("alice", "bob")
    assert table.row() is None
    found = DynamoSnapshots(table.client, "Directory").find(recipients=["alice"], blocks=[("alice", "bob")])
    assert (bool(found.blocks), found.uncounted) == (not blocked, {"alice": 1})
    table.blocks.count_blocks("alice")
    assert table.row() == BlockDigest(frozenset(set() if blocked else {"bob"}), not blocked)


def test_what_is_left_of_an_erased_user_can_be_unblocked(table: Table):
    table.blocks.block("alice", "bob")
    table.client.delete_item(TableName="Directory", Key=delivery.recipient_key("alice"))
    table.blocks.unblock("alice", "bob")
    assert table.blocks.blocked("alice", "", 9) == ([], False)


@pytest.mark.parametrize("method", ["block", "unblock"])
def test_who_always_loses_a_race_is_told_to_come_back(table: Table, method: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table.blocks, "_transact", lambda *_: ["None", "ConditionalCheckFailed"])
    with pytest.raises(Unavailable):
        getattr(table.blocks, method)("alice", "bob")
