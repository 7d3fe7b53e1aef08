"""What redelivery and pushes are made of, and how they went."""

from typing import Literal

from msgspec import Struct

from parley.chat.ports import ConversationSummaries, MediaReferences, Memberships, Snapshots
from parley.delivery import fanout
from parley.delivery.ports import Connections, Devices, Push, Sockets

Preview = Literal["none", "sender", "full"]


class Rules(Struct, frozen=True):
    """What a deployment wants of its pushes."""

    grace_ms: int = 2_000
    """How long a live device has to confirm an entry before it is offered again. A stream's batch window ends
    at once for the last record in it, so that the entry's own age is what counts."""
    race_ms: int = 1_000
    """A connection this little older than an entry may have been missed by the send's eventually consistent read."""
    preview: Preview = "sender"
    """What a push shows: nothing of the message, who wrote it, or its text too."""


class Ports(Struct, frozen=True):
    """What redelivery and pushes need from the world."""

    snapshots: Snapshots
    memberships: Memberships
    summaries: ConversationSummaries
    media_references: MediaReferences
    connections: Connections
    sockets: Sockets
    devices: Devices
    push: Push


class DeliveryResult(Struct, frozen=True):
    """How it went; with ``wait_ms``, nothing was done yet and the call is to be repeated after that time."""

    wait_ms: int = 0
    posted: fanout.FanoutResult = fanout.FanoutResult()
    pushes: int = 0
    forgotten: int = 0
    """Endpoints found to be dead, and given up."""
    refused: int = 0
    """Pushes that SNS will not take from us before an operator has mended something."""

    def __add__(self, other: "DeliveryResult") -> "DeliveryResult":
        return DeliveryResult(
            wait_ms=max(self.wait_ms, other.wait_ms),
            posted=self.posted + other.posted,
            pushes=self.pushes + other.pushes,
            forgotten=self.forgotten + other.forgotten,
            refused=self.refused + other.refused,
        )
