"""The archive's ports in memory: for tests, and as the shortest statement of what each promises."""

import hmac
from hashlib import sha256
from itertools import count
from zlib import crc32

from msgspec.structs import replace

from parley.archive.model import SHARDS, Due, Segment, State, Waiting
from parley.archive.ports import Broken
from parley.core.writes import STORED, Occupied, Stored


class MemorySchedule:
    """A ``parley.archive.ports.Schedule`` and ``parley.chat.ports.ArchiveSchedule``."""

    def __init__(self) -> None:
        self.at: dict[str, int] = {}

    def begin(self, conversation: str, due: int) -> None:
        self.at.setdefault(conversation, due)

    def due(self, shard: int, now: int, after: Due | None, limit: int) -> list[Due]:
        mine = sorted((at, c) for c, at in self.at.items() if at <= now and crc32(c.encode()) % SHARDS == shard)
        return [Due(c, at) for at, c in mine if after is None or (at, c) > (after.at, after.conversation)][:limit]

    def move(self, due: Due, at: int) -> None:
        if self.at.get(due.conversation) == due.at:
            self.at[due.conversation] = at

    def drop(self, due: Due) -> None:
        if self.at.get(due.conversation) == due.at:
            del self.at[due.conversation]


class MemoryIndex:
    """A ``parley.archive.ports.Index`` and ``parley.chat.ports.ArchivedEntries``, for what is in ``schedule``."""

    def __init__(self, schedule: MemorySchedule) -> None:
        self._schedule = schedule
        self.states: dict[str, State] = {}
        self.all: dict[str, list[Segment]] = {}

    def archived_through(self, conversation: str) -> int:
        state = self.states.get(conversation)
        return state.through if state else 0

    def state(self, conversation: str) -> State | None:
        return self.states.get(conversation)

    def open(self, conversation: str, key: bytes) -> State | None:
        if conversation in self.states:
            return self.states[conversation]
        if conversation not in self._schedule.at:
            return None
        return self.states.setdefault(conversation, State(conversation, key))

    def add(self, state: State, segment: Segment) -> Stored | Occupied[State | None]:
        stored = self.states.get(state.conversation)
        if stored != state:
            return Occupied(stored)
        self.states[state.conversation] = replace(state, through=segment.last)
        self.all.setdefault(state.conversation, []).append(segment)
        return STORED

    def segment(self, conversation: str, seq: int) -> Segment | None:
        return next((s for s in self.all.get(conversation, []) if s.first <= seq <= s.last), None)

    def segments(self, conversation: str, before: int, limit: int) -> list[Segment]:
        return [s for s in reversed(self.all.get(conversation, [])) if s.first < before][:limit]

    def erase(self, conversation: str) -> None:
        """Erase what is known of a conversation, for ``MemoryConversations``."""
        self._schedule.at.pop(conversation, None)
        self.states.pop(conversation, None)
        self.all.pop(conversation, None)


class MemoryPacks:
    """A ``parley.archive.ports.Packs``. Those in ``cold`` cannot be read, and those in ``asked`` were asked back."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self.cold: set[str] = set()
        self.asked: list[str] = []

    def put_pack(self, pack: str, data: bytes) -> None:
        self.stored[pack] = data

    def read(self, pack: str) -> bytes:
        return self.stored[pack]

    def part(self, segment: Segment) -> bytes | None:
        if segment.pack in self.cold:
            return None
        return self.stored[segment.pack][segment.offset : segment.offset + segment.length]

    def restore(self, pack: str) -> bool:
        if pack not in self.cold:
            return False
        self.asked.append(pack)
        return True


class MemoryWaiters:
    """A ``parley.archive.ports.Waiters`` that forgets nothing by itself."""

    def __init__(self) -> None:
        self.all: list[Waiting] = []

    def wait(self, waiting: Waiting, now: int) -> None:
        if waiting not in self.all:
            self.all.append(waiting)

    def waiting(self, pack: str) -> list[Waiting]:
        return [w for w in self.all if w.pack == pack]

    def served(self, waiting: Waiting) -> None:
        if waiting in self.all:
            self.all.remove(waiting)


class MemoryCipher:
    """A ``parley.archive.ports.Cipher`` that hides nothing, and whose keys are the same in every run of a test."""

    def __init__(self) -> None:
        self._keys = count(1)

    def new_key(self) -> bytes:
        return next(self._keys).to_bytes(32, "big")

    def seal(self, key: bytes, data: bytes, about: bytes) -> bytes:
        return hmac.digest(key, about + b"\0" + data, sha256) + data

    def open(self, key: bytes, sealed: bytes, about: bytes) -> bytes:
        tag, data = sealed[:32], sealed[32:]
        if not hmac.compare_digest(tag, hmac.digest(key, about + b"\0" + data, sha256)):
            raise Broken("a segment does not open")
        return data
