"""The values a user is described by. All are immutable; times are milliseconds since the epoch."""

from typing import Literal

from msgspec import Struct

from chat.model import Reach, Role

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


def unwritten(reach: Reach) -> Profile:
    """The profile of one who has told nothing yet."""
    return Profile(user=reach.user, role=reach.role, name=reach.name, photo=reach.photo)
