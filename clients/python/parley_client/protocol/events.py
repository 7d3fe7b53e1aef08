"""The events an app receives. Each is a value; most of what they say can also be read from the store."""

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
    """The connection's state has changed.

    While waiting, ``retry_in`` is the pause in seconds, and ``reason`` says why there is no connection, for people to
    read, if it is known.
    """

    state: State
    retry_in: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The server refuses every token from the source, so the user has to sign in again. Attempts continue, slowly."""

    reason: str


@dataclass(frozen=True, slots=True)
class Received:
    """An entry, the user's own included. Each comes exactly once, in its conversation's order, already stored."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Queued:
    """A message is in the outbox file: it will be sent even after a crash."""

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
    """The server refuses a message for good. It has moved from the outbox to the undelivered messages.

    ``Sent`` may follow if an earlier attempt was still under way; the message is then no longer undelivered.
    """

    id: str
    conversation: str
    text: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A member's marks have moved. The member may also be the user, on any of their devices."""

    conversation: str
    user: str
    delivered: int
    read: int


@dataclass(frozen=True, slots=True)
class TypingChanged:
    """A member has started or stopped typing."""

    conversation: str
    user: str
    typing: bool


@dataclass(frozen=True, slots=True)
class PresenceResult:
    """Who is online, by user; None if no answer came in time."""

    question: str
    users: Mapping[str, Online] | None


@dataclass(frozen=True, slots=True)
class Rewound:
    """The server was restored to an earlier time. Entries after ``seq`` are gone there, and now here too.

    A ``seq`` of 0 may also mean that this device fetches the conversation again from its beginning, because it cannot
    know where the server's entries begin to differ. What is still there is then received once more.

    The user's own messages among them are not resent automatically, because what they replied to may be gone as well.
    """

    conversation: str
    seq: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """What this device lacked of a conversation is in the server's archive, so that it now begins behind ``seq``.

    History has the entries up to there, over HTTP. Those that were held are deleted, so that what is held has no hole.
    """

    conversation: str
    seq: int


@dataclass(frozen=True, slots=True)
class Refresh:
    """The app was too slow, so events were dropped. Read the store again: nothing is missing there."""


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
    | Skipped
    | Refresh
)
