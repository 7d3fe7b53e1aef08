"""What happens in conversations, as devices are told about it live."""

from typing import Annotated

from msgspec import Meta, Struct

from parley.chat.entries import Entry
from parley.delivery.events import Event


class Message(Event, frozen=True, tag="message"):
    """A new entry. It may arrive more than once, or out of order; its ``seq`` says where it belongs."""

    entry: Entry


class Marks(Struct, frozen=True):
    """How far a member's devices have got in a conversation."""

    conversation: str
    user: str
    delivered: int
    read: int
    read_count: Annotated[int, Meta(description="the count of the entry at read: unread = newest count − this")]


class Receipt(Event, frozen=True, tag="receipt"):
    """A member's marks have moved. The member's own other devices are told too."""

    marks: Marks


class IsTyping(Event, frozen=True, tag="typing"):
    """A member is typing; this is true for the next few seconds."""

    conversation: str
    user: str


class Conversation(Event, frozen=True, tag="conversation"):
    """The user has muted, archived or pinned a conversation on one of their devices, or has undone that."""

    conversation: str
    muted: int
    archived: bool
    pinned: bool
