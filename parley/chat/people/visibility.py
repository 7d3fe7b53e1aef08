"""Who may see whom: providers are public, and consumers are visible to those they talk with.

Nobody is visible to a user whom they have blocked.
"""

from collections.abc import Iterable
from typing import Any

from parley.chat import conversations
from parley.chat.ports import Snapshot
from parley.core.session import Session
from parley.delivery.model import Recipient


def question(session: Session, users: Iterable[str]) -> dict[str, Any]:
    """What to ask ``Snapshots.find`` for, so that ``sees`` can decide about these users."""
    others = [u for u in users if u != session.user]
    return {
        "recipients": [*others, session.user],
        "memberships": [(session.user, conversations.direct(session.user, u)) for u in others],
        "blocks": [(u, session.user) for u in others],
    }


def sees(session: Session, user: str, found: Snapshot) -> Recipient | None:
    """The user, if the asker may see them; None if not, or if there is no such user."""
    recipient = found.recipients.get(user)
    if recipient is None or user == session.user:
        return recipient
    if (user, session.user) in found.blocks:
        return None
    shared = (session.user, conversations.direct(session.user, user)) in found.memberships
    return recipient if recipient.role == "provider" or shared else None
