"""The sockets that are open, and those that only seem to be."""

import asyncio
import random
import time
from collections.abc import Callable

from infra.local.gateway.settings import Faults, Limits
from infra.local.gateway.websocket.deployed import Api
from infra.local.gateway.websocket.events import Caller
from infra.local.gateway.websocket.protocol import Wire

ANY_ROUTE = "*"
_MOST_BUFFERS = 16


class Socket:
    """An open socket: its limits, and what is sent to it."""

    def __init__(self, api: Api, caller: Caller, wire: Wire, limits: Limits, lost: Callable[[], bool]) -> None:
        self.api = api
        self.caller = caller
        self.user = ""
        """The authorizer's principal."""
        self.device = ""
        """The query parameter ``device``."""
        self.active_at = time.time()
        """When a message last went in either direction."""
        self._wire = wire
        self._limits = limits
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._opened = self._active = self._loop.time()
        self._timer = self._loop.call_later(min(limits.idle, limits.lifetime), self._check)
        if limits.pings_count:
            wire.on_ping = self.touch
        self.ghost = False
        self.repeat_next = ""
        """The client's next message with this ``action``, or with ``ANY_ROUTE`` its next one, is passed on twice."""

    def touch(self) -> None:
        """Note that the socket is in use."""
        self.active_at = time.time()
        self._active = self._loop.time()

    def repeats(self, action: str) -> bool:
        """Return whether this message of the client is to be passed on twice, which then is done with."""
        if not self.repeat_next or self.repeat_next not in {ANY_ROUTE, action}:
            return False
        self.repeat_next = ""
        return True

    def full(self) -> bool:
        """Return whether the client reads so slowly that nothing more is accepted for it."""
        return not self.ghost and self._wire.waiting() > self._limits.buffer

    def send(self, text: bytes) -> bool:
        """Send a message, and return False if the socket is closed. For a ghost, everything seems fine."""
        self.touch()
        if self.ghost or self._lost():
            return True
        if self._wire.waiting() > _MOST_BUFFERS * self._limits.buffer:  # caused by answers, which nobody refuses
            self._wire.cut()
            return False
        return self._wire.push(text)

    def end(self, code: int = 1000, reason: str = "") -> None:
        """Close it with a goodbye."""
        self._wire.end(code, reason)

    def cut(self, *, believed: bool) -> None:
        """Close it without a goodbye. If ``believed``, it lives on as a ghost until its limits end it."""
        self.ghost = believed
        self._wire.cut()

    def forget(self) -> None:
        """Note that it has ended."""
        self._timer.cancel()

    async def haunt(self) -> None:
        """Wait until a ghost is ended, by its limits or because somebody closes it."""
        while self.ghost:
            left = min(self._opened + self._limits.lifetime, self._active + self._limits.idle) - self._loop.time()
            if left <= 0:
                return
            await asyncio.sleep(min(left, 1.0))

    def _check(self) -> None:
        now = self._loop.time()
        ends = min(self._opened + self._limits.lifetime, self._active + self._limits.idle)
        if now >= ends:
            self.end(1001, "Going away")
        else:
            self._timer = self._loop.call_later(ends - now, self._check)


class Sockets:
    """All sockets, by connection id."""

    def __init__(self) -> None:
        self._open: dict[str, Socket] = {}
        self.faults = Faults()

    def add(self, socket: Socket) -> None:
        """Add a socket, which can be posted to from now on."""
        self._open[socket.caller.connection] = socket

    def remove(self, socket: Socket) -> None:
        """Remove a socket that has ended."""
        socket.forget()
        self._open.pop(socket.caller.connection, None)

    def find(self, api: str, stage: str, connection: str) -> Socket | None:
        """Return the socket with this id, if it is open and belongs to this stage."""
        socket = self._open.get(connection)
        return socket if socket and (socket.api.id, socket.api.stage) == (api, stage) else None

    def all(self) -> list[Socket]:
        """Return every socket, ghosts too."""
        return list(self._open.values())

    def cut(self, share: float, *, believed: bool) -> int:
        """Cut this share of the sockets, chosen at random, and return how many were cut."""
        alive = [socket for socket in self._open.values() if not socket.ghost]
        chosen = random.sample(alive, round(len(alive) * share))
        for socket in chosen:
            socket.cut(believed=believed)
        return len(chosen)

    def counts(self) -> tuple[int, int]:
        """Return the number of open sockets, and the number of ghosts."""
        ghosts = sum(socket.ghost for socket in self._open.values())
        return len(self._open) - ghosts, ghosts
