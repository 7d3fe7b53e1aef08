"""Makes the archive that a user has asked for. The HTTP function invokes it and does not wait."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from parley.accounts import exports
from parley.accounts.model import Export
from parley.core.errors import NotFound
from parley.runtime import bootstrap, dependencies


def run(event: Mapping[str, Any], deps: dependencies.Exporting, now: int) -> None:
    """Make the archive. After an error Lambda tries again, unless the user no longer exists."""
    asked = msgspec.convert(event["export"], Export)
    deps.telemetry.correlate(user=asked.user)
    try:
        ready = exports.make(asked, event["username"], now, deps.ports)
    except NotFound as error:
        deps.telemetry.refused(error.code)
        return
    deps.telemetry.count(Exports=int(ready))


def __getattr__(name: str) -> Callable[[Mapping[str, Any], object], None]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.exporting(os.environ)
    return lambda event, _: run(event, deps, time.time_ns() // 1_000_000)
