"""Conditional updates of one table: a condition that fails is a value, and no error."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.core.aws import errors
from parley.core.aws.attributes import Item
from parley.core.writes import STORED, Occupied, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ConditionalUpdates:
    """Conditional updates of the items of one table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def conditionally(self, **update: Any) -> Stored | Occupied[Item]:
        """Update an item on a condition. Where that failed, ``current`` is the item, and empty if there is none."""
        try:
            with errors.translated():
                self._client.update_item(TableName=self._table, ReturnValuesOnConditionCheckFailure="ALL_OLD", **update)
        except ClientError as error:
            if errors.condition_failed(error):
                return Occupied(errors.item_in_the_way(error) or {})
            raise
        return STORED

    def existing(self, key: dict[str, Any], expression: str, names: dict[str, str], values: dict[str, Any]) -> bool:
        """Update an item if it exists, and return whether it does; otherwise nothing happens."""
        outcome = self.conditionally(
            Key=key,
            UpdateExpression=expression,
            ConditionExpression="attribute_exists(pk)",
            **({"ExpressionAttributeNames": names} if names else {}),
            **({"ExpressionAttributeValues": values} if values else {}),
        )
        return isinstance(outcome, Stored)
