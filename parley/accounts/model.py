"""The values that describe a user. All are immutable; times are milliseconds since the epoch."""

from typing import Literal

from msgspec import Struct

from parley.core.session import Role
from parley.delivery.model import Recipient

DAY_MS = 24 * 3600 * 1000

Availability = Literal["available", "busy", "away"]


class Profile(Struct, frozen=True):
    """What a user tells others about themselves."""

    user: str
    role: Role
    version: int = 0
    """It grows by one with every change; 0 for a user who has not changed anything yet."""
    name: str = ""
    about: str = ""
    photo: str = ""
    """A media id, or empty."""
    locale: str = ""
    """A BCP 47 language tag. It is private to the user and not shown to others."""
    category: str = ""
    """What a provider is listed under; empty for anyone who is not listed, which includes every consumer."""
    business: str = ""
    availability: Availability = "available"

    @property
    def place(self) -> tuple[str, str]:
        """A listed provider's place in the order of their category: business name in lower case, then user."""
        return (self.business or self.name).lower(), self.user


class Datum(Struct, frozen=True):
    """One of the things that an app keeps for a user, the same on all their devices."""

    key: str
    version: int
    """The user's count of changes when it was written. No two changes of a user share a version."""
    value: str | None
    """JSON; None if it is deleted."""


class DataIndex(Struct, frozen=True):
    """What is kept for a user, without the values. Every change of the user's data goes through this one value."""

    version: int = 0
    """How many changes there have been."""
    kept: dict[str, int] = {}
    """The version of each key."""
    deleted: dict[str, int] = {}
    """The version at which each key was deleted, for the latest deletions."""
    forgotten: int = 0
    """Deletions up to this version are no longer in ``deleted``."""


Stage = Literal["waiting", "begun", "cut", "erased"]
"""The stage of an account that is leaving. *waiting*: it may still stay. *begun*: it may not, and is being cut off.
*cut*: it is cut off, and once it is due nobody holds a token for it. *erased*: nothing is left except what late
invocations write."""


class DeletionRequest(Struct, frozen=True):
    """An account that is to be erased."""

    user: str
    username: str
    """What the identity provider calls the user."""
    asked: int
    due: int
    """When the next step is to be taken."""
    stage: Stage = "waiting"


class Export(Struct, frozen=True):
    """An archive of everything about a user."""

    user: str
    id: str
    asked: int
    made: int = 0
    """When it became ready; 0 until then."""
    size: int = 0
    """In bytes."""

    @property
    def key(self) -> str:
        return f"exports/{self.user}/{self.id}.zip"


def unwritten(recipient: Recipient) -> Profile:
    """The profile of a user who has not written one yet."""
    return Profile(user=recipient.user, role=recipient.role, name=recipient.name, photo=recipient.photo)
