"""What the rules need from the world. ``chat.memory`` and ``chat.aws`` each implement all of it, and one
contract suite (``tests/contract``) holds both to the words below.

Every method may raise ``chat.errors.Unavailable`` when the service behind it is throttled or down; the
caller may then repeat the call.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Protocol, TypeVar

from msgspec import Struct

from chat.model import (
    Attachment,
    Connection,
    Entry,
    Head,
    Membership,
    Platform,
    PushDevice,
    Reach,
    Registration,
    Report,
    Role,
)

ATTACH_MS = 24 * 3600 * 1000
"""How long after an upload something may first refer to it: the notifier has noted that well before it is collected."""

A = TypeVar("A")
B = TypeVar("B")


class Log(Protocol):
    """Conversations' entries, each conversation in one dense order."""

    def newest(self, conversation: str, since: int, limit: int, *, strong: bool) -> list[Entry]:
        """The newest ``limit`` entries whose seq is at least ``since``, in ascending order.

        Unless ``strong``, the newest may be missing, or any other; with it, every acknowledged one is there.
        """
        ...

    def after(self, conversation: str, seq: int, limit: int) -> tuple[list[Entry], bool]:
        """The first entries behind ``seq``, at most ``limit``, ascending, read strongly; and whether more may follow.

        Empty only at the end of the log.
        """
        ...

    def before(self, conversation: str, seq: int, limit: int) -> list[Entry]:
        """The last entries ahead of ``seq``, at most ``limit``, ascending, read strongly; fewer where they are large.

        Empty only at the beginning of the log.
        """
        ...

    def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
        """The entry at ``seq``, or None where the log has not got that far; unless ``strong``, perhaps not yet."""
        ...

    def append(self, entry: Entry, members: Sequence[str]) -> Entry | None:
        """Store ``entry`` at its seq if that slot is free, durably, and answer None; else the entry that holds it.

        Atomic: of any number of racing writers one wins. The first entry of a conversation (seq 1) also creates
        the membership of each of ``members``, or nothing at all is stored.
        """
        ...


class Found(Struct):
    """What a lookup found; what does not exist is simply not in it."""

    reach: dict[str, Reach]
    memberships: dict[tuple[str, str], Membership]
    blocks: set[tuple[str, str]]
    heads: dict[str, Head]
    media: dict[str, Attachment] = {}


class Directory(Protocol):
    """Who can be reached where, who is in which conversation, and who blocks whom."""

    def find(
        self,
        *,
        reach: Iterable[str] = (),
        memberships: Iterable[tuple[str, str]] = (),
        blocks: Iterable[tuple[str, str]] = (),
        heads: Iterable[str] = (),
        media: Iterable[str] = (),
        strong: bool = False,
    ) -> Found:
        """Look up any mixture in one round trip: users, (user, conversation)s, (user, whom they block)s, conversations,
        media.

        Unless ``strong``, an answer may be slightly old.
        """
        ...

    def memberships(self, user: str, after: str, limit: int) -> tuple[list[Membership], bool]:
        """The user's memberships by ascending conversation id, behind ``after`` (``""`` for all), at most ``limit``,
        read strongly; and whether more may follow. Empty only at the end.
        """
        ...

    def recent(
        self, user: str, after: tuple[int, str] | None, limit: int, *, archived: bool = False
    ) -> tuple[list[tuple[int, str]], bool]:
        """The user's conversations as (place, conversation), in the order of their places: the archived ones or all
        others, those behind ``after``, at most ``limit``; and whether more may follow. What has just changed may be
        missing, or stand where it was.
        """
        ...

    def move_recent(self, membership: Membership, at: int) -> None:
        """Move a membership's ``recent`` forward to ``at``; nothing happens where it is there, or further, or where the
        membership has another place by now.
        """
        ...

    def keep(self, old: Membership, new: Membership) -> Membership | None:
        """Store ``new``'s muted, archived and pinned if ``old``'s place is what is stored, and answer None.

        Else answer what is stored instead.

        Raises:
            NotFound: there is no such membership.
        """
        ...

    def block(self, user: str, other: str) -> None:
        """Let ``user`` block ``other``; repeating it changes nothing.

        Raises:
            NotFound: there is no such ``user``.
        """
        ...

    def unblock(self, user: str, other: str) -> None:
        """Let ``user`` no longer block ``other``; repeating it changes nothing."""
        ...

    def blocked(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        """Whom the user blocks, by ascending user id, behind ``after``, at most ``limit``, read strongly; and whether
        more may follow.
        """
        ...

    def refer(self, media: str) -> None:
        """Note that an entry or a profile refers to media, which are kept from now on; unknown ones are no error."""
        ...

    def unrefer(self, media: str, now: int) -> None:
        """Note that nothing refers to media any more, which are then collected as if uploaded ``now`` (ms)."""
        ...

    def attach(self, user: str, role: Role, connection: Connection) -> Reach:
        """Record a live connection; answer where the user is reached now.

        One write. Makes the user exist, with ``role``, if they did not; else their role is left as it is.
        """
        ...

    def detach(self, user: str, connections: Sequence[str], seen: int | None) -> None:
        """Forget connections, and remember when the user was last seen, where that is known.

        Unknown connections, and unknown users, are no error.
        """
        ...

    def enrol(self, user: str, role: Role, name: str) -> None:
        """Make the user exist, with a role. Repeating it changes the role, and the name only where there is none yet:
        a name is the user's own to change.
        """
        ...

    def advance_head(self, head: Head) -> bool:
        """Move a conversation's head forward; False if it is there or further already.

        What ``sent`` says of each user is remembered in either case, where it is more than was known.
        """
        ...

    def move_marks(self, old: Membership, new: Membership) -> Membership | None:
        """Store ``new``'s delivered, read and read_count if ``old``'s are what is stored, and answer None.

        Else answer what is stored instead. A membership that does not exist is not created:

        Raises:
            NotFound: there is no such membership.
        """
        ...

    def move_pushed(self, user: str, conversation: str, seq: int) -> bool:
        """Move the pushed mark forward; False, and nothing stored, if it is there or further already."""
        ...


class Left(Struct, frozen=True):
    """An endpoint that nobody has, and that only who was handed this deletes."""

    endpoint: str
    until: int
    """In ms: by then it is deleted, or who was to do it is dead. From then on another may have it, or delete it."""


class Taken(Struct, frozen=True):
    """What a registration changed."""

    renewed: bool
    """Nothing but what is told of the device: it had this endpoint already."""
    left: Left | None = None
    """The endpoint that it had before."""


class Devices(Protocol):
    """Which user's which device an endpoint pushes to: at any moment one device of one user, or none.

    A deletion at the push service cannot be made conditional, and would hit whoever has registered meanwhile. So an
    endpoint is first *left*: until it is deleted, nobody may register it. What is left too long is told by ``overdue``.
    """

    def register(self, user: str, registration: Registration, most: int, until: int) -> Taken:
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

    def leave(self, user: str, registration: Registration, until: int) -> Left | None:
        """Forget a device and leave its endpoint; None, and nothing done, if anybody has registered it since."""
        ...

    def abandon(self, endpoint: str, now: int, until: int) -> Left | None:
        """Leave an endpoint that nobody has; None, and nothing done, if somebody has it, or leaves it at ``now``."""
        ...

    def deleted(self, left: Left) -> None:
        """It is gone from the push service, and may be registered again, should it come back."""
        ...

    def overdue(self, now: int, limit: int) -> list[Left]:
        """What was left until ``now`` or earlier, and is not known to be deleted; the longest first."""
        ...


class Reports(Protocol):
    """What users tell the operators of each other."""

    def store(self, report: Report, most: int) -> Report | None:
        """Store a report unless the reporter has stored one under this id, and answer None; else that one.

        Raises:
            RateLimited: the reporter has stored ``most`` on the day (UTC) of ``report.at``; with when it ends.
        """
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

    def post(self, connections: Sequence[str], frame: bytes) -> list[Delivery]:
        """Hand one frame to each connection, side by side; how each ended, in the same order. Never raises."""
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


class Roles(Protocol):
    """What a user's tokens say they are."""

    def grant(self, username: str, role: Role) -> None:
        """Put the role into the tokens issued to this user from now on. Repeating it changes nothing.

        Raises:
            NotFound: there is no such user.
        """
        ...


class Together(Protocol):
    """Runs calls that do not need each other's answers, side by side where the adapter can."""

    def both(self, one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
        """Both answers. If a call raises, its error is raised, after both have ended.

        ``other`` runs in the caller's thread, so it may itself use ``each``.
        """
        ...

    def each(self, call: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """``call`` of every item, in the items' order; errors as in ``both``. Must not be nested in itself."""
        ...
