"""A small world whose old entries are archived."""

from itertools import count
from typing import Any

from parley.archive import archiving, history, restoring
from parley.archive.memory import MemoryCipher, MemoryPacks, MemoryWaiters
from parley.chat.entries import Entry
from parley.chat.history import History
from parley.chat.inbox.summaries import newer
from parley.core.session import Session
from tests.unit.chat.world import DM, World

AFTER_MS = 180 * archiving.DAY_MS
HOUR_MS = 3600 * 1000


class Attic:
    """Alice and Bob, and everything that the archive works with."""

    def __init__(self) -> None:
        self.world = World()
        self.world.now = 10**12
        self.packs, self.cipher, self.waiters = MemoryPacks(), MemoryCipher(), MemoryWaiters()
        self.rules = archiving.Rules(after_ms=AFTER_MS)
        self._names = count(1)

    @property
    def ports(self) -> archiving.Ports:
        w = self.world
        return archiving.Ports(
            log=w.log,
            old_entries=w.entries,
            snapshots=w.directory,
            schedule=w.schedule,
            index=w.archive,
            packs=self.packs,
            cipher=self.cipher,
        )

    def talk(self, n: int, conversation: str = DM) -> None:
        """Have ``n`` messages written in turns, an hour apart, by two who confirm and read what they get at once."""
        w = self.world
        said = len(w.entries.entries.get(conversation, []))
        for seq in range(said + 1, said + n + 1):
            w.now += HOUR_MS
            w.send((w.bob, w.alice)[seq % 2], f"m{seq}", seq - 1, f"text {seq}", conversation=conversation)
            w.schedule.begin(conversation, w.now + AFTER_MS)
            w.mark((w.alice, w.bob)[seq % 2], conversation, read=seq)
        w.stored.advance_summary(newer(None, w.entries.entries[conversation]))

    def later(self, days: float) -> None:
        self.world.now += int(days * archiving.DAY_MS)

    def run(self, ports: archiving.Ports | None = None, left: Any = lambda: 900_000, shard: int = 0) -> archiving.Run:
        return archiving.run(
            self.world.now, shard, lambda: f"pack-{next(self._names)}", ports or self.ports, self.rules, left
        )

    def left(self, conversation: str = DM) -> list[int]:
        """The seqs that are left in the log."""
        return [e.seq for e in self.world.log.after(conversation, 0, 10**6)[0]]

    def all(self, conversation: str = DM) -> list[Entry]:
        """Everything that was ever stored."""
        return self.world.entries.entries[conversation]

    @property
    def reading(self) -> history.Ports:
        return history.Ports(log=self.world.log, index=self.world.archive, packs=self.packs, cipher=self.cipher)

    def history(self, by: Session, before: int | None = None, after: int | None = None, limit: int = 50) -> History:
        return history.history(by, DM, before, after, limit, self.reading)

    @property
    def asking(self) -> restoring.Asking:
        return restoring.Asking(index=self.world.archive, packs=self.packs, waiters=self.waiters)

    @property
    def telling(self) -> restoring.Telling:
        w = self.world
        return restoring.Telling(
            waiters=self.waiters,
            snapshots=w.directory,
            memberships=w.directory,
            connections=w.directory,
            sockets=w.sockets,
            devices=w.devices,
            push=w.push,
        )


def whole(attic: Attic, conversation: str = DM) -> None:
    """Check that the archive and the log together have everything, and the log whatever the archive has not."""
    through = attic.world.archive.archived_through(conversation)
    left = attic.left(conversation)
    assert set(range(through + 1, len(attic.all(conversation)) + 1)) <= set(left)
    read: list[Any] = []
    while len(read) < through:
        page = attic.history(attic.world.alice, after=len(read)).entries
        assert page
        read += page
    assert read[:through] == attic.all(conversation)[:through]
