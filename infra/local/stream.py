"""What Lambda does with batches of a stream, as decisions without I/O: what is tried again, and what is given up.

Sources: "Using AWS Lambda with Amazon DynamoDB", "Configuring partial batch response with DynamoDB and Lambda" and
"Retain discarded records" in the Lambda developer guide. ``infra.local.source`` carries the decisions out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Record = Mapping[str, Any]
"""As the function gets it: ``eventID``, ``dynamodb`` with ``SequenceNumber`` and ``Keys``, …"""


class Rules(NamedTuple):
    """An event source mapping's properties."""

    batch_size: int
    window: float
    """Seconds to gather a batch in."""
    lanes: int
    """Batches in work at once; records of one partition key stay in one lane, in order."""
    partial: bool
    bisect: bool
    retries: int
    """How often a batch is tried again; -1 for ever."""
    max_age: float
    """Seconds after which a record is no longer tried; -1 for never."""


class Batch(NamedTuple):
    """Records in order, and how often they have been tried, together, in vain."""

    records: tuple[Record, ...]
    failures: int = 0


class Answer(NamedTuple):
    """What an invocation came to: an error, or what the function returned."""

    error: str | None
    returned: object


class Decision(NamedTuple):
    """What follows: batches to try before anything newer of the lane, and one to give up, if any."""

    again: tuple[Batch, ...] = ()
    discarded: Batch | None = None
    condition: str = ""
    """Why it is given up, in Lambda's words."""


def rules(properties: Mapping[str, Any]) -> Rules:
    """A mapping's rules from its template properties, with Lambda's defaults."""
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
    """What to do after a batch was tried.

    An error fails the whole batch, which is halved if it may be. A partial failure is done up to the lowest sequence
    number reported, and goes on from there. Neither counts as a retry as long as the batch gets smaller; a batch that
    fails as a whole once more than it may be retried is given up.
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
    """The part of a batch that is young enough to be tried, and the part that is not; ``now`` in seconds."""
    if rule.max_age < 0:
        return batch, Decision()
    old = tuple(r for r in batch.records if now - created(r) > rule.max_age)
    young = tuple(r for r in batch.records if now - created(r) <= rule.max_age)
    decision = Decision(discarded=Batch(old, batch.failures), condition="RecordAgeExceeded") if old else Decision()
    return (batch._replace(records=young) if young else None), decision


def sequence(record: Record) -> str:
    """A record's place in its shard."""
    return str(record["dynamodb"]["SequenceNumber"])


def created(record: Record) -> float:
    """When a record was written, in seconds since the epoch."""
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def _first_failed(records: Sequence[Record], returned: object, rule: Rules) -> int | None:
    """The index of the first record to try again; None where all are done. What makes no sense fails the batch."""
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
