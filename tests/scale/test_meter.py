"""The meter counts as DynamoDB does, by partition key."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests import tables
from tests.scale.meter import Key, Meter

ROW = {"pk": {"S": "U#ann"}, "sk": {"S": "I#dm"}}
ANN, INBOX = Key("Directory", "U#ann"), Key("Directory/inbox", "U#ann")


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        made = boto3.client("dynamodb")
        tables.create(made, "Log", "Directory")
        yield made


@pytest.fixture
def meter(client: Any) -> Meter:
    made = Meter(boto3.client("dynamodb"), ("Log", "Directory"))
    made.observe(client)
    return made


def test_an_index_takes_a_write_when_an_item_comes_two_when_it_moves_and_none_otherwise(client: Any, meter: Meter):
    written = meter.units["write"]
    client.put_item(TableName="Directory", Item={**ROW, "recent": {"N": "1"}})
    assert (written[ANN], written[INBOX]) == (1, 1)
    update = {"TableName": "Directory", "Key": ROW, "ExpressionAttributeValues": {":n": {"N": "2"}}}
    client.update_item(**update, UpdateExpression="SET recent = :n")
    assert (written[ANN], written[INBOX]) == (2, 3)
    client.update_item(**update, UpdateExpression="SET muted = :n")
    assert (written[ANN], written[INBOX]) == (3, 3), "the index holds no more than keys"
    client.delete_item(TableName="Directory", Key=ROW)
    assert (written[ANN], written[INBOX]) == (4, 4)


def test_a_write_is_charged_by_the_kilobyte_twice_in_a_transaction_and_also_if_it_fails(client: Any, meter: Meter):
    written, item = meter.units["write"], {**ROW, "body": {"S": "x" * 1_500}}
    client.put_item(TableName="Directory", Item=item)
    assert written[ANN] == 2
    put = {"TableName": "Directory", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(ClientError):
        client.put_item(**put)
    assert written[ANN] == 4
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "Directory", "Item": item}}])
    assert written[ANN] == 8


def test_reads_are_charged_by_four_kilobytes_half_if_weak_and_for_what_is_not_there(client: Any, meter: Meter):
    read = meter.units["read"]
    client.put_item(TableName="Directory", Item={**ROW, "body": {"S": "x" * 5_000}, "recent": {"N": "1"}})
    client.get_item(TableName="Directory", Key=ROW, ConsistentRead=True)
    assert read[ANN] == 2
    keys = [ROW, {**ROW, "sk": {"S": "nothing"}}]
    client.batch_get_item(RequestItems={"Directory": {"Keys": keys}})
    assert read[ANN] == 2 + 1 + 0.5
    query = {"TableName": "Directory", "KeyConditionExpression": "pk = :p"}
    client.query(**query, ExpressionAttributeValues={":p": ROW["pk"]})
    assert read[ANN] == 2 + 1 + 0.5 + 1
    client.query(**query, IndexName="inbox", ExpressionAttributeValues={":p": ROW["pk"]})
    assert read[INBOX] == 0.5
