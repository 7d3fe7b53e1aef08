"""Events of conversations."""

from typing import Annotated

from msgspec import Meta, Struct

from parley.chat.entries import Entry
from parley.delivery.events import Event


class Message(Event, frozen=True, tag="message"):
    """A new entry. It may arrive again, or out of order: ``seq`` decides."""

    entry: Entry


class Marks(Struct, frozen=True):
    """How far a member's devices have got."""

    conversation: str
    user: str
    delivered: int
    read: int
    read_count: Annotated[int, Meta(description="the count of the entry at read: unread = newest count − this")]


class Receipt(Event, frozen=True, tag="receipt"):
    """A member's marks have moved; the user's own other devices are told too."""

    marks: Marks


class IsTyping(Event, frozen=True, tag="typing"):
    """A member is typing, for the next few seconds."""

    conversation: str
    user: str


class Conversation(Event, frozen=True, tag="conversation"):
    """The user has muted, archived or pinned a conversation, or no longer does, on one of their devices."""

    conversation: str
    muted: int
    archived: bool
    pinned: bool
