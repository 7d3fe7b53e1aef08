"""The closed union of entries, by kind, and what depends on the kind: whether an entry counts as unread,
has a preview, and is pushed.

To add a kind, add a class here, to ``Entry`` and to ``_KINDS`` too, and the body that ``rest.entries`` shows of it.
Frames, storage, effects and summaries follow from what the class says.
"""

from typing import Any, ClassVar

import msgspec
from msgspec import Struct

PREVIEW_LENGTH = 120
"""How many characters of a text a summary keeps, and a push shows."""
_MEDIA = "\N{PAPERCLIP}"


class _Line(Struct, frozen=True, tag_field="kind"):
    """What every entry has."""

    conversation: str
    seq: int
    """1, 2, 3 … without gaps."""
    count: int
    """How many counted entries there are up to and including this one; how many are unread is the
    difference of two counts."""
    id: str
    """The sender's own id for the entry: sending the same id again stores nothing."""
    sender: str
    at: int
    """In ms."""

    counts: ClassVar[bool] = False
    """Whether it counts as unread until it has been read."""
    pushed: ClassVar[bool] = False
    """Whether a recipient who has not confirmed it gets a push."""

    @property
    def preview(self) -> str | None:
        """One line of the entry for a list of conversations; None if the list keeps showing an earlier entry's line."""
        return None

    @property
    def media(self) -> tuple[str, ...]:
        """The media that the entry refers to."""
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
        """The text on one line, cut if it is long; if there are only media, a symbol that needs no translation."""
        line = " ".join(self.body.text.split()) or (_MEDIA if self.body.media else "")
        return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1] + "…"

    @property
    def media(self) -> tuple[str, ...]:
        return self.body.media


class Event(Struct, frozen=True, omit_defaults=True):
    """Something that happened to a conversation, as a code, which apps put into their users' language."""

    code: str
    about: tuple[str, ...] = ()
    """The users it is about."""


class SystemEntry(_Line, frozen=True, tag="system"):
    """Something that happened, such as ``conversation_started``; it is never unread, previewed or pushed."""

    body: Event

    kind: ClassVar[str] = "system"


Entry = MessageEntry | SystemEntry


_KINDS: dict[str, tuple[type[Any], type[Any]]] = {"message": (MessageEntry, Body), "system": (SystemEntry, Event)}


def kind_of(name: str) -> tuple[type[Any], type[Any]]:
    """The class of a kind's entries, and the class of their bodies, whose fields are strings or tuples of strings.

    Raises:
        ValueError: there is no such kind.
    """
    try:
        return _KINDS[name]
    except KeyError:
        raise ValueError(f"no kind of entry is called {name!r}") from None


def characters(entry: Entry) -> int:
    """How many characters the entry's body has, which is what an entry's size goes by."""
    return sum(len(value) if isinstance(value, str) else sum(map(len, value)) for value in body_fields(entry).values())


def body_fields(entry: Entry) -> dict[str, str | tuple[str, ...]]:
    """The fields of an entry's body, except empty tuples."""
    fields: dict[str, str | tuple[str, ...]] = msgspec.structs.asdict(entry.body)
    return {name: value for name, value in fields.items() if value != ()}
