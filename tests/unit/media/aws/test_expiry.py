"""What DynamoDB's time to live is told: whole seconds since the epoch, and not milliseconds."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from msgspec.structs import replace

from parley.chat.aws.items import media_key
from parley.media.aws import items
from parley.media.aws.registry import DynamoMediaRegistry
from parley.media.model import Media
from tests import tables

DAY_S = 24 * 3600
AT = (20_000 * DAY_S + 7_200) * 1000 + 123
MEDIA = Media("0" * 26, "alice", "dm:alice:bob", type="image/png", size=1, sha256="ab" * 32, created=AT)


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb")
        tables.create(client, "Log", "Directory")
        yield client


def expires(client: Any, key: dict[str, Any]) -> int | None:
    item = client.get_item(TableName="Directory", Key=key)["Item"]
    return int(item["expires"]["N"]) if "expires" in item else None


def test_a_refusal_and_the_count_of_a_day_are_kept_for_a_week(client: Any):
    registry = DynamoMediaRegistry(client, "Directory")
    registry.open(MEDIA)
    assert expires(client, items.allowance_key("alice", 20_000)) == AT // 1000 + 7 * DAY_S
    registry.settle(MEDIA, replace(MEDIA, state="refused", reason="no"), AT + 60_000)
    assert expires(client, media_key(MEDIA.id)) == AT // 1000 + 60 + 7 * DAY_S


def test_what_is_not_refused_does_not_expire(client: Any):
    registry = DynamoMediaRegistry(client, "Directory")
    registry.open(MEDIA)
    registry.settle(MEDIA, replace(MEDIA, state="ready"), AT)
    assert expires(client, media_key(MEDIA.id)) is None
