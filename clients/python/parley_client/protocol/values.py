"""What a client holds: entries, messages on their way out, marks. ``at`` is in milliseconds since the epoch."""

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
    """One line of a conversation's log; ``seq`` is the one order everybody sees."""

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
        """What was written, or nothing for a kind of entry that has no text."""
        text = self.body.get("text", "")
        return text if isinstance(text, str) else ""

    @property
    def media(self) -> tuple[str, ...]:
        """The ids of what was attached."""
        media = self.body.get("media", ())
        return tuple(m for m in media if isinstance(m, str)) if isinstance(media, list) else ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message not yet acknowledged. ``to`` is the other user of a direct conversation, else None."""

    id: str
    conversation: str
    to: str | None
    text: str
    media: tuple[str, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """As the server stores it."""
        return {"text": self.text, **({"media": list(self.media)} if self.media else {})}


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that the server refused for good, kept until the app dismisses it or sends it again."""

    message: Outgoing
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Marks:
    """How far a member's devices have got, as the server says."""

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
    """Whether a user is reachable now, and when they were last seen, where that is known."""

    online: bool
    seen: int | None


@dataclass(slots=True)
class SavedState:
    """All that a session has to know of what the file holds: everything but the entries themselves."""

    cursors: dict[str, int] = field(default_factory=dict)
    """By conversation, the highest seq up to which every entry is held."""
    outbox: list[Outgoing] = field(default_factory=list)
    """In the order they were written."""
    marks: list[Marks] = field(default_factory=list)
    undelivered: list[Outgoing] = field(default_factory=list)
    """What the server has refused for good, as far as that is known."""
    intents: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By conversation, own marks (delivered, read) that the server has not confirmed."""


def is_id(value: str) -> bool:
    """Whether ``value`` can be a user, a device or a message: 1 to 64 of ``A–Z a–z 0–9 _ -``."""
    return _ID.fullmatch(value) is not None


def direct(one: str, other: str) -> str:
    """The id of the conversation between two users, the same whoever asks."""
    first, second = sorted((one, other))
    return f"dm:{first}:{second}"


def address(user: str, where: str) -> tuple[str, str | None]:
    """The conversation that ``where`` (a user or a conversation) means to ``user``, and its other user if it has one.

    Raises:
        ValueError: it means none that this user could be in.
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
    """Refuse what no server would take.

    Raises:
        ValueError: empty, too long, not Unicode (half a surrogate pair), or attached what is none of ``Rest.upload``.
    """
    if len(media) > MEDIA_LIMIT:
        raise ValueError(f"a message has at most {MEDIA_LIMIT} media, and this has {len(media)}")
    for name in media:
        if _MEDIA.fullmatch(name) is None:
            raise ValueError(f"not the id of media: {name!r}")
    if not text and not media:
        raise ValueError("a message cannot be empty")
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"a message is at most {TEXT_LIMIT} characters, and this has {len(text)}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the message is not valid Unicode") from None
