"""The closed union of entries, by kind, and what depends on the kind: whether it counts as unread,
is previewed, is pushed.

A new kind is a class here (and in ``Entry``), and the body that ``rest.entries`` shows of it: frames, storage, effects
and summaries follow from what the class says.
"""

from typing import Any, ClassVar

import msgspec
from msgspec import Struct

PREVIEW_LENGTH = 120
"""Characters of a text kept in a summary, and shown in a push."""
_MEDIA = "\N{PAPERCLIP}"


class _Line(Struct, frozen=True, tag_field="kind"):
    """What every entry has."""

    conversation: str
    seq: int
    """1, 2, 3 … without gaps."""
    count: int
    """How many counted entries there are up to and including this one; unread is a difference of two counts."""
    id: str
    """The sender's own id for it: sending the same id again stores nothing."""
    sender: str
    at: int
    """In ms."""

    counts: ClassVar[bool] = False
    """Whether it is unread until it is read."""
    pushed: ClassVar[bool] = False
    """Whether a recipient whom it has not reached gets a push."""

    @property
    def preview(self) -> str | None:
        """One line of it for a list of conversations; None where the line shown stays that of an earlier entry."""
        return None

    @property
    def media(self) -> tuple[str, ...]:
        """The media it refers to."""
        return ()


class Body(Struct, frozen=True, omit_defaults=True):
    """What a sender wrote: a text, media, or both."""

    text: str
    media: tuple[str, ...] = ()
    """Media ids."""


class MessageEntry(_Line, frozen=True, tag="message"):
    """Something a member wrote."""

    body: Body

    kind: ClassVar[str] = "message"
    counts: ClassVar[bool] = True
    pushed: ClassVar[bool] = True

    @property
    def preview(self) -> str:
        """The text in one line, cut where it is long; where there are only media, a sign that needs no language."""
        line = " ".join(self.body.text.split()) or (_MEDIA if self.body.media else "")
        return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1] + "…"

    @property
    def media(self) -> tuple[str, ...]:
        return self.body.media


class Event(Struct, frozen=True, omit_defaults=True):
    """Something that happened to a conversation, by code: apps put it into their users' language."""

    code: str
    about: tuple[str, ...] = ()
    """The users it is about."""


class SystemEntry(_Line, frozen=True, tag="system"):
    """Something that happened, such as ``conversation_started``; it is neither unread, previewed nor pushed."""

    body: Event

    kind: ClassVar[str] = "system"


Entry = MessageEntry | SystemEntry


_KINDS: dict[str, tuple[type[Any], type[Any]]] = {"message": (MessageEntry, Body), "system": (SystemEntry, Event)}


def kind_of(name: str) -> tuple[type[Any], type[Any]]:
    """The class of a kind's entries, and that of their bodies, whose fields are strings and tuples of strings.

    Raises:
        ValueError: there is no such kind.
    """
    try:
        return _KINDS[name]
    except KeyError:
        raise ValueError(f"no kind of entry is called {name!r}") from None


def body_fields(entry: Entry) -> dict[str, str | tuple[str, ...]]:
    """The fields of an entry's body, without those that are empty by default."""
    fields: dict[str, str | tuple[str, ...]] = msgspec.structs.asdict(entry.body)
    return {name: value for name, value in fields.items() if value != ()}
