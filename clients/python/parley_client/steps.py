"""A session's inputs, and what it answers them with: writes to the store, effects on the world, events for the app."""

from dataclasses import dataclass, field

from parley_client.events import Event
from parley_client.values import Entry, Marks, Outgoing

# Inputs. ``attempt`` is the number of the connection attempt they belong to, so that a late word from an
# earlier socket is known for what it is.


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
class GotToken:
    """The token source has answered; ``expires`` is on the session's clock, None where the token does not tell."""

    attempt: int
    token: str
    subject: str | None = None
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class NoToken:
    """The token source has failed; ``refused``: because the user must sign in again, not for lack of a network."""

    attempt: int
    refused: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The socket is open."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NotOpened:
    """The socket did not open; ``status`` is the HTTP status if there was one, ``reason`` is for people."""

    attempt: int
    status: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is closed, by anybody; ``code`` is the close code if there was one."""

    attempt: int
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A text frame has arrived."""

    attempt: int
    text: str


@dataclass(frozen=True, slots=True)
class Say:
    """The user sends a message. A repeated id changes nothing while it is in the outbox."""

    message: Outgoing


@dataclass(frozen=True, slots=True)
class Read:
    """The user has read a conversation up to ``seq``, or all that is held of it."""

    conversation: str
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Type:
    """The user has pressed a key."""

    conversation: str


@dataclass(frozen=True, slots=True)
class AskPresence:
    """The app wants to know who is online; answered by one ``PresenceAnswered`` with this ``question``."""

    question: str
    users: tuple[str, ...]


AboutConnection = Start | Stop | Nudge | Tick | GotToken | NoToken | Opened | NotOpened | Closed
Wish = Say | Read | Type | AskPresence
Input = AboutConnection | Heard | Wish


# Writes: one step's are stored together or not at all, durably, before any of its effects and events.


@dataclass(frozen=True, slots=True)
class PutEntries:
    """Entries that follow the cursors without a gap; the cursors move with them."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Rewind:
    """Forget a conversation's entries after ``seq``; cursor, marks and intents are there at most."""

    conversation: str
    seq: int


@dataclass(frozen=True, slots=True)
class AddOutgoing:
    """A message enters the outbox, at its end (and leaves the undelivered, if it was there)."""

    message: Outgoing


@dataclass(frozen=True, slots=True)
class RemoveOutgoing:
    """A message is stored by the server: it leaves the outbox, or the undelivered."""

    id: str


@dataclass(frozen=True, slots=True)
class FailOutgoing:
    """A message moves from the outbox to the undelivered."""

    id: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class PutMarks:
    """A member's marks, in place of what was stored."""

    marks: Marks


@dataclass(frozen=True, slots=True)
class PutIntent:
    """Own marks to be confirmed by the server; both 0: none."""

    conversation: str
    delivered: int
    read: int


Write = PutEntries | Rewind | AddOutgoing | RemoveOutgoing | FailOutgoing | PutMarks | PutIntent


# Effects, in order. None of them may keep the session waiting: their ends come back as inputs.


@dataclass(frozen=True, slots=True)
class FetchToken:
    """Ask the token source; ``refused``: the last token was not accepted, so that one from a cache will not do."""

    attempt: int
    refused: bool


@dataclass(frozen=True, slots=True)
class Open:
    """Open a socket with this token."""

    attempt: int
    token: str


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send a text frame."""

    attempt: int
    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """Give up this attempt: close its socket, if it has come to one."""

    attempt: int


Effect = FetchToken | Open | Transmit | Close


@dataclass(slots=True)
class Output:
    """What one step wants done: first all ``writes``, then ``effects`` and ``events``."""

    writes: list[Write] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
