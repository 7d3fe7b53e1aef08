"""Handing a frame to sockets, and forgetting those that turn out to be dead."""

from collections.abc import Iterable
from contextlib import suppress

from msgspec import Struct

from chat.model import Reach
from chat.ports import Delivery, Directory, Sockets

HANDSHAKE_MS = 30_000
"""A socket younger than this may be recorded, and not yet open: API Gateway says "gone" of it until it is."""


class Posted(Struct, frozen=True):
    """How many sockets took the frame, how many were dead and are forgotten, how many did not take it now."""

    done: int = 0
    gone: int = 0
    later: int = 0

    def __add__(self, other: "Posted") -> "Posted":
        return Posted(done=self.done + other.done, gone=self.gone + other.gone, later=self.later + other.later)


def post(
    sockets: Sockets, directory: Directory, reaches: Iterable[Reach], frame: bytes, now: int, *, but: str = ""
) -> Posted:
    """Post to every live socket of these users except ``but``. Never raises: what is missed is offered again."""
    targets = [(reach.user, c) for reach in reaches for c in reach.live(now) if c.id != but]
    if not targets:
        return Posted()
    ends = sockets.post([connection.id for _, connection in targets], frame)
    gone: dict[str, list[str]] = {}
    for (user, connection), end in zip(targets, ends, strict=True):
        if end is Delivery.GONE and now - connection.at >= HANDSHAKE_MS:
            gone.setdefault(user, []).append(connection.id)
    for user, connections in gone.items():
        # Whatever goes wrong here, what was posted is posted; the next post will find the socket gone again.
        with suppress(Exception):
            directory.detach(user, connections, None)
    dead = sum(len(connections) for connections in gone.values())
    done = ends.count(Delivery.DONE)
    return Posted(done=done, gone=dead, later=len(ends) - done - dead)
