"""Users on DynamoDB. The item that says where a user can be reached also says that they exist, and in which role."""

from typing import TYPE_CHECKING

from parley.core.aws import errors
from parley.core.aws.updates import ConditionalUpdates
from parley.core.session import Role
from parley.delivery.aws import items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoUsers:
    """A ``parley.delivery.ports.Users``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._updates = ConditionalUpdates(client, table)

    def upsert_user(self, user: str, role: Role, name: str) -> None:
        with errors.translated():
            self._client.update_item(
                TableName=self._table,
                Key=items.recipient_key(user),
                UpdateExpression="SET #role = :role, #name = if_not_exists(#name, :name)",
                ExpressionAttributeNames={"#role": "role", "#name": "name"},
                ExpressionAttributeValues={":role": {"S": role}, ":name": {"S": name}},
            )
