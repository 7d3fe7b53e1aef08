"""The log on DynamoDB: one item per entry, appended if its slot is free."""

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.chat.aws import items
from parley.chat.entries import Entry
from parley.core.aws import errors
from parley.core.aws.attributes import Item
from parley.core.aws.paging import query_pages
from parley.core.errors import Unavailable
from parley.core.writes import STORED, Occupied, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FREE = "attribute_not_exists(seq)"
_ATTEMPTS = 4
_PAUSE = 0.01
# In seconds; doubled each time, with full jitter. botocore retries throttles, but not conflicts of transactions.


class DynamoLog:
    """A ``parley.chat.ports.Log``."""

    def __init__(self, client: "DynamoDBClient", table: str, directory_table: str) -> None:
        """``directory_table`` is the table in which a first entry's memberships are created."""
        self._client = client
        self._table = table
        self._directory_table = directory_table

    def newest(self, conversation: str, since: int, limit: int, *, strong: bool) -> list[Entry]:
        pages = query_pages(
            self._client,
            TableName=self._table,
            KeyConditionExpression="conversation = :c AND seq >= :s",
            ExpressionAttributeValues={":c": {"S": conversation}, ":s": {"N": str(since)}},
            ScanIndexForward=False,
            Limit=limit,
            ConsistentRead=strong,
        )
        found: list[Entry] = []
        for page in pages:
            found += [items.entry(i) for i in page]
            if len(found) >= limit:
                break
        return found[:limit][::-1]

    def after(self, conversation: str, seq: int, limit: int) -> tuple[list[Entry], bool]:
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="conversation = :c AND seq > :s",
                ExpressionAttributeValues={":c": {"S": conversation}, ":s": {"N": str(seq)}},
                Limit=limit,
                ConsistentRead=True,
            )
        return [items.entry(i) for i in page["Items"]], "LastEvaluatedKey" in page

    def before(self, conversation: str, seq: int, limit: int) -> list[Entry]:
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="conversation = :c AND seq < :s",
                ExpressionAttributeValues={":c": {"S": conversation}, ":s": {"N": str(seq)}},
                ScanIndexForward=False,
                Limit=limit,
                ConsistentRead=True,
            )
        return [items.entry(i) for i in reversed(page["Items"])]

    def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
        with errors.translated():
            answer = self._client.get_item(
                TableName=self._table,
                Key=items.entry_key(conversation, seq),
                ConsistentRead=strong,
            )
        return items.entry(answer["Item"]) if "Item" in answer else None

    def append(self, entry: Entry, members: Sequence[str]) -> Stored | Occupied[Entry]:
        try:
            with errors.translated():
                if entry.seq == 1:
                    self._begin(entry, members, attempts=_ATTEMPTS)
                else:
                    self._client.put_item(
                        TableName=self._table,
                        Item=items.entry_item(entry),
                        ConditionExpression=_FREE,
                        ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    )
        except ClientError as error:
            holder = _holder(error)
            if holder is None:
                raise
            # An emulator, or a transaction, may say that the slot is taken without saying by what.
            current = items.entry(holder) if holder else self.entry(entry.conversation, entry.seq, strong=True)
            if current is None:  # the holder has been erased since: this write is neither stored nor occupied
                raise Unavailable("the slot was taken, and is free again", retry_after=errors.RETRY_AFTER) from error
            return Occupied(current)
        return STORED

    def _begin(self, entry: Entry, members: Sequence[str], *, attempts: int) -> None:
        """Store the first entry and its members' rows: all of them, or none."""
        first: dict[str, Any] = {
            "Put": {
                "TableName": self._table,
                "Item": items.entry_item(entry),
                "ConditionExpression": _FREE,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }
        rows: list[dict[str, Any]] = [
            {
                "Update": {
                    "TableName": self._directory_table,
                    "Key": items.membership_key(user, entry.conversation),
                    "UpdateExpression": "SET recent = if_not_exists(recent, :at)",
                    "ExpressionAttributeValues": {":at": {"N": str(entry.at)}},
                }
            }
            for user in members
        ]
        for attempt in range(1, attempts + 1):
            try:
                self._client.transact_write_items(TransactItems=[first, *rows])  # type: ignore[list-item]
            except ClientError as error:
                # Two members are writing the first entry at once; by the next attempt, one of them has succeeded.
                if attempt == attempts or not errors.cancelled_by_a_race(error):
                    raise
                time.sleep(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311  (jitter is no secret)
            else:
                return


def _holder(error: ClientError) -> Item | None:
    """The item that holds the slot (empty if AWS did not return it), or None if the error says something else."""
    if errors.condition_failed(error):
        return errors.item_in_the_way(error) or {}
    reasons = errors.cancellation_reasons(error)
    if reasons and reasons[0].get("Code") == "ConditionalCheckFailed":
        item: Item = reasons[0].get("Item") or {}
        return item
    return None
