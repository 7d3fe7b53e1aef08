"""Waits for the outcome of messages."""

import asyncio
from collections.abc import Iterator

from parley_client.protocol import events
from parley_client.protocol.events import Event
from parley_client.protocol.store import Store


class Delivery:
    """Takes every event of one conversation and every message written in it, and knows when all have an outcome.

    Messages that were in the outbox before are waited for too, because they are sent first.
    """

    def __init__(self, store: Store, conversation: str) -> None:
        self._store, self._conversation = store, conversation
        self._news = asyncio.Event()
        self.waiting = {m.id for m in store.outbox() if m.conversation == conversation}
        self.failed: set[str] = set()
        self.shown = 0
        """The last entry that was shown."""
        self._stored = 0

    def expect(self, message_id: str) -> None:
        """Wait for this message. Call it before sending, because the outcome may come before ``send`` returns."""
        self.waiting.add(message_id)

    def never_sent(self, message_id: str) -> None:
        """Note a message that no server would accept."""
        self._failed(message_id)

    def event(self, event: Event) -> None:
        """Take an event, after it was shown."""
        match event:
            case events.Sent(message_id, self._conversation, seq) if message_id in self.waiting:
                self._stored = max(self._stored, seq)
                self.waiting.discard(message_id)
            case events.Received(entry) if entry.conversation == self._conversation:
                self.shown = max(self.shown, entry.seq)
                if entry.sender == self._store.user:
                    self.waiting.discard(entry.id)
            case events.Failed(message_id) if message_id in self.waiting:
                self._failed(message_id)
            case events.Rewound(self._conversation, seq):
                self.shown, self._stored = min(self.shown, seq), min(self._stored, seq)
        self._news.set()

    def missed(self) -> Iterator[Event]:
        """After ``Refresh``, the events that matter here, reconstructed from the store."""
        for refused in self._store.undelivered():
            m = refused.message
            if m.id in self.waiting:
                yield events.Failed(m.id, m.conversation, m.text, refused.code, refused.reason)
        for entry in [e for m in self.waiting if (e := self._store.sent(m))]:
            yield events.Sent(entry.id, entry.conversation, entry.seq, entry.at)
        for entry in self._store.latest(self._conversation, 1):
            self.shown = max(self.shown, entry.seq)

    async def over(self) -> None:
        """Wait until every message is stored and shown, or has failed."""
        while self.waiting or self.shown < self._stored:
            self._news.clear()
            await self._news.wait()

    def _failed(self, message_id: str) -> None:
        self.waiting.discard(message_id)
        self.failed.add(message_id)
        self._news.set()
