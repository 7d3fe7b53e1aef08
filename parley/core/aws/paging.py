"""Reads a partition page by page, in the order of the sort key."""

from typing import TYPE_CHECKING

from parley.core.aws import errors
from parley.core.aws.attributes import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def rows_after(client: "DynamoDBClient", table: str, after: Item, last: Item, limit: int) -> tuple[list[Item], bool]:
    """Up to ``limit`` items of one partition after the key ``after``, up to ``last``, and whether there are more.

    This is one strongly consistent Query. It reads at most 1 MB, so there may be fewer items than ``limit``.
    """
    with errors.translated():
        page = client.query(
            TableName=table,
            KeyConditionExpression="pk = :p AND sk BETWEEN :a AND :z",
            ExpressionAttributeValues={":p": after["pk"], ":a": after["sk"], ":z": last["sk"]},
            Limit=limit + 1,  # BETWEEN includes `after` itself
            ConsistentRead=True,
        )
    rows: list[Item] = [item for item in page["Items"] if item["sk"] != after["sk"]]
    return rows[:limit], "LastEvaluatedKey" in page or len(rows) > limit
