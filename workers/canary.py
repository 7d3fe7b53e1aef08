"""Invoked by the clock: one of our own users writes to the other, and what comes of it is counted."""

import os
import uuid
from collections.abc import Callable
from typing import Any

from parley.canary import exchange
from parley.core.errors import Unavailable
from parley.runtime import bootstrap, dependencies


def sing(deps: dependencies.Canary, name: str) -> dict[str, Any]:
    """Exchange a message of this name, and return whether it went well. If not, the line says at which step."""
    deps.telemetry.correlate(canary=name)
    try:
        done = exchange.run(name, deps.ports)
    except Unavailable as error:
        deps.telemetry.correlate(canary=name, step=error.message)
        deps.telemetry.count(CanaryFailures=1)
        return {"delivered": False}
    deps.telemetry.count(CanaryDelivered=1, CanaryAckMs=done.ack_ms, CanaryDeliveryMs=done.delivery_ms)
    return {"delivered": True}


def __getattr__(name: str) -> Callable[[object, object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.canary(os.environ)
    return lambda _event, _context: sing(deps, uuid.uuid4().hex)
