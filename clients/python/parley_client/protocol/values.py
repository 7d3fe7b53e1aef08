"""What a client holds: entries, outgoing messages, marks. ``at`` is in milliseconds since the epoch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parley_client.protocol.constants import MEDIA_LIMIT, TEXT_LIMIT

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MEDIA = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_CONVERSATION = re.compile(r"dm:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]{1,64}|g:[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a conversation's log. ``seq`` is the order that everybody sees."""

    conversation: str
    seq: int
    count: int
    id: str
    kind: str
    sender: str
    at: int
    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The text, or an empty string for a kind of entry that has none."""
        text = self.body.get("text", "")
        return text if isinstance(text, str) else ""

    @property
    def media(self) -> tuple[str, ...]:
        """The ids of the attached media."""
        media = self.body.get("media", ())
        return tuple(m for m in media if isinstance(m, str)) if isinstance(media, list) else ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message not yet acknowledged. ``to`` is the other user of a direct conversation, otherwise None."""

    id: str
    conversation: str
    to: str | None
    text: str
    media: tuple[str, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """The body as the server stores it."""
        return {"text": self.text, **({"media": list(self.media)} if self.media else {})}


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that the server refused for good, kept until the app dismisses it or sends it again."""

    message: Outgoing
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Marks:
    """How far a member's devices have received and read, according to the server."""

    conversation: str
    user: str
    delivered: int
    read: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as this device holds it."""

    id: str
    seq: int
    unread: int
    last: Entry | None


@dataclass(frozen=True, slots=True)
class Online:
    """Whether a user is online now, and when they were last seen, if that is known."""

    online: bool
    seen: int | None


@dataclass(slots=True)
class SavedState:
    """Everything in the store that a session needs to start: all but the entries themselves."""

    cursors: dict[str, int] = field(default_factory=dict)
    """By conversation, the highest seq up to which every entry is held."""
    outbox: list[Outgoing] = field(default_factory=list)
    """In the order written."""
    marks: list[Marks] = field(default_factory=list)
    undelivered: list[Outgoing] = field(default_factory=list)
    """The messages that the server has refused for good."""
    intents: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By conversation, the user's own marks (delivered, read) that the server has not confirmed."""
    generation: str = ""
    """The server's generation that all of this is of; empty if it has not been told."""


def is_id(value: str) -> bool:
    """Whether ``value`` can be the id of a user, device or message: 1 to 64 of ``A–Z a–z 0–9 _ -``."""
    return _ID.fullmatch(value) is not None


def is_media_id(value: str) -> bool:
    """Whether ``value`` can be the id of an uploaded file, which the server has chosen."""
    return _MEDIA.fullmatch(value) is not None


def direct(one: str, other: str) -> str:
    """The id of the conversation between two users, in whichever order they are given."""
    first, second = sorted((one, other))
    return f"dm:{first}:{second}"


def address(user: str, where: str) -> tuple[str, str | None]:
    """The conversation that ``where`` (a user or a conversation) means to ``user``, and its other user if it has one.

    Raises:
        ValueError: ``where`` is not a conversation that this user could be in.
    """
    if ":" not in where:
        if not is_id(where):
            raise ValueError(f"not a user or conversation: {where!r}")
        if where == user:
            raise ValueError("a conversation needs somebody else")
        return direct(user, where), where
    if _CONVERSATION.fullmatch(where) is None:
        raise ValueError(f"not a user or conversation: {where!r}")
    kind, *members = where.split(":")
    if kind == "g":
        return where, None
    if user not in members or members[0] >= members[1]:
        raise ValueError(f"not one of your conversations: {where}")
    return where, members[1] if members[0] == user else members[0]


def check_content(text: str, media: tuple[str, ...] = ()) -> None:
    """Refuse a message that no server would accept.

    Raises:
        ValueError: it is empty or only blanks, too long or not Unicode (half a surrogate pair), or its media are no ids
            of uploads.
    """
    if len(media) > MEDIA_LIMIT:
        raise ValueError(f"a message has at most {MEDIA_LIMIT} media, and this has {len(media)}")
    for name in media:
        if not is_media_id(name):
            raise ValueError(f"not the id of media: {name!r}")
    if not text.strip() and not media:
        raise ValueError("a message cannot be empty")
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"a message is at most {TEXT_LIMIT} characters, and this has {len(text)}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the message is not valid Unicode") from None
