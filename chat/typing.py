"""Typing: tell the other members' devices, and store nothing."""

from msgspec import Struct

from chat import access, fanout, frames
from chat.errors import Blocked, NotFound
from chat.model import Session
from chat.ports import Directory, Sockets


class Ports(Struct, frozen=True):
    """What this needs from the world."""

    directory: Directory
    sockets: Sockets


def typing(command: frames.Typing, session: Session, now: int, ports: Ports) -> fanout.Posted:
    """Post a ``typing`` frame to the other member's devices.

    Raises:
        Forbidden, NotFound: not the user's conversation, or one that has not begun.
        Blocked: the other member takes nothing from this user.
    """
    place = access.enter(session, command.conversation)
    key = (place.user, place.id)
    found = ports.directory.find(reach=[place.other], memberships=[key], blocks=[(place.other, place.user)])
    if key not in found.memberships:
        raise NotFound("no such conversation")
    if (place.other, place.user) in found.blocks:
        raise Blocked("this user does not take messages from you")
    frame = frames.encode(frames.IsTyping(conversation=place.id, user=place.user))
    return fanout.post(ports.sockets, ports.directory, found.reach.values(), frame, now)
