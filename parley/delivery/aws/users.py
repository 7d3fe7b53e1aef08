"""Users on DynamoDB. The item that says where a user can be reached also says that they exist, and in which role."""

from typing import TYPE_CHECKING, Any

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
        key, expression = items.recipient_key(user), "SET #role = :role, #name = if_not_exists(#name, :name)"
        names = {"#role": "role", "#name": "name"}
        values: dict[str, Any] = {":role": {"S": role}, ":name": {"S": name}}
        if self._updates.existing(key, expression, names, values):
            return
        with errors.translated():
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=f"{expression}, #b = if_not_exists(#b, :none)",
                ExpressionAttributeNames={**names, "#b": items.BLOCKED},
                ExpressionAttributeValues={**values, ":none": {"N": "0"}},
            )
