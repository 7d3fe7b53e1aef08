"""`make redrive` on the embedded AWS: what the queues hold is done again by the deployed functions."""

import json
import uuid
from typing import Any

import boto3
import pytest
from botocore.config import Config

from infra.local.stack import User
from infra.operate import redrive
from tests.e2e.deployment import Deployment
from tests.e2e.test_nothing_is_lost import stored
from tests.handlers import events

pytestmark = pytest.mark.gateway_only


@pytest.fixture
def client(local: Deployment, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes clients of the embedded AWS, to which the command is pointed."""
    assert local.local is not None
    endpoint = local.local.endpoint
    monkeypatch.setenv("PARLEY_PORT", endpoint.rpartition(":")[2])
    session = boto3.Session("test", "test", region_name="us-east-1")
    return lambda service: session.client(service, endpoint_url=endpoint, config=Config(proxies={}))


def function(local: Deployment, name: str) -> str:
    pages = local.local.functions.get_paginator("list_functions").paginate()
    [arn] = [f["FunctionArn"] for page in pages for f in page["Functions"] if f"-{name}" in f["FunctionName"]]
    return arn


def test_an_entry_that_the_notifier_gave_up_on_is_pushed_after_all(
    local: Deployment, alice: User, bob: User, dm: str, client: Any, capsys: pytest.CaptureFixture[str]
):
    stored(local, bob, dm, 1, (alice.id, bob.id))
    assert local.local.settled(30), "and nobody could be told"
    endpoint = local.local.register(alice, "phone", uuid.uuid4().hex)
    streams, tables = client("dynamodbstreams"), local.local.dynamodb
    arn = tables.describe_table(TableName=local.local.outputs["LogTable"])["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    where = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = streams.get_shard_iterator(**where)["ShardIterator"]
    mine: list[Any] = []
    while not mine:
        page = streams.get_records(ShardIterator=iterator)
        mine = [r["dynamodb"] for r in page["Records"] if r["dynamodb"]["Keys"]["conversation"]["S"] == dm]
        iterator = page["NextShardIterator"]
    [at] = {record["SequenceNumber"] for record in mine}
    letter = {
        "requestContext": {"functionArn": function(local, "NotifierFunction"), "condition": "RetryAttemptsExhausted"},
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": at,
            "endSequenceNumber": at,
            "batchSize": 1,
            "streamArn": arn,
        },
    }
    queue = local.local.outputs["UndeliveredQueueUrl"]
    client("sqs").purge_queue(QueueUrl=queue)  # what other tests have had the notifier give up on
    client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(letter))
    assert redrive.main(["local", "--queue", "Undelivered", "--json"]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert (told["done"], told["failed"], told["expired"]) == (1, 0, 0)
    assert len(local.pushes.sent(endpoint)) == 1


def test_an_event_of_s3_that_was_given_up_goes_to_its_function_again(
    local: Deployment, client: Any, capsys: pytest.CaptureFixture[str]
):
    event = events.bucket("ObjectCreated:Post", "files/2026/none")
    event["Records"][0]["s3"]["bucket"]["name"] = local.local.outputs["MediaBucket"]
    letter = {"requestContext": {"functionArn": function(local, "UploadsFunction")}, "requestPayload": event}
    queue = local.local.outputs["FailedUploadsQueueUrl"]
    client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(letter))
    assert redrive.main(["local", "--queue", "FailedUploads"]) == 0
    assert capsys.readouterr().out == "FailedUploads: 1 done\n"
    assert redrive.main(["local", "--queue", "FailedUploads"]) == 0
    assert capsys.readouterr().out == "FailedUploads: empty\n"
