"""Dead letters are done again from a real stream and a real queue (moto's). The functions are made up."""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from infra.operate import redrive as command
from infra.operate.letters import Redriver
from infra.operate.redrive import Report, UnknownQueue, queues, redrive

ARN = "arn:aws:lambda:us-east-1:123456789012:function:notifier"


class Functions:
    """A Lambda whose functions take what they are given, until they are told to fail."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Any]] = []
        self.answer: dict[str, Any] = {}
        self.returned: Any = {"batchItemFailures": []}

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        self.taken.append((FunctionName, json.loads(Payload)))
        return {"Payload": io.BytesIO(json.dumps(self.returned).encode()), **self.answer}


class World:
    """A table with a stream, a queue, and functions."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", "us-east-1")
        self.url = self.sqs.create_queue(QueueName="undelivered")["QueueUrl"]
        self.dynamodb = boto3.client("dynamodb", "us-east-1")
        self.streams = boto3.client("dynamodbstreams", "us-east-1")
        table = self.dynamodb.create_table(
            TableName="log",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        self.stream = table["TableDescription"]["LatestStreamArn"]
        self.functions = Functions()

    def write(self, *keys: str) -> list[dict[str, Any]]:
        """Write these, and return the stream's records of everything written."""
        for key in keys:
            self.dynamodb.put_item(TableName="log", Item={"pk": {"S": key}})
        described = self.streams.describe_stream(StreamArn=self.stream)["StreamDescription"]
        self.shard = described["Shards"][0]["ShardId"]
        iterator = self.streams.get_shard_iterator(
            StreamArn=self.stream, ShardId=self.shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        return [dict(r) for r in self.streams.get_records(ShardIterator=iterator)["Records"]]

    def give_up(self, records: list[dict[str, Any]], size: int | None = None) -> None:
        """Put into the queue what Lambda writes about a batch."""
        first, last = (r["dynamodb"]["SequenceNumber"] for r in (records[0], records[-1]))
        self.put(
            requestContext={"functionArn": ARN, "condition": "RetryAttemptsExhausted"},
            DDBStreamBatchInfo={
                "shardId": self.shard,
                "startSequenceNumber": first,
                "endSequenceNumber": last,
                "batchSize": len(records) if size is None else size,
                "streamArn": self.stream,
            },
        )

    def put(self, **message: Any) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(message))

    def redrive(self, *, drop_expired: bool = False) -> Report:
        redriver = Redriver(self.functions, self.streams)
        return redrive("Undelivered", self.url, self.sqs, redriver, lambda _: None, drop_expired=drop_expired)

    def waiting(self) -> int:
        """How many messages somebody else could receive now."""
        asked = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(asked["Attributes"]["ApproximateNumberOfMessages"])


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        yield World()


def test_a_batch_is_read_from_the_stream_and_given_to_its_function_as_it_came(world: World):
    records = world.write("a", "b", "c", "d")
    world.give_up(records[1:3])
    assert world.redrive() == Report("Undelivered", done=1)
    [(function, event)] = world.functions.taken
    assert function == ARN
    assert [r["dynamodb"]["NewImage"]["pk"]["S"] for r in event["Records"]] == ["b", "c"]
    assert {r["eventSourceARN"] for r in event["Records"]} == {world.stream}
    assert all(type(r["dynamodb"]["ApproximateCreationDateTime"]) is float for r in event["Records"])
    assert world.waiting() == 0


def test_an_event_that_the_message_holds_whole_goes_to_its_function(world: World):
    world.put(requestContext={"functionArn": ARN}, requestPayload={"Records": [1]})
    world.functions.returned = None
    assert world.redrive().done == 1
    assert world.functions.taken == [(ARN, {"Records": [1]})]


@pytest.mark.parametrize(
    ("answer", "returned"), [({"FunctionError": "Unhandled"}, None), ({}, {"batchItemFailures": [{}]})]
)
def test_what_fails_again_stays_for_the_next_time_and_is_tried_once(world: World, answer, returned):
    world.give_up(world.write("a"))
    world.functions.answer, world.functions.returned = answer, returned
    report = world.redrive()
    assert (report.failed, report.left, len(world.functions.taken)) == (1, 1, 1)
    assert world.waiting() == 1, "not for twelve hours later"
    world.functions.answer, world.functions.returned = {}, {}
    assert world.redrive().done == 1


def test_one_that_fails_does_not_keep_others_from_being_done(world: World):
    records = world.write(*map(str, range(25)))
    for record in records:
        world.give_up([record])
    world.put(nonsense=1)
    world.put(requestContext={"functionArn": ARN})
    report = world.redrive()
    assert (report.done, report.unreadable, report.left) == (25, 2, 2)
    assert report.why == {"not a message that Lambda writes": 2}


def test_records_that_the_stream_has_no_more_are_told_and_dropped_only_if_asked(world: World):
    world.give_up(world.write("a"), size=2)
    report = world.redrive()
    assert (report.expired, report.left, world.functions.taken) == (1, 1, [])
    assert world.waiting() == 1
    report = world.redrive(drop_expired=True)
    assert (report.expired, report.dropped, report.left, world.waiting()) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("code", "field"), [("TrimmedDataAccessException", "expired"), ("LimitExceededException", "failed")]
)
def test_only_a_stream_that_has_forgotten_makes_a_message_expire(world: World, code, field):
    world.give_up(world.write("a"))
    with Stubber(world.streams) as stub:
        stub.add_client_error("get_shard_iterator", code)
        assert getattr(world.redrive(), field) == 1


def test_what_another_queue_has_given_up_is_moved_back_by_sqs(world: World):
    page = {"ReceiptHandle": "h", "Body": "page", "Attributes": {"DeadLetterQueueSourceArn": "arn:aws:sqs:…:pages"}}
    with Stubber(world.sqs) as stub:  # moto does not say where a message comes from, and has no tasks that move it
        stub.add_response("receive_message", {"Messages": [page]})
        hidden = {"QueueUrl": world.url, "ReceiptHandle": "h", "VisibilityTimeout": 0}
        stub.add_response("change_message_visibility", {}, hidden)
        stub.add_response("get_queue_attributes", {"Attributes": {"QueueArn": "arn:aws:sqs:us-east-1:1:dead"}})
        stub.add_response("start_message_move_task", {"TaskHandle": "t"}, {"SourceArn": "arn:aws:sqs:us-east-1:1:dead"})
        report = world.redrive()
        stub.assert_no_pending_responses()
    assert (report.moving, report.left, world.functions.taken) == (True, 0, [])


def test_queues_are_the_stacks_outputs_and_one_that_is_not_is_told():
    outputs = {"UndeliveredQueueUrl": "u", "FailedUploadsQueueUrl": "f", "Region": "us-east-1"}
    assert queues(outputs) == {"Undelivered": "u", "FailedUploads": "f"}
    assert queues(outputs, "FailedUploads") == {"FailedUploads": "f"}
    with pytest.raises(UnknownQueue, match="there are: FailedUploads, Undelivered"):
        queues(outputs, "Lost")


class Place:
    """An environment that is there."""

    def __init__(self, world: World) -> None:
        self.outputs = {"UndeliveredQueueUrl": world.url}
        self.clients = {"lambda": world.functions, "dynamodbstreams": world.streams, "sqs": world.sqs}

    def client(self, service: str) -> Any:
        return self.clients[service]


def test_the_command_tells_a_machine_and_a_reader_and_fails_if_something_is_left(world: World, monkeypatch, capsys):
    monkeypatch.setattr(command, "find", lambda _: Place(world))
    world.give_up(world.write("a"))
    world.put(nonsense=1)
    assert command.main(["dev", "--json"]) == 1
    [told] = json.loads(capsys.readouterr().out)
    assert (told["queue"], told["done"], told["unreadable"]) == ("Undelivered", 1, 1)
    assert command.main(["dev"]) == 1
    assert capsys.readouterr().out == "Undelivered: 1 unreadable (1 × not a message that Lambda writes)\n"
    world.sqs.purge_queue(QueueUrl=world.url)
    assert command.main(["dev", "--queue", "Undelivered"]) == 0
    assert capsys.readouterr().out == "Undelivered: empty\n"


def test_what_goes_wrong_is_one_line(monkeypatch, capsys):
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeStacks")

    def find(_: str) -> None:
        raise denied

    assert command.main(["nowhere"]) == 1
    monkeypatch.setattr(command, "find", find)
    assert command.main(["dev"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("redrive: there is no environment 'nowhere'")
    assert second.startswith("redrive: An error occurred (AccessDenied)")
