"""The media bucket's events: what was uploaded is verified, what was archived or has come back is noted and told."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from background import wiring
from chat.errors import ParleyError
from media import archiving, verifying
from media.model import Media

Event = Mapping[str, Any]

_CREATED = "ObjectCreated:"
_AWAY = frozenset({"IntelligentTiering", "ObjectRestore:Delete"})
_BACK = "ObjectRestore:Completed"


def consume(event: Event, made: wiring.Uploads, now: int) -> None:
    """Act on each record; what fails does not hold up the others, and has Lambda bring the event again.

    Source: "Event message structure" in the Amazon S3 user guide; keys come encoded as in a form.

    Raises:
        ParleyError: one of them could not be dealt with now.
    """
    failure: ParleyError | None = None
    for record in event.get("Records", []):  # the event that tests a new notification has none
        key = unquote_plus(record["s3"]["object"]["key"])
        made.telemetry.correlate(key=key, event=record["eventName"])
        try:
            settled = _act(record["eventName"], key, made.ports(record["s3"]["bucket"]["name"]), now)
        except ParleyError as error:
            made.telemetry.refused(error.code, reason=error.message)
            failure = error
            continue
        if settled is not None:
            made.telemetry.count(**{f"Media{settled.state.capitalize()}": 1})
    if failure is not None:
        raise failure


def _act(name: str, key: str, ports: verifying.Ports, now: int) -> Media | None:
    if name.startswith(_CREATED):
        return verifying.verify(key, now, ports)
    news = archiving.Ports(register=ports.register, telling=ports.telling)
    if name in _AWAY:
        return archiving.archived(key, now, news)
    return archiving.restored(key, now, news) if name == _BACK else None


def __getattr__(name: str) -> Callable[[Event, object], None]:
    if name != "handler":
        raise AttributeError(name)
    made = wiring.uploads(os.environ)
    return lambda event, _: consume(event, made, time.time_ns() // 1_000_000)
