"""The ports use ConsistentRead for what they promise to read strongly, and for nothing else.

No contract test can see this: an emulator's weak reads are never stale.
"""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.chat.aws.snapshots import DynamoLogSnapshots

DM = "dm:alice:bob"


@pytest.fixture
def asked() -> list[tuple[str, bool]]:
    """Each call, and whether it asked for a strong read. There is nothing in the tables."""
    return []


@pytest.fixture
def client(asked: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch) -> Any:
    client = boto3.client("dynamodb")

    def query(**wanted: Any) -> Any:
        asked.append(("query", wanted.get("ConsistentRead", False)))
        return {"Items": []}

    def get_item(**wanted: Any) -> Any:
        asked.append(("get_item", wanted.get("ConsistentRead", False)))
        return {}

    def batch_get_item(RequestItems: Any) -> Any:  # noqa: N803
        asked.extend(("batch_get_item", table.get("ConsistentRead", False)) for table in RequestItems.values())
        return {"Responses": {}}

    for call in (query, get_item, batch_get_item):
        monkeypatch.setattr(client, call.__name__, call)
    return client


_LOG: list[tuple[Callable[[DynamoLog], Any], str, bool]] = [
    (lambda log: log.after(DM, 0, 10), "query", True),
    (lambda log: log.before(DM, 9, 10), "query", True),
    (lambda log: log.newest(DM, 0, 10), "query", True),
    (lambda log: log.entry(DM, 1, strong=True), "get_item", True),
    (lambda log: log.entry(DM, 1, strong=False), "get_item", False),
]


@pytest.mark.parametrize(("read", "call", "strong"), _LOG)
def test_the_log_reads_as_strongly_as_it_promises(
    client: Any, asked: list[tuple[str, bool]], read: Callable[[DynamoLog], Any], call: str, strong: bool
):
    read(DynamoLog(client, "Log", "Directory"))
    assert asked == [(call, strong)]


_DIRECTORY: list[tuple[Callable[[DynamoDirectory], Any], str, bool]] = [
    (lambda directory: directory.memberships("alice", "", 10), "query", True),
    (lambda directory: directory.blocked("alice", "", 10), "query", True),
    (lambda directory: directory.find(recipients=["alice"], strong=True), "batch_get_item", True),
    (lambda directory: directory.find(recipients=["alice"]), "batch_get_item", False),
]


@pytest.mark.parametrize(("read", "call", "strong"), _DIRECTORY)
def test_the_directory_reads_as_strongly_as_it_promises(
    client: Any, asked: list[tuple[str, bool]], read: Callable[[DynamoDirectory], Any], call: str, strong: bool
):
    read(DynamoDirectory(client, "Directory"))
    assert asked == [(call, strong)]


def test_both_tables_are_read_weakly_at_once(client: Any, asked: list[tuple[str, bool]]):
    DynamoLogSnapshots(client, "Log", "Directory").find_with_entries(DM, (1, 2), recipients=["alice"])
    assert asked == [("batch_get_item", False)] * 2  # one call, two tables


def test_what_was_left_unprocessed_is_asked_for_as_strongly_again(
    client: Any, asked: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("parley.core.aws.batch.time.sleep", lambda _: None)
    real = client.batch_get_item
    left = 1

    def batch_get_item(RequestItems: Any) -> Any:  # noqa: N803
        nonlocal left
        answer = real(RequestItems=RequestItems)
        if left:
            left -= 1
            answer["UnprocessedKeys"] = RequestItems
        return answer

    monkeypatch.setattr(client, "batch_get_item", batch_get_item)
    DynamoDirectory(client, "Directory").find(recipients=["alice"], strong=True)
    assert asked == [("batch_get_item", True)] * 2


def test_more_keys_than_fit_into_one_batch_are_read_as_strongly(client: Any, asked: list[tuple[str, bool]]):
    DynamoDirectory(client, "Directory").find(recipients=[f"u{n}" for n in range(150)], strong=True)
    assert asked == [("batch_get_item", True)] * 2
