"""Pages of a partition: one behind a key, or all of a query's."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

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


def query_pages(client: "DynamoDBClient", **query: Any) -> Iterator[list[Item]]:
    """The items of a Query, page by page: one request each, of 1 MB at the most."""
    start: dict[str, Any] = {}
    while True:
        with errors.translated():
            page = client.query(**query, **start)
        yield list(page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
