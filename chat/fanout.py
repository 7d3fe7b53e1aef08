"""Handing a frame to sockets, and forgetting those that turn out to be dead."""

from collections.abc import Callable, Iterable
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
    deaf: int = 0
    """Of those that did not take it now: how many should have been closed for it, and may still be open."""

    def __add__(self, other: "Posted") -> "Posted":
        return Posted(
            done=self.done + other.done,
            gone=self.gone + other.gone,
            later=self.later + other.later,
            deaf=self.deaf + other.deaf,
        )


def post(
    sockets: Sockets,
    directory: Directory,
    reaches: Iterable[Reach],
    frame: bytes,
    now: int,
    *,
    but: str = "",
    close: Callable[[Reach], bool] = lambda _: False,
) -> Posted:
    """Post to every live socket of these users except ``but``. Never raises.

    Args:
        sockets: where to.
        directory: forgets the dead ones.
        reaches: the users.
        frame: what.
        now: which of their sockets are live.
        but: a connection that is left out.
        close: whether a user's sockets that do not take the frame now are closed, because nobody would offer it to
            them again: the device connects anew, and its sync is whole.
    """
    targets = [(reach, c) for reach in reaches for c in reach.live(now) if c.id != but]
    if not targets:
        return Posted()
    ends = sockets.post([connection.id for _, connection in targets], frame)
    gone: dict[str, list[str]] = {}
    missed: list[str] = []
    for (reach, connection), end in zip(targets, ends, strict=True):
        if end is Delivery.GONE and now - connection.at >= HANDSHAKE_MS:
            gone.setdefault(reach.user, []).append(connection.id)
        elif end is Delivery.LATER and close(reach):
            missed.append(connection.id)
    for user, connections in gone.items():
        # Whatever goes wrong here, what was posted is posted; the next post will find the socket gone again.
        with suppress(Exception):
            directory.detach(user, connections, None)
    dead = sum(len(connections) for connections in gone.values())
    done = ends.count(Delivery.DONE)
    deaf = sum(end is not Delivery.GONE for end in sockets.close(missed)) if missed else 0
    return Posted(done=done, gone=dead, later=len(ends) - done - dead, deaf=deaf)
