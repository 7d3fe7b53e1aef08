"""Presence: who is online, told only to those who may know."""

from collections.abc import Iterable

from msgspec import Struct

from parley.chat.people import visibility
from parley.chat.ports import Snapshots
from parley.core.session import Session


class Online(Struct, frozen=True):
    """Whether a user is reachable now, and when they last were (in ms; null if that is unknown or not told)."""

    online: bool
    seen: int | None


def presence(wanted: Iterable[str], session: Session, now: int, snapshots: Snapshots) -> dict[str, Online]:
    """The presence of each of these users.

    Anyone who is not visible to the asker, or does not exist, is reported as offline, with ``seen`` unknown.
    """
    users = list(dict.fromkeys(wanted))
    found = snapshots.find(**visibility.question(session, users))

    def told(user: str) -> Online:
        recipient = visibility.sees(session, user, found)
        if recipient is None:
            return Online(online=False, seen=None)
        return Online(online=bool(recipient.live(now)), seen=recipient.seen or None)

    return {u: told(u) for u in users}
