"""Typing: tell the other members' devices, and store nothing."""

from msgspec import Struct

from parley.chat import conversations, events
from parley.chat.people import blocking
from parley.chat.ports import Snapshots
from parley.core.errors import NotFound
from parley.core.session import Session
from parley.delivery import fanout
from parley.delivery.ports import Connections, Sockets


class Ports(Struct, frozen=True):
    """What typing needs from the world."""

    snapshots: Snapshots
    connections: Connections
    sockets: Sockets


def typing(conversation_id: str, session: Session, now: int, ports: Ports) -> fanout.FanoutResult:
    """Tell the other member's devices that the user is typing.

    Raises:
        Forbidden, NotFound: it is not the user's conversation, or it has not begun.
        Blocked: one of the two has blocked the other.
    """
    conversation = conversations.enter(session, conversation_id)
    key = (conversation.me, conversation.id)
    found = ports.snapshots.find(
        recipients=[conversation.other], memberships=[key], blocks=blocking.either_way(conversation)
    )
    if key not in found.memberships:
        raise NotFound("no such conversation")
    refusal = blocking.refusal(conversation, found.blocks)
    if refusal:
        raise refusal
    event = events.IsTyping(conversation=conversation.id, user=conversation.me)
    return fanout.post(ports.sockets, ports.connections, found.recipients.values(), event, now)
