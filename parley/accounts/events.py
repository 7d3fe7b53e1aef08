"""Events of accounts."""

from typing import Any

from parley.delivery.events import Event


class Profile(Event, frozen=True, tag="profile"):
    """A user with whom one has a conversation has changed their profile. ``version`` only grows."""

    user: str
    version: int
    name: str
    photo: str


class Data(Event, frozen=True, tag="data"):
    """One of the user's devices has changed the user's own data. ``version`` counts all of the user's changes."""

    key: str
    version: int
    deleted: bool
    value: Any
    """Any JSON; null if the key was deleted."""
