"""The schedule on DynamoDB: an item for each conversation, in an index that orders each shard's by when it is due."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.archive.aws import items
from parley.archive.model import Due
from parley.core.aws import errors, listings
from parley.core.aws.updates import ConditionalUpdates

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoSchedule:
    """A ``parley.archive.ports.Schedule`` and ``parley.chat.ports.ArchiveSchedule``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._updates = ConditionalUpdates(client, table)

    def begin(self, conversation: str, due: int) -> None:
        item = items.due_item(Due(conversation, due))
        self._updates.conditionally(
            Key=items.due_key(conversation),
            UpdateExpression="SET listed = :listed, #place = :place",
            ConditionExpression="attribute_not_exists(pk)",
            ExpressionAttributeNames={"#place": "place"},
            ExpressionAttributeValues={":listed": item["listed"], ":place": item["place"]},
        )

    def due(self, shard: int, now: int, after: Due | None, limit: int) -> list[Due]:
        start: dict[str, Any] = {"ExclusiveStartKey": items.due_item(after)} if after else {}
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                IndexName=listings.INDEX,
                KeyConditionExpression="listed = :shard AND #place < :now",
                ExpressionAttributeNames={"#place": "place"},
                ExpressionAttributeValues={
                    ":shard": {"S": listings.archive_schedule(shard)},
                    ":now": {"S": items.place(now + 1)},
                },
                Limit=limit,
                **start,
            )
        return [items.due(i) for i in page["Items"]]

    def move(self, due: Due, at: int) -> None:
        self._updates.conditionally(
            Key=items.due_key(due.conversation),
            UpdateExpression="SET #place = :new",
            ConditionExpression="#place = :old",
            ExpressionAttributeNames={"#place": "place"},
            ExpressionAttributeValues={
                ":old": {"S": items.place(due.at, due.conversation)},
                ":new": {"S": items.place(at, due.conversation)},
            },
        )

    def drop(self, due: Due) -> None:
        try:
            with errors.translated():
                self._client.delete_item(
                    TableName=self._table,
                    Key=items.due_key(due.conversation),
                    ConditionExpression="#place = :old",
                    ExpressionAttributeNames={"#place": "place"},
                    ExpressionAttributeValues={":old": {"S": items.place(due.at, due.conversation)}},
                )
        except ClientError as error:
            if not errors.condition_failed(error):
                raise
