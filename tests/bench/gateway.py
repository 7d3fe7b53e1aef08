"""The local gateway against the emulator's own data plane, in one run.

``echo_ratio``: echo round trips per second through the gateway, over those through the emulator's own data plane, with
the same function, the same client, and several sockets at once. The function logs a line, because the emulator waits 50
ms for one that logs nothing. ``kb_per_socket``: how much the gateway's own process grows for an idle socket.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from threading import Thread
from typing import Any

from websockets.sync.client import ClientConnection, connect

from infra.local.stack import Local, running
from tests.baseline_api import Maker, PlainApi
from tests.e2e.gateway.probing import SOURCE

ROUNDS = 5
SECONDS = 1.0
SOCKETS = 4
WARM = 10
IDLE = 300


def measure() -> dict[str, float]:
    """Return both figures."""
    with running() as local:
        api = _echo(local)
        return {
            "gateway.echo_ratio": _echo_ratio(local, api),
            "gateway.kb_per_socket": _kb_per_socket(local, api),
        }


def _echo(local: Local) -> PlainApi:
    maker = Maker(local.endpoint)
    api = maker.api("echo")
    api.route("$default", maker.function("echo", SOURCE, "probe.handler", []), responds=True)
    return api


def _echo_ratio(local: Local, api: PlainApi) -> float:
    """Return the median of rounds, each on both data planes in turn."""
    rates: list[float] = []
    for _ in range(ROUNDS):
        gateway, emulator = (_echo_rate(endpoint, api) for endpoint in (local.gateway.endpoint, local.endpoint))
        rates.append(gateway / emulator)
    return statistics.median(rates)


def _echo_rate(endpoint: str, api: PlainApi) -> float:
    """Return round trips per second over several sockets at once, each with one frame under way."""
    with ExitStack() as held:
        sockets = [held.enter_context(_dial(endpoint, api)) for _ in range(SOCKETS)]
        _all(sockets, _warm)
        counts: list[int] = []
        end = time.monotonic() + SECONDS

        def work(socket: ClientConnection) -> None:
            trips = 0
            while time.monotonic() < end:
                _round_trip(socket)
                trips += 1
            counts.append(trips)

        _all(sockets, work)
        return sum(counts) / SECONDS


def _kb_per_socket(local: Local, api: PlainApi) -> float:
    with ExitStack() as held:
        for _ in range(IDLE):  # so that what is created only once is not counted
            held.enter_context(_dial(local.gateway.endpoint, api))
        before = local.gateway.stats()
        for _ in range(IDLE):
            held.enter_context(_dial(local.gateway.endpoint, api))
        after = local.gateway.stats()
    return (after.rss_bytes - before.rss_bytes) / 1024 / (after.sockets - before.sockets)


def _dial(endpoint: str, api: PlainApi) -> Any:
    return connect(f"{endpoint.replace('http', 'ws')}{api.path}", compression=None, proxy=None, open_timeout=30)


def _round_trip(socket: ClientConnection) -> None:
    socket.send('{"do": "echo"}')
    socket.recv(timeout=20)


def _warm(socket: ClientConnection) -> None:
    for _ in range(WARM):
        _round_trip(socket)


def _all(sockets: list[ClientConnection], work: Callable[[ClientConnection], object]) -> None:
    threads = [Thread(target=work, args=(socket,)) for socket in sockets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
