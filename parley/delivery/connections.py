"""Connect and disconnect: where a user can be reached, and therefore who is online."""

from collections.abc import Sequence
from contextlib import suppress

from msgspec.structs import replace

from parley.core.errors import ParleyError
from parley.core.session import Session
from parley.delivery.fanout import is_young
from parley.delivery.model import Connection, Recipient
from parley.delivery.ports import Connections, Delivery, Sockets

LIFETIME_MS = 2 * 60 * 60 * 1000
"""The longest that API Gateway keeps a socket open."""
MOST_CONNECTIONS = 20
"""The most live sockets per user; beyond it the oldest are dropped. It bounds the REACH item and a message's fan-out.

Sockets that may still be opening are dropped only when there are twice as many. API Gateway cannot close them yet, so
they would stay open without ever receiving anything.
"""


def connect(session: Session, now: int, connections: Connections, sockets: Sockets) -> Recipient:
    """Record the socket, and clear away those that it replaces. Returns where the user can be reached now.

    This takes one write, and more only if there is something to clear: expired sockets, older ones of the same
    device (whose ``$disconnect`` never came), and the oldest beyond ``MOST_CONNECTIONS``. Sockets that may still be
    open are closed first. If closing fails, or if they may only be opening, in which case API Gateway says that they
    are gone and opens them all the same, they stay recorded as *closing*, so that none stays open without anybody
    knowing. The new socket is one of those if its device has connected again since.
    """
    expires = min(now + LIFETIME_MS, session.expires)
    connection = Connection(id=session.connection, device=session.device, at=now, expires=expires)
    recipient = connections.add_connection(session.user, session.role, connection)
    stale = _stale(recipient, connection, now)
    ended = _close(stale, len(recipient.connections), now, sockets)
    closing = [c.id for c in stale if c.id not in ended and not c.closing]
    if any(c.device == connection.device and c.at > connection.at for c in recipient.connections):
        closing.append(connection.id)
    with suppress(ParleyError):  # the new socket is recorded and must open; the next connect clears up
        if ended:
            connections.remove_connections(session.user, ended, None)
        if closing:
            connections.mark_closing(session.user, closing)
    kept = tuple(c for c in recipient.connections if c.id not in ended)
    return replace(recipient, connections=kept)


def disconnect(session: Session, now: int, connections: Connections) -> None:
    """Forget the socket. It does not matter if it has already been forgotten, or if this call never comes."""
    connections.remove_connections(session.user, [session.connection], now)


def _close(stale: Sequence[Connection], recorded: int, now: int, sockets: Sockets) -> list[str]:
    """Close these of a user's ``recorded`` sockets; return those that can be forgotten, because they never open again.

    Of those that may only be opening, as many are forgotten as are more than twice ``MOST_CONNECTIONS``.
    """
    tried = [c.id for c in stale if c.expires > now and not (c.closing and is_young(c, now))]
    ends = dict(zip(tried, sockets.close(tried) if tried else (), strict=True))
    gone = [c for c in stale if ends.get(c.id, Delivery.GONE) is Delivery.GONE]
    ended = [c.id for c in gone if c.expires <= now or not is_young(c, now)]
    opening = sorted((c for c in gone if c.id not in ended), key=lambda c: c.at)
    excess = max(recorded - len(ended) - 2 * MOST_CONNECTIONS, 0)
    return ended + [c.id for c in opening[:excess]]


def _stale(recipient: Recipient, new: Connection, now: int) -> list[Connection]:
    others = [c for c in recipient.connections if c.id != new.id]
    stale = [c for c in others if c.expires <= now or c.closing or (c.device == new.device and c.at <= new.at)]
    live = sorted((c for c in others if c not in stale), key=lambda c: c.at)
    surplus = live[: max(len(live) + 1 - MOST_CONNECTIONS, 0)]
    excess = max(len(live) + 1 - 2 * MOST_CONNECTIONS, 0)
    return stale + surplus[:excess] + [c for c in surplus[excess:] if not is_young(c, now)]
