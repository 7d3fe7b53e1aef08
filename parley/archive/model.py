"""The values of the archive. All are immutable; times are milliseconds since the epoch."""

from msgspec import Struct

SHARDS = 16
"""Into how many parts the schedule is divided, so that no key of its index gets the writes of all new conversations."""


class Due(Struct, frozen=True):
    """A conversation, and when its entries are to be looked at next."""

    conversation: str
    at: int


class State(Struct, frozen=True):
    """What is known of a conversation's part of the archive."""

    conversation: str
    key: bytes
    """The key of everything of this conversation that is in the archive. Without it, none of that can be read."""
    through: int = 0
    """The last seq whose copy has been verified; 0 if there is none."""


class Segment(Struct, frozen=True):
    """Where some entries of a conversation are: those from ``first`` to ``last``, in one pack."""

    conversation: str
    first: int
    last: int
    pack: str
    """The pack's name."""
    offset: int
    """In bytes, from the pack's beginning."""
    length: int


class Waiting(Struct, frozen=True):
    """A user who waits for a pack, because of one conversation."""

    pack: str
    user: str
    conversation: str
