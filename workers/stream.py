"""The log's stream: bursts of new entries are offered again to everyone who has not confirmed them."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from parley.chat.effects import dispatch
from parley.chat.effects import settings as effects
from parley.chat.entries import Entry
from parley.core.errors import ParleyError
from parley.runtime import bootstrap, dependencies
from workers.uploads import Event


class _Burst:
    """One conversation's share of a batch, and how far the work on it has got."""

    def __init__(self, first: str) -> None:
        self.first = first
        """The sequence number of its first record in the stream: where to start again if it fails."""
        self.entries: list[Entry] = []
        self.advanced = False
        self.failed = False
        self.offered = effects.DeliveryResult()
        self.ended = 0
        """When it was done or had failed, in ms."""

    @property
    def late(self) -> int:
        """How many of its entries were not offered in time. If it has failed, that is each that has become too old."""
        written = [e.at for e in self.entries] if self.failed else self.offered.offered
        return min(sum(self.ended - at > effects.WITHIN_MS for at in written), len(self.entries))


def consume(
    event: Event, deps: dependencies.StreamWorker, clock: Callable[[], int], pause: Callable[[float], None]
) -> dict[str, list[dict[str, str]]]:
    """Offer a batch, with its conversations in parallel, and return which records are to be delivered again.

    If a burst is too young to act on, the function waits: once for the whole batch, and no longer than the grace.

    Args:
        event: DynamoDB stream records, NEW_IMAGE.
        deps: what the function is given.
        clock: returns the time, in ms.
        pause: sleeps for the given number of seconds.
    """
    bursts, unreadable = _bursts(event["Records"], deps)
    pending, waited_ms = bursts, 0
    while pending:
        offers = _offer_all(pending, waited_ms, deps, clock)
        pending = [b for b, offered in zip(pending, offers, strict=True) if offered.wait_ms > 0]
        if pending:
            wait_ms = max(o.wait_ms for o in offers)
            waited_ms += wait_ms
            pause(wait_ms / 1000)
    if any(b.failed for b in bursts):
        pause(deps.rules.race_ms / 1000)  # so that the weak reads of the next delivery see what this one has written
    _report(bursts, deps)
    again = unreadable + [b.first for b in bursts if b.failed]
    return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in again]}


def _bursts(records: Sequence[Event], deps: dependencies.StreamWorker) -> tuple[list[_Burst], list[str]]:
    """The batch by conversation, in order; and the unreadable records, which end up in the dead-letter queue."""
    bursts: dict[str, _Burst] = {}
    unreadable: list[str] = []
    for record in records:
        if record.get("eventName") != "INSERT":
            continue  # the service only ever adds entries, but a restore or an operator may touch them
        sequence = record["dynamodb"]["SequenceNumber"]
        try:
            entry = deps.entry(record["dynamodb"]["NewImage"])
        except (KeyError, TypeError, ValueError) as error:
            deps.telemetry.failed(error)
            unreadable.append(sequence)
            continue
        bursts.setdefault(entry.conversation, _Burst(sequence)).entries.append(entry)
    for burst in bursts.values():
        burst.entries.sort(key=lambda e: e.seq)
    return list(bursts.values()), unreadable


def _offer_all(
    bursts: Sequence[_Burst], waited_ms: int, deps: dependencies.StreamWorker, clock: Callable[[], int]
) -> Sequence[effects.DeliveryResult]:
    def offer(burst: _Burst) -> effects.DeliveryResult:
        offered = _offer(burst, deps, clock(), waited_ms)
        burst.ended = clock()
        return offered

    return deps.parallel.each(offer, bursts)


def _offer(burst: _Burst, deps: dependencies.StreamWorker, now: int, waited_ms: int) -> effects.DeliveryResult:
    try:
        if not burst.advanced:
            dispatch.begin(burst.entries, deps.ports)
            burst.advanced = True
        burst.offered = dispatch.go_on(burst.entries, now, deps.ports, deps.rules, waited_ms)
    except ParleyError:
        burst.failed = True
        return effects.DeliveryResult()
    except Exception as error:  # noqa: BLE001  (one conversation's trouble must not hold up the others)
        deps.telemetry.failed(error)
        burst.failed = True
        return effects.DeliveryResult()
    return burst.offered


def _report(bursts: Sequence[_Burst], deps: dependencies.StreamWorker) -> None:
    total = sum((b.offered for b in bursts), effects.DeliveryResult())
    deps.telemetry.correlate(conversations=len(bursts))
    deps.telemetry.count(
        Notified=sum(len(b.entries) for b in bursts),
        Late=sum(b.late for b in bursts),
        NotifyFailures=sum(b.failed for b in bursts),
        Pushes=total.pushes,
        PushesRefused=total.refused,
        ForgottenEndpoints=total.forgotten,
        **deps.telemetry.posted(total.posted, again=True),
    )


def __getattr__(name: str) -> Callable[[Event, object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.stream(os.environ)
    return lambda event, _: consume(event, deps, lambda: time.time_ns() // 1_000_000, time.sleep)
