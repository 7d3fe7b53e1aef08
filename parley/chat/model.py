"""The values a conversation is made of. All are immutable; times are milliseconds since the epoch."""

from typing import Literal

from msgspec import Struct

MediaState = Literal["pending", "ready", "refused", "archived", "restoring", "removed"]
"""The state of an uploaded file. In this order: it is not verified yet; it is available; it is not what it was declared
to be; it is unavailable until it is restored; it is being restored; it is being removed."""
PROFILE = "profile"
"""The scope of a profile's photo; the scope of any other media is a conversation."""

PINNED = 10**15
"""What pinning adds to an inbox rank: more than any time, in ms."""


class Attachment(Struct, frozen=True):
    """What must be known about an uploaded file in order to refer to it."""

    id: str
    owner: str
    scope: str
    """The conversation that it was uploaded for, or ``PROFILE``."""
    state: MediaState
    until: int = 0
    """When it becomes too late to refer to it for the first time, in ms; 0 once something refers to it."""

    def is_whole(self, now: int) -> bool:
        """Whether it may be referred to: it is verified, and is not about to be collected."""
        return self.state in {"ready", "archived", "restoring"} and (self.until == 0 or now < self.until)


class BlockDigest(Struct, frozen=True):
    """What a user's row says about whom they block: some of them, and how many there are in all."""

    few: frozenset[str] = frozenset()
    """Users whom they block, for certain."""
    count: int = 0

    def says(self, other: str) -> bool | None:
        """Whether the user blocks ``other``; None if only the block itself can tell, because ``few`` are not all."""
        if other in self.few:
            return True
        return False if self.count == len(self.few) else None


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
    """Until when the user wants no push, in ms; 0 if it is not muted."""
    archived: bool = False
    pinned: bool = False

    @property
    def inbox_rank(self) -> int:
        """Where the conversation stands in the inbox, in which higher ranks come first.

        Pinned conversations rank above the others, and newer ones above older ones. Archived ones are in a list of
        their own: their ranks are below 0, and the newest has the lowest. The rank without its sign, modulo
        ``PINNED``, is ``last_activity``.
        """
        return -self.last_activity if self.archived else self.last_activity + PINNED * self.pinned


class ConversationSummary(Struct, frozen=True):
    """A conversation's newest entry in short; it may lag behind the log, but is never ahead of it."""

    conversation: str
    seq: int
    count: int
    at: int
    sender: str
    preview: str
    sent: dict[str, int] = {}
    """By user, the ``count`` of the newest entry that they wrote: whoever writes has read everything before it."""

    def unread(self, membership: Membership) -> int:
        """How many entries, up to this summary, come after both the member's read mark and their own newest entry."""
        seen = max(membership.read_count, self.sent.get(membership.user, 0))
        return max(self.count - seen, 0)
