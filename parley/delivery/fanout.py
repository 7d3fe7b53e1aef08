"""Hands a frame to sockets, and forgets the sockets that turn out to be dead."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from msgspec import Struct

from parley.delivery.events import Event
from parley.delivery.model import Connection, Recipient
from parley.delivery.ports import Connections, Delivery, Sockets

HANDSHAKE_MS = 30_000
"""A socket younger than this may be recorded but not yet open; until it is open, API Gateway says that it is gone. The
socket is recorded by its ``$connect`` function, which API Gateway waits for: 29 s at most, its longest integration
time-out ("Quotas for WebSocket APIs")."""


class FanoutResult(Struct, frozen=True):
    """How many sockets took the frame, how many were dead and are forgotten, and how many did not take it now."""

    done: int = 0
    gone: int = 0
    later: int = 0
    unclosed: int = 0
    """How many should have been closed, for not taking it now or for an earlier reason, and may still be open."""

    def __add__(self, other: "FanoutResult") -> "FanoutResult":
        return FanoutResult(
            done=self.done + other.done,
            gone=self.gone + other.gone,
            later=self.later + other.later,
            unclosed=self.unclosed + other.unclosed,
        )


def is_young(connection: Connection, now: int) -> bool:
    """Whether it may still be opening, so that nothing can be said about it yet."""
    return now - connection.at < HANDSHAKE_MS


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

    A socket that is *closing* is closed instead.

    Args:
        sockets: posts the event.
        connections: forgets the dead sockets.
        recipients: the users.
        event: what to post.
        now: the time that decides which sockets are live, in ms.
        but: a connection that is left out.
        close: whether a user's sockets that do not take the frame now are closed, because nobody would offer it to
            them again. The device then reconnects, and its sync is complete. One that cannot be closed is marked as
            *closing*.
    """
    live = [(recipient, c) for recipient in recipients for c in recipient.live(now) if c.id != but]
    targets = [(r, c) for r, c in live if not c.closing]
    to_close = [(r, c) for r, c in live if c.closing]
    ends = sockets.post([c.id for _, c in targets], event) if targets else []
    gone: list[tuple[Recipient, Connection]] = []
    for (recipient, connection), end in zip(targets, ends, strict=True):
        if end is Delivery.GONE and not is_young(connection, now):
            gone.append((recipient, connection))
        elif end is Delivery.LATER and close(recipient):
            to_close.append((recipient, connection))
    dead, done = len(gone), ends.count(Delivery.DONE)
    closed, unclosed = _close(to_close, now, sockets, connections)
    gone += closed
    for user in dict.fromkeys(r.user for r, _ in gone):
        # Whatever goes wrong here, the event has been posted; the next post will find the socket gone again.
        with suppress(Exception):
            connections.remove_connections(user, [c.id for r, c in gone if r.user == user], None)
    return FanoutResult(done=done, gone=dead, later=len(ends) - done - dead, unclosed=unclosed)


def _close(
    some: Sequence[tuple[Recipient, Connection]], now: int, sockets: Sockets, connections: Connections
) -> tuple[list[tuple[Recipient, Connection]], int]:
    """Close sockets; return those that were *closing* and can be forgotten, and how many may still be open.

    Of the others, ``$disconnect`` comes. Those that may still be open are marked as *closing*.
    """
    ended, unclosed = [], 0
    ends = sockets.close([c.id for _, c in some]) if some else ()
    for (recipient, connection), end in zip(some, ends, strict=True):
        if end is not Delivery.GONE:
            unclosed += 1
            if not connection.closing:
                with suppress(Exception):
                    connections.mark_closing(recipient.user, [connection.id])
        elif connection.closing and not is_young(connection, now):
            ended.append((recipient, connection))
    return ended, unclosed
