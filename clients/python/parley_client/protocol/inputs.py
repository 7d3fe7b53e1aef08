"""A session's inputs: what happens to the connection, and what the user does.

An ``attempt`` is the number of the connection attempt that an input belongs to, so that a late input from an earlier
socket can be recognized and ignored.
"""

from dataclasses import dataclass

from parley_client.protocol.values import Outgoing


@dataclass(frozen=True, slots=True)
class Start:
    """Connect, and stay connected."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Disconnect, and stay disconnected."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """The network is back, or the app is in the foreground again: connect now, or check the connection."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The session's deadline has come."""


@dataclass(frozen=True, slots=True)
class TokenFetched:
    """The token source has returned a token. ``expires`` is on the session's clock; None if the token does not say."""

    attempt: int
    token: str
    subject: str | None = None
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class TokenFailed:
    """The token source has failed. If ``refused``, the user must sign in again; otherwise the failure may pass."""

    attempt: int
    refused: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SocketOpened:
    """The socket is open."""

    attempt: int


@dataclass(frozen=True, slots=True)
class SocketFailed:
    """The socket did not open. ``status`` is the HTTP status if there was one; ``reason`` is for people to read."""

    attempt: int
    status: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SocketClosed:
    """The socket was closed, by either side. ``code`` is the close code if there was one."""

    attempt: int
    code: int | None = None


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """A text frame has arrived."""

    attempt: int
    text: str


@dataclass(frozen=True, slots=True)
class SendMessage:
    """The user sends a message. Repeating an id that is in the outbox changes nothing."""

    message: Outgoing


@dataclass(frozen=True, slots=True)
class MarkRead:
    """The user has read a conversation up to ``seq``, or everything held of it."""

    conversation: str
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The user has pressed a key."""

    conversation: str


@dataclass(frozen=True, slots=True)
class QueryPresence:
    """The app asks who is online. Exactly one ``PresenceResult`` with this ``question`` follows."""

    question: str
    users: tuple[str, ...]


ConnectionInput = Start | Stop | Nudge | Tick | TokenFetched | TokenFailed | SocketOpened | SocketFailed | SocketClosed
UserInput = SendMessage | MarkRead | KeyPressed | QueryPresence
Input = ConnectionInput | FrameReceived | UserInput
