"""Connect and disconnect: where a user can be reached, and so who is online."""

from contextlib import suppress

from msgspec.structs import replace

from parley.core.errors import ParleyError
from parley.core.session import Session
from parley.delivery.fanout import HANDSHAKE_MS
from parley.delivery.model import Connection, Recipient
from parley.delivery.ports import Connections, Delivery, Sockets

LIFETIME_MS = 2 * 60 * 60 * 1000
"""How long API Gateway keeps a socket, at most."""
MOST_CONNECTIONS = 20
"""Live sockets per user; the oldest give way. It bounds the REACH item and what one message fans out to.

Those that may still be opening give way only where there are twice as many: API Gateway cannot close them yet, and they
would go on, open and silently deaf.
"""


def connect(session: Session, now: int, connections: Connections, sockets: Sockets) -> Recipient:
    """Record the socket, and clear away what it replaces; answer where the user is reached now.

    One write, and a second one only where there is something to clear: sockets past their end, older ones of
    the same device (whose ``$disconnect`` never came), and the oldest beyond ``MOST_CONNECTIONS``. Sockets that
    may still be open are closed first, and remembered where that fails, so that none goes on silently deaf.
    """
    expires = min(now + LIFETIME_MS, session.expires)
    connection = Connection(id=session.connection, device=session.device, at=now, expires=expires)
    recipient = connections.add_connection(session.user, session.role, connection)
    stale = _stale(recipient, connection, now)
    maybe_open = [c.id for c in stale if c.expires > now]
    ends = dict(zip(maybe_open, sockets.close(maybe_open) if maybe_open else (), strict=True))
    ended = [c.id for c in stale if ends.get(c.id, Delivery.GONE) is Delivery.GONE]
    if ended:
        with suppress(ParleyError):  # the new socket is recorded, and must open; the next connect clears away again
            connections.remove_connections(session.user, ended, None)
    kept = tuple(c for c in recipient.connections if c.id not in ended)
    return replace(recipient, connections=kept)


def disconnect(session: Session, now: int, connections: Connections) -> None:
    """Forget the socket. It may have been forgotten already, and the call may never come: neither matters."""
    connections.remove_connections(session.user, [session.connection], now)


def _stale(recipient: Recipient, new: Connection, now: int) -> list[Connection]:
    others = [c for c in recipient.connections if c.id != new.id]
    stale = [c for c in others if c.expires <= now or (c.device == new.device and c.at <= new.at)]
    live = sorted((c for c in others if c not in stale), key=lambda c: c.at)
    surplus = live[: max(len(live) + 1 - MOST_CONNECTIONS, 0)]
    excess = max(len(live) + 1 - 2 * MOST_CONNECTIONS, 0)
    return stale + surplus[:excess] + [c for c in surplus[excess:] if now - c.at >= HANDSHAKE_MS]
