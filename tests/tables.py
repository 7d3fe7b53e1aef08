"""The two tables, as the templates declare them, in whatever DynamoDB a test talks to."""

from functools import cache
from typing import Any

from infra import templates
from infra.flattening import flatten


@cache
def template() -> templates.Template:
    """All of the templates as one."""
    return flatten(templates.load())


def create(client: Any, log: str, directory: str) -> None:
    """Create both tables under these names."""
    by_key = {_partition_key(t): t for t in _tables()}
    for name, key in ((log, "conversation"), (directory, "pk")):
        properties = by_key[key]
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=properties["AttributeDefinitions"],
            KeySchema=properties["KeySchema"],
            **{k: properties[k] for k in ("GlobalSecondaryIndexes",) if k in properties},
        )


def _tables() -> list[dict[str, Any]]:
    resources = template()["Resources"].values()
    return [r["Properties"] for r in resources if r["Type"] == "AWS::DynamoDB::Table"]


def _partition_key(properties: dict[str, Any]) -> str:
    return next(str(k["AttributeName"]) for k in properties["KeySchema"] if k["KeyType"] == "HASH")
