"""Sync: everything behind what a device has, in pages that are whole or say that there is more."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chat import frames, ids
from chat.errors import BadRequest
from chat.heads import newer
from chat.mark import marks_of
from chat.model import Entry, Head, Membership, Session
from chat.ports import Directory, Found, Log, Together

PAGE_BYTES = 96 * 1024
"""JSON in a page's entries. API Gateway carries 128 KB a message; the rest is for marks and summaries."""
PAGE_ENTRIES = 200
PAGE_CONVERSATIONS = 40
"""Conversations a page reads, each one query, side by side."""


class Ports(Struct, frozen=True):
    """What syncing needs from the world."""

    log: Log
    directory: Directory
    together: Together


class _Cursor(Struct, frozen=True, array_like=True):
    """Everything up to and including ``done`` has been sent, and of ``partial`` all up to ``seq``."""

    done: str
    partial: str = ""
    seq: frames.Seq = 0


class _Read(Struct, frozen=True):
    """One conversation's share of a page."""

    membership: Membership
    since: int
    entries: list[Entry]
    more: bool


def sync(command: frames.Sync, session: Session, ports: Ports) -> frames.Synced:
    """The next page of what the device lacks, conversation by conversation in the order of their ids.

    A conversation's marks and summary come with its last entries. The log itself is read, and strongly: an
    entry acknowledged before the call is in its pages.

    A summary's ``seq`` is where the log really ends, also where the device believes to be further (as it may
    after a table was restored to an earlier time).

    Raises:
        BadRequest: the cursor is not one of ours.
    """
    cursor = _decode(command.cursor)
    memberships, further = ports.directory.memberships(session.user, cursor.done, PAGE_CONVERSATIONS)

    def read(membership: Membership) -> _Read:
        since = command.since.get(membership.conversation, 0)
        if membership.conversation == cursor.partial:
            since = max(since, cursor.seq)
        entries, more = ports.log.after(membership.conversation, since, PAGE_ENTRIES)
        return _Read(membership, since, entries, more)

    others = [(u, m.conversation) for m in memberships for u in _others(m)]
    found, reads = ports.together.both(
        lambda: ports.directory.find(memberships=others, heads=[m.conversation for m in memberships], strong=True),
        lambda: ports.together.each(read, memberships),
    )
    entries, whole, following = _page(reads, cursor, further=further)
    heads = dict(zip(_names(whole), ports.together.each(lambda r: _head(r, found, ports.log), whole), strict=True))
    return frames.Synced(
        id=command.id,
        entries=entries,
        marks=[marks_of(m) for r in whole for m in _everyone(r.membership, found)],
        conversations=[_summary(r.membership, heads[r.membership.conversation]) for r in whole],
        more=following is not None,
        cursor=UNSET if following is None else _encode(following),
    )


def _names(reads: Sequence[_Read]) -> list[str]:
    return [r.membership.conversation for r in reads]


def _others(membership: Membership) -> list[str]:
    return [u for u in ids.direct_members(membership.conversation) or () if u != membership.user]


def _everyone(own: Membership, found: Found) -> list[Membership]:
    keys = [(u, own.conversation) for u in _others(own)]
    return [own, *(found.memberships[k] for k in keys if k in found.memberships)]


def _page(reads: Sequence[_Read], cursor: _Cursor, *, further: bool) -> tuple[list[Entry], list[_Read], _Cursor | None]:
    """What fits: the entries, the conversations that are whole with them, and where the next page begins."""
    entries: list[Entry] = []
    whole: list[_Read] = []
    room = PAGE_BYTES
    done = cursor.done
    for read in reads:
        name = read.membership.conversation
        last = read.since
        for entry in read.entries:
            room -= len(msgspec.json.encode(entry)) + 1
            if entries and (room < 0 or len(entries) == PAGE_ENTRIES):
                return entries, whole, _Cursor(done, name, last)
            entries.append(entry)
            last = entry.seq
        if read.more:
            return entries, whole, _Cursor(done, name, last)
        whole.append(read)
        done = name
    return entries, whole, _Cursor(done) if further else None


def _head(read: _Read, found: Found, log: Log) -> Head | None:
    """Where a conversation stands, from what was just read; the stored head may lag behind that."""
    name = read.membership.conversation
    stored = found.heads.get(name)
    entries = read.entries
    if not entries:
        if stored is not None and stored.seq >= read.since:
            return stored
        entries = log.newest(name, 0, 1, strong=True)
    return newer(stored, entries) if entries else stored


def _summary(membership: Membership, head: Head | None) -> frames.Summary:
    if head is None:
        return frames.Summary(conversation=membership.conversation, seq=0, count=0, unread=0)
    return frames.Summary(
        conversation=head.conversation, seq=head.seq, count=head.count, unread=head.unread(membership)
    )


def _encode(cursor: _Cursor) -> str:
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode()


def _decode(cursor: str | UnsetType) -> _Cursor:
    if cursor is UNSET:
        return _Cursor("")
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor.encode()), type=_Cursor)
    except (ValueError, msgspec.DecodeError):  # a bad alphabet or padding, or not what _encode made
        raise BadRequest("the cursor is not one that a sync has answered") from None
