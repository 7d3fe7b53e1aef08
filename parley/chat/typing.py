"""Typing: tell the other members' devices, and store nothing."""

from msgspec import Struct

from parley.chat import conversations, frames
from parley.chat.ports import Directory
from parley.core.errors import Blocked, NotFound
from parley.core.session import Session
from parley.delivery import fanout
from parley.delivery.ports import Sockets


class Ports(Struct, frozen=True):
    """What this needs from the world."""

    directory: Directory
    sockets: Sockets


def typing(command: frames.Typing, session: Session, now: int, ports: Ports) -> fanout.FanoutResult:
    """Post a ``typing`` frame to the other member's devices.

    Raises:
        Forbidden, NotFound: not the user's conversation, or one that has not begun.
        Blocked: the other member takes nothing from this user.
    """
    place = conversations.enter(session, command.conversation)
    key = (place.user, place.id)
    found = ports.directory.find(recipients=[place.other], memberships=[key], blocks=[(place.other, place.user)])
    if key not in found.memberships:
        raise NotFound("no such conversation")
    if (place.other, place.user) in found.blocks:
        raise Blocked("this user does not take messages from you")
    frame = frames.encode(frames.IsTyping(conversation=place.id, user=place.user))
    return fanout.post(ports.sockets, ports.directory, found.recipients.values(), frame, now)
