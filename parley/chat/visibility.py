"""Who may learn of whom: providers are public, consumers known to those they talk with, nobody to whom they block."""

from collections.abc import Iterable
from typing import Any

from parley.chat import conversations
from parley.chat.ports import Snapshot
from parley.core.session import Session
from parley.delivery.model import Recipient


def question(session: Session, users: Iterable[str]) -> dict[str, Any]:
    """What to ask ``Snapshots.find`` for, so that ``sees`` can tell of these users."""
    others = [u for u in users if u != session.user]
    return {
        "recipients": [*others, session.user],
        "memberships": [(session.user, conversations.direct(session.user, u)) for u in others],
        "blocks": [(u, session.user) for u in others],
    }


def sees(session: Session, user: str, found: Snapshot) -> Recipient | None:
    """The user, if the asker may learn of them; None also where they do not exist."""
    recipient = found.recipients.get(user)
    if recipient is None or user == session.user:
        return recipient
    if (user, session.user) in found.blocks:
        return None
    shared = (session.user, conversations.direct(session.user, user)) in found.memberships
    return recipient if recipient.role == "provider" or shared else None
