"""What the gateway and a worker send each other, over a socket of their own: length, kind, and bytes.

A call is the invocation's deadline (milliseconds since the epoch), its request id, and the event's JSON, which is
written once and read once. An answer is its kind and JSON.
"""

import struct

HEAD = struct.Struct("!IB")
"""The length of what follows, and its kind."""
CALL = struct.Struct("!Q36s")
"""The deadline, and the request id."""

HELLO, READY, RETURNED, RAISED, CALLED = range(5)
"""The kinds: the worker runs (its process id, as text) · its handler is ready · what it returned · the error it raised,
in Lambda's format · an invocation.
"""


def frame(kind: int, body: bytes) -> bytes:
    """Encode one message."""
    return HEAD.pack(len(body), kind) + body
