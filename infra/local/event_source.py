"""Carries out an event source mapping on this machine: it reads a table's stream, and invokes a function with batches.

Lambda does this inside AWS, and the emulator does not (``infra.local.workarounds``, 2). The decisions are made in
``infra.local.stream``; this module has the threads, the clock and the calls.
"""

import json
import queue
import threading
import time
import uuid
import zlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from botocore.exceptions import BotoCoreError, ClientError

from infra.local import stream
from infra.local.position import Position
from infra.local.stream import Answer, Batch, Decision, Record, Rules
from infra.stream_records import as_event

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

_POLL = 0.1
_SLOW_POLL = 1.0
"""For a reader whose batches are gathered for several seconds anyway: polling is work for the embedded AWS."""
_SLOW_WINDOW = 5.0
_LONGEST_PAUSE = 5.0
_END = None


class _Ended(Exception):
    """The block was left while a call was being retried."""


class Ends(NamedTuple):
    """What a mapping connects, and the clients for it."""

    streams: "DynamoDBStreamsClient"
    functions: "LambdaClient"
    queues: "SQSClient"
    stream_arn: str
    function: str
    queue_url: str | None


class EventSource:
    """``with EventSource(ends, rules):`` – within the block, what is written to the table reaches the function.

    It starts at the oldest record, like a mapping that has just been created, or after what ``position``, a file, says
    was dealt with.
    """

    def __init__(self, ends: Ends, rules: Rules, position: Path | None = None) -> None:
        self._ends = ends
        self._position = Position(position)
        self._rules = rules
        self._ended = threading.Event()
        self._change = threading.Condition()
        self._polls = 0
        self._in_work = 0
        self._lanes: list[queue.SimpleQueue[Record | None]] = [queue.SimpleQueue() for _ in range(rules.lanes)]
        works: list[Callable[[], None]] = [self._read, *(partial(self._work, lane) for lane in self._lanes)]
        self._threads = [threading.Thread(target=self._until_ended, args=(work,), daemon=True) for work in works]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop reading. Work in progress is abandoned: its threads are daemons, and the emulator ends next."""
        self._ended.set()
        for lane in self._lanes:
            lane.put(_END)

    def settled(self, limit: float) -> bool:
        """Wait up to ``limit`` seconds for everything now in the stream to be dealt with, and return whether it was."""
        with self._change:
            begun_after_now = self._polls + 2
            return self._change.wait_for(lambda: self._polls >= begun_after_now and self._in_work == 0, limit)

    def _count(self, *, polls: int = 0, records: int = 0) -> None:
        with self._change:
            self._polls += polls
            self._in_work += records
            self._change.notify_all()

    @staticmethod
    def _until_ended(work: Callable[[], None]) -> None:
        with suppress(_Ended):
            work()

    def _read(self) -> None:
        """Distribute the stream's records to lanes by item, as Lambda does with a parallelization factor."""
        asked = self._retried(lambda: self._ends.streams.describe_stream(StreamArn=self._ends.stream_arn))
        described = asked["StreamDescription"]
        self._shard = described["Shards"][0]["ShardId"]  # the emulator keeps one forever
        last: str | None = None
        iterator: str | None = None
        while not self._ended.is_set():
            iterator = iterator or self._iterator(last)
            try:
                page = self._ends.streams.get_records(ShardIterator=iterator)
            except (ClientError, BotoCoreError):  # the iterator expires while a laptop sleeps
                iterator = None
                self._ended.wait(_POLL)
                continue
            self._count(polls=1, records=len(page["Records"]))
            for record in page["Records"]:
                genuine = as_event(record, self._ends.stream_arn)
                if not self._position.take(stream.sequence(genuine)):
                    last = stream.sequence(genuine)
                    self._count(records=-1)
                    continue
                key = json.dumps(genuine["dynamodb"]["Keys"], sort_keys=True)
                self._lanes[zlib.crc32(key.encode()) % len(self._lanes)].put(genuine)
                last = stream.sequence(genuine)
            iterator = page.get("NextShardIterator")
            if not page["Records"]:
                self._ended.wait(_SLOW_POLL if self._rules.window >= _SLOW_WINDOW else _POLL)

    def _iterator(self, last: str | None) -> str:
        where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        place: dict[str, Any] = where if last else {"ShardIteratorType": "TRIM_HORIZON"}
        arn = self._ends.stream_arn
        made = self._retried(lambda: self._ends.streams.get_shard_iterator(StreamArn=arn, ShardId=self._shard, **place))
        iterator: str = made["ShardIterator"]
        return iterator

    def _work(self, lane: "queue.SimpleQueue[Record | None]") -> None:
        while not self._ended.is_set():
            records = self._gather(lane)
            if not records:
                return
            waiting = deque([Batch(records)])
            while waiting and not self._ended.is_set():
                waiting.extendleft(reversed(self._try(waiting.popleft())))
            if not waiting:
                self._position.done(map(stream.sequence, records))
            self._count(records=-len(records))

    def _try(self, batch: Batch) -> tuple[Batch, ...]:
        """Try a batch once, and return what is to be tried before anything newer."""
        young, aged = stream.split_by_age(batch, time.time(), self._rules)
        self._give_up(aged)
        if young is None:
            return ()
        self._ended.wait(min(0.1 * 2**young.failures, _LONGEST_PAUSE) if young.failures else 0)
        decision = stream.decide(young, self._invoke(young), self._rules)
        self._give_up(decision)
        return decision.again

    def _gather(self, lane: "queue.SimpleQueue[Record | None]") -> tuple[Record, ...]:
        """Return the next batch: its first record and as many more as come within the window. Empty at the end."""
        first = lane.get()
        if first is _END:
            return ()
        records, until = [first], time.monotonic() + self._rules.window
        while len(records) < self._rules.batch_size:
            try:
                record = lane.get(timeout=max(until - time.monotonic(), 0))
            except queue.Empty:
                break
            if record is _END:
                return ()
            records.append(record)
        return tuple(records)

    def _invoke(self, batch: Batch) -> Answer:
        event = json.dumps({"Records": batch.records}, default=str).encode()
        try:
            answer = self._ends.functions.invoke(FunctionName=self._ends.function, Payload=event)
            returned = json.loads(answer["Payload"].read() or b"null")
        except (ClientError, BotoCoreError, ValueError) as error:
            return Answer(type(error).__name__, None)
        return Answer(answer.get("FunctionError"), returned)

    def _give_up(self, decision: Decision) -> None:
        if decision.discarded is None or self._ends.queue_url is None:
            return
        body = json.dumps(_letter(decision.discarded, decision.condition, self._ends, self._shard))
        url = self._ends.queue_url
        self._retried(lambda: self._ends.queues.send_message(QueueUrl=url, MessageBody=body))

    def _retried(self, call: Callable[[], Any]) -> Any:
        """Return the call's result, however many tries it takes."""
        while True:
            try:
                return call()
            except (ClientError, BotoCoreError):
                if self._ended.wait(_POLL):
                    raise _Ended from None


def _letter(batch: Batch, condition: str, ends: Ends, shard: str) -> dict[str, Any]:
    """Return what Lambda writes to a dead-letter queue: not the records, but where in the stream they are."""
    first, last = batch.records[0], batch.records[-1]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": ends.function,
            "condition": condition,
            "approximateInvokeCount": batch.failures,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": _iso(time.time()),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": stream.sequence(first),
            "endSequenceNumber": stream.sequence(last),
            "approximateArrivalOfFirstRecord": _iso(stream.created(first)),
            "approximateArrivalOfLastRecord": _iso(stream.created(last)),
            "batchSize": len(batch.records),
            "streamArn": ends.stream_arn,
        },
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
