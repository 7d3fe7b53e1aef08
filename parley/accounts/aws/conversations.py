"""Conversations in which nobody is left, on DynamoDB."""

from typing import TYPE_CHECKING

from parley.chat.aws.items import summary_key
from parley.core.aws import errors
from parley.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 25
"""The most deletes in one BatchWriteItem: DynamoDB's limit."""


class DynamoConversations:
    """A ``parley.accounts.ports.Conversations``."""

    def __init__(self, client: "DynamoDBClient", log: str, directory: str) -> None:
        self._client = client
        self._log = log
        self._directory = directory

    def erase(self, conversation: str) -> bool:
        with errors.translated():
            page = self._client.query(
                TableName=self._log,
                KeyConditionExpression="conversation = :c",
                ExpressionAttributeValues={":c": {"S": conversation}},
                ProjectionExpression="conversation, seq",
                ConsistentRead=True,
                Limit=_BATCH,
            )
            if not page["Items"]:
                self._client.delete_item(TableName=self._directory, Key=summary_key(conversation))
                return False
            answer = self._client.batch_write_item(
                RequestItems={self._log: [{"DeleteRequest": {"Key": key}} for key in page["Items"]]}
            )
        if len(answer.get("UnprocessedItems", {}).get(self._log, [])) == len(page["Items"]):
            raise Unavailable("the service is busy", retry_after=errors.RETRY_AFTER)
        return True
