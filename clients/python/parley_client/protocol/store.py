"""The store for what must outlive a session: its interface, and an in-memory implementation."""

from collections.abc import Iterable
from typing import Protocol

from parley_client.protocol import effects
from parley_client.protocol.values import Conversation, Entry, Marks, Outgoing, SavedState, Undelivered


class StoreError(Exception):
    """The store cannot be used. The message says why, for anyone who runs the app."""


class StoreInUse(StoreError):
    """Another process is using the store."""


class Store(Protocol):
    """One user's state on one device. Any method may raise ``StoreError``."""

    user: str
    device: str
    """Chosen once, when the store is created."""

    def load(self) -> SavedState:
        """The state that a session starts from."""
        ...

    def apply(self, writes: Iterable[effects.Write]) -> None:
        """Apply all of the writes durably, or none of them."""
        ...

    def entries(self, conversation: str, after: int = 0, limit: int = 1_000) -> list[Entry]:
        """The first entries after ``after``, in ascending order."""
        ...

    def latest(self, conversation: str, limit: int) -> list[Entry]:
        """The last entries, in ascending order."""
        ...

    def conversations(self) -> list[Conversation]:
        """All conversations, the most recent first. Unread is what the user has neither read nor replied to.

        What had been archived before this device has seen it has been read by everybody.
        """
        ...

    def marks(self, conversation: str) -> list[Marks]:
        """The members' marks. The user's own are at least what this device has to confirm, shown or not."""
        ...

    def sent(self, message_id: str) -> Entry | None:
        """The user's own entry with that id, if it is held."""
        ...

    def outbox(self) -> list[Outgoing]:
        """The messages not yet acknowledged, in the order written."""
        ...

    def undelivered(self) -> list[Undelivered]:
        """The messages that the server has refused for good, in the order refused."""
        ...

    def dismiss(self, message_id: str) -> None:
        """Delete an undelivered message. An unknown id is not an error."""
        ...

    def close(self) -> None:
        """Release the file. No other method may be called afterwards."""
        ...


def with_intent(
    marks: dict[str, Marks], conversation: str, user: str, intent: tuple[int, int] | None
) -> dict[str, Marks]:
    """A conversation's marks by user, with the user's own moved up to what they want them to be."""
    if intent is None:
        return marks
    own = marks.get(user) or Marks(conversation, user, 0, 0)
    wanted = Marks(conversation, user, max(own.delivered, intent[0]), max(own.read, intent[1]))
    return {**marks, user: wanted}


class MemoryStore:
    """A ``Store`` for tests. It outlives the session, but not the process."""

    def __init__(self, user: str, device: str = "memory") -> None:
        self.user = user
        self.device = device
        self._held = SavedState()
        self._marks: dict[tuple[str, str], Marks] = {}
        self._entries: dict[str, list[Entry]] = {}
        self._undelivered: dict[str, Undelivered] = {}

    def load(self) -> SavedState:
        held = self._held
        return SavedState(
            cursors=dict(held.cursors),
            outbox=list(held.outbox),
            marks=list(self._marks.values()),
            undelivered=[u.message for u in self._undelivered.values()],
            intents=dict(held.intents),
            generation=held.generation,
        )

    def apply(self, writes: Iterable[effects.Write]) -> None:
        for write in writes:
            self._apply(write)

    def _apply(self, write: effects.Write) -> None:
        held = self._held
        match write:
            case effects.PutEntries(entries):
                for entry in entries:
                    self._entries.setdefault(entry.conversation, []).append(entry)
                    held.cursors[entry.conversation] = entry.seq
            case effects.Rewind(conversation, seq):
                self._rewind(conversation, seq)
            case effects.Skip(conversation, seq):
                self._entries.pop(conversation, None)
                held.cursors[conversation] = seq
            case effects.PutGeneration(generation):
                held.generation = generation
            case effects.Restart(generation):
                self._entries.clear()
                self._marks.clear()
                self._held = SavedState(outbox=held.outbox, generation=generation)
            case effects.AddOutgoing(message):
                held.outbox.append(message)
                self._undelivered.pop(message.id, None)
            case effects.RemoveOutgoing(message_id):
                held.outbox = [m for m in held.outbox if m.id != message_id]
                self._undelivered.pop(message_id, None)
            case effects.FailOutgoing(message_id, code, reason):
                [message] = [m for m in held.outbox if m.id == message_id]
                held.outbox.remove(message)
                self._undelivered[message_id] = Undelivered(message, code, reason)
            case effects.PutMarks(marks):
                self._marks[marks.conversation, marks.user] = marks
            case effects.PutIntent(conversation, 0, 0):
                held.intents.pop(conversation, None)
            case effects.PutIntent(conversation, delivered, read):
                held.intents[conversation] = (delivered, read)

    def _rewind(self, conversation: str, seq: int) -> None:
        self._entries[conversation] = [e for e in self._entries.get(conversation, []) if e.seq <= seq]
        self._held.cursors[conversation] = seq
        for key, marks in self._marks.items():
            if key[0] == conversation:
                self._marks[key] = Marks(*key, min(marks.delivered, seq), min(marks.read, seq))
        if intent := self._held.intents.get(conversation):
            self._held.intents[conversation] = (min(intent[0], seq), min(intent[1], seq))

    def entries(self, conversation: str, after: int = 0, limit: int = 1_000) -> list[Entry]:
        return [e for e in self._entries.get(conversation, []) if e.seq > after][:limit]

    def latest(self, conversation: str, limit: int) -> list[Entry]:
        return self._entries.get(conversation, [])[-limit:]

    def conversations(self) -> list[Conversation]:
        found = [self._conversation(c) for c in self._held.cursors]
        return sorted(found, key=lambda c: c.last.at if c.last else 0, reverse=True)

    def _conversation(self, name: str) -> Conversation:
        entries = self._entries.get(name, [])
        read = self._marks.get((name, self.user), Marks(name, self.user, 0, 0)).read
        read = max(read, self._held.intents.get(name, (0, 0))[1])
        skipped = entries[0].count - (entries[0].kind == "message") if entries else 0  # everybody has read it
        seen = max((e.count for e in entries if e.seq <= read or e.sender == self.user), default=skipped)
        last = entries[-1] if entries else None
        return Conversation(name, self._held.cursors[name], last.count - seen if last else 0, last)

    def marks(self, conversation: str) -> list[Marks]:
        found = {m.user: m for m in self._marks.values() if m.conversation == conversation}
        return list(with_intent(found, conversation, self.user, self._held.intents.get(conversation)).values())

    def sent(self, message_id: str) -> Entry | None:
        own = (e for entries in self._entries.values() for e in entries if e.sender == self.user)
        return next((e for e in own if e.id == message_id), None)

    def outbox(self) -> list[Outgoing]:
        return list(self._held.outbox)

    def undelivered(self) -> list[Undelivered]:
        return list(self._undelivered.values())

    def dismiss(self, message_id: str) -> None:
        self._undelivered.pop(message_id, None)

    def close(self) -> None:
        pass
