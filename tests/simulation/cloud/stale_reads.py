"""The memory ports with eventually consistent reads: what was written a moment ago may not be visible yet."""

from random import Random
from typing import Any

import msgspec

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
        self.blocked_at: dict[tuple[str, str], float] = {}
        """When each block was made."""

    def block(self, user: str, other: str) -> None:
        super().block(user, other)
        self.blocked_at.setdefault((user, other), self._clock.now)

    def unblock(self, user: str, other: str) -> None:
        super().unblock(user, other)
        self.blocked_at.pop((user, other), None)

    def find(self, *, recipients=(), memberships=(), blocks=(), summaries=(), media=(), strong=False) -> Snapshot:
        if strong or not (self.stale or self.unseen):
            return super().find(
                recipients=recipients, memberships=memberships, blocks=blocks, summaries=summaries, media=media
            )
        return Snapshot(
            recipients={u: self._without_unseen(r) for u, r in self._weak(self.users, recipients).items()},
            memberships=self._weak(self.members, memberships),
            blocks={b for b in blocks if b in self.blocks and not self._behind(self.blocked_at[b])},
            summaries=self._weak(self.summaries, summaries),
        )

    def recipients(self, users: Any, *, strong: bool = False) -> dict[str, Recipient]:
        return self.find(recipients=users, strong=strong).recipients

    def _weak(self, table: _Aged, keys: Any) -> dict[Any, Any]:
        found = {}
        for key in keys:
            value = table.get(key)
            if table.changed_since(key, self._clock.now - LAG) and self._random.random() < self.stale:
                self.missed += 1
                value = table.as_of(key, self._clock.now - LAG * self._random.random())
            if value is not None:
                found[key] = value
        return found

    def _without_unseen(self, recipient: Recipient) -> Recipient:
        if not self.unseen:
            return recipient
        return msgspec.structs.replace(
            recipient, connections=tuple(c for c in recipient.connections if c.id not in self.unseen)
        )

    def _behind(self, written: float) -> bool:
        lag = LAG * self._random.random() if self._random.random() < self.stale else 0.0
        self.missed += written > self._clock.now - lag
        return written > self._clock.now - lag


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
