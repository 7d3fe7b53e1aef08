"""$disconnect: a socket has closed. API Gateway sends it on a best-effort basis: it may come late, or never."""

import os
import time
from collections.abc import Callable
from typing import Any

from parley.delivery import connections
from parley.delivery.ports import Connections
from parley.runtime import bootstrap
from parley.runtime.telemetry import Telemetry
from realtime.events import Event, session_of


def disconnect(event: Event, connected: Connections, telemetry: Telemetry, now: int) -> dict[str, Any]:
    """Forget the socket. The answer goes nowhere; an error makes API Gateway log it, and the socket expires anyway."""
    session = session_of(event)
    telemetry.correlate(connection=session.connection, user=session.user, device=session.device)
    connections.disconnect(session, now, connected)
    telemetry.detail("disconnected", code=event["requestContext"].get("disconnectStatusCode"))
    telemetry.count(Disconnects=1)
    return {"statusCode": 200}


def __getattr__(name: str) -> Callable[[Event, object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.disconnect(os.environ)
    return lambda event, _: disconnect(event, deps.connections, deps.telemetry, time.time_ns() // 1_000_000)
