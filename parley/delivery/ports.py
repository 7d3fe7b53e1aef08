"""What delivery needs from the world: live connections, sockets, push devices and the push services.

``parley.delivery.memory`` and ``parley.delivery.aws`` each implement all of it, and one contract suite
(``tests/contract``) holds both to the words below. Every method may raise ``parley.core.errors.Unavailable`` when the
service behind it is throttled or down; the caller may then repeat the call.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Protocol

from msgspec import Struct

from parley.core.session import Role
from parley.delivery.events import Event
from parley.delivery.model import Connection, Platform, PushDevice, Recipient, Registration


class Connections(Protocol):
    """Where users can be reached: their live connections and their push devices."""

    def recipients(self, users: Iterable[str], *, strong: bool = False) -> dict[str, Recipient]:
        """Where each of these users can be reached. A user who does not exist is left out.

        Unless ``strong`` is set, the result may be slightly out of date.
        """
        ...

    def add_connection(self, user: str, role: Role, connection: Connection) -> Recipient:
        """Record a live connection, and return where the user can be reached now.

        This is one write, or two if the user does not exist. It then creates them with ``role``; otherwise it leaves
        their role as it is.
        """
        ...

    def remove_connections(self, user: str, connections: Sequence[str], seen: int | None) -> None:
        """Forget connections, and record when the user was last seen, if that is known.

        Unknown connections and unknown users are not an error.
        """
        ...

    def mark_closing(self, user: str, connections: Sequence[str]) -> None:
        """Note that connections are to be closed by anyone who would post to them. Unknown ones stay unknown."""
        ...


class Users(Protocol):
    """Who exists."""

    def upsert_user(self, user: str, role: Role, name: str) -> None:
        """Create the user with a role. Repeating this changes the role, but changes the name only if there is none yet:
        only the user may change their name.
        """
        ...


class ReleasedEndpoint(Struct, frozen=True):
    """An endpoint without an owner; only the holder of this value may delete it."""

    endpoint: str
    until: int
    """In ms. By then it is deleted, or whoever was to delete it is dead; from then on anyone may take or delete it."""


class InUse(Struct, frozen=True):
    """Nothing was done, because somebody has registered the endpoint since, or is about to delete it."""


IN_USE = InUse()


class RegistrationResult(Struct, frozen=True):
    """What a registration changed."""

    renewed: bool
    """The device already had this endpoint, and only what its app says about it has changed."""
    left: ReleasedEndpoint | None = None
    """The endpoint that it had before."""


class Devices(Protocol):
    """Which device of which user an endpoint pushes to: at any moment one device of one user, or none.

    A deletion at the push service cannot be made conditional, and would hit whoever has registered in the meantime. So
    an endpoint is first *left*: until it is deleted, nobody may register it. ``overdue`` returns those that were left
    too long ago.
    """

    def register(self, user: str, registration: Registration, most: int, until: int) -> RegistrationResult:
        """Give an endpoint to a user's device at ``registration.at``. Whoever had it before loses it.

        The endpoint that the device had before is left, until ``until``. Either all of this happens, or nothing.

        Raises:
            NotFound: there is no such user.
            BadRequest: the user would have more than ``most`` devices. This holds however many are registered at once.
            Unavailable: raised also while the endpoint is being left.
        """
        ...

    def registrations(self, user: str, devices: Sequence[PushDevice]) -> list[Registration]:
        """The registrations of these devices of the user, in no particular order. One just taken away is left out."""
        ...

    def leave(self, user: str, registration: Registration, until: int) -> ReleasedEndpoint | InUse:
        """Forget a device and leave its endpoint. Nothing is done if anyone has registered it since."""
        ...

    def abandon(self, endpoint: str, now: int, until: int) -> ReleasedEndpoint | InUse:
        """Leave an endpoint that nobody has. Nothing is done if somebody has it, or is leaving it at ``now``."""
        ...

    def deleted(self, left: ReleasedEndpoint) -> None:
        """Note that an endpoint is gone from the push service. It may be registered again if it comes back."""
        ...

    def overdue(self, now: int, limit: int) -> list[ReleasedEndpoint]:
        """The endpoints that were left until ``now`` or earlier and are not known to be deleted, the oldest first."""
        ...


class Delivery(Enum):
    """How handing a frame to one socket, or a push to one device, ended."""

    DONE = "done"
    GONE = "gone"
    """It will never work again: forget the socket or the endpoint."""
    LATER = "later"
    """Not now: because of a slow reader, a throttle, or a fault on the way."""
    REFUSED = "refused"
    """Not until an operator has fixed something: a permission, or an expired certificate. Repeating it is no use."""


class Sockets(Protocol):
    """Live sockets. A frame that was accepted may still be lost on its way to a device that has vanished."""

    def post(self, connections: Sequence[str], event: Event) -> list[Delivery]:
        """Hand one event to all connections in parallel; return how each ended, in the same order. Never raises."""
        ...

    def close(self, connections: Sequence[str]) -> list[Delivery]:
        """Close sockets. Each is returned as GONE; otherwise it may still be open. Never raises."""
        ...


class Notification(Struct, frozen=True):
    """A push, before it takes a platform's shape."""

    conversation: str
    seq: int
    badge: int
    title: str
    text: str
    sender: str
    media: str = ""
    """The media that it is about, if it is about media and not about an entry."""


class Push(Protocol):
    """The platforms' push services."""

    def send(self, devices: Sequence[PushDevice], notification: Notification) -> list[Delivery]:
        """Push to all devices in parallel; return how each ended, in the same order. Never raises.

        A later push about the same conversation replaces an earlier one on the device's screen.
        """
        ...

    def register(self, platform: Platform, token: str, known: str | None) -> str:
        """The endpoint, enabled, that reaches the device with ``token``: ``known`` only if that belongs to the token.

        An endpoint never changes its token, so it reaches one and the same phone as long as it exists.

        Raises:
            BadRequest: the platform refuses the token.
        """
        ...

    def dead(self, endpoint: str) -> bool:
        """Whether an endpoint will never work again as it is, because it is gone or disabled."""
        ...

    def forget(self, endpoint: str) -> bool:
        """Delete an endpoint, and return whether it is gone now. Never raises."""
        ...
