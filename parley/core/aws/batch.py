"""Batch gets of any size. They are split at DynamoDB's limit, and repeated until nothing is left unprocessed."""

import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from parley.core.aws import errors
from parley.core.aws.threads import Threads
from parley.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH = 100
"""The most keys that one BatchGetItem may have: DynamoDB's limit."""
DELETES = 25
"""The most deletes in one BatchWriteItem: DynamoDB's limit."""
_ATTEMPTS = 6
_FIRST_PAUSE = 0.02
# In seconds; it doubles with every attempt, with full jitter. Six attempts pause for 0.6 s in total at most.


def batch_get(
    client: "DynamoDBClient", table: str, keys: Sequence[dict[str, Any]], threads: Threads, *, strong: bool
) -> list[dict[str, Any]]:
    """The items that exist, in no particular order. ``keys`` must not contain duplicates.

    Raises:
        Unavailable: the requests were still throttled at the last attempt.
    """

    def get(part: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return batch_get_tables(client, {table: part}, strong=strong)[table]

    if len(keys) <= BATCH:
        return get(keys)
    found = threads.each(get, [keys[i : i + BATCH] for i in range(0, len(keys), BATCH)])
    return [item for part in found for item in part]


def batch_get_tables(
    client: "DynamoDBClient", keys: Mapping[str, Sequence[dict[str, Any]]], *, strong: bool
) -> dict[str, list[dict[str, Any]]]:
    """The items that exist, by table and in no particular order. ``keys`` are by table, too: at most ``BATCH`` in all,
    no duplicates, and no table without any.

    Raises:
        Unavailable: the requests were still throttled at the last attempt.
    """
    found: dict[str, list[dict[str, Any]]] = {table: [] for table in keys}
    request: Any = {table: {"Keys": wanted, "ConsistentRead": strong} for table, wanted in keys.items()}
    pause = _FIRST_PAUSE
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, pause))  # noqa: S311  (jitter is no secret)
            pause *= 2
        with errors.translated():
            answer = client.batch_get_item(RequestItems=request)
        for table, items in answer["Responses"].items():
            found[table] += items
        request = answer.get("UnprocessedKeys")
        if not request:
            return found
    raise Unavailable("the service is busy", retry_after=errors.RETRY_AFTER)


def batch_delete(client: "DynamoDBClient", table: str, keys: Sequence[dict[str, Any]]) -> None:
    """Delete all of these items, at most ``DELETES``. Those that do not exist are no error.

    Raises:
        Unavailable: the requests were still throttled at the last attempt.
    """
    request: Any = {table: [{"DeleteRequest": {"Key": key}} for key in keys]}
    pause = _FIRST_PAUSE
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, pause))  # noqa: S311  (jitter is no secret)
            pause *= 2
        with errors.translated():
            request = client.batch_write_item(RequestItems=request).get("UnprocessedItems")
        if not request:
            return
    raise Unavailable("the service is busy", retry_after=errors.RETRY_AFTER)
