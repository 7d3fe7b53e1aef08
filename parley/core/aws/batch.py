"""Batch gets of any size: split at DynamoDB's limit, repeated until nothing is left unprocessed."""

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from parley.core.aws import errors
from parley.core.aws.threads import Threads
from parley.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH = 100
"""Keys in one BatchGetItem, at most: DynamoDB's limit."""
_ATTEMPTS = 6
_FIRST_PAUSE = 0.02
# Seconds, doubled with full jitter: 6 attempts pause 0.6 s in all at the most.


def batch_get(
    client: "DynamoDBClient", table: str, keys: Sequence[dict[str, Any]], threads: Threads, *, strong: bool
) -> list[dict[str, Any]]:
    """The items that exist, in no order. ``keys`` must not repeat.

    Raises:
        Unavailable: throttled until patience ran out.
    """
    if len(keys) <= BATCH:
        return _get(client, table, keys, strong=strong)
    parts = [keys[i : i + BATCH] for i in range(0, len(keys), BATCH)]
    found = threads.each(lambda part: _get(client, table, part, strong=strong), parts)
    return [item for part in found for item in part]


def _get(client: "DynamoDBClient", table: str, keys: Sequence[dict[str, Any]], *, strong: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    request: Any = {table: {"Keys": keys, "ConsistentRead": strong}}
    pause = _FIRST_PAUSE
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, pause))  # noqa: S311  (jitter is no secret)
            pause *= 2
        with errors.translated():
            answer = client.batch_get_item(RequestItems=request)
        found += answer["Responses"].get(table, [])
        request = answer.get("UnprocessedKeys")
        if not request:
            return found
    raise Unavailable("the service is busy", retry_after=errors.RETRY_AFTER)
