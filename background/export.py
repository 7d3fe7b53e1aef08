"""Makes the archive that a user has asked for; invoked by HTTP's function, which does not wait."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from background import wiring
from chat.errors import NotFound
from users import exporting
from users.model import Export


def run(event: Mapping[str, Any], made: wiring.Exporting, now: int) -> None:
    """Make it. An error has Lambda try again, but for a user who is gone."""
    export = msgspec.convert(event["export"], Export)
    made.telemetry.correlate(user=export.user)
    try:
        ready = exporting.make(export, event["username"], now, made.ports)
    except NotFound as error:
        made.telemetry.refused(error.code)
        return
    made.telemetry.count(Exports=int(ready))


def __getattr__(name: str) -> Callable[[Mapping[str, Any], object], None]:
    if name != "handler":
        raise AttributeError(name)
    made = wiring.exporting(os.environ)
    return lambda event, _: run(event, made, time.time_ns() // 1_000_000)
