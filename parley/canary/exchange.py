"""One exchange: both users sign in and connect, one writes, and it counts when the other has it and has said so."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct

from parley.canary.model import Exchange
from parley.canary.ports import Dialer, Line, SignIns
from parley.core.errors import Unavailable

TEXT = "The canary sings."
LIMIT_S = 10.0
"""How long each answer may take. It is far beyond the objective of 5 s, and well within the function's time-out."""
_DEVICE = "canary"
_FRAMES = 100
# More than ever come between two of its own.

T = TypeVar("T")


class Ports(Struct, frozen=True):
    """What an exchange needs from the world."""

    sign_ins: SignIns
    dialer: Dialer


def run(name: str, ports: Ports, now: Callable[[], float] = time.monotonic, limit: float = LIMIT_S) -> Exchange:
    """Exchange the message with this id, and return how long it took. ``now`` returns seconds, and
    ``limit`` is how many of them each answer may take.

    Raises:
        Unavailable: it did not go well. The message says at which step.
    """
    stored = _step("the credentials", ports.sign_ins.credentials)
    writer, reader = (
        _step(f"the sign-in of {who}", partial(ports.sign_ins.access_token, email, stored.password))
        for who, email in (("the writer", stored.writer), ("the reader", stored.reader))
    )
    listening = _step("the reader's socket", partial(ports.dialer.dial, reader, _DEVICE))
    try:
        speaking = _step("the writer's socket", partial(ports.dialer.dial, writer, _DEVICE))
        try:
            return _exchange(name, stored.reader_id, speaking, listening, now, limit)
        finally:
            speaking.close()
    finally:
        listening.close()


def _exchange(name: str, to: str, speaking: Line, listening: Line, now: Callable[[], float], limit: float) -> Exchange:
    begun = now()
    _step("the ack", lambda: _send(name, to, speaking, limit))
    acked = now()
    entry = _step("the delivery", lambda: _wait(listening, limit, lambda f: f.get("entry", {}).get("id") == name))[
        "entry"
    ]
    delivered = now()
    marks = {"delivered": entry["seq"], "read": entry["seq"]}
    listening.say({"action": "mark", "id": name, "conversation": entry["conversation"], **marks})
    _step("the receipt", lambda: _wait(speaking, limit, lambda f: f.get("marks", {}).get("read") == entry["seq"]))
    return Exchange(ack_ms=round((acked - begun) * 1000), delivery_ms=round((delivered - begun) * 1000))


def _send(name: str, to: str, line: Line, limit: float) -> None:
    """Send the message behind the tail, which the server names if it is too far away to be looked through."""
    after = 0
    for _ in range(2):
        line.say({"action": "send", "id": name, "to": to, "after": after, "body": {"text": TEXT}})
        answer = _wait(line, limit, lambda frame: frame.get("id") == name)
        if answer.get("type") == "ack":
            return
        if answer.get("code") != "conflict" or not answer.get("tail"):
            break
        after = answer["tail"]
    raise Unavailable(f"an {answer.get('code', 'unknown')} error", retry_after=1)


def _wait(line: Line, limit: float, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(_FRAMES):
        if wanted(frame := line.hear(limit)):
            return frame
    raise Unavailable("other frames came, and nothing else", retry_after=1)


def _step(what: str, of: Callable[[], T]) -> T:
    try:
        return of()
    except Unavailable as error:
        raise Unavailable(f"{what}: {error.message}", retry_after=1) from error
