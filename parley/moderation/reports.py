"""Reports: what a user tells the operators of another user, with a copy of the entry it is about."""

from typing import Literal

from msgspec import Struct

from parley.chat import conversations
from parley.chat.entries import Entry
from parley.chat.ports import Log
from parley.core.errors import BadRequest, NotFound
from parley.core.session import Session
from parley.core.writes import Occupied
from parley.delivery.ports import Connections
from parley.moderation.model import Report
from parley.moderation.ports import Reports

Reason = Literal["spam", "harassment", "hate", "sexual", "violence", "fraud", "impersonation", "illegal", "other"]

MOST_PER_DAY = 20
"""Reports of one user on one day (UTC)."""


class Ports(Struct, frozen=True):
    """What reporting needs from the world."""

    log: Log
    connections: Connections
    reports: Reports


class About(Struct, frozen=True):
    """What a report is about: a user, or an entry of a conversation and so its sender."""

    user: str = ""
    conversation: str = ""
    seq: int = 0


def report(
    session: Session, name: str, about: About, reason: Reason, text: str, now: int, ports: Ports
) -> tuple[Report, bool]:
    """Store a report, and say whether it had been stored before: the same ``name`` by the same user is stored once.

    The entry is copied as it is now, so that what becomes of it later does not change what was reported.

    Raises:
        BadRequest: neither a user nor an entry, or both, or oneself.
        Forbidden, NotFound: no such user, or asker any more; or an entry of no conversation of the asker's, or one that
            is not there.
        RateLimited: too many on one day.
    """
    if bool(about.user) == bool(about.conversation) or bool(about.conversation) != bool(about.seq):
        raise BadRequest("report either a `user`, or an entry by `conversation` and `seq`")
    entry = _entry(session, about, ports.log) if about.conversation else None
    user = entry.sender if entry else about.user
    if user == session.user:
        raise BadRequest("nobody can report themselves")
    # Of an entry's sender nothing may be left but the entry.
    needed = {session.user} if entry else {session.user, user}
    if needed - ports.connections.recipients(needed, strong=True).keys():
        raise NotFound("no such user")
    new = Report(id=name, reporter=session.user, user=user, reason=reason, text=text, at=now, entry=entry)
    outcome = ports.reports.store(new, MOST_PER_DAY)
    return (outcome.current, True) if isinstance(outcome, Occupied) else (new, False)


def _entry(session: Session, about: About, log: Log) -> Entry:
    entry = log.entry(conversations.enter(session, about.conversation).id, about.seq, strong=True)
    if entry is None:
        raise NotFound("no such entry")
    return entry
