"""Every port in memory, for unit tests and the simulation, and as the shortest statement of what each promises."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from parley.chat.entries import Entry, characters
from parley.chat.model import Attachment, BlockDigest, ConversationSummary, Membership
from parley.chat.ports import (
    ATTACH_MS,
    FEW_BLOCKS,
    HOUR_MS,
    MOST_BEGUN,
    NEWEST,
    NEWEST_CHARACTERS,
    Log,
    Snapshot,
    Snapshots,
    begun_enough,
)
from parley.core.errors import NotFound
from parley.core.session import Role
from parley.core.writes import STORED, Occupied, Stored
from parley.delivery.memory import MemoryConnections
from parley.delivery.model import Connection, Recipient

A = TypeVar("A")
B = TypeVar("B")


class MemoryDirectory(MemoryConnections):
    """Every port of ``parley.chat.ports`` except the log, and ``Users``, on shared rows; every read is strong."""

    def __init__(self) -> None:
        super().__init__()
        self.members: dict[tuple[str, str], Membership] = {}
        self.blocks: set[tuple[str, str]] = set()
        self.digests: dict[str, BlockDigest] = {}
        """What the rows of users whose blocks have been counted say. Rows of an earlier version are in ``written``."""
        self.written: dict[str, int] = {}
        """Since when this version has been writing a row that is not counted, in ms."""
        self.summaries: dict[str, ConversationSummary] = {}
        self.attachments: dict[str, Attachment] = {}

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
        read = {u: self.users.get(u) for u in recipients}
        rows = {u: self.digests.get(u) for u, recipient in read.items() if recipient}
        pairs = list(blocks)
        return Snapshot(
            recipients={u: recipient for u, recipient in read.items() if recipient},
            memberships={k: self.members[k] for k in memberships if k in self.members},
            blocks={b for b in pairs if blocks_by_rows(b, read, rows, self.blocks.__contains__)},
            summaries={c: self.summaries[c] for c in summaries if c in self.summaries},
            media={m: self.attachments[m] for m in media if m in self.attachments},
            uncounted={u: self.written.get(u, 0) for u, _ in pairs if u in rows and rows[u] is None},
        )

    def memberships(self, user: str, after: str, limit: int) -> tuple[list[Membership], bool]:
        rows = sorted(
            (m for (u, c), m in self.members.items() if u == user and c > after), key=lambda m: m.conversation
        )
        return rows[:limit], len(rows) > limit

    def inbox_page(
        self, user: str, after: tuple[int, str] | None, limit: int, *, archived: bool = False
    ) -> tuple[list[tuple[int, str]], bool]:
        own = [(m.inbox_rank, c) for (u, c), m in self.members.items() if u == user and m.archived == archived]
        if archived:
            rows = [r for r in sorted(own) if after is None or r > after]
        else:
            rows = [r for r in sorted(own, reverse=True) if after is None or r < after]
        return rows[:limit], len(rows) > limit

    def move_inbox_rank(self, membership: Membership, at: int) -> None:
        key = (membership.user, membership.conversation)
        stored = self.members.get(key)
        if stored is not None and stored.inbox_rank == membership.inbox_rank and stored.last_activity < at:
            self.members[key] = msgspec.structs.replace(stored, last_activity=at)

    def store_preferences(self, old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        key = (old.user, old.conversation)
        stored = self.members.get(key)
        if stored is None:
            raise NotFound("no such conversation")
        if (stored.inbox_rank, stored.muted, stored.pinned) != (old.inbox_rank, old.muted, old.pinned):
            return Occupied(stored)
        self.members[key] = msgspec.structs.replace(stored, muted=new.muted, archived=new.archived, pinned=new.pinned)
        return STORED

    def block(self, user: str, other: str) -> None:
        if user not in self.users:
            raise NotFound("no such user")
        self.count_blocks(user)
        if (user, other) not in self.blocks:
            digest = self.digests[user]
            few = digest.few | {other} if len(digest.few) < FEW_BLOCKS else digest.few
            self.digests[user] = BlockDigest(few, digest.count + 1)
            self.blocks.add((user, other))

    def unblock(self, user: str, other: str) -> None:
        self.count_blocks(user)
        if (user, other) in self.blocks:
            self.blocks.discard((user, other))
            if user in self.users:
                digest = self.digests[user]
                self.digests[user] = BlockDigest(digest.few - {other}, digest.count - 1)

    def count_blocks(self, user: str) -> None:
        if user in self.users and self.digests.get(user) is None:
            blocked = sorted(o for u, o in self.blocks if u == user)
            self.digests[user] = BlockDigest(frozenset(blocked[:FEW_BLOCKS]), len(blocked))

    def add_connection(self, user: str, role: Role, connection: Connection) -> Recipient:
        self._note(user, connection.at)
        return super().add_connection(user, role, connection)

    def _note(self, user: str, at: int) -> None:
        """Note that a row is written: a new one begins without blocks."""
        if user not in self.users:
            self.digests[user] = BlockDigest()
        elif at:
            self.written.setdefault(user, at)

    def blocked(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        others = sorted(o for u, o in self.blocks if u == user and o > after)
        return others[:limit], len(others) > limit

    def add_reference(self, media: str) -> None:
        if media in self.attachments:
            self.attachments[media] = msgspec.structs.replace(self.attachments[media], until=0)

    def release_reference(self, media: str, now: int) -> None:
        if media in self.attachments:
            until = now + ATTACH_MS
            self.attachments[media] = msgspec.structs.replace(self.attachments[media], until=until)

    def upsert_user(self, user: str, role: Role, name: str) -> None:
        self._note(user, 0)
        old = self.users.get(user) or Recipient(user=user, role=role, seen=0)
        self.users[user] = msgspec.structs.replace(old, role=role, name=old.name or name)

    def advance_summary(self, summary: ConversationSummary) -> None:
        old = self.summaries.get(summary.conversation)
        newest = summary if old is None or old.seq < summary.seq else old
        shown = newest if newest.sender or old is None else old
        known = old.sent if old else {}
        sent = {**known, **{u: max(count, known.get(u, 0)) for u, count in summary.sent.items()}}
        self.summaries[summary.conversation] = msgspec.structs.replace(
            newest, sender=shown.sender, preview=shown.preview, sent=sent
        )

    def move_marks(self, old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        stored = self.members.get((old.user, old.conversation))
        if stored is None:
            raise NotFound("no such conversation")
        if (stored.delivered, stored.read) != (old.delivered, old.read):
            return Occupied(stored)
        self.members[old.user, old.conversation] = msgspec.structs.replace(
            stored, delivered=new.delivered, read=new.read, read_count=new.read_count
        )
        return STORED

    def move_pushed(self, user: str, conversation: str, seq: int) -> None:
        stored = self.members.get((user, conversation))
        if stored is not None and stored.pushed < seq:
            self.members[user, conversation] = msgspec.structs.replace(stored, pushed=seq)


class MemoryLog:
    """A ``parley.chat.ports.Log`` and ``ImportedLog``; every read is strong. First entries create their memberships in
    ``directory``.
    """

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self.entries: dict[str, list[Entry]] = {}
        self._begun: dict[tuple[str, int], int] = {}

    def newest(self, conversation: str, since: int, limit: int) -> list[Entry]:
        found: list[Entry] = []
        read = 0
        for entry in reversed([e for e in self.entries.get(conversation, []) if e.seq >= since][-limit:]):
            if len(found) % NEWEST == 0 and read > NEWEST_CHARACTERS:
                break
            found.append(entry)
            read += characters(entry)
        return found[::-1]

    def after(self, conversation: str, seq: int, limit: int) -> tuple[list[Entry], bool]:
        behind = self.entries.get(conversation, [])[seq:]
        return behind[:limit], len(behind) > limit

    def before(self, conversation: str, seq: int, limit: int) -> list[Entry]:
        return self.entries.get(conversation, [])[: max(seq - 1, 0)][-limit:]

    def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
        entries = self.entries.get(conversation, [])
        return entries[seq - 1] if 0 < seq <= len(entries) else None

    def append(self, entry: Entry, members: Sequence[str]) -> Stored | Occupied[Entry]:
        holder = self.entry(entry.conversation, entry.seq, strong=True)
        if holder is not None:
            return Occupied(holder)
        if entry.seq == 1:
            hour = (entry.sender, entry.at // HOUR_MS)
            if self._begun.get(hour, 0) >= MOST_BEGUN:
                raise begun_enough(entry.at)
            self._begun[hour] = self._begun.get(hour, 0) + 1
        self.entries.setdefault(entry.conversation, []).append(entry)
        if entry.seq == 1:
            self._add_members(Membership("", entry.conversation, last_activity=entry.at), members)
        return STORED

    def begin_imported(self, entry: Entry, members: Sequence[str]) -> Stored | Occupied[Entry]:
        holder = self.entry(entry.conversation, 1, strong=True)
        if holder is not None:
            return Occupied(holder)
        self.entries[entry.conversation] = [entry]
        read = Membership(
            "", entry.conversation, delivered=1, read=1, read_count=entry.count, pushed=1, last_activity=entry.at
        )
        self._add_members(read, members)
        return STORED

    def _add_members(self, new: Membership, members: Sequence[str]) -> None:
        for user in members:
            own = msgspec.structs.replace(new, user=user)
            self._directory.members.setdefault((user, new.conversation), own)


def blocks_by_rows(
    pair: tuple[str, str],
    read: Container[str],
    rows: Mapping[str, BlockDigest | None],
    there: Callable[[tuple[str, str]], bool],
) -> bool:
    """Whether there is a block, by the row of who blocks if that is ``read`` anyway, and otherwise by the block itself.

    ``rows`` are those that exist. Users without a row block nobody.
    """
    user, other = pair
    if user not in read:
        return there(pair)
    if user not in rows:
        return False
    digest = rows[user]
    said = digest.says(other) if digest else None
    return there(pair) if said is None else said


class MemoryLogSnapshots:
    """A ``parley.chat.ports.LogSnapshots``; it reads the two others, and is as strong as they are."""

    def __init__(self, log: Log, directory: Snapshots) -> None:
        self._log = log
        self._directory = directory

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
        found = self._directory.find(recipients=recipients, memberships=memberships, blocks=blocks, media=media)
        entries = {seq: self._log.entry(conversation, seq, strong=False) for seq in seqs}
        return found, {seq: entry for seq, entry in entries.items() if entry is not None}
