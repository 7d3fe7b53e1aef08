"""Frames in both directions. Commands are written exactly. Server frames are read leniently: unknown types and fields
are ignored, so that a newer server does not break an older client.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parley_client.protocol.values import Entry, Marks, Online, Outgoing

MAX_SEQ = 2**53 - 1
"""The largest integer that every JSON reader keeps exact."""


@dataclass(frozen=True, slots=True)
class Ack:
    """A message is stored, at this place."""

    id: str
    conversation: str
    seq: int
    count: int
    at: int


@dataclass(frozen=True, slots=True)
class Message:
    """A new entry."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class ReceiptFrame:
    """A member's marks have moved."""

    marks: Marks


@dataclass(frozen=True, slots=True)
class TypingFrame:
    """A member is typing."""

    conversation: str
    user: str


@dataclass(frozen=True, slots=True)
class Synced:
    """A page of what the device lacked. ``ends`` says where each conversation that it completes ends.

    ``generation`` names the server's tables, and is another one after they were restored; None if it is not told.
    """

    id: str
    entries: tuple[Entry, ...]
    marks: tuple[Marks, ...]
    ends: Mapping[str, int]
    more: bool
    cursor: str | None
    begins: Mapping[str, int]
    """Where logs begin of whose beginning this device lacks something that has been archived."""
    generation: str | None = None


@dataclass(frozen=True, slots=True)
class PresenceFrame:
    """Who is online."""

    id: str
    users: Mapping[str, Online]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command was refused. Without an ``id``, there is no telling which one."""

    id: str | None
    code: str
    reason: str
    retryable: bool
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """Proof that the server is alive and nothing more: a pong, API Gateway's own errors, frames of a newer server."""


Frame = Ack | Message | ReceiptFrame | TypingFrame | Synced | PresenceFrame | Refusal | UnknownFrame


def parse(text: str) -> Frame:
    """The frame in a text; ``UnknownFrame`` if it cannot be read as one."""
    try:
        data = json.loads(text)
        reader = _READERS.get(data.get("type"), _unknown)
        return reader(data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return UnknownFrame()


def _unknown(_: Any) -> UnknownFrame:
    return UnknownFrame()


def _ack(data: Any) -> Ack:
    return Ack(_str(data, "id"), _str(data, "conversation"), *(_int(data, name) for name in ("seq", "count", "at")))


def _message(data: Any) -> Message:
    return Message(entry(data["entry"]))


def entry(data: Any) -> Entry:
    """Read an entry from its wire form.

    Raises:
        KeyError, TypeError: it is not an entry.
    """
    body = data["body"]
    if not isinstance(body, dict):
        raise TypeError("body is not an object")
    return Entry(
        conversation=_str(data, "conversation"),
        seq=_int(data, "seq"),
        count=_int(data, "count"),
        id=_str(data, "id"),
        kind=_str(data, "kind"),
        sender=_str(data, "sender"),
        at=_int(data, "at"),
        body=body,
    )


def _receipt(data: Any) -> ReceiptFrame:
    return ReceiptFrame(_marks(data["marks"]))


def _marks(data: Any) -> Marks:
    return Marks(_str(data, "conversation"), _str(data, "user"), _int(data, "delivered"), _int(data, "read"))


def _typing(data: Any) -> TypingFrame:
    return TypingFrame(_str(data, "conversation"), _str(data, "user"))


def _synced(data: Any) -> Synced:
    more = data["more"] is True
    begins = data.get("begins") or {}
    if not isinstance(begins, dict):
        raise TypeError("begins is not an object")
    return Synced(
        id=_str(data, "id"),
        entries=tuple(entry(e) for e in data["entries"]),
        marks=tuple(_marks(m) for m in data["marks"]),
        ends={_str(c, "conversation"): _int(c, "seq") for c in data["conversations"]},
        more=more,
        cursor=_str(data, "cursor") if more else None,
        begins={conversation: _int(begins, conversation) for conversation in begins},
        generation=_str(data, "generation") if data.get("generation") is not None else None,
    )


def _presence(data: Any) -> PresenceFrame:
    users = {user: Online(told["online"] is True, _optional_int(told, "seen")) for user, told in data["users"].items()}
    return PresenceFrame(_str(data, "id"), users)


def _refusal(data: Any) -> Refusal:
    return Refusal(
        id=data["id"] if isinstance(data.get("id"), str) else None,
        code=_str(data, "code"),
        reason=str(data.get("message", "")),
        retryable=data.get("retryable") is True,
        retry_after=_seconds(data.get("retry_after")),
    )


def _seconds(value: Any) -> float | None:
    """A time in seconds, as near to what was said as a float can be; None if it is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return sys.float_info.max if value > 0 else 0.0
    return seconds if math.isfinite(seconds) else None


_READERS: dict[str, Callable[[Any], Frame]] = {
    "ack": _ack,
    "message": _message,
    "receipt": _receipt,
    "typing": _typing,
    "synced": _synced,
    "presence": _presence,
    "error": _refusal,
}


def _str(data: Any, name: str) -> str:
    value = data[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is not a string")
    return value


def _int(data: Any, name: str) -> int:
    value = data[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SEQ:
        raise TypeError(f"{name} is not a natural number, or too large to be exact")
    return value


def _optional_int(data: Any, name: str) -> int | None:
    return None if data.get(name) is None else _int(data, name)


def dump(data: Mapping[str, Any]) -> str:
    """JSON for the wire: compact and with unescaped Unicode, because frames are limited in bytes."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def send(message: Outgoing, after: int) -> str:
    """A ``send``: to the user while nothing of the conversation is known, otherwise in the conversation."""
    where = {"to": message.to} if message.to and after == 0 else {"conversation": message.conversation}
    return dump({"action": "send", "id": message.id, **where, "after": after, "body": message.body})


def sync(command_id: str, since: Mapping[str, int], cursor: str | None) -> str:
    """A ``sync``."""
    further = {} if cursor is None else {"cursor": cursor}
    return dump({"action": "sync", "id": command_id, "since": dict(since), **further})


def mark(command_id: str, conversation: str, delivered: int, read: int) -> str:
    """A ``mark`` with the values that are not 0."""
    marks = {name: seq for name, seq in (("delivered", delivered), ("read", read)) if seq}
    return dump({"action": "mark", "id": command_id, "conversation": conversation, **marks})


def typing(command_id: str, conversation: str) -> str:
    """A ``typing``."""
    return dump({"action": "typing", "id": command_id, "conversation": conversation})


def presence(command_id: str, users: Sequence[str]) -> str:
    """A ``presence``."""
    return dump({"action": "presence", "id": command_id, "users": list(users)})


def ping() -> str:
    """A ``ping``."""
    return dump({"action": "ping"})
