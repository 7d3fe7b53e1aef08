"""One device: a real client, and a record of everything that it did and that its app was told."""

import asyncio
import time
from collections.abc import Callable

from parley_client import (
    Client,
    ClientStopped,
    Cognito,
    CognitoTokens,
    Entry,
    Event,
    Failed,
    MemoryStore,
    Received,
    Refresh,
    Rewound,
    Sent,
    State,
    StateChanged,
    Tokens,
    direct,
)

from tests.load.clients.protocol import Begin, Line, Record, Seat, checksum

_FILLER = "Is Tuesday at ten all right for you? I can also come on Wednesday."


class Device:
    """Use with ``async with``. ``settled`` is called for each own message that is acknowledged, or refused for good.

    Its store is ``MemoryStore``. With the SQLite store, a thousand devices would measure one disk's fsync, whereas in
    practice a thousand phones do their own. The client uses both stores in the same way, and the SQLite files have
    their own tests.
    """

    def __init__(self, seat: Seat, begin: Begin, settled: Callable[[], None]) -> None:
        self.seat = seat
        self.told = 0
        self.connects = 0
        self.acked_after: list[tuple[float, float]] = []
        self.received_after: list[tuple[float, float]] = []
        """As in ``tests.load.clients.protocol.Delays``."""
        cognito = Cognito(begin.client_id, begin.region, begin.cognito)
        tokens = CognitoTokens(cognito, Tokens(seat.access, seat.refresh))
        self._client = Client(begin.url, tokens, MemoryStore(seat.user, seat.device))
        self._settled = settled
        self._record = Record(seat.device, seat.user, "", {}, {}, {}, {}, {}, [], refreshes=0)
        self._refreshes = 0
        self._keep_one = seat.keep_one
        self._ends: dict[str, int] = {}
        """By conversation, the last seq read from the store after a ``Refresh``. Its event may still come."""
        self._wrote_at: dict[str, float] = {}
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, and stay connected."""
        feed = self._client.events()
        await self._client.__aenter__()

        async def read() -> None:
            try:
                async for event in feed:
                    self._take(event)
            except ClientStopped:
                pass

        self._reader = asyncio.create_task(read())

    async def stop(self) -> None:
        """Disconnect."""
        await self._client.__aexit__(None, None, None)
        if self._reader is not None:
            await self._reader

    @property
    def live(self) -> bool:
        """Return whether it is connected and synced."""
        return self._client.state is State.LIVE

    @property
    def idle(self) -> bool:
        """Return whether nothing is under way."""
        return self._client.idle

    async def write(self, other: str, number: int) -> None:
        """Write a message to another user. ``number`` is its number on this device."""
        message = f"{self.seat.device}-{number}"
        now = time.monotonic()  # all processes of a machine share this clock
        text = f"{message} {now:.6f} {_FILLER}"
        self._wrote_at[message] = now
        conversation = direct(self.seat.user, other)
        self._record.written.setdefault(conversation, []).append((message, checksum(text)))
        await self._client.send(other, text, message_id=message)

    def written(self) -> dict[str, int]:
        """Return how many messages were written, by conversation."""
        return {conversation: len(messages) for conversation, messages in self._record.written.items()}

    def record(self) -> Record:
        """Return everything that was recorded, with what the store holds now."""
        store = self._client.store
        noted = self._record
        stored = {c.id: [_line(e) for e in store.entries(c.id, limit=c.seq + 1)] for c in store.conversations()}
        return Record(
            noted.device, noted.user, self._client.state.value, noted.written, noted.acked, noted.refused,
            noted.told, stored, noted.rewound, self._refreshes,
        )  # fmt: skip

    def _take(self, event: Event) -> None:
        match event:
            case Received(entry):
                if entry.seq > self._ends.get(entry.conversation, 0):
                    self._note(entry)
            case Sent(message, _, seq, _):
                self._ack(message, seq)
            case Failed(message, _, _, code):
                if message not in self._record.refused:
                    self._record.refused[message] = code
                    self._settled()
            case StateChanged(State.LIVE):
                self.connects += 1
            case Rewound(conversation):
                self._record.rewound.append(conversation)
            case Refresh():
                self._read_store()

    def _note(self, entry: Entry) -> None:
        if self._keep_one and entry.sender != self.seat.user:
            self._keep_one = False
            return
        told = self._record.told.setdefault(entry.conversation, [])
        told.append(_line(entry))
        self.told += 1
        if entry.sender != self.seat.user:
            self.received_after.append(_since(float(entry.text.split(" ", maxsplit=2)[1])))

    def _ack(self, message: str, seq: int) -> None:
        if message not in self._record.acked:
            self._record.acked[message] = seq
            self.acked_after.append(_since(self._wrote_at[message]))
            self._settled()

    def _read_store(self) -> None:
        """Read the store, as an app does that was too slow for its events."""
        self._refreshes += 1
        store = self._client.store
        for conversation in store.conversations():
            told = self._record.told.get(conversation.id, [])
            for entry in store.entries(conversation.id, told[-1].seq if told else 0, conversation.seq):
                self._note(entry)
            self._ends[conversation.id] = conversation.seq
        for message in [m for m in self._wrote_at if m not in self._record.acked]:
            if entry := store.sent(message):
                self._ack(message, entry.seq)


def _since(then: float) -> tuple[float, float]:
    now = time.monotonic()
    return now, (now - then) * 1000


def _line(entry: Entry) -> Line:
    return Line(entry.seq, entry.id, entry.sender, checksum(entry.text))
