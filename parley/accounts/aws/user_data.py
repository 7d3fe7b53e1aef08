"""What an app keeps for a user, on DynamoDB: one item per value, and an index that lists them and counts changes.

A change writes both in one transaction, on the condition that the index is still as it was read. So the count has no
gaps or duplicates, a reader of the index misses nothing, and a listing reads only the values that have changed.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.accounts.aws import items
from parley.accounts.model import DataIndex, Datum
from parley.core.aws import errors
from parley.core.aws.batch import batch_get
from parley.core.aws.threads import Threads
from parley.core.errors import NotFound
from parley.core.writes import STORED, Occupied, Stored
from parley.delivery.aws.items import recipient_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_REFUSED = "ConditionalCheckFailed"


class DynamoData:
    """A ``parley.accounts.ports.Data``."""

    def __init__(self, client: "DynamoDBClient", table: str, threads: Threads) -> None:
        self._client = client
        self._table = table
        self._threads = threads

    def index(self, user: str) -> DataIndex:
        with errors.translated():
            answer = self._client.get_item(TableName=self._table, Key=items.index_key(user), ConsistentRead=True)
        return items.index(answer["Item"]) if "Item" in answer else DataIndex()

    def values(self, user: str, keys: Sequence[str]) -> dict[str, Datum]:
        if not keys:
            return {}
        wanted = [items.datum_key(user, k) for k in keys]
        found = batch_get(self._client, self._table, wanted, self._threads, strong=True)
        return {d.key: d for d in map(items.datum, found)}

    def store(self, user: str, index: DataIndex, changed: Datum) -> Stored | Occupied[DataIndex]:
        first = index.version == 1
        one: dict[str, Any] = {
            "TableName": self._table,
            "Item": items.index_item(user, index),
            "ConditionExpression": "attribute_not_exists(pk)" if first else "version = :before",
            **({} if first else {"ExpressionAttributeValues": {":before": {"N": str(index.version - 1)}}}),
        }
        actions: list[dict[str, Any]] = [{"Put": one}, self._change(user, changed)]
        if first:  # later on, the index itself proves that the user exists
            exists = {
                "TableName": self._table,
                "Key": recipient_key(user),
                "ConditionExpression": "attribute_exists(pk)",
            }
            actions.append({"ConditionCheck": exists})
        try:
            self._client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]
        except ClientError as error:
            reasons = [r.get("Code") for r in errors.cancellation_reasons(error)]
            if _REFUSED in reasons[:1] or "TransactionConflict" in reasons:
                return Occupied(self.index(user))
            if _REFUSED in reasons:
                raise NotFound("no such user") from error
            with errors.translated():
                raise
        return STORED

    def _change(self, user: str, changed: Datum) -> dict[str, Any]:
        if changed.value is None:
            return {"Delete": {"TableName": self._table, "Key": items.datum_key(user, changed.key)}}
        return {"Put": {"TableName": self._table, "Item": items.datum_item(user, changed)}}
