"""Blocks on DynamoDB: one item per pair, in the partition of the user who blocks."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.chat.aws import items
from parley.core.aws import errors
from parley.core.aws.paging import rows_after
from parley.core.aws.updates import ConditionalUpdates
from parley.core.errors import NotFound
from parley.delivery.aws import items as users

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoBlocks:
    """A ``parley.chat.ports.Blocks``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._updates = ConditionalUpdates(client, table)

    def block(self, user: str, other: str) -> None:
        put: dict[str, Any] = {"TableName": self._table, "Item": items.block_key(user, other)}
        exists: dict[str, Any] = {
            "TableName": self._table,
            "Key": users.recipient_key(user),
            "ConditionExpression": "attribute_exists(pk)",
        }
        try:
            with errors.translated():
                self._client.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": exists}])  # type: ignore[typeddict-item]
        except ClientError as error:
            if "ConditionalCheckFailed" in {r.get("Code") for r in errors.cancellation_reasons(error)}:
                raise NotFound("no such user") from error
            raise

    def unblock(self, user: str, other: str) -> None:
        with errors.translated():
            self._client.delete_item(TableName=self._table, Key=items.block_key(user, other))

    def blocked(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        first, last = items.block_key(user, after), items.block_key(user, "\U0010ffff")
        rows, more = rows_after(self._client, self._table, first, last, limit)
        return [items.block(i)[1] for i in rows], more
