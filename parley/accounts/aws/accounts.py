"""Deletion requests, everything that is stored under a user, and users' archives, on DynamoDB.

A deletion request is stored twice, in one transaction: under the user, and in a queue ordered by when it is due. This
way a query finds those that are due, however long ago that was, and no scan is needed.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.accounts.aws import items
from parley.accounts.model import DeletionRequest, Export
from parley.core.aws import errors
from parley.core.errors import NotFound, Unavailable
from parley.core.writes import STORED, Occupied, Stored
from parley.delivery.aws.items import recipient_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 25
"""The most deletes in one BatchWriteItem: DynamoDB's limit."""


class DynamoAccounts:
    """A ``parley.accounts.ports.Accounts``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def leaving(self, user: str) -> DeletionRequest | None:
        with errors.translated():
            answer = self._client.get_item(TableName=self._table, Key=items.leaving_key(user), ConsistentRead=True)
        return items.leaving(answer["Item"]) if "Item" in answer else None

    def leave(self, leaving: DeletionRequest) -> DeletionRequest:
        new = {"Item": items.leaving_item(leaving), "ConditionExpression": "attribute_not_exists(pk)"}
        exists = {"Key": recipient_key(leaving.user), "ConditionExpression": "attribute_exists(pk)"}
        due = {"Item": items.due_item(leaving)}
        if _transact(self._client, self._table, {"Put": new}, {"Put": due}, {"ConditionCheck": exists}):
            return leaving
        stored = self.leaving(leaving.user)
        if stored is None:
            raise NotFound("no such user")
        return stored

    def move(self, old: DeletionRequest, new: DeletionRequest | None) -> Stored | Occupied[DeletionRequest | None]:
        same = {
            "ConditionExpression": "due = :due AND stage = :stage",
            "ExpressionAttributeValues": {":due": {"N": str(old.due)}, ":stage": {"S": old.stage}},
        }
        actions: list[dict[str, Any]]
        if new is None:
            actions = [{"Delete": {"Key": items.leaving_key(old.user), **same}}]
        else:
            actions = [{"Put": {"Item": items.leaving_item(new), **same}}, {"Put": {"Item": items.due_item(new)}}]
        if new is None or new.due != old.due:  # otherwise it is the same item, which a transaction may name only once
            actions.append({"Delete": {"Key": items.due_key(old)}})
        if _transact(self._client, self._table, *actions):
            return STORED
        return Occupied(self.leaving(old.user))

    def due(self, now: int, after: DeletionRequest | None, limit: int) -> list[DeletionRequest]:
        start: dict[str, Any] = {"ExclusiveStartKey": items.due_key(after)} if after else {}
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :due AND sk < :now",
                ExpressionAttributeValues={":due": items.DUE, ":now": {"S": items.due_place(now + 1)}},
                Limit=limit,
                ConsistentRead=True,
                **start,
            )
        return [items.leaving(i) for i in page["Items"]]

    def erase(self, user: str) -> bool:
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :user",
                ExpressionAttributeValues={":user": items.leaving_key(user)["pk"]},
                ProjectionExpression="pk, sk",
                ConsistentRead=True,
                Limit=_BATCH,
            )
            keys = [{"pk": i["pk"], "sk": i["sk"]} for i in page["Items"]]
            keys = [k for k in keys if k != items.leaving_key(user)]
            if not keys:
                return "LastEvaluatedKey" in page
            answer = self._client.batch_write_item(
                RequestItems={self._table: [{"DeleteRequest": {"Key": k}} for k in keys]}
            )
        if len(answer.get("UnprocessedItems", {}).get(self._table, [])) == len(keys):
            raise Unavailable("the service is busy", retry_after=errors.RETRY_AFTER)
        return True


class DynamoExports:
    """A ``parley.accounts.ports.Exports``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def export(self, user: str) -> Export | None:
        with errors.translated():
            answer = self._client.get_item(TableName=self._table, Key=items.export_key(user), ConsistentRead=True)
        return items.export(answer["Item"]) if "Item" in answer else None

    def replace(self, old: Export | None, new: Export) -> Stored | Occupied[Export | None]:
        if old is None:
            return self._note(new)
        item = items.export_item(new)
        if _held(lambda: self._client.put_item(TableName=self._table, Item=item, **_still(old))):
            return STORED
        return Occupied(self.export(new.user))

    def forget(self, export: Export) -> None:
        key = items.export_key(export.user)
        _held(lambda: self._client.delete_item(TableName=self._table, Key=key, **_still(export)))

    def _note(self, first: Export) -> Stored | Occupied[Export | None]:
        """Store a user's first export. Only the first needs this check: a later one is proof that the user exists."""
        new = {"Item": items.export_item(first), "ConditionExpression": "attribute_not_exists(pk)"}
        exists = {"Key": recipient_key(first.user), "ConditionExpression": "attribute_exists(pk)"}
        if _transact(self._client, self._table, {"Put": new}, {"ConditionCheck": exists}):
            return STORED
        current = self.export(first.user)
        if current is None:
            raise NotFound("no such user")
        return Occupied(current)


def _still(export: Export) -> dict[str, Any]:
    """The condition that this export is what is stored."""
    return {
        "ConditionExpression": "id = :id AND made = :made",
        "ExpressionAttributeValues": {":id": {"S": export.id}, ":made": {"N": str(export.made)}},
    }


def _held(write: Callable[[], object]) -> bool:
    """Write, and return whether the condition held."""
    try:
        with errors.translated():
            write()
    except ClientError as error:
        if errors.condition_failed(error):
            return False
        raise
    return True


def _transact(client: "DynamoDBClient", table: str, *actions: dict[str, Any]) -> bool:
    """Run a transaction. Returns whether every condition held, and therefore all of it is done.

    Raises:
        Unavailable: it met another transaction or a fault.
    """
    requests = [{kind: {"TableName": table, **a} for kind, a in action.items()} for action in actions]
    try:
        with errors.translated():
            client.transact_write_items(TransactItems=requests)  # type: ignore[arg-type]
    except ClientError as error:
        if "ConditionalCheckFailed" not in {r.get("Code") for r in errors.cancellation_reasons(error)}:
            raise
        return False
    return True
