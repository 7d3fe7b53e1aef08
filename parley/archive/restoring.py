"""Restore: a user asks for what has been archived of a conversation, and is told when it can be read."""

from msgspec import Struct

from parley.archive.events import Restored
from parley.archive.model import Waiting
from parley.archive.ports import Index, Packs, Waiters
from parley.chat import conversations
from parley.chat.inbox import badge
from parley.chat.ports import Memberships, Snapshots
from parley.core.errors import NotFound
from parley.core.session import Session
from parley.delivery import endpoints, fanout
from parley.delivery.model import Recipient
from parley.delivery.ports import Connections, Delivery, Devices, Notification, Push, Sockets

AT_ONCE = 10
"""From how many segments back packs are restored, so that somebody who reads on does not wait again."""

_BACK = "Older messages are available again"


class Asking(Struct, frozen=True):
    """What asking for a restore needs from the world."""

    index: Index
    packs: Packs
    waiters: Waiters


class Telling(Struct, frozen=True):
    """What telling those who wait needs from the world."""

    waiters: Waiters
    snapshots: Snapshots
    memberships: Memberships
    connections: Connections
    sockets: Sockets
    devices: Devices
    push: Push


def restore(session: Session, conversation_id: str, before: int, now: int, ports: Asking) -> bool:
    """Have the entries before a seq restored, and some of those before them. Returns whether it takes time.

    If so, the asker is told when the first of them can be read. Repeating the request changes nothing.

    Raises:
        Forbidden, NotFound: it is not the user's conversation, or nothing before ``before`` is in the archive.
    """
    conversation = conversations.enter(session, conversation_id)
    segments = ports.index.segments(conversation.id, before, AT_ONCE)
    if not segments:
        raise NotFound("nothing before this is in the archive")
    away = False
    for pack in dict.fromkeys(segment.pack for segment in segments):
        waiting = Waiting(pack, session.user, conversation.id)
        if not away:  # they go on the list before the request is made: everyone on it is told when the pack is back
            ports.waiters.wait(waiting, now)
        if ports.packs.restore(pack):
            away = True
        elif not away:
            ports.waiters.served(waiting)
    return away


def tell(pack: str, now: int, ports: Telling) -> int:
    """Tell everyone who waits for a pack that it can be read: on their live devices, or by a push if there are none.

    Returns how many were told. If it dies on the way, those who are still on the list are told when it is repeated.
    """
    waiting = ports.waiters.waiting(pack)
    for one in waiting:
        recipient = ports.connections.recipients([one.user]).get(one.user)
        if recipient is not None:
            fanout.post(ports.sockets, ports.connections, [recipient], Restored(conversation=one.conversation), now)
            if recipient.devices and not recipient.live(now):
                _push(recipient, one.conversation, now, ports)
        ports.waiters.served(one)
    return len(waiting)


def _push(recipient: Recipient, conversation: str, now: int, ports: Telling) -> None:
    notification = Notification(
        conversation=conversation,
        seq=0,
        badge=badge.badge(recipient.user, now, ports.memberships, ports.snapshots),
        title=_BACK,
        text="",
        sender="",
    )
    ends = ports.push.send(recipient.devices, notification)
    for device, end in zip(recipient.devices, ends, strict=True):
        if end is Delivery.GONE:
            endpoints.gone(recipient.user, device, now, ports.devices, ports.push)
