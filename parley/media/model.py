"""The values an upload is described by. All are immutable; times are milliseconds since the epoch."""

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
"""What may be uploaded: what phones record and every platform shows, and nothing that a browser would run."""

_MB = 1024 * 1024
_LARGEST = {"image": 20 * _MB, "video": 100 * _MB, "audio": 25 * _MB, "application": 25 * _MB}

FORM_S = 15 * 60
"""Seconds for which an upload may begin."""
LINK_S = 5 * 60
"""Seconds for which a link works."""
GRACE_DAYS = 3
"""Days after which an upload that was not finished, or that nothing refers to, is collected. Well more than
``parley.chat.ports.ATTACH_MS``, so that whatever refers to it in time has been noted by then."""
DAILY_BYTES = 2 * 1024 * _MB
DAILY_FILES = 500
"""What a user may begin to upload in a day (UTC)."""

_KEY = re.compile(r"(?:images|files)/([^/]+)")
_FOLDER = {True: "images", False: "files"}


class Media(Struct, frozen=True):
    """An upload, from the moment that it is allowed."""

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
    """Of an image as it is shown, in pixels; 0 of all else."""
    thumbnail: bool = False
    waiting: tuple[str, ...] = ()
    """Who has asked for it while it was in the archive."""

    @property
    def is_image(self) -> bool:
        return is_image(self.type)

    @property
    def key(self) -> str:
        """Where its bytes are; images apart, since another function verifies them."""
        return f"{_FOLDER[self.is_image]}/{self.id}"

    @property
    def thumbnail_key(self) -> str:
        return thumbnail_key(self.id)


class Stored(Struct, frozen=True):
    """What the store has under a key."""

    size: int
    sha256: str


class Form(Struct, frozen=True):
    """What to post to, and the fields to post before the file; they hold a signature, and allow this file alone."""

    url: str
    fields: dict[str, str]


class Picture(Struct, frozen=True):
    """An image as it is shown (upright), and a small one of it as WebP."""

    width: int
    height: int
    thumbnail: bytes


def is_image(kind: str) -> bool:
    """Whether a type is an image's."""
    return kind.startswith("image/")


def largest(kind: Type) -> int:
    """Bytes that a file of this type may have."""
    return _LARGEST[kind.partition("/")[0]]


def types() -> tuple[str, ...]:
    """All that may be uploaded."""
    return get_args(Type)


def thumbnail_key(media_id: str) -> str:
    """Where an image's thumbnail is, if it has one."""
    return f"thumbnails/{media_id}.webp"


def id_of(key: str) -> str | None:
    """The media whose bytes a key is for; None where it is not such a key."""
    match = _KEY.fullmatch(key)
    return match[1] if match and ids.is_ulid(match[1]) else None
