"""The values that describe an upload. All are immutable; times are milliseconds since the epoch."""

import re
from typing import Literal, get_args

from msgspec import Struct

from parley.chat.model import MediaState
from parley.core import ids

Type = Literal[
    "image/jpeg", "image/png", "image/webp", "image/gif",
    "video/mp4", "video/quicktime",
    "audio/mp4", "audio/aac", "audio/mpeg", "audio/ogg",
    "application/pdf",
]  # fmt: skip
"""The types that may be uploaded: what phones record and every platform shows, and nothing that a browser would run."""

_MB = 1024 * 1024
_LARGEST = {"image": 20 * _MB, "video": 100 * _MB, "audio": 25 * _MB, "application": 25 * _MB}

FORM_S = 15 * 60
"""For how many seconds an upload may begin."""
LINK_S = 5 * 60
"""For how many seconds a link works."""
GRACE_DAYS = 3
"""The number of days after which an upload that was not finished, or that nothing refers to, is collected. It is much
longer than ``parley.chat.ports.ATTACH_MS``, so that whatever refers to it in time has been noted by then."""
DAILY_BYTES = 2 * 1024 * _MB
DAILY_FILES = 500
"""How many bytes and files a user may begin to upload in a day (UTC)."""

_KEY = re.compile(r"(?:images|files)/([^/]+)")
_FOLDER = {True: "images", False: "files"}


class Media(Struct, frozen=True):
    """An upload, from the moment at which it is allowed."""

    id: str
    owner: str
    scope: str
    """The conversation that it is for, or ``parley.chat.model.PROFILE``."""
    type: Type
    size: int
    sha256: str
    """64 hexadecimal digits."""
    created: int
    state: MediaState = "pending"
    reason: str = ""
    """Why it was refused."""
    width: int = 0
    height: int = 0
    """The width and height, in pixels, of an image as it is shown; 0 for everything else."""
    thumbnail: bool = False
    waiting: tuple[str, ...] = ()
    """The users who have asked for it while it was in the archive."""

    @property
    def is_image(self) -> bool:
        return is_image(self.type)

    @property
    def key(self) -> str:
        """Where its bytes are stored. Images are kept apart, because another function verifies them."""
        return f"{_FOLDER[self.is_image]}/{self.id}"

    @property
    def thumbnail_key(self) -> str:
        return thumbnail_key(self.id)


class StoredObject(Struct, frozen=True):
    """What is stored under a key."""

    size: int
    sha256: str


class Form(Struct, frozen=True):
    """Where to post, and the fields to post before the file. They contain a signature, and allow only this file."""

    url: str
    fields: dict[str, str]


class Picture(Struct, frozen=True):
    """The size of an image as it is shown (upright), and a small version of it as WebP."""

    width: int
    height: int
    thumbnail: bytes


def is_image(kind: str) -> bool:
    """Whether a type is one of the image types."""
    return kind.startswith("image/")


def largest(kind: Type) -> int:
    """The most bytes that a file of this type may have."""
    return _LARGEST[kind.partition("/")[0]]


def types() -> tuple[str, ...]:
    """All types that may be uploaded."""
    return get_args(Type)


def thumbnail_key(media_id: str) -> str:
    """Where an image's thumbnail is, if it has one."""
    return f"thumbnails/{media_id}.webp"


def id_of(key: str) -> str | None:
    """The id of the media whose bytes are stored under a key; None if the key is not of that form."""
    match = _KEY.fullmatch(key)
    return match[1] if match and ids.is_ulid(match[1]) else None
