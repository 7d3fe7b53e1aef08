"""Who is leaving, everything under a user, and their archive, on DynamoDB.

A leaving is noted twice, in one transaction: under the user, and under the day it is due, so that what is due is found
by a query for each day and never by a scan.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chat.aws import errors
from chat.aws.items import reach_key
from chat.errors import NotFound, Unavailable
from users.aws import items
from users.model import Export, Leaving

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 25
"""Deletes in one BatchWriteItem, at most: DynamoDB's limit."""


class DynamoAccounts:
    """A ``users.ports.Accounts``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def leaving(self, user: str) -> Leaving | None:
        with errors.translated():
            answer = self._client.get_item(TableName=self._table, Key=items.leaving_key(user), ConsistentRead=True)
        return items.leaving(answer["Item"]) if "Item" in answer else None

    def leave(self, leaving: Leaving) -> Leaving:
        new = {"Item": items.leaving_item(leaving), "ConditionExpression": "attribute_not_exists(pk)"}
        exists = {"Key": reach_key(leaving.user), "ConditionExpression": "attribute_exists(pk)"}
        failed = self._transact({"Put": new}, {"Put": {"Item": items.due_item(leaving)}}, {"ConditionCheck": exists})
        if failed is None:
            return leaving
        stored = self.leaving(leaving.user)
        if stored is None:
            raise NotFound("no such user")
        return stored

    def move(self, old: Leaving, new: Leaving | None) -> bool:
        same = {
            "ConditionExpression": "due = :due AND stage = :stage",
            "ExpressionAttributeValues": {":due": {"N": str(old.due)}, ":stage": {"S": old.stage}},
        }
        actions: list[dict[str, Any]]
        if new is None:
            actions = [{"Delete": {"Key": items.leaving_key(old.user), **same}}]
        else:
            actions = [{"Put": {"Item": items.leaving_item(new), **same}}, {"Put": {"Item": items.due_item(new)}}]
        if new is None or new.due != old.due:  # else it is the same item, which a transaction may name once
            actions.append({"Delete": {"Key": items.due_key(old)}})
        return self._transact(*actions) is None

    def due(self, day: int, now: int, limit: int) -> list[Leaving]:
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :day AND sk < :now",
                ExpressionAttributeValues={":day": items.due_day(day), ":now": {"S": items.due_place(now + 1)}},
                Limit=limit,
                ConsistentRead=True,
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

    def _transact(self, *actions: dict[str, Any]) -> list[str] | None:
        """None when it is done; else the reasons why a condition did not hold, by action.

        Raises:
            Unavailable: it met another transaction, or a fault.
        """
        requests = [{kind: {"TableName": self._table, **a} for kind, a in action.items()} for action in actions]
        try:
            with errors.translated():
                self._client.transact_write_items(TransactItems=requests)  # type: ignore[arg-type]
        except ClientError as error:
            reasons = [str(r.get("Code")) for r in errors.cancellation_reasons(error)]
            if "ConditionalCheckFailed" not in reasons:
                raise
            return reasons
        return None


class DynamoExports:
    """A ``users.ports.Exports``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def export(self, user: str) -> Export | None:
        with errors.translated():
            answer = self._client.get_item(TableName=self._table, Key=items.export_key(user), ConsistentRead=True)
        return items.export(answer["Item"]) if "Item" in answer else None

    def replace(self, old: Export | None, new: Export) -> bool:
        same: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if old is not None:
            same = {
                "ConditionExpression": "id = :id AND made = :made",
                "ExpressionAttributeValues": {":id": {"S": old.id}, ":made": {"N": str(old.made)}},
            }
        try:
            with errors.translated():
                self._client.put_item(TableName=self._table, Item=items.export_item(new), **same)
        except ClientError as error:
            if errors.condition_failed(error):
                return False
            raise
        return True
