"""One entry to 100 devices, compared with 100 bare posts on the same pool of threads and through the same client.

One side is a whole send by the deployed function's own parts: ``parley.chat.send``, with the frame already parsed,
which reads, stores, and posts through ``parley.delivery.fanout`` and ``parley.delivery.aws.sockets``. Nothing is
subtracted, so the time includes its three DynamoDB calls. The other side is ``post_to_connection`` 100 times, on the
sockets adapter's own ``Threads``.

(In practice a user has at most 20 sockets, so that a direct message goes to 39; 100 stand for the larger groups to
come.) Both sides are answered within the process. An answer to a post takes ``_POST`` seconds, in which the thread
waits as it would for API Gateway. Posting one after another would therefore show: 100 posts on 16 threads are 7 such
waits. The sides take turns, and the figures are medians of the turns' ratios: ``fanout.ratio_100`` of the elapsed time,
``fanout.cpu_ratio_100`` of the CPU of all threads.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import msgspec

from parley.chat import send
from parley.core.session import Session
from parley.delivery.aws.sockets import GatewaySockets
from tests.bench.scene import Scene, scene
from tests.bench.wire import ALICE, BOB, DM, TEXT, Wire, answer, connection_of

_DEVICES = 100
_TAIL = 50
_TURNS = 25
_POST = 0.008
"""Roughly the seconds that API Gateway takes for a post from a function in its own Region."""


def measure() -> dict[str, float]:
    """Return both ratios for 100 devices."""
    with scene() as s:
        wire = Wire({DM: _TAIL})
        wire.upsert_user(BOB, _DEVICES)
        wire.add_connection(s.dynamodb)
        s.gateway.meta.events.register("before-send.apigatewaymanagementapi", _slow_answer)
        sides = [lambda: _send(s), lambda: _bare(s)]
        for side in sides:
            _timed(side)
        turns = [[_timed(side) for side in sides] for _ in range(_TURNS)]
    return {
        "fanout.ratio_100": statistics.median(ours[0] / bare[0] for ours, bare in turns),
        "fanout.cpu_ratio_100": statistics.median(ours[1] / bare[1] for ours, bare in turns),
    }


def _slow_answer(**_: Any) -> Any:
    time.sleep(_POST)
    return answer(b"")


def _timed(side: Callable[[], None]) -> tuple[float, float]:
    """Return elapsed seconds, and CPU seconds of all threads."""
    passed, cpu = time.perf_counter(), time.process_time()
    side()
    return time.perf_counter() - passed, time.process_time() - cpu


def _send(s: Scene) -> None:
    command = send.Command("m-00000001-4f7c", _TAIL, TEXT, conversation=DM)
    socket = connection_of(ALICE)
    session = Session(user=ALICE, role="consumer", device=socket.device, connection=socket.id, expires=10**13)
    sent = send.send(command, session, time.time_ns() // 1_000_000, s.deps.sending, s.deps.rules)
    assert sent.posted.done == _DEVICES, sent


_FRAME = msgspec.json.encode({"type": "message", "entry": {"conversation": DM, "seq": _TAIL + 1, "body": TEXT}})


def _bare(s: Scene) -> None:
    sockets = s.deps.sending.sockets
    assert isinstance(sockets, GatewaySockets)
    ids = [connection_of(BOB, device).id for device in range(_DEVICES)]
    sockets._threads.each(lambda i: s.gateway.post_to_connection(ConnectionId=i, Data=_FRAME), ids)
