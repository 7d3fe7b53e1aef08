"""What the archive needs from the world besides ``parley.chat.ports``.

``parley.archive.memory`` and ``parley.archive.aws`` implement it, and ``tests/contract`` holds both to the words below.

Every method may raise ``parley.core.errors.Unavailable``; the caller may then repeat the call.
"""

from typing import Protocol

from parley.archive.model import Due, Segment, State, Waiting
from parley.core.writes import Occupied, Stored


class Schedule(Protocol):
    """When each conversation is looked at next. ``parley.chat.ports.ArchiveSchedule`` begins it."""

    def due(self, shard: int, now: int, after: Due | None, limit: int) -> list[Due]:
        """Conversations of a shard that are due by ``now``, after ``after`` (None for all), the earliest first, at most
        ``limit``. The list is empty only at the end. A change may be missing for a moment.
        """
        ...

    def move(self, due: Due, at: int) -> None:
        """Look at the conversation at ``at`` instead. Nothing happens if it is not scheduled for when ``due`` says."""
        ...

    def drop(self, due: Due) -> None:
        """Look at the conversation no more. Nothing happens if it is not scheduled for when ``due`` says."""
        ...


class Index(Protocol):
    """What is in the archive, and where. Every read is strong."""

    def state(self, conversation: str) -> State | None:
        """The conversation's state; None if nothing of it was ever archived, or it has been erased."""
        ...

    def open(self, conversation: str, key: bytes) -> State | None:
        """The conversation's state, with this key if it had none; None if it is not scheduled, and so erased."""
        ...

    def add(self, state: State, segment: Segment) -> Stored | Occupied[State | None]:
        """Note a segment, and move the state to its ``last``, if ``state`` is what is stored: both, or nothing."""
        ...

    def segment(self, conversation: str, seq: int) -> Segment | None:
        """The segment that has the entry at ``seq``; None if there is none."""
        ...

    def segments(self, conversation: str, before: int, limit: int) -> list[Segment]:
        """The last segments that begin before ``before``, the newest first, at most ``limit``."""
        ...


class Packs(Protocol):
    """The packs. Each holds segments of many conversations, one after the other."""

    def put_pack(self, pack: str, data: bytes) -> None:
        """Store a pack durably."""
        ...

    def read(self, pack: str) -> bytes:
        """A whole pack that has just been stored."""
        ...

    def part(self, segment: Segment) -> bytes | None:
        """A segment's bytes; None if the pack has to be restored first."""
        ...

    def restore(self, pack: str) -> bool:
        """Have a pack restored for some days, which takes hours. Returns False if it can be read now."""
        ...


class Waiters(Protocol):
    """Who waits for which pack. It is forgotten after some weeks."""

    def wait(self, waiting: Waiting, now: int) -> None:
        """Note that somebody waits; repeating it changes nothing."""
        ...

    def waiting(self, pack: str) -> list[Waiting]:
        """Everyone who waits for a pack, from a strong read."""
        ...

    def served(self, waiting: Waiting) -> None:
        """Forget that somebody waits; repeating it changes nothing."""
        ...


class Cipher(Protocol):
    """Authenticated encryption: what was changed, or belongs elsewhere, does not open."""

    def new_key(self) -> bytes:
        """A new random key."""
        ...

    def seal(self, key: bytes, data: bytes, about: bytes) -> bytes:
        """Encrypt ``data``. Whoever opens it has to know ``about`` too."""
        ...

    def open(self, key: bytes, sealed: bytes, about: bytes) -> bytes:
        """What was sealed with this key and ``about``.

        Raises:
            Broken: it was not, or has been changed.
        """
        ...


class Broken(Exception):
    """A copy in the archive is not what was put there. The entries in the log are not touched."""
