"""What the HTTP API returns. Times are in milliseconds since the epoch; texts that are not given are empty.

Fields that this version does not know are ignored, so that a newer server does not break an older client.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from parley_client.protocol import wire
from parley_client.protocol.values import Entry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Me:
    """The user's own profile; the last three are None for consumers."""

    user: str
    role: str
    version: int
    name: str
    about: str
    photo: str
    locale: str
    category: str | None = None
    business: str | None = None
    availability: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """What others may see of a user; the last three are None for consumers."""

    user: str
    role: str
    version: int
    name: str
    about: str
    photo: str
    category: str | None = None
    business: str | None = None
    availability: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device that pushes reach; ``at`` is when its app last registered."""

    device: str
    platform: str
    app_version: str
    locale: str
    at: int


@dataclass(frozen=True, slots=True)
class Other:
    """The other member of a conversation. Only ``user`` is set if the caller may not learn more about them."""

    user: str
    name: str = ""
    photo: str = ""
    role: str = ""
    online: bool = False
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Last:
    """The newest message, at most a few seconds old."""

    seq: int
    at: int
    sender: str
    preview: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The user's own marks and preferences in a conversation. ``muted`` is when the mute ends; 0 if it is not muted."""

    conversation: str
    delivered: int
    read: int
    muted: int
    archived: bool
    pinned: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in the inbox."""

    settings: Settings
    other: Other
    last: Last | None
    unread: int

    @property
    def conversation(self) -> str:
        """The conversation's id."""
        return self.settings.conversation


@dataclass(frozen=True, slots=True)
class History:
    """Entries by ascending seq. ``more`` says whether there are further ones in the requested direction."""

    entries: tuple[Entry, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored message's place in its conversation."""

    id: str
    conversation: str
    seq: int
    count: int
    at: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """A blocked user."""

    user: str
    name: str
    photo: str


@dataclass(frozen=True, slots=True)
class Report:
    """A stored report; ``user`` is the user whom it is about."""

    id: str
    user: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Upload:
    """Where to post a file: send the fields as they are, then ``file``, and begin before ``expires``."""

    media: str
    url: str
    fields: dict[str, str]
    expires: int


@dataclass(frozen=True, slots=True)
class Media:
    """An uploaded file. ``url`` and ``thumbnail`` work for anyone who has them, until ``expires``.

    Attributes:
        state: ``pending``, ``ready``, ``refused`` (and ``reason`` why), ``archived``, ``restoring`` or ``removed``.
        within: the conversation that the file is for, or ``profile``.
    """

    media: str
    state: str
    type: str
    size: int
    sha256: str
    within: str
    owner: str
    created: int
    reason: str = ""
    width: int = 0
    height: int = 0
    url: str = ""
    thumbnail: str = ""
    expires: int = 0


@dataclass(frozen=True, slots=True)
class Datum:
    """A value that the app keeps for its user under a key."""

    key: str
    version: int
    deleted: bool
    value: Any = None


@dataclass(frozen=True, slots=True)
class DataChanges:
    """What has changed; pass ``version`` next time. With ``reset`` these are all the values: discard what you hold."""

    changes: tuple[Datum, ...]
    version: int
    reset: bool


@dataclass(frozen=True, slots=True)
class Export:
    """Everything about the user, as a zip archive. ``url`` works for anyone who has it, for some minutes."""

    url: str
    size: int
    made: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """An account that is to be erased from ``due`` on. Once that has ``begun``, it cannot be undone."""

    asked: int
    due: int
    begun: bool


def read(kind: type[T], data: Mapping[str, Any]) -> T:
    """Read a flat dataclass.

    Raises:
        TypeError: a field is missing.
    """
    return kind(**{f.name: data[f.name] for f in fields(kind) if f.name in data})  # type: ignore[arg-type]


def summary(data: Mapping[str, Any]) -> Summary:
    """Read a conversation of the inbox."""
    last = data["last"]
    return Summary(
        settings=read(Settings, data),
        other=read(Other, data["other"]),
        last=read(Last, last) if last else None,
        unread=data["unread"],
    )


def history(data: Mapping[str, Any]) -> History:
    """Read a page of entries."""
    return History(tuple(wire.entry(e) for e in data["entries"]), data["more"])
