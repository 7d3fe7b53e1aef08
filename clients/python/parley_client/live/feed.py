"""Events on their way to one reader in the app. It may be slow, and never keeps the socket waiting."""

import asyncio
from collections import deque
from collections.abc import Iterable

from parley_client.protocol.constants import EVENT_QUEUE
from parley_client.protocol.events import Event, Refresh


class Feed:
    """A bounded queue. When it is full, one ``Refresh`` replaces its events: the app reads the store again."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._news = asyncio.Event()
        self._end: BaseException | None = None

    def put(self, events: Iterable[Event]) -> None:
        """Add events, without ever waiting."""
        for event in events:
            if len(self._events) >= EVENT_QUEUE:
                self._events.clear()
                self._events.append(Refresh())
            self._events.append(event)
        self._news.set()

    def end(self, reason: BaseException) -> None:
        """Add no more events: the reader gets those that are left, and then ``reason``."""
        self._end = reason
        self._news.set()

    def __aiter__(self) -> "Feed":
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._end is not None:
                raise self._end
            self._news.clear()
            await self._news.wait()
        return self._events.popleft()
