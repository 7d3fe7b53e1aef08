"""What the gateway and a worker say to each other, over a socket of their own: length, kind, and bytes.

A call is the invocation's deadline (milliseconds since the epoch), its request id, and the event's JSON, which is made
once and read once. An answer is its kind and JSON.
"""

import struct

HEAD = struct.Struct("!IB")
"""The length of what follows, and its kind."""
CALL = struct.Struct("!Q36s")
"""The deadline, and the request id."""

HELLO, READY, RETURNED, RAISED, CALLED = range(5)
"""The worker runs (its process id, as text) · its handler is made · what it returned · the error it raised, as Lambda
puts it · an invocation."""


def frame(kind: int, body: bytes) -> bytes:
    """One thing said."""
    return HEAD.pack(len(body), kind) + body
