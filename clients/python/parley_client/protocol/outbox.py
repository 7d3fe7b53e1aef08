"""Messages on their way out: one in flight per conversation, in the order they were written."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from parley_client.protocol.values import Outgoing


@dataclass(slots=True)
class _Item:
    message: Outgoing
    in_flight: bool = False
    failures: int = 0
    not_before: float = 0.0
    after_sync: int = 0
    """The number of the sync that must be complete before this is sent again."""
    doubtful: bool = False
    """Whether it may have been stored without our knowing: it has been sent, or was written in an earlier session."""
    seq: int = 0
    """Where it is known to be stored, although no ack has come; 0 if that is not known."""


class Outbox:
    """Messages not yet acknowledged. Of those not known to be stored, only the first of each conversation is sent.

    A message that is seen to be stored leaves its queue, but is sent again until its ack comes: the send that stored
    it may have died before it told anybody, and only its repetition tells the user's other devices.
    """

    def __init__(self, messages: Iterable[Outgoing]) -> None:
        self._queues: dict[str, deque[_Item]] = {}
        self._items: dict[str, _Item] = {}
        for message in messages:
            self.add(message)
            self._items[message.id].doubtful = True

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._items

    def __len__(self) -> int:
        return len(self._items)

    def add(self, message: Outgoing) -> None:
        """Put a message at the end of its conversation's queue."""
        item = _Item(message)
        self._items[message.id] = item
        self._queues.setdefault(message.conversation, deque()).append(item)

    def ready(self, now: float, syncs: int) -> list[Outgoing]:
        """The messages that may be sent now, given that ``syncs`` syncs have been completed."""
        return [item.message for item in self._idle(syncs) if item.not_before <= now]

    def after(self, message_id: str, cursor: int) -> int:
        """The ``after`` with which a message is sent: the cursor, but always below the message's own seq.

        The server looks for an earlier attempt behind ``after``, so it must not lie behind the message itself.
        """
        seq = self._items[message_id].seq
        return min(cursor, seq - 1) if seq else cursor

    def launch(self, message_id: str) -> None:
        """A message is in flight until it is settled or postponed, or the socket is lost."""
        self._items[message_id].in_flight = self._items[message_id].doubtful = True

    def settle(self, message_id: str) -> Outgoing | None:
        """Remove a message that was acknowledged or refused. Returns it if it was not known to be stored."""
        item = self._items.pop(message_id, None)
        if item is None or item.seq:
            return None
        self._leave_queue(item)
        return item.message

    def stored(self, message_id: str, seq: int) -> Outgoing | None:
        """A message is seen to be stored, and its ack has not come. Returns it if that was not known."""
        item = self._items.get(message_id)
        if item is None or item.seq:
            return None
        item.seq = seq
        self._leave_queue(item)
        if item.after_sync:  # more has followed than the server searches, so the others have synced since, or will
            del self._items[message_id]
        return item.message

    def rewind(self, conversation: str, seq: int) -> None:
        """The conversation now ends at ``seq``. What was stored beyond is lost, and is not sent again."""
        for message_id, item in list(self._items.items()):
            if item.message.conversation == conversation and item.seq > seq:
                del self._items[message_id]

    def doubtful(self, conversation: str) -> list[str]:
        """The messages in a conversation that may have been stored without our knowing."""
        return [i.message.id for i in self._queues.get(conversation, ()) if i.doubtful]

    def restart(self) -> None:
        """The server was restored. What was stored before is not repeated: every device fetches it, or it is lost."""
        self._items = {message_id: item for message_id, item in self._items.items() if not item.seq}

    def _leave_queue(self, item: _Item) -> None:
        queue = self._queues[item.message.conversation]
        queue.remove(item)
        if not queue:
            del self._queues[item.message.conversation]

    def failures(self, message_id: str) -> int:
        """How often a message has been postponed."""
        return self._items[message_id].failures

    def postpone(self, message_id: str, until: float) -> None:
        """A message did not go through, and is sent again at ``until``."""
        item = self._items[message_id]
        item.in_flight = False
        item.failures += 1
        item.not_before = until

    def await_sync(self, message_id: str, sync: int) -> None:
        """A message is sent again only if that sync has not found it stored. One known to be stored is dropped."""
        item = self._items.get(message_id)
        if item is None or item.seq:
            self.settle(message_id)
            return
        item.in_flight = False
        item.after_sync = sync

    def disconnected(self) -> None:
        """The socket is gone and no answer will come, so whatever was in flight is sent again."""
        for item in self._items.values():
            item.in_flight = False
            item.after_sync = 0  # the next socket begins with a sync in any case

    def deadline(self, syncs: int) -> float | None:
        """When the next postponed message may be sent."""
        return min((item.not_before for item in self._idle(syncs)), default=None)

    def _idle(self, syncs: int) -> Iterator[_Item]:
        for queue in self._queues.values():
            if not queue[0].in_flight and queue[0].after_sync <= syncs:
                yield queue[0]
        for item in self._items.values():
            if item.seq and not item.in_flight:
                yield item
