"""The values a user is described by. All are immutable; times are milliseconds since the epoch."""

from typing import Literal

from msgspec import Struct

from parley.core.session import Role
from parley.delivery.model import Recipient

DAY_MS = 24 * 3600 * 1000

Availability = Literal["available", "busy", "away"]


class Profile(Struct, frozen=True):
    """What a user tells of themselves."""

    user: str
    role: Role
    version: int = 0
    """Grows by one with every change; 0 for one who has not changed anything yet."""
    name: str = ""
    about: str = ""
    photo: str = ""
    """A media id, or empty."""
    locale: str = ""
    """A BCP 47 language tag; the user's own affair, and not shown to others."""
    category: str = ""
    """What a provider is listed under; empty for who is not listed, as every consumer is."""
    business: str = ""
    availability: Availability = "available"

    @property
    def place(self) -> tuple[str, str]:
        """Where a listed provider stands within their category: business name in lower case, user."""
        return (self.business or self.name).lower(), self.user


class Datum(Struct, frozen=True):
    """One of the things an app keeps for a user, the same on all their devices."""

    key: str
    version: int
    """The user's count of changes when it was written: no two changes of a user share one."""
    value: str | None
    """JSON; None where it is deleted."""


class DataIndex(Struct, frozen=True):
    """What a user keeps, without the values: the one place that every change of theirs goes through."""

    version: int = 0
    """How many changes there have been."""
    kept: dict[str, int] = {}
    """The version of each key."""
    deleted: dict[str, int] = {}
    """The version at which a key was deleted, of the latest deletions."""
    forgotten: int = 0
    """Deletions up to this version are not in ``deleted`` any more."""


Stage = Literal["waiting", "begun", "cut", "erased"]
"""Of an account that leaves: it may still stay; it may not, and is being cut off; nobody holds a token of it; nothing
is left but what late invocations write."""


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
    """When it was ready; 0 until then."""
    size: int = 0
    """In bytes."""

    @property
    def key(self) -> str:
        return f"exports/{self.user}/{self.id}.zip"


def unwritten(recipient: Recipient) -> Profile:
    """The profile of one who has told nothing yet."""
    return Profile(user=recipient.user, role=recipient.role, name=recipient.name, photo=recipient.photo)
