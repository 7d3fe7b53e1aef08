"""The streams' second reader: what happened is recorded for analytics, in large batches that nobody waits for."""

import os
from collections.abc import Callable
from typing import Any

from parley.analytics import recording
from parley.analytics.model import Happening
from parley.core.errors import ParleyError
from parley.runtime import bootstrap, dependencies
from workers.uploads import Event


def consume(event: Event, deps: dependencies.Recorder) -> dict[str, list[dict[str, str]]]:
    """Record a batch, and return which records are to be delivered again.

    A record that cannot be read does not hold up the others: it is delivered again by itself until the event source
    gives it up to the dead-letter queue. If the events cannot be kept now, the whole batch is delivered again. What is
    recorded twice has the same id twice.

    Args:
        event: DynamoDB stream records of one table.
        deps: what the function is given.
    """
    happenings: list[Happening] = []
    again: list[str] = []
    for record in event["Records"]:
        try:
            happenings += (h for h in deps.happenings(record) if h.user not in deps.canary)
        except (KeyError, TypeError, ValueError) as error:
            deps.telemetry.failed(error)
            again.append(record["dynamodb"]["SequenceNumber"])
    recorded = recording.Recorded()
    try:
        recorded = recording.record(happenings, deps.ports)
    except ParleyError as error:
        deps.telemetry.failed(error)
        again = [event["Records"][0]["dynamodb"]["SequenceNumber"]]
    deps.telemetry.correlate(forgotten=recorded.forgotten)
    deps.telemetry.count(Recorded=recorded.events, RecordFailures=len(again))
    return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in again]}


def __getattr__(name: str) -> Callable[[Event, object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.recorder(os.environ)
    return lambda event, _: consume(event, deps)
