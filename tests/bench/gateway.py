"""The local gateway against the emulator's own data plane, and a message's way through the gateway, all in one run.

``echo_ratio``: echo round trips per second through the gateway, over those through the emulator's own data plane, with
the same function, the same client, and several sockets at once. The function logs a line, because the emulator waits 50
ms for one that logs nothing. ``send_p50_ratio``: the median time in which a direct message reaches the other user, over
the median time of an echo. One of each is sent in turn, and nothing else is under way. ``kb_per_socket``: how much the
gateway's own process grows for an idle socket.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Thread
from typing import Any

from websockets.sync.client import ClientConnection, connect

from infra.local.stack import Local, running
from tests.baseline_api import Maker, PlainApi
from tests.e2e.gateway.probing import SOURCE

ROUNDS = 5
SECONDS = 1.0
SOCKETS = 4
PAIRS = 15
MESSAGES = 20
"""Messages per pair. Unlike DynamoDB, the emulator goes through a whole conversation to find its end."""
WARM = 10
IDLE = 300


def measure() -> dict[str, float]:
    """Return the three figures."""
    with running() as local:
        api = _echo(local)
        return {
            "gateway.echo_ratio": _echo_ratio(local, api),
            "gateway.send_p50_ratio": _send_ratio(local, api),
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


def _send_ratio(local: Local, api: PlainApi) -> float:
    """Have pairs of users write in turns. Whoever writes has read, so that the notifier has nothing to repeat."""
    sent: list[float] = []
    echoed: list[float] = []
    with _dial(local.gateway.endpoint, api) as echo:
        for pair in range(PAIRS):
            consumer, provider = (
                local.create_user(f"ada-{pair}", "consumer"),
                local.create_user(f"ben-{pair}", "provider"),
            )
            with _phone(local, consumer) as hers, _phone(local, provider) as his:
                turns = [(hers, his, provider.id), (his, hers, consumer.id)]
                for n in range(WARM + MESSAGES):
                    times = _send(*turns[n % 2], after=n), _timed(partial(_round_trip, echo))
                    if n >= WARM:
                        sent.append(times[0])
                        echoed.append(times[1])
    return statistics.median(sent) / statistics.median(echoed)


def _send(writer: ClientConnection, reader: ClientConnection, to: str, after: int) -> float:
    """Send a message, and return the seconds until the other user has it."""
    command = {"action": "send", "id": f"m{after}", "to": to, "after": after, "body": {"text": "hello"}}

    def deliver() -> None:
        writer.send(json.dumps(command))
        _hear(reader, lambda frame: frame["type"] == "message" and frame["entry"]["seq"] == after + 1)

    took = _timed(deliver)
    _hear(writer, lambda frame: frame["type"] == "ack")
    return took


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


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


@contextmanager
def _phone(local: Local, user: Any) -> Iterator[ClientConnection]:
    with connect(local.url, subprotocols=["parley.v1", local.token(user)], compression=None, proxy=None) as socket:  # type: ignore[list-item]
        yield socket


def _round_trip(socket: ClientConnection) -> None:
    socket.send('{"do": "echo"}')
    socket.recv(timeout=20)


def _warm(socket: ClientConnection) -> None:
    for _ in range(WARM):
        _round_trip(socket)


def _hear(socket: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> None:
    while not wanted(json.loads(socket.recv(timeout=20))):
        pass


def _all(sockets: list[ClientConnection], work: Callable[[ClientConnection], object]) -> None:
    threads = [Thread(target=work, args=(socket,)) for socket in sockets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
