"""Connections on DynamoDB: one item per user holds all their live connections and push devices."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.core.aws import errors
from parley.core.aws.batch import batch_get
from parley.core.aws.threads import Threads
from parley.core.aws.updates import ConditionalUpdates
from parley.core.session import Role
from parley.delivery.aws import items
from parley.delivery.model import Connection, Recipient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoConnections:
    """A ``parley.delivery.ports.Connections``."""

    def __init__(self, client: "DynamoDBClient", table: str, threads: Threads | None = None) -> None:
        """``threads`` runs the parts of a lookup that is too large for one batch get."""
        self._client = client
        self._table = table
        self._threads = threads or Threads(4)
        self._updates = ConditionalUpdates(client, table)

    def recipients(self, users: Iterable[str], *, strong: bool = False) -> dict[str, Recipient]:
        keys = [items.recipient_key(u) for u in users]
        rows = batch_get(self._client, self._table, keys, self._threads, strong=strong) if keys else []
        return {r.user: r for r in map(items.recipient, rows)}

    def add_connection(self, user: str, role: Role, connection: Connection) -> Recipient:
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": items.recipient_key(user),
            # Only the operator may change a role (upsert_user): an old token must not restore a revoked one.
            "UpdateExpression": "SET #role = if_not_exists(#role, :role), seen = :at, #c = :c, "
            "#b = if_not_exists(#b, :blocked)",
            "ExpressionAttributeNames": {
                "#role": "role",
                "#c": items.CONNECTION + connection.id,
                "#b": items.BLOCKED,
            },
            "ReturnValues": "ALL_NEW",
        }
        values: dict[str, Any] = {
            ":role": {"S": role},
            ":at": {"N": str(connection.at)},
            ":c": items.connection_value(connection),
        }
        try:
            with errors.translated():
                answer = self._client.update_item(
                    **update,
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues={**values, ":blocked": {"N": str(-connection.at)}},
                )
        except ClientError as error:
            if not errors.condition_failed(error):
                raise
            with errors.translated():
                answer = self._client.update_item(
                    **update, ExpressionAttributeValues={**values, ":blocked": {"N": "0"}}
                )
        return items.recipient(answer["Attributes"])

    def remove_connections(self, user: str, connections: Sequence[str], seen: int | None) -> None:
        names = {f"#c{n}": items.CONNECTION + c for n, c in enumerate(connections)}
        expression = f"REMOVE {', '.join(names)}" + (" SET seen = :seen" if seen is not None else "")
        values = {":seen": {"N": str(seen)}} if seen is not None else {}
        self._updates.existing(items.recipient_key(user), expression, names, values)

    def mark_closing(self, user: str, connections: Sequence[str]) -> None:
        for connection in connections:  # one by one: a path that does not exist would refuse the update of all
            self._updates.conditionally(
                Key=items.recipient_key(user),
                UpdateExpression="SET #c.closing = :yes",
                ConditionExpression="attribute_exists(#c)",
                ExpressionAttributeNames={"#c": items.CONNECTION + connection},
                ExpressionAttributeValues={":yes": {"BOOL": True}},
            )
