"""The media bucket's events. Uploads are verified; what was archived or restored is noted, and users are told."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from parley.core.errors import ParleyError, Unavailable
from parley.media import archive, verification
from parley.media.model import Media
from parley.runtime import bootstrap, dependencies

Event = Mapping[str, Any]

_CREATED = "ObjectCreated:"
_AWAY = frozenset({"IntelligentTiering", "ObjectRestore:Delete"})
_BACK = "ObjectRestore:Completed"


def consume(event: Event, deps: dependencies.Uploads, now: int) -> None:
    """Act on each record. A failure does not hold up the other records, and makes Lambda deliver the event again.

    Source: "Event message structure" in the Amazon S3 user guide. Keys are encoded as in a form.

    Raises:
        Unavailable: some records could not be dealt with now.
    """
    failed = 0
    for record in event.get("Records", []):  # the event with which S3 tests a new notification has none
        name, key = record["eventName"], unquote_plus(record["s3"]["object"]["key"])
        deps.telemetry.correlate(key=key, event=name)
        if record["s3"]["bucket"]["name"] != deps.bucket:
            deps.telemetry.refused("forbidden")  # whoever sent this, it is not about our media
            continue
        try:
            settled = _act(name, key, deps.ports, now)
        except ParleyError as error:
            deps.telemetry.refused(error.code, reason=error.message)
            failed += 1
        except Exception as error:  # noqa: BLE001  (one upload's trouble must not hold up the others)
            deps.telemetry.failed(error)
            failed += 1
        else:
            deps.telemetry.count(**_outcome(name, settled))
    if failed:
        raise Unavailable(f"{failed} events could not be dealt with", retry_after=1)


def _act(name: str, key: str, ports: verification.Ports, now: int) -> Media | None:
    if name.startswith(_CREATED):
        return verification.verify(key, now, ports)
    news = archive.Ports(registry=ports.registry, media_news=ports.media_news)
    if name in _AWAY:
        return archive.archived(key, now, news)
    return archive.restored(key, now, news) if name == _BACK else None


def _outcome(name: str, settled: Media | None) -> dict[str, int]:
    """The outcome as metrics."""
    if settled is not None:
        return {f"Media{settled.state.capitalize()}": 1}
    # The upload was posted again, the event has come before, or nobody was allowed to make this upload.
    return {"MediaRepeats": 1} if name.startswith(_CREATED) else {}


def __getattr__(name: str) -> Callable[[Event, object], None]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.uploads(os.environ)
    return lambda event, _: consume(event, deps, time.time_ns() // 1_000_000)
