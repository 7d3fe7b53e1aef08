"""Conditional updates of one table. They return whether the condition held; a failed condition is not an error."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.core.aws import errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ConditionalUpdates:
    """Conditional updates of the items of one table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def conditionally(self, **update: Any) -> bool:
        """Update an item if the condition holds; return whether it did."""
        try:
            with errors.translated():
                self._client.update_item(TableName=self._table, **update)
        except ClientError as error:
            if errors.condition_failed(error):
                return False
            raise
        return True

    def existing(self, key: dict[str, Any], expression: str, names: dict[str, str], values: dict[str, Any]) -> bool:
        """Update an item only if it exists; return whether it does."""
        return self.conditionally(
            Key=key,
            UpdateExpression=expression,
            ConditionExpression="attribute_exists(pk)",
            **({"ExpressionAttributeNames": names} if names else {}),
            **({"ExpressionAttributeValues": values} if values else {}),
        )
