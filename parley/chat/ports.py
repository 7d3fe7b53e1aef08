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
from parley.core.errors import RateLimited
from parley.core.writes import Occupied, Stored
from parley.delivery.model import Recipient

ATTACH_MS = 24 * 3600 * 1000
"""How long after an upload something may first refer to it, in ms. The notifier has noted the reference well before the
upload would be collected."""


NEWEST = 12
"""How many of the newest entries are read at a time, however large they are."""
NEWEST_CHARACTERS = 32 * 1024
"""The newest entries are read no further back once their bodies have more characters than this."""


FEW_BLOCKS = 8
"""The most users in a ``BlockDigest``. This bounds what blocks add to a row that every message reads: 288 bytes, with
Cognito's ids.
"""


HOUR_MS = 3_600_000
MOST_BEGUN = 100
"""The most conversations that one user may begin in one hour (of the clock, UTC)."""


def begun_enough(now: int) -> RateLimited:
    """The refusal of one conversation too many; the next hour begins when it says."""
    return RateLimited("too many new conversations in one hour", retry_after=(HOUR_MS - now % HOUR_MS) / 1_000)


class Log(Protocol):
    """The entries of conversations; each conversation has one order, without gaps."""

    def newest(self, conversation: str, since: int, limit: int) -> list[Entry]:
        """The newest ``limit`` entries whose seq is at least ``since``, in ascending order, read strongly.

        There are fewer if they are large: reading stops once there are ``NEWEST`` of them with more than
        ``NEWEST_CHARACTERS`` characters in all. So a caller looks whether the first one is what it wanted.
        """
        ...

    def after(self, conversation: str, seq: int, limit: int) -> tuple[list[Entry], bool]:
        """The first entries after ``seq``, at most ``limit``, ascending, read strongly; and whether more may follow.

        The list is empty only at the end of the log.
        """
        ...

    def before(self, conversation: str, seq: int, limit: int) -> list[Entry]:
        """The last entries before ``seq``, at most ``limit``, ascending, read strongly; fewer if they are large.

        The list is empty only at the beginning of the log.
        """
        ...

    def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
        """The entry at ``seq``; None if the log has not got that far or, unless ``strong``, does not show it yet."""
        ...

    def append(self, entry: Entry, members: Sequence[str]) -> Stored | Occupied[Entry]:
        """Store ``entry`` at its seq, durably, if that slot is free.

        The write is atomic: of any number of racing writers, exactly one wins. The first entry of a conversation (seq
        1) also creates the membership of each of ``members``; if any of this fails, nothing at all is stored.

        Raises:
            RateLimited: it would begin one conversation too many: its sender has begun ``MOST_BEGUN`` in the hour of
                ``entry.at``. This holds however many are begun at once.
            Unavailable: also if the slot is taken and its holder cannot be read; nothing is known to be stored.
        """
        ...


class ImportedLog(Protocol):
    """The beginning of a conversation that was held elsewhere before."""

    def begin_imported(self, entry: Entry, members: Sequence[str]) -> Stored | Occupied[Entry]:
        """Store the first entry of a conversation, as ``Log.append`` does, but for two things.

        Each member's marks are at this entry, the pushed mark too: they have read it elsewhere. And its sender is not
        counted as having begun a conversation.

        Raises:
            Unavailable: as in ``Log.append``.
        """
        ...


class Snapshot(Struct):
    """What a lookup found; what does not exist is simply not in it."""

    recipients: dict[str, Recipient]
    memberships: dict[tuple[str, str], Membership]
    blocks: set[tuple[str, str]]
    summaries: dict[str, ConversationSummary]
    media: dict[str, Attachment] = {}
    uncounted: dict[str, int] = {}
    """Of the users who were looked up together with their blocks, those whose rows have no ``BlockDigest`` yet: since
    when, in ms, this version has been writing the row; 0 if it has not."""


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
        """Look up any mixture of items in one round trip.

        Args:
            recipients: user ids.
            memberships: pairs of a user and a conversation.
            blocks: pairs of a user and another whom they may block. If the user is one of ``recipients``, their row
                says so in most cases; otherwise, each pair is an item more to read.
            summaries: conversations whose summaries are wanted.
            media: media ids.
            strong: whether to read strongly; otherwise what is found may be slightly old.
        """
        ...


class LogSnapshots(Protocol):
    """``Snapshots`` and entries of one conversation in one round trip, for what is asked most: sending and marking."""

    def find_with_entries(
        self,
        conversation: str,
        seqs: Iterable[int],
        *,
        recipients: Iterable[str] = (),
        memberships: Iterable[tuple[str, str]] = (),
        blocks: Iterable[tuple[str, str]] = (),
        media: Iterable[str] = (),
    ) -> tuple[Snapshot, dict[int, Entry]]:
        """Look up any mixture of items, as ``Snapshots.find`` does, and the entries at ``seqs``, which are returned by
        seq; seqs below 1 are passed over.

        The read is weak: what is found may be slightly old, and an entry stored a moment ago may be missing although a
        later one is there. An entry that is found has been stored, at that seq and for good.
        """
        ...


class Memberships(Protocol):
    """Which conversations a user is in, and the user's own state in each of them."""

    def memberships(self, user: str, after: str, limit: int) -> tuple[list[Membership], bool]:
        """The user's memberships by ascending conversation id, after ``after`` (``""`` for all), at most ``limit``,
        read strongly; and whether more may follow. The list is empty only at the end.
        """
        ...

    def inbox_page(
        self, user: str, after: tuple[int, str] | None, limit: int, *, archived: bool = False
    ) -> tuple[list[tuple[int, str]], bool]:
        """The user's conversations, as pairs of inbox rank and conversation; and whether more may follow.

        These are the archived ones, lowest rank first, or all others, highest rank first: those after ``after``, at
        most ``limit``. The order of equal ranks is the adapter's own, and the same from page to page. A conversation
        that has just changed may be missing, or still be in its old place.
        """
        ...

    def move_inbox_rank(self, membership: Membership, at: int) -> None:
        """Move a membership's ``last_activity`` forward to ``at``. Nothing happens if it is already there or further,
        or if the stored inbox rank is no longer that of ``membership``.
        """
        ...

    def store_preferences(self, old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        """Store ``new``'s muted, archived and pinned if these and the inbox rank are still ``old``'s.

        Raises:
            NotFound: there is no such membership.
        """
        ...

    def move_marks(self, old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        """Store ``new``'s delivered, read and read_count if the stored marks are still ``old``'s.

        A membership that does not exist is not created.

        Raises:
            NotFound: there is no such membership.
        """
        ...

    def move_pushed(self, user: str, conversation: str, seq: int) -> None:
        """Move the pushed mark forward; nothing happens if it is already that far, or if there is no membership."""
        ...


class ConversationSummaries(Protocol):
    """The summaries of conversations: their newest entries in short."""

    def advance_summary(self, summary: ConversationSummary) -> None:
        """Move a conversation's summary forward, unless it is already there or further.

        In either case, what ``sent`` says about each user is stored if it is more than what was known.
        """
        ...


class Blocks(Protocol):
    """Who blocks whom."""

    def block(self, user: str, other: str) -> None:
        """Record that ``user`` blocks ``other``; repeating it changes nothing.

        Raises:
            NotFound: there is no such ``user``.
        """
        ...

    def unblock(self, user: str, other: str) -> None:
        """Record that ``user`` no longer blocks ``other``; repeating it changes nothing."""
        ...

    def blocked(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        """The users whom ``user`` blocks, by ascending user id, after ``after``, at most ``limit``, read strongly; and
        whether more may follow.
        """
        ...


class BlockCounts(Protocol):
    """What users' rows say about their blocks (``BlockDigest``). Whoever blocks or unblocks keeps it true."""

    def count_blocks(self, user: str) -> None:
        """Have a user's row say whom they block, if it does not do so yet. An unknown user stays unknown."""
        ...


class MediaReferences(Protocol):
    """Whether something refers to an uploaded file, which is kept as long as something does."""

    def add_reference(self, media: str) -> None:
        """Note that an entry or a profile refers to an upload, which is kept from now on. Unknown ones are no error."""
        ...

    def release_reference(self, media: str, now: int) -> None:
        """Note that nothing refers to an upload any more; it is then collected as if uploaded ``now`` (ms)."""
        ...
