"""Where users can be reached. All values are immutable; times are milliseconds since the epoch."""

from typing import Literal

from msgspec import Struct

from parley.core.session import Role

Platform = Literal["apns", "apns_sandbox", "fcm"]


class Connection(Struct, frozen=True):
    """One live socket of a device."""

    id: str
    device: str
    at: int
    """When it was opened."""
    expires: int
    """When it is dead at the latest: the socket's lifetime or its token's, whichever ends first."""


class PushDevice(Struct, frozen=True):
    """A device that a push can reach."""

    id: str
    platform: Platform
    endpoint: str


class Registration(Struct, frozen=True):
    """A push device, and what its app said when it last registered."""

    device: PushDevice
    app_version: str
    locale: str
    at: int


class Recipient(Struct, frozen=True):
    """Where a user can be reached. That a user has one is what it means for the user to exist."""

    user: str
    role: Role
    seen: int
    """The last time they were known to be online; 0 for never."""
    name: str = ""
    photo: str = ""
    """A media id, or empty."""
    connections: tuple[Connection, ...] = ()
    devices: tuple[PushDevice, ...] = ()

    def live(self, now: int) -> tuple[Connection, ...]:
        """The connections not yet past their end."""
        return tuple(c for c in self.connections if c.expires > now)
