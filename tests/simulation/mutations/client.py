"""What breaks a promise in the client."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from parley_client.protocol.gaps import GapBuffer
from parley_client.protocol.marks import MarkTracker
from parley_client.protocol.outbox import Outbox
from parley_client.protocol.store import MemoryStore
from parley_client.protocol.values import SavedState


def newest_is_the_cursor(real: Any) -> Any:
    def take(self: GapBuffer, entries: Any, page: int) -> Any:
        entries = list(entries)
        for entry in entries:
            if entry.seq > self.cursor(entry.conversation):
                self._cursors[entry.conversation] = entry.seq - 1
        return real(self, entries, page)

    return take


def does_not_wait(_: Any) -> Any:
    def ready(self: Outbox, now: float, syncs: int) -> Any:
        items = [i for queue in self._queues.values() for i in queue]
        return [i.message for i in items if not i.in_flight and i.after_sync <= syncs and i.not_before <= now]

    return ready


def takes_an_entry_for_its_ack(_: Any) -> Any:
    """An own entry ends the repeats of the send that stored it."""
    return lambda self, message_id, seq: self.settle(message_id)


def forgets_the_outbox(real: Any) -> Any:
    def load(self: MemoryStore) -> SavedState:
        self._held.outbox.clear()
        return real(self)

    return load


def lost_intents(real: Any) -> Any:
    """A mark is given up with the socket that it was sent on."""

    def disconnected(self: MarkTracker, now: float) -> None:
        real(self, now)
        self._intents.clear()

    return disconnected


def sent_is_stored(real: Any) -> Any:
    """A mark that was sent is taken for stored."""

    def sent(self: MarkTracker, conversation: str, command: str, pages: int) -> None:
        real(self, conversation, command, pages)
        del self._intents[conversation]

    return sent


def pages_show_nothing(_: Any) -> Any:
    """A page that shows less than was marked is no reason to mark again."""
    return lambda self, marks, page, now, out: self.learn(marks, out)


def overlooks_the_generation(_: Any) -> Any:
    return lambda *_: False


@contextmanager
def no_ping() -> Iterator[None]:
    with patch("parley_client.protocol.connection.PING_AFTER", 1e9):
        yield
