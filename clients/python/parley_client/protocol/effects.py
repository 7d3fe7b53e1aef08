"""What a session wants done after an input: writes to the store, effects on the world, events for the app."""

from dataclasses import dataclass, field

from parley_client.protocol.events import Event
from parley_client.protocol.values import Entry, Marks, Outgoing

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
class OpenSocket:
    """Open a socket with this token."""

    attempt: int
    token: str


@dataclass(frozen=True, slots=True)
class SendFrame:
    """Send a text frame."""

    attempt: int
    text: str


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """Give up this attempt: close its socket, if it has come to one."""

    attempt: int


Effect = FetchToken | OpenSocket | SendFrame | CloseSocket


@dataclass(slots=True)
class Output:
    """What one step wants done: first all ``writes``, then ``effects`` and ``events``."""

    writes: list[Write] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
