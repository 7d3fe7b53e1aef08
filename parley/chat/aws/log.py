"""The log on DynamoDB: one item per entry, appended if its slot is free."""

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.chat.aws import items
from parley.chat.entries import Entry, characters
from parley.chat.ports import HOUR_MS, MOST_BEGUN, NEWEST, NEWEST_CHARACTERS, begun_enough
from parley.core.aws import errors
from parley.core.aws.attributes import Item
from parley.core.aws.batch import DELETES, batch_delete
from parley.core.aws.paging import query_pages
from parley.core.errors import Unavailable
from parley.core.writes import STORED, Occupied, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FREE = "attribute_not_exists(seq)"
_ATTEMPTS = 4
_PER_HOUR = 1_000
_PAUSE = 0.01
# In seconds; doubled each time, with full jitter. botocore retries throttles, but not conflicts of transactions.


class DynamoLog:
    """A ``parley.chat.ports.Log``, an ``ImportedLog``, and ``OldEntries``."""

    def __init__(self, client: "DynamoDBClient", table: str, directory_table: str) -> None:
        """``directory_table`` is the table in which a first entry's memberships are created."""
        self._client = client
        self._table = table
        self._directory_table = directory_table

    def newest(self, conversation: str, since: int, limit: int) -> list[Entry]:
        pages = query_pages(
            self._client,
            TableName=self._table,
            KeyConditionExpression="conversation = :c AND seq >= :s",
            ExpressionAttributeValues={":c": {"S": conversation}, ":s": {"N": str(since)}},
            ScanIndexForward=False,
            Limit=min(limit, NEWEST),
            ConsistentRead=True,
        )
        found: list[Entry] = []
        read = 0
        for page in pages:
            new = [items.entry(i) for i in page]
            found += new
            read += sum(map(characters, new))
            if len(found) >= limit or read > NEWEST_CHARACTERS:
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
            return self._occupied(entry, error)
        return STORED

    def begin_imported(self, entry: Entry, members: Sequence[str]) -> Stored | Occupied[Entry]:
        rows = [self._member(user, entry) for user in members]
        for row in rows:
            update = row["Update"]
            update["UpdateExpression"] += ", #read = :one, read_count = :count, delivered = :one, pushed = :one"
            update["ExpressionAttributeNames"] = {"#read": "read"}
            update["ExpressionAttributeValues"] |= {":one": {"N": "1"}, ":count": {"N": str(entry.count)}}
        try:
            with errors.translated():
                self._client.transact_write_items(TransactItems=[self._first(entry), *rows])  # type: ignore[list-item]
        except ClientError as error:
            return self._occupied(entry, error)
        return STORED

    def remove(self, conversation: str, first: int, last: int) -> None:
        for begin in range(first, last + 1, DELETES):
            keys = [items.entry_key(conversation, seq) for seq in range(begin, min(begin + DELETES, last + 1))]
            batch_delete(self._client, self._table, keys)

    def _occupied(self, entry: Entry, error: ClientError) -> Occupied[Entry]:
        """What holds the entry's slot, if that is what the error says; otherwise it is raised again."""
        holder = _holder(error)
        if holder is None:
            raise error
        # An emulator, or a transaction, may say that the slot is taken without saying by what.
        current = items.entry(holder) if holder else self.entry(entry.conversation, entry.seq, strong=True)
        if current is None:  # the holder has been erased since: this write is neither stored nor occupied
            raise Unavailable("the slot was taken, and is free again", retry_after=errors.RETRY_AFTER) from error
        return Occupied(current)

    def _begin(self, entry: Entry, members: Sequence[str], *, attempts: int) -> None:
        """Store the first entry and its members' rows: all of them, or none."""
        first, rows = self._first(entry), [self._member(user, entry) for user in members]
        first_in_hour, another = self._counts(entry)
        count = first_in_hour
        for attempt in range(1, attempts + 1):
            try:
                self._client.transact_write_items(TransactItems=[first, *rows, count])  # type: ignore[list-item]
            except ClientError as error:
                if _counted_out(error):
                    if count is another:
                        raise begun_enough(entry.at) from error
                    count = another
                    continue
                # Two members are writing the first entry at once; by the next attempt, one of them has succeeded.
                if attempt == attempts or not errors.cancelled_by_a_race(error):
                    raise
                time.sleep(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311  (jitter is no secret)
            else:
                return
        raise Unavailable("too much is beginning at once", retry_after=errors.RETRY_AFTER)

    def _first(self, entry: Entry) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": items.entry_item(entry),
                "ConditionExpression": _FREE,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _member(self, user: str, entry: Entry) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._directory_table,
                "Key": items.membership_key(user, entry.conversation),
                "UpdateExpression": "SET recent = if_not_exists(recent, :at)",
                "ExpressionAttributeValues": {":at": {"N": str(entry.at)}},
            }
        }

    def _counts(self, entry: Entry) -> tuple[dict[str, Any], dict[str, Any]]:
        """Two ways to count a conversation for its sender: as the first one in its hour, or as another one.

        ``begun`` is the hour × 1,000 + how many there were in it. It has an item of its own, because the item of
        connections is written at every connect, which a transaction would meet.
        """
        hour = entry.at // HOUR_MS * _PER_HOUR
        update = {"TableName": self._directory_table, "Key": items.begun_key(entry.sender)}
        first_in_hour = {
            **update,
            "UpdateExpression": "SET begun = :first",
            "ConditionExpression": "attribute_not_exists(begun) OR begun < :first",
            "ExpressionAttributeValues": {":first": {"N": str(hour + 1)}},
        }
        another = {
            **update,
            "UpdateExpression": "SET begun = begun + :one",
            "ConditionExpression": "begun < :most",
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":most": {"N": str(hour + MOST_BEGUN)}},
        }
        return {"Update": first_in_hour}, {"Update": another}


def _counted_out(error: ClientError) -> bool:
    """Whether it was only the count of the sender's new conversations that a transaction failed at."""
    *others, count = [r.get("Code") for r in errors.cancellation_reasons(error)] or [None]
    return count == "ConditionalCheckFailed" and "ConditionalCheckFailed" not in others


def _holder(error: ClientError) -> Item | None:
    """The item that holds the slot (empty if AWS did not return it), or None if the error says something else."""
    if errors.condition_failed(error):
        return errors.item_in_the_way(error) or {}
    reasons = errors.cancellation_reasons(error)
    if reasons and reasons[0].get("Code") == "ConditionalCheckFailed":
        item: Item = reasons[0].get("Item") or {}
        return item
    return None
