"""Leaving: a user asks for their account to be erased, and has a while to change their mind.

Until that time is over, everything stays as it was, and nobody else learns of the request. Then the account is erased,
step by step (``parley.accounts.deletion``).
"""

from parley.accounts.model import DAY_MS, DeletionRequest
from parley.accounts.ports import Accounts
from parley.core.errors import Forbidden, NotFound
from parley.core.session import Session
from parley.core.writes import Stored

GRACE_MS = 7 * DAY_MS


def leave(session: Session, username: str, now: int, accounts: Accounts) -> DeletionRequest:
    """Have the asker's account erased after ``GRACE_MS``. Repeating the request does not postpone the erasure.

    Raises:
        NotFound: there is no such user.
    """
    return accounts.leave(DeletionRequest(session.user, username, asked=now, due=now + GRACE_MS))


def stay(session: Session, accounts: Accounts) -> None:
    """Withdraw the asker's deletion request. If there is none, nothing changes.

    Raises:
        Forbidden: the erasure has begun.
    """
    while (noted := accounts.leaving(session.user)) is not None:
        if noted.stage != "waiting":
            raise Forbidden("the account is being erased")
        if isinstance(accounts.move(noted, None), Stored):
            return
        # Something else was faster: the erasure, or the user on another device.


def noted(session: Session, accounts: Accounts) -> DeletionRequest:
    """The asker's deletion request.

    Raises:
        NotFound: there is none.
    """
    leaving = accounts.leaving(session.user)
    if leaving is None:
        raise NotFound("the account is not to be erased")
    return leaving
