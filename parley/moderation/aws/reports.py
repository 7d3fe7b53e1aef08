"""Reports on DynamoDB. Each has a key of its own and is listed by time for operators; each user's reports are counted
by day.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.core.aws import errors
from parley.core.errors import RateLimited
from parley.core.writes import STORED, Occupied, Stored
from parley.moderation.aws import items
from parley.moderation.model import Report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DAY_S = 24 * 60 * 60


class DynamoReports:
    """A ``parley.moderation.ports.Reports``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def store(self, report: Report, most: int) -> Stored | Occupied[Report]:
        now = report.at // 1000
        day = now // _DAY_S
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": items.report_item(report),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        count: dict[str, Any] = {
            "TableName": self._table,
            "Key": items.reported_key(report.reporter, day),
            "UpdateExpression": "ADD #n :one SET expires = :expires",
            "ConditionExpression": "attribute_not_exists(#n) OR #n < :most",
            "ExpressionAttributeNames": {"#n": "n"},
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":most": {"N": str(most)},
                ":expires": {"N": str((day + 2) * _DAY_S)},
            },
        }
        try:
            with errors.translated():
                self._client.transact_write_items(TransactItems=[{"Put": put}, {"Update": count}])  # type: ignore[typeddict-item]
        except ClientError as error:
            if "ConditionalCheckFailed" not in {r.get("Code") for r in errors.cancellation_reasons(error)}:
                raise
            stored = self._stored(report)
            if stored is None:
                raise RateLimited("too many reports today", retry_after=(day + 1) * _DAY_S - now) from error
            return Occupied(stored)
        return STORED

    def _stored(self, report: Report) -> Report | None:
        with errors.translated():
            answer = self._client.get_item(
                TableName=self._table, Key=items.report_key(report.reporter, report.id), ConsistentRead=True
            )
        return items.report(answer["Item"]) if "Item" in answer else None
