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
    """When it is dead at the latest: when the socket's lifetime or its token's ends, whichever is first."""
    closing: bool = False
    """It is to be closed, and perhaps could not be yet. Anyone who would post to it closes it instead."""


class PushDevice(Struct, frozen=True):
    """A device that a push can reach."""

    id: str
    platform: Platform
    endpoint: str


class Registration(Struct, frozen=True):
    """A push device, and what its app said about it when it last registered."""

    device: PushDevice
    app_version: str
    locale: str
    at: int


class Recipient(Struct, frozen=True):
    """Where a user can be reached. A user exists if, and only if, they have one of these."""

    user: str
    role: Role
    seen: int
    """The last time the user was known to be online; 0 for never."""
    name: str = ""
    photo: str = ""
    """A media id, or empty."""
    connections: tuple[Connection, ...] = ()
    devices: tuple[PushDevice, ...] = ()

    def live(self, now: int) -> tuple[Connection, ...]:
        """The connections that have not expired yet."""
        return tuple(c for c in self.connections if c.expires > now)
