"""Events of accounts."""

from typing import Any

from parley.delivery.events import Event


class Profile(Event, frozen=True, tag="profile"):
    """A user one has a conversation with has changed what they tell of themselves; ``version`` only grows."""

    user: str
    version: int
    name: str
    photo: str


class Data(Event, frozen=True, tag="data"):
    """The user's own data has changed, by one of their devices. ``version`` counts all of the user's changes."""

    key: str
    version: int
    deleted: bool
    value: Any
    """Any JSON; null where it is deleted."""
