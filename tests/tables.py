"""The two tables, as the template declares them, in whatever DynamoDB a test talks to."""

from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parent.parent / "infra" / "template.yaml"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's tags as plain values; the tests look only at what has none."""


def _plain(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _plain)


def template() -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(TEMPLATE.read_text(), Loader=_Loader)  # noqa: S506  (a SafeLoader)
    return document


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
