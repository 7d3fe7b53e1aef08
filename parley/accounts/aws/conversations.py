"""Conversations in which nobody is left, on DynamoDB."""

from typing import TYPE_CHECKING

from parley.chat.aws.items import summary_key
from parley.core.aws import errors
from parley.core.aws.batch import DELETES
from parley.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoConversations:
    """A ``parley.accounts.ports.Conversations``."""

    def __init__(self, client: "DynamoDBClient", log: str, directory: str) -> None:
        self._client = client
        self._log = log
        self._directory = directory

    def erase(self, conversation: str) -> bool:
        return self._erase(self._log, "conversation", "seq", {"S": conversation}) or self._erase(
            self._directory, "pk", "sk", summary_key(conversation)["pk"]
        )

    def _erase(self, table: str, partition: str, sort: str, value: dict[str, str]) -> bool:
        """Delete some items of a partition; False if there is none.

        Only a strong read that finds none ends it, because the archive's worker may have added one in between.
        """
        with errors.translated():
            page = self._client.query(
                TableName=table,
                KeyConditionExpression=f"{partition} = :p",
                ExpressionAttributeValues={":p": value},
                ProjectionExpression=f"{partition}, {sort}",
                ConsistentRead=True,
                Limit=DELETES,
            )
            if not page["Items"]:
                return False
            answer = self._client.batch_write_item(
                RequestItems={table: [{"DeleteRequest": {"Key": key}} for key in page["Items"]]}
            )
        if len(answer.get("UnprocessedItems", {}).get(table, [])) == len(page["Items"]):
            raise Unavailable("the service is busy", retry_after=errors.RETRY_AFTER)
        return True
