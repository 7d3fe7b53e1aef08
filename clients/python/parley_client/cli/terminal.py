"""Output to a terminal, or as JSON."""

import json
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from parley_client.protocol import events
from parley_client.protocol.events import Event, State
from parley_client.protocol.values import Entry, Outgoing

_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, bidirectional overrides, surrogates, line separators
_HARMLESS = frozenset("\n\u200c\u200d")  # the last two join and part letters and emoji
_WITHOUT_WIDTH = frozenset({"Mn", "Me", "Cf"})  # marks upon the letter before; joiners
_EMOJI_STYLE = "\ufe0f"  # makes what it follows wider
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BRIEF = 60
_CONTINUED = "\n" + " " * 10


def plain(text: str) -> str:
    """Text that cannot control a terminal, since a message may come from anybody."""
    return "".join("\N{REPLACEMENT CHARACTER}" if harmful(c) else c for c in text)


def harmful(character: str) -> bool:
    """Whether a character could control a terminal, or deceive a reader."""
    return character not in _HARMLESS and unicodedata.category(character) in _HARMFUL


def width(text: str) -> int:
    """How many columns a text takes. Where terminals differ, the larger number."""
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in _WITHOUT_WIDTH and character != _EMOJI_STYLE:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def to_stderr(text: str) -> None:
    """Print a note that is not part of the conversation."""
    print(plain(text), file=sys.stderr, flush=True)


def to_stdout(text: str) -> None:
    """Print a line."""
    print(plain(text), flush=True)


def short(user: str) -> str:
    """A short form of a user id: the beginning of a UUID, any other id whole."""
    return user[:8] if _UUID.fullmatch(user) else user


class Terminal:
    """Shows things to people, or as one JSON object a line."""

    def __init__(
        self,
        *,
        as_json: bool,
        show: Callable[[str], None] = to_stdout,
        note: Callable[[str], None] = to_stderr,
        name_of: Callable[[str], str] = short,
    ) -> None:
        self.as_json = as_json
        self._show, self._note, self._name_of = show, note, name_of
        self._rewrites = note is to_stderr and sys.stderr.isatty()
        self._trying: str | None = None
        """The line that tells of attempts to connect, as long as it is the last one."""

    def show(self, data: Mapping[str, Any], text: str) -> None:
        """Show one thing."""
        self._go_on()
        if self.as_json:
            print(json.dumps(data, ensure_ascii=not _is_unicode(sys.stdout.encoding)), flush=True)
        elif text:
            self._show(text)

    def note(self, text: str) -> None:
        """Say something to people only."""
        self._go_on()
        self._note(text)

    def nothing(self, text: str) -> None:
        """Say to people that a list is empty. A program sees that by itself."""
        if not self.as_json:
            self.note(text)

    def entry(self, entry: Entry, own: str) -> None:
        """Show a line of a conversation."""
        self.show({"event": "message", **asdict(entry)}, line_of(entry, own, self._name_of))

    def event(self, event: Event) -> None:
        """Show any other event; people see only what matters to them."""
        if self.as_json:
            data = asdict(event)
            if isinstance(event, events.StateChanged):
                data["state"] = event.state.value
            self.show({"event": _NAMES[type(event)], **data}, "")
            if isinstance(event, events.Failed):  # people have to see a failure even if a program reads the JSON
                self._note(_told(event))
        elif text := _told(event):
            self._tell(event, text)

    def _tell(self, event: Event, text: str) -> None:
        """Show an event to people. Attempts to connect are one line, which changes where that is possible."""
        if not (isinstance(event, events.StateChanged) and event.state is State.WAITING):
            self.note(text)
        elif self._rewrites:
            print(f"\r\x1b[K{plain(text)}", end="", file=sys.stderr, flush=True)
            self._trying = text
        elif event.reason != self._trying:
            self._note(text)
            self._trying = event.reason

    def _go_on(self) -> None:
        if self._rewrites and self._trying is not None:
            print(file=sys.stderr, flush=True)
        self._trying = None


def line_of(entry: Entry, own: str, name_of: Callable[[str], str] = short) -> str:
    """An entry as a line for people to read."""
    at = time.strftime("%H:%M:%S", time.localtime(entry.at / 1000))
    said = " ".join([*([entry.text] if entry.text else []), *(f"[media {name}]" for name in entry.media)])
    return f"{at} {'me' if entry.sender == own else name_of(entry.sender)}: {said.replace(chr(10), _CONTINUED)}"


def waiting_line(message: Outgoing) -> str:
    """The beginning of a message that is not stored yet, with a mark in place of the time."""
    first = message.text.partition("\n")[0]
    return (
        f"…        me: {' '.join([*([brief(first)] if first else []), *(f'[media {name}]' for name in message.media)])}"
    )


def brief(text: str, length: int = _BRIEF) -> str:
    """The beginning of a text, long enough to recognize it."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _told(event: Event) -> str:
    match event:
        case events.StateChanged(State.WAITING, pause):
            why = f" ({event.reason})" if event.reason else ""
            return f"-- not connected{why}; next attempt in {pause:.0f} s"
        case events.StateChanged(State.LIVE):
            return "-- connected"
        case events.SignedOut(reason):
            return f"-- signed out ({reason}): run parley sign-in"
        case events.Failed():
            return f"-- not sent: {brief(event.text)!r}: {event.reason} ({event.code})"
        case events.Rewound(conversation, seq):
            return f"-- the server was restored: {conversation} now ends at {seq}"
        case events.Skipped(conversation, seq):
            return f"-- {conversation}: what was said up to {seq} is in the archive"
        case _:
            return ""


def _is_unicode(encoding: str | None) -> bool:
    return (encoding or "").lower().startswith("utf")


_NAMES: dict[type, str] = {
    events.StateChanged: "state",
    events.SignedOut: "signed_out",
    events.Received: "message",
    events.Queued: "queued",
    events.Sent: "sent",
    events.Failed: "failed",
    events.Receipt: "receipt",
    events.TypingChanged: "typing",
    events.PresenceResult: "presence",
    events.Rewound: "rewound",
    events.Skipped: "skipped",
    events.Refresh: "refresh",
}
