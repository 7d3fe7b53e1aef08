"""Tell: inform users' live devices what has become of media, or send a push to those who wait for them."""

from collections.abc import Iterable

from msgspec import Struct

from parley.chat.inbox import badge
from parley.chat.ports import Memberships, Snapshots
from parley.delivery import endpoints, fanout
from parley.delivery.model import Recipient
from parley.delivery.ports import Connections, Delivery, Devices, Notification, Push, Sockets
from parley.media import events
from parley.media.model import Media

_BACK = "A file is available again"


class Ports(Struct, frozen=True):
    """What telling needs from the world."""

    snapshots: Snapshots
    memberships: Memberships
    connections: Connections
    sockets: Sockets
    devices: Devices
    push: Push


def tell(users: Iterable[str], media: Media, now: int, ports: Ports) -> fanout.FanoutResult:
    """Tell every live device of these users. A device that misses the event sees the same when it looks."""
    return _post(users, media, now, ports)[1]


def announce(users: Iterable[str], media: Media, now: int, ports: Ports, looking: str = "") -> fanout.FanoutResult:
    """Tell these users that media are back from the archive. Those who have no live device get a push, except the user
    who is ``looking`` at the media.
    """
    recipients, posted = _post(users, media, now, ports)
    for recipient in recipients:
        if recipient.devices and not recipient.live(now) and recipient.user != looking:
            _push(recipient, media, now, ports)
    return posted


def _post(users: Iterable[str], media: Media, now: int, ports: Ports) -> tuple[list[Recipient], fanout.FanoutResult]:
    recipients = list(ports.connections.recipients(sorted(set(users))).values())
    event = events.Media(media=media.id, state=media.state, reason=media.reason)
    return recipients, fanout.post(ports.sockets, ports.connections, recipients, event, now)


def _push(recipient: Recipient, media: Media, now: int, ports: Ports) -> None:
    notification = Notification(
        conversation=media.scope,
        seq=0,
        badge=badge.badge(recipient.user, now, ports.memberships, ports.snapshots),
        title=_BACK,
        text="",
        sender="",
        media=media.id,
    )
    ends = ports.push.send(recipient.devices, notification)
    for device, end in zip(recipient.devices, ends, strict=True):
        if end is Delivery.GONE:
            endpoints.gone(recipient.user, device, now, ports.devices, ports.push)
