"""The clients of a drill: real ones, each with its file, who write to each other all the time."""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from parley_client import Client, ClientStopped, Entry, Failed, Rewound, Sent, State, direct

from infra.local.stack import Local, User
from infra.recovery.drill.judge import Ack, Line

_PAUSE = 0.25
"""Seconds between two messages of a device, on average."""
_PATIENCE = 3
"""How many messages that wait to be sent a user accepts."""


class Device:
    """One client, which can be away for a while, and what it was told."""

    def __init__(self, local: Local, user: User, name: str, others: list[str], home: Path) -> None:
        self.name, self.user = name, user
        self._local, self._others, self._home = local, others, home
        self.accepted: set[str] = set()
        self.acks: list[Ack] = []
        self.failed: list[str] = []
        self.rewound = 0
        self._held = AsyncExitStack()
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        assert self._client is not None
        return self._client

    @property
    def on(self) -> bool:
        """Whether the app runs."""
        return self._client is not None

    @property
    def live(self) -> bool:
        """Whether it is connected and has synced."""
        return self._client is not None and self._client.state is State.LIVE

    async def start(self) -> None:
        """Start the app."""

        async def token() -> str:
            return await asyncio.to_thread(self._local.token, self.user)

        self._client = await Client.open(self._local.url, token, self._home)
        feed = self._client.events()
        await self._held.enter_async_context(self._client)

        async def read() -> None:
            with suppress(ClientStopped):
                async for event in feed:
                    self._take(event)

        reading = asyncio.create_task(read())
        self._held.push_async_callback(asyncio.wait, [reading])

    async def stop(self) -> None:
        """End the app. Its file stays."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.__aexit__(None, None, None)
            client.store.close()
            self._held.pop_all()

    def _take(self, event: object) -> None:
        match event:
            case Sent(message, conversation, seq, _):
                self.acks.append(Ack(message, conversation, seq, time.monotonic()))
            case Failed(message):
                self.failed.append(message)
            case Rewound():
                self.rewound += 1

    async def talk(self, until: asyncio.Event) -> None:
        """Write to the others, until the end is set; nobody writes much while nothing gets through."""
        while not until.is_set():
            if self._client is not None and self.waiting < _PATIENCE:
                other = random.choice(self._others)  # noqa: S311
                with suppress(ClientStopped):  # it may go away at any moment
                    number = len(self.accepted) + 1
                    self.accepted.add(await self._client.send(other, f"{number} from {self.name}"))
            with suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), random.uniform(0, 2 * _PAUSE))  # noqa: S311

    def conversations(self) -> frozenset[str]:
        """Return the conversations that the user is in."""
        return frozenset(direct(self.user.id, other) for other in self._others)

    def held(self) -> dict[str, list[Line]]:
        """Return what its file holds."""
        store = self.client.store
        return {c: [(e.seq, e.id) for e in _all(self.client, c)] for c in (c.id for c in store.conversations())}

    @property
    def waiting(self) -> int:
        """How many messages it still has to send."""
        return len(self.client.store.outbox())


def _all(client: Client, conversation: str) -> Iterator[Entry]:
    after = 0
    while page := client.store.entries(conversation, after):
        yield from page
        after = page[-1].seq
