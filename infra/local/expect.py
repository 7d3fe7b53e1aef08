"""Seeing that something happens: what a client tells its app, awaited with a limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from parley_client import Client, ClientStopped, Event

E = TypeVar("E")

LIMIT = 15.0
"""Seconds for anything to happen. This is far more than it takes, for the sake of slow machines."""


class NotSeen(Exception):
    """What should have happened did not. The message is one readable line."""


class Watch:
    """``async with Watch(client, "Ada") as ada:`` – remembers what the client has said, and waits for what comes."""

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        self._name = name
        self._said: list[Event] = []
        self._more = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._reading = asyncio.create_task(self._read())
        await self.client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.__aexit__(kind, error, trace)
        await self._reading

    @property
    def now(self) -> int:
        """Return a position in what was said, so that one can look at what comes after it."""
        return len(self._said)

    async def sees(self, kind: type[E], what: str, check: Callable[[E], bool] = lambda _: True, after: int = 0) -> E:
        """Return the first event of this kind, after the position ``after``, that passes the check.

        Raises:
            NotSeen: it did not come within ``LIMIT``. ``what`` says what it is.
        """
        until = time.monotonic() + LIMIT
        while True:
            self._more.clear()
            for event in self._said[after:]:
                if isinstance(event, kind) and check(event):
                    return event
            try:
                await asyncio.wait_for(self._more.wait(), until - time.monotonic())
            except TimeoutError:
                raise NotSeen(f"{self._name} did not see {what}") from None

    async def _read(self) -> None:
        feed = self.client.events()
        with suppress(ClientStopped):
            async for event in feed:
                self._said.append(event)
                self._more.set()


async def until(answer: Callable[[], Awaitable[E | None]], what: str) -> E:
    """Ask again and again until there is an answer, and return it.

    Raises:
        NotSeen: there was none within ``LIMIT``.
    """
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = await answer()
        if found is not None:
            return found
        await asyncio.sleep(0.1)
    raise NotSeen(f"{what} was not seen")
