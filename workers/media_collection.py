"""The clock: uploads that were never finished, and media that nothing refers to, are removed."""

import os
import time
from collections.abc import Callable

from parley.core.errors import Unavailable
from parley.media import collection
from workers import wiring


def run(made: wiring.Collector, now: int) -> None:
    """Collect once.

    Raises:
        Unavailable: some could not be removed now. All the others have been; Lambda tries again.
    """
    collected = collection.collect(now, made.ports)
    for error in collected.errors:
        made.telemetry.failed(error)
    made.telemetry.count(MediaCollected=collected.removed, CollectFailures=collected.failed)
    if collected.failed:
        raise Unavailable(f"{collected.failed} uploads could not be removed", retry_after=1)


def __getattr__(name: str) -> Callable[[object, object], None]:
    if name != "handler":
        raise AttributeError(name)
    made = wiring.collector(os.environ)
    return lambda _event, _context: run(made, time.time_ns() // 1_000_000)
