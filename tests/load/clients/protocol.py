"""What the main process and the client processes send each other: one JSON value per line, told apart by ``type``."""

import zlib

from msgspec import Struct


class Line(Struct, frozen=True, array_like=True):
    """The parts of an entry that are compared. It is in a log, in a device's store, or in what an app was told."""

    seq: int
    id: str
    sender: str
    sum: int
    """The ``checksum`` of the text."""


class Seat(Struct, frozen=True):
    """One device: whose it is, how it signs in, and with whom it talks."""

    device: str
    user: str
    access: str
    refresh: str
    others: list[str]
    keep_one: bool = False
    """Whether, on purpose, it withholds the first entry that somebody else wrote from its app."""


class Begin(Struct, frozen=True, tag=True):
    """Open all of these, at most ``rate`` per second."""

    url: str
    cognito: str
    client_id: str
    region: str
    seats: list[Seat]
    rate: float


class Talk(Struct, frozen=True, tag=True):
    """Write this many messages, from devices and in conversations drawn by ``seed``.

    With a ``rate``, that many are written per second, whatever becomes of them. Without one, ``in_flight`` are
    unacknowledged at any time.
    """

    messages: int
    rate: float | None
    in_flight: int
    seed: int


class Hush(Struct, frozen=True, tag=True):
    """Write no more."""


class Tell(Struct, frozen=True, tag=True):
    """Hand over everything that was observed, and end."""


Order = Begin | Talk | Hush | Tell


class Tally(Struct, frozen=True, tag=True):
    """The state of a process, sent several times a second."""

    live: int
    """Sockets that are connected and synced."""
    idle: int
    """Devices with nothing unacknowledged and no command unanswered."""
    written: int
    settled: int
    """Messages acknowledged, or refused for good."""
    told: int
    """Entries that apps were told of, on all devices together."""
    connects: int
    rss: int
    """The memory in bytes."""


class Ready(Struct, frozen=True, tag=True):
    """The process runs, and takes this many bytes without a client."""

    rss: int


class Talked(Struct, frozen=True, tag=True):
    """Everything is written: how many messages in each conversation."""

    written: dict[str, int]


class Record(Struct, frozen=True, tag=True):
    """Everything that one device did and that its app was told, by conversation where there are several."""

    device: str
    user: str
    state: str
    """The state of its connection at the end."""
    written: dict[str, list[tuple[str, int]]]
    """Message ids in the order they were written, with their checksums."""
    acked: dict[str, int]
    """Seqs by message id."""
    refused: dict[str, str]
    """Error codes by message id."""
    told: dict[str, list[Line]]
    """What the app was told by events, in that order."""
    stored: dict[str, list[Line]]
    """What the device's store holds, in its order."""
    rewound: list[str]
    """Conversations for which the app was told that the server had been restored to an earlier state."""
    refreshes: int
    """How often the app was too slow for its events, and read the store instead."""


class Delays(Struct, frozen=True, tag=True):
    """How long it took from writing a message until it was acknowledged, and until another user's device had it.

    Each is a pair: the time when it ended, by the machine's monotonic clock in seconds, and milliseconds.
    """

    acked: list[tuple[float, float]]
    received: list[tuple[float, float]]


class Done(Struct, frozen=True, tag=True):
    """Everything has been reported."""


News = Ready | Tally | Talked | Record | Delays | Done


def checksum(text: str) -> int:
    """Return a checksum of a message's text, which reveals alterations without keeping all texts."""
    return zlib.crc32(text.encode())
