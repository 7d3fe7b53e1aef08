"""The command ``chat``: one conversation, at a terminal or in a pipe."""

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TypeVar

from parley_client import events
from parley_client.client import Client
from parley_client.commands import CommandError
from parley_client.delivery import Delivery
from parley_client.editor import Editor, lines
from parley_client.events import Event, State
from parley_client.feed import Feed
from parley_client.terminal import Terminal, brief, short
from parley_client.values import Entry, Online, address

_HISTORY = 20
_UNREAD = 1_000
_PRESENCE_EVERY = 30.0

_T = TypeVar("_T")


class View:
    """What is shown of a conversation, and what of it already was."""

    def __init__(self, client: Client, conversation: str, terminal: Terminal, *, receipts: bool) -> None:
        self._client, self._conversation, self._terminal = client, conversation, terminal
        self._receipts = receipts
        self._shown = 0
        self._unread: deque[Entry] = deque(maxlen=_UNREAD)
        """Own messages shown, and not known to be read."""

    def history(self) -> None:
        """Show the last of what is held."""
        for entry in self._client.store.latest(self._conversation, _HISTORY):
            self._entry(entry)
        marks = self._client.store.marks(self._conversation)
        self._read(max((m.read for m in marks if m.user != self._client.user), default=0))

    def event(self, event: Event) -> None:
        """Show what an event means to this conversation."""
        match event:
            case events.Received(entry):
                if entry.conversation == self._conversation:
                    self._entry(entry)
            case events.Refresh():
                while page := self._client.store.entries(self._conversation, self._shown):
                    for entry in page:
                        self._entry(entry)
            case events.Rewound(self._conversation, seq):
                self._shown = min(self._shown, seq)
                self._terminal.event(event)
            case events.Receipt(self._conversation, user, _, read) if user != self._client.user and read:
                if self._terminal.as_json:
                    self._terminal.event(event)
                else:
                    self._read(read)
            case _:
                self._terminal.event(event)

    def _entry(self, entry: Entry) -> None:
        if entry.seq > self._shown:
            self._shown = entry.seq
            self._terminal.entry(entry, self._client.user)
            self._client.mark_read(self._conversation, entry.seq)
            if entry.sender == self._client.user:
                self._unread.append(entry)

    def _read(self, seq: int) -> None:
        last: Entry | None = None
        while self._unread and self._unread[0].seq <= seq:
            last = self._unread.popleft()
        if last is not None and self._receipts:
            self._terminal.note(f"         ✓✓ read, up to “{brief(last.text.partition(chr(10))[0])}”")


async def chat(client: Client, terminal: Terminal, where: str, timeout: float) -> int:
    """Talk in one conversation, until the input ends. Status 0: everything written has been stored by the server."""
    conversation, other = address(client.user, where)
    if Editor.possible() and not terminal.as_json:
        return await _interactive(client, conversation, other, timeout)
    async with client:
        talk = _Talk(client, conversation, terminal)
        try:
            return await talk.until_the_end(lines(), timeout)
        finally:
            await talk.close()
            for message_id in talk.delivery.failed:  # reported, and whoever piped it has it still
                await asyncio.to_thread(client.store.dismiss, message_id)


async def _interactive(client: Client, conversation: str, other: str | None, timeout: float) -> int:
    async with client:
        with Editor(lambda: client.typing(conversation)) as editor:
            terminal = Terminal(as_json=False, show=editor.show, note=editor.show)
            status = Status(conversation, other, editor.status)
            talk = _Talk(client, conversation, terminal, status.event, receipts=True)
            asking = asyncio.create_task(_keep_asking(client, other, status.presence))
            try:
                return await talk.until_the_end(editor.lines, timeout)
            finally:
                await talk.close()
                await _end(asking)


class _Talk:
    """Both directions of one conversation: lines go out, and what happens is shown."""

    def __init__(
        self,
        client: Client,
        conversation: str,
        terminal: Terminal,
        also: Callable[[Event], None] = lambda _: None,
        *,
        receipts: bool = False,
    ) -> None:
        self._client, self._conversation, self._terminal, self._also = client, conversation, terminal, also
        self._view = View(client, conversation, terminal, receipts=receipts)
        self.delivery = Delivery(client.store, conversation)
        feed = client.events()
        self._view.history()
        self._showing = asyncio.create_task(self._watch(feed))

    async def until_the_end(self, source: "asyncio.Queue[str | None]", timeout: float) -> int:
        """Send line by line to the end of the input, and see what becomes of it; answers the exit status."""
        while (text := await self._or_its_end(source.get())) is not None:
            if text:
                await self._say(text)
        with contextlib.suppress(TimeoutError):
            await self._or_its_end(asyncio.wait_for(self.delivery.over(), timeout))
        if left := len(self.delivery.waiting):
            raise CommandError(f"{left} not acknowledged yet; in the outbox until next connected")
        return 1 if self.delivery.failed else 0

    async def close(self) -> None:
        """Show nothing more."""
        await _end(self._showing)

    async def _say(self, text: str) -> None:
        message_id = uuid.uuid4().hex
        self.delivery.expect(message_id)
        try:
            await self._client.send(self._conversation, text, message_id=message_id)
        except ValueError as error:
            self.delivery.never_sent(message_id)
            readable = text.encode(errors="replace").decode()
            self._terminal.event(events.Failed(message_id, self._conversation, readable, "invalid", str(error)))

    async def _watch(self, feed: Feed) -> None:
        async for event in feed:
            self._seen(event)

    def _seen(self, event: Event) -> None:
        self._view.event(event)
        self._also(event)
        if isinstance(event, events.Refresh):
            for missed in self.delivery.missed():
                self._seen(missed)
        self.delivery.event(event)

    async def _or_its_end(self, work: Coroutine[None, None, _T]) -> _T:
        """Wait for something; a client or an output that has stopped ends it, too, with its error."""
        waiting = asyncio.ensure_future(work)
        try:
            await asyncio.wait({waiting, self._showing}, return_when=asyncio.FIRST_COMPLETED)
            if self._showing.done():
                self._showing.result()
            return await waiting
        finally:
            waiting.cancel()


class Status:
    """Whether the other is online, or typing, and whether we are."""

    def __init__(self, conversation: str, other: str | None, show: Callable[[str], None]) -> None:
        self._conversation, self._other, self._show = conversation, other, show
        self._online: bool | None = None
        self._typing: set[str] = set()
        self._connected = False

    def event(self, event: Event) -> None:
        """Take note of an event, and show what has become of the status."""
        match event:
            case events.StateChanged(state):
                self._connected = state is State.LIVE
            case events.TypingChanged(self._conversation, user, True):
                self._typing.add(user)
            case events.TypingChanged(self._conversation, user, False):
                self._typing.discard(user)
        self._draw()

    def presence(self, online: Online | None) -> None:
        """Take note of the other's presence."""
        self._online = online.online if online else None
        self._draw()

    def _draw(self) -> None:
        if not self._connected:
            self._show("[not connected] ")
            return
        about = []
        if self._other and self._online is not None:
            about.append("online" if self._online else "offline")
        if self._typing:
            about.append("typing…" if self._other else f"{', '.join(sorted(map(short, self._typing)))} typing…")
        parts = [short(self._other)] if self._other else []
        if about:
            parts.append(f"({', '.join(about)})")
        self._show("".join(f"{part} " for part in parts))


async def _keep_asking(client: Client, other: str | None, tell: Callable[[Online | None], None]) -> None:
    while other is not None:
        answer = await client.presence([other])
        tell((answer or {}).get(other))
        await asyncio.sleep(_PRESENCE_EVERY if answer else 1)


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task
