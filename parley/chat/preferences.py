"""Keep: mute, archive or pin a conversation for oneself, and tell one's own devices."""

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
# A lost race is another device of the same user, or the conversation coming up in the inbox.


class Ports(Struct, frozen=True):
    """What keeping needs from the world."""

    snapshots: Snapshots
    memberships: Memberships
    connections: Connections
    sockets: Sockets


def keep(
    session: Session, conversation_id: str, changes: Mapping[str, int | bool], now: int, ports: Ports
) -> tuple[Membership, fanout.FanoutResult]:
    """Change some of what the user keeps of a conversation; nobody else learns of it. Without changes, read it.

    Args:
        session: the asker.
        conversation_id: which one.
        changes: new values of ``muted`` (until when, in ms; 0 for no longer), ``archived`` and ``pinned``.
        now: in ms.
        ports: what it needs.

    Raises:
        Forbidden, NotFound: not the user's conversation, or one that has not begun.
    """
    conversation = conversations.enter(session, conversation_id)
    key = (conversation.me, conversation.id)
    found = ports.snapshots.find(recipients=[conversation.me], memberships=[key], strong=True)
    stored = found.memberships.get(key)
    if stored is None:
        raise NotFound("no such conversation")
    old, new = compare_and_set(
        stored,
        lambda held: replace(held, **changes),
        ports.memberships.store_preferences,
        attempts=_ATTEMPTS,
        busy="the conversation is being changed by many at once",
    )
    if new == old:
        return new, fanout.FanoutResult()
    event = events.Conversation(conversation.id, muted=new.muted, archived=new.archived, pinned=new.pinned)
    return new, fanout.post(ports.sockets, ports.connections, found.recipients.values(), event, now)
