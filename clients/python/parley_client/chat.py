"""The command ``chat``: one conversation, at a terminal or in a pipe."""

import asyncio
import contextlib
from collections.abc import Callable

from parley_client import events
from parley_client.client import Client
from parley_client.commands import CommandError
from parley_client.editor import Editor, lines
from parley_client.events import Event, State
from parley_client.feed import Feed
from parley_client.terminal import Terminal
from parley_client.values import Entry, Online, address

_HISTORY = 20
_PRESENCE_EVERY = 30.0


class _View:
    """What is shown of a conversation, and what of it already was."""

    def __init__(self, client: Client, conversation: str, terminal: Terminal) -> None:
        self._client, self._conversation, self._terminal = client, conversation, terminal
        self._shown = 0

    def history(self) -> None:
        """Show the last of what is held."""
        for entry in self._client.store.latest(self._conversation, _HISTORY):
            self._entry(entry)

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
            case events.Receipt(self._conversation, user, _, read) if user != self._client.user and read:
                if self._terminal.as_json:
                    self._terminal.event(event)
                else:
                    self._terminal.note(f"-- read up to {read}")
            case _:
                self._terminal.event(event)

    def _entry(self, entry: Entry) -> None:
        if entry.seq > self._shown:
            self._shown = entry.seq
            self._terminal.entry(entry, self._client.user)
            self._client.mark_read(self._conversation, entry.seq)


async def chat(client: Client, terminal: Terminal, where: str, timeout: float) -> int:
    """Talk in one conversation, until the input ends; then everything written has been stored by the server."""
    conversation, other = address(client.user, where)
    if Editor.possible() and not terminal.as_json:
        return await _interactive(client, conversation, other, timeout)
    async with client:
        view = _View(client, conversation, terminal)
        view.history()
        showing = asyncio.create_task(_watch(client.events(), view.event))
        try:
            await _say_all(client, conversation, lines(), showing, terminal)
            return await _finish(client, timeout)
        finally:
            await _end(showing)


async def _interactive(client: Client, conversation: str, other: str | None, timeout: float) -> int:
    async with client:
        with Editor(lambda: client.typing(conversation)) as editor:
            terminal = Terminal(as_json=False, show=editor.show, note=editor.show)
            view = _View(client, conversation, terminal)
            status = _Status(conversation, other, editor.status)
            view.history()

            def seen(event: Event) -> None:
                view.event(event)
                status.event(event)

            showing = asyncio.create_task(_watch(client.events(), seen))
            asking = asyncio.create_task(_keep_asking(client, other, status.presence))
            try:
                await _say_all(client, conversation, editor.lines, showing, terminal)
                return await _finish(client, timeout)
            finally:
                await _end(showing)
                await _end(asking)


class _Status:
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
        parts = [] if self._connected else ["not connected"]
        if self._other and self._online is not None:
            parts.append("online" if self._online else "offline")
        if self._typing:
            parts.append("typing…")
        self._show(f"[{', '.join(parts)}] " if parts else "")


async def _keep_asking(client: Client, other: str | None, tell: Callable[[Online | None], None]) -> None:
    while other is not None:
        answer = await client.presence([other])
        tell((answer or {}).get(other))
        await asyncio.sleep(_PRESENCE_EVERY if answer else 1)


async def _watch(feed: Feed, show: Callable[[Event], None]) -> None:
    async for event in feed:
        show(event)


async def _say_all(
    client: Client,
    conversation: str,
    source: "asyncio.Queue[str | None]",
    showing: "asyncio.Task[None]",
    terminal: Terminal,
) -> None:
    """Send line by line to the end of the input; a client that has stopped ends it, too, with its error."""
    while True:
        line = asyncio.ensure_future(source.get())
        await asyncio.wait({line, showing}, return_when=asyncio.FIRST_COMPLETED)
        if showing.done():
            line.cancel()
            showing.result()
        text = await line
        if text is None:
            return
        if text:
            try:
                await client.send(conversation, text)
            except ValueError as error:
                terminal.note(f"-- {error}")


async def _finish(client: Client, timeout: float) -> int:
    feed = client.events()
    waiting = {m.id for m in client.store.outbox()}
    try:
        async with asyncio.timeout(timeout):
            while waiting:
                await anext(feed)
                waiting = {m.id for m in client.store.outbox()}
    except TimeoutError:
        raise CommandError(f"{len(waiting)} not acknowledged yet; in the outbox until next connected") from None
    return 0


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task
