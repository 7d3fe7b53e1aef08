"""The values of analytics. All are immutable; times are milliseconds since the epoch."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from parley.core.session import Role

Kind = Literal["joined", "started", "message", "delivered", "read", "pushed", "connected", "disconnected", "media"]
"""What can happen. In this order: a user is new; a conversation has its first entry; a message is stored; a recipient's
delivered or read mark moves; a recipient has been sent a push; a socket opens or closes; an upload is verified.
"""


class Happening(Struct, frozen=True):
    """Something that a user did or that happened to them, under their real user id. It never leaves the process."""

    id: str
    """The same however often the same change is read."""
    kind: Kind
    at: int
    user: str
    conversation: str = ""
    seq: int = 0
    """Of the entry, or where the mark is now."""
    prior: int = 0
    """Where the mark was before."""
    subject: str = ""
    """What tells two sockets, or two files, of one user apart."""
    size: int = 0
    """Of a text in characters, of a file in bytes."""
    detail: str = ""
    """Of a file its sort (image, video, audio or application), of a message ``text`` or ``media``."""


class Subject(Struct, frozen=True):
    """A user as analytics knows them: the key of their pseudonyms, and their role."""

    key: str
    """64 hexadecimal digits. It is erased with the account, and then nothing leads from an event to the user."""
    role: Role


class Event(Struct, frozen=True):
    """A row of the table ``events``, as ``infra/templates/analytics.yaml`` declares it and the queries read it."""

    event: str
    kind: Kind
    day: str
    """The day (UTC) of ``at_ms``, as YYYY-MM-DD."""
    at_ms: int
    pseudonym: str
    role: Role
    conversation: str
    seq: int
    prior: int
    subject: str
    size: int
    detail: str


def pseudonym(user: str, subject: Subject) -> str:
    """The name under which a user is recorded."""
    return _keyed(subject.key, user)


def conversation_pseudonym(conversation: str, keys: list[str]) -> str:
    """The name under which a conversation is recorded, by the keys of those of its members who are still there.

    A conversation's id contains its members' ids, so that it is keyed with their keys. When one of them is erased, it
    gets another name; without that key nothing leads from the old name to the erased member.
    """
    return _keyed("".join(sorted(keys)), conversation)


def day_of(at: int) -> str:
    """The day (UTC), as YYYY-MM-DD."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")


def _keyed(key: str, what: str) -> str:
    return hmac.digest(key.encode(), what.encode(), hashlib.sha256).hex()[:32]
