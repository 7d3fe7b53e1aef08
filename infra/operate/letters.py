"""What is in a dead-letter queue, and how each kind of it is done again. Nothing here deletes anything."""

import json
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Meta, Struct, field

from infra.stream_records import as_event

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_lambda import LambdaClient


class Outcome(Enum):
    """What became of a message."""

    DONE = "done"
    FAILED = "failed"
    """Its function has failed again, or could not be reached; the message is still good."""
    EXPIRED = "expired"
    """The stream no longer has its records."""
    UNREADABLE = "unreadable"
    """It is of no kind that is known here."""


class Result(NamedTuple):
    """An outcome, and why, in a few words that repeat nothing a user has written."""

    outcome: Outcome
    why: str = ""


class _Expired(Exception):
    """The stream no longer has all of the records."""


class _Context(Struct):
    function: str = field(name="functionArn")


class _Batch(Struct):
    shard: str = field(name="shardId")
    start: Annotated[str, Meta(pattern="^[0-9]+$")] = field(name="startSequenceNumber")
    end: Annotated[str, Meta(pattern="^[0-9]+$")] = field(name="endSequenceNumber")
    size: int = field(name="batchSize")
    stream: str = field(name="streamArn")


class _Letter(Struct):
    """A message, as far as it is needed: it has either where in a stream its records are, or a whole event."""

    context: _Context = field(name="requestContext")
    batch: _Batch | None = field(name="DDBStreamBatchInfo", default=None)
    event: dict[str, Any] | None = field(name="requestPayload", default=None)


class Redriver:
    """Gives what a message stands for to the function that gave it up."""

    def __init__(self, functions: "LambdaClient", streams: "DynamoDBStreamsClient") -> None:
        self._functions = functions
        self._streams = streams

    def again(self, body: str) -> Result:
        """Do once again what the message is about.

        Sources: "Retain discarded records for a DynamoDB event source in Lambda" and "Capturing records of Lambda
        asynchronous invocations" in the Lambda developer guide.
        """
        try:
            letter = msgspec.json.decode(body, type=_Letter)
        except msgspec.DecodeError:
            return Result(Outcome.UNREADABLE, "not a message that Lambda writes")
        function = letter.context.function
        try:
            if letter.batch is not None:
                return self._invoke(function, {"Records": self._records(letter.batch)})
            if letter.event is not None:
                return self._invoke(function, letter.event)
            return Result(Outcome.UNREADABLE, "not a message that Lambda writes")
        except _Expired as error:
            return Result(Outcome.EXPIRED, str(error))
        except ClientError as error:
            return Result(Outcome.FAILED, error.response["Error"]["Code"])
        except BotoCoreError as error:
            return Result(Outcome.FAILED, type(error).__name__)

    def _records(self, batch: _Batch) -> list[dict[str, Any]]:
        """Read the batch from the stream again, as Lambda passes it to the function.

        Raises:
            _Expired: the stream no longer has all of it.
        """
        arn, size, end = batch.stream, batch.size, int(batch.end)
        try:
            iterator: str | None = self._streams.get_shard_iterator(
                StreamArn=arn,
                ShardId=batch.shard,
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                SequenceNumber=batch.start,
            )["ShardIterator"]
            records: list[dict[str, Any]] = []
            while iterator and len(records) < size:
                page = self._streams.get_records(ShardIterator=iterator, Limit=min(size - len(records), 1000))
                inside = [r for r in page["Records"] if int(r["dynamodb"]["SequenceNumber"]) <= end]
                records += [as_event(r, arn) for r in inside]
                iterator = page.get("NextShardIterator")
                if len(inside) < len(page["Records"]) or (records and not page["Records"]):
                    break
        except ClientError as error:
            if error.response["Error"]["Code"] in ("TrimmedDataAccessException", "ResourceNotFoundException"):
                raise _Expired("the stream keeps records for 24 hours") from None
            raise
        if len(records) < size:
            raise _Expired(f"{len(records)} of {size} records are still in the stream")
        return records

    def _invoke(self, function: str, event: object) -> Result:
        answer = self._functions.invoke(FunctionName=function, Payload=json.dumps(event, default=str).encode())
        returned = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            return Result(Outcome.FAILED, "the function has failed again; its log says why")
        if isinstance(returned, dict) and returned.get("batchItemFailures"):
            return Result(Outcome.FAILED, f"{len(returned['batchItemFailures'])} records have failed again")
        return Result(Outcome.DONE)
