"""The values a conversation is made of. All are immutable; times are milliseconds since the epoch."""

from typing import Literal

from msgspec import Struct

MediaState = Literal["pending", "ready", "refused", "archived", "restoring", "removed"]
"""Of an uploaded file: not verified yet; to be had; not what it was said to be; out of reach until it is restored;
being restored; being taken away."""
PROFILE = "profile"
"""What a profile's photo belongs to, where other media belong to a conversation."""

PINNED = 10**15
"""Later than any time, in ms."""


class Attachment(Struct, frozen=True):
    """An uploaded file, as far as whoever refers to it must know it."""

    id: str
    owner: str
    scope: str
    """The conversation that it was uploaded for, or ``PROFILE``."""
    state: MediaState
    until: int = 0
    """When it is too late to refer to it for the first time, in ms; 0 once something has."""

    def is_whole(self, now: int) -> bool:
        """Whether it may be referred to: verified, and not about to be collected."""
        return self.state in {"ready", "archived", "restoring"} and (self.until == 0 or now < self.until)


class Membership(Struct, frozen=True):
    """A user's place in a conversation. The three marks are ``seq``s that only grow."""

    user: str
    conversation: str
    delivered: int = 0
    read: int = 0
    read_count: int = 0
    """The ``count`` of the entry at ``read``."""
    pushed: int = 0
    """The newest entry that a push has told this user about."""
    last_activity: int = 0
    """When something was last written here, in ms, to the hour."""
    muted: int = 0
    """Until when no push is wanted, in ms; 0 for not muted."""
    archived: bool = False
    pinned: bool = False

    @property
    def inbox_rank(self) -> int:
        """Where it stands in the inbox: pinned ones above the others, newest on top; archived ones below 0, in a list
        of their own, whose newest is the lowest. ``recent`` is what is left over a multiple of ``PINNED``.
        """
        return -self.last_activity if self.archived else self.last_activity + PINNED * self.pinned


class ConversationSummary(Struct, frozen=True):
    """A conversation's newest entry in short; it may lag behind the log, and never leads it."""

    conversation: str
    seq: int
    count: int
    at: int
    sender: str
    preview: str
    sent: dict[str, int] = {}
    """By user, the ``count`` of the newest entry they wrote: whoever writes has read what stands before it."""

    def unread(self, membership: Membership) -> int:
        """How many entries up to this one the member has neither read nor written, nor answered."""
        seen = max(membership.read_count, self.sent.get(membership.user, 0))
        return max(self.count - seen, 0)
