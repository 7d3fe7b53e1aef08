"""Presence: who is online, told only to those who may know."""

from chat import frames, ids
from chat.model import Reach, Session
from chat.ports import Directory


def presence(command: frames.Presence, session: Session, now: int, directory: Directory) -> frames.PresenceOf:
    """Answer for each user asked after.

    Providers are visible to everybody, consumers to those who share a conversation with them, and nobody to
    whom they have blocked. Whoever is not visible, or does not exist, is answered as offline, not seen.
    """
    users = list(dict.fromkeys(command.users))
    others = [u for u in users if u != session.user]
    shared = {u: (session.user, ids.direct(session.user, u)) for u in others}
    found = directory.find(reach=users, memberships=shared.values(), blocks=[(u, session.user) for u in others])

    def told(user: str) -> frames.Online:
        reach = found.reach.get(user)
        if reach is None or not visible(user, reach):
            return frames.Online(online=False, seen=None)
        return frames.Online(online=bool(reach.live(now)), seen=reach.seen or None)

    def visible(user: str, reach: Reach) -> bool:
        if user == session.user:
            return True
        if (user, session.user) in found.blocks:
            return False
        return reach.role == "provider" or shared[user] in found.memberships

    return frames.PresenceOf(id=command.id, users={u: told(u) for u in users})
