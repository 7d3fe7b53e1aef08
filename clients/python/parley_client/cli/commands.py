"""The commands that use a live client, except ``chat``, which has its own module."""

import asyncio
from dataclasses import asdict

from parley_client.cli.display_names import DisplayNames
from parley_client.cli.terminal import Terminal, line_of
from parley_client.live.client import Client
from parley_client.live.feed import Feed
from parley_client.protocol import events
from parley_client.protocol.constants import PRESENCE_LIMIT
from parley_client.protocol.events import State
from parley_client.protocol.store import MemoryStore
from parley_client.protocol.values import Entry, Online, address

_CONNECT_TIMEOUT = 15.0
_SAY_AFTER = 1.0
NO_CONVERSATIONS = "no conversations yet: parley providers CATEGORY lists users, and parley chat USER begins one"


class CommandError(Exception):
    """The command cannot be carried out. The message says why, for the person who typed it."""


async def conversations(client: Client, terminal: Terminal, names: DisplayNames) -> int:
    """List the conversations, as fresh as the connection allows."""
    names.seek_all()
    async with client:
        reason = await live(client.events(), terminal, _CONNECT_TIMEOUT)
        found = client.store.conversations()
        others = [other for c in found if (other := address(client.user, c.id)[1])]
        online: dict[str, Online] = {}
        for start in range(0, len(others) if reason is None else 0, PRESENCE_LIMIT):
            online.update(await client.presence(others[start : start + PRESENCE_LIMIT]) or {})
    await names.settle()
    for conversation in found:
        other = address(client.user, conversation.id)[1]
        presence = online.get(other or "")
        last = conversation.last
        data = {
            "conversation": conversation.id,
            "user": other,
            "name": names.known(other) if other else None,
            "unread": conversation.unread,
            "online": presence.online if presence else None,
            "last": asdict(last) if last else None,
        }
        mark = "●" if presence and presence.online else " "
        name = f"{known}  " if other and (known := names.known(other)) else ""
        unread = f" ({conversation.unread} new)" if conversation.unread else ""
        said = line_of(last, client.user, names.of) if last else ""
        terminal.show(data, f"{mark} {name}{other or conversation.id}{unread}  {said}")
    if not found and reason is None:
        terminal.nothing(NO_CONVERSATIONS)
    if reason is not None:
        raise CommandError(f"not connected ({reason}): this is what was known before")
    return 0


async def send(client: Client, terminal: Terminal, where: str, text: str, timeout: float) -> int:
    """Send one message, and wait until the server has stored it."""
    async with client:
        feed = client.events()
        message_id = await client.send(where, text)
        end = await _end_of(message_id, feed, timeout)
        if isinstance(end, events.Failed):
            # It is reported here, and nothing else would ever remove it from the file.
            await asyncio.to_thread(client.store.dismiss, message_id)
    if isinstance(end, events.Failed):
        terminal.show({"event": "failed", **asdict(end)}, "")
        hint = "; parley providers CATEGORY lists users with their ids" if end.code == "not_found" else ""
        raise CommandError(f"not sent: {end.reason} ({end.code}){hint}")
    terminal.show({"event": "sent", **asdict(end)}, f"sent: {end.conversation} {end.seq}")
    return 0


async def _end_of(message_id: str, feed: Feed, timeout: float) -> events.Sent | events.Failed:
    reason = ""
    try:
        async with asyncio.timeout(timeout):
            async for event in feed:
                match event:
                    case events.Sent() | events.Failed() if event.id == message_id:
                        return event
                    case events.SignedOut(why):
                        raise CommandError(f"signed out ({why}): run parley sign-in; the message stays in the outbox")
                    case events.StateChanged(State.WAITING | State.LIVE):
                        reason = f" ({event.reason})" if event.reason else ""
                    case _:
                        pass
    except TimeoutError:
        raise CommandError(
            f"not acknowledged yet{reason}; it stays in the outbox, and goes out when next connected"
        ) from None
    raise AssertionError("a feed ends by an error")


async def tail(client: Client, terminal: Terminal, names: DisplayNames) -> int:
    """Print what arrives, until interrupted."""

    async def show(entry: Entry) -> None:
        shown[entry.conversation] = entry.seq
        if entry.sender != client.user and names.seek([entry.sender]):
            await names.settle()
        terminal.entry(entry, client.user)

    async with client:
        feed = client.events()
        if isinstance(client.store, MemoryStore):  # it holds nothing, so what is fetched first is old
            await live(client.events(), terminal, _CONNECT_TIMEOUT)
        shown = {c.id: c.seq for c in client.store.conversations()}
        async for event in feed:
            match event:
                case events.Received(entry) if entry.seq > shown.get(entry.conversation, 0):
                    await show(entry)
                case events.Refresh():
                    for conversation in client.store.conversations():
                        for entry in _after(client, conversation.id, shown.get(conversation.id, 0)):
                            await show(entry)
                case events.Rewound(name, seq):
                    shown[name] = min(shown.get(name, 0), seq)
                    terminal.event(event)
                case _:
                    terminal.event(event)
    return 0


def _after(client: Client, conversation: str, seq: int) -> list[Entry]:
    found: list[Entry] = []
    while page := client.store.entries(conversation, found[-1].seq if found else seq):
        found += page
    return found


async def live(feed: Feed, terminal: Terminal, timeout: float) -> str | None:
    """Wait until everything has been fetched. Returns why that did not happen in time, or None if it did."""
    reason = "timed out"

    async def wait() -> None:
        nonlocal reason
        async for event in feed:
            match event:
                case events.SignedOut(why):
                    raise CommandError(f"signed out ({why}): run parley sign-in")
                case events.StateChanged(State.WAITING):
                    reason = event.reason or reason
                case events.StateChanged(State.LIVE):
                    return

    waiting = asyncio.create_task(wait())
    try:
        done, _ = await asyncio.wait({waiting}, timeout=min(_SAY_AFTER, timeout))
        if not done:
            terminal.note(f"-- not connected yet ({reason}); trying for {timeout:.0f} s")
            done, _ = await asyncio.wait({waiting}, timeout=max(timeout - _SAY_AFTER, 0))
        if not done:
            return reason
        waiting.result()
        return None
    finally:
        waiting.cancel()
