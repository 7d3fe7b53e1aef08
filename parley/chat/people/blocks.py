"""Blocks: the list of users whose messages a user refuses. Send, typing and uploads look it up and refuse them."""

from msgspec import Struct

from parley.chat.fields import ClientId
from parley.chat.people import visibility
from parley.chat.ports import Blocks, Snapshots
from parley.core import pages
from parley.core.errors import BadRequest
from parley.core.session import Session
from parley.delivery.model import Recipient

PAGE = 50
"""Users in a page."""


class _Cursor(Struct, frozen=True, array_like=True):
    user: ClientId


class Ports(Struct, frozen=True):
    """What blocking needs from the world."""

    blocks: Blocks
    snapshots: Snapshots


def block(session: Session, user: str, ports: Ports) -> None:
    """Block a user; repeating it changes nothing.

    It is not looked up whether there is such a user: the asker might not be meant to know.

    Raises:
        BadRequest: the user is the asker.
        NotFound: the asker no longer exists.
    """
    if user == session.user:
        raise BadRequest("nobody can block themselves")
    ports.blocks.block(session.user, user)


def unblock(session: Session, user: str, ports: Ports) -> None:
    """Unblock a user; repeating it changes nothing."""
    ports.blocks.unblock(session.user, user)


def blocked(session: Session, cursor: str, ports: Ports) -> tuple[list[tuple[str, Recipient | None]], str]:
    """A page of the users whom the asker blocks, by user id, and the next page's cursor, empty if there is none.

    Each id comes with what the asker may see of that user; None if they may not see them.

    Raises:
        BadRequest: the cursor was not returned by this list.
    """
    after = pages.decode(cursor, _Cursor).user if cursor else ""
    users, more = ports.blocks.blocked(session.user, after, PAGE)
    found = ports.snapshots.find(**visibility.question(session, users)) if users else None
    following = pages.encode(_Cursor(users[-1])) if more and users else ""
    return [(u, visibility.sees(session, u, found) if found else None) for u in users], following
