"""Handing a frame to sockets, and forgetting those that turn out to be dead."""

from collections.abc import Iterable

from msgspec import Struct

from chat.errors import ParleyError
from chat.model import Reach
from chat.ports import Delivery, Directory, Sockets


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
    targets = [(reach.user, c.id) for reach in reaches for c in reach.live(now) if c.id != but]
    if not targets:
        return Posted()
    ends = sockets.post([connection for _, connection in targets], frame)
    gone: dict[str, list[str]] = {}
    for (user, connection), end in zip(targets, ends, strict=True):
        if end is Delivery.GONE:
            gone.setdefault(user, []).append(connection)
    for user, connections in gone.items():
        try:
            directory.detach(user, connections, None)
        except ParleyError:
            continue  # the next post to it will find it gone again
    dead = ends.count(Delivery.GONE)
    done = ends.count(Delivery.DONE)
    return Posted(done=done, gone=dead, later=len(ends) - done - dead)
