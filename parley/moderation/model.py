"""What users report to the operators. All values are immutable; times are milliseconds since the epoch."""

from msgspec import Struct

from parley.chat.entries import Entry


class Report(Struct, frozen=True):
    """What a user has told the operators about another user."""

    id: str
    """The reporter's own id for the report."""
    reporter: str
    user: str
    """The user whom the report is about."""
    reason: str
    text: str
    at: int
    entry: Entry | None = None
    """A copy of the entry that the report is about."""
