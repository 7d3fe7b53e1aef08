"""Preferences: a user mutes, archives or pins a conversation for themselves, and their own devices are told."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from parley.chat import conversations, events
from parley.chat.model import Membership
from parley.chat.ports import Memberships, Snapshots
from parley.core.errors import NotFound
from parley.core.session import Session
from parley.core.writes import compare_and_set
from parley.delivery import fanout
from parley.delivery.ports import Connections, Sockets

_ATTEMPTS = 4
# A race is lost to another device of the same user, or to the conversation moving up in the inbox.


class Ports(Struct, frozen=True):
    """What keeping needs from the world."""

    snapshots: Snapshots
    memberships: Memberships
    connections: Connections
    sockets: Sockets


def keep(
    session: Session, conversation_id: str, changes: Mapping[str, int | bool], now: int, ports: Ports
) -> tuple[Membership, fanout.FanoutResult]:
    """Change some of the user's preferences for a conversation; nobody else is told. Without changes, read them.

    Args:
        session: the asker.
        conversation_id: which conversation.
        changes: new values of ``muted`` (until when, in ms; 0 to unmute), ``archived`` and ``pinned``.
        now: in ms.
        ports: what keeping needs.

    Raises:
        Forbidden, NotFound: it is not the user's conversation, or it has not begun.
    """
    conversation = conversations.enter(session, conversation_id)
    key = (conversation.me, conversation.id)
    found = ports.snapshots.find(recipients=[conversation.me], memberships=[key], strong=True)
    stored = found.memberships.get(key)
    if stored is None:
        raise NotFound("no such conversation")
    _, new = compare_and_set(
        stored,
        lambda held: replace(held, **changes),
        ports.memberships.store_preferences,
        attempts=_ATTEMPTS,
        busy="the conversation is being changed by many at once",
    )
    if not changes:
        return new, fanout.FanoutResult()
    # Also if they are these already: the call that this one repeats may have died before it told anybody.
    event = events.Conversation(conversation.id, muted=new.muted, archived=new.archived, pinned=new.pinned)
    return new, fanout.post(ports.sockets, ports.connections, found.recipients.values(), event, now)
