"""Sync: everything after what a device holds, in pages that are whole or say that there is more."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from parley.chat import conversations
from parley.chat.conversations import CONVERSATION_PATTERN
from parley.chat.entries import Entry
from parley.chat.fields import Seq
from parley.chat.inbox.summaries import newer
from parley.chat.model import ConversationSummary, Membership
from parley.chat.ports import ArchivedEntries, Log, Memberships, Snapshot, Snapshots
from parley.core import pages
from parley.core.parallel import Parallel
from parley.core.session import Session

PAGE_BYTES = 120 * 1024
"""The most bytes of JSON in a page. API Gateway carries 128 KB per message."""
PAGE_ENTRIES = 200
PAGE_CONVERSATIONS = 40
SKIM = 8
"""How many conversations are read in parallel, and how many entries of each at first: most have a few new ones or none.
Whatever does not fit into the page was read in vain, so only the conversation that is unfinished is read further."""

_CONVERSATION_BYTES = 1_100
# In bytes. With the longest ids, the summary of one conversation, its two members' marks and its beginning take 1,060.
_ENVELOPE_BYTES = 1_000


class Ports(Struct, frozen=True):
    """What syncing needs from the world."""

    log: Log
    archived: ArchivedEntries
    snapshots: Snapshots
    memberships: Memberships
    parallel: Parallel


class Summary(Struct, frozen=True):
    """How a conversation stands, without its entries."""

    conversation: str
    seq: int
    count: int
    unread: int
    muted: Annotated[int, Meta(description="until when the user wants no push of it, in ms; 0 for not muted")]
    archived: bool
    pinned: bool


class Page(Struct, frozen=True):
    """What the device lacks: all of it, or a part and a cursor with which to ask for the next."""

    entries: list[Entry]
    memberships: list[Membership]
    """The marks of every member of the conversations that are whole with this page, except members who block the
    asker."""
    conversations: list[Summary]
    cursor: str
    """The cursor of the next page; empty if there is none."""
    begins: dict[str, int] = {}
    """By conversation, the seq at which this page's entries of it begin, where those between the device's own and this
    one have been archived. History has them."""


_Place = Annotated[str, Meta(pattern="^$|" + CONVERSATION_PATTERN, max_length=160)]
# Anything else may be a key that DynamoDB refuses, which would look like our own fault.


class _Cursor(Struct, frozen=True, array_like=True):
    """All conversations up to and including ``done`` have been sent, and ``partial`` has been sent up to ``seq``."""

    done: _Place
    partial: _Place = ""
    seq: Seq = 0


class _Read(Struct):
    """One conversation's share of a page: what has been read of it, and whether there may be more."""

    membership: Membership
    since: int
    entries: list[Entry]
    more: bool
    begins: int = 0
    """Where the log begins, if entries after ``since`` have been archived."""

    @property
    def name(self) -> str:
        return self.membership.conversation


class _Page:
    """A page as it fills up: its entries, and the conversations that are whole with them."""

    def __init__(self, done: str) -> None:
        self.entries: list[Entry] = []
        self.begins: dict[str, int] = {}
        self.whole: list[_Read] = []
        self.done = done
        self._room = PAGE_BYTES - _ENVELOPE_BYTES

    def wanted(self) -> int:
        """How many more entries to read of an unfinished conversation, judging by the size of those in the page."""
        size = (PAGE_BYTES - self._room) // max(len(self.entries), 1)
        return max(min(PAGE_ENTRIES - len(self.entries), self._room // max(size, 1)), 1)

    def add(self, entries: Sequence[Entry]) -> int:
        """Take as many of these as fit, but at least one if the page is empty; return how many were taken."""
        for taken, entry in enumerate(entries):
            size = len(msgspec.json.encode(entry)) + 1
            if self.entries and (size > self._room or len(self.entries) == PAGE_ENTRIES):
                return taken
            self.entries.append(entry)
            self._room -= size
        return len(entries)

    def finish(self, read: _Read) -> None:
        """Note that the conversation is whole with what has been taken of it."""
        self.whole.append(read)
        self.done = read.name
        self._room -= _CONVERSATION_BYTES

    @property
    def full(self) -> bool:
        return self._room <= _CONVERSATION_BYTES or len(self.entries) >= PAGE_ENTRIES


def sync(since: Mapping[str, int], cursor: str, session: Session, ports: Ports) -> Page:
    """The next page of what the device lacks, conversation by conversation in the order of their ids.

    A conversation's marks and summary come with its last entries. The log itself is read, and
    strongly, so every entry that was acknowledged before the call is in the pages.

    A summary's ``seq`` is where the log really ends, even if the device believes that it is further (as it may
    after a table was restored to an earlier time).

    Args:
        since: by conversation, the newest seq that the device has without a gap; other conversations are sent
            from the start.
        cursor: the cursor of this page; empty for the first.
        session: the asker.
        ports: what it needs.

    Raises:
        BadRequest: the cursor is not one of ours.
    """
    at = pages.decode(cursor, _Cursor) if cursor else _Cursor("")
    memberships, further = ports.memberships.memberships(session.user, at.done, PAGE_CONVERSATIONS)
    page = _Page(at.done)
    following = _fill(page, memberships, since, at, ports)
    if following is None and further:
        following = _Cursor(page.done)

    # This is read after the entries, so that marks and summaries are no older than those.
    found = ports.snapshots.find(
        memberships=[(u, r.name) for r in page.whole for u in _others(r.membership)],
        blocks=[(u, session.user) for r in page.whole for u in _others(r.membership)],
        summaries=[r.name for r in page.whole],
        strong=True,
    )
    summaries = ports.parallel.each(lambda read: _summary_of(read, found, ports.log), page.whole)
    return Page(
        entries=page.entries,
        memberships=[m for r in page.whole for m in _everyone(r.membership, found)],
        conversations=[_summary(r.membership, summary) for r, summary in zip(page.whole, summaries, strict=True)],
        cursor="" if following is None else pages.encode(following),
        begins=page.begins,
    )


def _fill(
    page: _Page, memberships: Sequence[Membership], known: Mapping[str, int], cursor: _Cursor, ports: Ports
) -> _Cursor | None:
    """Read conversations into the page, in order, until it is full; return where the next page begins, if any."""

    def skim(membership: Membership) -> _Read:
        since = known.get(membership.conversation, 0)
        if membership.conversation == cursor.partial:
            since = max(since, cursor.seq)
        return _Read(membership, since, *_after(membership.conversation, since, SKIM, ports))

    for start in range(0, len(memberships), SKIM):
        for read in ports.parallel.each(skim, memberships[start : start + SKIM]):
            if page.full:
                return _Cursor(page.done)
            last = _take(page, read, ports)
            if last is not None:
                return _Cursor(page.done, read.name, last)
            page.finish(read)
    return None


def _after(conversation: str, seq: int, limit: int, ports: Ports) -> tuple[list[Entry], bool, int]:
    """The first entries after ``seq``, whether more may follow, and where the log begins if that is later than ``seq``.

    The archive is asked only where entries are missing, and only what it has is passed over: whatever else is missing
    is a gap, which the device fetches.
    """
    entries, more = ports.log.after(conversation, seq, limit)
    before = [seq, *(e.seq for e in entries)]
    hole = max((n for n, e in enumerate(entries) if e.seq != before[n] + 1), default=None)
    if hole is None or ports.archived.archived_through(conversation) < before[hole + 1] - 1:
        return entries, more, 0
    return entries[hole:], more, entries[hole].seq


def _take(page: _Page, read: _Read, ports: Ports) -> int | None:
    """Put all of a conversation into the page and return None; or as much as fits, and return the last seq that did."""
    new, last = read.entries, read.since
    while True:
        if read.begins:
            page.begins[read.name] = read.begins
        taken = page.add(new)
        last = new[taken - 1].seq if taken else last
        if taken < len(new):
            return last
        if not read.more:
            return None
        if page.full:
            return last
        new, read.more, read.begins = _after(read.name, last, page.wanted(), ports)
        read.entries = [*read.entries, *new]


def _others(membership: Membership) -> list[str]:
    return [u for u in conversations.members_of(membership.conversation) if u != membership.user]


def _everyone(own: Membership, found: Snapshot) -> list[Membership]:
    keys = [(u, own.conversation) for u in _others(own) if (u, own.user) not in found.blocks]
    return [own, *(found.memberships[k] for k in keys if k in found.memberships)]


def _summary_of(read: _Read, found: Snapshot, log: Log) -> ConversationSummary | None:
    """The conversation's summary, according to what was just read; the stored one may lag behind that."""
    stored = found.summaries.get(read.name)
    entries = read.entries
    if not entries:
        if stored is not None and stored.seq >= read.since:
            return stored
        entries = log.newest(read.name, 0, 1)
    return newer(stored, entries) if entries else stored


def _summary(membership: Membership, summary: ConversationSummary | None) -> Summary:
    return Summary(
        conversation=membership.conversation,
        seq=summary.seq if summary else 0,
        count=summary.count if summary else 0,
        unread=summary.unread(membership) if summary else 0,
        muted=membership.muted,
        archived=membership.archived,
        pinned=membership.pinned,
    )
