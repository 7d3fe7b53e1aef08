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
        """Where each of these users can be reached; a user who does not exist is left out.

        Unless ``strong``, an answer may be slightly old.
        """
        ...

    def add_connection(self, user: str, role: Role, connection: Connection) -> Recipient:
        """Record a live connection; answer where the user is reached now.

        One write. Makes the user exist, with ``role``, if they did not; else their role is left as it is.
        """
        ...

    def remove_connections(self, user: str, connections: Sequence[str], seen: int | None) -> None:
        """Forget connections, and remember when the user was last seen, where that is known.

        Unknown connections, and unknown users, are no error.
        """
        ...


class Users(Protocol):
    """Who exists."""

    def upsert_user(self, user: str, role: Role, name: str) -> None:
        """Make the user exist, with a role. Repeating it changes the role, and the name only where there is none yet:
        a name is the user's own to change.
        """
        ...


class ReleasedEndpoint(Struct, frozen=True):
    """An endpoint without an owner; only the holder of this value may delete it."""

    endpoint: str
    until: int
    """In ms: by then it is deleted, or whoever was to delete it is dead. From then on anyone may take or delete it."""


class RegistrationResult(Struct, frozen=True):
    """What a registration changed."""

    renewed: bool
    """The device had this endpoint already, and only what its app says of it has changed."""
    left: ReleasedEndpoint | None = None
    """The endpoint that it had before."""


class Devices(Protocol):
    """Which user's which device an endpoint pushes to: at any moment one device of one user, or none.

    A deletion at the push service cannot be made conditional, and would hit whoever has registered meanwhile. So an
    endpoint is first *left*: until it is deleted, nobody may register it. What is left too long is told by ``overdue``.
    """

    def register(self, user: str, registration: Registration, most: int, until: int) -> RegistrationResult:
        """Give an endpoint to a user's device at ``registration.at``. Whoever had it has it no longer.

        The one that the device had before is left, until ``until``. All of it, or nothing.

        Raises:
            NotFound: there is no such user.
            BadRequest: it would be one device more than ``most``, however many are registered at once.
            Unavailable: also while the endpoint is being left.
        """
        ...

    def registrations(self, user: str, devices: Sequence[PushDevice]) -> list[Registration]:
        """What is known of the user's own devices, in no order; one that has just been taken away is left out."""
        ...

    def leave(self, user: str, registration: Registration, until: int) -> ReleasedEndpoint | None:
        """Forget a device and leave its endpoint; None, and nothing done, if anybody has registered it since."""
        ...

    def abandon(self, endpoint: str, now: int, until: int) -> ReleasedEndpoint | None:
        """Leave an endpoint that nobody has; None, and nothing done, if somebody has it, or leaves it at ``now``."""
        ...

    def deleted(self, left: ReleasedEndpoint) -> None:
        """It is gone from the push service, and may be registered again, should it come back."""
        ...

    def overdue(self, now: int, limit: int) -> list[ReleasedEndpoint]:
        """What was left until ``now`` or earlier, and is not known to be deleted; the longest first."""
        ...


class Delivery(Enum):
    """How handing a frame to one socket, or a push to one device, ended."""

    DONE = "done"
    GONE = "gone"
    """It will never work again: forget the socket, or the endpoint."""
    LATER = "later"
    """Not now: a slow reader, a throttle, a fault on the way."""
    REFUSED = "refused"
    """Not before an operator has mended something: a permission, an expired certificate. Repeating it is no use."""


class Sockets(Protocol):
    """Live sockets. A frame taken here may still be lost on its way to a device that has vanished."""

    def post(self, connections: Sequence[str], event: Event) -> list[Delivery]:
        """Hand one event to each connection, side by side; how each ended, in the same order. Never raises."""
        ...

    def close(self, connections: Sequence[str]) -> list[Delivery]:
        """Close sockets: each is GONE, or else may still be open. Never raises."""
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
    """What it is about, where it is about media and not about an entry."""


class Push(Protocol):
    """The platforms' push services."""

    def send(self, devices: Sequence[PushDevice], notification: Notification) -> list[Delivery]:
        """Push to each device, side by side; how each ended, in the same order. Never raises.

        A later push about the same conversation replaces an earlier one on the device's screen.
        """
        ...

    def register(self, platform: Platform, token: str, known: str | None) -> str:
        """The endpoint that reaches the device holding ``token``, enabled: ``known`` only if that is the token's.

        An endpoint never changes its token, so that it reaches one and the same phone as long as it is there.

        Raises:
            BadRequest: the platform refuses the token.
        """
        ...

    def dead(self, endpoint: str) -> bool:
        """Whether an endpoint will never work again as it is: it is gone, or disabled."""
        ...

    def forget(self, endpoint: str) -> bool:
        """Delete an endpoint; whether it is gone now. Never raises."""
        ...
