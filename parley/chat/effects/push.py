"""One push per recipient and burst, to each of the recipient's devices that a push can reach."""

from collections.abc import Mapping

from msgspec import Struct

from parley.chat.effects.settings import Ports, Preview, Rules
from parley.chat.entries import Entry
from parley.chat.inbox.badge import badge
from parley.core.errors import Unavailable
from parley.delivery import endpoints
from parley.delivery.model import Recipient
from parley.delivery.ports import Delivery, Notification


class PushResult(Struct, frozen=True):
    """How many devices took a push, how many dead endpoints were forgotten, and how many pushes SNS refused."""

    sent: int
    forgotten: int
    refused: int


def push(
    newest: Entry, recipient: Recipient, names: Mapping[str, str], now: int, ports: Ports, rules: Rules
) -> PushResult:
    """Push to each of the user's devices."""
    notification = Notification(
        conversation=newest.conversation,
        seq=newest.seq,
        badge=badge(recipient.user, now, ports.memberships, ports.snapshots),
        title=_title(names.get(newest.sender, ""), rules.preview),
        text=newest.preview or "" if rules.preview == "full" else "",
        sender="" if rules.preview == "none" else newest.sender,
    )
    ends = ports.push.send(recipient.devices, notification)
    for place, device in enumerate(recipient.devices):
        if ends[place] is Delivery.GONE and not endpoints.gone(recipient.user, device, now, ports.devices, ports.push):
            ends[place] = Delivery.LATER
    if Delivery.LATER in ends and Delivery.DONE not in ends:  # otherwise a retry would ring the others again
        raise Unavailable("a push was not taken", retry_after=1)
    return PushResult(*(ends.count(end) for end in (Delivery.DONE, Delivery.GONE, Delivery.REFUSED)))


def _title(name: str, preview: Preview) -> str:
    return name if name and preview != "none" else "New message"
