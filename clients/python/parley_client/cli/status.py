"""The status before the prompt: whether the other is online or typing, and whether we are connected."""

import asyncio
import contextlib
from collections.abc import Callable

from parley_client.cli.display_names import DisplayNames
from parley_client.live.client import Client
from parley_client.protocol import events
from parley_client.protocol.events import Event, State
from parley_client.protocol.values import Online

_PRESENCE_EVERY = 10.0
_ASK_AGAIN = 1.0


class Status:
    """What is known of a conversation's other member, from presence and from other signs of life."""

    def __init__(self, conversation: str, other: str | None, show: Callable[[str], None], names: DisplayNames) -> None:
        self._conversation, self._other, self._show, self._names = conversation, other, show, names
        self._online: bool | None = None
        self._typing: set[str] = set()
        self._connected = False
        self._retry = ""
        self._due = asyncio.Event()
        names.on_change = self.draw

    def event(self, event: Event) -> None:
        """Take an event, and show the resulting status."""
        match event:
            case events.StateChanged(state, pause):
                self._connected = state is State.LIVE
                self._retry = f"; next attempt in {max(round(pause), 1)} s" if state is State.WAITING and pause else ""
                if self._connected:
                    self._due.set()
                else:
                    self._online = None
            case events.TypingChanged(self._conversation, user, True):
                self._typing.add(user)
                self._alive(user)
            case events.TypingChanged(self._conversation, user, False):
                self._typing.discard(user)
            case events.Received(entry) if entry.conversation == self._conversation:
                self._alive(entry.sender)
            case events.Receipt(self._conversation, user):
                self._alive(user)
        self.draw()

    def presence(self, online: Online | None) -> None:
        """Take the other's presence."""
        # Presence may be older than their typing.
        self._online = True if self._other in self._typing else online.online if online else None
        self.draw()

    async def keep_asking(self, client: Client) -> None:
        """Ask for the other's presence now and then, and at once when connected again."""
        while self._other is not None:
            self._due.clear()
            answer = await client.presence([self._other])
            self.presence((answer or {}).get(self._other))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), _PRESENCE_EVERY if answer else _ASK_AGAIN)

    def draw(self) -> None:
        """Show the current status."""
        if not self._connected:
            self._show(f"[not connected{self._retry}] ")
            return
        about = []
        if self._other and self._online is not None:
            about.append("online" if self._online else "offline")
        if self._typing:
            who = ", ".join(sorted(map(self._names.of, self._typing)))
            about.append("typing…" if self._other else f"{who} typing…")
        parts = [self._names.of(self._other)] if self._other else []
        if about:
            parts.append(f"({', '.join(about)})")
        self._show("".join(f"{part} " for part in parts))

    def _alive(self, user: str) -> None:
        # What comes before we are live is what we have missed, so it may be old.
        if self._connected and user == self._other:
            self._online = True
