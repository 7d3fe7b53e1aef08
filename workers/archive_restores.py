"""The archive bucket's events: whoever waits for a pack is told that it can be read."""

import os
import time
from collections.abc import Callable
from urllib.parse import unquote_plus

from parley.archive import restoring
from parley.core.errors import ParleyError, Unavailable
from parley.runtime import bootstrap, dependencies
from workers.uploads import Event

_BACK = "ObjectRestore:Completed"


def consume(event: Event, deps: dependencies.Restored, now: int) -> None:
    """Act on each record. A failure does not hold up the other records, and makes Lambda deliver the event again.

    Raises:
        Unavailable: some who wait could not be told now.
    """
    failed = 0
    for record in event.get("Records", []):  # the event with which S3 tests a new notification has none
        pack = deps.pack(unquote_plus(record["s3"]["object"]["key"]))
        if record["s3"]["bucket"]["name"] != deps.bucket:
            deps.telemetry.refused("forbidden")  # whoever sent this, it is not about our packs
            continue
        if record["eventName"] != _BACK or not pack:
            continue
        try:
            told = restoring.tell(pack, now, deps.ports)
        except ParleyError as error:
            deps.telemetry.refused(error.code, reason=error.message)
            failed += 1
        except Exception as error:  # noqa: BLE001  (one pack's trouble must not hold up the others)
            deps.telemetry.failed(error)
            failed += 1
        else:
            deps.telemetry.count(PacksRestored=1, RestoresTold=told)
    if failed:
        raise Unavailable(f"{failed} events could not be dealt with", retry_after=1)


def __getattr__(name: str) -> Callable[[Event, object], None]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.restored(os.environ)
    return lambda event, _: consume(event, deps, time.time_ns() // 1_000_000)
