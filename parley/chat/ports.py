"""What the rules need from the world. ``parley.chat.memory`` and ``parley.chat.aws`` each implement all of it, and one
contract suite (``tests/contract``) holds both to the words below.

Every method may raise ``parley.core.errors.Unavailable`` when the service behind it is throttled or down; the
caller may then repeat the call.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from parley.chat.entries import Entry
from parley.chat.model import Attachment, ConversationSummary, Membership
from parley.core.writes import Occupied, Stored
from parley.delivery.model import Recipient

ATTACH_MS = 24 * 3600 * 1000
"""How long after an upload something may first refer to it: the notifier has noted that well before it is collected."""


class Log(Protocol):
    """Conversations' entries, each conversation in one dense order."""

    def newest(self, conversation: str, since: int, limit: int, *, strong: bool) -> list[Entry]:
        """The newest ``limit`` entries whose seq is at least ``since``, in ascending order.

        Unless ``strong``, the newest may be missing, or any other; with it, every acknowledged one is there.
        """
        ...

    def after(self, conversation: str, seq: int, limit: int) -> tuple[list[Entry], bool]:
        """The first entries behind ``seq``, at most ``limit``, ascending, read strongly; and whether more may follow.

        Empty only at the end of the log.
        """
        ...

    def before(self, conversation: str, seq: int, limit: int) -> list[Entry]:
        """The last entries ahead of ``seq``, at most ``limit``, ascending, read strongly; fewer where they are large.

        Empty only at the beginning of the log.
        """
        ...

    def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
        """The entry at ``seq``, or None where the log has not got that far; unless ``strong``, perhaps not yet."""
        ...

    def append(self, entry: Entry, members: Sequence[str]) -> Stored | Occupied[Entry]:
        """Store ``entry`` at its seq, durably, if that slot is free.

        Atomic: of any number of racing writers one wins. The first entry of a conversation (seq 1) also creates
        the membership of each of ``members``, or nothing at all is stored.

        Raises:
            Unavailable: also where the slot is taken and its holder cannot be read; nothing is known to be stored.
        """
        ...


class Snapshot(Struct):
    """What a lookup found; what does not exist is simply not in it."""

    recipients: dict[str, Recipient]
    memberships: dict[tuple[str, str], Membership]
    blocks: set[tuple[str, str]]
    summaries: dict[str, ConversationSummary]
    media: dict[str, Attachment] = {}


class Snapshots(Protocol):
    """The one batch read that a hot path needs: any mixture of items in one round trip."""

    def find(
        self,
        *,
        recipients: Iterable[str] = (),
        memberships: Iterable[tuple[str, str]] = (),
        blocks: Iterable[tuple[str, str]] = (),
        summaries: Iterable[str] = (),
        media: Iterable[str] = (),
        strong: bool = False,
    ) -> Snapshot:
        """Look up any mixture in one round trip: users, (user, conversation)s, (user, whom they block)s, conversations,
        media.

        Unless ``strong``, an answer may be slightly old.
        """
        ...


class Memberships(Protocol):
    """Which conversations a user is in, and how each of them stands for the user."""

    def memberships(self, user: str, after: str, limit: int) -> tuple[list[Membership], bool]:
        """The user's memberships by ascending conversation id, behind ``after`` (``""`` for all), at most ``limit``,
        read strongly; and whether more may follow. Empty only at the end.
        """
        ...

    def inbox_page(
        self, user: str, after: tuple[int, str] | None, limit: int, *, archived: bool = False
    ) -> tuple[list[tuple[int, str]], bool]:
        """The user's conversations as (inbox rank, conversation), in the order of their ranks: the archived ones or all
        others, those behind ``after``, at most ``limit``; and whether more may follow. What has just changed may be
        missing, or stand where it was.
        """
        ...

    def move_inbox_rank(self, membership: Membership, at: int) -> None:
        """Move a membership's ``last_activity`` forward to ``at``; nothing happens where it is there or further, or
        where the membership has another inbox rank by now.
        """
        ...

    def store_preferences(self, old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        """Store ``new``'s muted, archived and pinned if ``old``'s inbox rank is what is stored.

        Raises:
            NotFound: there is no such membership.
        """
        ...

    def move_marks(self, old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        """Store ``new``'s delivered, read and read_count if ``old``'s are what is stored.

        A membership that does not exist is not created.

        Raises:
            NotFound: there is no such membership.
        """
        ...

    def move_pushed(self, user: str, conversation: str, seq: int) -> None:
        """Move the pushed mark forward; nothing happens if it is there or further, or if there is no membership."""
        ...


class ConversationSummaries(Protocol):
    """Conversations' newest entries in short."""

    def advance_summary(self, summary: ConversationSummary) -> None:
        """Move a conversation's summary forward; nothing happens if it is there or further already.

        What ``sent`` says of each user is remembered in either case, where it is more than was known.
        """
        ...


class Blocks(Protocol):
    """Who blocks whom."""

    def block(self, user: str, other: str) -> None:
        """Let ``user`` block ``other``; repeating it changes nothing.

        Raises:
            NotFound: there is no such ``user``.
        """
        ...

    def unblock(self, user: str, other: str) -> None:
        """Let ``user`` no longer block ``other``; repeating it changes nothing."""
        ...

    def blocked(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        """Whom the user blocks, by ascending user id, behind ``after``, at most ``limit``, read strongly; and whether
        more may follow.
        """
        ...


class MediaReferences(Protocol):
    """Whether something refers to an uploaded file, and so keeps it."""

    def add_reference(self, media: str) -> None:
        """Note that an entry or a profile refers to media, which are kept from now on; unknown ones are no error."""
        ...

    def release_reference(self, media: str, now: int) -> None:
        """Note that nothing refers to media any more, which are then collected as if uploaded ``now`` (ms)."""
        ...
