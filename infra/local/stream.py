"""What Lambda does with batches of a stream, as decisions without I/O: what is tried again, and what is given up.

Sources: "Using AWS Lambda with Amazon DynamoDB", "Configuring partial batch response with DynamoDB and Lambda" and
"Retain discarded records" in the Lambda developer guide. ``infra.local.event_source`` carries the decisions out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Record = Mapping[str, Any]
"""A record as the function gets it: ``eventID``, ``dynamodb`` with ``SequenceNumber`` and ``Keys``, …"""


class Rules(NamedTuple):
    """An event source mapping's properties."""

    batch_size: int
    window: float
    """The number of seconds in which a batch is gathered."""
    lanes: int
    """The number of batches that are processed at once. Records of one partition key stay in one lane, in order."""
    partial: bool
    bisect: bool
    retries: int
    """How often a batch is tried again. -1 means forever."""
    max_age: float
    """Seconds after which a record is no longer tried. -1 means never."""


class Batch(NamedTuple):
    """Records in order, and how often they have been tried together without success."""

    records: tuple[Record, ...]
    failures: int = 0


class Answer(NamedTuple):
    """The outcome of an invocation: an error, or what the function returned."""

    error: str | None
    returned: object


class Decision(NamedTuple):
    """What follows: the batches to try before anything newer in the lane, and the one to give up, if any."""

    again: tuple[Batch, ...] = ()
    discarded: Batch | None = None
    condition: str = ""
    """Why the batch is given up, in Lambda's words."""


def rules(properties: Mapping[str, Any]) -> Rules:
    """Return a mapping's rules from its template properties, with Lambda's defaults."""
    return Rules(
        batch_size=int(properties.get("BatchSize", 100)),
        window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
        lanes=int(properties.get("ParallelizationFactor", 1)),
        partial="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
        bisect=bool(properties.get("BisectBatchOnFunctionError", False)),
        retries=int(properties.get("MaximumRetryAttempts", -1)),
        max_age=float(properties.get("MaximumRecordAgeInSeconds", -1)),
    )


def decide(batch: Batch, answer: Answer, rule: Rules) -> Decision:
    """Decide what to do after a batch was tried.

    An error fails the whole batch, which is halved if bisecting is allowed. After a partial failure, the batch is done
    up to the lowest sequence number reported, and continues from there. Neither counts as a retry as long as the batch
    gets smaller. A batch that fails as a whole once more than it may be retried is given up.
    """
    start = 0 if answer.error is not None else _first_failed(batch.records, answer.returned, rule)
    if start is None:
        return Decision()
    if start > 0:
        return Decision(again=(Batch(batch.records[start:]),))
    if answer.error is not None and rule.bisect and len(batch.records) > 1:
        middle = (len(batch.records) + 1) // 2
        return Decision(again=(Batch(batch.records[:middle]), Batch(batch.records[middle:])))
    failed = batch._replace(failures=batch.failures + 1)
    if 0 <= rule.retries < failed.failures:
        return Decision(discarded=failed, condition="RetryAttemptsExhausted")
    return Decision(again=(failed,))


def split_by_age(batch: Batch, now: float, rule: Rules) -> tuple[Batch | None, Decision]:
    """Return the part of a batch that is young enough to be tried, and the part that is not. ``now`` is in seconds."""
    if rule.max_age < 0:
        return batch, Decision()
    old = tuple(r for r in batch.records if now - created(r) > rule.max_age)
    young = tuple(r for r in batch.records if now - created(r) <= rule.max_age)
    decision = Decision(discarded=Batch(old, batch.failures), condition="RecordAgeExceeded") if old else Decision()
    return (batch._replace(records=young) if young else None), decision


def sequence(record: Record) -> str:
    """Return a record's place in its shard."""
    return str(record["dynamodb"]["SequenceNumber"])


def created(record: Record) -> float:
    """Return when a record was written, in seconds since the epoch."""
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def _first_failed(records: Sequence[Record], returned: object, rule: Rules) -> int | None:
    """Return the index of the first record to try again, or None if all are done. A bad answer fails the batch."""
    if not rule.partial or returned is None or returned == {}:
        return None
    if not isinstance(returned, dict):
        return 0
    failures = returned.get("batchItemFailures")
    if not failures:
        return None
    places = {sequence(r): i for i, r in enumerate(records)}
    try:
        return min(places[f["itemIdentifier"]] for f in failures)
    except (KeyError, TypeError):
        return 0
