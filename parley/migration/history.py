"""Bring a conversation of the legacy application over: its messages become the first entries of the same conversation.

They keep their times, and both members have read them all. Nobody hears of them live, and nobody gets a push
(``parley.chat.effects.settings.Rules.oldest_ms``). Everything here may be repeated, at any time and by several at once.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from parley.chat.conversations import members_of
from parley.chat.effects.settings import Rules
from parley.chat.entries import Body, Entry, MessageEntry
from parley.chat.fields import TEXT_LIMIT
from parley.chat.inbox import summaries
from parley.chat.model import Membership
from parley.chat.ports import ConversationSummaries, ImportedLog, Log, Memberships, Snapshots
from parley.core.writes import Stored, compare_and_set
from parley.migration.model import LegacyMessage

PREFIX = "legacy-"
"""What the ids of imported entries begin with; the legacy database's own id follows."""

_PAGE = 200
_ATTEMPTS = 4


class Ports(Struct, frozen=True):
    """What an import needs from the world."""

    log: Log
    imported: ImportedLog
    snapshots: Snapshots
    memberships: Memberships
    summaries: ConversationSummaries


class Result(Struct, frozen=True):
    """How it went."""

    entries: int
    """How many entries the conversation's messages make."""
    stored: int = 0
    """How many of them were stored now, and not before."""
    verified: int = 0
    """How many of them are in the log, as a strong read has found, each in its place and with its own time."""

    @property
    def whole(self) -> bool:
        """Whether the conversation is over. Otherwise its members began to write here before: what they wrote has the
        places that the imported entries would need.
        """
        return self.verified == self.entries


def entries_of(conversation: str, messages: Sequence[LegacyMessage]) -> list[MessageEntry]:
    """The entries that these messages make, which must be in the order of time. A text that is too long for one entry
    is continued in the next ones.
    """
    made: list[MessageEntry] = []
    for message in messages:
        for n in range(0, len(message.text), TEXT_LIMIT):
            part = f"-{n // TEXT_LIMIT + 1}" if n else ""
            seq = len(made) + 1
            body = Body(message.text[n : n + TEXT_LIMIT])
            made.append(
                MessageEntry(conversation, seq, seq, PREFIX + message.id + part, message.sender, message.at, body)
            )
    return made


def bring(conversation: str, messages: Sequence[LegacyMessage], now: int, ports: Ports) -> Result:
    """Store what is not stored yet of a conversation, and look whether all of it is there.

    Args:
        conversation: the id of a direct conversation, whose members have both moved.
        messages: all its messages, in the order of time.
        now: in ms.
        ports: what it needs.

    Raises:
        Unavailable: something could not be stored; the call may be repeated.
    """
    entries = entries_of(conversation, messages)
    if not entries:
        return Result(0)
    members = members_of(conversation)
    tail = ports.log.newest(conversation, 1, 1)
    there = min(tail[-1].seq, len(entries)) if tail else 0
    if there and ports.log.entry(conversation, there, strong=True) != entries[there - 1]:
        return Result(len(entries), verified=_verified(conversation, entries, ports.log))
    stored = 0
    for entry in entries[there:]:
        if entry.seq > 1 and now - entry.at < Rules().oldest_ms:
            _read(members, entry, ports)  # before the entry is there, so that nobody gets a push for it
        outcome = _store(entry, members, ports)
        if outcome == entry:
            continue  # somebody else imports the same
        if outcome is not None:
            break
        stored += 1
    verified = _verified(conversation, entries, ports.log)
    if verified:
        _settle(members, entries[:verified], ports)
    return Result(len(entries), stored, verified)


def _store(entry: MessageEntry, members: Sequence[str], ports: Ports) -> Entry | None:
    """Store the entry, or return the one that is in its place."""
    outcome = ports.imported.begin_imported(entry, members) if entry.seq == 1 else ports.log.append(entry, members)
    return None if isinstance(outcome, Stored) else outcome.current


def _verified(conversation: str, entries: Sequence[Entry], log: Log) -> int:
    """How many of the entries, from the first one on, are in the log as they should be."""
    found, more = 0, True
    while more and found < len(entries):
        page, more = log.after(conversation, found, _PAGE)
        for stored in page[: len(entries) - found]:
            if stored != entries[found]:
                return found
            found += 1
    return found


def _settle(members: Sequence[str], entries: Sequence[Entry], ports: Ports) -> None:
    """Have the conversation's summary and its members' marks and inboxes say that all of these entries are read."""
    ports.summaries.advance_summary(summaries.newer(None, entries))
    _read(members, entries[-1], ports)
    found = ports.snapshots.find(memberships=[(m, entries[-1].conversation) for m in members], strong=True)
    for membership in found.memberships.values():
        ports.memberships.move_inbox_rank(membership, entries[-1].at)


def _read(members: Sequence[str], entry: Entry, ports: Ports) -> None:
    """Move the members' marks forward to the entry, the pushed mark first."""
    found = ports.snapshots.find(memberships=[(m, entry.conversation) for m in members], strong=True)

    def read(stored: Membership) -> Membership:
        if stored.read >= entry.seq:
            return stored
        return replace(stored, delivered=max(stored.delivered, entry.seq), read=entry.seq, read_count=entry.count)

    for membership in found.memberships.values():
        ports.memberships.move_pushed(membership.user, entry.conversation, entry.seq)
        compare_and_set(
            membership, read, ports.memberships.move_marks, attempts=_ATTEMPTS, busy="the marks are being moved"
        )
