"""Leaving: a user asks for their account to be erased, and has a while to think better of it.

Until the time is over everything is as it was, and nobody else learns of it. Then it is erased, step by step
(``parley.accounts.deletion``).
"""

from parley.accounts.model import DAY_MS, DeletionRequest
from parley.accounts.ports import Accounts
from parley.core.errors import Forbidden, NotFound
from parley.core.session import Session
from parley.core.writes import Stored

GRACE_MS = 7 * DAY_MS


def leave(session: Session, username: str, now: int, accounts: Accounts) -> DeletionRequest:
    """Have the asker's account erased after ``GRACE_MS``; repeating it does not put the time off.

    Raises:
        NotFound: there is no such user.
    """
    return accounts.leave(DeletionRequest(session.user, username, asked=now, due=now + GRACE_MS))


def stay(session: Session, accounts: Accounts) -> None:
    """Have it not erased. Who is not leaving stays, too.

    Raises:
        Forbidden: the erasure has begun.
    """
    while (noted := accounts.leaving(session.user)) is not None:
        if noted.stage != "waiting":
            raise Forbidden("the account is being erased")
        if isinstance(accounts.move(noted, None), Stored):
            return
        # Somebody was faster: the erasure, or the user from another device.


def noted(session: Session, accounts: Accounts) -> DeletionRequest:
    """What is noted of the asker's leaving.

    Raises:
        NotFound: they are not leaving.
    """
    leaving = accounts.leaving(session.user)
    if leaving is None:
        raise NotFound("the account is not to be erased")
    return leaving
