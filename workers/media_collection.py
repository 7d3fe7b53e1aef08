"""Invoked by the clock: removes uploads that were never finished, and media that nothing refers to."""

import os
import time
from collections.abc import Callable

from parley.core.errors import Unavailable
from parley.media import collection
from parley.runtime import bootstrap, dependencies


def run(deps: dependencies.Collector, now: int) -> None:
    """Collect once.

    Raises:
        Unavailable: some uploads could not be removed now. All the others have been; Lambda tries again.
    """
    collected = collection.collect(now, deps.ports)
    for error in collected.errors:
        deps.telemetry.failed(error)
    deps.telemetry.count(MediaCollected=collected.removed, CollectFailures=collected.failed)
    if collected.failed:
        raise Unavailable(f"{collected.failed} uploads could not be removed", retry_after=1)


def __getattr__(name: str) -> Callable[[object, object], None]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.collector(os.environ)
    return lambda _event, _context: run(deps, time.time_ns() // 1_000_000)
