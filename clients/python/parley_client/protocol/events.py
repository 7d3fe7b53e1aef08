"""What an app is told. Every event is a value; most of what they say can also be read from the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from parley_client.protocol.values import Entry, Online


class State(Enum):
    """Where the connection stands."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    LIVE = "live"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The connection's state is another now; while waiting, ``retry_in`` is the pause in seconds.

    ``reason`` says to people, then, why there is no connection, as far as that is known.
    """

    state: State
    retry_in: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The server refuses every token the source has: the user has to sign in again. Attempts go on, slowly."""

    reason: str


@dataclass(frozen=True, slots=True)
class Received:
    """An entry, own ones too: each exactly once, in a conversation's order, and already stored."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Queued:
    """A message is in the outbox file: it will be sent, also after a crash."""

    id: str
    conversation: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The server has stored a message."""

    id: str
    conversation: str
    seq: int
    at: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The server refuses a message for good; it is out of the outbox, and kept among the undelivered.

    ``Sent`` may follow, where an earlier try was still under way: then it is not among the undelivered any more.
    """

    id: str
    conversation: str
    text: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A member's marks have moved, the user's own (from any device) too."""

    conversation: str
    user: str
    delivered: int
    read: int


@dataclass(frozen=True, slots=True)
class TypingChanged:
    """A member has begun typing, or stopped."""

    conversation: str
    user: str
    typing: bool


@dataclass(frozen=True, slots=True)
class PresenceResult:
    """Who is online, by user; None where no answer came in time."""

    question: str
    users: Mapping[str, Online] | None


@dataclass(frozen=True, slots=True)
class Rewound:
    """The server was restored to an earlier time: entries after ``seq`` are gone there, and now here.

    Own messages among them are not sent again by themselves: what they answered may be gone with them.
    """

    conversation: str
    seq: int


@dataclass(frozen=True, slots=True)
class Refresh:
    """The app was too slow and events were dropped: read the store again. Nothing in the store is missing."""


Event = (
    StateChanged
    | SignedOut
    | Received
    | Queued
    | Sent
    | Failed
    | Receipt
    | TypingChanged
    | PresenceResult
    | Rewound
    | Refresh
)
