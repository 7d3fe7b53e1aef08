"""The local event source carries out what it decides: batches arrive in order, and what it gives up is kept."""

import io
import json
import threading

import pytest
from botocore.exceptions import ClientError

from infra.local.event_source import Ends, EventSource
from infra.local.stream import Rules

RULES = Rules(batch_size=10, window=0.05, lanes=1, partial=True, bisect=True, retries=1, max_age=-1)
LIMIT = 10


class Streams:
    """One shard; records can be added while it is read."""

    def __init__(self):
        self.records = []
        self.expire = False

    def add(self, conversation, seq):
        number = str(len(self.records) + 1)
        keys = {"conversation": {"S": conversation}, "seq": {"N": str(seq)}}
        change = {"SequenceNumber": number, "Keys": keys, "ApproximateCreationDateTime": 1_000}
        self.records.append({"eventID": number, "eventName": "INSERT", "dynamodb": change})

    def describe_stream(self, **_):
        return {"StreamDescription": {"Shards": [{"ShardId": "shard-1"}]}}

    def get_shard_iterator(self, **asked):
        if asked["ShardIteratorType"] == "TRIM_HORIZON":
            return {"ShardIterator": "0"}
        assert asked["ShardIteratorType"] == "AFTER_SEQUENCE_NUMBER"
        return {"ShardIterator": asked["SequenceNumber"]}

    def get_records(self, *, ShardIterator):  # noqa: N803
        if self.expire and int(ShardIterator) == len(self.records):
            self.expire = False
            raise ClientError({"Error": {"Code": "ExpiredIteratorException", "Message": ""}}, "GetRecords")
        start = int(ShardIterator)
        page = self.records[start:]
        return {"Records": page, "NextShardIterator": str(start + len(page))}


class Function:
    """Remembers what it was given; fails where a sequence number is poisoned."""

    def __init__(self):
        self.seen, self.poisoned, self.lock = [], set(), threading.Lock()

    def invoke(self, *, FunctionName, Payload):  # noqa: N803
        records = json.loads(Payload)["Records"]
        with self.lock:
            if any(r["eventID"] in self.poisoned for r in records):
                return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
            self.seen += [(r["dynamodb"]["Keys"]["conversation"]["S"], r["eventID"]) for r in records]
        return {"Payload": io.BytesIO(b'{"batchItemFailures": []}')}


class Queue:
    def __init__(self):
        self.letters = []

    def send_message(self, *, QueueUrl, MessageBody):  # noqa: N803
        self.letters.append(json.loads(MessageBody))


@pytest.fixture
def ends():
    return Ends(Streams(), Function(), Queue(), "arn:stream", "notifier", "http://queue")


def test_every_record_arrives_and_each_conversations_in_order(ends):
    for seq in range(1, 31):
        ends.streams.add(f"c{seq % 3}", seq)
    with EventSource(ends, RULES) as source:
        assert source.settled(LIMIT)
    for conversation in ("c0", "c1", "c2"):
        ours = [int(e) for c, e in ends.functions.seen if c == conversation]
        assert ours == sorted(ours)
        assert len(ours) == 10


def test_with_a_parallelization_factor_every_record_arrives_and_only_an_items_order_is_kept(ends):
    for seq in range(1, 31):
        ends.streams.add("c", seq)
    with EventSource(ends, RULES._replace(lanes=4)) as source:
        assert source.settled(LIMIT)
    assert sorted(int(e) for _, e in ends.functions.seen) == list(range(1, 31))


def test_records_written_while_it_runs_arrive_too(ends):
    with EventSource(ends, RULES) as source:
        assert source.settled(LIMIT)
        ends.streams.add("c", 1)
        assert source.settled(LIMIT)
    assert ends.functions.seen == [("c", "1")]


def test_a_record_that_always_fails_goes_to_the_queue_and_holds_up_nobody(ends):
    for seq in range(1, 6):
        ends.streams.add("c", seq)
    ends.functions.poisoned = {"3"}
    with EventSource(ends, RULES) as source:
        assert source.settled(LIMIT)
    assert [e for _, e in ends.functions.seen] == ["1", "2", "4", "5"]
    (letter,) = ends.queues.letters
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert letter["requestContext"]["approximateInvokeCount"] == 1 + RULES.retries
    batch = letter["DDBStreamBatchInfo"]
    assert (batch["shardId"], batch["startSequenceNumber"], batch["endSequenceNumber"]) == ("shard-1", "3", "3")


def test_after_an_iterator_has_expired_it_goes_on_where_it_was(ends):
    ends.streams.add("c", 1)
    with EventSource(ends, RULES) as source:
        assert source.settled(LIMIT)
        ends.streams.expire = True
        assert source.settled(LIMIT)
        ends.streams.add("c", 2)
        assert source.settled(LIMIT)
    assert not ends.streams.expire
    assert ends.functions.seen == [("c", "1"), ("c", "2")]
