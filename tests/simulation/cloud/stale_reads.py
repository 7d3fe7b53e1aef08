"""The memory ports with eventually consistent reads: what was written a moment ago may not be visible yet."""

from random import Random
from typing import Any

import msgspec

from parley.chat import memory
from parley.chat.entries import Entry
from parley.chat.memory import MemoryDirectory, MemoryLog
from parley.chat.ports import Snapshot
from parley.core.writes import Occupied, Stored
from parley.delivery.model import Recipient
from tests.simulation.clock import Clock

LAG = 0.8
"""Seconds that a weak read may be behind. (DynamoDB names no bound; the notifier relies on one second.)"""


class _Aged(dict[Any, Any]):
    """A table that remembers for a while what was there before."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._past: dict[Any, list[tuple[float, Any]]] = {}

    def __setitem__(self, key: Any, value: Any) -> None:
        now = self._clock.now
        past = [p for p in self._past.get(key, ()) if p[0] > now - LAG]
        self._past[key] = [*past, (now, self.get(key))]
        super().__setitem__(key, value)

    def setdefault(self, key: Any, value: Any = None) -> Any:
        if key not in self:
            self[key] = value
        return self[key]

    def changed_since(self, key: Any, moment: float) -> bool:
        past = self._past.get(key)
        return past is not None and past[-1][0] > moment

    def as_of(self, key: Any, moment: float) -> Any:
        return next((value for until, value in self._past.get(key, ()) if until > moment), self.get(key))


def _as_of(table: Any, key: Any, moment: float) -> Any:
    return table.as_of(key, moment)


class AgedDirectory(MemoryDirectory):
    """A directory whose weak reads are up to ``LAG`` behind, for each item independently."""

    def __init__(self, clock: Clock, random: Random) -> None:
        super().__init__()
        self._clock, self._random = clock, random
        self.stale = 0.0
        """The probability that a weak read of what has just changed is stale."""
        self.missed = 0
        self.users = _Aged(clock)
        self.members = _Aged(clock)
        self.summaries = _Aged(clock)
        self.unseen: set[str] = set()
        """Connections that weak reads always miss."""
        self.digests = _Aged(clock)
        self.written = _Aged(clock)
        self._block_items = _Aged(clock)
        """``blocks``, with what was there before."""
        self.blocked_at: dict[tuple[str, str], float] = {}
        """When each block was made."""
        self.unblocked_at: dict[tuple[str, str], float] = {}
        """When each block was last lifted."""

        self.blockers: set[str] = set()
        """Who has blocked or unblocked somebody by this version, which counts their row."""

        self.counted = 0
        """How many rows of an earlier version have been counted."""

    def count_blocks(self, user: str) -> None:
        before = self.digests.get(user)
        super().count_blocks(user)
        self.counted += self.digests.get(user) is not before

    def block(self, user: str, other: str) -> None:
        self.blockers.add(user)
        super().block(user, other)
        self._note_block((user, other))

    def block_by_item(self, user: str, other: str) -> None:
        """Block as an earlier version did, which wrote nothing on the user's row."""
        self.blocks.add((user, other))
        self._note_block((user, other))

    def _note_block(self, pair: tuple[str, str]) -> None:
        self._block_items[pair] = True
        self.blocked_at.setdefault(pair, self._clock.now)

    def unblock(self, user: str, other: str) -> None:
        self.blockers.add(user)
        pair = (user, other)
        if pair in self.blocks:
            self._block_items[pair] = False
            self.unblocked_at[pair] = self._clock.now
        super().unblock(user, other)
        self.blocked_at.pop(pair, None)

    def find(self, *, recipients=(), memberships=(), blocks=(), summaries=(), media=(), strong=False) -> Snapshot:
        if strong or not (self.stale or self.unseen):
            return super().find(
                recipients=recipients, memberships=memberships, blocks=blocks, summaries=summaries, media=media
            )
        read = {u: self._moment(u, self.users, self.digests, self.written) for u in recipients}
        people = {u: _as_of(self.users, u, moment) for u, moment in read.items()}
        rows = {u: _as_of(self.digests, u, read[u]) for u, recipient in people.items() if recipient}
        blocks = list(blocks)
        return Snapshot(
            recipients={u: self._without_unseen(recipient) for u, recipient in people.items() if recipient},
            memberships=self._weak(self.members, memberships),
            blocks={b for b in blocks if memory.blocks_by_rows(b, read, rows, self._weak_block)},
            summaries=self._weak(self.summaries, summaries),
            uncounted={u: _as_of(self.written, u, read[u]) or 0 for u, _ in blocks if u in rows and rows[u] is None},
        )

    def recipients(self, users: Any, *, strong: bool = False) -> dict[str, Recipient]:
        return self.find(recipients=users, strong=strong).recipients

    def _weak(self, table: _Aged, keys: Any) -> dict[Any, Any]:
        found = {key: table.as_of(key, self._moment(key, table)) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    def _moment(self, key: Any, *tables: _Aged) -> float:
        """The moment as of which a weak read shows an item, which may be in several tables here."""
        now = self._clock.now
        if any(t.changed_since(key, now - LAG) for t in tables) and self._random.random() < self.stale:
            self.missed += 1
            return now - LAG * self._random.random()
        return now

    def _weak_block(self, pair: tuple[str, str]) -> bool:
        return bool(self._block_items.as_of(pair, self._moment(pair, self._block_items)))

    def _without_unseen(self, recipient: Recipient) -> Recipient:
        if not self.unseen:
            return recipient
        return msgspec.structs.replace(
            recipient, connections=tuple(c for c in recipient.connections if c.id not in self.unseen)
        )


class AgedLog(MemoryLog):
    """A log whose weak reads miss some of what was stored within the last ``LAG``."""

    def __init__(self, directory: AgedDirectory, clock: Clock, random: Random) -> None:
        super().__init__(directory)
        self._aged = directory
        self._clock, self._random = clock, random
        self.stored_at: dict[str, list[float]] = {}
        """When each entry was stored, in seconds, by conversation and in order."""

    def append(self, entry: Entry, members: Any) -> Stored | Occupied[Entry]:
        outcome = super().append(entry, members)
        if isinstance(outcome, Stored):
            self.stored_at.setdefault(entry.conversation, []).append(self._clock.now)
        return outcome

    def weakly(self, read: list[Entry]) -> list[Entry]:
        """What a weak read might have found of these."""
        return [e for e in read if not (self._aged.stale and self._hidden(e.conversation, e.seq))]

    def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
        found = super().entry(conversation, seq, strong=strong)
        return None if found and not strong and self._aged.stale and self._hidden(conversation, seq) else found

    def _hidden(self, conversation: str, seq: int) -> bool:
        young = self.stored_at[conversation][seq - 1] > self._clock.now - LAG
        hidden = young and self._random.random() < self._aged.stale * 0.7
        self._aged.missed += hidden
        return hidden
