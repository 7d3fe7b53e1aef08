"""Hands a frame to sockets, and forgets the sockets that turn out to be dead."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from msgspec import Struct

from parley.delivery.events import Event
from parley.delivery.model import Recipient
from parley.delivery.ports import Connections, Delivery, Sockets

HANDSHAKE_MS = 30_000
"""A socket younger than this may be recorded but not yet open; until it is open, API Gateway says that it is gone."""


class FanoutResult(Struct, frozen=True):
    """How many sockets took the frame, how many were dead and are forgotten, and how many did not take it now."""

    done: int = 0
    gone: int = 0
    later: int = 0
    unclosed: int = 0
    """Of those that did not take it now: how many should have been closed for that, and may still be open."""

    def __add__(self, other: "FanoutResult") -> "FanoutResult":
        return FanoutResult(
            done=self.done + other.done,
            gone=self.gone + other.gone,
            later=self.later + other.later,
            unclosed=self.unclosed + other.unclosed,
        )


def post(
    sockets: Sockets,
    connections: Connections,
    recipients: Iterable[Recipient],
    event: Event,
    now: int,
    *,
    but: str = "",
    close: Callable[[Recipient], bool] = lambda _: False,
) -> FanoutResult:
    """Post an event to every live socket of these users except ``but``. Never raises.

    Args:
        sockets: posts the event.
        connections: forgets the dead sockets.
        recipients: the users.
        event: what to post.
        now: the time that decides which sockets are live, in ms.
        but: a connection that is left out.
        close: whether a user's sockets that do not take the frame now are closed, because nobody would offer it to
            them again. The device then reconnects, and its sync is complete.
    """
    targets = [(recipient, c) for recipient in recipients for c in recipient.live(now) if c.id != but]
    if not targets:
        return FanoutResult()
    ends = sockets.post([connection.id for _, connection in targets], event)
    gone: dict[str, list[str]] = {}
    missed: list[str] = []
    for (recipient, connection), end in zip(targets, ends, strict=True):
        if end is Delivery.GONE and now - connection.at >= HANDSHAKE_MS:
            gone.setdefault(recipient.user, []).append(connection.id)
        elif end is Delivery.LATER and close(recipient):
            missed.append(connection.id)
    for user, ended in gone.items():
        # Whatever goes wrong here, the event has been posted; the next post will find the socket gone again.
        with suppress(Exception):
            connections.remove_connections(user, ended, None)
    dead = sum(len(ended) for ended in gone.values())
    done = ends.count(Delivery.DONE)
    unclosed = sum(end is not Delivery.GONE for end in sockets.close(missed)) if missed else 0
    return FanoutResult(done=done, gone=dead, later=len(ends) - done - dead, unclosed=unclosed)
