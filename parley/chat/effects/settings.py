"""The rules and ports of redelivery and pushes, and how they went."""

from typing import Literal

from msgspec import Struct

from parley.chat.ports import ArchiveSchedule, ConversationSummaries, MediaReferences, Memberships, Snapshots
from parley.delivery import fanout
from parley.delivery.ports import Connections, Devices, Push, Sockets

Preview = Literal["none", "sender", "full"]

WITHIN_MS = 5_000
"""The objective: an entry is confirmed, or offered again to whoever has not confirmed it, within this time."""


class Rules(Struct, frozen=True):
    """What a deployment decides about redelivery and pushes."""

    grace_ms: int = 2_000
    """How long a live device has to confirm an entry before the entry is offered again. A stream's batch window ends
    at once for the last record in it, so what counts is the entry's own age."""
    race_ms: int = 1_000
    """A connection opened less than this before an entry may have been missed by the send's eventually consistent
    read."""
    oldest_ms: int = 24 * 3600 * 1000
    """An entry older than this was not written here, but imported: a stream keeps its records for no longer. It is
    neither offered nor pushed."""
    preview: Preview = "sender"
    """What a push shows: nothing about the message, who wrote it, or its text as well."""


class Archiving(Struct, frozen=True):
    """How a deployment archives what is old."""

    schedule: ArchiveSchedule
    after_ms: int
    """How old entries are that leave the log."""


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
    archiving: Archiving | None = None
    """None where nothing is archived."""


class DeliveryResult(Struct, frozen=True):
    """How it went. If ``wait_ms`` is not 0, nothing was done yet, and the call must be repeated after that time."""

    wait_ms: int = 0
    posted: fanout.FanoutResult = fanout.FanoutResult()
    pushes: int = 0
    forgotten: int = 0
    """Endpoints that were found to be dead, and were forgotten."""
    refused: int = 0
    """Pushes that SNS will not take from us until an operator has fixed something."""
    offered: tuple[int, ...] = ()
    """When the entries were written that have reached a recipient only now, in ms, once for each recipient. One that an
    earlier push has told of is not among them."""

    def __add__(self, other: "DeliveryResult") -> "DeliveryResult":
        return DeliveryResult(
            wait_ms=max(self.wait_ms, other.wait_ms),
            posted=self.posted + other.posted,
            pushes=self.pushes + other.pushes,
            forgotten=self.forgotten + other.forgotten,
            refused=self.refused + other.refused,
            offered=self.offered + other.offered,
        )
