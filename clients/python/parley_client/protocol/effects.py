"""What a session wants done after an input: writes to the store, effects on the world, events for the app."""

from dataclasses import dataclass, field

from parley_client.protocol.events import Event
from parley_client.protocol.values import Entry, Marks, Outgoing

# Writes: those of one step are stored durably, all or none, before any of its effects and events.


@dataclass(frozen=True, slots=True)
class PutEntries:
    """Entries that follow the cursors without a gap; the cursors move with them."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Rewind:
    """Delete a conversation's entries after ``seq``, and lower its cursor, marks and intents to ``seq`` at most."""

    conversation: str
    seq: int


@dataclass(frozen=True, slots=True)
class Skip:
    """Delete a conversation's entries, and move its cursor to ``seq``: those in between are in the server's archive."""

    conversation: str
    seq: int


@dataclass(frozen=True, slots=True)
class PutGeneration:
    """Note the server's generation, which everything that is stored is of."""

    generation: str


@dataclass(frozen=True, slots=True)
class Restart:
    """Delete all entries, cursors, marks and intents, and note the server's generation. The outbox stays as it is."""

    generation: str


@dataclass(frozen=True, slots=True)
class AddOutgoing:
    """Append a message to the outbox, and remove it from the undelivered if it was there."""

    message: Outgoing


@dataclass(frozen=True, slots=True)
class RemoveOutgoing:
    """The server has stored a message: remove it from the outbox or the undelivered."""

    id: str


@dataclass(frozen=True, slots=True)
class FailOutgoing:
    """Move a message from the outbox to the undelivered."""

    id: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class PutMarks:
    """Replace a member's stored marks."""

    marks: Marks


@dataclass(frozen=True, slots=True)
class PutIntent:
    """The user's own marks that the server has yet to confirm. Both 0 means there are none."""

    conversation: str
    delivered: int
    read: int


Write = (
    PutEntries
    | Rewind
    | Skip
    | PutGeneration
    | Restart
    | AddOutgoing
    | RemoveOutgoing
    | FailOutgoing
    | PutMarks
    | PutIntent
)


# Effects, in order. None of them may keep the session waiting: their outcomes come back as inputs.


@dataclass(frozen=True, slots=True)
class FetchToken:
    """Ask the token source. If ``refused``, the last token was not accepted, so a cached one will not do."""

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
    """Give up this attempt, and close its socket if there is one."""

    attempt: int


Effect = FetchToken | OpenSocket | SendFrame | CloseSocket


@dataclass(slots=True)
class Output:
    """What one step wants done: all ``writes`` first, then ``effects`` and ``events``."""

    writes: list[Write] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
