"""What happens in the embedded AWS that somebody outside wants to know: codes, pushes, invocations, and AWS calls.

It is served as lines of JSON (``infra.local.in_emulator.control``). A line is ``{"kind": …, "item": {"id": …, …}}``. An
item's id grows within its kind, and across starts where the state is kept.
"""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from infra.local.in_emulator.control import Query, Receive, Send, answer, begin, part

Line = tuple[str, Mapping[str, Any]]

REMEMBERED = ("code", "push")
"""The kinds of which the last 1,000 are kept for whoever asks later. Others are only for those who listen."""
_KEPT = 1_000
_WAITING = 10_000


class News:
    """Collects items from any thread, and serves them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, int] = {}
        self._kept: dict[str, deque[Mapping[str, Any]]] = {kind: deque(maxlen=_KEPT) for kind in REMEMBERED}
        self._listeners: dict[asyncio.Queue[Line], tuple[asyncio.AbstractEventLoop, frozenset[str]]] = {}

    def wanted(self, kind: str) -> bool:
        """Return whether anybody would hear of an item of this kind."""
        return kind in REMEMBERED or any(kind in kinds for _, kinds in list(self._listeners.values()))

    def add(self, kind: str, item: Mapping[str, Any]) -> None:
        """Add an item. It is given its id, and the time in ms if it has none."""
        with self._lock:
            self._last[kind] = self._last.get(kind, 0) + 1
            told = {"id": self._last[kind], "at": int(time.time() * 1000), **item}
            if kind in self._kept:
                self._kept[kind].append(told)
            listeners = [(queue, loop) for queue, (loop, kinds) in self._listeners.items() if kind in kinds]
        for queue, loop in listeners:
            loop.call_soon_threadsafe(_offer, queue, (kind, told))

    def items(self, kind: str) -> list[Mapping[str, Any]]:
        """Return what is remembered of a kind, oldest first."""
        with self._lock:
            return list(self._kept[kind])

    def state(self) -> dict[str, Any]:
        """Return what has to be kept from start to start, as JSON has it."""
        with self._lock:
            return {"last": dict(self._last), "kept": {kind: list(items) for kind, items in self._kept.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what an earlier process kept."""
        with self._lock:
            self._last.update(state["last"])
            for kind, items in state["kept"].items():
                self._kept[kind].extend(items)

    async def list(self, query: Query, _: Receive, send: Send) -> None:
        """Answer with what is remembered of the kinds that the query names."""
        kinds = _kinds(query)
        lines = [(kind, item) for kind in REMEMBERED if kind in kinds for item in self.items(kind)]
        await answer(send, 200, b"".join(map(_line, lines)))

    async def stream(self, query: Query, receive: Receive, send: Send) -> None:
        """Answer with the same, and with whatever comes as long as the reader stays."""
        kinds = _kinds(query)
        queue: asyncio.Queue[Line] = asyncio.Queue(_WAITING)
        with self._lock:
            earlier = [(kind, item) for kind in REMEMBERED if kind in kinds for item in self._kept[kind]]
            self._listeners[queue] = (asyncio.get_running_loop(), kinds)
        gone = asyncio.create_task(_gone(receive))
        try:
            await begin(send)
            await part(send, b"".join(map(_line, earlier)))
            while not gone.done():
                waiting = asyncio.create_task(queue.get())
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    waiting.cancel()
                    break
                lines = [waiting.result()]
                while not queue.empty():
                    lines.append(queue.get_nowait())
                await part(send, b"".join(map(_line, lines)))
        finally:
            gone.cancel()
            with self._lock:
                del self._listeners[queue]


def _kinds(query: Query) -> frozenset[str]:
    return frozenset(query.get("kinds", "").split(","))


def _offer(queue: "asyncio.Queue[Line]", line: Line) -> None:
    if not queue.full():  # nobody reads any more, and its connection is about to be noticed as gone
        queue.put_nowait(line)


def _line(line: Line) -> bytes:
    return json.dumps({"kind": line[0], "item": line[1]}, ensure_ascii=False).encode() + b"\n"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
