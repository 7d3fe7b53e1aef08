"""Presence: who is online, told only to those who may know."""

from parley.chat import frames, visibility
from parley.chat.ports import Snapshots
from parley.core.session import Session


def presence(command: frames.Presence, session: Session, now: int, snapshots: Snapshots) -> frames.PresenceOf:
    """Answer for each user asked after. Whoever is not visible, or does not exist, is answered as offline, not seen."""
    users = list(dict.fromkeys(command.users))
    found = snapshots.find(**visibility.question(session, users))

    def told(user: str) -> frames.Online:
        recipient = visibility.sees(session, user, found)
        if recipient is None:
            return frames.Online(online=False, seen=None)
        return frames.Online(online=bool(recipient.live(now)), seen=recipient.seen or None)

    return frames.PresenceOf(id=command.id, users={u: told(u) for u in users})
