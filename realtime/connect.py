"""$connect: a socket is opening. It is recorded, so that its user can be reached there."""

import os
import time
from collections.abc import Callable
from typing import Any

from parley.core.errors import ParleyError
from parley.delivery import connections
from parley.delivery.ports import Connections, Sockets
from parley.runtime import bootstrap
from parley.runtime.telemetry import Telemetry
from realtime.events import PROTOCOL, Event, offered_protocols, session_of


def connect(event: Event, connected: Connections, sockets: Sockets, telemetry: Telemetry, now: int) -> dict[str, Any]:
    """2xx lets the socket open, anything else closes it. The sub-protocol is echoed, or browsers would hang up."""
    session = session_of(event)
    telemetry.correlate(connection=session.connection, user=session.user, device=session.device)
    try:
        recipient = connections.connect(session, now, connected, sockets)
    except ParleyError as error:
        telemetry.refused(error.code, reason=error.message)
        return {"statusCode": 503}
    telemetry.detail("connected", live=len(recipient.live(now)))
    telemetry.count(Connects=1)
    echo = {"headers": {"Sec-WebSocket-Protocol": PROTOCOL}} if PROTOCOL in offered_protocols(event) else {}
    return {"statusCode": 200, **echo}


def __getattr__(name: str) -> Callable[[Event, object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.connect(os.environ)
    return lambda event, _: connect(event, deps.connections, deps.sockets, deps.telemetry, time.time_ns() // 1_000_000)
