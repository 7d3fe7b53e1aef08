"""The command ``chat``: one conversation, at a terminal or in a pipe."""

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TypeVar

from parley_client.cli.commands import CommandError
from parley_client.cli.delivery import Delivery
from parley_client.cli.display_names import DisplayNames
from parley_client.cli.editor import Editor, lines
from parley_client.cli.status import Status
from parley_client.cli.terminal import Terminal, brief, waiting_line
from parley_client.live.client import Client
from parley_client.live.feed import Feed
from parley_client.protocol import events
from parley_client.protocol.events import Event, State
from parley_client.protocol.values import Entry, Outgoing, address

_HISTORY = 20
_UNREAD = 1_000
_SAY_AFTER = 1.0
_QUIT = "/quit"
_HELP = """\
-- /quit or Ctrl-D ends the chat. A line that begins with // is sent with one /.
-- Ctrl-U erases what is typed, Ctrl-W its last word."""

_T = TypeVar("_T")


class View:
    """Shows a conversation, and remembers what it has shown."""

    def __init__(
        self, client: Client, conversation: str, terminal: Terminal, names: DisplayNames, *, receipts: bool
    ) -> None:
        self._client, self._conversation, self._terminal, self._names = client, conversation, terminal, names
        self._other = address(client.user, conversation)[1]
        self._receipts = receipts
        self._shown = 0
        self._unread: deque[Entry] = deque(maxlen=_UNREAD)
        """The user's own messages that were shown and are not known to be read."""
        self._told_delivered = 0

    def history(self) -> None:
        """Show the last entries that are held."""
        for entry in self._client.store.latest(self._conversation, _HISTORY):
            self._entry(entry)
        marks = self._client.store.marks(self._conversation)
        others = [m for m in marks if m.user != self._client.user]
        self._ticks(max((m.delivered for m in others), default=0), max((m.read for m in others), default=0))

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
            case events.Receipt(self._conversation, user, delivered, read) if user != self._client.user:
                if self._terminal.as_json:
                    self._terminal.event(event)
                else:
                    self._ticks(delivered, read)
            case _:
                self._terminal.event(event)

    def _entry(self, entry: Entry) -> None:
        if entry.seq > self._shown:
            self._shown = entry.seq
            self._terminal.entry(entry, self._client.user)
            self._client.mark_read(self._conversation, entry.seq)
            if entry.sender == self._client.user:
                self._unread.append(entry)
            self._names.meet({entry.sender, self._other or entry.sender} - {self._client.user})

    def _ticks(self, delivered: int, read: int) -> None:
        """Say up to which of the user's own messages the other has read, and has received."""
        last: Entry | None = None
        while self._unread and self._unread[0].seq <= read:
            last = self._unread.popleft()
        if last is not None:
            self._tick("read", last)
        received = [entry for entry in self._unread if self._told_delivered < entry.seq <= delivered]
        if received:
            self._tick("delivered", received[-1])
            self._told_delivered = received[-1].seq

    def _tick(self, what: str, last: Entry) -> None:
        if self._receipts:
            self._terminal.note(f"         ✓✓ {what}, up to “{brief(last.text.partition(chr(10))[0])}”")


async def chat(client: Client, terminal: Terminal, names: DisplayNames, where: str, timeout: float) -> int:
    """Talk in one conversation until the input ends. Returns 0 if the server has stored everything written."""
    conversation, other = address(client.user, where)
    names.seek(_members(client, conversation))
    if Editor.possible() and not terminal.as_json:
        return await _interactive(client, conversation, other, names, timeout)
    async with client:
        await names.settle()
        talk = _Talk(client, conversation, terminal, names)
        try:
            return await talk.until_the_end(lines(), timeout)
        finally:
            await talk.close()
            for message_id in talk.delivery.failed:  # reported above, and still in the hands of whoever piped it
                await asyncio.to_thread(client.store.dismiss, message_id)


async def _interactive(
    client: Client, conversation: str, other: str | None, names: DisplayNames, timeout: float
) -> int:
    async with client:
        await names.settle()
        with Editor(lambda: client.typing(conversation)) as editor:
            terminal = Terminal(as_json=False, show=editor.show, note=editor.show, name_of=names.of)
            status = Status(conversation, other, editor.status, names)

            def show_what_waits(event: Event) -> None:
                status.event(event)
                if isinstance(event, events.Queued | events.Sent | events.Failed | events.Refresh):
                    editor.waiting([waiting_line(m) for m in _outbox(client, conversation)])

            talk = _Talk(client, conversation, terminal, names, show_what_waits, interactive=True)
            editor.waiting([waiting_line(m) for m in _outbox(client, conversation)])
            asking = asyncio.create_task(status.keep_asking(client))
            try:
                return await talk.until_the_end(editor.lines, timeout)
            finally:
                await talk.close()
                await _end(asking)


class _Talk:
    """Both directions of one conversation: lines are sent, and what happens is shown."""

    def __init__(
        self,
        client: Client,
        conversation: str,
        terminal: Terminal,
        names: DisplayNames,
        also: Callable[[Event], None] = lambda _: None,
        *,
        interactive: bool = False,
    ) -> None:
        self._commands = interactive
        self._client, self._conversation, self._terminal, self._also = client, conversation, terminal, also
        self._names = names
        self._view = View(client, conversation, terminal, names, receipts=interactive)
        self.delivery = Delivery(client.store, conversation)
        feed = client.events()
        self._view.history()
        if client.state is State.LIVE:  # it was told before anybody listened
            self._seen(events.StateChanged(State.LIVE))
        self._showing = asyncio.create_task(self._watch(feed))

    async def until_the_end(self, source: "asyncio.Queue[str | None]", timeout: float) -> int:
        """Send line by line until the input ends, and wait for the outcome. Returns the exit status."""
        while (text := await self._or_its_end(source.get())) is not None:
            if self._commands and text.startswith("/") and not text.startswith("//"):
                if text.strip() == _QUIT:
                    break
                if text.strip() != "/help":
                    self._terminal.note(f"-- unknown command: {text.split()[0]}")
                self._terminal.note(_HELP)
            elif text:
                await self._say(text.removeprefix("/") if self._commands and text.startswith("//") else text)
        # When connected, the last acknowledgement usually comes in a moment, so the wait is not announced at once.
        patience = _SAY_AFTER if self._client.state is State.LIVE else 0
        saying = asyncio.get_running_loop().call_later(patience, self._say_what_is_waited_for, timeout)
        try:
            with contextlib.suppress(TimeoutError):
                await self._or_its_end(asyncio.wait_for(self.delivery.over(), timeout))
        finally:
            saying.cancel()
        if left := len(self.delivery.waiting):
            raise CommandError(f"{left} not acknowledged yet; in the outbox until next connected")
        return 1 if self.delivery.failed else 0

    async def close(self) -> None:
        """Show nothing more."""
        await _end(self._showing)

    def _say_what_is_waited_for(self, timeout: float) -> None:
        if left := len(self.delivery.waiting):
            what, them = ("1 message", "it") if left == 1 else (f"{left} messages", "them")
            self._terminal.note(f"-- waiting up to {timeout:g} s for {what}; Ctrl-C leaves {them} in the outbox")

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
        if event == events.StateChanged(State.LIVE):
            self._names.seek(_members(self._client, self._conversation))
        if isinstance(event, events.Refresh):
            for missed in self.delivery.missed():
                self._seen(missed)
        self.delivery.event(event)

    async def _or_its_end(self, work: Coroutine[None, None, _T]) -> _T:
        """Wait for ``work``. If the client or the output stops first, raise its error."""
        waiting = asyncio.ensure_future(work)
        try:
            await asyncio.wait({waiting, self._showing}, return_when=asyncio.FIRST_COMPLETED)
            if self._showing.done():
                self._showing.result()
            return await waiting
        finally:
            waiting.cancel()


def _members(client: Client, conversation: str) -> set[str]:
    """The other members, as far as they are known. For a group, those who have written lately."""
    if other := address(client.user, conversation)[1]:
        return {other}
    return {entry.sender for entry in client.store.latest(conversation, _HISTORY)} - {client.user}


def _outbox(client: Client, conversation: str) -> list[Outgoing]:
    return [m for m in client.store.outbox() if m.conversation == conversation]


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task
