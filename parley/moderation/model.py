"""What users report to the operators. All values are immutable; times are milliseconds since the epoch."""

from msgspec import Struct

from parley.chat.entries import Entry


class Report(Struct, frozen=True):
    """What a user has told the operators of another."""

    id: str
    """The reporter's own id for it."""
    reporter: str
    user: str
    """Whom it is about."""
    reason: str
    text: str
    at: int
    entry: Entry | None = None
    """A copy of what it is about."""
