"""Lists that grow while somebody watches: what is in them, and what is added from now on, as server-sent events.

Source: the HTML standard, "Server-sent events".
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

Item = Mapping[str, Any]
_KEPT = 1_000
_WAITING = 1_000
_PAUSE = 15.0
"""Seconds without an event after which a comment is sent, so that a reader that has gone is noticed."""


class Feed:
    """A list of at most the last 1,000 items, each with an ``id`` that grows.

    Args:
        name: the events' name.
        kept: how many items are remembered for later readers; 0 for none.
        watched: called with True when the first reader comes, and with False when the last one leaves.
    """

    def __init__(self, name: str, kept: int = _KEPT, watched: Callable[[bool], None] = lambda _: None) -> None:
        self.name = name
        self._items: deque[Item] = deque(maxlen=kept)
        self._readers: set[asyncio.Queue[Item]] = set()
        self._watched = watched

    @property
    def readers(self) -> int:
        """Return how many streams are open."""
        return len(self._readers)

    def items(self) -> list[Item]:
        """Return what is remembered, oldest first."""
        return list(self._items)

    def add(self, item: Item) -> None:
        """Add an item. A reader that has fallen far behind is dropped; it reconnects, and continues where it was."""
        self._items.append(item)
        for reader in list(self._readers):
            try:
                reader.put_nowait(item)
            except asyncio.QueueFull:
                self._leave(reader)

    def stream(self, request: Request) -> Response:
        """Answer with what is remembered after the reader's last event, and with everything from now on."""
        given = request.headers.get("last-event-id", "")
        last = int(given) if given.isascii() and given.isdigit() else 0
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._events(last), media_type="text/event-stream", headers=headers)

    async def _events(self, last: int) -> AsyncIterator[bytes]:
        reader: asyncio.Queue[Item] = asyncio.Queue(_WAITING + _KEPT)
        self._enter(reader)
        try:
            yield b": open\n\n"
            for item in self.items():
                if item["id"] > last:
                    yield self._event(item)
            while reader in self._readers:
                try:
                    async with asyncio.timeout(_PAUSE):
                        item = await reader.get()
                except TimeoutError:
                    yield b": here\n\n"
                else:
                    yield self._event(item)
        finally:
            self._leave(reader)

    def _event(self, item: Item) -> bytes:
        return f"id: {item['id']}\nevent: {self.name}\ndata: {json.dumps(item, ensure_ascii=False)}\n\n".encode()

    def _enter(self, reader: "asyncio.Queue[Item]") -> None:
        self._readers.add(reader)
        if len(self._readers) == 1:
            self._watched(True)

    def _leave(self, reader: "asyncio.Queue[Item]") -> None:
        if reader in self._readers:
            self._readers.remove(reader)
            if not self._readers:
                self._watched(False)


def listed(name: str, items: list[Item]) -> Response:
    """Answer with a list as JSON."""
    return JSONResponse({name: items}, headers={"cache-control": "no-store"})
