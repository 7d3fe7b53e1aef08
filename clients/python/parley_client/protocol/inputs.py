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
    """Disconnect, and stay so."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """The network is back, or the app is in front again: no reason to wait, and every reason to check."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The session's deadline has come."""


@dataclass(frozen=True, slots=True)
class TokenFetched:
    """The token source has answered; ``expires`` is on the session's clock, None where the token does not tell."""

    attempt: int
    token: str
    subject: str | None = None
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class TokenFailed:
    """The token source has failed; ``refused``: because the user must sign in again, not for lack of a network."""

    attempt: int
    refused: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SocketOpened:
    """The socket is open."""

    attempt: int


@dataclass(frozen=True, slots=True)
class SocketFailed:
    """The socket did not open; ``status`` is the HTTP status if there was one, ``reason`` is for people."""

    attempt: int
    status: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SocketClosed:
    """The socket is closed, by anybody; ``code`` is the close code if there was one."""

    attempt: int
    code: int | None = None


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """A text frame has arrived."""

    attempt: int
    text: str


@dataclass(frozen=True, slots=True)
class SendMessage:
    """The user sends a message. A repeated id changes nothing while it is in the outbox."""

    message: Outgoing


@dataclass(frozen=True, slots=True)
class MarkRead:
    """The user has read a conversation up to ``seq``, or all that is held of it."""

    conversation: str
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The user has pressed a key."""

    conversation: str


@dataclass(frozen=True, slots=True)
class QueryPresence:
    """The app wants to know who is online; answered by one ``PresenceResult`` with this ``question``."""

    question: str
    users: tuple[str, ...]


ConnectionInput = Start | Stop | Nudge | Tick | TokenFetched | TokenFailed | SocketOpened | SocketFailed | SocketClosed
UserInput = SendMessage | MarkRead | KeyPressed | QueryPresence
Input = ConnectionInput | FrameReceived | UserInput
