"""Batch gets of any size. They are split at DynamoDB's limit, and repeated until nothing is left unprocessed."""

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
"""The most keys that one BatchGetItem may have: DynamoDB's limit."""
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
